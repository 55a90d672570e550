package journal

import (
	"errors"
	"path/filepath"
	"sync"
	"testing"
)

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j, err := Open(path, Options{Now: clock()})
	if err != nil {
		t.Fatal(err)
	}
	seq, next := j.Changed()
	if seq != 0 || closed(next) {
		t.Errorf("an empty journal: seq %d, news %v", seq, closed(next))
	}
	if _, err := j.Commit(t.Context(), Batch{Set: []Pair{{Key: "a", Value: []byte("1")}}}); err != nil {
		t.Fatal(err)
	}
	if closed(next) {
		t.Error("a pair alone was announced as an entry")
	}
	draft := Batch{Entries: []Draft{{Stream: "s", After: Any, Kind: "k", Data: 1}}}
	if _, err := j.Commit(t.Context(), draft); err != nil {
		t.Fatal(err)
	}
	if seq, now := j.Changed(); !closed(next) || seq != 1 || closed(now) {
		t.Errorf("after an entry: seq %d, old channel closed %v, new one %v", seq, closed(next), closed(now))
	}
	_, next = j.Changed()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if !closed(next) {
		t.Error("nobody was told that the journal is closed")
	}
	if _, again := j.Changed(); !closed(again) {
		t.Error("after Close there is nothing to wait for")
	}
	if j, err = Open(path, Options{Now: clock()}); err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if seq, _ := j.Changed(); seq != 1 {
		t.Errorf("opened again: seq %d, want 1", seq)
	}
}

// A failed commit is the last news.
func TestChangedAfterFailure(t *testing.T) {
	broken := errors.New("disk on fire")
	j, err := Open(filepath.Join(t.TempDir(), "journal.db"), Options{
		Now: clock(), Hook: func(Point, uint64) error { return broken },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	_, next := j.Changed()
	if _, err := j.Commit(t.Context(), Batch{Entries: []Draft{{Stream: "s", Kind: "k", Data: 1}}}); !errors.Is(err, ErrStopped) {
		t.Fatalf("got %v, want ErrStopped", err)
	}
	if !closed(next) {
		t.Error("who follows the journal was not told that it stopped")
	}
}

// Whoever follows sees every entry, however the commits fall.
func TestChangedMissesNothing(t *testing.T) {
	j, err := Open(filepath.Join(t.TempDir(), "journal.db"), Options{Now: clock()})
	if err != nil {
		t.Fatal(err)
	}
	const writers, each = 4, 25
	var group sync.WaitGroup
	for range writers {
		group.Go(func() {
			for range each {
				if _, err := j.Commit(t.Context(), Batch{Entries: []Draft{{Stream: "s", After: Any, Kind: "k", Data: 1}}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for seen := uint64(0); seen < writers*each; {
		seq, next := j.Changed()
		if seq < seen {
			t.Fatalf("went back from %d to %d", seen, seq)
		}
		if seen = seq; seen < writers*each {
			<-next
		}
	}
	group.Wait()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}
