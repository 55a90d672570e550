package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
)

// Point is a moment of a commit at which a [Hook] is called.
type Point string

// The closed list of points.
const (
	BeforeCommit Point = "before commit" // everything is decided, nothing is on the disk
	AfterCommit  Point = "after commit"  // everything is on the disk, nobody has been told
)

// Hook is for tests that kill the process or make a commit fail. It is called by the
// committing goroutine with the seq that the journal has after the commit. An error is
// treated as bbolt's own: the commit fails and the journal stops. At AfterCommit that is
// the failure whose entries are on the disk all the same.
type Hook func(p Point, seq uint64) error

// Options say how to open a journal. Now is required for writing.
type Options struct {
	Now      func() time.Time // the clock for Entry.At
	Holder   string           // what a second process is told about this one
	ReadOnly bool             // share the file with other readers; every Commit fails
	Hook     Hook             // for tests
}

// Journal is an open journal file. Its methods may be called by many goroutines.
type Journal struct {
	path     string
	now      func() time.Time
	hook     Hook
	readOnly bool
	db       *bbolt.DB // nil: read only and empty
	file     *os.File  // the file under db

	// writing is held by the committer while a commit is under way. synced is the last
	// bbolt transaction known to be on the disk: a read that saw a later one waits for
	// writing to be free and then looks again.
	writing sync.RWMutex
	synced  atomic.Int64

	mu      sync.Mutex
	waiting *sync.Cond // on mu: queue or closed changed
	queue   []*request
	closed  bool

	news news

	ended    chan struct{} // closed when the committer has returned
	stopped  error         // why it stopped; committer only
	wrecked  bool          // bbolt panicked and may hold its own locks; committer, then Close
	closing  sync.Once
	closeErr error
}

// Open opens the journal at path and makes it, with its folder (mode 0700), if it is
// missing or empty. It checks the format and the chain of the last entries; reading all
// of it is for [Journal.Verify].
//
// The file is locked while it is open: a second Open for writing returns [ErrInUse] at
// once. Other errors are [ErrReadOnly], *[Damaged], fs.ErrNotExist (read only), and those
// of the operating system.
func Open(path string, o Options) (*Journal, error) {
	if o.Now == nil && !o.ReadOnly {
		return nil, errors.New("open journal: Options.Now is missing")
	}
	j := &Journal{path: path, now: o.Now, hook: o.Hook, readOnly: o.ReadOnly, ended: make(chan struct{}), news: news{next: make(chan struct{})}}
	j.waiting = sync.NewCond(&j.mu)
	err := j.open(o)
	if err == nil {
		return j, nil
	}
	if j.db != nil {
		j.db.Close() //nolint:errcheck // the first error is the one to tell
	}
	var (
		inUse   ErrInUse
		damaged *Damaged
	)
	switch {
	case errors.As(err, &inUse), errors.As(err, &damaged):
		return nil, err
	case readOnly(err) && !o.ReadOnly:
		return nil, fmt.Errorf("open journal %s: %w: %w", path, ErrReadOnly, err)
	}
	return nil, fmt.Errorf("open journal %s: %w", path, err)
}

func (j *Journal) open(o Options) error {
	if !o.ReadOnly {
		if err := create(j.path); err != nil {
			return err
		}
	}
	info, err := os.Stat(j.path)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return errors.New("this is a folder")
	}
	if o.ReadOnly && info.Size() == 0 {
		close(j.ended)
		return nil
	}
	if j.db, j.file, err = openBolt(j.path, o.ReadOnly); err != nil {
		return err
	}
	if err := j.checkFormat(); err != nil {
		return err
	}
	if err := j.checkTail(); err != nil {
		return err
	}
	head, err := j.Head()
	if err != nil {
		return err
	}
	j.news.tell(head.Seq, false)
	if o.ReadOnly {
		close(j.ended)
		return nil
	}
	if err := writeHolder(j.path, o.Holder, o.Now()); err != nil {
		return err
	}
	go j.work()
	return nil
}

// Close waits for the commits that were asked for before it, then closes the file and
// gives up the lock. Later calls do nothing and return the same.
func (j *Journal) Close() error {
	j.closing.Do(func() {
		j.mu.Lock()
		j.closed = true
		j.waiting.Broadcast()
		j.mu.Unlock()
		<-j.ended
		j.news.tell(0, true)
		if j.db == nil {
			return
		}
		if !j.readOnly {
			// The lock is given up after the holder file is gone, so that it is never the
			// next holder's file that is removed.
			if err := os.Remove(holderPath(j.path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				j.closeErr = fmt.Errorf("close journal: %w", err)
			}
		}
		closer := j.db.Close
		if j.wrecked {
			closer = func() error { return abandon(j.file) } // bbolt's Close might wait for its own lock
		}
		if err := closer(); err != nil {
			j.closeErr = fmt.Errorf("close journal: %w", err)
		}
	})
	return j.closeErr
}

// create makes an empty journal at path if there is no file. The file appears with its
// final content or not at all, and never in place of one that another process made in the
// meantime.
func create(path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.CreateTemp(dir, filepath.Base(path)+".new-*")
	if err != nil {
		return err
	}
	temp := f.Name()
	defer os.Remove(temp) //nolint:errcheck // an orphan of a few kilobytes does no harm
	if err := f.Close(); err != nil {
		return err
	}
	db, _, err := openBolt(temp, false)
	if err != nil {
		return err
	}
	if err := errors.Join(db.Update(format), db.Close()); err != nil {
		return err
	}
	if err := os.Link(temp, path); err != nil && !errors.Is(err, fs.ErrExist) {
		// No hard links on this file system. bbolt will lay out the file in place: as
		// exclusive, but a power cut at that moment leaves a file that must be deleted.
		return nil
	}
	return syncDir(dir)
}

// syncDir makes a new name in a folder survive a power cut. Windows has no such call.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
