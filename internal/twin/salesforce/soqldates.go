package salesforce

import (
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // so that zones do not depend on the machine
)

// stretch is the time that a date literal covers: from its first instant, to that before
// which it ends. Both are midnights in the zone of the calling user, save that a
// LAST_N_DAYS ends now.
type stretch struct{ from, to time.Time }

// calendar knows what date literals mean to one user at one moment.
type calendar struct {
	now    time.Time // in the user's zone
	monday bool      // weeks begin on Monday, not Sunday
	fiscal int       // month in which the fiscal year begins
}

// maxSpan is the largest number of a literal: enough to leave the years the API knows.
const maxSpan = 9999

// unit is what a literal counts in.
type unit string

const (
	unitDay           unit = "DAY"
	unitWeek          unit = "WEEK"
	unitMonth         unit = "MONTH"
	unitQuarter       unit = "QUARTER"
	unitYear          unit = "YEAR"
	unitFiscalQuarter unit = "FISCAL_QUARTER"
	unitFiscalYear    unit = "FISCAL_YEAR"
)

func knownUnit(s string) (unit, bool) {
	switch u := unit(s); u {
	case unitDay, unitWeek, unitMonth, unitQuarter, unitYear, unitFiscalQuarter, unitFiscalYear:
		return u, true
	}
	return "", false
}

// reach is a literal taken apart: count units from the one that begins skip units
// after the present one.
type reach struct {
	of          unit
	skip, count int
	untilNow    bool // it began count days ago and ends now
}

// reachOf reads a date literal in upper case.
func reachOf(word string) (reach, bool) {
	name, digits, counted := strings.Cut(word, ":")
	if !counted {
		return plainReach(name)
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n > maxSpan {
		return reach{}, false
	}
	r := reach{count: n}
	rest, last := strings.CutPrefix(name, "LAST_N_")
	next, ahead := strings.CutPrefix(name, "NEXT_N_")
	ago, back := strings.CutSuffix(name, "S_AGO")
	back = back && strings.HasPrefix(ago, "N_")
	switch {
	case last:
		r.skip = -n
	case ahead:
		r.skip, rest = 1, next
	case back:
		r.skip, r.count, rest = -n, 1, strings.TrimPrefix(ago, "N_")+"S"
	default:
		return reach{}, false
	}
	rest, many := strings.CutSuffix(rest, "S")
	of, ok := knownUnit(rest)
	r.of, r.untilNow = of, last && of == unitDay
	return r, ok && many
}

func plainReach(name string) (reach, bool) {
	switch name {
	case "YESTERDAY":
		return reach{of: unitDay, skip: -1, count: 1}, true
	case "TODAY":
		return reach{of: unitDay, count: 1}, true
	case "TOMORROW":
		return reach{of: unitDay, skip: 1, count: 1}, true
	case "LAST_90_DAYS":
		return reach{of: unitDay, skip: -90, count: 90, untilNow: true}, true
	case "NEXT_90_DAYS":
		return reach{of: unitDay, skip: 1, count: 90}, true
	}
	which, rest, _ := strings.Cut(name, "_")
	of, ok := knownUnit(rest)
	skip, known := map[string]int{"LAST": -1, "THIS": 0, "NEXT": 1}[which]
	return reach{of: of, skip: skip, count: 1}, ok && known && of != unitDay
}

// isStretch reports whether an upper-case word is a date literal.
func isStretch(word string) bool {
	_, ok := reachOf(word)
	return ok
}

// stretch says what a literal covers.
func (c calendar) stretch(word string) stretch {
	r, _ := reachOf(word) // the parser let only literals pass
	begin := c.begin(r.of)
	s := stretch{from: step(begin, r.of, r.skip), to: step(begin, r.of, r.skip+r.count)}
	if r.untilNow {
		s.to = c.now.Add(time.Second).Truncate(time.Second) // the present second is in
	}
	return s
}

// begin returns the first midnight of the present day, week, month and so on.
func (c calendar) begin(of unit) time.Time {
	y, m, d := c.now.Date()
	day := func(m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, c.now.Location()) }
	fiscal := (int(m) - c.fiscal + 12) % 12 // months into the fiscal year
	switch of {
	case unitWeek:
		into := int(c.now.Weekday())
		if c.monday {
			into = (into + 6) % 7
		}
		return day(m, d-into)
	case unitMonth:
		return day(m, 1)
	case unitQuarter:
		return day(m-(m-1)%3, 1)
	case unitYear:
		return day(time.January, 1)
	case unitFiscalQuarter:
		return day(m-time.Month(fiscal%3), 1)
	case unitFiscalYear:
		return day(m-time.Month(fiscal), 1)
	default:
		return day(m, d)
	}
}

// step moves a midnight by n units; days are added as dates, so that a change of the
// clocks makes none longer.
func step(at time.Time, of unit, n int) time.Time {
	switch of {
	case unitWeek:
		return at.AddDate(0, 0, 7*n)
	case unitMonth:
		return at.AddDate(0, n, 0)
	case unitQuarter, unitFiscalQuarter:
		return at.AddDate(0, 3*n, 0)
	case unitYear, unitFiscalYear:
		return at.AddDate(n, 0, 0)
	default:
		return at.AddDate(0, 0, n)
	}
}

// calendar is that of the calling user: the zone and the first day of the week come
// from the user, the fiscal year from the organisation.
func (t *Twin) calendar() calendar {
	c := calendar{now: t.opt.Now().UTC(), fiscal: 1}
	if u, ok := t.store.live(t.userID); ok {
		if zone, err := time.LoadLocation(u.str("TimeZoneSidKey")); err == nil {
			c.now = c.now.In(zone)
		}
		c.monday = u.str("LocaleSidKey") != "en_US"
	}
	if o, ok := t.store.live(t.orgID); ok {
		if month := amount(o.v["FiscalYearStartMonth"]); month.Sign() > 0 {
			c.fiscal, _ = strconv.Atoi(month.Canonical())
		}
	}
	return c
}

// holds compares a value of a date or datetime field with the stretch.
func (s stretch) holds(f *field, op condOp, v any) bool {
	text, ok := v.(string)
	if !ok {
		return op == condNe || op == condOut // a null is not within
	}
	from, to := s.from.UTC().Format(stampLayout), s.to.UTC().Format(stampLayout)
	if f.kind == kindDate { // a day that has begun is in
		from, to = s.from.Format(time.DateOnly), s.to.Add(-time.Nanosecond).AddDate(0, 0, 1).Format(time.DateOnly)
	}
	switch op {
	case condNe, condOut:
		return text < from || text >= to
	case condLt:
		return text < from
	case condLe:
		return text < to
	case condGt:
		return text >= to
	case condGe:
		return text >= from
	default: // = and IN
		return text >= from && text < to
	}
}
