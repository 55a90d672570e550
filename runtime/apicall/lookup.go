package apicall

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// Lookup returns the read that finds records of object (full name, "xero.Invoice") with the
// given field values, as an overlay's l describes it. Vendors may answer more than was
// asked for (text compared without case, a parameter ignored): the caller compares what
// comes back. For a query it selects the key, the natural keys, what is always there and
// what is compared; callers that need more add to Query.Select.
func Lookup(cat Catalog, object string, l catalog.Lookup, fields map[string]any) (*catalog.Operation, Args, error) {
	api, short, _ := strings.Cut(object, ".")
	op, ok := cat.Operation(api + "." + l.Operation)
	if !ok {
		return nil, Args{}, fmt.Errorf("look up %s: there is no operation %s.%s", object, api, l.Operation)
	}
	for _, f := range sortedKeys(fields) {
		// A look-up that has lost its value would find whatever comes first.
		if v := fields[f]; v == nil || v == "" {
			return nil, Args{}, fmt.Errorf("look up %s: the value of %s is empty", object, f)
		}
	}
	switch {
	case op.Query != nil:
		return op, Args{Query: byFields(cat, object, short, fields)}, nil
	case l.Filter != "" && op.Filter != nil && l.Filter == op.Filter.Param:
		return op, Args{Filter: equal(fields)}, nil
	case l.Param != "" && len(fields) == 1:
		for _, v := range fields {
			return op, Args{Params: map[string]any{l.Param: v}}, nil
		}
	}
	return nil, Args{}, fmt.Errorf("look up %s: %w", object, errors.New("the overlay names neither a parameter nor a filter"))
}

func byFields(cat Catalog, object, short string, fields map[string]any) *Query {
	q := &Query{From: short}
	if o, ok := cat.Object(object); ok {
		q.Select = union(nil, slices.DeleteFunc(append([]string{o.Key}, o.Natural...), func(s string) bool { return s == "" }))
		if o.Key != "" {
			q.Order = []string{o.Key}
		}
		for _, f := range o.Fields {
			compound := f.Type.Kind == schema.ObjectK || f.Type.Kind == schema.List || f.Type.Kind == schema.Map || f.Type.Kind == schema.Any
			if f.Always && !compound {
				q.Select = union(q.Select, []string{f.Name})
			}
		}
	}
	q.Select = union(q.Select, sortedKeys(fields))
	q.Where = equal(fields)
	return q
}

// equal is the Where of records with all these values.
func equal(fields map[string]any) Where {
	var conds []Cond
	for _, f := range sortedKeys(fields) {
		conds = append(conds, Cond{Field: f, Op: plan.Eq, Value: fields[f]})
	}
	return All(conds...)
}

// union appends what is not there yet, keeping the order.
func union(list, more []string) []string {
	for _, m := range more {
		if !slices.Contains(list, m) {
			list = append(list, m)
		}
	}
	return list
}
