package xero

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// TestFindKeepsTheOrderOfValues changes rows at random and compares what an index finds with
// the rows that hold the value, in the order in which they took it.
func TestFindKeepsTheOrderOfValues(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	tb := newTable("Contacts", "ContactID", newShapes().contact, "Name")
	names := []string{"A", "a", " A ", "B", ""}
	for range 500 {
		tb.put(record{"ContactID": fmt.Sprint(r.IntN(20)), "Name": names[r.IntN(len(names))], "UpdatedDateUTC": fmt.Sprint(r.IntN(5))}, "")
		for _, name := range []string{"A", "b"} {
			var want []*row
			for _, at := range tb.ordered {
				if fold(str(at.rec, "Name")) == fold(name) {
					want = append(want, at)
				}
			}
			slices.SortFunc(want, func(a, b *row) int { return cmp.Compare(a.seq, b.seq) })
			if diff := gocmp.Diff(idsOf(want), idsOf(tb.find("Name", name))); diff != "" {
				t.Fatalf("%s (-every row +index):\n%s", name, diff)
			}
		}
	}
	if len(tb.indexes["Name"]) > 2 {
		t.Errorf("the index keeps values that no row has: %v", tb.indexes["Name"])
	}
}

func idsOf(rows []*row) []string {
	var out []string
	for _, r := range rows {
		out = append(out, r.id)
	}
	return out
}
