package localengine_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/specs/catalog"
)

// TestCalls holds how often one call is made, and what is waited between, until the run
// goes on or is held.
func TestCalls(t *testing.T) {
	const s = time.Second
	ms := time.Millisecond
	tests := []struct {
		name  string
		op    string
		turns []turn
		calls int
		waits []time.Duration
		hold  engine.HoldCode // empty: done
		until time.Duration   // of the hold, from now
	}{
		{"a good answer", newInvoice, nil, 1, nil, "", 0},
		{
			"a write waits as long as the vendor asks", newInvoice,
			times(3, refuse(catalog.ClassLimit, 5*s)), 4,
			[]time.Duration{5 * s, 5 * s, 5 * s},
			"", 0,
		},
		{
			"a read waits as long as the vendor asks", getAccount,
			times(2, refuse(catalog.ClassLimit, 7*s)), 3,
			[]time.Duration{7 * s, 7 * s},
			"", 0,
		},
		{
			"otherwise ever longer", getAccount,
			times(5, refuse(catalog.ClassRetry, 0)), 6,
			[]time.Duration{500 * ms, s, 2 * s, 4 * s, 8 * s},
			"", 0,
		},
		{
			"six times and no more", newInvoice,
			times(6, refuse(catalog.ClassRetry, 0)), 6,
			[]time.Duration{500 * ms, s, 2 * s, 4 * s, 8 * s},
			engine.HoldVendor, time.Minute,
		},
		{
			"a minute and a half and no more", newInvoice,
			times(6, refuse(catalog.ClassLimit, 40*s)), 3,
			[]time.Duration{40 * s, 40 * s},
			engine.HoldLimit, time.Minute,
		},
		{
			"a long wait is a hold at once", newInvoice,
			times(1, refuse(catalog.ClassLimit, time.Hour)), 1, nil, engine.HoldLimit, time.Hour,
		},
		{
			"so it is for a read", query,
			times(1, refuse(catalog.ClassLimit, 3*time.Hour)), 1, nil, engine.HoldLimit, 3 * time.Hour,
		},
		{"a lost read is asked again", query, times(2, lostBefore), 3, []time.Duration{500 * ms, s}, "", 0},
		{"a lost write is not", newInvoice, times(1, lostBefore), 1, nil, engine.HoldLate, 10 * s},
		{"refused data are not sent again", newInvoice, times(1, refuse(catalog.ClassData, 0)), 1, nil, engine.HoldData, 0},
		{"nor is what a person must mend", getDeal, times(1, refuse(catalog.ClassPerson, 0)), 1, nil, engine.HoldPerson, 0},
		{"what the vendor forgets is not asked again", getAccount, times(1, refuse(catalog.ClassAbsent, 0)), 1, nil, engine.HoldData, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(h *house) {
				deals := h.admit(1)
				h.vendor.script[tt.op] = slices.Clone(tt.turns)
				want := "1 done"
				if tt.hold != "" {
					want = "1 held"
				}
				h.drain(0, want)
				if got := h.vendor.count(tt.op); got != tt.calls {
					h.t.Errorf("%d calls, want %d", got, tt.calls)
				}
				if diff := cmp.Diff(tt.waits, h.waits); diff != "" {
					h.t.Errorf("waits (-want +got):\n%s", diff)
				}
				if tt.hold == "" {
					h.settled(deals)
					return
				}
				until := h.hold(deals[0], tt.hold).Until
				if (tt.until == 0) != until.IsZero() || (tt.until > 0 && !until.Equal(time.Now().Add(tt.until))) {
					h.t.Errorf("held until %v, want %v from %v", until, tt.until, time.Now())
				}
			})
		})
	}
}

// TestLostWrites settles writes whose answers were lost, however often.
func TestLostWrites(t *testing.T) {
	tests := []struct {
		name  string
		op    string
		turns []turn
		calls int // of op
	}{
		{"an invoice that was made", newInvoice, times(1, lostAfter), 1},
		{"an invoice that never arrived", newInvoice, times(1, lostBefore), 2},
		{"three that never arrived", newInvoice, times(3, lostBefore), 4},
		{"two that never arrived and one that was made", newInvoice, []turn{lostBefore, lostBefore, lostAfter}, 3},
		{"never arrived, then refused for now", newInvoice, append(times(1, lostBefore), times(7, refuse(catalog.ClassRetry, 0))...), 9},
		{"an update that was made", update, times(1, lostAfter), 2},
		{"an update that never arrived", update, times(2, lostBefore), 3},
		{"a contact that was made", newContact, times(1, lostAfter), 1},
		{"a contact that never arrived", newContact, times(1, lostBefore), 2},
		{"a contact that somebody else made", newContact, []turn{{lost: true, out: answer(catalog.ClassDuplicate, 0)}}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(h *house) {
				deals := h.admit(1)
				if tt.op == newContact {
					clear(h.vendor.contacts)
					if tt.turns[0].out.Class == catalog.ClassDuplicate {
						tt.turns[0].do = func() { h.vendor.win(1) } // which makes the contact
					}
				}
				h.vendor.script[tt.op] = slices.Clone(tt.turns)
				h.drain(time.Hour, "1 done")
				if got := h.vendor.count(tt.op); got != tt.calls {
					h.t.Errorf("%d calls, want %d", got, tt.calls)
				}
				h.settled(deals)
			})
		})
	}
}

// TestAskedAgainLater proves that "not there" counts only when it was asked after a lost
// write could no longer arrive, also when the vendor was away in between.
func TestAskedAgainLater(t *testing.T) {
	bubble(t, func(h *house) {
		deals := h.admit(1)
		h.vendor.script[newInvoice] = []turn{lostBefore}
		late := turn{do: func() { // arrives while its look-up is answered
			h.vendor.mu.Lock()
			defer h.vendor.mu.Unlock()
			h.vendor.invoices["SF-"+deals[0]] = []string{"i-late"}
		}}
		h.vendor.script[getInvoice] = append([]turn{late}, times(6, refuse(catalog.ClassRetry, 0))...)
		h.drain(time.Hour, "1 done")
		if got := h.vendor.count(newInvoice); got != 1 {
			h.t.Errorf("%d invoices were sent, want 1", got)
		}
		h.settled(deals)
	})
}

// TestVendorLosesUpdates repeats an update whose answers are lost, which is safe, but no
// faster than any other call, and holds the run when it goes on.
func TestVendorLosesUpdates(t *testing.T) {
	tests := []struct {
		name   string
		turns  []turn
		calls  int
		waits  []time.Duration // before the first hold
		pauses []time.Duration // holds
	}{
		{"a while", times(3, lostBefore), 4, []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second}, nil},
		{
			"long", times(14, lostBefore), 15,
			[]time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second},
			[]time.Duration{time.Minute, 2 * time.Minute},
		},
		{
			"and says how long", times(1, turn{lost: true, out: answer(catalog.ClassUnknown, time.Hour)}), 2,
			nil,
			[]time.Duration{time.Hour},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(h *house) {
				h.vendor.script[update] = slices.Clone(tt.turns)
				deals := h.admit(1)
				h.drain(24*time.Hour, "1 done")
				if got := h.vendor.count(update); got != tt.calls {
					h.t.Errorf("%d calls, want %d", got, tt.calls)
				}
				if got := h.waits[:min(len(tt.waits), len(h.waits))]; !slices.Equal(got, tt.waits) {
					h.t.Errorf("waits %v, want first %v", h.waits, tt.waits)
				}
				if diff := cmp.Diff(tt.pauses, h.pauses(deals[0])); diff != "" {
					h.t.Errorf("pauses (-want +got):\n%s", diff)
				}
				h.settled(deals)
			})
		})
	}
}

// TestSlowLookup proves that a look-up counts from when it was asked: one that was asked
// too early and answered late says nothing about a lost write.
func TestSlowLookup(t *testing.T) {
	bubble(t, func(h *house) {
		deals := h.admit(1)
		h.vendor.script[newInvoice] = []turn{lostBefore}
		h.vendor.script[getInvoice] = []turn{{do: func() { time.Sleep(time.Minute) }}}
		h.drain(time.Hour, "1 done")
		if got := h.vendor.count(getInvoice); got != 2 {
			h.t.Errorf("%d look-ups, want 2", got)
		}
		h.settled(deals)
	})
}
