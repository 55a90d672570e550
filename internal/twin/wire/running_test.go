package wire_test

import (
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/wire"
)

func TestClockGoesOnFromAnyMoment(t *testing.T) {
	machine := wire.NewVirtual(time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC))
	c := wire.NewClock(start, machine.Now)
	at := func(step string, want time.Duration) {
		t.Helper()
		if got := c.Now().Sub(start); got != want {
			t.Errorf("%s: %v after the start, want %v", step, got, want)
		}
	}
	at("new", 0)
	machine.Advance(time.Second)
	at("going", time.Second)
	c.Freeze(true)
	machine.Advance(time.Hour)
	at("frozen", time.Second)
	c.Advance(time.Minute)
	machine.Advance(time.Hour)
	at("advanced while frozen", time.Minute+time.Second)
	if !c.Frozen() {
		t.Error("advancing let the clock go")
	}
	c.Freeze(false)
	machine.Advance(time.Second)
	at("going again", time.Minute+2*time.Second)
	c.Set(start.Add(time.Hour))
	machine.Advance(time.Second)
	at("set", time.Hour+time.Second)
}
