// Package schedule says at which instants a plan is due that runs by the clock of a place.
//
// It is pure: it reads no clock. A schedule names times on the wall of one time zone, and
// every such time is due once. Where clocks are put forward over it, it is due the moment
// they are; where they are put back and show it twice, it is due the first time.
package schedule

import (
	"fmt"
	"time"
)

// Schedule is a set of times on the wall of one zone. The zero value is no schedule: use
// [Parse].
type Schedule struct {
	zone           *time.Location
	minutes, hours set
	days, months   set
	weekdays       set
	everyDay       bool // the day of the month was left open
	everyWeekday   bool // the day of the week was left open
}

// horizon is how many days ahead a time is sought: 29 February may be 8 years away.
const horizon = 8*366 + 1

// Next returns the first instant after the given one at which the schedule is due.
func (s Schedule) Next(after time.Time) time.Time {
	t, _ := s.next(after)
	return t
}

func (s Schedule) next(after time.Time) (time.Time, bool) {
	// What the wall shows later is due no earlier, so that what it has shown need not be tried.
	begin := shown(after, s.zone).Truncate(time.Minute)
	year, month, day := begin.Date()
	for i := range horizon {
		date := time.Date(year, month, day+i, 0, 0, 0, 0, time.UTC)
		if !s.on(date) {
			continue
		}
		for minute := range minutesADay {
			wall := date.Add(time.Duration(minute) * time.Minute)
			if !s.hours.has(minute/60) || !s.minutes.has(minute%60) || wall.Before(begin) {
				continue
			}
			if t := instant(wall, s.zone); t.After(after) {
				return t, true
			}
		}
	}
	return time.Time{}, false
}

const minutesADay = 24 * 60

// last returns the latest instant up to now at which the schedule was due.
func (s Schedule) last(now time.Time) (time.Time, bool) {
	year, month, day := shown(now, s.zone).Date()
	// From tomorrow: where clocks are put back over midnight it was shown before.
	for i := range horizon {
		date := time.Date(year, month, day+1-i, 0, 0, 0, 0, time.UTC)
		if !s.on(date) {
			continue
		}
		for minute := minutesADay - 1; minute >= 0; minute-- {
			if !s.hours.has(minute/60) || !s.minutes.has(minute%60) {
				continue
			}
			if t := instant(date.Add(time.Duration(minute)*time.Minute), s.zone); !t.After(now) {
				return t, true
			}
		}
	}
	return time.Time{}, false
}

// MostCounted bounds how many instants [Schedule.Missed] counts: after a year away, nobody
// asks which half million minutes they were.
const MostCounted = 1000

// Missed returns the latest instant after the one that was seen last, up to now, at which
// the schedule was due, and how many others lie between, of which it counts [MostCounted]
// at most; ok is false when none was due.
func (s Schedule) Missed(seen, now time.Time) (latest time.Time, others int, ok bool) {
	latest, ok = s.last(now)
	if !ok || !latest.After(seen) {
		return time.Time{}, 0, false
	}
	for at := s.Next(seen); at.Before(latest) && others < MostCounted; at = s.Next(at) {
		others++
	}
	return latest, others, true
}

// on reports whether the schedule is due on a date. As in cron, a day of the month and a
// day of the week that are both given widen the choice: either will do.
func (s Schedule) on(date time.Time) bool {
	if !s.months.has(int(date.Month())) {
		return false
	}
	ofMonth, ofWeek := s.days.has(date.Day()), s.weekdays.has(int(date.Weekday()))
	if s.everyDay || s.everyWeekday {
		return ofMonth && ofWeek
	}
	return ofMonth || ofWeek
}

// instant is when the wall of a zone first shows what the given time shows in UTC, or, if
// it never does, when clocks were put forward over it. [time.Date] promises no choice.
func instant(wall time.Time, zone *time.Location) time.Time {
	near := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), 0, 0, zone)
	start, end := near.ZoneBounds()
	var first time.Time
	for _, in := range []time.Time{near, start.Add(-time.Second), end} {
		_, offset := in.In(zone).Zone()
		t := wall.Add(-time.Duration(offset) * time.Second)
		if shown(t, zone).Equal(wall) && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	switch {
	case !first.IsZero():
		return first
	case shown(near, zone).After(wall):
		return start.UTC()
	default:
		return end.UTC()
	}
}

// shown is what the wall of a zone shows at an instant, as a time in UTC.
func shown(t time.Time, zone *time.Location) time.Time {
	_, offset := t.In(zone).Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}

// Zone finds a time zone by its name in the IANA database, such as Pacific/Auckland. The
// machine's own zone is none: a plan means the same on every machine.
func Zone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("zone %q: it names no place, such as Pacific/Auckland", name)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("zone %.80q: it is not known", name)
	}
	return zone, nil
}
