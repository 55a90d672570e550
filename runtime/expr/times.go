package expr

import (
	"errors"
	"fmt"
	"time"
	_ "time/tzdata" // so that zones do not depend on the machine

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// maxShift bounds addDays and addMonths to some 2,700 years.
const maxShift = 1_000_000

var errDateRange = errors.New("the date leaves the years 0001 to 9999")

func times() map[string][]overload {
	i, s := types.IntType, types.StringType
	part := func(f func(time.Time) int) func(...ref.Val) ref.Val {
		return func(v ...ref.Val) ref.Val { return types.Int(f(v[0].(timeVal).t)) }
	}
	shift := func(f func(time.Time, int) time.Time) func(...ref.Val) ref.Val {
		return func(v ...ref.Val) ref.Val { return shiftDate(v[0].(timeVal).t, v[1].(types.Int), f) }
	}
	return map[string][]overload{
		"date": {
			{id: "date_text", args: sig(s), result: dateType, vet: vetDate, run: func(v ...ref.Val) ref.Val {
				d, err := parseDate(str(v[0]))
				if err != nil {
					return types.NewErr("date(…): the text is not a date YYYY-MM-DD")
				}
				return d
			}},
			{id: "date_of_instant", member: true, args: sig(instantType, s), result: dateType, vet: vetZone, run: dateIn},
		},
		"instant": {
			{id: "instant_text", args: sig(s), result: instantType, vet: vetInstant, run: func(v ...ref.Val) ref.Val {
				t, err := parseInstant(str(v[0]))
				if err != nil {
					return types.NewErr("instant(…): the text is not an instant such as 2026-01-31T10:00:00Z")
				}
				return t
			}},
			{id: "instant_date", args: sig(dateType, s), result: instantType, vet: vetZone, run: beginIn},
		},
		"addHours":   {on("instant_add_hours", sig(instantType, i), instantType, shiftInstant(time.Hour))},
		"addMinutes": {on("instant_add_minutes", sig(instantType, i), instantType, shiftInstant(time.Minute))},
		"addDays":    {on("date_add_days", sig(dateType, i), dateType, shift(func(t time.Time, n int) time.Time { return t.AddDate(0, 0, n) }))},
		"addMonths":  {on("date_add_months", sig(dateType, i), dateType, shift(addMonths))},
		"endOfMonth": {on("date_end_of_month", sig(dateType), dateType, func(v ...ref.Val) ref.Val {
			t := v[0].(timeVal).t
			return checkedDate(time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, time.UTC))
		})},
		"startOfMonth": {on("date_start_of_month", sig(dateType), dateType, func(v ...ref.Val) ref.Val {
			t := v[0].(timeVal).t
			return checkedDate(time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC))
		})},
		"daysUntil": {on("date_days_until", sig(dateType, dateType), i, func(v ...ref.Val) ref.Val {
			return types.Int((v[1].(timeVal).t.Unix() - v[0].(timeVal).t.Unix()) / 86400)
		})},
		"year":  {on("date_year", sig(dateType), i, part(time.Time.Year))},
		"month": {on("date_month", sig(dateType), i, part(func(t time.Time) int { return int(t.Month()) }))},
		"day":   {on("date_day", sig(dateType), i, part(time.Time.Day))},
	}
}

func parseDate(s string) (timeVal, error) {
	t, err := time.Parse(dateLayout, s)
	if err == nil && t.Year() < 1 {
		err = errDateRange
	}
	return timeVal{t: t, kind: dateType}, err
}

func parseInstant(s string) (timeVal, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err == nil && (t.UTC().Year() < 1 || t.UTC().Year() > 9999) {
		err = errDateRange
	}
	return timeVal{t: t.UTC(), kind: instantType}, err
}

func checkedDate(t time.Time) ref.Val {
	if t.Year() < 1 || t.Year() > 9999 {
		return types.WrapErr(errDateRange)
	}
	return timeVal{t: t, kind: dateType}
}

func shiftDate(t time.Time, n types.Int, f func(time.Time, int) time.Time) ref.Val {
	if n > maxShift || n < -maxShift {
		return types.WrapErr(errDateRange)
	}
	return checkedDate(f(t, int(n)))
}

// addMonths keeps the day of the month, or takes the last one of a shorter month: a month
// after 31 January is 28 or 29 February.
func addMonths(t time.Time, n int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := time.Date(first.Year(), first.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}

// dateIn gives the calendar date that an instant falls on in a zone.
func dateIn(v ...ref.Val) ref.Val {
	zone, err := loadZone(str(v[1]))
	if err != nil {
		return types.WrapErr(err)
	}
	t := v[0].(timeVal).t.In(zone)
	return checkedDate(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC))
}

// beginIn gives the instant at which a day begins in a zone: its first moment, also where
// the clocks skip midnight.
func beginIn(v ...ref.Val) ref.Val {
	zone, err := loadZone(str(v[1]))
	if err != nil {
		return types.WrapErr(err)
	}
	day := v[0].(timeVal).t
	t := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zone)
	if t.Day() != day.Day() { // there is no midnight: time.Date went to before the clocks skip it
		_, t = t.ZoneBounds()
	}
	return checkedInstant(t)
}

func checkedInstant(t time.Time) ref.Val {
	if t = t.UTC(); t.Year() < 1 || t.Year() > 9999 {
		return types.WrapErr(errDateRange)
	}
	return timeVal{t: t, kind: instantType}
}

// shiftInstant adds so many of a unit.
func shiftInstant(unit time.Duration) func(...ref.Val) ref.Val {
	return func(v ...ref.Val) ref.Val {
		n := v[1].(types.Int)
		if n > maxShift || n < -maxShift {
			return types.WrapErr(errDateRange)
		}
		return checkedInstant(v[0].(timeVal).t.Add(time.Duration(n) * unit))
	}
}

// loadZone knows names of the IANA database. "Local" and "" would depend on the machine.
func loadZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, errors.New("no such time zone")
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, errors.New("no such time zone")
	}
	return loc, nil
}

func vetDate(c *checker, args []ast.Expr) {
	if s, ok := literalText(args[0]); ok {
		if _, err := parseDate(s); err != nil {
			c.report(c.at(args[0]), errConstant(fmt.Sprintf("%q is not a date", s), `write year, month and day, such as date("2026-01-31")`))
		}
	}
}

func vetInstant(c *checker, args []ast.Expr) {
	if s, ok := literalText(args[0]); ok {
		if _, err := parseInstant(s); err != nil {
			c.report(c.at(args[0]), errConstant(fmt.Sprintf("%q is not an instant", s), `write it as instant("2026-01-31T10:00:00Z")`))
		}
	}
}

// vetZone wants the zone written out: a date that depends on data is not one to approve.
func vetZone(c *checker, args []ast.Expr) {
	problem := "the time zone must be written out by its name"
	s, ok := literalText(args[1])
	if ok {
		_, err := loadZone(s)
		ok = err == nil
		problem = fmt.Sprintf("%q is not a time zone", s)
	}
	if !ok {
		c.report(c.at(args[1]), errConstant(problem, `write a zone such as "Europe/London" or "UTC"`))
	}
}
