package witness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/planwright/planwright/runtime/connection"
	"github.com/planwright/planwright/runtime/journal"
)

// often is how far apart heads are written while the journal grows.
const often = time.Second

// Config says where heads are and what makes them.
type Config struct {
	Dir string // of head and head.key
	// Also is a second place of the head, outside the folder, so that a whole folder that was
	// put back is noticed, too. Empty is none.
	Also   string
	Key    []byte // seals the signing key; nil is the key of the folder
	Now    func() time.Time
	Random io.Reader
	Log    *slog.Logger
}

// Path is where the head is.
func (c Config) Path() string { return filepath.Join(c.Dir, "head") }

func (c Config) keys() string { return filepath.Join(c.Dir, "head.key") }

// Paths are all places of the head.
func (c Config) Paths() []string {
	if c.Also == "" {
		return []string{c.Path()}
	}
	return []string{c.Path(), c.Also}
}

// Noted returns the furthest head that is kept, with its tree; zero when there is none.
func (c Config) Noted() (journal.Head, journal.Tree, error) {
	var last journal.Head
	var tree journal.Tree
	for _, path := range c.Paths() {
		h, t, err := c.ReadFile(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return last, tree, fmt.Errorf("%s: %w", path, err)
		}
		if h.Seq >= last.Seq {
			last, tree = h, t
		}
	}
	return last, tree, nil
}

// Gone lists the places where a head should be and none is.
func (c Config) Gone() (gone []string) {
	for _, path := range c.Paths() {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			gone = append(gone, path)
		}
	}
	return gone
}

// ReadFile returns a head that was saved anywhere, if a key of this folder signed it.
func (c Config) ReadFile(path string) (journal.Head, journal.Tree, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return journal.Head{}, journal.Tree{}, err
	}
	f, err := readKeys(c.keys())
	if err != nil {
		return journal.Head{}, journal.Tree{}, err
	}
	v, err := f.verifiers()
	if err != nil {
		return journal.Head{}, journal.Tree{}, err
	}
	return Read(data, v)
}

// Missing confirms, before a journal is made, that none was noted: a file that is missing
// or empty where a head is kept is *[journal.Behind].
func (c Config) Missing(path string) error {
	if info, err := os.Stat(path); err == nil && info.Size() > 0 {
		return nil
	}
	noted, _, err := c.Noted()
	if err != nil || noted.Seq == 0 {
		return err
	}
	return &journal.Behind{Path: path, Noted: noted}
}

// Keeper writes heads of a journal as it grows.
type Keeper struct {
	cfg     Config
	journal *journal.Journal
	signer  note.Signer

	mu    sync.Mutex // over what follows
	tree  journal.Tree
	wrote uint64    // the seq of the head on the disk
	at    time.Time // when it was written

	stop  context.CancelFunc
	ended chan struct{}
}

// Keep confirms that the journal is no older copy of itself, and no other one, and begins to
// write heads. What cannot be signed is logged, and the journal runs without new heads.
//
// Errors are *[journal.Behind], *[journal.Damaged], and those of reading.
func Keep(ctx context.Context, c Config, j *journal.Journal, path string) (*Keeper, error) {
	noted, tree, err := c.Noted()
	if err != nil {
		return nil, err
	}
	if err := confirm(j, path, noted); err != nil {
		return nil, err
	}
	wrote := noted.Seq
	if gone := c.Gone(); len(gone) > 0 {
		wrote = 0 // so that all places have it again
		end, err := j.Head()
		if err != nil {
			return nil, err
		}
		if end.Seq > 0 {
			c.Log.Warn("a head of the journal is missing and is written anew: what it knew, it cannot tell any more", "files", gone)
		}
	}
	return begin(ctx, c, j, tree, wrote), nil
}

// confirm compares the journal with a head.
func confirm(j *journal.Journal, path string, noted journal.Head) error {
	if noted.Seq == 0 {
		return nil
	}
	end, err := j.Head()
	switch {
	case err != nil:
		return err
	case end.Seq < noted.Seq:
		return &journal.Behind{Path: path, Have: end, Noted: noted}
	}
	had, err := j.HeadAt(noted.Seq)
	if err == nil && had.Chain != noted.Chain {
		err = &journal.Damaged{Path: path, Seq: noted.Seq, What: "the chain is another one than was noted for this entry"}
	}
	return err
}

func begin(ctx context.Context, c Config, j *journal.Journal, tree journal.Tree, wrote uint64) *Keeper {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	k := &Keeper{cfg: c, journal: j, tree: tree, wrote: wrote, stop: stop, ended: make(chan struct{})}
	sealing, err := connection.FolderKey(c.Dir, c.Key, c.Random)
	if err == nil {
		k.signer, err = signer(c.keys(), sealing, c.Random)
	}
	if err != nil {
		c.Log.Warn("no head of the journal is kept", "err", err)
	}
	go k.follow(ctx)
	return k
}

// Recover takes the journal as it is for the truth, older copy or not. Heads that say
// otherwise are kept beside, under the number they had.
func Recover(ctx context.Context, c Config, j *journal.Journal) (*Keeper, error) {
	for _, path := range c.Paths() {
		aside := path + c.Now().UTC().Format(".20060102T150405")
		if err := os.Rename(path, aside); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	k := begin(ctx, c, j, journal.Tree{}, 0)
	return k, k.Write(ctx)
}

// follow writes a head when the journal has grown and the last is a second old. It is not
// on the way of any commit.
func (k *Keeper) follow(ctx context.Context) {
	defer close(k.ended)
	for {
		seq, more := k.journal.Changed()
		k.mu.Lock()
		due := seq > k.wrote && k.cfg.Now().Sub(k.at).Abs() >= often
		k.mu.Unlock()
		if due {
			if err := k.Write(ctx); err != nil && ctx.Err() == nil {
				k.cfg.Log.Warn("the head of the journal was not written", "err", err)
			}
		}
		select {
		case <-more:
			if now, _ := k.journal.Changed(); now == seq {
				return // closed, or stopped after an error
			}
		case <-ctx.Done():
			return
		}
	}
}

// Write writes the head as it is now, if it has changed.
func (k *Keeper) Write(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	h, err := k.journal.Grow(ctx, &k.tree)
	if err != nil || h.Seq == k.wrote || k.signer == nil {
		return err
	}
	text, err := Sign(h, k.tree, k.signer)
	if err != nil {
		return err
	}
	for _, path := range k.cfg.Paths() {
		err = errors.Join(err, replace(path, text))
	}
	if err == nil {
		k.wrote = h.Seq
	}
	k.at = k.cfg.Now()
	return err
}

// Close writes the last head and ends. Call it before the journal is closed.
func (k *Keeper) Close() error {
	k.stop()
	<-k.ended
	return k.Write(context.Background()) //nolint:forbidigo // an end that nobody waits for to be stopped
}

// replace writes a file whole or not at all.
func replace(path string, data []byte) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil || runtime.GOOS == "windows" {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
