package localengine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/specs/catalog"
)

// listed confirms that each run has one line, in the list of those that have not ended or in
// that of the others, as the entries on the disk say.
func (h *house) listed() {
	h.t.Helper()
	want, got := map[string]string{}, map[string]string{}
	for stream, err := range h.journal.Streams("run/") {
		if err != nil {
			h.t.Fatal(err)
		}
		id := strings.TrimPrefix(stream, "run/")
		entries, err := h.engine.Record(id)
		if err != nil {
			h.t.Fatal(err)
		}
		st, err := engine.Fold(entries)
		if err != nil {
			h.t.Fatal(err)
		}
		list := "open"
		if st.Run.Ended() {
			list = "ended"
		}
		want[fmt.Sprintf("%s/%016x/%s", list, ^uint64(st.Begun.UnixNano()), id)] = string(st.Run) + " " + st.Started.Name
	}
	for _, prefix := range []string{"open/", "ended/", "newest/"} {
		for _, p := range h.pairs(prefix) {
			got[p.Key] = string(p.Value)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		h.t.Errorf("the lists do not say what the entries say (-entries +lists):\n%s", diff)
	}
}

func (h *house) pairs(prefix string) (out []journal.Pair) {
	h.t.Helper()
	for p, err := range h.journal.Pairs(prefix) {
		if err != nil {
			h.t.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}

func (h *house) set(pairs ...journal.Pair) {
	h.t.Helper()
	if _, err := h.journal.Commit(h.t.Context(), journal.Batch{Set: pairs}); err != nil {
		h.t.Fatal(err)
	}
}

// without are the pairs that take all from the journal which begin so.
func (h *house) without(prefixes ...string) (out []journal.Pair) {
	for _, prefix := range prefixes {
		for _, p := range h.pairs(prefix) {
			out = append(out, journal.Pair{Key: p.Key})
		}
	}
	return out
}

// one are the lines of the one list that earlier versions kept.
func (h *house) one() (out []journal.Pair) {
	for _, list := range []string{"open/", "ended/"} {
		for _, p := range h.pairs(list) {
			out = append(out, journal.Pair{Key: "newest/" + strings.TrimPrefix(p.Key, list), Value: p.Value})
		}
	}
	return out
}

// TestListsAreMade opens journals of earlier versions, which have no lists, or other ones, and
// journals on which one of them worked between two starts of this version: it left lines that
// are not true any more, or none, and its own list. Nothing that has not ended is forgotten.
func TestListsAreMade(t *testing.T) {
	for name, edit := range map[string]func(h *house) []journal.Pair{
		"without lists": func(h *house) []journal.Pair { return h.without("open/", "ended/") },
		"one list":      func(h *house) []journal.Pair { return append(h.one(), h.without("open/", "ended/")...) },
		"half made": func(h *house) []journal.Pair {
			return append(h.without("open/"), journal.Pair{Key: "listing", Value: []byte("1")})
		},
		"runs that an earlier version admitted": func(h *house) []journal.Pair {
			return append(h.one(), h.without("open/")...)
		},
		"runs that an earlier version ended": func(h *house) []journal.Pair {
			gone := h.pairs("ended/")[0]
			rank := strings.TrimPrefix(gone.Key, "ended/")
			return append(h.one(), journal.Pair{Key: gone.Key}, journal.Pair{Key: "open/" + rank, Value: []byte("running " + planName)})
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(h *house) {
				deals := h.admit(1)
				h.drain(0, "1 done")
				deals = append(deals, h.admit(3)...)
				h.vendor.script[getAccount] = times(1000, refuse(catalog.ClassRetry, 0))
				h.drain(0, "1 done, 3 held")
				h.set(edit(h)...)
				for kill := range 2 { // while the lists are made, too
					h.disk = func(p journal.Point, _ uint64) error {
						if p == []journal.Point{journal.BeforeCommit, journal.AfterCommit}[kill] {
							return errKilled
						}
						return nil
					}
					h.reopen()
					if _, err := h.engine.Drain(h.t.Context(), 0); err == nil {
						h.t.Error("nobody died")
					}
				}
				h.disk = nil
				h.reopen()
				h.drain(0, "1 done, 3 held")
				h.listed()
				h.vendor.script[getAccount] = nil
				deals = append(deals, h.admit(1)...)
				h.drain(time.Hour, "5 done")
				h.listed()
				h.settled(deals)
			})
		})
	}
}

// TestStartReadsWhatIsOpen starts on a journal whose ended runs cannot be read, which nobody
// needs to know what is to go on.
func TestStartReadsWhatIsOpen(t *testing.T) {
	bubble(t, func(h *house) {
		done := h.admit(2)
		h.drain(0, "2 done")
		h.vendor.script[getAccount] = times(1000, refuse(catalog.ClassRetry, 0))
		deals := h.admit(1)
		h.drain(0, "1 held, 2 done")
		for _, d := range done {
			h.set(journal.Pair{Key: "run/" + runID(d), Value: []byte("no summary")})
		}
		h.vendor.script[getAccount] = nil
		h.reopen()
		h.drain(time.Hour, "3 done")
		h.settled(append(deals, done...))
	})
}
