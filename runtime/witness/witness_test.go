package witness

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/runtime/journal"
)

// folder is a data folder with a journal and its heads.
type folder struct {
	*testing.T
	cfg  Config
	path string
	now  time.Time
}

func newFolder(t *testing.T) *folder {
	f := &folder{T: t, now: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)}
	dir := t.TempDir()
	f.path = filepath.Join(dir, "journal.db")
	f.cfg = Config{Dir: dir, Now: func() time.Time { return f.now }, Random: rand.Reader, Log: slog.New(slog.DiscardHandler)}
	return f
}

func (f *folder) check(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// session opens the journal, adds n entries and closes it, with or without its head.
func (f *folder) session(n int, keep bool) error {
	f.Helper()
	if err := f.cfg.Missing(f.path); err != nil && keep {
		return err
	}
	j, err := journal.Open(f.path, journal.Options{Now: f.cfg.Now})
	f.check(err)
	defer func() { f.check(j.Close()) }()
	if keep {
		k, err := Keep(f.Context(), f.cfg, j, f.path)
		if err != nil {
			return err
		}
		defer func() { f.check(k.Close()) }()
	}
	for range n {
		_, err := j.Commit(f.Context(), journal.Batch{Entries: []journal.Draft{{Stream: "s", After: journal.Any, Kind: "k", Data: f.now}}})
		f.check(err)
	}
	return nil
}

func (f *folder) copy(from, to string) {
	f.Helper()
	data, err := os.ReadFile(filepath.Join(f.cfg.Dir, from))
	f.check(err)
	f.check(os.WriteFile(filepath.Join(f.cfg.Dir, to), data, 0o600))
}

func (f *folder) wantBehind(err error, have, noted uint64) {
	f.Helper()
	var behind *journal.Behind
	if !errors.As(err, &behind) || behind.Have.Seq != have || behind.Noted.Seq != noted {
		f.Errorf("got %v, want a journal of %d where %d were noted", err, have, noted)
	}
}

// TestOldCopies puts older journals where a newer one was.
func TestOldCopies(t *testing.T) {
	f := newFolder(t)
	f.check(f.session(5, true))
	f.copy("journal.db", "old")
	f.check(f.session(2, true))
	f.copy("journal.db", "new")
	h, _, err := f.cfg.Noted()
	if err != nil || h.Seq != 7 {
		t.Fatalf("the head is at %d, %v", h.Seq, err)
	}

	f.copy("old", "journal.db")
	f.wantBehind(f.session(0, true), 5, 7)
	f.check(os.Truncate(f.path, 0))
	f.wantBehind(f.session(0, true), 0, 7)
	f.check(os.Remove(f.path))
	f.wantBehind(f.session(0, true), 0, 7)
	if _, err := os.Stat(f.path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a journal was made: %v", err)
	}

	f.copy("old", "journal.db")
	f.now = f.now.Add(time.Hour)
	f.check(f.session(4, false)) // as a program would that knows no heads
	var damaged *journal.Damaged
	if err := f.session(0, true); !errors.As(err, &damaged) || damaged.Seq != 7 {
		t.Errorf("another history: %v", err)
	}
	f.copy("new", "journal.db")
	f.check(f.session(1, true))
}

// TestSecondPlace puts a whole folder back, its head too.
func TestSecondPlace(t *testing.T) {
	f := newFolder(t)
	f.cfg.Also = filepath.Join(t.TempDir(), "head")
	f.check(f.session(3, true))
	for _, name := range []string{"journal.db", "head"} {
		f.copy(name, name+".old")
	}
	f.check(f.session(3, true))
	for _, name := range []string{"journal.db", "head"} {
		f.copy(name+".old", name)
	}
	f.wantBehind(f.session(0, true), 3, 6)
}

// TestRecover takes an older copy for the truth, after which it is judged by its own head.
func TestRecover(t *testing.T) {
	f := newFolder(t)
	f.check(f.session(3, true))
	f.copy("journal.db", "old")
	f.check(f.session(3, true))
	f.copy("old", "journal.db")
	j, err := journal.Open(f.path, journal.Options{Now: f.cfg.Now})
	f.check(err)
	k, err := Recover(t.Context(), f.cfg, j)
	f.check(err)
	f.check(k.Close())
	f.check(j.Close())
	f.check(f.session(1, true))
	if left, err := filepath.Glob(f.cfg.Path() + ".2026*"); len(left) != 1 || err != nil {
		t.Errorf("the other head is not kept: %v %v", left, err)
	}
}

// TestHeadFiles reads heads that were changed, and loses keys.
func TestHeadFiles(t *testing.T) {
	f := newFolder(t)
	f.check(f.session(6, true))
	text, err := os.ReadFile(f.cfg.Path())
	f.check(err)
	for i := range len(text) - 4 { // the last of the signature's base64 has bits that mean nothing
		bad := append([]byte{}, text...)
		bad[i] ^= 1
		f.check(os.WriteFile(f.cfg.Path(), bad, 0o600))
		if _, _, err := f.cfg.Noted(); err == nil {
			t.Fatalf("byte %d was changed and nobody noticed:\n%s", i, bad)
		}
	}
	f.check(os.WriteFile(f.cfg.Path(), text, 0o600))
	keys, err := os.ReadFile(f.cfg.keys())
	f.check(err)
	if strings.Contains(string(keys), "PRIVATE") {
		t.Error("the private key is in the open")
	}
	// The sealing key is lost: old heads still count, new ones have a key of their own.
	f.check(os.Remove(filepath.Join(f.cfg.Dir, "key")))
	f.check(f.session(1, true))
	again, err := os.ReadFile(f.cfg.Path())
	f.check(err)
	f.check(os.WriteFile(f.cfg.Path(), text, 0o600))
	if h, _, err := f.cfg.Noted(); err != nil || h.Seq != 6 {
		t.Errorf("the old head: %d, %v", h.Seq, err)
	}
	f.check(os.WriteFile(f.cfg.Path(), again, 0o600))
	f.check(f.session(0, true))
}

// TestFollow writes a head a second after the last, without being asked.
func TestFollow(t *testing.T) {
	f := newFolder(t)
	j, err := journal.Open(f.path, journal.Options{Now: f.cfg.Now})
	f.check(err)
	k, err := Keep(t.Context(), f.cfg, j, f.path)
	f.check(err)
	_, err = j.Commit(t.Context(), journal.Batch{Entries: []journal.Draft{{Stream: "s", Kind: "k"}}})
	f.check(err)
	for {
		if h, _, err := f.cfg.Noted(); err == nil && h.Seq == 1 {
			break
		}
	}
	f.check(k.Close())
	f.check(j.Close())
}

// TestGone takes the second head away, and then both. Each time it is said, and the heads are
// there again without the journal having grown.
func TestGone(t *testing.T) {
	f := newFolder(t)
	var said strings.Builder
	f.cfg.Log = slog.New(slog.NewTextHandler(&said, nil))
	f.cfg.Also = filepath.Join(t.TempDir(), "second")
	f.check(f.session(3, true))
	if said.Len() > 0 {
		t.Fatalf("a new journal: %s", said.String())
	}
	for _, gone := range [][]string{{f.cfg.Also}, {f.cfg.Path()}, f.cfg.Paths()} {
		said.Reset()
		for _, path := range gone {
			f.check(os.Remove(path))
		}
		f.check(f.session(0, true))
		for _, path := range gone {
			if h, _, err := f.cfg.ReadFile(path); err != nil || h.Seq != 3 || !strings.Contains(said.String(), path) {
				t.Errorf("%s: %d, %v; said %q", path, h.Seq, err, said.String())
			}
		}
	}
}
