package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// formatVersion is what about/format holds.
const formatVersion = "1"

// The buckets. See the package comment.
const (
	aboutBucket   = "about"
	entriesBucket = "entries"
	streamsBucket = "streams"
	claimsBucket  = "claims"
	pairsBucket   = "pairs"
)

const (
	// mapSize is the address space reserved at the start, so that the file need not be
	// mapped anew while a reader is at work: bbolt stops writing until such readers are
	// done. It costs no memory, except on Windows, where the file would get that size.
	mapSize = 256 << 20
	// growBy is how much the file grows at a time, sparsely.
	growBy = 1 << 20
	// tail is how many entries Open reads.
	tail = 64
)

// openBolt opens and locks the file. bbolt panics on some damaged files; such a panic
// becomes *Damaged and gives the lock up.
func openBolt(path string, readOnly bool) (db *bbolt.DB, file *os.File, err error) {
	o := bbolt.Options{
		Timeout: time.Nanosecond, // one try: a second process is refused, it does not wait
		// The array form of the free list becomes slow in large files.
		FreelistType: bbolt.FreelistMapType,
		NoStatistics: true,
		ReadOnly:     readOnly,
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			var err error
			file, err = os.OpenFile(name, flag, mode)
			return file, err
		},
	}
	if runtime.GOOS != "windows" {
		o.InitialMmapSize = mapSize
	}
	err = guard(path, func() error {
		var err error
		db, err = bbolt.Open(path, 0o600, &o)
		return err
	})
	if err == nil {
		db.AllocSize = growBy
		return db, file, nil
	}
	if file != nil {
		abandon(file) //nolint:errcheck // closed before, unless bbolt panicked
	}
	var (
		pathErr *fs.PathError
		errno   syscall.Errno
		damaged *Damaged
	)
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return nil, nil, inUse(path)
	case errors.As(err, &pathErr), errors.As(err, &errno), errors.As(err, &damaged):
		return nil, nil, err
	}
	return nil, nil, &Damaged{Path: path, What: "not a journal, or its first pages are lost (" + err.Error() + ")"}
}

// abandon closes the file under a database that cannot be closed itself. Its memory map
// stays, and would keep the lock.
func abandon(file *os.File) error { return errors.Join(unlock(file), file.Close()) }

// guard turns what bbolt does on damaged pages, panics and reads beyond the end of the
// file, into *Damaged.
func guard(path string, fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = &Damaged{Path: path, What: fmt.Sprintf("a page cannot be read (%v)", p)}
		}
	}()
	return fn()
}

// format lays out an empty journal.
func format(tx *bbolt.Tx) error {
	for _, name := range []string{aboutBucket, entriesBucket, streamsBucket, claimsBucket, pairsBucket} {
		if _, err := tx.CreateBucket([]byte(name)); err != nil {
			return err
		}
	}
	return tx.Bucket([]byte(aboutBucket)).Put([]byte("format"), []byte(formatVersion))
}

// checkFormat confirms that the file is a journal of a version this package knows, and
// lays one out in a bbolt file without anything in it.
func (j *Journal) checkFormat() error {
	empty := false
	err := guard(j.path, func() error {
		return j.db.View(func(tx *bbolt.Tx) error {
			j.synced.Store(int64(tx.ID()))
			if info, err := j.file.Stat(); err != nil {
				return err
			} else if info.Size() < tx.Size() {
				return j.damaged(0, fmt.Sprintf("the file has %d bytes of at least %d", info.Size(), tx.Size()))
			}
			if k, _ := tx.Cursor().First(); k == nil {
				empty = true
				return nil
			}
			about := tx.Bucket([]byte(aboutBucket))
			if about == nil {
				return j.damaged(0, "a bbolt file, but not a journal")
			}
			if v := string(about.Get([]byte("format"))); v != formatVersion {
				return j.damaged(0, fmt.Sprintf("format version %.20q is not known to this program; use a newer one", v))
			}
			for _, name := range []string{entriesBucket, streamsBucket, claimsBucket, pairsBucket} {
				if tx.Bucket([]byte(name)) == nil {
					return j.damaged(0, "part "+name+" is missing")
				}
			}
			return nil
		})
	})
	switch {
	case err != nil || !empty:
		return err
	case j.readOnly:
		err = j.db.Close()
		j.db = nil
		return err
	}
	err = guard(j.path, func() error {
		return j.db.Update(func(tx *bbolt.Tx) error {
			j.synced.Store(int64(tx.ID()))
			return format(tx)
		})
	})
	return err
}

// checkTail confirms the chain of the last entries.
func (j *Journal) checkTail() error {
	if j.db == nil {
		return nil
	}
	head, err := j.Head()
	if err != nil {
		return err
	}
	c := checker{j: j, end: head.Seq}
	if head.Seq > tail {
		c.last = head.Seq - tail
	}
	_, err = c.page(tail + 1)
	return err
}

func (j *Journal) damaged(seq uint64, what string) *Damaged {
	return &Damaged{Path: j.path, Seq: seq, What: what}
}

// view runs fn in a read transaction, or not at all in an empty journal opened for
// reading. What fn saw is on the disk when view returns nil.
func (j *Journal) view(fn func(*bbolt.Tx) error) error {
	if j.db == nil {
		return nil
	}
	var id int64
	err := guard(j.path, func() error {
		return j.db.View(func(tx *bbolt.Tx) error {
			id = int64(tx.ID())
			return fn(tx)
		})
	})
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return ErrClosed
	}
	if err != nil {
		return err
	}
	if id > j.synced.Load() {
		// bbolt shows a commit to readers before its last sync. Wait for that.
		j.writing.RLock()
		defer j.writing.RUnlock()
		if id > j.synced.Load() {
			return ErrStopped
		}
	}
	return nil
}

func u64(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// at is the last entry of a stream: what the streams bucket holds.
type at struct{ index, seq uint64 }

func (a at) encode() []byte { return binary.BigEndian.AppendUint64(u64(a.index), a.seq) }

// decodeAt reads what encode wrote; nil is the zero at.
func decodeAt(b []byte) (at, bool) {
	switch len(b) {
	case 0:
		return at{}, true
	case 16:
		return at{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])}, true
	}
	return at{}, false
}
