package journal

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// model is a journal without a disk: what Commit promises, in the plainest form.
type model struct {
	streams map[string][]string // data by stream
	claims  map[string]bool
	pairs   map[string]string
	seq     uint64
}

// commit applies the batch or returns the reason why not.
func (m *model) commit(b Batch) error {
	grown := map[string]int{}
	for _, d := range b.Entries {
		if d.After != Any && d.After != uint64(len(m.streams[d.Stream])+grown[d.Stream]) {
			return ErrConflict
		}
		grown[d.Stream]++
	}
	taken := map[string]bool{}
	for _, c := range b.Claims {
		if m.claims[c] || taken[c] {
			return ErrClaimed{Key: c}
		}
		taken[c] = true
	}
	for _, d := range b.Entries {
		m.streams[d.Stream] = append(m.streams[d.Stream], fmt.Sprint(d.Data))
		m.seq++
	}
	maps.Copy(m.claims, taken)
	for _, p := range b.Set {
		if p.Value == nil {
			delete(m.pairs, p.Key)
		} else {
			m.pairs[p.Key] = string(p.Value)
		}
	}
	return nil
}

// random returns a batch that may or may not hold.
func random(r *rand.Rand, m *model) Batch {
	var b Batch
	for range r.IntN(4) {
		d := Draft{Stream: fmt.Sprintf("s/%d", r.IntN(6)), After: Any, Kind: "k", Data: r.IntN(1000)}
		if r.IntN(2) == 0 {
			d.After = uint64(max(0, len(m.streams[d.Stream])+r.IntN(3)-1))
		}
		b.Entries = append(b.Entries, d)
	}
	if len(b.Entries) > 0 {
		for range r.IntN(3) {
			b.Claims = append(b.Claims, fmt.Sprint("c", r.IntN(60)))
		}
	}
	for range r.IntN(3) {
		p := Pair{Key: fmt.Sprintf("p/%d", r.IntN(9))}
		if r.IntN(3) > 0 {
			p.Value = bytes.Repeat([]byte{'v'}, r.IntN(50))
		}
		b.Set = append(b.Set, p)
	}
	return b
}

// same compares everything that can be read with the model.
func (m *model) same(t *testing.T, j *Journal) {
	t.Helper()
	streams := map[string][]string{}
	for name, err := range j.Streams("") {
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range stream(t, j, name) {
			if e.Index != uint64(i+1) || e.Stream != name {
				t.Errorf("entry %d of %s says that it is %d of %s", i+1, name, e.Index, e.Stream)
			}
			streams[name] = append(streams[name], string(e.Data))
		}
	}
	claims := map[string]bool{}
	for n := range 60 {
		key := fmt.Sprint("c", n)
		if ok, err := j.Claimed(key); err != nil {
			t.Fatal(err)
		} else if ok {
			claims[key] = true
		}
	}
	pairs := map[string]string{}
	for p, err := range j.Pairs("p/") {
		if err != nil {
			t.Fatal(err)
		}
		pairs[p.Key] = string(p.Value)
	}
	head, err := j.Head()
	if err != nil {
		t.Fatal(err)
	}
	got := model{streams, claims, pairs, head.Seq}
	if diff := cmp.Diff(*m, got, cmp.AllowUnexported(model{})); diff != "" {
		t.Fatalf("(-model +journal):\n%s", diff)
	}
}

func TestAgainstModel(t *testing.T) {
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 3))
		m := &model{streams: map[string][]string{}, claims: map[string]bool{}, pairs: map[string]string{}}
		path := file(t)
		j := open(t, path, nil)
		for step := range 120 {
			b := random(r, m)
			want := m.commit(b)
			if _, err := j.Commit(t.Context(), b); !errors.Is(err, want) || (err == nil) != (want == nil) {
				t.Fatalf("seed %d, step %d: got %v, want %v", seed, step, err, want)
			}
			switch r.IntN(30) {
			case 0:
				if err := j.Close(); err != nil {
					t.Fatal(err)
				}
				j = open(t, path, nil)
			case 1:
				m.same(t, j)
			}
		}
		m.same(t, j)
	}
}

// TestLongReads holds that reads in pages neither lose nor repeat anything, stop when told
// to, and let the reader commit meanwhile.
func TestLongReads(t *testing.T) {
	j := open(t, file(t), nil)
	const streams = 3 * maxPage / 2
	var b Batch
	var want []string
	for n := range streams {
		name := fmt.Sprintf("run/%05d", n)
		want = append(want, name)
		b.Entries = append(b.Entries, Draft{Stream: name, Kind: "k", Data: n})
		b.Set = append(b.Set, Pair{name, []byte{}}, Pair{name + "\u00ff", []byte("x")})
	}
	b.Entries = append(b.Entries, Draft{Stream: "run", Kind: "k"}, Draft{Stream: "run0", Kind: "k"})
	commit(t, j, b)
	large := make([]byte, maxPageBytes/2)
	commit(t, j, Batch{Set: []Pair{{"big/1", large}, {"big/2", large}, {"big/3", large}, {"bigger", large}}})

	var got []string
	for name, err := range j.Streams("run/") {
		if err != nil {
			t.Fatal(err)
		}
		if len(got)%300 == 0 {
			commit(t, j, Batch{Entries: []Draft{{Stream: "other", After: Any, Kind: "k", Data: strings.Repeat("x", 100_000)}}})
		}
		got = append(got, name)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d streams, want %d", len(got), len(want))
	}
	for prefix, want := range map[string]int{"run/": 2 * streams, "big/": 3, "big": 4, "none": 0, "run/00001": 2} {
		n := 0
		for _, err := range j.Pairs(prefix) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n != want {
			t.Errorf("%d pairs begin with %q, want %d", n, prefix, want)
		}
	}
	n := uint64(0)
	for e, err := range j.Entries(0) {
		if n++; err != nil || e.Seq != n {
			t.Fatalf("entry %d, %v, want %d", e.Seq, err, n)
		}
	}
	stopAtFirst(t, j.Entries(0))
	stopAtFirst(t, j.Streams(""))
	stopAtFirst(t, j.Pairs(""))
	for e, err := range j.Entries(^uint64(0)) {
		t.Errorf("after the last entry that can be: %+v, %v", e, err)
	}
	j.Close()
	for _, err := range j.Entries(0) {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("entries: %v", err)
		}
	}
	for _, err := range j.Streams("") {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("streams: %v", err)
		}
	}
	for _, err := range j.Pairs("") {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("pairs: %v", err)
		}
	}
}

// stopAtFirst leaves a sequence after its first element, as a caller with a break does.
func stopAtFirst[T any](t *testing.T, seq iter.Seq2[T, error]) {
	t.Helper()
	n := 0
	seq(func(_ T, err error) bool {
		if n++; err != nil || n > 1 {
			t.Errorf("element %d, %v", n, err)
		}
		return false
	})
	if n == 0 {
		t.Error("the sequence is empty")
	}
}
