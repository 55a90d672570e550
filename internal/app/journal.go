package app

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/planwright/planwright/runtime/connection"
	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/runtime/witness"
)

// Journal opens the journal, once. One that is an older copy of itself, or is missing where
// a head says that there was one, is refused: see [App.Recover].
func (a *App) Journal() (*journal.Journal, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.keeper != nil {
		return a.journal, nil
	}
	heads, err := a.heads()
	if err != nil {
		return nil, err
	}
	j := a.journal
	if j == nil {
		if err := heads.Missing(a.path(journalName)); err != nil {
			return nil, behind(err)
		}
		if j, err = a.openJournal(); err != nil {
			return nil, err
		}
	}
	k, err := witness.Keep(context.Background(), heads, j, a.path(journalName)) //nolint:forbidigo // it lasts as long as the App
	if err != nil {
		if a.journal == nil {
			err = errors.Join(err, j.Close())
		}
		return nil, behind(err)
	}
	a.journal, a.keeper = j, k
	return j, nil
}

const journalName = "journal.db"

// Holder is the pid of the other process that has the journal, 0 where none has.
func (a *App) Holder() (pid int) {
	if _, err := os.Stat(a.path(journalName)); err == nil { // else it would be made
		var inUse journal.ErrInUse
		if _, err := a.Journal(); errors.As(err, &inUse) {
			pid = inUse.PID
		}
	}
	return pid
}

// JournalAsIs opens the journal whatever its head says, to look at it and to copy it.
func (a *App) JournalAsIs() (*journal.Journal, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.journal != nil {
		return a.journal, nil
	}
	j, err := a.openJournal()
	if err != nil {
		return nil, err
	}
	a.journal = j
	return j, nil
}

func (a *App) openJournal() (*journal.Journal, error) {
	return journal.Open(a.path(journalName), journal.Options{Now: a.cfg.Now, Holder: "planwright", Hook: a.cfg.OnDisk})
}

// heads says where the heads of the journal are.
func (a *App) heads() (witness.Config, error) {
	c := witness.Config{Dir: a.cfg.Dir, Also: a.cfg.Head, Now: a.cfg.Now, Random: a.cfg.Random, Log: a.cfg.Log}
	if a.cfg.Key == "" {
		return c, nil
	}
	var err error
	if c.Key, err = connection.ParseKey(a.cfg.Key); err != nil {
		return c, problem(err, "set PLANWRIGHT_KEY to the key these secrets were sealed with")
	}
	return c, nil
}

// head writes the head of the journal now, so that no older copy can pass for one that knows
// what a person has just decided.
func (a *App) head(ctx context.Context) {
	a.mu.Lock()
	k := a.keeper
	a.mu.Unlock()
	if k == nil {
		return
	}
	if err := k.Write(ctx); err != nil {
		a.cfg.Log.Warn("the head of the journal was not written", "err", err)
	}
}

// behind adds what to do about a journal that is not what its head says.
func behind(err error) error {
	var old *journal.Behind
	if errors.As(err, &old) {
		return problem(err, "put the newest journal.db back; if there is none: planwright journal recover --accept-loss --by NAME (docs/operations.md)")
	}
	return err
}

// Verified is what a whole reading of the journal found.
type Verified struct {
	journal.Report
	Root  string  `json:"root"`  // of the Merkle tree over all entries, hex
	Chain string  `json:"chain"` // of the last entry, hex
	Heads []Noted `json:"heads"` // that were found to be part of the journal
	// Gone are the places where a head should be and none is.
	Gone []string `json:"gone,omitempty"`
}

// Noted is a head that was kept or saved.
type Noted struct {
	journal.Head
	File string `json:"file"`
}

// Verify reads the whole journal and confirms that it holds together and grew out of every
// head: those that are kept, and the saved ones in files.
func (a *App) Verify(ctx context.Context, files ...string) (Verified, error) {
	out := Verified{Heads: []Noted{}}
	c, err := a.heads()
	if err != nil {
		return out, err
	}
	j, err := a.JournalAsIs()
	if err != nil {
		return out, err
	}
	out.Gone = c.Gone()
	var known []journal.Head
	for i, file := range append(c.Paths(), files...) {
		h, _, err := c.ReadFile(file)
		if kept := i < len(c.Paths()); kept && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return out, fmt.Errorf("%s: %w", file, err)
		}
		known = append(known, h)
		out.Heads = append(out.Heads, Noted{Head: h, File: file})
	}
	out.Report, err = j.Verify(ctx, known...)
	out.Root, out.Chain = hex.EncodeToString(out.Head.Root[:]), hex.EncodeToString(out.Head.Chain[:])
	return out, behind(err)
}

// Compact rewrites the journal's file. The journal must not be open.
func (a *App) Compact(ctx context.Context) (journal.Compacted, error) {
	if _, err := a.Journal(); err != nil { // an older copy stays as it is
		return journal.Compacted{}, err
	}
	if err := a.Close(); err != nil {
		return journal.Compacted{}, err
	}
	return journal.Compact(ctx, a.path(journalName), journal.Options{Now: a.cfg.Now, Holder: "planwright"})
}
