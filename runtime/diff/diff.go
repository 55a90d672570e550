// Package diff says in words how one plan differs from another.
//
// Two plans are compared as programs, not as text: steps are matched by their id, then by
// what they do, so that a step that moved or got another name is not a step lost and a step
// won. Order of members, quoting and spaces count for nothing.
//
// What a person must see first stands first: whatever lets the new plan do more than the old
// one. That is said only where it can be shown: from the permission sheets (an operation, a
// field, a right, a limit that was not there), or because something that had to hold need not
// hold any more. Where one condition merely differs from another the change says so and
// shows both.
//
// Nothing that differs is passed over: plans with different digests have at least one
// change, and members this package knows nothing about are compared as they stand.
package diff

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
)

// Weight says what a change means for what the plan may do.
type Weight string

// The closed list of weights, gravest first.
const (
	Widens  Weight = "widens"  // the new plan may do something the old one may not, or is stopped by less
	Changes Weight = "changes" // it does something else; whether that is more cannot be shown
	Narrows Weight = "narrows" // the new plan may do less, or is stopped by more
	Wording Weight = "wording" // it does the same: notes, names of steps, ways of writing
)

// Kind says what a change is about.
type Kind string

// The closed list of kinds.
const (
	Effect  Kind = "effect"  // what the plan creates, updates, deletes and sends
	Sets    Kind = "sets"    // fields of vendors' records it may set
	Limit   Kind = "limit"   // what must never be exceeded
	Guard   Kind = "guard"   // conditions under which a run goes on
	Sees    Kind = "sees"    // what it reads
	Rights  Kind = "rights"  // scopes and gates it needs, calls it may make
	Trigger Kind = "trigger" // what starts a run, and by which key it happens once
	Steps   Kind = "step"    // steps added, removed, moved, renamed, and how each works
	Field   Kind = "field"   // where the value of one field comes from
	Setting Kind = "setting" // constants that a person chooses
	Mapping Kind = "mapping" // approved tables: what they are, and where they are asked
	Pin     Kind = "pin"     // the specs and overlays the plan was written against
	Note    Kind = "note"    // goal, notes, and how things are written
)

// Change is one difference.
type Change struct {
	Kind   Kind   `json:"kind"`
	Weight Weight `json:"weight"`
	// Text is a sentence without its full stop: "invoice sets DueDate from another source".
	Text string `json:"text"`
	// Step is the step it is about, as the new plan calls it; as the old one does for a step
	// that is gone.
	Step plan.StepID `json:"step,omitempty"`
	// A and B are JSON pointers into the old and the new plan; "" where there is nothing.
	A string `json:"a,omitempty"`
	B string `json:"b,omitempty"`
	// Before and After are the values as the plans have them: "${…}" or JSON.
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
	// BeforeWords and AfterWords say expressions in plain words, where there are any.
	BeforeWords string `json:"beforeWords,omitempty"`
	AfterWords  string `json:"afterWords,omitempty"`
}

// Side is one of the two plans. Sheet is what it may do; nil when that is not known, because
// the plan does not pass its check, and then that is not compared.
type Side struct {
	Plan  *plan.Plan
	Sheet *check.Sheet
}

// Of returns the side of a plan that passes its check.
func Of(c *check.Checked) Side {
	sheet := c.Sheet()
	return Side{Plan: c.Plan, Sheet: &sheet}
}

// Named names one side of a comparison.
type Named struct {
	Name   string      `json:"name"`
	Digest plan.Digest `json:"digest"`
}

// Diff is how plan B, the new one, differs from plan A, the old one.
type Diff struct {
	Same bool  `json:"same"`
	A    Named `json:"a"`
	B    Named `json:"b"`
	// Remarks say what could not be compared.
	Remarks []string `json:"remarks,omitempty"`
	// Changes come gravest first; never nil.
	Changes []Change `json:"changes"`
}

// Widening counts the changes that let the new plan do more.
func (d Diff) Widening() int {
	n := 0
	for _, c := range d.Changes {
		if c.Weight == Widens {
			n++
		}
	}
	return n
}

// Compare returns how b differs from a. Neither is changed.
func Compare(a, b Side) Diff {
	d := Diff{
		A: Named{a.Plan.Name, a.Plan.Digest()}, B: Named{b.Plan.Name, b.Plan.Digest()},
		Changes: []Change{},
	}
	if d.A.Digest == d.B.Digest {
		d.Same = true
		return d
	}
	c := &comparison{a: open(a), b: open(b)}
	c.match()
	switch {
	case a.Sheet != nil && b.Sheet != nil:
		c.permissions(a.Sheet, b.Sheet)
	default:
		d.Remarks = append(d.Remarks, unjudged(a, b))
	}
	c.head()
	c.settings()
	c.steps()
	c.limits()
	c.mappings()
	c.pins()
	c.notes()
	c.rest()
	slices.SortStableFunc(c.out, func(x, y Change) int {
		return cmp.Or(cmp.Compare(group(x), group(y)), cmp.Compare(rank(x), rank(y)))
	})
	d.Changes = append(d.Changes, c.out...)
	return d
}

func unjudged(a, b Side) string {
	which := "neither plan passes its check"
	switch {
	case a.Sheet != nil:
		which = "the new plan does not pass its check"
	case b.Sheet != nil:
		which = "the old plan does not pass its check"
	}
	return which + ": what they may do is not compared, only what they say"
}

// group puts what widens first and mere wording last.
func group(c Change) int {
	switch c.Weight {
	case Widens:
		return 0
	case Wording:
		return 2
	case Changes, Narrows:
	}
	return 1
}

// rank orders the kinds: among what widens by gravity, else in the order of a plan.
func rank(c Change) int {
	if c.Weight == Widens {
		return slices.Index([]Kind{Effect, Sets, Limit, Guard, Trigger, Setting, Steps, Field, Sees, Rights, Mapping, Pin, Note}, c.Kind)
	}
	return slices.Index([]Kind{Trigger, Setting, Steps, Field, Mapping, Guard, Limit, Effect, Sets, Sees, Rights, Pin, Note}, c.Kind)
}

// comparison is one comparison under way.
type comparison struct {
	a, b side
	// called gives the old name of what has another in the new plan: steps, and the names
	// that triggers and repetitions give.
	called map[string]string
	// respelt counts expressions that say the same in other spelling.
	respelt int
	out     []Change
}

func (c *comparison) add(ch Change) { c.out = append(c.out, ch) }

// addf adds a change without values.
func (c *comparison) addf(kind Kind, w Weight, format string, args ...any) {
	c.add(Change{Kind: kind, Weight: w, Text: fmt.Sprintf(format, args...)})
}

// rest reports what is left when everything with a meaning is said.
func (c *comparison) rest() {
	switch {
	case c.respelt > 0:
		c.addf(Note, Wording, "%s written differently and %s the same", count(c.respelt, "expression is", "expressions are"), verb(c.respelt, "says", "say"))
	case len(c.out) == 0:
		c.addf(Note, Wording, "the plans are written differently and do the same")
	}
}

func count(n int, one, many string) string { return fmt.Sprintf("%d %s", n, verb(n, one, many)) }

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
