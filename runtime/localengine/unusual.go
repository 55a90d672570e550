package localengine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/journal"
)

// A plan that was right when somebody approved it can still be set off ten thousand times by
// mistake. So what every plan creates is counted, and where it is unusual no more is created
// until a person has looked: once, for all runs of the plan.
const (
	// remembered is how long the past of a plan is counted: what is older says little.
	remembered = 31
	// farAbove is how often the average is exceeded by what is unusual.
	farAbove    = 5
	farAboveSum = 10
	// Less than this in an hour, or a day, is never far above a plan's past.
	fewInHour = 20
	fewInDay  = 50
	// enoughDays is on how many days a plan must have created something to have a past.
	enoughDays = 5
)

// made is one record that was created, or is about to be. It is what the pair holds that
// counts it, so that a restart forgets nothing.
type made struct {
	At       time.Time       `json:"at"`
	Amount   decimal.Decimal `json:"amount"`
	Currency string          `json:"currency,omitempty"`
	Party    string          `json:"party,omitempty"`
}

// same names what is repeated when the same amount goes to the same party again.
func (m made) same() string {
	return m.Party + "\x00" + m.Currency + "\x00" + m.Amount.Canonical()
}

// creates is what a plan creates of one kind: within a day one by one, before that in sums.
type creates struct {
	day  []made // of the last 24 hours, in order
	hour int    // of these, how many are older than an hour
	sums map[string]decimal.Decimal
	same map[string]int
	past map[string]*bygone // by day (UTC)
	stop stop
}

// bygone is what one day saw.
type bygone struct {
	hours [24]int64
	sums  map[string]decimal.Decimal
}

// stop is the pair that says whether creating is stopped, and since when it is counted.
type stop struct {
	// Why is what was unusual; "" while nothing is stopped.
	Why string    `json:"why,omitempty"`
	At  time.Time `json:"at"` // when it stopped, or when a person let it go on
}

func newCreates() *creates {
	return &creates{sums: map[string]decimal.Decimal{}, same: map[string]int{}, past: map[string]*bygone{}}
}

// add counts one more.
func (c *creates) add(m made) {
	c.day = append(c.day, m)
	c.sums[m.Currency] = c.sums[m.Currency].Add(m.Amount)
	if m.Party != "" {
		c.same[m.same()]++
	}
}

// forget moves what is no longer of the last hour, or the last day, to the past. What was
// created before a person let the plan go on is not counted against it any more.
func (c *creates) forget(now time.Time) {
	for len(c.day) > 0 {
		m := c.day[0]
		if now.Sub(m.At) < 24*time.Hour && !m.At.Before(c.since()) {
			break
		}
		c.day, c.hour = c.day[1:], max(c.hour-1, 0)
		c.sums[m.Currency] = c.sums[m.Currency].Sub(m.Amount)
		if k := m.same(); c.same[k] > 1 {
			c.same[k]--
		} else {
			delete(c.same, k)
		}
		c.bury(m)
	}
	for c.hour < len(c.day) && now.Sub(c.day[c.hour].At) >= time.Hour {
		c.hour++
	}
	oldest := now.AddDate(0, 0, -remembered).UTC().Format(time.DateOnly)
	if len(c.past) > remembered {
		for day := range c.past {
			if day < oldest {
				delete(c.past, day)
			}
		}
	}
}

// since is when a person last let the plan go on; zero while it is stopped, or never was.
func (c *creates) since() time.Time {
	if c.stop.Why != "" {
		return time.Time{}
	}
	return c.stop.At
}

func (c *creates) bury(m made) {
	at := m.At.UTC()
	day := at.Format(time.DateOnly)
	b := c.past[day]
	if b == nil {
		b = &bygone{sums: map[string]decimal.Decimal{}}
		c.past[day] = b
	}
	b.hours[at.Hour()]++
	b.sums[m.Currency] = b.sums[m.Currency].Add(m.Amount)
}

// usual is what the past says of an hour and of a day in which something was created, on
// average; ok is false while there is too little of it.
func (c *creates) usual(currency string) (hour, day int64, sum decimal.Decimal, ok bool) {
	var all, hours, days, summed int64
	total := decimal.Zero()
	for _, b := range c.past {
		days++
		for _, n := range b.hours {
			if n > 0 {
				all += n
				hours++
			}
		}
		if s, has := b.sums[currency]; has {
			total = total.Add(s)
			summed++
		}
	}
	if days < enoughDays {
		return 0, 0, sum, false
	}
	if summed >= enoughDays {
		sum, _ = total.Quo(decimal.FromInt(summed), 2, decimal.HalfUp) // never by zero
	}
	return (all + hours - 1) / hours, (all + days - 1) / days, sum, true
}

// unusual says what would be unusual about one more; "" when nothing is.
func (c *creates) unusual(now time.Time, want *engine.Create) string {
	c.forget(now)
	u := want.Bounds
	inHour, inDay := int64(len(c.day)-c.hour)+1, int64(len(c.day))+1
	things := strings.ReplaceAll(want.Noun, "_", " ") + "s"
	usualHour, usualDay, usualSum, known := c.usual(want.Currency)
	known = known && u.Money
	sum := c.sums[want.Currency].Add(want.Amount)
	money := func(d decimal.Decimal) string { return engine.Create{Amount: d, Currency: want.Currency}.Text() }
	switch {
	case u.PerHour > 0 && inHour > u.PerHour:
		return fmt.Sprintf("it would be the %s of the %s within an hour, and more than %d are unusual", nth(inHour), things, u.PerHour)
	case known && !u.Stated && inHour > max(usualHour*farAbove, fewInHour):
		return fmt.Sprintf("it would be the %s of the %s within an hour, where %d are usual", nth(inHour), things, usualHour)
	case known && !u.Stated && inDay > max(usualDay*farAbove, fewInDay):
		return fmt.Sprintf("it would be the %s of the %s within a day, where %d are usual", nth(inDay), things, usualDay)
	case u.Sum > 0 && sum.Cmp(decimal.FromInt(u.Sum)) > 0:
		return fmt.Sprintf("the %s of a day would come to %s, and more than %d is unusual", things, money(sum), u.Sum)
	case known && !u.StatedSum && usualSum.Sign() > 0 && sum.Cmp(usualSum.Mul(decimal.FromInt(farAboveSum))) > 0:
		return fmt.Sprintf("the %s of a day would come to %s, where %s is usual", things, money(sum), money(usualSum))
	}
	next := made{Amount: want.Amount, Currency: want.Currency, Party: want.Party}
	if n := int64(c.same[next.same()]) + 1; want.Party != "" && u.Same > 0 && n > u.Same {
		return fmt.Sprintf("%s for the same party would be the %s of the same amount within a day, and more than %d are unusual", money(want.Amount), nth(n), u.Same)
	}
	return ""
}

// nth writes an ordinal number.
func nth(n int64) string {
	switch {
	case n%100 >= 11 && n%100 <= 13:
		return fmt.Sprintf("%dth", n)
	case n%10 == 1:
		return fmt.Sprintf("%dst", n)
	case n%10 == 2:
		return fmt.Sprintf("%dnd", n)
	case n%10 == 3:
		return fmt.Sprintf("%drd", n)
	}
	return fmt.Sprintf("%dth", n)
}

const stopPrefix = "stop/"

// admit asks whether a run may create what the action says: the plan's day may be used up,
// and it may be unusual. The pairs go into the intent's commit, or into that of the hold.
func (r *run) admit(a engine.Action) ([]journal.Pair, engine.Hold, error) {
	e, name := r.e, r.state.Started.Name
	e.mu.Lock()
	defer e.mu.Unlock()
	if w := a.Create; w != nil && !r.state.Cleared(a.Path) {
		if why, set := e.judge(name, a.Entity, w); why != "" {
			return set, engine.Hold{
				Code: engine.HoldUnusual, Path: a.Path, Show: shown(w),
				Message: fmt.Sprintf("the plan creates no more %ss until a person has looked: %s", strings.ReplaceAll(w.Noun, "_", " "), why),
			}, nil
		}
	}
	return e.reserve(name, a, r.id)
}

// judge returns why a plan may not create one more, with the pair that says so from now on.
// e.mu is held.
func (e *Engine) judge(planName, entity string, want *engine.Create) (string, []journal.Pair) {
	c := e.creates(planName, entity)
	if c.stop.Why != "" {
		return c.stop.Why, nil
	}
	now := e.cfg.Now().UTC()
	why := c.unusual(now, want)
	if why == "" {
		return "", nil
	}
	c.stop = stop{Why: why, At: now}
	e.cfg.Log.Warn("creating is stopped until a person has looked", "plan", planName, "entity", entity, "reason", why)
	return why, []journal.Pair{{Key: stopPrefix + planName + "/" + entity, Value: rawJSON(c.stop)}}
}

func shown(w *engine.Create) []engine.Shown {
	if !w.Bounds.Money {
		return nil
	}
	return []engine.Shown{{Name: "Amount", Value: w.Text()}, {Name: "For", Value: w.Party}}
}

// creates returns what a plan creates of one kind. e.mu is held.
func (e *Engine) creates(planName, entity string) *creates {
	key := planName + "/" + entity
	c := e.watched[key]
	if c == nil {
		c = newCreates()
		e.watched[key] = c
	}
	return c
}

// goOn lets all runs of a plan go on that wait because creating was unusual: by one person's
// word, which goes on record with each of them. What was created so far counts no more.
func (e *Engine) goOn(ctx context.Context, first *run, w Word) error {
	if err := errors.Join(e.loadCounts(ctx), e.follow(ctx)); err != nil {
		return err
	}
	name, now := first.state.Started.Name, e.cfg.Now().UTC()
	var set []journal.Pair
	var others []string
	e.mu.Lock()
	for key, c := range e.watched {
		if strings.HasPrefix(key, name+"/") && c.stop.Why != "" {
			c.stop = stop{At: now}
			set = append(set, journal.Pair{Key: stopPrefix + key, Value: rawJSON(c.stop)})
		}
	}
	for id, st := range e.runs.open {
		if id != first.id && st.Plan == name && st.Hold != nil && st.Hold.Code == engine.HoldUnusual {
			others = append(others, id)
		}
	}
	e.mu.Unlock()
	word := engine.Released{By: w.By, Why: w.Why, Allow: engine.HoldUnusual}
	if err := first.told(ctx, engine.KindReleased, word, set...); err != nil {
		return err
	}
	for _, id := range others {
		r, err := e.open(id)
		if err == nil && r.state.Hold != nil && r.state.Hold.Code == engine.HoldUnusual {
			err = r.told(ctx, engine.KindReleased, word)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
