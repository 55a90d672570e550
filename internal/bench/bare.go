package bench

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"

	"go.etcd.io/bbolt"
)

// bare is a group commit over a bbolt file and nothing else: what the work costs at least.
type bare struct {
	db   *bbolt.DB
	path string

	mu      sync.Mutex
	waiting *sync.Cond
	queue   []*record
	closed  bool
	ended   chan struct{}
	commits atomic.Int64
}

// record is one text to be kept, and who waits for it.
type record struct {
	key   string
	value []byte
	done  chan error
}

func openBare(dir string) (*bare, error) {
	b := &bare{path: filepath.Join(dir, "bare.db"), ended: make(chan struct{})}
	b.waiting = sync.NewCond(&b.mu)
	var err error
	if b.db, err = bbolt.Open(b.path, 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType, NoStatistics: true, InitialMmapSize: 256 << 20}); err != nil {
		return nil, err
	}
	b.db.AllocSize = 1 << 20 // as the journal does
	err = b.db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket([]byte("records"))
		return err
	})
	go b.work()
	return b, err
}

func (b *bare) close() error {
	b.mu.Lock()
	b.closed = true
	b.waiting.Signal()
	b.mu.Unlock()
	<-b.ended
	return b.db.Close()
}

// keep returns when the text is on the disk.
func (b *bare) keep(key string, value []byte) error {
	r := &record{key: key, value: value, done: make(chan error, 1)}
	b.mu.Lock()
	b.queue = append(b.queue, r)
	b.waiting.Signal()
	b.mu.Unlock()
	return <-r.done
}

// work takes all that waits and commits it at once, until close.
func (b *bare) work() {
	defer close(b.ended)
	for {
		b.mu.Lock()
		for len(b.queue) == 0 && !b.closed {
			b.waiting.Wait()
		}
		b.mu.Unlock()
		runtime.Gosched()
		b.mu.Lock()
		group := b.queue
		b.queue = nil
		b.mu.Unlock()
		if len(group) == 0 {
			return
		}
		err := b.db.Update(func(tx *bbolt.Tx) error {
			bucket := tx.Bucket([]byte("records"))
			for _, r := range group {
				if err := bucket.Put([]byte(r.key), r.value); err != nil {
					return err
				}
			}
			return nil
		})
		b.commits.Add(1)
		for _, r := range group {
			r.done <- err
		}
	}
}

// workflow does the five steps: what is about to be sent is kept before it leaves, with the
// answer to what was sent before.
func (b *bare) workflow(ctx context.Context, rt http.RoundTripper, url string, i int) error {
	if err := b.keep(fmt.Sprintf("%08d/0", i), note(0, "")); err != nil {
		return err
	}
	if _, err := send(ctx, rt, http.MethodGet, fmt.Sprintf("%s/notes/note-%08d", url, i), nil, "", http.StatusNotFound); err != nil {
		return err
	}
	var last []byte
	for step := range steps {
		body := note(step, "note")
		if err := b.keep(fmt.Sprintf("%08d/%d", i, step+1), append(last, body...)); err != nil {
			return err
		}
		var err error
		if last, err = send(ctx, rt, http.MethodPost, url+"/notes", body, fmt.Sprintf("%d-%d", i, step), http.StatusCreated); err != nil {
			return err
		}
	}
	return b.keep(fmt.Sprintf("%08d/end", i), last)
}
