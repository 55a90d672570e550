package mapping

import (
	"strconv"
	"strings"
	"time"

	"github.com/planwright/planwright/internal/diag"
)

// cell puts one cell of a line into the row.
func (r *csvReader) cell(row *Row, name, cell string) (err error) {
	if path, ok := strings.CutPrefix(name, "to."); ok {
		if cell == "" {
			return nil
		}
		v, err := parseValue(cell)
		if err != nil {
			return err
		}
		if !setLeaf(row.Value, path, v) {
			return errOverlap
		}
		return nil
	}
	for i, c := range r.table.From {
		if name == "from."+c.Name {
			row.Key[i], err = parseText(cell)
			return err
		}
	}
	switch name {
	case colLabelFrom:
		row.Label.From, err = parseText(cell)
	case colLabelTo:
		row.Label.To, err = parseText(cell)
	case colState:
		row.State, err = parseState(cell)
	case colScore:
		row.Score, err = parseInt(cell, 1000)
	case colReasons:
		row.Reasons, err = parseReasons(cell)
	case colEvidence:
		row.Evidence, err = parseList[Evidence](cell)
	case colVersion:
		row.Version, err = parseInt(cell, 1<<30)
	case colProposedBy:
		row.ProposedBy, err = parseText(cell)
	case colProposedAt:
		row.ProposedAt, err = parseTime(cell)
	case colBy:
		row.By, err = parseText(cell)
	case colAt:
		row.At, err = parseTime(cell)
	case colComment:
		row.Comment, err = parseText(cell)
	}
	return err
}

func parseInt(cell string, most int) (int, error) {
	if cell == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(cell)
	if err != nil || n < 0 || n > most {
		return 0, errNotInt
	}
	return n, nil
}

// Import says how rows of a file become events.
type Import struct {
	File string    // named in findings
	By   string    // who imports, never empty
	At   time.Time // when
	// Approve makes By the one who approves every row, too. Rows that differ from an
	// approved one are then left out with an error; else they wait for a decision.
	Approve bool
	Comment string // of the approvals
}

// Import returns the events that bring the file's rows into the table, which it leaves as
// it is. Whatever states, names and times the file claims, rows are proposed by o.By; rows
// marked rejected or withdrawn are left out with a note, and rows that are approved, or
// wait, exactly as they stand are left out in silence. A second line for a key is an
// error, unless one of the two is marked proposed and the other approved, as in an export:
// then the proposed one is meant.
//
// Lines with errors give no events; the events of the others are returned all the same,
// and the caller decides whether a file with errors is imported in part.
func (t *Table) Import(data []byte, o Import) ([]Event, diag.List) {
	if strings.TrimSpace(o.By) == "" {
		return nil, diag.List{errFile(o.File, "nobody is named as the one who imports", "say who you are")}
	}
	lines, found := t.ReadCSV(o.File, data)
	var out []Event
	for _, l := range effective(lines, &found, o.File) {
		events, d := t.importLine(l, o)
		if d != nil {
			d.File, d.Line, d.Column = o.File, l.Line, 1
			found = append(found, *d)
		}
		out = append(out, events...)
	}
	return out, found.Sorted().Capped(maxFindings)
}

// effective leaves one line a key.
func effective(lines []Line, found *diag.List, file string) []Line {
	first := map[string]int{} // KeyText to index in out
	var out []Line
	for _, l := range lines {
		k := KeyText(l.Key)
		i, twice := first[k]
		switch {
		case !twice:
			first[k] = len(out)
			out = append(out, l)
		case out[i].State == Approved && l.State == Proposed:
			out[i] = l
		case out[i].State == Proposed && l.State == Approved:
			// The line that is there already is the one that is meant.
		default:
			d := errTwice(l.Key, out[i].Line)
			d.File, d.Line, d.Column = file, l.Line, 1
			*found = append(*found, d)
		}
	}
	return out
}

// importLine returns the events of one line, or a finding, or both.
func (t *Table) importLine(l Line, o Import) ([]Event, *diag.Diagnostic) {
	if l.State == Rejected || l.State == Withdrawn {
		d := noteSkipped(l.Key, l.State)
		return nil, &d
	}
	if err := t.Check(l.Row); err != nil {
		d := errRow(err)
		return nil, &d
	}
	digest := l.Digest()
	rec := t.records[KeyText(l.Key)]
	var conflict *diag.Diagnostic
	if rec != nil && rec.approved != nil {
		if rec.approved.Digest() == digest {
			return nil, nil
		}
		d := errDiffers(l.Key, rec.approved.By, o.Approve)
		if o.Approve {
			return nil, &d
		}
		conflict = &d
	}
	var out []Event
	if rec == nil || rec.pending == nil || rec.pending.Digest() != digest {
		out = append(out, Propose(l.Row, o.By, o.At))
	}
	if o.Approve {
		out = append(out, Decide(l.Row, Approved, o.By, o.At, o.Comment))
	}
	return out, conflict
}
