package sim

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/runtime/journal"
)

const oldBackup = "old backup restored"

// backUp saves the journal, or puts an older copy of it back, as who thinks that it is the
// newest would. The product must refuse it until somebody accepts the loss.
func (p *play) backUp(*deal) string {
	p.open()
	p.watch.read()
	had := p.watch.seq
	p.exit()
	path := filepath.Join(p.dir, "journal.db")
	now, err := os.ReadFile(path)
	if err != nil {
		p.broken("stage", "%v", err)
		return ""
	}
	if p.backup == nil {
		p.backup = now
		return "— saved"
	}
	if bytes.Equal(p.backup, now) {
		return "— nothing has changed"
	}
	if err := os.WriteFile(path, p.backup, 0o600); err != nil {
		p.broken("stage", "%v", err)
	}
	p.watch.restored()
	var behind *journal.Behind
	for range 3 { // a disk may be full, which one hears of and mends
		err = p.person(func(ctx context.Context, a *app.App) error {
			_, refused := a.Runs("", "")
			if !errors.As(refused, &behind) {
				return nil
			}
			_, err := a.Recover(ctx, dana)
			return err
		})
		if err == nil {
			break
		}
	}
	switch {
	case err != nil:
		return said(err)
	case behind == nil && p.watch.end() == had:
		return "— nothing but positions had changed"
	case behind == nil:
		p.broken(noBlind, "an older copy of the journal was taken for the newest")
	}
	p.res.Fired[oldBackup]++
	return ""
}

// restored forgets what was read of a journal that is no more. What was sent stays sent.
func (w *watch) restored() {
	w.seq, w.acked, w.chain = 0, 0, [32]byte{}
	w.runs, w.intents, w.creates = map[string]*record{}, map[string]*intent{}, map[string]*create{}
	w.people, w.recount = 0, true
}

// end reads the journal and returns its last entry's number.
func (w *watch) end() uint64 {
	w.p.people(func(context.Context, *app.App) error { w.read(); return nil })
	return w.seq
}

// accept lets a person take the journal for the truth when a run was refused because a vendor
// has what no run made, such as an invoice that somebody typed in just so.
func (p *play) accept(err error) bool {
	var found *app.Ahead
	if !errors.As(err, &found) {
		return false
	}
	p.people(func(ctx context.Context, a *app.App) error {
		_, err := a.Recover(ctx, dana)
		return err
	})
	return true
}
