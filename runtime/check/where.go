package check

import (
	"slices"
	"strings"

	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// where judges what the records of a read must match, in the given filter language.
func (c *checker) where(at string, s *plan.Step, o *schema.Object, language string, sc *scope) {
	for _, cmp := range s.Where.All(at + "/where") {
		key := cmp.Pointer
		if rest, ok := strings.CutSuffix(key, "/"+string(cmp.Op)); ok {
			key = rest
		}
		holder, f, ok := c.fieldAt(o, cmp.Field, key, true)
		if !ok {
			continue
		}
		if d := unfit(language, cmp.Op, holder, f); d != "" {
			c.atKey(cmp.Pointer, errComparison(string(cmp.Op), cmp.Field, d, fitting(language, holder, f)))
			continue
		}
		c.compared(cmp, f, sc)
	}
}

// ComparisonWords says a comparison in words that stand between a field and a value.
func ComparisonWords(op plan.Op) string {
	switch op {
	case plan.Eq:
		return "is"
	case plan.Ne:
		return "is not"
	case plan.Lt:
		return "is less than"
	case plan.Le:
		return "is at most"
	case plan.Gt:
		return "is more than"
	case plan.Ge:
		return "is at least"
	case plan.In:
		return "is one of"
	case plan.NotIn:
		return "is none of"
	case plan.StartsWith:
		return "begins with"
	case plan.Contains:
		return "contains"
	case plan.Present:
		return "has a value:"
	}
	return string(op)
}

// compared judges the value of one comparison.
func (c *checker) compared(cmp plan.Comparison, f schema.Field, sc *scope) {
	t := f.Type
	t.MaxLength = 0 // text too long for the field is simply in no record
	what := "what " + cmp.Field + " is compared with"
	switch cmp.Op {
	case plan.Present:
		if _, ok := cmp.Value.Literal.(bool); !ok || cmp.Value.Kind != plan.Literal {
			c.at(cmp.Pointer, errWrongType("true or false, written out", valueWords(cmp.Value), "write present: true for records that have a "+cmp.Field))
		}
		return
	case plan.In, plan.NotIn:
		t = schema.ListOf(t)
		if n := len(cmp.Value.Items); cmp.Value.Kind == plan.ListV && (n == 0 || n > plan.MaxIn) {
			c.at(cmp.Pointer, errListSize(n))
			return
		}
	case plan.StartsWith, plan.Contains:
		t = schema.Type{Kind: schema.String}
	case plan.Eq, plan.Ne, plan.Lt, plan.Le, plan.Gt, plan.Ge:
		if cmp.Value.Kind == plan.ListV {
			c.at(cmp.Pointer, errWrongType(words(t), "a list", "write {in: […]} for any of several"))
			return
		}
	}
	if cmp.Value.Kind == plan.Literal && cmp.Value.Literal == "" {
		c.at(cmp.Pointer, errEmptyCompared(cmp.Field))
		return
	}
	c.assign(sc, cmp.Value, slot{at: cmp.Pointer, typ: t, required: true, what: what})
}

func valueWords(v plan.Value) string {
	switch v.Kind {
	case plan.Literal:
		return literalWords(v.Literal)
	case plan.Expression:
		return "an expression"
	case plan.ListV, plan.EachV:
		return "a list"
	case plan.ObjectV:
	}
	return "a map"
}

// unfit says why a field of an object cannot be compared in that way; "" when it can.
func unfit(language string, op plan.Op, o *schema.Object, f schema.Field) string {
	switch f.Type.Kind {
	case schema.String, schema.Int, schema.Decimal, schema.Bool, schema.Date, schema.Instant:
	default:
		return "it is " + words(f.Type) + ", which no filter compares"
	}
	id := f.Type.Nominal != "" && !ownCode(o, f)
	switch op {
	case plan.Lt, plan.Le, plan.Gt, plan.Ge:
		switch {
		case id:
			return "an id has no order"
		case f.Type.Kind == schema.Bool:
			return "true and false have no order"
		case f.Type.Kind == schema.String && language == catalog.FilterXero:
			return "this API's filters order numbers, dates and instants, not text"
		}
	case plan.StartsWith, plan.Contains:
		if f.Type.Kind != schema.String || id {
			return "it is " + words(f.Type) + ", not text"
		}
	case plan.In, plan.NotIn:
		if f.Type.Kind == schema.Bool {
			return "it is true or false"
		}
	case plan.Eq, plan.Ne, plan.Present:
	}
	return ""
}

// fitting lists the comparisons that the field takes.
func fitting(language string, o *schema.Object, f schema.Field) []string {
	var out []string
	for _, op := range plan.Ops() {
		if unfit(language, op, o, f) == "" {
			out = append(out, string(op))
		}
	}
	return out
}

// filtered judges the where of a read that is no query.
func (c *checker) filtered(at string, s *plan.Step, op *catalog.Operation, sc *scope) {
	if len(s.Where) == 0 {
		return
	}
	if op.Filter == nil || op.Response == nil {
		hint := "use with: to set its parameters"
		if list := c.filteredLists(op.API); len(list) > 0 {
			hint += "; these take a where: " + strings.Join(list, ", ")
		}
		c.atKey(at+"/where", errQueryShape("where does not belong to "+op.Name(), hint))
		return
	}
	if _, both := s.With[op.Filter.Param]; both {
		c.atKey(plan.Join(at+"/with", op.Filter.Param), errOwnParam(op, op.Filter.Param))
	}
	o, ok := c.cat.Object(op.Response.Type.Ref)
	if !ok {
		c.atKey(at+"/where", errQueryShape("where does not belong to "+op.Name(), "its records are not described"))
		return
	}
	c.where(at, s, o, op.Filter.Language, sc)
}

// filteredLists names the operations of an API that take a filter.
func (c *checker) filteredLists(api string) []string {
	var out []string
	for _, op := range c.cat.Operations(api) {
		if op.Filter != nil {
			out = append(out, op.Name())
		}
	}
	slices.Sort(out)
	return out
}
