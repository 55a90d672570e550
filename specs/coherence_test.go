package specs_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/openapi"
	"github.com/planwright/planwright/specs/schema"
)

// coherence gathers what an API says and does not keep.
type coherence struct {
	cat   *catalog.Catalog
	api   *catalog.API
	doc   *openapi.Document
	found []string
	seen  map[string]int // how often each rule had something to judge
	// elsewhere lists objects that may be pointed at and not be there, hidden the fields
	// that some tenants do not have.
	elsewhere, hidden []string
}

func (c *coherence) notef(rule, format string, args ...any) {
	c.found = append(c.found, rule+": "+fmt.Sprintf(format, args...))
}

// leftOut lists objects that our description of Salesforce points at and does not hold:
// an id of one can be passed on, and nothing else.
var leftOut = []string{"Campaign", "ExternalDataSource", "Pricebook2", "Profile", "RecordType", "UserRole"}

// judge applies every rule to one API under its overlay.
func judge(t *testing.T, src catalog.Source, elsewhere, hidden []string) *coherence {
	t.Helper()
	cat := open(t, []catalog.Source{src})
	doc, found := openapi.Load(src.Name, src.Spec, src.Overlay, openapi.Limits{})
	if found.HasErrors() {
		t.Fatal(found)
	}
	c := &coherence{cat: cat, doc: doc, seen: map[string]int{}, elsewhere: elsewhere, hidden: hidden}
	c.api, _ = cat.API(src.Name)
	for _, name := range cat.Objects(src.Name) {
		o, _ := cat.Object(name)
		c.object(o)
	}
	for i, o := range cat.Operations(src.Name) {
		c.operation(o, doc.Operations[i])
	}
	for _, short := range slices.Sorted(maps.Keys(c.api.Entities)) {
		c.entity(short, c.api.Entities[short])
	}
	for _, short := range slices.Sorted(maps.Keys(c.api.Changes)) {
		c.change(short, c.api.Changes[short])
	}
	for _, s := range c.api.Auth.Scopes {
		c.scope("x-pw-auth", s)
	}
	for gate, words := range c.api.Gates {
		kind, name, ok := strings.Cut(gate, ":")
		if !ok || name == "" || !slices.Contains([]string{"edition", "tier", "region"}, kind) || !strings.Contains(words, " ") {
			c.notef("gate", "%q is no kind:name, or %q no sentence", gate, words)
		}
	}
	return c
}

// key judges a type that is an id: the object and its field are there.
func (c *coherence) key(at string, t schema.Type) {
	if t.Elem != nil {
		c.key(at, *t.Elem)
	}
	if t.Nominal == "" {
		return
	}
	c.seen["foreign key"]++
	dot := strings.LastIndexByte(t.Nominal, '.')
	o, ok := c.cat.Object(t.Nominal[:dot])
	if !ok && slices.Contains(c.elsewhere, strings.TrimPrefix(t.Nominal[:dot], c.api.Name+".")) {
		return
	}
	if !ok {
		c.notef("foreign key", "%s is a %s, and there is no such object", at, t.Nominal)
		return
	}
	if f, ok := o.Field(t.Nominal[dot+1:]); !ok || f.Type.Kind != schema.String {
		c.notef("foreign key", "%s is a %s, and there is no such text", at, t.Nominal)
	}
}

// lacks reports a field that is not there, and need not be.
func (c *coherence) lacks(field string, there bool) bool {
	return !there && slices.Contains(c.hidden, field)
}

func (c *coherence) object(o *schema.Object) {
	for _, f := range o.Fields {
		c.key(o.Name+"."+f.Name, f.Type)
	}
	for _, n := range o.Natural {
		c.seen["natural key"]++
		if f, ok := o.Field(n); !c.lacks(n, ok) && (!ok || f.Type.Kind != schema.String) {
			c.notef("natural key", "%s.%s is no text of the object", o.Name, n)
		}
	}
	l := o.Lifecycle
	if l == nil {
		return
	}
	c.seen["lifecycle"]++
	f, ok := o.Field(l.Field)
	if !ok || f.ReadOnly || len(f.Type.Enum) == 0 {
		c.notef("lifecycle", "%s.%s cannot be sent, or lists no values", o.Name, l.Field)
	}
	if states := l.States(); !slices.Equal(states, slices.Sorted(slices.Values(f.Type.Enum))) {
		c.notef("lifecycle", "%s.%s has the states %v and the values %v", o.Name, l.Field, states, f.Type.Enum)
	}
	if len(l.Create) == 0 {
		c.notef("lifecycle", "no %s can be made", o.Name)
	}
}

func (c *coherence) scope(at, scope string) {
	c.seen["scope"]++
	if c.api.Auth.Known[scope] == "" && !slices.Contains(c.doc.Scopes, scope) {
		c.notef("scope", "%s asks for %s, which nobody describes", at, scope)
	}
}

func (c *coherence) operation(o *catalog.Operation, raw openapi.Operation) {
	for _, p := range o.Params {
		c.key(o.Name()+" "+p.Name, p.Type)
	}
	for _, s := range o.Scopes {
		c.scope(o.Name(), s)
	}
	for _, g := range o.Gates {
		c.seen["gate"]++
		if c.api.Gates[g] == "" {
			c.notef("gate", "%s needs %s, which nobody explains", o.Name(), g)
		}
	}
	for name := range o.Fixed {
		if _, ok := o.Param(name); !ok {
			c.notef("fixed", "%s has no parameter %s", o.Name(), name)
		}
	}
	c.write(o, raw)
}

// write judges that a write can be repeated the way it says.
func (c *coherence) write(o *catalog.Operation, raw openapi.Operation) {
	effects := []catalog.Effect{catalog.EffectNone, catalog.EffectCreate, catalog.EffectUpdate, catalog.EffectDelete, catalog.EffectSend}
	if !slices.Contains(effects, o.Effect) || (o.Effect == catalog.EffectNone) != (o.Repeat == nil) {
		c.notef("write", "%s has effect %q and repeat %v", o.Name(), o.Effect, o.Repeat)
	}
	r := o.Repeat
	if r == nil {
		return
	}
	c.seen["write"]++
	if r.Header != "" && !slices.ContainsFunc(raw.Params, func(p openapi.Param) bool { return p.In == "header" && p.Name == r.Header }) {
		c.notef("write", "%s takes no header %s", o.Name(), r.Header)
	}
	if r.Way != catalog.WayUnique && r.Way != catalog.WayProbe {
		return
	}
	entity, _ := c.cat.Object(o.Entity)
	request, ok := c.cat.Object(refOf(o.Request))
	if entity == nil || !ok {
		c.notef("write", "%s is found again by %s, and sends no record", o.Name(), r.Key)
		return
	}
	if f, ok := request.Field(r.Key); !c.lacks(r.Key, ok) && (!ok || f.ReadOnly) {
		c.notef("write", "%s cannot send its key %s", o.Name(), r.Key)
	}
	if r.Late <= 0 {
		c.notef("write", "%s is trusted at once after a lost answer", o.Name())
	}
	if r.Way == catalog.WayUnique && (!slices.Contains(entity.Natural, r.Key) || len(r.Duplicate) == 0) {
		c.notef("write", "%s calls %s unique; %s has %v, refusals begin %q", o.Name(), r.Key, entity.Name, entity.Natural, r.Duplicate)
	}
	if f, ok := entity.Field(r.Status); r.Status != "" && (!ok || len(f.Type.Enum) > 0 && !subsetOf(r.Dead, f.Type.Enum)) {
		c.notef("write", "%s: %s.%s is not there or never %v", o.Name(), entity.Name, r.Status, r.Dead)
	}
	c.lookup(o.Name()+" repeat", *r.Lookup, entity.Name)
}

func refOf(b *catalog.Body) string {
	if b == nil {
		return ""
	}
	return b.Type.Ref
}

func subsetOf(a, b []string) bool {
	return !slices.ContainsFunc(a, func(s string) bool { return !slices.Contains(b, s) })
}

// lookup judges that a read takes what it is asked by and answers records of the object.
func (c *coherence) lookup(at string, l catalog.Lookup, object string) {
	c.seen["lookup"]++
	o, ok := c.cat.Operation(c.api.Name + "." + l.Operation)
	if !ok || o.Effect != catalog.EffectNone {
		c.notef("lookup", "%s: no read %s", at, l.Operation)
		return
	}
	name := l.Param + l.Filter
	if p, ok := o.Param(name); !ok || p.Type.String() != "string" && p.Type.String() != "list(string)" && p.Type.Nominal == "" {
		c.notef("lookup", "%s: %s takes no text %s", at, o.Name(), name)
	}
	if o.Query == nil && (o.Response == nil || o.Response.Type.Ref != object) {
		c.notef("lookup", "%s: %s does not answer %s", at, o.Name(), object)
	}
	if o.Query != nil && o.Query.Param != name {
		c.notef("lookup", "%s: %s is not what %s takes its text by", at, name, o.Name())
	}
}

func (c *coherence) entity(short string, e catalog.Entity) {
	o, ok := c.cat.Object(e.Object)
	if !ok {
		c.notef("entity", "%s is no object", short)
		return
	}
	for id, effects := range map[string][]catalog.Effect{
		e.Get: {catalog.EffectNone}, e.List: {catalog.EffectNone}, e.Create: {catalog.EffectCreate}, e.Update: {catalog.EffectUpdate},
	} {
		op, ok := c.cat.Operation(c.api.Name + "." + id)
		if id != "" && (!ok || !slices.Contains(effects, op.Effect) || op.Entity != e.Object && op.Query == nil) {
			c.notef("entity", "%s: %s is not there, is about something else or does not have effect %v", short, id, effects)
		}
	}
	for field, l := range e.Find {
		if _, ok := o.Field(field); !ok && !c.lacks(field, ok) {
			c.notef("entity", "%s is found by %s, which it does not have", short, field)
		}
		c.lookup(short+" by "+field, l, e.Object)
	}
	for field, value := range e.Live {
		f, ok := o.Field(field)
		if !ok || f.Type.Kind == schema.Bool && value != "true" && value != "false" || len(f.Type.Enum) > 0 && !slices.Contains(f.Type.Enum, value) {
			c.notef("entity", "%s lives while %s is %s, which it never is", short, field, value)
		}
	}
	for _, field := range e.Match {
		if _, ok := o.Field(field); !ok && !c.lacks(field, ok) {
			c.notef("entity", "%s is recognised by %s, which it does not have", short, field)
		}
	}
}

func (c *coherence) change(short string, ch catalog.Change) {
	c.seen["change"]++
	o, ok := c.cat.Object(c.api.Name + "." + short)
	if !ok {
		c.notef("change", "%s is no object", short)
		return
	}
	if f, ok := o.Field(ch.Field); !ok || f.Type.Kind != schema.Instant {
		c.notef("change", "%s.%s is no instant", short, ch.Field)
	}
	if ch.Order != o.Key {
		c.notef("change", "%s: ties are broken by %s, the key is %s", short, ch.Order, o.Key)
	}
	op, _ := c.cat.Operation(c.api.Name + "." + ch.Operation)
	if op == nil || op.Query == nil && (op.Response == nil || op.Response.Type.Ref != o.Name) {
		c.notef("change", "%s: %s does not answer it", short, ch.Operation)
	}
}

// TestCoherence judges our descriptions, and the vendors' own files under our overlays
// where they are here.
func TestCoherence(t *testing.T) {
	sources := map[string]catalog.Source{}
	for _, s := range specs.Embedded() {
		sources["our "+s.Name] = s
		name := map[string]string{"xero": "xero_accounting.yaml", "salesforce": "salesforce-org-v59.oas.json.gz"}[s.Name]
		if _, err := os.Stat(filepath.Join("..", "..", "shared", "specs", name)); err != nil {
			t.Logf("SKIPPED: the vendor's %s is not here, so only ours is judged", name)
			continue
		}
		s.Spec = vendorFile(t, name)
		sources["the vendor's "+s.Name] = s
	}
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		t.Run(name, func(t *testing.T) {
			var elsewhere, hidden []string
			if name == "our salesforce" {
				elsewhere = leftOut
			}
			if name == "the vendor's salesforce" {
				hidden = orgDependent
			}
			c := judge(t, sources[name], elsewhere, hidden)
			for _, object := range elsewhere {
				if _, ok := c.cat.Object(c.api.Name + "." + object); ok {
					t.Errorf("%s is called left out, and is there", object)
				}
			}
			for _, f := range c.found {
				t.Error(f)
			}
			rules := []string{"foreign key", "natural key", "write", "scope", "gate", "lookup", "change"}
			if strings.Contains(name, "xero") {
				rules = append(rules, "lifecycle")
			}
			for _, rule := range rules {
				if c.seen[rule] == 0 {
					t.Errorf("nothing was judged by the rule %q", rule)
				}
			}
		})
	}
}

// TestCoherenceNotices breaks one promise of an overlay at a time; each must be seen.
func TestCoherenceNotices(t *testing.T) {
	for _, c := range []struct{ what, old, new, want string }{
		{"a foreign key without a target", "AccountCode: Account.Code, AccountID", "AccountCode: Account.Codex, AccountID", "foreign key: xero.LineItem.AccountCode"},
		{"a foreign key to nothing", "MergedToContactID: Contact.ContactID", "MergedToContactID: Person.ContactID", "foreign key: xero.Contact.MergedToContactID"},
		{"a natural key that is not there", "x-pw-natural: [ContactNumber, Name]", "x-pw-natural: [ContactCode, Name]", "natural key: xero.Contact.ContactCode"},
		{"unique by what is not", "x-pw-natural: [ContactNumber, Name]", "x-pw-natural: [Name]", "write: xero.createContacts calls ContactNumber unique"},
		{"a key that cannot be sent", "key: CreditNoteNumber", "key: RemainingCredit", "write: xero.createCreditNotes cannot send its key"},
		{"a header that is not taken", "x-pw-repeat: {way: keyed, header: Idempotency-Key, window: PT6M}", "x-pw-repeat: {way: keyed, header: Once, window: PT6M}", "takes no header Once"},
		{"a look-up by what is not taken", "lookup: {operation: getInvoices, param: InvoiceNumbers}", "lookup: {operation: getInvoices, param: Numbers}", "lookup: xero.createInvoices repeat"},
		{"a find by what is not there", "Reference: {operation: getPayments, filter: where}", "Refrence: {operation: getPayments, filter: where}", "entity: Payment is found by Refrence"},
		{"a find of other things", "Reference: {operation: getPayments, filter: where}", "Reference: {operation: getItems, filter: where}", "lookup: Payment by Reference"},
		{"a live state that never is", "live: {ContactStatus: ACTIVE}", "live: {ContactStatus: LIVE}", "entity: Contact lives while"},
		{"a state that is forgotten", "          PAID: []\n", "", "lifecycle: xero.Invoice.Status"},
		{"a dead state that never is", "dead: [VOIDED, DELETED]", "dead: [VOID]", "write: xero.createInvoices: xero.Invoice.Status"},
		{"a write that is trusted at once", "late: PT10S", "late: PT0S", "is trusted at once"},
		{"a tie that stays", "order: InvoiceID", "order: Date", "change: Invoice: ties"},
		{"a gate of an odd kind", `"edition:paying"`, `"paying"`, "gate: "},
		{"a fixed value for nothing", "x-pw-fixed: {unitdp: \"4\"}", "x-pw-fixed: {places: \"4\"}", "fixed: xero."},
	} {
		t.Run(c.what, func(t *testing.T) {
			src := specs.Embedded()[1]
			overlay := strings.ReplaceAll(string(src.Overlay), c.old, c.new)
			if overlay == string(src.Overlay) {
				t.Fatalf("the overlay does not say %q", c.old)
			}
			src.Overlay = []byte(overlay)
			found := judge(t, src, nil, nil).found
			if !slices.ContainsFunc(found, func(f string) bool { return strings.Contains(f, c.want) }) {
				t.Errorf("noticed %q, want %q", found, c.want)
			}
		})
	}
}
