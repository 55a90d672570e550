package check

import (
	"strings"

	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// query judges a read whose rows the plan shapes, and makes their type: an object named
// step.<id> with the selected fields; a path a.b becomes an object step.<id>.a.
func (c *checker) query(at string, s *plan.Step, op *catalog.Operation, sc *scope, info *StepInfo) {
	if s.From == "" {
		c.at(at, errQueryShape("a query needs from", "add from: with the name of an object, such as from: Opportunity"))
	}
	if len(s.Select) == 0 {
		c.at(at, errQueryShape("a query needs select", "add select: with the fields to read, such as select: [Id, Name]"))
	}
	if s.From == "" {
		return
	}
	o, ok := c.cat.Object(op.API + "." + s.From)
	if !ok {
		var known []string
		for _, full := range c.cat.Objects(op.API) {
			known = append(known, short(full))
		}
		c.at(at+"/from", errUnknownObject(s.From, known))
		return
	}
	info.Entity, _ = c.cat.Entity(o.Name)
	row := &schema.Object{Name: "step." + string(s.ID)}
	c.objects.own[row.Name] = row
	info.Value = schema.ListOf(schema.ObjectOf(row.Name))
	for i, path := range s.Select {
		c.selectPath(at+"/select/"+itoa(i), path, row, o, strings.Split(path, "."))
	}
	for _, name := range sortedKeys(s.Where) {
		pointer := plan.Join(at+"/where", name)
		if f, ok := c.fieldAt(o, name, pointer, true); ok {
			f.Type.MaxLength = 0 // text too long for the field is simply in no row
			c.assign(sc, s.Where[name], slot{at: pointer, typ: f.Type, required: true, what: "what " + name + " must equal"})
		}
	}
	for i, name := range s.Order {
		field, direction, ordered := strings.Cut(name, " ")
		pointer := at + "/order/" + itoa(i)
		if ordered && direction != "ASC" && direction != "DESC" {
			c.at(pointer, errQueryShape("an order is a field and ASC or DESC, not "+clip(name), "write "+field+" DESC"))
			continue
		}
		c.fieldAt(o, field, pointer, false)
	}
}

// selectPath adds one selected field to the row type.
func (c *checker) selectPath(pointer, path string, row, o *schema.Object, parts []string) {
	if len(parts) == 1 {
		f, ok := o.Field(parts[0])
		if !ok || f.WriteOnly {
			c.at(pointer, errUnknownField(o.Name, parts[0], readable(o)))
			return
		}
		c.read(o.Name, f.Name)
		row.Fields = append(row.Fields, f)
		return
	}
	link, target, ok := c.related(o, parts[0])
	if !ok {
		c.at(pointer, errUnknownField(o.Name, parts[0], c.relations(o)))
		return
	}
	c.read(o.Name, link.Name)
	member := schema.Field{Name: parts[0], Always: link.Always}
	c.selectPath(pointer, path, c.nested(row, member), target, parts[1:])
}

// fieldAt follows a path from an object; a finding is put at the key or at the value.
func (c *checker) fieldAt(o *schema.Object, path, pointer string, key bool) (schema.Field, bool) {
	put := c.at
	if key {
		put = c.atKey
	}
	parts := strings.Split(path, ".")
	for _, part := range parts[:len(parts)-1] {
		link, target, ok := c.related(o, part)
		if !ok {
			put(pointer, errUnknownField(o.Name, part, c.relations(o)))
			return schema.Field{}, false
		}
		c.read(o.Name, link.Name)
		o = target
	}
	last := parts[len(parts)-1]
	f, ok := o.Field(last)
	if !ok || f.WriteOnly {
		put(pointer, errUnknownField(o.Name, last, readable(o)))
		return f, false
	}
	c.read(o.Name, f.Name)
	return f, true
}

// related returns the object that a foreign key of o leads to under the relation's name.
// Query languages name a relation after its key: Product2 for Product2Id, and for custom
// fields Contract__r for Contract__c (facts of the SOQL reference).
func (c *checker) related(o *schema.Object, name string) (schema.Field, *schema.Object, bool) {
	for _, f := range o.Fields {
		if f.Type.Kind == schema.ObjectK && f.Name == name {
			target, ok := c.cat.Object(f.Type.Ref)
			return f, target, ok
		}
		if f.Type.Nominal == "" || f.Name == o.Key || relation(f.Name) != name {
			continue
		}
		target, ok := c.cat.Object(objectOf(f.Type.Nominal))
		return f, target, ok
	}
	return schema.Field{}, nil, false
}

// relation names the relation of a foreign key field; "" when it is not named like one.
func relation(field string) string {
	if base, ok := strings.CutSuffix(field, "__c"); ok {
		return base + "__r"
	}
	if base, ok := strings.CutSuffix(field, "Id"); ok {
		return base
	}
	return ""
}

func (c *checker) relations(o *schema.Object) []string {
	var names []string
	for _, f := range o.Fields {
		if name := relation(f.Name); name != "" && f.Type.Nominal != "" && f.Name != o.Key {
			names = append(names, name)
		}
	}
	return names
}

func readable(o *schema.Object) []string {
	var names []string
	for _, f := range o.Fields {
		if !f.WriteOnly {
			names = append(names, f.Name)
		}
	}
	return names
}
