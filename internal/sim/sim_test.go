package sim

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

var (
	seed     = flag.Uint64("seed", 0, "play this seed alone, with its trace")
	from     = flag.Uint64("from", 1, "the first of many seeds")
	count    = flag.Uint64("seeds", 2000, "how many seeds to play")
	progress = flag.Int("progress", 0, "tell how far it is after so many seeds, and more at the end")
	twice    = flag.Int("twice", 6, "how many seeds to play twice")
)

// plans reads the four automations.
func plans(t testing.TB) Plans {
	t.Helper()
	files, err := filepath.Glob("../../plans/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	out := Plans{}
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
func stage(t testing.TB) *Stage {
	t.Helper()
	dir := t.TempDir()
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		if dir, err = os.MkdirTemp("/dev/shm", "sim-"); err != nil { //nolint:usetesting // TempDir is on a disk, and this is in memory
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(dir) })
	}
	return NewStage(dir, plans(t))
}

func played(t *testing.T, s *Stage, o Options) (r Result) {
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

// TestSeed plays one seed alone and shows what happened: go test ./internal/sim -run Seed$
// -seed N -v.
func TestSeed(t *testing.T) {
	if *seed == 0 {
		t.Skip("skipped: -seed says which seed to play")
	}
	r := played(t, stage(t), Options{Seed: *seed, Trace: true})
	t.Logf("%s", r.Trace)
	t.Logf("%d kills, %d requests; struck: %v; happened: %v; runs: %v", r.Kills, r.Sent, r.Fired, r.Happened, r.Runs)
	for _, b := range r.Broken {
		t.Error(b)
	}
}

// TestSameSeedSameTrace plays seeds twice, beside each other.
func TestSameSeedSameTrace(t *testing.T) {
	s := stage(t)
	for n := range uint64(*twice) {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			first := played(t, s, Options{Seed: n + 1, Trace: true})
			second := played(t, s, Options{Seed: n + 1, Trace: true})
			if diff := cmp.Diff(strings.Split(string(first.Trace), "\n"), strings.Split(string(second.Trace), "\n")); diff != "" {
				t.Errorf("seed %d: %s", n+1, diff)
			}
		})
	}
}

// TestRegressions plays the seeds that once found a fault, each with a line on it.
func TestRegressions(t *testing.T) {
	text, err := os.ReadFile("testdata/regressions.txt")
	if err != nil {
		t.Fatal(err)
	}
	s := stage(t)
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "" {
			continue
		}
		number, what, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, err := strconv.ParseUint(number, 10, 64)
		if err != nil || what == "" {
			t.Fatalf("line %q: a seed and what it found are needed", line)
		}
		for _, b := range played(t, s, Options{Seed: n}).Broken {
			t.Errorf("seed %d, which once found that %s: %s", n, what, b)
		}
	}
}

// TestSeeds plays many seeds, on all cores. When there are enough of them, every kind of
// fault must have struck.
func TestSeeds(t *testing.T) {
	s, sum := stage(t), totals{began: time.Now()}
	var next atomic.Uint64
	next.Store(*from)
	t.Run("all", func(t *testing.T) {
		for range runtime.GOMAXPROCS(0) {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				for n := next.Add(1) - 1; n < *from+*count && !sum.enough(); n = next.Add(1) - 1 {
					sum.add(t, played(t, s, Options{Seed: n}))
				}
			})
		}
	})
	t.Log(sum.text())
	for _, name := range Faults() {
		if *count >= 2000 && sum.fired[name] == 0 {
			t.Errorf("%q never struck", name)
		}
	}
}

// totals adds up what came of many seeds.
type totals struct {
	mu                           sync.Mutex
	began                        time.Time
	seeds, bad, kills, sent      int
	fired, happened, runs, holds map[string]int
}

func (s *totals) add(t *testing.T, r Result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fired == nil {
		s.fired, s.happened, s.runs, s.holds = map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	}
	s.seeds++
	s.kills += r.Kills
	s.sent += r.Sent
	for _, h := range r.Holds {
		s.holds[h]++
	}
	for name, n := range r.Fired {
		s.fired[name] += n
	}
	for name, n := range r.Happened {
		s.happened[name] += n
	}
	for name, n := range r.Runs {
		s.runs[name] += n
	}
	if len(r.Broken) > 0 {
		s.bad++
		t.Errorf("seed %d: %s", r.Seed, strings.Join(r.Broken, "\n\t"))
	}
	if *progress > 0 && s.seeds%*progress == 0 {
		fmt.Fprintf(os.Stderr, "%d seeds, %d bad, %.0f a minute\n", s.seeds, s.bad, float64(s.seeds)/time.Since(s.began).Minutes())
	}
}

// enough stops a hunt that has found enough.
func (s *totals) enough() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bad >= 20
}

func (s *totals) text() string {
	var b strings.Builder
	took := time.Since(s.began)
	fmt.Fprintf(&b, "%d seeds in %s, %.0f a minute: %d requests, %d kills, %d seeds broke an invariant", s.seeds, took.Round(time.Second),
		float64(s.seeds)/took.Minutes(), s.sent, s.kills, s.bad)
	list := func(title string, of map[string]int) {
		fmt.Fprintf(&b, "\n%s:", title)
		for _, name := range slices.Sorted(maps.Keys(of)) {
			fmt.Fprintf(&b, " %s %d,", name, of[name])
		}
	}
	list("struck", s.fired)
	list("happened", s.happened)
	list("runs", s.runs)
	if *progress > 0 {
		list("held at the end", s.holds)
	}
	return b.String()
}
