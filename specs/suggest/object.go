package suggest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// object suggests what the fields of a component are.
func (s *suggester) object(o *schema.Object) action {
	a := action{target: s.component(o.Name)}
	if a.target == "" {
		return action{}
	}
	key := s.keys[o.Name]
	if key != "" {
		a.add(true, fmt.Sprintf("%s is called like its own id", key), "x-pw-key: %s", word(key))
	}
	s.foreign(&a, o, key)
	if required := s.answered(o); key != "" && len(required) > 0 {
		a.add(true, "the key, and what the description requires; confirm that answers hold it too (a broken promise holds a run)", "x-pw-always: %s", words(required))
	}
	if made := madeByVendor(o, key); len(made) > 0 {
		a.add(true, "the vendor sets these, and the description does not say so", "x-pw-read-only: %s", words(made))
	}
	if codes := unique(o); key != "" && len(codes) > 0 {
		a.add(false, "these look unique: does the vendor refuse a second live record with the same value? keep those, strongest first", "x-pw-natural: %s", words(codes))
	}
	s.created(&a, o)
	if money := amounts(o); len(money) > 0 {
		a.add(false, "these look like amounts in the record's currency: which are? rates and quantities are not", "x-pw-money: %s", words(money))
	}
	return a
}

// foreign suggests which fields are ids of other records, and asks about the others.
func (s *suggester) foreign(a *action, o *schema.Object, key string) {
	var ids, open []string
	for _, f := range o.Fields {
		w := catalog.Words(f.Name)
		if f.Name == key || f.Type.Kind != schema.String || len(w) < 2 || w[len(w)-1] != "id" || len(f.Type.Enum) > 0 {
			continue
		}
		if name := s.named(w); name != "" {
			ids = append(ids, fmt.Sprintf("%s: %s", word(f.Name), s.idOf(name)))
			continue
		}
		open = append(open, fmt.Sprintf("%s: OBJECT.id", word(f.Name)))
	}
	if len(ids) > 0 {
		a.add(true, "called like the id of another record", "x-pw-ids: {%s}", strings.Join(ids, ", "))
	}
	if len(open) > 0 {
		a.add(false, "called like ids, and of no record of that name: of which? merge into x-pw-ids", "x-pw-ids: {%s}", strings.Join(open, ", "))
	}
}

// answered lists the key and what the description requires of the record.
func (s *suggester) answered(o *schema.Object) []string {
	var out []string
	key := s.keys[o.Name]
	for _, f := range o.Fields {
		if f.Name == key || slices.Contains(s.doc.Places[o.Name].Required, f.Name) && !f.WriteOnly {
			out = append(out, f.Name)
		}
	}
	return out
}

// madeByVendor lists the id and the stamps that are not marked as read-only.
func madeByVendor(o *schema.Object, key string) []string {
	var out []string
	for _, f := range o.Fields {
		w := strings.Join(catalog.Words(f.Name), " ")
		stamp := f.Type.Kind == schema.Instant && slices.Contains([]string{"created at", "updated at", "created", "updated", "modified at", "last modified", "last modified at", "created on", "updated on"}, w)
		if !f.ReadOnly && (key != "" && f.Name == key || stamp) {
			out = append(out, f.Name)
		}
	}
	return out
}

// created asks what a new record needs, where the description requires nothing of it.
func (s *suggester) created(a *action, o *schema.Object) {
	for _, op := range s.doc.Operations {
		if op.Method != "POST" || strings.HasSuffix(op.Path, "}") || op.Request == nil || op.Request.Type.Ref != o.Name {
			continue
		}
		if slices.ContainsFunc(o.Fields, func(f schema.Field) bool { return f.RequiredOnCreate }) {
			return
		}
		var names []string
		for _, f := range o.Fields {
			if !f.ReadOnly && len(names) < 5 {
				names = append(names, f.Name)
			}
		}
		if len(names) > 0 {
			a.add(false, op.ID+" requires nothing: which fields does a new record need?", "x-pw-required-on-create: %s", words(names))
		}
		return
	}
}

// amounts lists numbers that are called like money.
func amounts(o *schema.Object) []string {
	var out []string
	for _, f := range o.Fields {
		if f.Type.Kind != schema.Decimal || f.Money {
			continue
		}
		for _, w := range catalog.Words(f.Name) {
			if slices.Contains([]string{"amount", "price", "total", "subtotal", "cost", "fee", "balance", "due", "paid"}, w) {
				out = append(out, f.Name)
				break
			}
		}
	}
	return out
}
