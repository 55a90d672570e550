package describe

import (
	"strings"

	"github.com/planwright/planwright/specs/schema"
)

// say writes what was described into the object's schema. Lists are added to by the
// overlay, which knows what no description tells; bounds stand on the properties, where
// they win over the overlay's.
func (m *merger) say(o Object) {
	known := m.doc.Components.Schemas[o.Name+m.suffix].Properties
	properties, ids, relations, children := ordered{}, ordered{}, ordered{}, ordered{}
	var required, always, readOnly, money, natural []string
	for _, f := range o.Fields {
		_, ours := known[f.Name]
		properties = append(properties, pair{f.Name, property(f, ours)})
		if id := m.reference(f); id != nil {
			ids = append(ids, pair{f.Name, id})
		}
		if f.Relation != "" && isName(f.Relation) {
			relations = append(relations, pair{f.Name, f.Relation})
		}
		add(&required, f.Required(), f.Name)
		add(&always, !f.Nillable, f.Name)
		add(&readOnly, f.ReadOnly(), f.Name)
		add(&money, f.Money(), f.Name)
		add(&natural, f.Unique && f.Name != m.id, f.Name)
	}
	for _, c := range o.Children {
		if c.Relation != "" && !c.Hidden && isName(c.Relation) && isName(c.Object) && isName(c.Field) {
			children = append(children, pair{c.Relation, c.Object + "." + c.Field})
		}
	}
	said := ordered{{"properties", properties}}
	for _, list := range []struct {
		keyword string
		names   []string
	}{
		{"x-pw-required-on-create", required},
		{"x-pw-always", always},
		{"x-pw-read-only", readOnly},
		{"x-pw-money", money},
		{"x-pw-natural", natural},
	} {
		if len(list.names) > 0 {
			said = append(said, pair{list.keyword, list.names})
		}
	}
	for _, table := range []pair{{"x-pw-ids", ids}, {"x-pw-relations", relations}, {"x-pw-children", children}} {
		if len(table.value.(ordered)) > 0 {
			said = append(said, table)
		}
	}
	m.update(at("components", "schemas", o.Name+m.suffix), said)
}

func add(list *[]string, yes bool, name string) {
	if yes {
		*list = append(*list, name)
	}
}

// reference returns what an id points at: one object's key, several objects', or nil.
func (m *merger) reference(f Field) any {
	var targets []string
	for _, to := range f.ReferenceTo {
		if isName(to) {
			targets = append(targets, to+"."+m.id)
		}
	}
	switch {
	case kindOf(f) != schema.String || len(targets) == 0:
		return nil
	case len(targets) == 1:
		return targets[0]
	}
	return targets
}

// property writes one field. A field that the published description has keeps what is said
// of it there.
func property(f Field, ours bool) ordered {
	kind := kindOf(f)
	p := ordered{{"type", map[schema.Kind]string{
		schema.Bool: "boolean", schema.Int: "integer", schema.Decimal: "number", schema.Any: "object",
	}[kind]}}
	switch kind {
	case schema.Date:
		p = ordered{{"type", "string"}, {"format", "date"}}
	case schema.Instant:
		p = ordered{{"type", "string"}, {"format", "date-time"}}
	case schema.String:
		p = ordered{{"type", "string"}}
		if f.Length > 0 && len(f.ReferenceTo) == 0 && f.Type != "id" {
			p = append(p, pair{"x-pw-lengths", f.Length})
		}
		if values := closed(f); values != nil {
			p = append(p, pair{"enum", values})
		}
	case schema.Decimal:
		if f.Precision > 0 {
			p = append(p, pair{"x-pw-decimals", []int{f.Precision, f.Scale}})
		}
	default: // nothing bounds the others
	}
	if text := words(f); text != "" && !ours {
		p = append(p, pair{"description", text})
	}
	return p
}

// closed returns the members of a list that takes no others. An empty value is one of
// them where the field may be empty.
func closed(f Field) []any {
	if !f.Restricted || f.Type != "picklist" {
		return nil
	}
	var out []any
	for _, v := range f.Values() {
		out = append(out, v)
	}
	if out != nil && f.Nillable {
		out = append(out, nil)
	}
	return out
}

// manyValues is how many values of an open list are worth telling.
const manyValues = 12

// words describe a field to a person: its label, its help, and the usual values of a list
// that takes others too.
func words(f Field) string {
	var parts []string
	for _, s := range []string{f.Label, f.Help} {
		if s = strings.TrimSpace(s); s != "" {
			parts = append(parts, s)
		}
	}
	if values := f.Values(); len(values) > 0 && (!f.Restricted || f.Type != "picklist") {
		if len(values) > manyValues {
			values = append(values[:manyValues:manyValues], "…")
		}
		parts = append(parts, "Usual values: "+strings.Join(values, ", "))
	}
	return strings.Join(parts, ". ")
}
