package eval

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/planwright/planwright/agent"
	"github.com/planwright/planwright/agent/loop"
	"github.com/planwright/planwright/agent/rules"
	"github.com/planwright/planwright/internal/record"
	"github.com/planwright/planwright/specs/catalog"
)

// Rules is the planner that needs no model.
func Rules(cat *catalog.Catalog) Planner {
	p := rules.New(cat)
	return Planner{Name: "rules", Origin: Computed, Plan: func(ctx context.Context, _ string, g agent.Goal) (agent.Answer, Cost, error) {
		a, err := p.Plan(ctx, g)
		return a, Cost{}, err
	}}
}

// Keep is given the exchanges of a case, scrubbed.
type Keep func(planner, id string, x []record.Exchange) error

// WithModel is the planner that asks the model of the config. keep may be nil.
func WithModel(name string, origin Origin, c loop.Config, keep Keep) Planner {
	from := record.Recorded
	if origin == Scripted {
		from = record.Scripted
	}
	return Planner{Name: name, Origin: origin, Plan: func(ctx context.Context, id string, g agent.Goal) (agent.Answer, Cost, error) {
		heard, asked := record.Record(c.Model, from, record.NewScrubber()), c
		asked.Model = heard
		a, cost, err := draft(ctx, asked, g)
		if keep != nil && err == nil {
			err = keep(name, id, heard.Exchanges())
		}
		return a, cost, err
	}}
}

// Replayed is the planner that answers from recordings: of every case one file below the
// folder, PLANNER/CASE.jsonl.
func Replayed(name string, recordings fs.FS, cat *catalog.Catalog) Planner {
	again := "planwright eval plan --planner " + name + " --record DIR"
	return Planner{Name: name + "-replayed", Origin: originOf(recordings, name), Plan: func(ctx context.Context, id string, g agent.Goal) (agent.Answer, Cost, error) {
		data, err := fs.ReadFile(recordings, recordingFile(name, id))
		if err != nil {
			return agent.Answer{}, Cost{}, fmt.Errorf("recording of case %s: %w; record with: %s", id, err, again)
		}
		exchanges, err := record.Parse(data)
		if err != nil {
			return agent.Answer{}, Cost{}, fmt.Errorf("%s: %w", recordingFile(name, id), err)
		}
		return draft(ctx, loop.Config{Model: record.Replay(exchanges, record.NewScrubber(), again), Catalog: cat}, g)
	}}
}

// originOf is scripted if any exchange below the planner's folder is.
func originOf(recordings fs.FS, name string) Origin {
	names, err := fs.Glob(recordings, path.Join(name, "*.jsonl"))
	if err != nil {
		return Recorded // unreachable: names of planners hold no pattern
	}
	for _, file := range names {
		data, err := fs.ReadFile(recordings, file)
		if err != nil {
			continue // said when the case is asked
		}
		if x, err := record.Parse(data); err == nil && len(x) > 0 && record.Replay(x, record.NewScrubber(), "").Origin() == record.Scripted {
			return Scripted
		}
	}
	return Recorded
}

// recordingFile is where the exchanges of a case lie.
func recordingFile(planner, id string) string {
	return path.Join(planner, strings.ReplaceAll(id, "/", "-")+".jsonl")
}

// KeepIn keeps exchanges in files below a folder, where [Replayed] finds them.
func KeepIn(dir string) Keep {
	return func(planner, id string, x []record.Exchange) error {
		if len(x) == 0 {
			return nil // the model was not asked
		}
		data, err := record.Text(x)
		if err != nil {
			return err
		}
		file := filepath.Join(dir, filepath.FromSlash(recordingFile(planner, id)))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		return os.WriteFile(file, data, 0o644)
	}
}

func draft(ctx context.Context, c loop.Config, g agent.Goal) (agent.Answer, Cost, error) {
	a, log, err := loop.New(c).Draft(ctx, g)
	cost := Cost{Usage: log.Usage()}
	for _, e := range log {
		cost.Asked += one(e.What == loop.Asked)
	}
	return a, cost, err
}
