package diff

import (
	"encoding/json"
	"slices"
	"strings"
)

// condition compares two conditions, either of which may be missing or always true. That
// one demands less than the other is said only where all of what it demands was demanded
// before, word for word; no more is proved here.
func (c *comparison) condition(at Change, what string, before, after any) {
	if c.same(before, after) {
		return
	}
	at.Before, at.BeforeWords = c.value(before, true)
	at.After, at.AfterWords = c.value(after, true)
	gone, come, known := c.demands(before, after)
	switch {
	case always(before) && always(after):
		at.Weight, at.Text = Wording, what+" is written differently: it always holds"
	case always(before):
		at.Weight, at.Text = Narrows, what+" is new: there was none"
	case always(after):
		at.Weight, at.Text = Widens, what+" is gone: it always holds now"
	case known && len(gone) == 0 && len(come) == 0:
		at.Weight, at.Text = Wording, what+" is written in another order"
	case known && len(come) == 0:
		at.Weight, at.Text = Widens, what+" does not demand "+strings.Join(gone, " and ")+" any more"
	case known && len(gone) == 0:
		at.Weight, at.Text = Narrows, what+" also demands "+strings.Join(come, " and ")
	default:
		at.Weight, at.Text = Changes, what+" is another: it may hold where it did not, and the other way round"
	}
	c.add(at)
}

// always reports whether a condition is none: missing, or always true.
func always(v any) bool { return v == nil || v == true }

// demands splits both conditions into what must hold together, and returns what only the
// old and what only the new one demands.
func (c *comparison) demands(before, after any) (gone, come []string, known bool) {
	a, okA := expression(before)
	b, okB := expression(after)
	if !okA || !okB {
		return nil, nil, false
	}
	old, now := parts(a), parts(b)
	if old == nil || now == nil {
		return nil, nil, false
	}
	in := func(list [][]string, p []string) bool {
		return slices.ContainsFunc(list, func(q []string) bool { return slices.Equal(p, q) })
	}
	var renamed [][]string
	for _, p := range now {
		renamed = append(renamed, inOldNames(p, c.called))
	}
	for _, p := range old {
		if !in(renamed, p) {
			gone = append(gone, spell(p))
		}
	}
	for i, p := range renamed {
		if !in(old, p) {
			come = append(come, spell(now[i]))
		}
	}
	return gone, come, true
}

// bound compares how often a repetition may go round.
func (c *comparison) bound(at Change, before, after any) {
	x, okX := before.(json.Number)
	y, okY := after.(json.Number)
	if !okX || !okY {
		c.exact(at, "the bound of "+string(at.Step)+" is another", before, after)
		return
	}
	m, errM := x.Int64()
	n, errN := y.Int64()
	switch {
	case errM != nil || errN != nil || m == n:
	case n > m:
		at.Weight = Widens
		c.exact(at, string(at.Step)+" repeats up to "+string(y)+" times, before "+string(x), before, after)
	default:
		at.Weight = Narrows
		c.exact(at, string(at.Step)+" repeats up to "+string(y)+" times, before "+string(x)+"; a longer list holds the run", before, after)
	}
}
