package bench

import (
	"context"
	"testing"
	"time"
)

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// TestBothSides does a few workflows on both sides: every run is done, and the engine commits
// no more often than the loop.
func TestBothSides(t *testing.T) {
	got, err := Engine(t.Context(), Options{Dir: t.TempDir(), InFlight: []int{1, 5}, Runs: 20, Now: time.Now, Wait: wait, Say: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range got.Loads {
		t.Logf("%d in flight: %+v", l.InFlight, l)
		if l.Engine.Commits > l.Bare.Commits*1.5+0.2 && l.InFlight == 1 || l.Engine.PerSecond <= 0 {
			t.Errorf("%d in flight: the engine commits %.2f times a workflow, the loop %.2f", l.InFlight, l.Engine.Commits, l.Bare.Commits)
		}
	}
}
