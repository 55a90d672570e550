package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/runtime/localengine"
	"github.com/planwright/planwright/specs/catalog"
)

// JournalReport is what a journal of many runs costs.
type JournalReport struct {
	Runs    int    `json:"runs"`
	Held    int    `json:"held"` // of them; the others are done
	Entries uint64 `json:"entries"`
	Bytes   int64  `json:"bytes"`         // of the file
	PerRun  int64  `json:"bytes_per_run"` // of the file
	Fill    Cost   `json:"fill"`          // making it, over vendors that answer at once
	Open    Cost   `json:"open"`          // opening the file
	Start   Cost   `json:"start"`         // then, until the engine knows what is to go on and how much each plan did
	Latest  Cost   `json:"latest"`        // listing the newest fifty runs
	Waiting Cost   `json:"waiting"`       // listing the held runs
	All     Cost   `json:"all"`           // reading the summaries of all runs
	Verify  Cost   `json:"verify"`        // reading and confirming every entry
	Memory  int64  `json:"memory"`        // bytes the process holds after the start; 0 where that is not told
	Own     int64  `json:"memory_own"`    // of it, what is no page of the file, which the system could take back
	OwnPeak int64  `json:"memory_peak"`   // of its own, after all was read and verified
}

// Cost is how long something took, and for how long of that the process had a processor: on a
// busy machine the second says more.
type Cost struct {
	Took float64 `json:"ms"`
	CPU  float64 `json:"cpu_ms"`
}

// cost measures what do costs.
func cost(now func() time.Time, do func() error) (Cost, error) {
	busy, begun := cpu(), now()
	err := do()
	return Cost{Took: ms(now().Sub(begun)), CPU: ms(cpu() - busy)}, err
}

const (
	// shortText makes a run about as long in the journal as one that makes an invoice.
	shortText = 200
	// everyHeld is of how many runs one is held for a person.
	everyHeld = 100
	crowded   = 200 // runs in flight while the journal is made
)

// limits make every write counted for its day, as the shipped plans do.
const limits = "limits: {notes_per_day: 1000000000}\n"

// answers answers at once what the stub would, and refuses the first note of some runs.
type answers struct{}

// Call implements [localengine.Caller].
func (answers) Call(_ context.Context, req apicall.Request) apicall.Outcome {
	if req.Method == "GET" {
		return apicall.Outcome{Class: catalog.ClassAbsent, Status: 404}
	}
	if strings.Contains(string(req.Body), refused+`"`) {
		return apicall.Outcome{Class: catalog.ClassData, Status: 400, Message: "this note cannot be taken"}
	}
	return apicall.Outcome{Class: catalog.ClassOK, Status: 201, Value: map[string]any{"id": "n" + req.Header["Idempotency-Key"]}}
}

// refused ends the ids of the notes for which nothing is written.
const refused = "-refused"

// Journal makes a journal of o.Runs runs with the engine itself, opens it again as a process
// that starts, and measures what is read. Dir must have about 15 KB of room a run.
func Journal(ctx context.Context, o Options) (JournalReport, error) {
	out := JournalReport{Runs: o.Runs}
	_, prog, err := program(shortText, limits)
	if err != nil {
		return out, err
	}
	path := filepath.Join(o.Dir, "journal.db")
	conf := localengine.Config{Caller: answers{}, Consent: consent{prog}, Now: o.Now, Wait: o.Wait, Workers: crowded}
	r, err := openOver(path, conf, prog)
	if err != nil {
		return out, err
	}
	out.Fill, err = cost(o.Now, func() error { return errors.Join(r.fill(ctx, o), r.journal.Close()) })
	if err != nil {
		return out, fmt.Errorf("make the journal: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return out, err
	}
	out.Bytes, out.PerRun = info.Size(), info.Size()/int64(o.Runs)
	debug.FreeOSMemory() // what making it took is not what starting takes
	out.Open, err = cost(o.Now, func() error {
		var err error
		r, err = openOver(path, conf, prog)
		return err
	})
	if err != nil {
		return out, err
	}
	return out, errors.Join(r.look(ctx, o, &out), r.journal.Close())
}

// fill does the runs.
func (r *real) fill(ctx context.Context, o Options) error {
	ctx, stop := context.WithCancelCause(ctx)
	ended := make(chan error, 1)
	go func() {
		err := r.engine.Run(ctx, time.Minute)
		stop(cmp.Or(err, context.Canceled))
		ended <- err
	}()
	_, err := crowd(ctx, o.Now, o.Runs, crowded, func(ctx context.Context, i int) error {
		if i > 0 && i%10000 == 0 {
			o.Say("%d of %d runs", i, o.Runs)
		}
		if i%everyHeld == everyHeld-1 {
			return r.event(ctx, noteID(i)+refused, 2) // its intent, then its hold
		}
		return r.workflow(ctx, i)
	})
	stop(nil)
	if e := <-ended; e != nil && !errors.Is(e, context.Canceled) {
		err = errors.Join(err, e)
	}
	return err
}

// look does what a process does that starts on the journal, then what people ask it.
func (r *real) look(ctx context.Context, o Options, out *JournalReport) error {
	var err error
	timed := func(what string, c *Cost, do func() error) {
		if err == nil {
			*c, err = cost(o.Now, do)
			o.Say("%s: %.0f ms, %.0f ms of a processor", what, c.Took, c.CPU)
		}
	}
	timed("start", &out.Start, func() error {
		st, err := r.engine.Drain(ctx, 0)
		out.Held = st.State[engine.Held]
		if err == nil && (st.Runs != o.Runs || st.State[engine.Done]+out.Held != o.Runs) {
			err = fmt.Errorf("of %d runs the journal has %v", o.Runs, st.State)
		}
		return err
	})
	debug.FreeOSMemory()
	out.Memory, out.Own = resident(), own()
	timed("newest fifty", &out.Latest, func() error { return r.list("", 50) })
	timed("held", &out.Waiting, func() error { return r.list(engine.Held, out.Held) })
	timed("all", &out.All, func() error { return r.list("", o.Runs) })
	timed("verify", &out.Verify, func() error {
		var report journal.Report
		report, err := r.journal.Verify(ctx)
		out.Entries = report.Entries
		return err
	})
	out.OwnPeak = own()
	return err
}

// list reads as many summaries as are wanted, all of which must be there.
func (r *real) list(state engine.RunState, want int) error {
	n := 0
	for _, err := range r.engine.Newest(state, "") {
		if err != nil {
			return err
		}
		if n++; n == want {
			return nil
		}
	}
	if n < want {
		return fmt.Errorf("%d runs are listed, not %d", n, want)
	}
	return nil
}
