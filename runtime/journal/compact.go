package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
)

// Compacted says what Compact gave back.
type Compacted struct {
	Before int64 `json:"before"` // bytes of the file
	After  int64 `json:"after"`
}

// Compact rewrites the file without the pages that nothing uses any more, and leaves the
// journal closed. The new file is verified and synced before it takes the old one's place;
// a crash at any moment leaves the one or the other. Both are locked until then, so that no
// other process gets between. It needs as much room as the new file.
func Compact(ctx context.Context, path string, o Options) (out Compacted, err error) {
	j, err := Open(path, o)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	end, err := j.Head()
	if err != nil {
		return out, err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	if err != nil {
		return out, err
	}
	name := temp.Name()
	defer os.Remove(name) //nolint:errcheck // gone once it has its place
	if err := temp.Close(); err != nil {
		return out, err
	}
	next, file, err := openBolt(name, false)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, next.Close()) }()
	next.AllocSize = 64 << 10 // to end up small
	if err := guard(path, func() error { return bbolt.Compact(next, j.db, maxGroupBytes) }); err != nil {
		return out, fmt.Errorf("compact journal: %w", err)
	}
	written := &Journal{path: path, db: next, file: file, readOnly: true, ended: make(chan struct{})}
	if err := written.settle(); err != nil {
		return out, err
	}
	if _, err := written.Verify(ctx, end); err != nil {
		return out, fmt.Errorf("compact journal: the new file: %w", err)
	}
	if err := next.Sync(); err != nil {
		return out, err
	}
	out.Before, out.After = size(j.file), size(file)
	if err := os.Rename(name, path); err != nil {
		return out, err
	}
	return out, syncDir(filepath.Dir(path))
}

// settle takes what is in the file for synced, for a file that only this function's caller
// has open.
func (j *Journal) settle() error {
	return j.db.View(func(tx *bbolt.Tx) error {
		j.synced.Store(int64(tx.ID()))
		return nil
	})
}

func size(f *os.File) int64 {
	info, err := f.Stat()
	if err != nil {
		return 0
	}
	return info.Size()
}

// BackupFile writes what Backup writes to a new file, reads all of it again, and gives it
// its name only then. progress is told how many bytes are written.
func (j *Journal) BackupFile(ctx context.Context, path string, progress func(done, of int64)) (r Report, err error) {
	if _, err := os.Lstat(path); err == nil {
		return r, fmt.Errorf("back up journal: %s: %w", path, os.ErrExist)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return r, err
	}
	defer os.Remove(f.Name()) //nolint:errcheck // gone once it has its name
	err = j.Backup(&counted{to: f, of: size(j.file), tell: progress, ctx: ctx})
	if err = errors.Join(ctx.Err(), err, f.Sync(), f.Close()); err != nil {
		return r, err
	}
	copied, err := Open(f.Name(), Options{ReadOnly: true})
	if err != nil {
		return r, err
	}
	r, err = copied.Verify(ctx)
	if err = errors.Join(err, copied.Close()); err != nil {
		return r, fmt.Errorf("back up journal: the copy: %w", err)
	}
	if err := os.Link(f.Name(), path); err != nil { // never in place of another file
		if errors.Is(err, os.ErrExist) {
			return r, fmt.Errorf("back up journal: %w", err)
		}
		if err := os.Rename(f.Name(), path); err != nil { // a file system without hard links
			return r, err
		}
	}
	return r, syncDir(filepath.Dir(path))
}

// counted tells how far a backup has come, and ends it when ctx does.
type counted struct {
	to       *os.File
	ctx      context.Context
	done, of int64
	tell     func(done, of int64)
}

// Write implements io.Writer.
func (c *counted) Write(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.to.Write(b)
	c.done += int64(n)
	c.tell(c.done, max(c.of, c.done))
	return n, err
}
