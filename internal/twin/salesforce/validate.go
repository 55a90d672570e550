package salesforce

import (
	"fmt"
	"slices"
	"strings"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/internal/twin/world"
)

// An org's admins write rules that a record must meet to be saved. A world lists them:
//
//	"ValidationRule": [{
//	    "EntityDefinition": "Opportunity", "ValidationName": "Won_needs_amount", "Active": true,
//	    "ErrorMessage": "A won deal needs an amount.", "ErrorDisplayField": "Amount",
//	    "ErrorCondition": [{"Field": "IsWon", "Op": "=", "Value": true}, {"Field": "Amount", "Op": "=", "Value": null}]}]
//
// As with the vendor the condition says what is wrong; all its parts must hold. A field may
// be that of a parent, "Account.BillingCountry". Beside = != < <= > >= there are "changed",
// which compares with the record before the save, and "new", which asks for no field.
const validationRules = "ValidationRule"

type validationRule struct {
	EntityDefinition, ValidationName, Description string
	Active                                        bool
	ErrorMessage, ErrorDisplayField               string
	ErrorCondition                                []condition
}

type condition struct {
	Field, Op string
	Value     any

	path path // of Field, once it is known to exist
}

// learnValidation reads the rules of a world.
func (t *Twin) learnValidation() error {
	t.validation = map[string][]validationRule{}
	for i, record := range t.admin[validationRules] {
		if err := t.addValidation(record); err != nil {
			return placed(validationRules, i, err)
		}
	}
	return nil
}

func (t *Twin) addValidation(record world.Record) error {
	var rule validationRule
	if err := decodeCustom(record, &rule); err != nil {
		return err
	}
	o, ok := t.schema.find(rule.EntityDefinition)
	if !ok || rule.ErrorMessage == "" || len(rule.ErrorCondition) == 0 {
		return fmt.Errorf("%s: a rule needs an object, a condition and a message", rule.ValidationName)
	}
	if rule.ErrorDisplayField != "" {
		f, err := o.named(rule.ErrorDisplayField)
		if err != nil {
			return err
		}
		rule.ErrorDisplayField = f.name
	}
	for i := range rule.ErrorCondition {
		if err := t.schema.compile(o, &rule.ErrorCondition[i]); err != nil {
			return err
		}
	}
	if rule.Active {
		t.validation[o.name] = append(t.validation[o.name], rule)
	}
	return nil
}

// named returns a field that a rule names, hidden or not.
func (o *object) named(name string) (*field, error) {
	i, ok := o.index[strings.ToLower(name)]
	if !ok {
		return nil, fmt.Errorf("%s.%s: no such field", o.name, name)
	}
	return &o.fields[i], nil
}

// compile finds the field of a condition.
func (s *schema) compile(o *object, c *condition) error {
	if !slices.Contains([]string{"=", "!=", "<", "<=", ">", ">=", "changed", "new"}, c.Op) {
		return fmt.Errorf("%s: no operator %q", c.Field, c.Op)
	}
	if c.Op == "new" {
		return nil
	}
	steps := strings.Split(c.Field, ".")
	for _, up := range steps[:len(steps)-1] {
		hop, ok := o.parent(up)
		if !ok || len(hop.targets) != 1 {
			return fmt.Errorf("%s: no parent %s", c.Field, up)
		}
		c.path.hops = append(c.path.hops, hop)
		o = s.must(hop.targets[0])
	}
	f, err := o.named(steps[len(steps)-1])
	if err != nil {
		return err
	}
	c.path.field = f
	if c.Value == nil || c.Op == "changed" {
		return nil
	}
	value, refusal := f.convert(c.Value)
	if refusal != nil {
		return refusal
	}
	c.Value = value
	return nil
}

// validate asks the rules about a record to be saved; old is nil for a create. All that are
// broken are told at once.
func (t *Twin) validate(o *object, old, v map[string]any) *apiError {
	var refusal *apiError
	for i := range t.validation[o.name] {
		rule := &t.validation[o.name][i]
		if !t.broken(rule, old, v) {
			continue
		}
		fields := []string{}
		if rule.ErrorDisplayField != "" {
			fields = append(fields, rule.ErrorDisplayField)
		}
		one := badRequest("FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.ErrorMessage, fields...)
		if refusal == nil {
			refusal = one
		} else {
			refusal.items = append(refusal.items, one.items...)
		}
	}
	return refusal
}

func (t *Twin) broken(rule *validationRule, old, v map[string]any) bool {
	for i := range rule.ErrorCondition {
		if !t.holds(&rule.ErrorCondition[i], old, v) {
			return false
		}
	}
	return true
}

func (t *Twin) holds(c *condition, old, v map[string]any) bool {
	if c.Op == "new" {
		return old == nil
	}
	now := t.reach(c.path, v)
	switch c.Op {
	case "=":
		return now == c.Value
	case "!=":
		return now != c.Value
	case "changed":
		return old != nil && now != t.reach(c.path, old)
	}
	if now == nil || c.Value == nil {
		return false // null is neither more nor less than anything
	}
	order := strings.Compare(plainText(now), plainText(c.Value))
	if c.path.field.kind.number() {
		order = decimal.Must(plainText(now)).Cmp(decimal.Must(plainText(c.Value)))
	}
	switch c.Op {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	}
	return order >= 0
}

// reach follows a path from the values of a record.
func (t *Twin) reach(p path, v map[string]any) any {
	for _, hop := range p.hops {
		id, _ := v[hop.name].(string)
		up, ok := t.store.live(id)
		if !ok {
			return nil
		}
		v = up.v
	}
	return v[p.field.name]
}
