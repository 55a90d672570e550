package check

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
)

// Summary says in one sentence what the plan does: "For each won opportunity: creates 1
// contact if none is found, creates 1 invoice, updates 1 opportunity; reads 3 things; at
// most 9 calls". Every count is a bound that holds for any event.
func (o Outline) Summary() string {
	t := tally{reads: 1} // the record that started it
	start := "For each " + o.Trigger.subject()
	if o.Trigger.Kind == plan.OnSchedule {
		t.reads, start = 0, o.Trigger.Title
	}
	t.steps(o.Steps, 1, false)
	var b strings.Builder
	b.WriteString(start + ": ")
	deeds := make([]string, len(t.deeds))
	for i, d := range t.deeds {
		deeds[i] = d.String()
	}
	if len(deeds) == 0 {
		deeds = []string{"writes nothing"}
	}
	b.WriteString(strings.Join(deeds, ", "))
	switch {
	case t.asks == 1:
		b.WriteString("; asks a person once")
	case t.asks > 1:
		fmt.Fprintf(&b, "; asks a person up to %d times", t.asks)
	}
	fmt.Fprintf(&b, "; reads %s; at most %s", count(t.reads, "thing"), count(o.Calls, "call"))
	var more []string
	if o.Paged {
		more = append(more, "more for long lists")
	}
	if o.Spare > 0 {
		more = append(more, fmt.Sprintf("%d more if answers are lost", o.Spare))
	}
	if len(more) > 0 {
		b.WriteString(" (" + strings.Join(more, ", ") + ")")
	}
	return b.String()
}

// subject names what one run is about: "won opportunity".
func (t OutlineTrigger) subject() string {
	name := noun(t.Object)
	if t.Kind == plan.OnDelete {
		name = "deleted " + name
	}
	if word, ok := strings.CutPrefix(t.When.Text, t.As+".Is"); ok && single(word) {
		return strings.ToLower(word) + " " + name
	}
	switch {
	case t.When.Literal && t.When.Text == "true":
		if t.Kind == plan.OnDelete {
			return name
		}
		return name + " that has changed"
	case t.When.Words != "":
		return name + ", if " + strings.ReplaceAll(t.When.Words, "the "+t.As+"'s ", "its ")
	}
	return name + " that meets the condition"
}

// single reports one capitalised word, as in IsWon.
func single(word string) bool {
	for i, r := range word {
		if unicode.IsUpper(r) != (i == 0) || !unicode.IsLetter(r) {
			return false
		}
	}
	return word != ""
}

// tally counts what one event may cause.
type tally struct {
	reads int
	asks  int
	deeds []deed
}

// deed is one effect on one kind of thing, from least to most times.
type deed struct {
	effect      catalog.Effect
	entity      string
	found       bool // only if none is found
	least, most int
}

func (t *tally) steps(steps []OutlineStep, times int, maybe bool) {
	for _, s := range steps {
		may := maybe || s.When != nil
		switch {
		case s.Kind == plan.Each:
			t.steps(s.Steps, times*s.Max, true)
		case s.Kind == plan.Ask:
			t.asks += times
		case s.Kind == plan.Read:
			t.reads += times
		case s.Writes():
			t.add(deed{effect: s.Effect, entity: s.Entity, found: s.Kind == plan.Ensure, most: times}, may)
		}
	}
}

func (t *tally) add(d deed, may bool) {
	if !may && !d.found {
		d.least = d.most
	}
	for i := range t.deeds {
		if have := &t.deeds[i]; have.effect == d.effect && have.entity == d.entity && have.found == d.found {
			have.least, have.most = have.least+d.least, have.most+d.most
			return
		}
	}
	t.deeds = append(t.deeds, d)
}

func (d deed) String() string {
	verb, name := string(d.effect)+"s", noun(d.entity)
	if name == "" {
		name = "record"
	}
	switch {
	case d.found && d.most == 1:
		return fmt.Sprintf("%s 1 %s if none is found", verb, name)
	case d.found:
		return fmt.Sprintf("%s up to %s that are not found", verb, count(d.most, name))
	case d.least == d.most:
		return verb + " " + count(d.most, name)
	case d.least == 0:
		return fmt.Sprintf("%s up to %s", verb, count(d.most, name))
	}
	return fmt.Sprintf("%s %d to %s", verb, d.least, count(d.most, name))
}

func count(n int, noun string) string {
	if n != 1 {
		noun = plural(noun)
	}
	return fmt.Sprintf("%d %s", n, noun)
}
