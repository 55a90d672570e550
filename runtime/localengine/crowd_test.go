package localengine_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/runtime/localengine"
	"github.com/planwright/planwright/specs/catalog"
)

var errKilled = errors.New("killed")

// killer dies at the nth point that anybody passes, and from then on at every point:
// nothing that a dead process would have done is done.
type killer struct {
	mu   sync.Mutex
	left int
	at   string // where it died
}

func (k *killer) pass(point string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.at == "" {
		if k.left--; k.left >= 0 {
			return nil
		}
		k.at = point
	}
	return errKilled
}

// TestKillCrowd kills an engine with 8 workers and 30 runs at any point of the engine or
// of the journal, while answers are lost and three runs at a time need the same contact,
// until one lives long enough to finish. Each deal has exactly one invoice, from a vendor
// that would have taken a second.
func TestKillCrowd(t *testing.T) {
	seeds := uint64(12)
	if testing.Short() {
		seeds = 2
	}
	died := map[string]int{}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			bubble(t, func(h *house) { crowd(h, rand.New(rand.NewPCG(seed, 30)), died) })
		})
	}
	t.Logf("kills survived: %v", died)
	for _, p := range []string{
		string(localengine.BeforeCommit), string(localengine.AfterCommit), string(localengine.BeforeSend), string(localengine.AfterSend),
		string(journal.BeforeCommit), string(journal.AfterCommit),
	} {
		if died[p] == 0 && !testing.Short() {
			t.Errorf("nobody died at %q", p)
		}
	}
}

func crowd(h *house, rng *rand.Rand, died map[string]int) {
	deals := h.vendor.win(30)
	clear(h.vendor.contacts)
	var events []localengine.Event
	for _, d := range deals {
		events = append(events, h.event(d))
	}
	for op, list := range map[string][]turn{
		newInvoice: {lostBefore, lostAfter, refuse(catalog.ClassRetry, 0)},
		newContact: {lostBefore, lostAfter},
		update:     {lostBefore, lostAfter, refuse(catalog.ClassLimit, time.Minute)},
		query:      {lostBefore, refuse(catalog.ClassRetry, 0)},
	} {
		for range 60 {
			now := turn{}
			if rng.IntN(5) == 0 {
				now = list[rng.IntN(len(list))]
			}
			h.vendor.script[op] = append(h.vendor.script[op], now)
		}
	}
	h.workers = 8
	for kills := 0; ; kills++ {
		k := &killer{left: rng.IntN(90)}
		if kills == 60 {
			k.left = 1 << 30
		}
		h.hook = func(p localengine.Point, _ string) error { return k.pass(string(p)) }
		h.disk = func(p journal.Point, _ uint64) error { return k.pass(string(p)) }
		h.reopen()
		h.listed()
		_, err := h.engine.Admit(h.t.Context(), events, nil)
		var st localengine.Status
		if err == nil {
			st, err = h.engine.Drain(h.t.Context(), 12*time.Hour)
		}
		if err == nil {
			if st.State[engine.Done] != len(deals) || st.Runs != len(deals) {
				h.t.Errorf("after %d kills: %s: %v", kills, states(st), h.holds())
			}
			break
		}
		// Whoever meets the stopped journal first may be the one to say so.
		if !errors.Is(err, errKilled) && (k.at == "" || !errors.Is(err, journal.ErrStopped)) {
			h.t.Errorf("kill %d: %v", kills, err)
			break
		}
		died[k.at]++
	}
	h.hook, h.disk = nil, nil
	h.reopen()
	h.listed()
	h.settled(deals)
}
