package app

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/specs/catalog"
)

// bulky are the kinds of a run's entries that hold what was read, sent, answered, or said
// about a record. That it began and how it ended, with what it gave, stays.
var bulky = []string{
	string(engine.KindAnswered), string(engine.KindIntent), string(engine.KindOutcome), string(engine.KindHeld), string(engine.KindReplied), string(engine.KindAdopted), string(engine.KindRows),
}

// ledger is what is kept of a run that was pruned, beside its beginning and its end.
type ledger struct {
	Writes []ledgerWrite `json:"writes,omitempty"`
}

// ledgerWrite is one write that was sent: enough to find the record again, and to tell that
// another request is not the same.
type ledgerWrite struct {
	Path      string        `json:"path"`
	Attempt   int           `json:"attempt"`
	Operation string        `json:"operation"`
	At        time.Time     `json:"at"`
	Digest    string        `json:"digest"` // of the request
	Natural   string        `json:"natural,omitempty"`
	Class     catalog.Class `json:"class,omitempty"`
	Record    string        `json:"record,omitempty"`  // its id, as answered, found, or named by a person
	Adopted   bool          `json:"adopted,omitempty"` // a look-up found it
	Settled   bool          `json:"settled,omitempty"` // a person named it
}

// Pruned says what was taken.
type Pruned struct {
	Before time.Time `json:"before"`
	Runs   int       `json:"runs"`
}

// Prune takes the details of runs that ended before a moment: what was read, sent and
// answered. Claims, beginnings, ends, what runs gave, and of each write its natural key, its
// digest and the record it made, stay for ever, and nothing that ran runs again.
func (a *App) Prune(ctx context.Context, before time.Time, progress func(done int)) (Pruned, error) {
	out := Pruned{Before: before}
	l, err := a.open()
	if err != nil {
		return out, err
	}
	var b journal.Batch
	flush := func() error {
		if len(b.Prune) == 0 {
			return nil
		}
		if _, err := l.journal.Commit(ctx, b); err != nil {
			return err
		}
		out.Runs += len(b.Prune)
		progress(out.Runs)
		b = journal.Batch{}
		return nil
	}
	for s, err := range l.engine.Summaries() {
		if err != nil {
			return out, err
		}
		if !s.State.Ended() || !s.Updated.Before(before) {
			continue
		}
		stream := "run/" + s.ID
		if done, err := l.journal.Claimed(journal.PrunedPrefix + stream); err != nil || done {
			if err != nil {
				return out, err
			}
			continue
		}
		facts, err := l.ledger(s.ID)
		if err != nil {
			return out, err
		}
		s.Label, s.Hold = "", nil
		short, err := json.Marshal(s)
		if err != nil {
			return out, err
		}
		b.Prune = append(b.Prune, journal.Pruning{Stream: stream, Kinds: bulky, Facts: facts})
		b.Set = append(b.Set, journal.Pair{Key: stream, Value: short})
		if len(b.Prune) == 64 {
			if err := flush(); err != nil {
				return out, err
			}
		}
	}
	return out, flush()
}

// ledger reads what is kept of a run.
func (l *live) ledger(id string) (ledger, error) {
	entries, err := l.engine.Record(id)
	if err != nil {
		return ledger{}, err
	}
	var out ledger
	for _, e := range entries {
		switch e.Kind {
		case engine.KindIntent:
			s := as[engine.Intent](e)
			out.Writes = append(out.Writes, ledgerWrite{Path: s.Path, Attempt: s.Attempt, Operation: s.Request.Operation, At: e.At, Digest: s.Digest, Natural: s.Natural})
		case engine.KindOutcome:
			s := as[engine.WriteOutcome](e)
			for i := range out.Writes {
				if w := &out.Writes[i]; w.Path == s.Path && w.Attempt == s.Attempt {
					w.Class, w.Record = s.Outcome.Class, l.recordID(w.Operation, s.Outcome.Value)
				}
			}
		case engine.KindAnswered:
			read := as[engine.Answered](e)
			path, is := strings.CutSuffix(read.Path, "/lookup")
			if w := out.last(path); is && w != nil {
				if id := l.recordID(w.Operation, only(read.Outcome.Value)); id != "" {
					w.Record, w.Adopted = id, true
				}
			}
		case engine.KindReplied:
			r := as[engine.Reply](e)
			if w := out.last(r.Path); w != nil && r.Answer == engine.Happened {
				w.Record, w.Settled = r.Record, true
			}
		default:
		}
	}
	return out, nil
}

// last is the last write that was sent at a path, nil for none.
func (k *ledger) last(path string) *ledgerWrite {
	for i := len(k.Writes) - 1; i >= 0; i-- {
		if k.Writes[i].Path == path {
			return &k.Writes[i]
		}
	}
	return nil
}

// only is the one record of a list, or what is no list.
func only(value any) any {
	list, is := value.([]any)
	switch {
	case !is:
		return value
	case len(list) == 1:
		return list[0]
	}
	return nil
}

// recordID is the id of what a write made, "" when its answer has none.
func (l *live) recordID(operation string, value any) string {
	op, ok := l.cat.Operation(operation)
	if !ok {
		return ""
	}
	m, _ := value.(map[string]any)
	object, ok := l.cat.Object(op.Entity)
	if !ok {
		return ""
	}
	id, _ := m[object.Key].(string)
	return id
}

// kept returns the ledger of a run that was pruned; ok is false for one that was not.
func (l *live) kept(id string) (out ledger, ok bool, err error) {
	entries, err := l.journal.Stream(journal.PrunedPrefix + "run/" + id)
	if err != nil || len(entries) == 0 {
		return out, false, err
	}
	var data struct {
		Facts ledger `json:"facts"`
	}
	if err := json.Unmarshal(entries[0].Data, &data); err != nil {
		return out, false, errors.New("what is kept of run " + id + " cannot be read")
	}
	return data.Facts, true, nil
}

// tellKept tells the writes of a run that was pruned in its story.
func (l *live) tellKept(v *RunView) error {
	kept, ok, err := l.kept(v.ID)
	if !ok || err != nil {
		return err
	}
	for _, w := range kept.Writes {
		var text strings.Builder
		text.WriteString(w.Path + ": " + w.Operation)
		for _, part := range []string{w.Natural, string(w.Class), w.Record} {
			if part != "" {
				text.WriteString(" " + part)
			}
		}
		v.Story = append(v.Story, Line{At: w.At, Kind: "kept", Text: text.String()})
	}
	return nil
}

// Keep sets how long serving keeps the details of runs that have ended; 0 is for ever. It is
// called before [App.Serve].
func (a *App) Keep(d time.Duration) { a.cfg.Keep = d }

// pruneDaily takes the details of runs that ended too long ago, now and once a day.
func (l *live) pruneDaily(ctx context.Context) error {
	for {
		got, err := l.app.Prune(ctx, l.app.cfg.Now().Add(-l.app.cfg.Keep), func(int) {})
		if err != nil {
			return err
		}
		l.app.cfg.Log.Info("pruned", "runs", got.Runs, "before", got.Before)
		if err := l.app.cfg.Wait(ctx, 24*time.Hour); err != nil {
			return err
		}
	}
}
