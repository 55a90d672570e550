package catalog

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/specs/openapi"
	"github.com/planwright/planwright/specs/schema"
)

// compiled is one API in full, before it is stored or handed out.
type compiled struct {
	api        *API
	operations []*Operation
	objects    []*schema.Object
}

// compiler joins a document's raw operations with what its keywords say.
type compiler struct {
	doc     *openapi.Document
	api     *API
	objects map[string]*schema.Object
	// records names, by path, the object whose record a GET there reads.
	records map[string]string
	list    diag.List
}

// compile reads one source. The result is nil when there is nothing to read.
func compile(src Source) (*compiled, diag.List) {
	doc, list := openapi.Load(src.Name, src.Spec, src.Overlay, openapi.Limits{})
	if doc == nil {
		return nil, list
	}
	c := &compiler{doc: doc, list: list, objects: make(map[string]*schema.Object, len(doc.Objects))}
	for _, o := range doc.Objects {
		c.objects[o.Name] = o
	}
	c.api = &API{
		Name: src.Name, Title: doc.Title, Version: doc.Version, Server: doc.Server, Embedded: src.Embedded,
		SpecDigest: digest(src.Spec), OverlayDigest: digest(src.Overlay),
	}
	c.idLengths()
	c.root()
	c.readRecords()
	out := &compiled{api: c.api, objects: doc.Objects}
	for _, raw := range doc.Operations {
		out.operations = append(out.operations, c.operation(raw))
	}
	c.deriveEntities(out.operations)
	c.verify(out)
	return out, c.list
}

// idLengths gives fields that hold the id or code of another record its length, where
// they state none themselves.
func (c *compiler) idLengths() {
	for _, o := range c.doc.Objects {
		for i := range o.Fields {
			t := &o.Fields[i].Type
			dot := strings.LastIndexByte(t.Nominal, '.')
			if dot < 0 || t.MaxLength > 0 {
				continue
			}
			if target := c.objects[t.Nominal[:dot]]; target != nil {
				f, _ := target.Field(t.Nominal[dot+1:])
				t.MaxLength = f.Type.MaxLength
			}
		}
	}
}

// read decodes a keyword strictly into v, reporting a wrong shape.
func (c *compiler) read(k openapi.Keyword, v any) bool {
	d := json.NewDecoder(bytes.NewReader(k.Value))
	d.DisallowUnknownFields()
	d.UseNumber()
	if err := d.Decode(v); err != nil {
		c.list = append(c.list, k.Diagnostic(
			fmt.Sprintf("%s has the wrong shape: %s", k.Name, strings.TrimPrefix(err.Error(), "json: ")),
			"docs/overlay.md shows how to write it"))
		return false
	}
	return true
}

func (c *compiler) fault(k openapi.Keyword, format string, args ...any) {
	c.list = append(c.list, k.Diagnostic(fmt.Sprintf(format, args...), "docs/overlay.md shows how to write it"))
}

// full returns the full name of an object of this API, "" for "".
func (c *compiler) full(short string) string {
	if short == "" {
		return ""
	}
	return c.doc.Name + "." + short
}

func (c *compiler) root() {
	for _, k := range c.doc.Keywords {
		switch k.Name {
		case "x-pw-words":
			c.read(k, &c.api.Words)
		case "x-pw-absent":
			c.read(k, &c.api.Absent)
		case "x-pw-gate-names":
			c.read(k, &c.api.Gates)
		case "x-pw-auth":
			c.auth(k)
		case "x-pw-errors":
			if c.read(k, &c.api.Errors) {
				c.rules(k)
			}
		case "x-pw-limits":
			c.read(k, &c.api.Limits)
		case "x-pw-changes":
			if c.read(k, &c.api.Changes) {
				maps.DeleteFunc(c.api.Changes, func(name string, _ Change) bool {
					return c.objects[c.full(name)] == nil // this version of the file does not have it
				})
			}
		case "x-pw-deletes":
			c.deletions(k)
		case "x-pw-entities":
			c.entities(k)
		case "x-pw-events":
			c.events(k)
		case "x-pw-snapshot":
			c.survey(k)
		case "x-pw-describe":
			c.describe(k)
		case "x-pw-published":
			c.published(k)
		case "x-pw-webhooks":
			c.webhooks(k)
		}
	}
	c.schemes()
}

func (c *compiler) rules(k openapi.Keyword) {
	classes := []Class{
		ClassOK, ClassAbsent, ClassRetry, ClassLimit, ClassRefresh, ClassUnknown, ClassDuplicate, ClassData, ClassPerson, ClassBug,
	}
	for i, r := range c.api.Errors.Rules {
		if !slices.Contains(classes, r.Class) {
			c.fault(k, "rule %d of x-pw-errors has class %q, which is none of %v", i, r.Class, classes)
		}
		if r.Write != "" && !slices.Contains(classes, r.Write) {
			c.fault(k, "rule %d of x-pw-errors has write class %q, which is none of %v", i, r.Write, classes)
		}
	}
}

// entities reads what the overlay says about records; object names are short there.
func (c *compiler) entities(k openapi.Keyword) {
	if !c.read(k, &c.api.Entities) {
		return
	}
	for name, e := range c.api.Entities {
		e.Object = c.full(cmp.Or(e.Object, name))
		if c.objects[e.Object] == nil {
			delete(c.api.Entities, name) // this version of the file does not have it
			continue
		}
		c.api.Entities[name] = e
	}
}

func (c *compiler) operation(raw openapi.Operation) *Operation {
	o := &Operation{
		API: c.doc.Name, ID: raw.ID, Method: raw.Method, Path: raw.Path, Server: raw.Server, Summary: raw.Summary, Doc: raw.Doc,
		Effect: effectOf(raw.Method, raw.ID), Request: bodyOf(raw.Request), Response: bodyOf(raw.Response), Scopes: raw.Scopes,
	}
	for _, p := range raw.Params {
		if p.In == "header" && c.api.Auth.Tenant != "" && strings.EqualFold(p.Name, c.api.Auth.Tenant) {
			continue // the connection sends it
		}
		if a := c.api.Auth; a.Flow == FlowAPIKey && In(p.In) == a.In && strings.EqualFold(p.Name, a.Name) {
			continue // so is the key
		}
		o.Params = append(o.Params, Param{Name: p.Name, In: In(p.In), Type: p.Type, Required: p.Required, Doc: p.Doc, Repeated: p.Repeated})
	}
	o.Entity = c.entityOf(o)
	for _, k := range raw.Keywords {
		c.keyword(o, k)
	}
	c.finish(o)
	return o
}

// effectOf is what a method means where nothing else is said. PUT and POST are taken
// to create, the most careful reading, unless the operation's own name says more.
func effectOf(method, id string) Effect {
	switch method {
	case "GET", "HEAD", "OPTIONS", "TRACE":
		return EffectNone
	case "PATCH":
		return EffectUpdate
	case "DELETE":
		return EffectDelete
	}
	for _, verb := range []struct {
		prefix string
		effect Effect
	}{{"update", EffectUpdate}, {"delete", EffectDelete}, {"email", EffectSend}, {"send", EffectSend}} {
		if strings.HasPrefix(strings.ToLower(id), verb.prefix) {
			return verb.effect
		}
	}
	return EffectCreate
}

func bodyOf(b *openapi.Body) *Body {
	if b == nil {
		return nil
	}
	return &Body{Type: b.Type, Envelope: b.Envelope, Many: b.Many, Media: b.Media}
}

// readRecords notes what a GET reads at each path.
func (c *compiler) readRecords() {
	c.records = map[string]string{}
	for _, raw := range c.doc.Operations {
		if b := raw.Response; raw.Method == "GET" && b != nil && b.Type.Kind == schema.ObjectK && c.objects[b.Type.Ref].Key != "" {
			c.records[raw.Path] = b.Type.Ref
		}
	}
}

// entityOf guesses the entity from the types: what is sent, else what comes back. A call
// that has neither, such as a delete, is about the record that is read at its path.
func (c *compiler) entityOf(o *Operation) string {
	for _, b := range []*Body{o.Request, o.Response} {
		if b != nil && b.Type.Kind == schema.ObjectK {
			return b.Type.Ref
		}
	}
	if o.Request == nil && o.Response == nil {
		return c.records[o.Path]
	}
	return ""
}

// finish settles what follows from several keywords together.
func (c *compiler) finish(o *Operation) {
	if o.Effect == EffectNone {
		o.Repeat = nil
	} else if o.Repeat == nil {
		o.Repeat = &Repeat{Way: WayAsk}
	}
	if o.Repeat != nil && o.Repeat.Header != "" {
		o.Params = slices.DeleteFunc(o.Params, func(p Param) bool {
			return p.In == InHeader && strings.EqualFold(p.Name, o.Repeat.Header) // the engine sends it
		})
		if len(o.Params) == 0 {
			o.Params = nil // as it comes back from the cache
		}
	}
	c.keyParam(o)
	c.oneRecord(o)
}

// oneRecord makes the read of one record by its key, or by what the vendor keeps unique,
// answer that record, where the vendor wraps it in a list of one.
func (c *compiler) oneRecord(o *Operation) {
	entity := c.objects[o.Entity]
	if o.Effect != EffectNone || entity == nil || o.Response == nil || !o.Response.Many || o.Response.Type.Ref != o.Entity {
		return
	}
	for _, name := range append([]string{entity.Key}, entity.Natural...) {
		if name != "" && strings.HasSuffix(o.Path, "/{"+name+"}") {
			o.Response.Many = false
		}
	}
}

// keyParam gives the path parameter that carries an entity's id the id's type: the one
// that is called like the key field.
func (c *compiler) keyParam(o *Operation) {
	entity := c.objects[o.Entity]
	if entity == nil || entity.Key == "" {
		return
	}
	for i, p := range o.Params {
		if p.In == InPath && strings.EqualFold(p.Name, entity.Key) && p.Type.Kind == schema.String && p.Type.Nominal == "" {
			o.Params[i].Type.Nominal = entity.Name + "." + entity.Key
		}
	}
}

// deriveEntities fills what the overlay leaves open about who reads and writes what.
func (c *compiler) deriveEntities(ops []*Operation) {
	if c.api.Entities == nil {
		c.api.Entities = map[string]Entity{}
	}
	for _, o := range ops {
		if c.objects[o.Entity] == nil || c.objects[o.Entity].Key == "" {
			continue
		}
		short := strings.TrimPrefix(o.Entity, c.doc.Name+".")
		e := c.api.Entities[short]
		e.Object = o.Entity
		reads := o.Effect == EffectNone && o.Response != nil && o.Response.Type.Ref == o.Entity
		switch byKey := c.hasKeyParam(o); {
		case reads && byKey:
			e.Get = cmp.Or(e.Get, o.ID)
		case reads && o.Response.Many:
			e.List = cmp.Or(e.List, o.ID)
		case o.Effect == EffectCreate && !strings.Contains(o.Path, "{"):
			e.Create = cmp.Or(e.Create, o.ID)
		case o.Effect == EffectUpdate && byKey:
			e.Update = cmp.Or(e.Update, o.ID)
		}
		c.api.Entities[short] = e
	}
}

func (c *compiler) hasKeyParam(o *Operation) bool {
	key := o.Entity + "." + c.objects[o.Entity].Key
	return slices.ContainsFunc(o.Params, func(p Param) bool {
		return p.In == InPath && p.Type.Nominal == key && strings.HasSuffix(o.Path, "{"+p.Name+"}")
	})
}

// verify reports keywords that name operations which do not exist.
func (c *compiler) verify(out *compiled) {
	ids := make(map[string]bool, len(out.operations))
	for _, o := range out.operations {
		ids[o.ID] = true
	}
	check := func(where, id string) {
		if id != "" && !ids[id] {
			c.list = append(c.list, unknownOperation(c.doc.Name, where, id))
		}
	}
	filter := func(where string, l Lookup) {
		check(where, l.Operation)
		i := slices.IndexFunc(out.operations, func(o *Operation) bool { return o.ID == l.Operation })
		if i >= 0 && l.Filter != "" && !out.operations[i].filters(l.Filter) {
			c.list = append(c.list, noFilter(c.doc.Name, where, l))
		}
	}
	for _, o := range out.operations {
		if o.Repeat != nil && o.Repeat.Lookup != nil {
			filter("x-pw-repeat of "+o.ID, *o.Repeat.Lookup)
		}
	}
	if d := c.api.Describe; d != nil && (!ids[d.List] || !ids[d.Object]) {
		c.api.Describe = nil // this version of the file does not have it
	}
	for _, name := range slices.Sorted(maps.Keys(c.api.Entities)) {
		e := c.api.Entities[name]
		for _, id := range []string{e.Get, e.List, e.Create, e.Update} {
			check("x-pw-entities "+name, id)
		}
		for _, field := range slices.Sorted(maps.Keys(e.Find)) {
			filter("x-pw-entities "+name+" find "+field, e.Find[field])
		}
	}
	for _, named := range c.api.Survey.operations() {
		check(named[0], named[1])
	}
	c.checkDeletions(out.operations, check)
	for _, name := range slices.Sorted(maps.Keys(c.api.Changes)) {
		ch := c.api.Changes[name]
		check("x-pw-changes "+name, ch.Operation)
		for _, o := range out.operations {
			if o.ID == ch.Operation && !canAsk(o, ch) {
				c.list = append(c.list, noSince(c.doc.Name, name, o.ID))
			}
		}
	}
}

// filters reports whether the parameter takes a filter or a query built by us.
func (o *Operation) filters(param string) bool {
	return o.Filter != nil && o.Filter.Param == param || o.Query != nil && o.Query.Param == param
}

// canAsk reports whether an operation can be asked for what changed: a query by a condition,
// a list by a parameter of its own, and whole by another that is true or false.
func canAsk(o *Operation, ch Change) bool {
	if ch.Since == "" {
		return ch.All == ""
	}
	all, known := o.Param(ch.All)
	if ch.All != "" && (!known || all.Type.Kind != schema.Bool) {
		return false
	}
	p, ok := o.Param(ch.Since)
	return ok && p.Type.Kind == schema.Instant && o.Query == nil
}
