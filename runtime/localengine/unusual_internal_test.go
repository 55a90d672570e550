package localengine

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/engine"
)

// TestUnusual lets a plan create as a table says and compares what is said of the next.
func TestUnusual(t *testing.T) {
	start := time.Date(2026, 10, 1, 9, 0, 0, 0, time.UTC)
	usual := check.Unusual{PerHour: 100, Same: 10, Money: true}
	steady := func(at func(day, n int, amount string)) { // 10 days of 3 invoices
		for day := range 10 {
			for n := range 3 {
				at(day, n, "100.00")
			}
		}
	}
	for _, c := range []struct {
		name   string
		bounds check.Unusual
		past   func(at func(day, n int, amount string))
		burst  int           // made one minute before each other, up to now
		every  time.Duration // between them
		amount string
		same   bool // all for one party
		want   string
	}{
		{name: "nothing yet", bounds: usual, amount: "1"},
		{name: "as many as are usual without a past", bounds: usual, burst: 99, every: time.Second, amount: "1"},
		{name: "one more", bounds: usual, burst: 100, every: time.Second, amount: "1", want: "101st of the invoices within an hour, and more than 100"},
		{name: "as many, over two hours", bounds: usual, burst: 120, every: time.Minute, amount: "1"},
		{name: "a stated bound", bounds: check.Unusual{PerHour: 3, Stated: true}, burst: 3, every: time.Second, want: "4th of the invoices within an hour, and more than 3"},
		{name: "a stated bound is not narrowed by the past", bounds: check.Unusual{PerHour: 90, Stated: true, Money: true, StatedSum: true, Sum: 1 << 30}, past: steady, burst: 60, every: time.Second, amount: "1"},
		{name: "far above the past", bounds: usual, past: steady, burst: 20, every: time.Second, amount: "1", want: "21st of the invoices within an hour, where 3 are usual"},
		{name: "not far above the past", bounds: usual, past: steady, burst: 18, every: time.Second, amount: "1"},
		{name: "far above a usual day", bounds: usual, past: steady, burst: 50, every: 20 * time.Minute, amount: "1", want: "51st of the invoices within a day, where 3 are usual"},
		{name: "a stated sum", bounds: check.Unusual{Money: true, Sum: 100, StatedSum: true}, burst: 2, every: time.Hour, amount: "33.34", want: "would come to 100.02 NZD, and more than 100"},
		{name: "a stated sum to the cent", bounds: check.Unusual{Money: true, Sum: 100, StatedSum: true}, burst: 3, every: time.Hour, amount: "25.00"},
		{name: "a sum far above the past", bounds: usual, past: steady, amount: "3000.01", want: "would come to 3000.01 NZD, where 300.00 NZD is usual"},
		{name: "a sum not far above the past", bounds: usual, past: steady, amount: "3000.00"},
		{name: "the same again and again", bounds: usual, burst: 10, every: time.Hour, amount: "20.00", same: true, want: "20.00 NZD for the same party would be the 11th of the same amount"},
		{name: "the same for others", bounds: usual, burst: 20, every: time.Hour, amount: "20.00"},
		{name: "the same on other days", bounds: usual, burst: 20, every: 3 * time.Hour, amount: "20.00", same: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newCreates()
			add := func(at time.Time, amount, party string) {
				w.forget(at)
				w.add(made{At: at, Amount: decimal.Must(amount), Currency: "NZD", Party: party})
			}
			if c.amount == "" {
				c.amount = "0"
			}
			if c.past != nil {
				c.past(func(day, n int, amount string) {
					add(start.AddDate(0, 0, day).Add(time.Duration(n)*time.Minute), amount, fmt.Sprint(day, n))
				})
			}
			now := start.AddDate(0, 0, 20)
			party := func(i int) string {
				if c.same {
					return "one"
				}
				return fmt.Sprint("party ", i)
			}
			for i := c.burst; i > 0; i-- {
				add(now.Add(-time.Duration(i)*c.every), c.amount, party(i))
			}
			got := w.unusual(now, &engine.Create{Noun: "invoice", Amount: decimal.Must(c.amount), Currency: "NZD", Party: party(0), Bounds: c.bounds})
			if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			w.stop = stop{At: now} // a person let it go on: what was made so far counts no more
			if got := w.unusual(now, &engine.Create{Noun: "invoice", Amount: decimal.Must("1"), Currency: "NZD", Party: party(0), Bounds: c.bounds}); got != "" {
				t.Errorf("after a person let it go on: %q", got)
			}
			if w.forget(now.AddDate(0, 0, 1)); len(w.day) != 0 || len(w.same) != 0 || !w.sums["NZD"].IsZero() {
				t.Errorf("a day later %d are left, with %v and %v", len(w.day), w.same, w.sums)
			}
		})
	}
}

func TestNth(t *testing.T) {
	for n, want := range map[int64]string{1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 11: "11th", 12: "12th", 13: "13th", 21: "21st", 101: "101st", 111: "111th", 122: "122nd"} {
		if got := nth(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}
