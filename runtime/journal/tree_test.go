package journal

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// stored keeps every hash of a tree, as a log server would.
type stored []tlog.Hash

func (s stored) ReadHashes(at []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(at))
	for i, n := range at {
		out[i] = s[n]
	}
	return out, nil
}

// TestTree compares roots from the right edge with those from the whole tree, and has tlog
// prove that each size grew out of the smaller ones.
func TestTree(t *testing.T) {
	var tree Tree
	var all stored
	var roots []tlog.Hash
	for n := range int64(70) {
		chain := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(n)))
		hashes, err := tlog.StoredHashes(n, chain[:], all)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, hashes...)
		tree.Add(chain)
		want, err := tlog.TreeHash(n+1, all)
		if err != nil || tree.Root() != want || tree.Size != uint64(n)+1 {
			t.Fatalf("size %d: root %x, want %x, %v", n+1, tree.Root(), want, err)
		}
		if tree, err = TreeOf(tree.Size, tree.Edge()); err != nil {
			t.Fatal(err)
		}
		roots = append(roots, tree.Root())
		for old := range n {
			proof, err := tlog.ProveTree(n+1, old+1, all)
			if err != nil || tlog.CheckTree(proof, n+1, roots[n], old+1, roots[old]) != nil {
				t.Fatalf("%d does not grow into %d: %v", old+1, n+1, err)
			}
		}
	}
	if _, err := TreeOf(3, nil); err == nil {
		t.Error("an edge that does not fit was taken")
	}
}

// BenchmarkGrow adds all entries of a journal to an empty tree: what a head costs where none
// was kept. With one kept, only the entries since are added.
func BenchmarkGrow(b *testing.B) {
	j, err := Open(file(b), Options{Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	const entries = 20000
	for range entries / 100 {
		var batch Batch
		for n := range 100 {
			batch.Entries = append(batch.Entries, one(fmt.Sprintf("run/%d", n), strings.Repeat("x", 400)).Entries...)
		}
		commit(b, j, batch)
	}
	for b.Loop() {
		if _, err := j.Grow(b.Context(), &Tree{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(entries*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}
