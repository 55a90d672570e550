package main

import (
	"context"
	"crypto/rand"
	"io"
	mathrand "math/rand/v2"
	"time"
)

// The only places where the program meets the clock and chance.

func now() time.Time { return time.Now() }

var randomness io.Reader = rand.Reader

func jitter() float64 { return mathrand.Float64() }

// wait returns after d, or with the context's error.
func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
