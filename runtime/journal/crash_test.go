package journal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// history is a journal file as it was after each of its commits: images[n] has n of them.
type history struct {
	images  [][]byte
	commits [][]Entry // what commit n+1 returned
	batches []Batch
}

// recordHistory makes a history of batches that split pages, free them and take new ones.
func recordHistory(t *testing.T, commits int) history {
	t.Helper()
	path := file(t)
	j := open(t, path, nil)
	h := history{images: [][]byte{read(t, path)}}
	for n := range commits {
		var b Batch
		for d := range 1 + n%3 {
			b.Entries = append(b.Entries, Draft{Stream: fmt.Sprint("s", (n+d)%5), After: Any, Kind: "k", Data: string(bytes.Repeat([]byte("x"), (n*397)%5000))})
		}
		if n%2 == 0 {
			b.Claims = []string{fmt.Sprint("claim", n)}
		}
		b.Set = []Pair{{fmt.Sprint("p", n%7), bytes.Repeat([]byte("v"), n)}, {fmt.Sprint("p", (n+3)%7), nil}}
		h.commits = append(h.commits, commit(t, j, b))
		h.batches = append(h.batches, b)
		h.images = append(h.images, read(t, path))
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return h
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// count opens an image and returns how many commits it has. Whatever it has must be whole.
func (h history) count(t *testing.T, path string) int {
	t.Helper()
	j, err := Open(path, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if _, err := j.Verify(t.Context()); err != nil {
		t.Fatal(err)
	}
	head, err := j.Head()
	if err != nil {
		t.Fatal(err)
	}
	n, seq := 0, uint64(0)
	for ; n < len(h.commits) && seq < head.Seq; n++ {
		seq += uint64(len(h.commits[n]))
	}
	if n > 0 {
		last := h.commits[n-1]
		if end := last[len(last)-1]; seq != head.Seq || end.Chain != head.Chain {
			t.Fatalf("the journal ends at %d, within commit %d", head.Seq, n)
		}
	}
	pairs := map[string][]byte{}
	for _, b := range h.batches[:n] {
		for _, p := range b.Set {
			if pairs[p.Key] = p.Value; p.Value == nil {
				delete(pairs, p.Key)
			}
		}
	}
	for p, err := range j.Pairs("") {
		if want, ok := pairs[p.Key]; err != nil || !ok || !bytes.Equal(want, p.Value) {
			t.Fatalf("after %d commits pair %s is not that of then: %v", n, p.Key, err)
		}
		delete(pairs, p.Key)
	}
	if len(pairs) > 0 {
		t.Fatalf("after %d commits pairs are missing: %v", n, pairs)
	}
	return n
}

// TestCrashImages builds, for every commit, the files that a power cut during it can leave:
// each beginning of its data pages, the last of them torn at each sector, with the old page
// that makes them count; then all data pages and that page torn at each sector. Every one
// must open with exactly the commit or exactly without it. The order of pages within one
// sync is that of the file; other orders are not tried.
func TestCrashImages(t *testing.T) {
	const page, sector = 4096, 512
	if os.Getpagesize() != page {
		t.Skipf("pages have %d bytes here", os.Getpagesize())
	}
	h := recordHistory(t, 10)
	path := filepath.Join(t.TempDir(), "image.db")
	if err := os.WriteFile(path, h.images[0], 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	images := 0
	// try writes the bytes from one place to another and counts the commits of the image.
	try := func(is []byte, from, to, before int, what string) int {
		t.Helper()
		images++
		if _, err := file.WriteAt(is[from:to], int64(from)); err != nil {
			t.Fatal(err)
		}
		n := h.count(t, path)
		if n != before && n != before+1 {
			t.Fatalf("%s of commit %d: the image has %d commits", what, before+1, n)
		}
		return n
	}
	for n := range h.commits {
		old, is := h.images[n], h.images[n+1]
		if len(is) > len(old) {
			old = append(bytes.Clone(old), make([]byte, len(is)-len(old))...)
			try(old, len(h.images[n]), len(old), n, "growing")
		}
		for at := 2 * page; at < len(is); at += page {
			if bytes.Equal(old[at:at+page], is[at:at+page]) {
				continue
			}
			for cut := at; cut < at+page; cut += sector {
				if got := try(is, cut, cut+sector, n, "data page"); got != n {
					t.Fatalf("commit %d counts before its last page is written", n+1)
				}
			}
		}
		got := n
		for cut := 0; cut < 2*page; cut += sector {
			got = try(is, cut, cut+sector, n, "first pages")
		}
		if got != n+1 {
			t.Fatalf("commit %d does not count when all is written", n+1)
		}
	}
	t.Logf("%d images", images)
}

// TestHookCopies holds the same of copies taken at the hook points, as a backup program
// that knows nothing of the journal would take them between commits.
func TestHookCopies(t *testing.T) {
	path := file(t)
	type copied struct {
		point Point
		seq   uint64
		image []byte
	}
	var copies []copied
	j := open(t, path, func(p Point, seq uint64) error {
		copies = append(copies, copied{p, seq, read(t, path)})
		return nil
	})
	for n := range 10 {
		commit(t, j, one("s", n))
	}
	if len(copies) != 20 {
		t.Fatalf("%d copies, want 20", len(copies))
	}
	for _, c := range copies {
		image := filepath.Join(t.TempDir(), "image.db")
		if err := os.WriteFile(image, c.image, 0o600); err != nil {
			t.Fatal(err)
		}
		want := c.seq
		if c.point == BeforeCommit {
			want--
		}
		if got := len(stream(t, open(t, image, nil), "s")); uint64(got) != want {
			t.Errorf("%s %d: the copy has %d entries, want %d", c.point, c.seq, got, want)
		}
	}
}

func TestFailedCommitStops(t *testing.T) {
	boom := errors.New("no space left")
	for _, point := range []Point{BeforeCommit, AfterCommit} {
		t.Run(string(point), func(t *testing.T) {
			path := file(t)
			fail := false
			j := open(t, path, func(p Point, _ uint64) error {
				if fail && p == point {
					return boom
				}
				return nil
			})
			commit(t, j, one("s", 1))
			fail = true
			if _, err := j.Commit(t.Context(), one("s", 2)); !errors.Is(err, ErrStopped) || !errors.Is(err, boom) {
				t.Errorf("the failed commit: got %v, want %v: %v", err, ErrStopped, boom)
			}
			fail = false
			for range 2 {
				if out, err := j.Commit(t.Context(), one("s", 3)); !errors.Is(err, ErrStopped) || out != nil {
					t.Errorf("a later commit: got %v, %v, want %v", out, err, ErrStopped)
				}
			}
			// What may not be on the disk is not shown; what is there for sure is.
			_, err := j.Stream("s")
			if stopped := errors.Is(err, ErrStopped); stopped != (point == AfterCommit) {
				t.Errorf("reading: %v", err)
			}
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			want := map[Point]int{BeforeCommit: 1, AfterCommit: 2}[point]
			if got := len(stream(t, open(t, path, nil), "s")); got != want {
				t.Errorf("reopened: %d entries, want %d", got, want)
			}
		})
	}
}

// TestPanicStops holds that a panic of the layer below, as on a damaged page, stops the
// journal and does not hang its Close.
func TestPanicStops(t *testing.T) {
	path := file(t)
	j := open(t, path, func(p Point, seq uint64) error {
		if seq == 2 {
			panic("page 7: unexpected type")
		}
		return nil
	})
	commit(t, j, one("s", 1))
	_, err := j.Commit(t.Context(), one("s", 2))
	var damaged *Damaged
	if !errors.Is(err, ErrStopped) || !errors.As(err, &damaged) {
		t.Errorf("got %v", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if got := len(stream(t, open(t, path, nil), "s")); got != 1 {
		t.Errorf("reopened: %d entries", got)
	}
}
