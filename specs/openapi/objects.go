package openapi

import (
	"maps"
	"slices"
	"strings"

	"github.com/planwright/planwright/specs/schema"
)

// object reads the fields of the schema t under the given name.
func (c *compiler) object(t *tree, name, pointer string) {
	o := &schema.Object{Name: name, Doc: t.get("description").str()}
	c.objects = append(c.objects, o)
	required := map[string]bool{}
	c.members(o, t, pointer, required, map[*tree]bool{})
	c.keywords(t, pointer, schemaKeywords) // reports unknown ones; the values are read below
	c.places[name] = Place{Pointer: pointer, Required: slices.Sorted(maps.Keys(required))}
	c.say(o, t, pointer, required)
}

// members adds the properties of t and of all it is composed of. A property met again
// replaces the earlier one in its place.
func (c *compiler) members(o *schema.Object, t *tree, pointer string, required map[string]bool, seen map[*tree]bool) {
	if t = c.ref(t); t == nil || t.kind != object || seen[t] || len(seen) > maxChain {
		return
	}
	seen[t] = true
	c.ignored(t, pointer)
	if key, alts := alternatives(t); alts != nil {
		c.r.unread(t.get(key), pointer+"/"+key, "the alternatives of an object with members of its own are not read")
	}
	if all := t.get("allOf"); all != nil && all.kind == list {
		for i, e := range all.items {
			c.members(o, e, pointer+"/allOf/"+childName(all, i), required, seen)
		}
	}
	for _, n := range t.get("required").strs() {
		required[n] = true
	}
	props := t.get("properties")
	if props == nil || props.kind != object {
		return
	}
	short := strings.TrimPrefix(o.Name, c.name+".")
	for i, p := range props.items {
		key := props.keys[i]
		f := schema.Field{
			Name: key,
			Type: c.typeOf(p, short+"_"+clean(key), pointer+"/properties/"+escape(key)),
		}
		f.Doc = c.property(p, "description").str()
		f.ReadOnly = c.property(p, "readOnly").yes()
		f.WriteOnly = c.property(p, "writeOnly").yes()
		f.Money = c.property(p, "x-is-money").yes() && f.Type.Kind == schema.Decimal
		if at := slices.IndexFunc(o.Fields, func(g schema.Field) bool { return g.Name == key }); at >= 0 {
			o.Fields[at] = f
			continue
		}
		o.Fields = append(o.Fields, f)
	}
}

// property reads a keyword of a property: beside its $ref, else behind it.
func (c *compiler) property(p *tree, key string) *tree {
	if v := p.get(key); v != nil {
		return v
	}
	return c.ref(p).get(key)
}

// say applies the schema keywords: what the vendor's file leaves out.
func (c *compiler) say(o *schema.Object, t *tree, pointer string, required map[string]bool) {
	isText := func(v *tree) bool { return v.kind == text && v.text != "" }
	isID := func(v *tree) bool { return isText(v) && strings.Count(v.text, ".") == 1 }
	ids := c.table(t, pointer, "x-pw-ids", "write x-pw-ids: {AccountId: Account.Id, WhatId: [Account.Id, Opportunity.Id]}", func(v *tree) bool {
		return isID(v) || v.kind == list && len(v.items) > 1 && !slices.ContainsFunc(v.items, func(e *tree) bool { return !isID(e) })
	})
	lengths := c.table(t, pointer, "x-pw-lengths", "write x-pw-lengths: {Name: 255}", isLength)
	decimals := c.table(t, pointer, "x-pw-decimals", "write x-pw-decimals: {UnitPrice: [18, 2]}, all digits and those after the point", isDecimals)
	relations := c.table(t, pointer, "x-pw-relations", "write x-pw-relations: {AccountId: Account}", isText)
	children := c.table(t, pointer, "x-pw-children", "write x-pw-children: {OpportunityLineItems: OpportunityLineItem.OpportunityId}", isID)
	always := c.fields(t, pointer, "x-pw-always")
	onCreate := c.fields(t, pointer, "x-pw-required-on-create")
	readOnly := c.fields(t, pointer, "x-pw-read-only")
	writeOnly := c.fields(t, pointer, "x-pw-write-only")
	money := c.fields(t, pointer, "x-pw-money")
	if k := t.get("x-pw-key"); k != nil {
		if !isText(k) {
			c.r.keyword(k, pointer+"/x-pw-key", "x-pw-key is the name of a property", "write x-pw-key: Id")
		}
		o.Key = k.str()
	}
	c.fields(t, pointer, "x-pw-natural") // reports a wrong shape; the order is read here
	o.Natural = t.get("x-pw-natural").strs()
	o.Lifecycle = c.lifecycle(o, t, pointer)
	for i := range o.Fields {
		f := &o.Fields[i]
		if f.Name == o.Key && f.Type.Kind == schema.String {
			f.Type = schema.Type{Kind: schema.String, Nominal: o.Name + "." + o.Key, MaxLength: f.Type.MaxLength}
		}
		c.identify(f, ids[f.Name])
		f.Relation = relations[f.Name].str()
		own := t.get("properties").get(f.Name)
		if n := c.bound(own, lengths[f.Name], "x-pw-lengths", pointer, f.Name, isLength); n != nil {
			f.Type.MaxLength = n.num()
		}
		if d := c.bound(own, decimals[f.Name], "x-pw-decimals", pointer, f.Name, isDecimals); d != nil {
			f.Type.Precision, f.Type.Scale = d.items[0].num(), d.items[1].num()
		}
		f.Always = f.Always || always[f.Name]
		f.RequiredOnCreate = f.RequiredOnCreate || onCreate[f.Name] || required[f.Name] && !f.ReadOnly
		f.ReadOnly = f.ReadOnly || readOnly[f.Name]
		f.WriteOnly = f.WriteOnly || writeOnly[f.Name]
		if money != nil {
			f.Money = money[f.Name] && f.Type.Kind == schema.Decimal
		}
	}
	c.relate(o, t, children)
}

func isLength(v *tree) bool { return v.num() > 0 }

func isDecimals(v *tree) bool {
	return v.kind == list && len(v.items) == 2 && v.items[0].num() > 0
}

// identify makes a text field the id of what x-pw-ids says: of one object, or of any of
// several.
func (c *compiler) identify(f *schema.Field, id *tree) {
	switch {
	case id == nil || f.Type.Kind != schema.String:
	case id.kind == list:
		f.Type.AnyOf = nil
		for _, s := range id.strs() {
			if full := c.name + "." + s; !slices.Contains(f.Type.AnyOf, full) {
				f.Type.AnyOf = append(f.Type.AnyOf, full)
			}
		}
	default:
		f.Type.Nominal = c.name + "." + id.text
	}
}

// bound returns what limits a field: the keyword on the property itself, because a tenant's
// own word about its field counts more than a list about all tenants, else the list's entry.
func (c *compiler) bound(own, listed *tree, keyword, pointer, name string, fits func(*tree) bool) *tree {
	v := own.get(keyword)
	if v == nil {
		return listed
	}
	if !fits(v) {
		c.r.keyword(v, pointer+"/properties/"+escape(name)+"/"+keyword, keyword+" on a property has the wrong shape", "write the value that the list would hold for it")
		return listed
	}
	return v
}

// relate adds the fields by which a query asks for the records that point at this one.
// A child that the file does not describe is left out: its rows would have no type.
func (c *compiler) relate(o *schema.Object, t *tree, children map[string]*tree) {
	said := t.get("x-pw-children")
	if said == nil {
		return
	}
	for _, name := range said.keys {
		if children[name] == nil {
			continue
		}
		object, field, _ := strings.Cut(children[name].text, ".")
		_, taken := o.Field(name)
		if full := c.name + "." + object; !taken && c.byName[full] {
			o.Fields = append(o.Fields, schema.Field{
				Name: name, Type: schema.ListOf(schema.ObjectOf(full)), ReadOnly: true, WriteOnly: true, Child: field,
			})
		}
	}
}
