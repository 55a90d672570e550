package check

import (
	"strconv"
	"strings"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/expr"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/schema"
)

// mappings judges the declarations and makes each a function of the expressions.
func (c *checker) mappings(env *expr.Env) *expr.Env {
	for _, name := range sortedKeys(c.p.Mappings) {
		at, m := "/mappings/"+name, c.p.Mappings[name]
		before := len(c.found)
		var inputs []schema.Type
		for _, input := range sortedKeys(m.From) {
			inputs = append(inputs, c.input(m.From[input], at+"/from/"+input))
		}
		row := c.row(name, m, at)
		if c.found[before:].HasErrors() {
			c.broken[name] = true // what its rows are like is not known
		}
		if reserved(name) {
			continue // a call means the function
		}
		env = env.WithMapping(name, expr.Mapping{Inputs: inputs, Result: schema.ObjectOf(row)})
	}
	return env
}

// input gives the type of one input: text, or the id of an object.
func (c *checker) input(name, pointer string) schema.Type {
	if name == "string" {
		return schema.Type{Kind: schema.String}
	}
	if !strings.Contains(name, ".") {
		c.at(pointer, errInput(name))
		return schema.Type{Kind: schema.String}
	}
	o := c.object(name, pointer)
	if o == nil || o.Key == "" {
		if o != nil {
			c.at(pointer, errInput(name))
		}
		return schema.Type{Kind: schema.String}
	}
	return keyType(o)
}

// keyType is the type of the field that holds an object's own id.
func keyType(o *schema.Object) schema.Type {
	if f, ok := o.Field(o.Key); ok && f.Type.Nominal != "" {
		return f.Type
	}
	return schema.IDOf(o.Name + "." + o.Key)
}

// row makes the record type of a mapping's rows: the code of the target object and the
// fields named by with, all of them always there because a row without them is not
// approved.
func (c *checker) row(name string, m plan.Mapping, at string) string {
	full := "mapping." + name
	rec := &schema.Object{Name: full}
	c.objects.own[full] = rec
	o := c.object(m.To, at+"/to")
	if o == nil {
		return full
	}
	entity, _ := c.cat.Entity(m.To)
	if len(entity.Match) == 0 {
		c.at(at+"/to", errNotMappable(m.To))
		return full
	}
	c.rowField(rec, o, strings.Split(entity.Match[0], "."))
	for i, path := range m.With {
		if bad := c.rowField(rec, o, strings.Split(path, ".")); bad != nil {
			c.at(at+"/with/"+strconv.Itoa(i), *bad)
		}
	}
	return full
}

func (c *checker) rowField(rec, o *schema.Object, path []string) *diag.Diagnostic {
	f, ok := o.Field(path[0])
	if !ok {
		d := errUnknownField(o.Name, path[0], fieldNames(o))
		return &d
	}
	f.Always, f.ReadOnly, f.WriteOnly = true, false, false
	if len(path) == 1 {
		if _, has := rec.Field(f.Name); !has {
			rec.Fields = append(rec.Fields, f)
		}
		return nil
	}
	inner, ok := c.cat.Object(f.Type.Ref)
	if !ok {
		d := errUnknownField(o.Name+"."+f.Name, path[1], nil)
		return &d
	}
	return c.rowField(c.nested(rec, f), inner, path[1:])
}

// nested returns the record type of a member of a record type that the plan makes.
func (c *checker) nested(rec *schema.Object, f schema.Field) *schema.Object {
	name := rec.Name + "." + f.Name
	sub, ok := c.objects.own[name]
	if !ok {
		sub = &schema.Object{Name: name}
		c.objects.own[name] = sub
		f.Type = schema.ObjectOf(name)
		rec.Fields = append(rec.Fields, f)
	}
	return sub
}

func fieldNames(o *schema.Object) []string {
	var names []string
	for _, f := range o.Fields {
		names = append(names, f.Name)
	}
	return names
}
