package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
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
		load := Load{InFlight: inFlight}
		var err error
		if load.Bare, err = inFolder(o.Dir, func(dir string) (Side, error) { return measureBare(ctx, dir, url, rt, o, inFlight) }); err != nil {
			return out, fmt.Errorf("bare loop, %d in flight: %w", inFlight, err)
		}
		if load.Engine, err = inFolder(o.Dir, func(dir string) (Side, error) { return measureEngine(ctx, dir, url, rt, o, inFlight) }); err != nil {
			return out, fmt.Errorf("engine, %d in flight: %w", inFlight, err)
		}
		load.Ratio = load.Engine.PerSecond / load.Bare.PerSecond
		out.Memory = max(out.Memory, resident())
		o.Say("%d in flight: %.0f/s of %.0f/s", inFlight, load.Engine.PerSecond, load.Bare.PerSecond)
		out.Loads = append(out.Loads, load)
	}
	return out, nil
}

// inFolder gives each measurement a file system of its own to begin with.
func inFolder(parent string, measure func(dir string) (Side, error)) (Side, error) {
	dir, err := os.MkdirTemp(parent, "bench-*")
	if err != nil {
		return Side{}, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a folder of measurements
	return measure(dir)
}

// warm is how many workflows go before the clock starts.
const warm = 10

func measureBare(ctx context.Context, dir, url string, rt http.RoundTripper, o Options, inFlight int) (Side, error) {
	b, err := openBare(dir)
	if err != nil {
		return Side{}, err
	}
	side, err := measure(ctx, o, inFlight, func(ctx context.Context, i int) error { return b.workflow(ctx, rt, url, i) })
	err = errors.Join(err, b.close())
	side.Commits, side.Bytes = float64(b.commits)/float64(o.Runs+warm), b.size()/int64(o.Runs+warm)
	return side, err
}

func measureEngine(ctx context.Context, dir, url string, rt http.RoundTripper, o Options, inFlight int) (side Side, err error) {
	r, err := openReal(dir, url, rt, o, inFlight)
	if err != nil {
		return side, err
	}
	whole := ctx
	ctx, stop := context.WithCancelCause(ctx)
	ended := make(chan error, 1)
	go func() {
		err := r.engine.Run(ctx, time.Minute)
		stop(cmp.Or(err, context.Canceled))
		ended <- err
	}()
	side, err = measure(ctx, o, inFlight, r.workflow)
	stop(nil)
	if e := <-ended; e != nil && !errors.Is(e, context.Canceled) {
		err = errors.Join(err, e)
	}
	if err == nil {
		err = r.finished(whole, o.Runs+warm)
	}
	err = errors.Join(err, r.journal.Close())
	side.Commits = float64(r.groups.Load()) / float64(o.Runs+warm)
	if info, e := os.Stat(r.path); e == nil {
		side.Bytes = info.Size() / int64(o.Runs+warm)
	}
	return side, err
}

// measure does the workflows and says how they went.
func measure(ctx context.Context, o Options, inFlight int, one func(ctx context.Context, i int) error) (Side, error) {
	if _, err := crowd(ctx, o.Now, warm, 1, one); err != nil {
		return Side{}, err
	}
	busy, begun := cpu(), o.Now()
	took, err := crowd(ctx, o.Now, o.Runs, inFlight, func(ctx context.Context, i int) error { return one(ctx, warm+i) })
	if err != nil {
		return Side{}, err
	}
	n := float64(o.Runs)
	return Side{
		PerSecond: n / o.Now().Sub(begun).Seconds(), CPU: ms(cpu()-busy) / n,
		P50: ms(took[len(took)/2]), P99: ms(took[len(took)*99/100]),
	}, nil
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
