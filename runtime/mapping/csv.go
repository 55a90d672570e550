package mapping

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/planwright/planwright/internal/diag"
)

// Bounds on a CSV file.
const (
	maxFile     = 16 << 20 // bytes
	maxRows     = 50_000
	maxFindings = 200
)

// The columns beside from.* and to.*; the package comment says what they hold.
const (
	colLabelFrom  = "label.from"
	colLabelTo    = "label.to"
	colState      = "state"
	colScore      = "score"
	colReasons    = "reasons"
	colEvidence   = "evidence"
	colVersion    = "version"
	colProposedBy = "proposed_by"
	colProposedAt = "proposed_at"
	colBy         = "by"
	colAt         = "at"
	colComment    = "comment"
)

func columns() []string {
	return []string{
		colLabelFrom, colLabelTo, colState, colScore, colReasons, colEvidence, colVersion,
		colProposedBy, colProposedAt, colBy, colAt, colComment,
	}
}

// WriteCSV writes [Table.Rows]. The package comment describes the form.
func (t *Table) WriteCSV(w io.Writer) error {
	rows := t.Rows()
	paths := slices.Clone(t.Fields)
	seen := map[string]bool{}
	for _, p := range paths {
		seen[p] = true
	}
	var more []string
	for _, r := range rows {
		leaves(r.Value, "", func(path string, _ any) {
			if !seen[path] {
				seen[path] = true
				more = append(more, path)
			}
		})
	}
	slices.Sort(more)
	paths = append(paths, more...)

	out := csv.NewWriter(w)
	var header []string
	for _, c := range t.From {
		header = append(header, "from."+c.Name)
	}
	for _, p := range paths {
		header = append(header, "to."+p)
	}
	out.Write(append(header, columns()...)) //nolint:errcheck // the writer keeps its first error
	for _, r := range rows {
		out.Write(r.cells(paths)) //nolint:errcheck // the writer keeps its first error
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write mapping %s: %w", t.Name, err)
	}
	return nil
}

// cells writes the row with the given target paths.
func (r Row) cells(paths []string) []string {
	var out []string
	for _, part := range r.Key {
		out = append(out, textCell(part))
	}
	values := map[string]string{}
	leaves(r.Value, "", func(path string, v any) { values[path] = valueCell(v) })
	for _, p := range paths {
		out = append(out, values[p])
	}
	return append(out,
		textCell(r.Label.From), textCell(r.Label.To), string(r.State), intCell(r.Score),
		listCell(r.Reasons), listCell(r.Evidence), intCell(r.Version),
		textCell(r.ProposedBy), timeCell(r.ProposedAt), textCell(r.By), timeCell(r.At), textCell(r.Comment))
}

func intCell(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// Line is a row of a CSV file and the line on which it begins, from 1.
type Line struct {
	Row
	Line int
}

// ReadCSV reads rows. Lines with findings of severity error are left out; the others are
// returned. Keys on several lines are not a finding here: an export has them, too.
func (t *Table) ReadCSV(file string, data []byte) ([]Line, diag.List) {
	r := csvReader{table: t, file: file}
	r.read(data)
	return r.lines, r.found.Sorted().Capped(maxFindings)
}

// csvReader reads one file.
type csvReader struct {
	table *Table
	file  string
	in    *csv.Reader
	names []string // of the columns
	lines []Line
	found diag.List
}

func (r *csvReader) add(d diag.Diagnostic, line, column int) {
	d.File, d.Line, d.Column = r.file, line, column
	if len(r.found) <= maxFindings {
		r.found = append(r.found, d)
	}
}

func (r *csvReader) read(data []byte) {
	switch {
	case len(data) > maxFile:
		r.found = append(r.found, errFile(r.file, fmt.Sprintf("the file has %d bytes, more than %d", len(data), maxFile), "import it in parts"))
		return
	case !utf8.Valid(data):
		r.found = append(r.found, errFile(r.file, "the file is not UTF-8", `save it as "CSV UTF-8"`))
		return
	}
	data = []byte(strings.TrimPrefix(string(data), "\ufeff")) // some programs write this mark
	r.in = csv.NewReader(strings.NewReader(string(data)))
	r.in.Comma = separator(data)
	r.in.FieldsPerRecord = -1
	cells, ok := r.next()
	if !ok {
		if len(r.found) == 0 {
			r.found = append(r.found, errFile(r.file, "the file is empty", "begin with a line that names the columns: "+strings.Join(r.needed(), ",")))
		}
		return
	}
	if !r.header(cells) {
		return
	}
	for {
		cells, ok := r.next()
		if !ok {
			return
		}
		if len(r.lines) >= maxRows {
			line, _ := r.in.FieldPos(0)
			r.add(errFile(r.file, fmt.Sprintf("the file has more than %d rows", maxRows), "import it in parts"), line, 1)
			return
		}
		r.row(cells)
	}
}

// next returns the next record; false at the end or after a finding that makes the rest
// unreadable.
func (r *csvReader) next() ([]string, bool) {
	cells, err := r.in.Read()
	if err == nil {
		return cells, true
	}
	var bad *csv.ParseError
	if errors.As(err, &bad) {
		r.add(errSyntax(bad.Err.Error()), bad.StartLine, 1)
	}
	return nil, false
}

// needed names the columns without which no row can be read.
func (r *csvReader) needed() []string {
	var out []string
	for _, c := range r.table.From {
		out = append(out, "from."+c.Name)
	}
	for _, f := range r.table.Fields {
		out = append(out, "to."+f)
	}
	return out
}

func (r *csvReader) header(cells []string) bool {
	known := append(r.needed(), columns()...)
	for i, name := range cells {
		line, column := r.in.FieldPos(i)
		switch path, to := strings.CutPrefix(name, "to."); {
		case slices.Contains(cells[:i], name):
			r.add(errColumn(name, "is there twice", "keep one of them"), line, column)
		case to && slices.Contains(strings.Split(path, "."), ""):
			r.add(errColumn(name, "names no field", "write to. and the field's path: to.SalesDetails.AccountCode"), line, column)
		case !to && !slices.Contains(known, name):
			r.add(errColumn(name, "is not known", "columns are "+strings.Join(known, ", ")+", and to.PATH for other fields"), line, column)
		}
	}
	for _, c := range r.table.From {
		if !slices.Contains(cells, "from."+c.Name) {
			r.add(errColumn("from."+c.Name, "is missing", "every input of the mapping needs a column"), 1, 1)
		}
	}
	if !slices.ContainsFunc(cells, func(name string) bool { return strings.HasPrefix(name, "to.") }) {
		r.add(errColumn("to.", "is missing", "the fields of the target need columns: "+strings.Join(r.needed(), ",")), 1, 1)
	}
	r.names = cells
	return len(r.found) == 0
}

// row reads one line after the header.
func (r *csvReader) row(cells []string) {
	start, _ := r.in.FieldPos(0)
	if len(cells) != len(r.names) {
		r.add(errCells(len(cells), len(r.names)), start, 1)
		return
	}
	row := Row{Key: make([]string, len(r.table.From)), Value: map[string]any{}, State: Proposed}
	good := true
	for i, cell := range cells {
		if err := r.cell(&row, r.names[i], cell); err != nil {
			line, column := r.in.FieldPos(i)
			r.add(errCell(r.names[i], err.Error(), "see the description of the file's form"), line, column)
			good = false
		}
	}
	if !good {
		return
	}
	value, err := cloneValue(row.Value)
	if err == nil {
		err = checkKey(row.Key)
	}
	if err != nil {
		r.add(errRow(err), start, 1)
		return
	}
	row.Value = value
	r.lines = append(r.lines, Line{Row: row, Line: start})
}
