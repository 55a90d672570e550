package apicall

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// Lookup returns the read that finds records of object (full name, "xero.Invoice") by one
// field, as an overlay's l describes it. Vendors may answer more than was asked for (text
// compared without case, a parameter ignored): pass what comes back through [Found].
func Lookup(cat Catalog, object string, l catalog.Lookup, field string, value any) (*catalog.Operation, Args, error) {
	return lookup(cat, object, l, map[string]any{field: value})
}

// Find returns the read that finds records of e whose fields have the given values. When no
// one read can ask for all of them it asks for one, and [Found] does the rest.
func Find(cat Catalog, e catalog.Entity, fields map[string]any) (*catalog.Operation, Args, error) {
	var asked map[string]any
	var by catalog.Lookup
	for _, f := range sortedKeys(fields) {
		l, ok := e.Find[f]
		switch {
		case !ok:
		case asked == nil:
			asked, by = map[string]any{f: fields[f]}, l
		case l == by && l.Filter != "":
			asked[f] = fields[f]
		case l.Param != "" && by.Param == "": // a parameter is exact and cheap; a filter may scan
			asked, by = map[string]any{f: fields[f]}, l
		}
	}
	if asked == nil {
		return nil, Args{}, fmt.Errorf("find %s: no read finds it by %s", e.Object, strings.Join(sortedKeys(fields), ", "))
	}
	op, args, err := lookup(cat, e.Object, by, asked)
	if args.Query != nil {
		more := append(sortedKeys(fields), sortedKeys(e.Live)...)
		args.Query.Select = union(args.Query.Select, append(more, e.Match...))
	}
	return op, args, err
}

func lookup(cat Catalog, object string, l catalog.Lookup, fields map[string]any) (*catalog.Operation, Args, error) {
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
	case l.Filter != "":
		return op, Args{Filter: &Filter{Param: l.Filter, Fields: fields}}, nil
	case l.Param != "" && len(fields) == 1:
		for _, v := range fields {
			return op, Args{Params: map[string]any{l.Param: v}}, nil
		}
	}
	return nil, Args{}, fmt.Errorf("look up %s: %w", object, errors.New("the overlay names neither a parameter nor a filter"))
}

// byFields asks for the object's key, its natural keys, what is always there and what is
// compared; callers that need more add to Select.
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
	for _, f := range sortedKeys(fields) {
		q.Select = union(q.Select, []string{f})
		q.Where = append(q.Where, Cond{Field: f, Op: "=", Value: fields[f]})
	}
	return q
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

// Found returns the records of an outcome whose fields really have the given values. Text
// is compared without regard to case and to white space around it, as vendors do for keys
// and names; numbers by value. An outcome that is not ok has none.
func Found(o Outcome, fields map[string]any) []map[string]any {
	if o.Class != catalog.ClassOK {
		return nil
	}
	rows, isList := o.Value.([]any)
	if !isList {
		rows = []any{o.Value}
	}
	var found []map[string]any
	for _, row := range rows {
		m, ok := row.(map[string]any)
		if !ok {
			continue
		}
		if !slices.ContainsFunc(sortedKeys(fields), func(f string) bool { return !same(at(m, f), fields[f]) }) {
			found = append(found, m)
		}
	}
	return found
}

// at follows a field path into a value.
func at(v any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}

func same(a, b any) bool {
	if a == nil || b == nil {
		return false
	}
	x, err := scalarText(a)
	y, err2 := scalarText(b)
	if err != nil || err2 != nil {
		return false
	}
	if strings.EqualFold(strings.TrimSpace(x), strings.TrimSpace(y)) {
		return true
	}
	_, text := a.(string)
	_, text2 := b.(string)
	if text && text2 {
		return false
	}
	p, err := decimal.Parse(x)
	q, err2 := decimal.Parse(y)
	return err == nil && err2 == nil && p.Equal(q)
}
