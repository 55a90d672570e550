package mapping_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/runtime/mapping"
)

func TestUndo(t *testing.T) {
	a, b := row("01t1", "INST", "200"), row("01t1", "INST-H", "201")
	reject := mapping.Decide(a, mapping.Rejected, "Ana", now, "no")
	replaced := append(approved(a), approved(b)...)
	for name, c := range map[string]struct {
		events           []mapping.Event
		visible, pending string   // code of the row in use, and of the one that waits, after undo
		kinds            []string // what undo adds to the history
	}{
		"an approval":           {approved(a), "", "INST", []string{"withdrawn", "proposed"}},
		"an approval in place":  {replaced, "INST", "INST-H", []string{"proposed", "approved", "proposed"}},
		"a rejection":           {[]mapping.Event{mapping.Propose(a, "matcher", now), reject}, "", "INST", []string{"proposed"}},
		"a rejection beside":    {append(approved(b), mapping.Propose(a, "matcher", now), reject), "INST-H", "INST", []string{"proposed"}},
		"a withdrawal":          {append(approved(a), mapping.Decide(a, mapping.Withdrawn, "Ana", now, "")), "INST", "", []string{"proposed", "approved"}},
		"what was taken back":   {append(approved(a), mapping.Decide(a, mapping.Withdrawn, "Ana", now, "taken back")), "INST", "", []string{"proposed", "approved"}},
		"the second of the two": {append(replaced, mapping.Decide(b, mapping.Withdrawn, "Ana", now, "")), "INST-H", "", []string{"proposed", "approved"}},
	} {
		t.Run(name, func(t *testing.T) {
			table := fold(t, c.events...)
			before := len(table.History(a.Key))
			events, err := table.Undo(a.Key, "Bo", now.Add(time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			if got := len(table.History(a.Key)); got != before {
				t.Errorf("undo changed the table: %d events, then %d", before, got)
			}
			apply(t, table, events...)
			r, _ := table.Approved(a.Key)
			p, _ := table.Pending(a.Key)
			if got := []string{code(r), code(p)}; !cmp.Equal(got, []string{c.visible, c.pending}) {
				t.Errorf("in use and waiting: got %q, want %q", got, []string{c.visible, c.pending})
			}
			var kinds []string
			for _, e := range table.History(a.Key)[before:] {
				kinds = append(kinds, string(e.Kind))
				if e.By != "Bo" {
					t.Errorf("%s by %s: the history does not say who took it back", e.Kind, e.By)
				}
			}
			if diff := cmp.Diff(c.kinds, kinds); diff != "" {
				t.Errorf("history (-want +got):\n%s", diff)
			}
		})
	}
}

func code(r mapping.Row) string {
	s, _ := r.Value["Code"].(string)
	return s
}

func TestUndoNothing(t *testing.T) {
	a := row("01t1", "INST", "200")
	for name, table := range map[string]*mapping.Table{
		"an unknown key": fold(t),
		"a proposal":     fold(t, mapping.Propose(a, "matcher", now)),
	} {
		if _, err := table.Undo(a.Key, "Bo", now); !errors.Is(err, mapping.ErrNothing) {
			t.Errorf("%s: got %v, want ErrNothing", name, err)
		}
	}
}

// A row that waits again after an undo keeps what the matcher said of it, but a person
// stands behind it now: it is not to be approved together with others.
func TestUndoKeepsTheEvidence(t *testing.T) {
	a := row("01t1", "INST", "200")
	a.Score, a.Reasons = 1000, []string{"same code"}
	table := fold(t, approved(a)...)
	events, err := table.Undo(a.Key, "Bo", now)
	if err != nil {
		t.Fatal(err)
	}
	apply(t, table, events...)
	p, _ := table.Pending(a.Key)
	if p.Score != 1000 || !cmp.Equal(p.Reasons, a.Reasons) || p.ProposedBy != "Bo" {
		t.Errorf("got score %d, reasons %q, proposed by %s", p.Score, p.Reasons, p.ProposedBy)
	}
}
