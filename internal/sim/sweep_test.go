package sim

import (
	"flag"
	"runtime"
	"sync"
	"testing"
)

var deep = flag.Bool("deep", false, "sweep every gate, and every pair of gates")

// TestKillEverywhere lets the process die before and after every commit and every request of
// a story of all four plans, and then at pairs of them. It takes every gate with -deep, else
// as many as there is time for.
func TestKillEverywhere(t *testing.T) {
	s := stage(t)
	const teller = 2 // the seed whose company is played
	whole := played(t, s, Options{Seed: teller, Deaths: []Death{}})
	if whole.Gates < 40 || whole.Runs["done"] < 4 || len(whole.Broken) > 0 {
		t.Fatalf("the story is none: %d gates, %v, %q", whole.Gates, whole.Runs, whole.Broken)
	}
	var deaths [][]Death
	step, apart := 5, []int{3, 11}
	if *deep {
		step, apart = 1, nil
		for n := range whole.Gates {
			apart = append(apart, n+1)
		}
	}
	for at := 0; at < whole.Gates; at++ {
		if at%step == 0 || *deep {
			deaths = append(deaths, []Death{{Gate: at}}, []Death{{Gate: at, After: true}})
		}
		if at%(5*step) == 0 || *deep {
			for _, n := range apart {
				deaths = append(deaths, []Death{{Gate: at, After: n%2 == 0}, {Gate: at + n, After: true}})
			}
		}
	}
	var mu sync.Mutex
	next, kills := 0, 0
	t.Run("all", func(t *testing.T) {
		for range runtime.GOMAXPROCS(0) {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				for {
					mu.Lock()
					at := next
					next++
					mu.Unlock()
					if at >= len(deaths) || t.Failed() {
						return
					}
					r := played(t, s, Options{Seed: teller, Deaths: deaths[at]})
					for _, b := range r.Broken {
						t.Errorf("died at %+v: %s", deaths[at], b)
					}
					mu.Lock()
					kills += r.Kills
					mu.Unlock()
				}
			})
		}
	})
	t.Logf("%d gates, %d stories, %d deaths", whole.Gates, len(deaths), kills)
}
