package apicall

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/schema"
)

// Where holds for records for which all conditions of at least one way hold. Without ways
// it holds for every record; a way without conditions is refused.
type Where [][]Cond

// All is the Where of records for which all these conditions hold.
func All(conds ...Cond) Where { return Where{conds} }

// Cond compares a field with a value.
type Cond struct {
	Field string // path
	Op    plan.Op
	// Value is a run-time value: a []any for In and NotIn, a bool for Present. What is absent
	// or empty is refused, because a condition that has lost its value would let through
	// whatever comes first.
	Value any
	// Type decides how Value is written. When its Kind is empty the type is looked up
	// from the object, and failing that taken from Value.
	Type schema.Type
}

// dialect writes single comparisons in one filter language. Values given to it are present.
type dialect interface {
	// compare writes field op literal, for Eq, Ne, Lt, Le, Gt and Ge.
	compare(field string, op plan.Op, literal string) string
	// literal writes one value.
	literal(v any, t schema.Type, op plan.Op) (string, error)
	// list writes In and NotIn of literals.
	list(field string, op plan.Op, literals []string) string
	// text writes StartsWith and Contains.
	text(field string, op plan.Op, s string) (string, error)
	// present writes whether there is a value.
	present(field string, there bool) string
}

// conditions writes a Where over the elements of a type; "" for one without ways.
func conditions(w Where, d dialect, element schema.Type, objects schema.Source) (string, error) {
	if len(w) > plan.MaxWays {
		return "", fmt.Errorf("filter: there are %d ways, at most %d are sent", len(w), plan.MaxWays)
	}
	ways := make([]string, len(w))
	for i, way := range w {
		if len(way) == 0 {
			return "", errors.New("filter: there is no field")
		}
		parts := make([]string, len(way))
		for j, c := range way {
			text, err := condition(c, d, element, objects)
			if err != nil {
				return "", fmt.Errorf("filter: field %s: %w", place(c.Field), err)
			}
			parts[j] = text
		}
		ways[i] = strings.Join(parts, " AND ")
		if len(w) > 1 && len(parts) > 1 {
			ways[i] = "(" + ways[i] + ")"
		}
	}
	return strings.Join(ways, " OR "), nil
}

// place names a field in an error, unless its name could carry anything else.
func place(field string) string {
	if isName(field) {
		return field
	}
	return "with a name that is none"
}

func condition(c Cond, d dialect, element schema.Type, objects schema.Source) (string, error) {
	if !isName(c.Field) {
		return "", errors.New("it is not a field path")
	}
	t := c.Type
	if t.Kind == "" {
		t, _ = typeAt(objects, element, c.Field)
	}
	if err := settled(c.Value); err != nil {
		return "", err
	}
	switch c.Op {
	case plan.Eq, plan.Ne, plan.Lt, plan.Le, plan.Gt, plan.Ge:
		text, err := d.literal(c.Value, t, c.Op)
		if err != nil {
			return "", err
		}
		return d.compare(c.Field, c.Op, text), nil
	case plan.In, plan.NotIn:
		return oneOf(c, t, d)
	case plan.StartsWith, plan.Contains:
		s, ok := c.Value.(string)
		if !ok || t.Kind != "" && t.Kind != schema.String {
			return "", errors.New("only text begins with or contains something")
		}
		return d.text(c.Field, c.Op, s)
	case plan.Present:
		there, ok := c.Value.(bool)
		if !ok {
			return "", errors.New("present is true or false")
		}
		return d.present(c.Field, there), nil
	}
	return "", errors.New("it is compared in a way that does not exist")
}

// settled refuses values that say nothing.
func settled(v any) error {
	switch v {
	case nil:
		return errors.New("the value is absent")
	case "":
		return errors.New("the value is empty")
	}
	return nil
}

func oneOf(c Cond, t schema.Type, d dialect) (string, error) {
	list, ok := c.Value.([]any)
	switch {
	case !ok:
		return "", errors.New("it is compared with a list, and the value is none")
	case len(list) == 0:
		return "", errors.New("the list is empty")
	case len(list) > plan.MaxIn:
		return "", fmt.Errorf("the list has %d elements, at most %d are sent", len(list), plan.MaxIn)
	}
	parts := make([]string, len(list))
	for i, v := range list {
		if err := settled(v); err != nil {
			return "", fmt.Errorf("an element of the list: %w", err)
		}
		text, err := d.literal(v, t, plan.Eq)
		if err != nil {
			return "", err
		}
		parts[i] = text
	}
	return d.list(c.Field, c.Op, parts), nil
}

// wholeSecond gives the instant that s names as a language without fractions of seconds
// can write it: a fraction is rounded to the side that finds more records, and refused
// where there is no such side.
func wholeSecond(s string, op plan.Op) (time.Time, error) {
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return at, errors.New("the value is not an instant")
	}
	whole := at.UTC().Truncate(time.Second)
	if whole.Equal(at) {
		return whole, nil
	}
	switch op {
	case plan.Gt, plan.Ge:
	case plan.Lt, plan.Le:
		whole = whole.Add(time.Second)
	default:
		return whole, errors.New("an instant with a fraction of a second cannot be matched exactly")
	}
	return whole, nil
}
