package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/planwright/planwright/runtime/connection"
)

// Options say what is measured. Dir is an empty folder on the disk to be measured; Runs is
// how many workflows each side does at each of InFlight. Stub is the address of somebody
// else's stub, which must answer POST /notes with status 201 and a JSON object with an id;
// empty means one in this process.
type Options struct {
	Dir      string
	Stub     string
	InFlight []int
	Runs     int
	Now      func() time.Time
	// Wait returns after d, or earlier with ctx's error.
	Wait func(ctx context.Context, d time.Duration) error
	// Say tells of progress.
	Say func(format string, args ...any)
}

// Report is what was measured.
type Report struct {
	Steps  int    `json:"steps"`
	Runs   int    `json:"runs"` // workflows on each side, at each number in flight
	Loads  []Load `json:"loads"`
	Memory int64  `json:"memory"` // bytes the process holds in memory at the end, stub included; 0 where that is not told
}

// Load is one number of workflows in flight, measured on both sides.
type Load struct {
	InFlight int  `json:"in_flight"`
	Engine   Side `json:"engine"`
	Bare     Side `json:"bare"`
	// Ratio is the engine's workflows a second to the bare loop's.
	Ratio float64 `json:"ratio"`
}

// Side is what one of the two did.
type Side struct {
	PerSecond float64 `json:"per_second"` // workflows
	P50       float64 `json:"p50_ms"`     // of a workflow, from its event to its end
	P99       float64 `json:"p99_ms"`
	CPU       float64 `json:"cpu_ms"`  // of the whole process, a workflow; 0 where that is not told
	Commits   float64 `json:"commits"` // that reached the disk, a workflow; each syncs twice
	Bytes     int64   `json:"bytes"`   // of file, a workflow
}

// Engine measures the built-in engine beside the bare loop.
func Engine(ctx context.Context, o Options) (Report, error) {
	out := Report{Steps: steps, Runs: o.Runs, Loads: []Load{}}
	rt := connection.NewTransport(true)
	defer rt.CloseIdleConnections()
	url := o.Stub
	if url == "" {
		s, err := newStub(ctx)
		if err != nil {
			return out, err
		}
		defer s.close() //nolint:errcheck // nothing is kept in it
		url = s.url
	}
	for _, inFlight := range o.InFlight {
		load, err := inFolder(o.Dir, func(dir string) (Load, error) { return measureLoad(ctx, dir, url, rt, o, inFlight) })
		if err != nil {
			return out, fmt.Errorf("%d in flight: %w", inFlight, err)
		}
		out.Memory = max(out.Memory, resident())
		o.Say("%d in flight: %.0f/s of %.0f/s", inFlight, load.Engine.PerSecond, load.Bare.PerSecond)
		out.Loads = append(out.Loads, load)
	}
	return out, nil
}

// inFolder gives each measurement a file system of its own to begin with.
func inFolder[T any](parent string, measure func(dir string) (T, error)) (T, error) {
	dir, err := os.MkdirTemp(parent, "bench-*")
	if err != nil {
		var none T
		return none, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a folder of measurements
	return measure(dir)
}

// warm is how many workflows go before the clock starts.
const warm = 10

// turns is how often the two sides alternate within one measurement, so that what else the
// machine does is in both figures. A turn must be long beside its beginning and its end, when
// fewer are in flight.
func turns(runs, inFlight int) int { return max(1, min(10, runs/(2*inFlight))) }

// measureLoad does the workflows on both sides, by turns.
func measureLoad(ctx context.Context, dir, url string, rt http.RoundTripper, o Options, inFlight int) (load Load, err error) {
	load.InFlight = inFlight
	b, err := openBare(dir)
	if err != nil {
		return load, err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	r, err := openReal(dir, url, rt, o, inFlight)
	if err != nil {
		return load, err
	}
	defer func() { err = errors.Join(err, r.journal.Close()) }()
	whole := ctx
	ctx, stop := context.WithCancelCause(ctx)
	ended := make(chan error, 1)
	go func() {
		err := r.engine.Run(ctx, time.Minute)
		stop(cmp.Or(err, context.Canceled))
		ended <- err
	}()
	bare := side{one: func(ctx context.Context, i int) error { return b.workflow(ctx, rt, url, i) }}
	ours := side{one: r.workflow}
	err = alternate(ctx, o, inFlight, &bare, &ours)
	stop(nil)
	if e := <-ended; e != nil && !errors.Is(e, context.Canceled) {
		err = errors.Join(err, e)
	}
	if err == nil {
		err = r.finished(whole, o.Runs+warm)
	}
	if err != nil {
		return load, err
	}
	all := o.Runs + warm
	load.Bare, load.Engine = bare.result(b.commits.Load(), b.path, all), ours.result(r.groups.Load(), r.path, all)
	load.Ratio = load.Engine.PerSecond / load.Bare.PerSecond
	return load, nil
}

// side is one of the two while it is measured.
type side struct {
	one  func(ctx context.Context, i int) error
	done int
	took []time.Duration // of each workflow after the first few
	time time.Duration   // of all of them, from the first to the last of each turn
	busy time.Duration   // of the processor meanwhile
}

// alternate lets the sides go by turns, after a few workflows that are not counted.
func alternate(ctx context.Context, o Options, inFlight int, sides ...*side) error {
	for _, s := range sides {
		if err := s.turn(ctx, o.Now, warm, 1); err != nil {
			return err
		}
		s.took, s.time, s.busy = nil, 0, 0
	}
	all := turns(o.Runs, inFlight)
	for i := range all {
		for _, s := range sides {
			n := o.Runs*(i+1)/all - o.Runs*i/all
			if err := s.turn(ctx, o.Now, n, inFlight); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *side) turn(ctx context.Context, now func() time.Time, n, inFlight int) error {
	busy, begun, first := cpu(), now(), s.done
	took, err := crowd(ctx, now, n, inFlight, func(ctx context.Context, i int) error { return s.one(ctx, first+i) })
	s.took, s.done = append(s.took, took...), s.done+n
	s.time, s.busy = s.time+now().Sub(begun), s.busy+cpu()-busy
	return err
}

// result says what a side did, with its commits and its file, of all workflows.
func (s *side) result(commits int64, path string, all int) Side {
	slices.Sort(s.took)
	n := float64(len(s.took))
	out := Side{
		PerSecond: n / s.time.Seconds(), CPU: ms(s.busy) / n, P50: ms(s.took[len(s.took)/2]), P99: ms(s.took[len(s.took)*99/100]),
		Commits: float64(commits) / float64(all),
	}
	if info, err := os.Stat(path); err == nil {
		out.Bytes = info.Size() / int64(all)
	}
	return out
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
