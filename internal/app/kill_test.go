package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/localengine"
)

func sameNumber(a, b any) bool {
	x, err1 := decimal.Parse(fmt.Sprint(a))
	y, err2 := decimal.Parse(fmt.Sprint(b))
	return err1 == nil && err2 == nil && x.Equal(y)
}

var errKilled = errors.New("killed")

// killer dies at the nth point it passes, and from then on at every point: nothing that a
// dead process would have done is done.
type killer struct {
	mu   sync.Mutex
	n    int
	dead bool
	last localengine.Point
}

func (k *killer) hook(p localengine.Point, _ string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.n--
	if k.dead || k.n < 0 {
		if !k.dead {
			k.last = p
		}
		k.dead = true
		return errKilled
	}
	return nil
}

// TestKillSweep kills the engine at every journal write and on both sides of every send.
// Each round dies first at one point further into the work than the round before, starts
// again on the same folder, dies seven times more while recovering, and then finishes: every
// won deal has exactly one invoice, and nothing else was invoiced. Rounds go on until
// every point has been died at and 1,000 kills were survived.
func TestKillSweep(t *testing.T) {
	want := 1000
	if testing.Short() {
		want = 60
	}
	start := newHouse(t)
	start.approved(goal)
	start.mapped()
	if err := start.app.Close(); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	kills, points, whole := 0, map[localengine.Point]int{}, false
	first := 0
	next := func() (int, bool) {
		mu.Lock()
		defer mu.Unlock()
		first++
		return first - 1, whole && kills >= want || t.Failed() || (testing.Short() && kills >= want)
	}
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			for at, over := next(); !over; at, over = next() {
				where := round(start, at)
				mu.Lock()
				for _, p := range where {
					points[p]++
				}
				kills += len(where)
				whole = whole || len(where) == 0
				if whole {
					first = max(1, first%7) // a second sweep, with other distances
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	t.Logf("%d kills survived: %v", kills, points)
	for _, p := range []localengine.Point{localengine.BeforeCommit, localengine.AfterCommit, localengine.BeforeSend, localengine.AfterSend} {
		if points[p] == 0 {
			t.Errorf("no kill at %s", p)
		}
	}
}

// round runs four deals, dying first at the given point, and returns where it died.
func round(start *house, first int) (where []localengine.Point) {
	h := start.again()
	t := h.t
	deals := h.win(4)
	for i := range 9 {
		k := &killer{n: first}
		if i > 0 {
			k.n = (first*i+i)%13 + 2 // recovering, at ever other distances
		}
		if i == 8 {
			k.n = 1 << 30
		}
		h.reopen(k.hook)
		_, err := h.app.RunOnce(t.Context(), h.name)
		if err == nil {
			break
		}
		if !errors.Is(err, errKilled) {
			t.Errorf("first kill at %d, kill %d: %v", first, len(where)+1, err)
			return where
		}
		where = append(where, k.last)
	}
	h.settled(deals)
	h.intended()
	h.verified()
	return where
}

// intended confirms that no write reached a vendor before its intent was in the journal,
// and that one key never went out with two bodies.
func (h *house) intended() {
	h.t.Helper()
	bodies, keys := map[string]bool{}, map[string]string{}
	runs, err := h.app.Runs("", "")
	if err != nil {
		h.t.Fatal(err)
	}
	l, err := h.app.open()
	if err != nil {
		h.t.Fatal(err)
	}
	for _, r := range runs {
		entries, err := l.engine.Record(r.ID)
		if err != nil {
			h.t.Fatal(err)
		}
		for _, e := range entries {
			if e.Kind == engine.KindIntent {
				in := as[engine.Intent](e)
				bodies[string(in.Request.Body)] = true
			}
		}
		if _, err := engine.Fold(entries); err != nil {
			h.t.Error(err)
		}
	}
	for _, x := range h.seen.Exchanges() {
		if x.Method == "GET" || strings.HasSuffix(x.URL, "/token") {
			continue
		}
		if !bodies[string(x.Body)] {
			h.t.Errorf("%s %s was sent without an intent: %s", x.Method, x.URL, x.Body)
		}
		if key := x.Header.Get("Idempotency-Key"); key != "" {
			if old, ok := keys[key]; ok && old != string(x.Body) {
				h.t.Errorf("key %s went out with two bodies", key)
			}
			keys[key] = string(x.Body)
		}
	}
}

func (h *house) verified() {
	h.t.Helper()
	j, err := h.app.Journal()
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := j.Verify(h.t.Context()); err != nil {
		h.t.Error(err)
	}
	var secrets []string
	for e, err := range j.Entries(1) {
		if err != nil {
			h.t.Fatal(err)
		}
		raw, _ := json.Marshal(e.Data)
		for _, s := range []string{"Bearer ", "twin-secret", "4D6F2A9E0B7C51883FA2"} {
			if strings.Contains(string(raw), s) {
				secrets = append(secrets, s)
			}
		}
	}
	if len(secrets) > 0 {
		h.t.Errorf("secrets in the journal: %q", secrets)
	}
}
