package describe

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/openapi"
	"github.com/planwright/planwright/specs/schema"
)

// Spec merges descriptions over a published one and returns the spec of that tenant, as
// JSON; base holds the published description and the overlay whose x-pw-describe says what
// goes by what. The result is an ordinary spec for use under the same overlay. Equal
// descriptions give equal bytes, so that its digest changes only when the tenant does.
//
// The operations are those of base, where the user may use them; an object that was not
// described is left out with all its operations, because nothing is known of it but that
// this user does not see it. Types are narrowed to what the tenant has: fields that were
// not described go, others come, with bounds, closed lists, ids and relationships. An
// object that base does not know gets the operations of its model.
func Spec(base catalog.Source, objects []Object) ([]byte, error) {
	m, err := newMerger(base)
	if err != nil {
		return nil, fmt.Errorf("make spec of %s: %w", base.Name, err)
	}
	described := map[string]bool{}
	for _, o := range objects {
		if described[o.Name] {
			return nil, fmt.Errorf("make spec of %s: %s is described twice", base.Name, o.Name)
		}
		described[o.Name] = true
	}
	for _, name := range m.known {
		if !described[name] {
			m.drop(name)
		}
	}
	objects = slices.SortedFunc(slices.Values(objects), func(a, b Object) int { return strings.Compare(a.Name, b.Name) })
	for _, o := range objects {
		if slices.Contains(m.known, o.Name) {
			m.allow(o, o.Name)
			m.narrow(o)
		} else {
			m.adopt(o)
		}
		m.say(o)
	}
	m.root()
	return m.apply()
}

// merger gathers what is to be changed as an overlay over the published description: the
// one mechanism that changes descriptions, and it keeps their order.
type merger struct {
	base   catalog.Source
	how    *catalog.Describe
	cat    *catalog.Catalog
	suffix string // of schema names
	id     string // what objects call their own id
	doc    document
	known  []string // objects of base, without suffix, sorted

	actions  []ordered
	entities ordered
	changes  ordered
}

// document is what of the published description has to be looked at.
type document struct {
	Paths      map[string]map[string]json.RawMessage `json:"paths"`
	Components struct {
		Schemas map[string]struct {
			Properties map[string]struct {
				Properties json.RawMessage `json:"properties"`
			} `json:"properties"`
		} `json:"schemas"`
	} `json:"components"`
}

func newMerger(base catalog.Source) (*merger, error) {
	m := &merger{base: base}
	bare, list := openapi.Load(base.Name, base.Spec, nil, openapi.Limits{})
	if err := list.Err(); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(bare.JSON(), &m.doc); err != nil {
		return nil, errors.New("the published description has paths or schemas of another shape than OpenAPI's")
	}
	full, list := openapi.Load(base.Name, base.Spec, base.Overlay, openapi.Limits{})
	if err := list.Err(); err != nil {
		return nil, err
	}
	for _, k := range full.Keywords {
		if k.Name == "x-pw-type-suffix" {
			_ = json.Unmarshal(k.Value, &m.suffix) // of another shape it is no suffix
		}
	}
	if m.cat, list = catalog.Open("", []catalog.Source{base}); list.Err() != nil {
		return nil, list.Err()
	}
	api, _ := m.cat.API(base.Name)
	if m.how = api.Describe; m.how == nil {
		return nil, errors.New("its overlay does not say how it describes its objects (x-pw-describe)")
	}
	if m.how.Form != FormSObject {
		return nil, fmt.Errorf("x-pw-describe has form %q; the one that is known is %q", m.how.Form, FormSObject)
	}
	model, ok := m.cat.Object(base.Name + "." + m.how.Model)
	if !ok || model.Key == "" {
		return nil, fmt.Errorf("x-pw-describe takes %s for a model, which is no object with a key", m.how.Model)
	}
	m.id = model.Key
	m.known = Known(m.cat, base.Name)
	return m, nil
}

// Known returns the objects of an API that are records of their own and so can be
// described, by short name, sorted.
func Known(cat *catalog.Catalog, api string) []string {
	var out []string
	for _, full := range cat.Objects(api) {
		if o, ok := cat.Object(full); ok && o.Key != "" {
			out = append(out, strings.TrimPrefix(full, api+"."))
		}
	}
	slices.Sort(out)
	return out
}

func (m *merger) update(target string, what any) {
	m.actions = append(m.actions, ordered{{"target", target}, {"update", what}})
}

func (m *merger) remove(target string) {
	m.actions = append(m.actions, ordered{{"target", target}, {"remove", true}})
}

func at(parts ...string) string {
	var b strings.Builder
	b.WriteString("$")
	for _, p := range parts {
		b.WriteString("['" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(p) + "']")
	}
	return b.String()
}

// drop takes out an object that the user does not see.
func (m *merger) drop(name string) {
	for _, path := range m.paths(name) {
		m.remove(at("paths", path))
	}
	m.remove(at("components", "schemas", name+m.suffix))
}

// paths returns the paths of base with the object's name as a part, sorted.
func (m *merger) paths(name string) []string {
	var out []string
	for _, path := range slices.Sorted(maps.Keys(m.doc.Paths)) {
		if slices.Contains(strings.Split(path, "/"), name) {
			out = append(out, path)
		}
	}
	return out
}

// allow takes out what the user may not do with an object. The operations are looked up
// under the name of, which is the object itself or its model.
func (m *merger) allow(o Object, of string) {
	keys := keysOf(o)
	for _, op := range m.cat.Operations(m.base.Name) {
		if !slices.Contains(strings.Split(op.Path, "/"), of) {
			continue
		}
		path := renamed(op.Path, of, o.Name)
		var may bool
		switch upsert := op.Repeat != nil && m.isUpsert(op); {
		case upsert:
			may = o.Createable && o.Updateable && len(keys) > 0
		case op.Effect == catalog.EffectCreate:
			may = o.Createable
		case op.Effect == catalog.EffectUpdate:
			may = o.Updateable
		case op.Effect == catalog.EffectDelete:
			may = o.Deletable
		default:
			may = true
		}
		if !may {
			m.remove(at("paths", path, strings.ToLower(op.Method)))
			continue
		}
		if m.isUpsert(op) {
			m.update(at("paths", path, "parameters")+"[?@.name == '"+m.how.Key+"']['schema']", ordered{{"enum", keys}})
		}
	}
}

func (m *merger) isUpsert(op *catalog.Operation) bool {
	_, ok := op.Param(m.how.Key)
	return ok && m.how.Key != "" && op.Effect == catalog.EffectCreate
}

// keysOf returns the fields by which an upsert is safe.
func keysOf(o Object) []string {
	var out []string
	for _, f := range o.Fields {
		if f.Key() {
			out = append(out, f.Name)
		}
	}
	return out
}

// renamed puts another name in the place of a path's part.
func renamed(path, from, to string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if p == from {
			parts[i] = to
		}
	}
	return strings.Join(parts, "/")
}

// narrow takes out the fields that the user does not see. A property with members of its
// own is no field but something about the record.
func (m *merger) narrow(o Object) {
	properties := m.doc.Components.Schemas[o.Name+m.suffix].Properties
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if _, ok := o.Field(name); !ok && properties[name].Properties == nil {
			m.remove(at("components", "schemas", o.Name+m.suffix, "properties", name))
		}
	}
}

// adopt gives an object that base does not know the operations of its model, its lookups
// and its change detection.
func (m *merger) adopt(o Object) {
	from, to := m.how.Model, o.Name
	for _, path := range m.paths(from) {
		item, err := json.Marshal(m.doc.Paths[path])
		if err != nil {
			continue // unreachable: it was JSON a moment ago
		}
		text := strings.ReplaceAll(string(item), "/schemas/"+from+m.suffix+`"`, "/schemas/"+to+m.suffix+`"`)
		text = strings.ReplaceAll(text, " "+from, " "+to) // of summaries
		m.update("$.paths", ordered{{renamed(path, from, to), json.RawMessage(text)}})
	}
	about := ordered{}
	for name, p := range m.doc.Components.Schemas[from+m.suffix].Properties {
		if p.Properties != nil {
			about = append(about, pair{name, ordered{{"type", "object"}, {"properties", p.Properties}}})
		}
	}
	slices.SortFunc(about, func(a, b pair) int { return strings.Compare(a.name, b.name) })
	m.update("$.components.schemas", ordered{{to + m.suffix, ordered{
		{"type", "object"}, {"description", o.Label}, {"properties", about},
	}}})
	m.allow(o, from)
	api, _ := m.cat.API(m.base.Name)
	if change, ok := api.Changes[from]; ok {
		if _, moves := o.Field(change.Field); moves {
			m.changes = append(m.changes, pair{to, change})
		}
	}
	if entity, ok := api.Entities[from]; ok {
		m.entities = append(m.entities, pair{to, m.entity(o, entity)})
	}
}

// entity tells how records of an object are found, the way those of its model are.
func (m *merger) entity(o Object, model catalog.Entity) ordered {
	find, match := ordered{}, []string{}
	look, can := model.Find[m.id]
	for _, f := range o.Fields {
		recognised := f.Key() || f.Unique || f.NameField
		if can && (f.Name == m.id || recognised && f.Filterable) {
			find = append(find, pair{f.Name, look})
		}
		if recognised && !slices.Contains(match, f.Name) {
			match = append(match, f.Name)
		}
	}
	if len(match) == 0 {
		match = []string{m.id}
	}
	return ordered{{"list", model.List}, {"find", find}, {"match", match}}
}

// root adds what is said of the API as a whole.
func (m *merger) root() {
	if len(m.entities) > 0 {
		m.update("$", ordered{{"x-pw-entities", m.entities}})
	}
	if len(m.changes) > 0 {
		m.update("$", ordered{{"x-pw-changes", m.changes}})
	}
}

// apply makes the spec.
func (m *merger) apply() ([]byte, error) {
	overlay, err := json.Marshal(ordered{{"overlay", "1.0.0"}, {"actions", m.actions}})
	if err != nil {
		return nil, err
	}
	doc, list := openapi.Load(m.base.Name, m.base.Spec, overlay, openapi.Limits{})
	if err := list.Err(); err != nil {
		return nil, fmt.Errorf("make spec of %s: %w", m.base.Name, err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, doc.JSON(), "", " "); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// ordered is a JSON object whose members keep their order: fields stand as the vendor
// lists them.
type ordered []pair

type pair struct {
	name  string
	value any
}

// MarshalJSON implements [json.Marshaler].
func (o ordered) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, p := range o {
		if i > 0 {
			b = append(b, ',')
		}
		name, err := json.Marshal(p.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(p.value)
		if err != nil {
			return nil, err
		}
		b = append(append(append(b, name...), ':'), value...)
	}
	return append(b, '}'), nil
}

// kindOf is what a field's type becomes on the wire.
func kindOf(f Field) schema.Kind {
	switch f.Type {
	case "boolean":
		return schema.Bool
	case "int", "integer", "long":
		return schema.Int
	case "double", "currency", "percent":
		return schema.Decimal
	case "date":
		return schema.Date
	case "datetime":
		return schema.Instant
	case "address", "location", "complexvalue", "json", "anyType":
		return schema.Any
	}
	return schema.String
}
