package localengine

import (
	"slices"
	"strings"

	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/journal"
)

// The paths by which events are seen.
const (
	SeenPoll     = "poll"
	SeenWebhook  = "webhook"
	SeenSweep    = "sweep"
	SeenManual   = "manual"
	SeenBackfill = "backfill"
	SeenBaseline = "baseline" // taken at the start, and ignored
)

func seenKey(planName, key string) string { return "seen/" + planName + "/" + key }

// sighted notes which path saw an event that is new. Polling is the rule and is not noted.
func sighted(b *journal.Batch, ev Event) {
	if ev.Ignore == "" && ev.Seen != SeenPoll {
		b.Set = append(b.Set, journal.Pair{Key: seenKey(ev.Plan, ev.Key), Value: []byte(ev.Seen)})
	}
}

// sightedAgain notes that an event which has a run was seen by another path, too. A sweep
// sees everything again, every day, which says nothing.
func (e *Engine) sightedAgain(b *journal.Batch, ev Event) error {
	if ev.Seen == SeenSweep || ev.Seen == SeenBaseline {
		return nil
	}
	raw, ok, err := e.cfg.Journal.Get(seenKey(ev.Plan, ev.Key))
	if err != nil {
		return err
	}
	paths := strings.Split(string(raw), ",")
	if !ok {
		paths = []string{SeenPoll}
	}
	if slices.Contains(paths, ev.Seen) {
		return nil
	}
	if !ok {
		_, run, err := e.cfg.Journal.Get(stream(engine.RunID(ev.Plan, ev.Key)))
		if err != nil || !run {
			return err // ignored at the start
		}
	}
	b.Set = append(b.Set, journal.Pair{Key: seenKey(ev.Plan, ev.Key), Value: []byte(strings.Join(append(paths, ev.Seen), ","))})
	return nil
}

// also lists the paths that saw an event beside the first.
func (e *Engine) also(planName, key, first string) ([]string, error) {
	raw, ok, err := e.cfg.Journal.Get(seenKey(planName, key))
	if err != nil || !ok {
		return nil, err
	}
	return slices.DeleteFunc(strings.Split(string(raw), ","), func(path string) bool { return path == first }), nil
}
