package localengine

import (
	"encoding/json"
	"iter"
	"strings"
	"time"
)

// Sighting is one event as it lies in the inbox: that a trigger saw a record, by which path,
// and what came of it.
type Sighting struct {
	At     time.Time `json:"at"`
	Plan   string    `json:"plan"`
	Key    string    `json:"key"`
	Record string    `json:"record"`
	Seen   string    `json:"seen"`             // the path that saw it first: "poll", "baseline"
	Also   []string  `json:"also,omitempty"`   // other paths that saw it, the daily sweep apart
	Run    string    `json:"run,omitempty"`    // the run it started
	Ignore string    `json:"ignore,omitempty"` // why it started none
}

// Sightings returns everything in the inboxes, plan by plan, oldest first.
func (e *Engine) Sightings() iter.Seq2[Sighting, error] {
	return func(yield func(Sighting, error) bool) {
		for stream, err := range e.cfg.Journal.Streams("inbox/") {
			if err != nil {
				yield(Sighting{}, err)
				return
			}
			entries, err := e.cfg.Journal.Stream(stream)
			if err != nil {
				yield(Sighting{}, err)
				return
			}
			for _, entry := range entries {
				var in received
				err := json.Unmarshal(entry.Data, &in)
				s := Sighting{
					At: entry.At, Plan: strings.TrimPrefix(stream, "inbox/"), Key: in.Key, Record: in.Record, Seen: in.Seen, Run: in.Run, Ignore: in.Ignore,
				}
				if err == nil {
					s.Also, err = e.also(s.Plan, s.Key, s.Seen)
				}
				if !yield(s, err) || err != nil {
					return
				}
			}
		}
	}
}
