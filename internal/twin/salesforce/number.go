package salesforce

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/planwright/planwright/internal/twin/world"
)

// counted makes a text field one whose value the org counts up, by a form such as
// "S-{0000}".
func (f field) counted(form string) field {
	f.auto = form
	if f.length == 0 {
		f.length = 30
	}
	return f.required().readOnly()
}

var countForm = regexp.MustCompile(`\{(0+)\}`)

// fillNumbers gives a new record its numbers. One that a world gives is not given again.
func (t *Twin) fillNumbers(o *object, v map[string]any) {
	for i := range o.fields {
		f := &o.fields[i]
		if f.auto == "" {
			continue
		}
		key := o.name + "." + f.name
		if given, ok := v[f.name].(string); ok {
			t.numbers[key] = max(t.numbers[key], numberIn(f.auto, given))
			continue
		}
		t.numbers[key]++
		v[f.name] = countForm.ReplaceAllStringFunc(f.auto, func(zeros string) string {
			return fmt.Sprintf("%0*d", len(zeros)-len("{}"), t.numbers[key])
		})
	}
}

// numberIn reads the number from a value of that form, zero when it has another.
func numberIn(form, value string) uint64 {
	place := countForm.FindStringIndex(form)
	if place == nil {
		return 0
	}
	digits, begins := strings.CutPrefix(value, form[:place[0]])
	digits, ends := strings.CutSuffix(digits, form[place[1]:])
	n, err := strconv.ParseUint(digits, 10, 64)
	if !begins || !ends || err != nil {
		return 0
	}
	return n
}

// addSchedules gives lines the flags of an org that splits them over dates, when a world
// has such a line. What a schedule decides, writes to the line do not change.
func addSchedules(s *schema, lines []world.Record) {
	if !slices.ContainsFunc(lines, func(r world.Record) bool { _, ok := r["HasSchedule"]; return ok }) {
		return
	}
	o := s.must("OpportunityLineItem")
	for _, name := range []string{"HasSchedule", "HasQuantitySchedule", "HasRevenueSchedule"} {
		o.fields = append(o.fields, flag(name, false).readOnly())
	}
}
