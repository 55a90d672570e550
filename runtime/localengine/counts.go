package localengine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/journal"
)

// Each write that a plan begins to make, and that a limit or what is usual counts, is a pair
// of the journal from the commit of its intent on:
//
//	count/<plan>/<entity>/<day, UTC>/<run>/<step> → made, or 1 where no amount is known
const countPrefix = "count/"

// bucket begins the keys of a day's writes, without the last slash.
func bucket(planName, entity string, at time.Time) string {
	return countPrefix + planName + "/" + entity + "/" + at.UTC().Format(time.DateOnly)
}

// tally is how many writes of a bucket were begun.
type tally struct {
	kept int             // in the journal
	own  map[string]bool // not known to be there: the intent is on its way, or never got there
}

func (t *tally) begun() int { return t.kept + len(t.own) }

// tally counts a bucket when it is first asked for. e.mu is held.
func (e *Engine) tally(bucket string) (*tally, error) {
	if t := e.counts[bucket]; t != nil {
		return t, nil
	}
	t := &tally{own: map[string]bool{}}
	err := e.cfg.Journal.Scan(bucket+"/", func(_, _ []byte) error {
		t.kept++
		return nil
	})
	if err != nil {
		return nil, err
	}
	for other, old := range e.counts { // of days gone by, which are counted again if need be
		if len(old.own) == 0 && other[len(other)-len(time.DateOnly):] != bucket[len(bucket)-len(time.DateOnly):] {
			delete(e.counts, other)
		}
	}
	e.counts[bucket] = t
	return t, nil
}

// reserve counts a write against its plan's allowance of the day (UTC) and for what is usual.
// The pair it returns goes into the intent's commit, and is then to be given to kept. When the
// day is used up it returns a hold until the next. e.mu is held.
func (e *Engine) reserve(planName string, a engine.Action, id string) ([]journal.Pair, engine.Hold, error) {
	if a.DayLimit == 0 && a.Create == nil {
		return nil, engine.Hold{}, nil
	}
	now := e.cfg.Now().UTC()
	bucket, write := bucket(planName, a.Entity, now), id+"/"+a.Path
	if a.Anew {
		write += fmt.Sprintf("#%d", a.Attempt)
	}
	t, err := e.tally(bucket)
	if err != nil {
		return nil, engine.Hold{}, err
	}
	// A write that was counted before its intent failed to reach the journal counts once. One
	// whose intent did is never asked about again: the next attempt has another number.
	counted := t.own[write]
	if !counted && a.DayLimit > 0 && int64(t.begun()) >= a.DayLimit {
		return nil, engine.Hold{
			Code: engine.HoldLimit, Path: a.Path, Until: now.Truncate(24 * time.Hour).Add(24 * time.Hour),
			Message: fmt.Sprintf("the plan allows %d of %s a day", a.DayLimit, a.Entity),
		}, nil
	}
	t.own[write] = true
	value := []byte("1")
	if w := a.Create; w != nil {
		m := made{At: now, Amount: w.Amount, Currency: w.Currency, Party: w.Party}
		if value = rawJSON(m); !counted {
			e.creates(planName, a.Entity).add(m)
		}
	}
	return []journal.Pair{{Key: bucket + "/" + write, Value: value}}, engine.Hold{}, nil
}

// kept notes that what reserve returned is in the journal.
func (e *Engine) kept(set []journal.Pair) {
	if len(set) == 0 {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, p := range set {
		parts := strings.SplitN(p.Key, "/", 5)
		if len(parts) != 5 || !strings.HasPrefix(p.Key, countPrefix) {
			continue
		}
		if t := e.counts[strings.TrimSuffix(p.Key, "/"+parts[4])]; t != nil && t.own[parts[4]] {
			delete(t.own, parts[4])
			t.kept++
		}
	}
}

// loadCounts reads back what is usual and what was stopped, once, and drops what is too old to
// count for anything.
func (e *Engine) loadCounts(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.loaded {
		return nil
	}
	stale, err := e.loadCreates(e.cfg.Now().UTC().AddDate(0, 0, -remembered).Format(time.DateOnly))
	if err != nil {
		return err
	}
	for p, err := range e.cfg.Journal.Pairs(stopPrefix) {
		if err != nil {
			return err
		}
		planName, entity, _ := strings.Cut(strings.TrimPrefix(p.Key, stopPrefix), "/")
		if err := json.Unmarshal(p.Value, &e.creates(planName, entity).stop); err != nil {
			return fmt.Errorf("read %s: %w", p.Key, err)
		}
	}
	for some := range slices.Chunk(stale, together) {
		if err := e.setPairs(ctx, some); err != nil {
			return err
		}
	}
	e.loaded = true
	return nil
}

// loadCreates reads what was created since the oldest day that counts, and returns what takes
// the pairs of older days away. e.mu is held.
func (e *Engine) loadCreates(oldest string) (stale []journal.Pair, err error) {
	var (
		bucket           []byte // the last one seen, with its slash
		planName, entity string
		old              bool
	)
	err = e.cfg.Journal.Scan(countPrefix, func(key, value []byte) error {
		if bucket == nil || !bytes.HasPrefix(key, bucket) {
			parts := strings.SplitN(string(key), "/", 5)
			if len(parts) != 5 {
				return nil
			}
			planName, entity, old = parts[1], parts[2], parts[3] < oldest
			bucket = bytes.Clone(key[:len(key)-len(parts[4])])
		}
		switch {
		case old:
			stale = append(stale, journal.Pair{Key: string(key)})
		case string(value) != "1": // where no amount is kept it is 1
			var m made
			if json.Unmarshal(value, &m) == nil && !m.At.IsZero() {
				c := e.creates(planName, entity)
				c.day = append(c.day, m)
			}
		}
		return nil
	})
	for _, c := range e.watched { // the pairs are not in the order of time
		list := c.day
		c.day = nil
		slices.SortFunc(list, func(x, y made) int { return x.At.Compare(y.At) })
		for _, m := range list {
			c.add(m)
		}
	}
	return stale, err
}
