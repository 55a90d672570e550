package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/runtime/witness"
)

// The journal's own stream: what happened to the journal itself.
const (
	journalStream = "journal"
	kindRecovered = "recovered" // an older copy was taken for the truth
	kindSettled   = "settled"   // what the copy did not know was looked after
	kindAhead     = "ahead"     // a vendor has what the journal does not know of
)

// Recovered says what was lost when an older copy of the journal was taken for the truth.
type Recovered struct {
	By      string    `json:"by"`
	Have    uint64    `json:"have"` // entries of the copy
	HaveAt  time.Time `json:"haveAt,omitzero"`
	Lost    uint64    `json:"lost"` // entries that were noted beyond them
	NotedAt time.Time `json:"notedAt"`
	// Found is what a vendor was found to have, where that and not the head told.
	Found *Ahead `json:"found,omitempty"`
}

// Recover takes the journal as it is for the truth although its head, or what a vendor has,
// says that there was more. From then on every write that could double what the copy does not know is held for a
// person, until [App.Settle].
func (a *App) Recover(ctx context.Context, by string) (Recovered, error) {
	out := Recovered{By: strings.TrimSpace(by)}
	if out.By == "" {
		return out, problem(errors.New("recover: a name is needed"), "add --by NAME")
	}
	heads, err := a.heads()
	if err != nil {
		return out, err
	}
	noted, _, unread := heads.Noted()
	if unread != nil {
		a.cfg.Log.Warn("the kept head cannot be read", "err", unread)
	}
	j, err := a.JournalAsIs()
	if err != nil {
		return out, err
	}
	have, err := j.Head()
	if err != nil {
		return out, err
	}
	had, err := j.HeadAt(noted.Seq)
	if err != nil {
		return out, err
	}
	whole := unread == nil && have.Seq >= noted.Seq && had.Chain == noted.Chain
	if whole {
		if out.Found, err = a.ahead(); err != nil {
			return out, err
		}
	}
	if whole && out.Found == nil {
		return out, problem(errors.New("recover: the journal is all that its head says"), "planwright journal verify")
	}
	out.Have, out.HaveAt, out.NotedAt = have.Seq, have.At, noted.At
	if noted.Seq > have.Seq {
		out.Lost = noted.Seq - have.Seq
	}
	// First the entry, then the head: after a crash between the two the head still refuses.
	if err := a.note(ctx, j, kindRecovered, out); err != nil {
		return out, err
	}
	if !whole {
		k, err := witness.Recover(ctx, heads, j)
		if err != nil {
			return out, err
		}
		a.mu.Lock()
		a.keeper = k
		a.mu.Unlock()
	}
	l, err := a.open()
	if err != nil {
		return out, err
	}
	if err := l.loadRestored(); err != nil {
		return out, err
	}
	return out, l.free(ctx)
}

// ahead is what a vendor was found to have that the journal does not know of, nil for nothing.
func (a *App) ahead() (*Ahead, error) {
	l, err := a.open()
	if err != nil {
		return nil, err
	}
	return l.ahead.Load(), nil
}

// Settle ends the time after [App.Recover] in which writes are held for a person: by has
// looked after everything that the older copy did not know.
func (a *App) Settle(ctx context.Context, by string) error {
	if by = strings.TrimSpace(by); by == "" {
		return problem(errors.New("settle: a name is needed"), "add --by NAME")
	}
	l, err := a.open()
	if err != nil {
		return err
	}
	if !l.restored.Load() {
		return problem(errors.New("settle: the journal was not put back, or that is settled"), "planwright journal verify")
	}
	if err := a.note(ctx, l.journal, kindSettled, map[string]string{"by": by}); err != nil {
		return err
	}
	l.restored.Store(false)
	return nil
}

func (a *App) note(ctx context.Context, j *journal.Journal, kind string, data any) error {
	_, err := j.Commit(ctx, journal.Batch{Entries: []journal.Draft{{Stream: journalStream, After: journal.Any, Kind: kind, Data: data}}})
	return err
}

// loadRestored reads whether the journal was put back and not settled since.
func (l *live) loadRestored() error {
	entries, err := l.journal.Stream(journalStream)
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	for _, e := range entries {
		switch e.Kind {
		case kindAhead:
			if err := l.loadAhead(e.Data); err != nil {
				return err
			}
		case kindRecovered:
			l.restored.Store(true)
			l.since.Store(e.At.UnixNano())
			l.ahead.Store(nil)
		case kindSettled:
			l.restored.Store(false)
		}
	}
	return nil
}
