package schedule

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// set holds whole numbers from 0 to 63.
type set uint64

func (s set) has(n int) bool { return s>>n&1 == 1 }

// field is one of the five of a cron expression: its least and greatest number, and names
// for the numbers from the least on.
type field struct {
	what     string
	min, max int
	names    string
}

func fields() [5]field {
	return [5]field{
		{"minute", 0, 59, ""},
		{"hour", 0, 23, ""},
		{"day of the month", 1, 31, ""},
		{"month", 1, 12, "jan feb mar apr may jun jul aug sep oct nov dec"},
		{"day of the week", 0, 7, "sun mon tue wed thu fri sat"},
	}
}

// Parse reads a schedule: a time of day as 08:00, with days after it if not daily
// (08:00 mon-fri), or the five fields of cron (0 8 * * mon-fri). It refuses what never comes.
func Parse(at string, zone *time.Location) (Schedule, error) {
	words := strings.Fields(strings.ToLower(at))
	if len(words) == 1 || len(words) == 2 {
		clock, err := time.Parse("15:04", words[0])
		if err != nil || len(words[0]) != len("15:04") {
			return Schedule{}, fmt.Errorf("time %.80q: it is not a time of day from 00:00 to 23:59", words[0])
		}
		days := "*"
		if len(words) == 2 {
			days = words[1]
		}
		words = []string{strconv.Itoa(clock.Minute()), strconv.Itoa(clock.Hour()), "*", "*", days}
	}
	parts := fields()
	if len(words) != len(parts) {
		return Schedule{}, fmt.Errorf("time %.80q: it is neither a time of day, such as 08:00 or 08:00 mon-fri, nor the five fields of cron", at)
	}
	var sets [5]set
	for i, f := range parts {
		var err error
		if sets[i], err = f.read(words[i]); err != nil {
			return Schedule{}, fmt.Errorf("time %.80q: %w", at, err)
		}
	}
	if sets[4].has(7) { // both 0 and 7 are Sunday
		sets[4] |= 1
	}
	s := Schedule{
		zone: zone, minutes: sets[0], hours: sets[1], days: sets[2], months: sets[3], weekdays: sets[4],
		everyDay: strings.HasPrefix(words[2], "*"), everyWeekday: strings.HasPrefix(words[4], "*"),
	}
	// Any eight years without a skipped leap year tell whether a date ever comes.
	if _, ok := s.next(time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)); !ok {
		return Schedule{}, fmt.Errorf("time %.80q: that date never comes", at)
	}
	return s, nil
}

// read reads a list of numbers, ranges and steps.
func (f field) read(text string) (set, error) {
	var out set
	for part := range strings.SplitSeq(text, ",") {
		span, step, stepped := strings.Cut(part, "/")
		by := 1
		if stepped {
			var err error
			if by, err = strconv.Atoi(step); err != nil || by < 1 || by > f.max {
				return 0, fmt.Errorf("%s %.40q: the step is not a number from 1 to %d", f.what, part, f.max)
			}
		}
		low, high, err := f.span(span, stepped)
		if err != nil {
			return 0, err
		}
		for n := low; n <= high; n += by {
			out |= 1 << n
		}
	}
	return out, nil
}

// span reads the first and last number of a part; one number with a step runs to the end.
func (f field) span(text string, stepped bool) (low, high int, err error) {
	if text == "*" {
		return f.min, f.max, nil
	}
	first, last, ranged := strings.Cut(text, "-")
	if low, err = f.number(first); err != nil {
		return 0, 0, err
	}
	switch {
	case !ranged && stepped:
		return low, f.max, nil
	case !ranged:
		return low, low, nil
	}
	if high, err = f.number(last); err == nil && high < low {
		err = fmt.Errorf("%s %.40q: it ends before it begins", f.what, text)
	}
	return low, high, err
}

func (f field) number(text string) (int, error) {
	for i, name := range strings.Fields(f.names) {
		if text == name {
			return f.min + i, nil
		}
	}
	for _, r := range text {
		if r < '0' || r > '9' {
			return 0, fmt.Errorf("%s %.40q: it is not a number from %d to %d", f.what, text, f.min, f.max)
		}
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < f.min || n > f.max {
		return 0, fmt.Errorf("%s %.40q: it is not a number from %d to %d", f.what, text, f.min, f.max)
	}
	return n, nil
}
