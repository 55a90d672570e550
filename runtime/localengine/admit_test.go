package localengine_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/runtime/localengine"
)

func (h *house) cursor() string {
	h.t.Helper()
	v, _, err := h.journal.Get("cursor/x")
	if err != nil {
		h.t.Fatal(err)
	}
	return string(v)
}

// TestAdmit takes batches of deals one after the other. A deal in capitals is ignored.
func TestAdmit(t *testing.T) {
	tests := []struct {
		name    string
		batches [][]string
		want    []int // new in each batch
		runs    int
	}{
		{"one", [][]string{{"a"}}, []int{1}, 1},
		{"none", [][]string{nil}, []int{0}, 0},
		{"twice in one batch", [][]string{{"a", "a", "b"}}, []int{2}, 2},
		{"twice in two batches", [][]string{{"a", "b"}, {"b", "c"}}, []int{2, 1}, 3},
		{"ignored ones start no run", [][]string{{"A", "b"}}, []int{2}, 1},
		{"what was ignored stays ignored", [][]string{{"A"}, {"A"}}, []int{1, 0}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(h *house) {
				for i, batch := range tt.batches {
					var events []localengine.Event
					for _, key := range batch {
						ev := h.event(key)
						if key < "a" {
							ev.Ignore = "it qualified before"
						}
						events = append(events, ev)
					}
					cursor := journal.Pair{Key: "cursor/x", Value: []byte{'0' + byte(i)}}
					got, err := h.engine.Admit(h.t.Context(), events, &cursor)
					if err != nil || got != tt.want[i] {
						h.t.Errorf("batch %d: got %d, %v; want %d", i, got, err, tt.want[i])
					}
					if at := h.cursor(); at != string(cursor.Value) {
						h.t.Errorf("batch %d: cursor %q, want %q", i, at, cursor.Value)
					}
					h.reopen()
				}
				if got := h.summaries(); len(got) != tt.runs {
					h.t.Errorf("got %d runs, want %d", len(got), tt.runs)
				}
			})
		})
	}
}

// TestAdmitIsOneCommit proves that neither events nor cursor are there when the commit
// fails, and both when it does not.
func TestAdmitIsOneCommit(t *testing.T) {
	bubble(t, func(h *house) {
		broken := errors.New("no space")
		h.disk = func(p journal.Point, _ uint64) error {
			if p == journal.BeforeCommit {
				return broken
			}
			return nil
		}
		cursor := journal.Pair{Key: "cursor/x", Value: []byte("1")}
		events := []localengine.Event{h.event("a"), h.event("b")}
		if n, err := h.engine.Admit(h.t.Context(), events, &cursor); n != 0 || !errors.Is(err, journal.ErrStopped) {
			h.t.Errorf("got %d, %v; want 0 and a stopped journal", n, err)
		}
		h.disk = nil
		h.reopen()
		if got := len(h.summaries()); got != 0 || h.cursor() != "" {
			h.t.Errorf("got %d runs and cursor %q, want nothing", got, h.cursor())
		}
		before := h.commits
		if n, err := h.engine.Admit(h.t.Context(), events, &cursor); n != 2 || err != nil {
			h.t.Errorf("got %d, %v; want 2", n, err)
		}
		if got := h.commits - before; got != 1 || h.cursor() != "1" {
			h.t.Errorf("%d commits and cursor %q, want 1 and 1", got, h.cursor())
		}
	})
}

// TestAdmitTogether admits the same events from several sides at once.
func TestAdmitTogether(t *testing.T) {
	bubble(t, func(h *house) {
		type result struct {
			n   int
			err error
		}
		done := make(chan result)
		for range 8 {
			go func() {
				n, err := h.engine.Admit(h.t.Context(), []localengine.Event{h.event("a"), h.event("b")}, nil)
				done <- result{n, err}
			}()
		}
		total := 0
		for range 8 {
			r := <-done
			if r.err != nil {
				h.t.Error(r.err)
			}
			total += r.n
		}
		if total != 2 || len(h.summaries()) != 2 {
			h.t.Errorf("%d were new and %d run, want 2", total, len(h.summaries()))
		}
	})
}

// TestSummary holds what lists show of a run that was only admitted.
func TestSummary(t *testing.T) {
	bubble(t, func(h *house) {
		h.admit(1)
		want := []localengine.Summary{{
			ID: runID("006D000"), Plan: planName, Digest: h.consent.prog.Checked.Digest, Key: "006D000", Record: "006D000",
			State: engine.Ready, Begun: time.Now().UTC(), Updated: time.Now().UTC(),
			Tenants: map[string]string{"salesforce": "tenant", "xero": "tenant"},
		}}
		if diff := cmp.Diff(want, h.summaries()); diff != "" {
			h.t.Errorf("summaries (-want +got):\n%s", diff)
		}
		if _, err := h.engine.Record("r-none"); err != nil {
			h.t.Errorf("a record that does not exist: %v, want none", err)
		}
		if got := h.record("006D000"); !slices.Equal(got, []string{"started"}) {
			h.t.Errorf("record %q, want it started", got)
		}
	})
}
