package salesforce

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTimeline compares a timeline with a list that is sorted anew, while enough records
// come, move and go that blocks are split and emptied.
func TestTimeline(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	at := func() string { return fmt.Sprintf("%03d", r.IntN(400)) }
	made := 0
	one := func() instant {
		made++
		return instant{at(), &row{v: map[string]any{"Id": fmt.Sprintf("%05d", made)}}}
	}
	var list []instant
	for range 3 * blockSize {
		list = append(list, one())
	}
	line := newTimeline(slices.Clone(list))
	check := func() {
		t.Helper()
		b := bounds{from: at(), to: at()}
		b.from, b.to = []string{"", b.from, b.from}[r.IntN(3)], []string{"", b.to, b.to}[r.IntN(3)]
		var want, wantBack []string
		for _, i := range slices.SortedFunc(slices.Values(list), instant.compare) {
			if i.at >= b.from && (b.to == "" || i.at <= b.to) {
				want = append(want, i.r.id())
			}
		}
		for _, id := range slices.Backward(want) {
			wantBack = append(wantBack, id)
		}
		got := [2][]string{}
		for way, down := range []bool{false, true} {
			for r := range line.during(b, down) {
				got[way] = append(got[way], r.id())
			}
		}
		if diff := cmp.Diff([2][]string{want, wantBack}, got); diff != "" {
			t.Fatalf("between %q and %q (-sorted +timeline):\n%s", b.from, b.to, diff)
		}
	}
	for _, growing := range []bool{true, false} {
		for i := range 4 * blockSize {
			place := r.IntN(len(list))
			line.remove(list[place])
			list[place].at = at()
			line.insert(list[place])
			if growing {
				list = append(list, one())
				line.insert(list[len(list)-1])
			} else if len(list) > 1 {
				line.remove(list[0])
				list = slices.Delete(list, 0, 1)
			}
			if i%50 == 0 {
				check()
			}
		}
	}
	for _, i := range list {
		line.remove(i)
	}
	list = nil
	check()
	list = append(list, one())
	line.insert(list[0])
	check()
}
