package eval

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/planwright/planwright/agent/match"
	"github.com/planwright/planwright/internal/diag"
)

// LoadPairs reads every set of labelled pairs below a folder. A set is a folder with the
// labels in gold.jsonl or gold.csv, the left records in left.* (or labels.*) and the
// right ones in right.* (or rates.*); a name may carry a part, gold.dev.jsonl, whose left
// file then carries it too. Lines of JSON hold objects; CSV has a row of names.
func LoadPairs(dir fs.FS) (out []Pairs, found diag.List) {
	names, err := files(dir, ".jsonl", ".csv")
	if err != nil {
		return nil, diag.List{errPairs("", 0, 0, "read suite: "+err.Error())}
	}
	for _, name := range names {
		part, ok := strings.CutPrefix(strings.TrimSuffix(path.Base(name), path.Ext(name)), "gold")
		if !ok {
			continue
		}
		r := &pairReader{dir: dir, names: names}
		p := r.set(path.Dir(name), part, name)
		found = append(found, r.found...)
		if len(r.found) == 0 {
			out = append(out, p)
		}
	}
	if len(out) == 0 && len(found) == 0 {
		found = append(found, errPairs("", 0, 0, "the suite holds no gold.jsonl and no gold.csv"))
	}
	return out, found.Sorted().Capped(50)
}

// pairReader reads one set.
type pairReader struct {
	dir   fs.FS
	names []string
	found diag.List
}

func (r *pairReader) add(file string, line int, format string, args ...any) {
	r.found = append(r.found, errPairs(file, line, 1, fmt.Sprintf(format, args...)))
}

func (r *pairReader) set(folder, part, gold string) Pairs {
	p := Pairs{Set: folder + part}
	if folder == "." {
		p.Set = "pairs" + part
	}
	p.Left = r.items(folder, "left"+part, "labels"+part, "left", "labels")
	p.Right = r.items(folder, "right"+part, "rates"+part, "right", "rates")
	left, right := byID(p.Left), byID(p.Right)
	for _, row := range r.rows(gold) {
		g := Pair{Left: row.text("left", "left_id"), Kind: Kind(row.text("kind")), Right: row.list("right", "right_ids"), Near: row.list("near_miss")}
		switch _, known := left[g.Left]; {
		case !slices.Contains([]Kind{OneMatch, NoMatch, Bundle}, g.Kind):
			r.add(gold, row.line, "kind %q is none of match, none, bundle", g.Kind)
		case !known:
			r.add(gold, row.line, "left record %q is not there", g.Left)
		case g.Kind != NoMatch && len(g.Right) == 0:
			r.add(gold, row.line, "a %s without a right record", g.Kind)
		}
		for _, id := range g.Right {
			if _, known := right[id]; !known {
				r.add(gold, row.line, "right record %q is not there", id)
			}
		}
		if len(r.found) > 50 {
			break
		}
		p.Gold = append(p.Gold, g)
	}
	return p
}

// items reads the first file there is of those names.
func (r *pairReader) items(folder string, bases ...string) (out []Item) {
	for _, base := range bases {
		for _, ending := range []string{".jsonl", ".csv"} {
			name := path.Join(folder, base+ending)
			if !slices.Contains(r.names, name) {
				continue
			}
			for _, row := range r.rows(name) {
				it := row.item()
				if it.ID == "" {
					r.add(name, row.line, "a record without an id")
				}
				out = append(out, it)
			}
			return out
		}
	}
	r.add(path.Join(folder, bases[0]+".jsonl"), 0, "it is not there")
	return nil
}

// row is one record of a file, its numbers as they are written.
type row struct {
	line int
	data map[string]any
}

// text returns the first member there is, as text.
func (w row) text(members ...string) string {
	for _, m := range members {
		switch v := w.data[m].(type) {
		case string:
			return v
		case json.Number:
			return v.String()
		}
	}
	return ""
}

// list returns a member that holds texts: a list, or one text with blanks between.
func (w row) list(members ...string) (out []string) {
	for _, m := range members {
		switch v := w.data[m].(type) {
		case string:
			return strings.Fields(v)
		case []any:
			for _, one := range v {
				out = append(out, fmt.Sprint(one))
			}
			return out
		}
	}
	return nil
}

func (w row) flag(member string) *bool {
	if b, ok := w.data[member].(bool); ok {
		return &b
	}
	return nil
}

func (w row) item() Item {
	it := Item{
		Record: match.Record{
			ID: w.text("id", "Id"), Code: w.text("Code", "ProductCode", "AccountNumber", "modelno", "code"),
			Name: w.text("Name", "name", "label", "title"), Group: w.text("Family", "family", "category", "group"),
		},
		Tenant: w.text("tenant"), Document: w.text("document"), Rate: w.text("rate", "EffectiveRate"),
		Revenue: w.flag("CanApplyToRevenue"), Expenses: w.flag("CanApplyToExpenses"),
	}
	if status := w.text("Status"); status != "" {
		active := status == "ACTIVE"
		it.Active = &active
	}
	return it
}

func (r *pairReader) rows(name string) []row {
	data, err := fs.ReadFile(r.dir, name)
	if err != nil {
		r.add(name, 0, "%v", err)
		return nil
	}
	if path.Ext(name) == ".csv" {
		return r.csv(name, data)
	}
	var out []row
	n := 0
	for line := range bytes.Lines(data) {
		n++
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		w := row{line: n}
		if _, err := strictly(line, &w.data); err != nil {
			r.add(name, n, "%v", err)
			return out
		}
		out = append(out, w)
	}
	return out
}

func (r *pairReader) csv(name string, data []byte) (out []row) {
	read := csv.NewReader(bytes.NewReader(data))
	head, err := read.Read()
	if err != nil {
		r.add(name, 1, "%v", err)
		return nil
	}
	for {
		fields, err := read.Read()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			r.add(name, 0, "%v", err)
			return out
		}
		line, _ := read.FieldPos(0)
		w := row{line: line, data: map[string]any{}}
		for i, f := range fields {
			w.data[head[i]] = f
		}
		out = append(out, w)
	}
}
