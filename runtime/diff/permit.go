package diff

import (
	"fmt"
	"slices"
	"strings"

	"github.com/planwright/planwright/runtime/check"
)

// permissions compares what the plans may do, by their permission sheets.
func (c *comparison) permissions(a, b *check.Sheet) {
	c.operations(a, b)
	c.objects(a, b)
	old := map[string]check.SheetAPI{}
	for _, api := range a.APIs {
		old[api.Name] = api
	}
	for _, api := range b.APIs {
		c.rights(old[api.Name], api)
		delete(old, api.Name)
	}
	for _, name := range sorted(old) {
		c.rights(old[name], check.SheetAPI{Name: name})
	}
}

func (c *comparison) operations(a, b *check.Sheet) {
	old, now := byName(a), byName(b)
	for _, name := range both(old, now) {
		x, had := old[name]
		y, has := now[name]
		switch {
		case !had && acting(y):
			c.addf(Effect, Widens, "now also %s with %s, at most %s an event", deed(y), name, times(y.Calls))
		case !had:
			c.addf(Sees, Widens, "now also reads with %s", name)
		case !has && acting(x):
			c.addf(Effect, Narrows, "no longer %s with %s", deed(x), name)
		case !has:
			c.addf(Sees, Narrows, "no longer reads with %s", name)
		default:
			c.operation(x, y)
		}
	}
}

// operation compares one operation that both plans use.
func (c *comparison) operation(x, y check.SheetOperation) {
	switch {
	case x.Effect != y.Effect && !acting(x):
		c.addf(Effect, Widens, "%s is known to change something now: it %s", y.Name, deed(y))
	case x.Effect != y.Effect:
		c.addf(Effect, Changes, "%s %s now; before, it was known as one that %s", y.Name, deed(y), deed(x))
	case acting(y) && y.Calls > x.Calls:
		c.addf(Effect, Widens, "%s with %s up to %s an event, before %s", deed(y), y.Name, times(y.Calls), times(x.Calls))
	case acting(y) && y.Calls < x.Calls:
		c.addf(Effect, Narrows, "%s with %s up to %s an event, before %s", deed(y), y.Name, times(y.Calls), times(x.Calls))
	}
	if x.Once != y.Once {
		ch := Change{Kind: Effect, Weight: Changes, Text: "what keeps " + y.Name + " from happening twice is another", Before: x.Once, After: y.Once}
		c.add(ch)
	}
}

func byName(s *check.Sheet) map[string]check.SheetOperation {
	out := map[string]check.SheetOperation{}
	for _, op := range s.Operations {
		out[op.Name] = op
	}
	return out
}

// deed says what an operation does outside: "creates xero.Invoice".
func deed(op check.SheetOperation) string {
	what := op.Entity
	if what == "" {
		what = "something"
	}
	if !acting(op) {
		return "reads " + what
	}
	return string(op.Effect) + "s " + what
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

func (c *comparison) objects(a, b *check.Sheet) {
	old, now := map[string]check.SheetObject{}, map[string]check.SheetObject{}
	for _, o := range a.Objects {
		old[o.Name] = o
	}
	for _, o := range b.Objects {
		now[o.Name] = o
	}
	for _, name := range both(old, now) {
		x, y := old[name], now[name]
		c.fields(Sets, "set", name, x.Writes, y.Writes)
		c.fields(Sees, "read", name, x.Reads, y.Reads)
	}
}

func (c *comparison) fields(kind Kind, verb, object string, before, after []string) {
	if come := without(after, before); len(come) > 0 {
		c.addf(kind, Widens, "now also %ss %s of %s", verb, list(come), object)
	}
	if gone := without(before, after); len(gone) > 0 {
		c.addf(kind, Narrows, "no longer %ss %s of %s", verb, list(gone), object)
	}
}

// without returns what of list is not in other.
func without(list, other []string) (out []string) {
	for _, s := range list {
		if !slices.Contains(other, s) {
			out = append(out, s)
		}
	}
	return out
}

func (c *comparison) rights(x, y check.SheetAPI) {
	if come := without(y.Scopes, x.Scopes); len(come) > 0 {
		c.addf(Rights, Widens, "now also needs rights of %s: %s", y.Name, strings.Join(come, ", "))
	}
	if gone := without(x.Scopes, y.Scopes); len(gone) > 0 {
		c.addf(Rights, Narrows, "no longer needs rights of %s: %s", y.Name, strings.Join(gone, ", "))
	}
	if come := without(y.Gates, x.Gates); len(come) > 0 {
		c.addf(Rights, Changes, "only runs where %s has %s", y.Name, strings.Join(come, ", "))
	}
	if gone := without(x.Gates, y.Gates); len(gone) > 0 {
		c.addf(Rights, Changes, "no longer needs that %s has %s", y.Name, strings.Join(gone, ", "))
	}
	switch {
	case y.Calls > x.Calls:
		c.addf(Rights, Widens, "calls %s up to %s an event, before %d", y.Name, times(y.Calls), x.Calls)
	case y.Calls < x.Calls:
		c.addf(Rights, Narrows, "calls %s up to %s an event, before %d", y.Name, times(y.Calls), x.Calls)
	}
	if y.Paged && !x.Paged {
		c.addf(Rights, Widens, "may call %s more often when lists are long", y.Name)
	}
}

// limits compares what must never be exceeded.
func (c *comparison) limits() {
	old, now := c.a.Plan.Limits, c.b.Plan.Limits
	for _, name := range both(old, now) {
		x, had := old[name]
		y, has := now[name]
		at := Change{Kind: Limit}
		if had {
			at.A, at.Before = "/limits/"+name, fmt.Sprint(x)
		}
		if has {
			at.B, at.After = "/limits/"+name, fmt.Sprint(y)
		}
		switch {
		case had && has && x == y:
			continue
		case !has && c.b.limitless(name):
			at.Weight, at.Text = Widens, fmt.Sprintf("the limit %s of %d is gone: nothing bounds it now", name, x)
		case !has:
			at.Weight, at.Text = Changes, fmt.Sprintf("the limit %s is gone, and what it bounded, too", name)
		case !had && c.a.limitless(name):
			at.Weight, at.Text = Narrows, fmt.Sprintf("%s is limited now: %d", name, y)
		case !had:
			at.Weight, at.Text = Changes, fmt.Sprintf("%s is limited from the start: %d", name, y)
		case y > x:
			at.Weight, at.Text = Widens, raised(name, x, y)
		default:
			at.Weight, at.Text = Narrows, fmt.Sprintf("the limit %s is lowered to %d, before %d", name, y, x)
		}
		c.add(at)
	}
	if c.a.Sheet == nil || c.b.Sheet == nil {
		return
	}
	for _, name := range c.b.Sheet.Unlimited {
		if _, had := old[name]; !had && !slices.Contains(c.a.Sheet.Unlimited, name) {
			c.addf(Limit, Widens, "nothing limits %s", name)
		}
	}
}

// limitless reports whether the plan does what the limit would bound, without it; also when
// that is not known.
func (s side) limitless(name string) bool {
	return s.Sheet == nil || slices.Contains(s.Sheet.Unlimited, name)
}

func raised(name string, x, y int64) string {
	if thing, ok := strings.CutSuffix(name, "_per_day"); ok && name != check.SumPerDay && name != check.SamePerDay {
		return fmt.Sprintf("may create up to %d %s a day, before %d: %d more", y, strings.ReplaceAll(thing, "_", " "), x, y-x)
	}
	return fmt.Sprintf("the limit %s is raised to %d, before %d", name, y, x)
}
