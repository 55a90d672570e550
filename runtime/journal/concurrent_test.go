package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// TestManyCommitters lets many goroutines take claims from each other, append to streams of
// their own and to a common one, and read, all at once.
func TestManyCommitters(t *testing.T) {
	const (
		workers = 24
		rounds  = 30
	)
	path := file(t)
	j := open(t, path, nil)
	var (
		group sync.WaitGroup
		won   [rounds]atomic.Int32
		moved atomic.Int32
	)
	for w := range workers {
		group.Go(func() {
			name := fmt.Sprintf("own/%02d", w)
			for n := range rounds {
				b := Batch{Entries: []Draft{{Stream: name, After: uint64(n), Kind: "k", Data: n}}}
				if _, err := j.Commit(t.Context(), b); err != nil {
					t.Error(err)
					return
				}
				_, err := j.Commit(t.Context(), Batch{
					Entries: []Draft{{Stream: "common", After: Any, Kind: "k", Data: w}}, Claims: []string{fmt.Sprint("round ", n)},
				})
				var claimed ErrClaimed
				switch {
				case err == nil:
					won[n].Add(1)
				case !errors.As(err, &claimed):
					t.Error(err)
				}
				// What was acknowledged, to anybody, is there.
				if ok, err := j.Claimed(fmt.Sprint("round ", n)); !ok || err != nil {
					t.Errorf("claim of round %d: %v, %v", n, ok, err)
				}
				own, err := j.Stream(name)
				if err != nil || len(own) != n+1 {
					t.Errorf("%s has %d entries, %v, want %d", name, len(own), err, n+1)
				}
				common, err := j.Stream("common")
				if err != nil {
					t.Error(err)
				}
				_, err = j.Commit(t.Context(), Batch{Entries: []Draft{{Stream: "guarded", After: uint64(len(common)), Kind: "k"}}})
				if err == nil {
					moved.Add(1)
				} else if !errors.Is(err, ErrConflict) {
					t.Error(err)
				}
			}
		})
	}
	group.Go(func() {
		for range 10 {
			if _, err := j.Verify(t.Context()); err != nil {
				t.Error(err)
			}
			if err := j.Backup(new(bytes.Buffer)); err != nil {
				t.Error(err)
			}
		}
	})
	group.Wait()
	for n := range won {
		if got := won[n].Load(); got != 1 {
			t.Errorf("round %d was won %d times", n, got)
		}
	}
	if got := len(stream(t, j, "guarded")); got != int(moved.Load()) {
		t.Errorf("the guarded stream has %d entries, %d were acknowledged", got, moved.Load())
	}
	report, err := j.Verify(t.Context())
	if want := uint64(workers*rounds + rounds + int(moved.Load())); err != nil || report.Entries != want || report.Claims != rounds {
		t.Errorf("%+v, %v, want %d entries", report, err, want)
	}
}

// TestGroups holds that waiting batches share commits, and that the reasons of some do not
// touch the others of their group.
func TestGroups(t *testing.T) {
	const callers = 40
	begun, goOn := make(chan struct{}), make(chan struct{})
	commits := 0
	j := open(t, file(t), func(p Point, _ uint64) error {
		if p == BeforeCommit {
			if commits++; commits == 1 {
				close(begun)
				<-goOn
			}
		}
		return nil
	})
	var group sync.WaitGroup
	group.Go(func() { commit(t, j, Batch{Entries: []Draft{{Stream: "first", Kind: "k"}}, Claims: []string{"first"}}) })
	<-begun
	var claimed, conflicted, done atomic.Int32
	for n := range callers {
		group.Go(func() {
			b := one("common", n)
			switch n % 4 {
			case 0:
				b.Claims = []string{"first"}
			case 1:
				b.Entries[0].After = 1000
			}
			_, err := j.Commit(t.Context(), b)
			var c ErrClaimed
			switch {
			case err == nil:
				done.Add(1)
			case errors.As(err, &c):
				claimed.Add(1)
			case errors.Is(err, ErrConflict):
				conflicted.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	for waiting := 0; waiting < callers; {
		j.mu.Lock()
		waiting = len(j.queue)
		j.mu.Unlock()
	}
	close(goOn)
	group.Wait()
	if got, want := fmt.Sprint(commits, claimed.Load(), conflicted.Load(), done.Load()), fmt.Sprint(2, callers/4, callers/4, callers/2); got != want {
		t.Errorf("commits, claimed, conflicted, done: got %s, want %s", got, want)
	}
}

// TestGroupFails holds that a failed commit is everybody's of the group, also theirs whose
// reason was another batch of it: that batch may not be on the disk.
func TestGroupFails(t *testing.T) {
	begun, goOn := make(chan struct{}), make(chan struct{})
	commits := 0
	j := open(t, file(t), func(p Point, _ uint64) error {
		if p == BeforeCommit {
			switch commits++; commits {
			case 1:
				close(begun)
				<-goOn
			case 2:
				return errors.New("input/output error")
			}
		}
		return nil
	})
	var group sync.WaitGroup
	group.Go(func() { commit(t, j, one("s", 1)) })
	<-begun
	var stopped atomic.Int32
	for range 10 {
		group.Go(func() {
			b := one("s", 2)
			b.Claims = []string{"the same"}
			if _, err := j.Commit(t.Context(), b); errors.Is(err, ErrStopped) {
				stopped.Add(1)
			}
		})
	}
	for waiting := 0; waiting < 10; {
		j.mu.Lock()
		waiting = len(j.queue)
		j.mu.Unlock()
	}
	close(goOn)
	group.Wait()
	if stopped.Load() != 10 {
		t.Errorf("%d of 10 were told", stopped.Load())
	}
}

// TestReadersWaitForSync holds that a reader who would see a commit before it is safe
// waits for it, and is told when it failed.
func TestReadersWaitForSync(t *testing.T) {
	for _, failure := range []error{nil, errors.New("input/output error")} {
		begun, goOn := make(chan struct{}), make(chan struct{})
		j := open(t, file(t), func(p Point, _ uint64) error {
			if p == AfterCommit {
				close(begun)
				<-goOn
				return failure
			}
			return nil
		})
		var group sync.WaitGroup
		group.Go(func() { j.Commit(t.Context(), one("s", 1)) }) //nolint:errcheck // looked at by the reader
		<-begun
		answered := make(chan error, 1)
		group.Go(func() {
			_, err := j.Stream("s")
			answered <- err
		})
		for range 2000 { // time enough for a reader that does not wait
			runtime.Gosched()
			select {
			case err := <-answered:
				t.Fatalf("answered before the commit was safe: %v", err)
			default:
			}
		}
		close(goOn)
		group.Wait()
		if err := <-answered; errors.Is(err, ErrStopped) != (failure != nil) {
			t.Errorf("failure %v: the reader got %v", failure, err)
		}
	}
}

func TestContext(t *testing.T) {
	begun, goOn := make(chan struct{}), make(chan struct{})
	var once sync.Once
	j := open(t, file(t), func(p Point, _ uint64) error {
		if p == BeforeCommit {
			once.Do(func() {
				close(begun)
				<-goOn
			})
		}
		return nil
	})
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := j.Commit(ended, one("ended", 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	var group sync.WaitGroup
	// The first is under way when its context ends: it is told what became of it.
	first, endFirst := context.WithCancel(t.Context())
	group.Go(func() {
		if _, err := j.Commit(first, one("first", 1)); err != nil {
			t.Errorf("under way: got %v", err)
		}
	})
	<-begun
	// The second waits: it leaves, and nothing of it is ever applied.
	second, endSecond := context.WithCancel(t.Context())
	left := make(chan struct{})
	group.Go(func() {
		defer close(left)
		if _, err := j.Commit(second, one("second", 1)); !errors.Is(err, context.Canceled) {
			t.Errorf("waiting: got %v", err)
		}
	})
	endFirst()
	endSecond()
	<-left
	close(goOn)
	group.Wait()
	commit(t, j, one("third", 1))
	var names []string
	for name, err := range j.Streams("") {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	if got := strings.Join(names, " "); got != "first third" {
		t.Errorf("streams: %s", got)
	}
	if _, err := j.Verify(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("verify: %v", err)
	}
}

// TestCloseWhileBusy closes from many goroutines while others commit and read.
func TestCloseWhileBusy(t *testing.T) {
	for range 5 {
		path := file(t)
		j := open(t, path, nil)
		var (
			group sync.WaitGroup
			acked atomic.Int32
		)
		for range 8 {
			group.Go(func() {
				for {
					if _, err := j.Commit(t.Context(), one("s", 1)); errors.Is(err, ErrClosed) {
						return
					} else if err != nil {
						t.Error(err)
						return
					}
					if acked.Add(1) > 20 {
						group.Go(func() { j.Close() })
					}
					if _, err := j.Stream("s"); err != nil && !errors.Is(err, ErrClosed) {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		if got := len(stream(t, open(t, path, nil), "s")); got != int(acked.Load()) {
			t.Errorf("%d entries, %d acknowledged", got, acked.Load())
		}
	}
}
