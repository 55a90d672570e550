package sim_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/planwright/planwright/internal/sim"
)

var (
	seed  = flag.Uint64("seed", 0, "play this seed alone, with its trace")
	from  = flag.Uint64("from", 0, "the first of many seeds")
	count = flag.Uint64("seeds", 2000, "how many seeds to play")
)

// plans reads the four automations.
func plans(t testing.TB) sim.Plans {
	t.Helper()
	files, err := filepath.Glob("../../plans/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	out := sim.Plans{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out[strings.TrimSuffix(filepath.Base(f), ".yaml")] = string(text)
	}
	return out
}

// stage is on a file system in memory, where there is one.
func stage(t testing.TB) *sim.Stage {
	t.Helper()
	dir := t.TempDir()
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		if dir, err = os.MkdirTemp("/dev/shm", "sim-"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(dir) })
	}
	return sim.NewStage(dir, plans(t))
}

func play(t *testing.T, s *sim.Stage, o sim.Options) (r sim.Result) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o.Now, o.Settle = time.Now, synctest.Wait
		var err error
		if r, err = s.Play(o); err != nil {
			t.Fatal(err)
		}
	})
	return r
}

func TestSeed(t *testing.T) {
	s := stage(t)
	r := play(t, s, sim.Options{Seed: *seed, Trace: true})
	t.Logf("%s", r.Trace)
	t.Logf("%+v %+v %+v kills %d sent %d", r.Fired, r.Happened, r.Runs, r.Kills, r.Sent)
	for _, b := range r.Broken {
		t.Error(b)
	}
}

// TestSeeds plays many seeds, on all cores.
func TestSeeds(t *testing.T) {
	s := stage(t)
	var next atomic.Uint64
	next.Store(*from)
	var sum totals
	began := time.Now()
	t.Run("all", func(t *testing.T) {
		for range runtime.GOMAXPROCS(0) {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				for n := next.Add(1) - 1; n < *from+*count && !sum.many(); n = next.Add(1) - 1 {
					sum.add(t, play(t, s, sim.Options{Seed: n}))
				}
			})
		}
	})
	t.Logf("%d seeds in %s: %s", sum.seeds, time.Since(began).Round(time.Millisecond), sum.text())
}

// totals adds up what came of many seeds.
type totals struct {
	mu                           sync.Mutex
	seeds, bad, kills, sent      int
	fired, happened, runs, holds map[string]int
}

func (s *totals) add(t *testing.T, r sim.Result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fired == nil {
		s.fired, s.happened, s.runs = map[string]int{}, map[string]int{}, map[string]int{}
	}
	s.seeds++
	s.kills += r.Kills
	s.sent += r.Sent
	for _, h := range r.Holds {
		if s.holds == nil {
			s.holds = map[string]int{}
		}
		s.holds[h]++
	}
	for sum, of := range map[*map[string]int]map[string]int{&s.fired: r.Fired, &s.happened: r.Happened, &s.runs: r.Runs} {
		for name, n := range of {
			(*sum)[name] += n
		}
	}
	if len(r.Broken) > 0 {
		s.bad++
		t.Errorf("seed %d: %s", r.Seed, strings.Join(r.Broken, "\n\t"))
	}
}

// many stops a hunt that has found enough.
func (s *totals) many() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bad >= 10
}

func (s *totals) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "%d requests, %d kills, %d bad", s.sent, s.kills, s.bad)
	for title, of := range map[string]map[string]int{"fired": s.fired, "happened": s.happened, "runs": s.runs, "holds": s.holds} {
		fmt.Fprintf(&b, "\n%s:", title)
		for _, name := range slices.Sorted(maps.Keys(of)) {
			fmt.Fprintf(&b, " %s %d,", name, of[name])
			if title == "holds" {
				b.WriteString("\n")
			}
		}
	}
	return b.String()
}
