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
	if s.From == "" || len(s.Select) == 0 {
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
		parts := strings.Split(path, ".")
		target, ok := c.listOf(o, parts[0])
		switch {
		case ok && len(parts) == 1:
			c.at(at+"/select/"+itoa(i), errListOnly(path))
		case ok:
			c.selectPath(at+"/select/"+itoa(i), path, c.nestedList(row, parts[0]), target, parts[1:])
		default:
			c.selectPath(at+"/select/"+itoa(i), path, row, o, parts)
		}
	}
	c.queryLimits(at, s, o)
	c.where(at, s, o, op.Query.Language, sc)
	for i, name := range s.Order {
		field, direction, ordered := strings.Cut(name, " ")
		pointer := at + "/order/" + itoa(i)
		if ordered && direction != "ASC" && direction != "DESC" {
			c.at(pointer, errQueryShape("an order is a field and ASC or DESC, not "+clip(name), "write "+field+" DESC"))
			continue
		}
		c.orderedBy(o, field, pointer)
	}
}

// Bounds of one query (SOQL: relationship limits).
const (
	maxHops     = 5  // parents in one path
	maxChildren = 20 // lists of one query
	maxParents  = 55 // different relations to parents
)

// queryLimits reports a query that follows more relations than the language allows.
func (c *checker) queryLimits(at string, s *plan.Step, o *schema.Object) {
	children, parents := map[string]bool{}, map[string]bool{}
	for i, path := range s.Select {
		parts := strings.Split(path, ".")
		if _, ok := c.listOf(o, parts[0]); ok && len(parts) > 1 {
			children[parts[0]] = true
			parts = parts[1:]
		}
		if len(parts)-1 > maxHops {
			c.at(at+"/select/"+itoa(i), errQueryLimit("relations in one path", maxHops))
		}
		for n := 1; n < len(parts); n++ {
			parents[path[:len(path)-len(strings.Join(parts[n:], "."))]] = true
		}
	}
	if len(children) > maxChildren {
		c.at(at+"/select", errQueryLimit("lists of records", maxChildren))
	}
	if len(parents) > maxParents {
		c.at(at+"/select", errQueryLimit("relations", maxParents))
	}
}

// orderedBy judges a field that rows are ordered by: one of the row, or of a list's rows.
func (c *checker) orderedBy(o *schema.Object, path, pointer string) {
	first, rest, deep := strings.Cut(path, ".")
	if target, ok := c.listOf(o, first); ok && deep {
		c.fieldAt(target, rest, pointer, false)
		return
	}
	c.fieldAt(o, path, pointer, false)
}

// listOf returns the object whose records belong to one of o under the relation's name.
func (c *checker) listOf(o *schema.Object, name string) (*schema.Object, bool) {
	f, ok := o.Field(name)
	if !ok || f.Child == "" {
		return nil, false
	}
	return c.cat.Object(f.Type.Elem.Ref)
}

// nestedList adds a list of rows to a row type and returns the type of its rows. The list
// is in every row: one without records is empty.
func (c *checker) nestedList(row *schema.Object, relation string) *schema.Object {
	name := row.Name + "." + relation
	sub, ok := c.objects.own[name]
	if !ok {
		sub = &schema.Object{Name: name}
		c.objects.own[name] = sub
		row.Fields = append(row.Fields, schema.Field{Name: relation, Type: schema.ListOf(schema.ObjectOf(name)), Always: true})
	}
	return sub
}

// selectPath adds one selected field to the row type.
func (c *checker) selectPath(pointer, path string, row, o *schema.Object, parts []string) {
	if len(parts) == 1 {
		f, ok := o.Field(parts[0])
		if f.Child != "" {
			c.at(pointer, errListOnly(path))
			return
		}
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

// fieldAt follows a path from an object to a field and the object that has it; a finding
// is put at the key or at the value.
func (c *checker) fieldAt(o *schema.Object, path, pointer string, key bool) (*schema.Object, schema.Field, bool) {
	put := c.at
	if key {
		put = c.atKey
	}
	parts := strings.Split(path, ".")
	for _, part := range parts[:len(parts)-1] {
		link, target, ok := c.related(o, part)
		if !ok {
			put(pointer, errUnknownField(o.Name, part, c.relations(o)))
			return nil, schema.Field{}, false
		}
		c.read(o.Name, link.Name)
		o = target
	}
	last := parts[len(parts)-1]
	f, ok := o.Field(last)
	if !ok || f.WriteOnly {
		put(pointer, errUnknownField(o.Name, last, readable(o)))
		return nil, f, false
	}
	c.read(o.Name, f.Name)
	return o, f, true
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
		if f.Type.Nominal == "" || f.Name == o.Key || relation(f) != name {
			continue
		}
		target, ok := c.cat.Object(objectOf(f.Type.Nominal))
		return f, target, ok
	}
	return schema.Field{}, nil, false
}

// relation names the relation of a foreign key field, as the vendor says or the name tells;
// "" when it is not named like one.
func relation(f schema.Field) string {
	if f.Relation != "" {
		return f.Relation
	}
	if base, ok := strings.CutSuffix(f.Name, "__c"); ok {
		return base + "__r"
	}
	if base, ok := strings.CutSuffix(f.Name, "Id"); ok {
		return base
	}
	return ""
}

func (c *checker) relations(o *schema.Object) []string {
	var names []string
	for _, f := range o.Fields {
		if name := relation(f); name != "" && f.Type.Nominal != "" && f.Name != o.Key {
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
