package salesforce

import (
	"fmt"
	"maps"
	"strings"
	"time"
)

// Saved is what a transaction did to one record: what change events are made of.
type Saved struct {
	// Transaction numbers what was committed together.
	Transaction uint64
	At          time.Time
	Object, ID  string
	// Before is nil for a record that was made. Both hold every field, hidden ones too.
	Before, After map[string]any
	User, Origin  string // who, and through which client
}

// saveLog is the history of saves of those objects that are selected for it.
type saveLog struct {
	objects map[string]bool
	list    []Saved
	more    chan struct{} // closed with the next save
}

// Select begins the history of an org's saves, of these objects only. An org keeps none
// before, nor of what was loaded.
func (t *Twin) Select(objects ...string) {
	t.lock()
	defer t.mu.Unlock()
	l := &saveLog{objects: map[string]bool{}, more: make(chan struct{})}
	for _, o := range objects {
		l.objects[o] = true
	}
	t.store.saves = l
}

// Saves takes the history so far: it is handed out once. More is closed when there may be
// more; it is nil for an org without a history.
func (t *Twin) Saves() (list []Saved, more <-chan struct{}) {
	t.lock()
	defer t.mu.Unlock()
	l := t.store.saves
	if l == nil {
		return nil, nil
	}
	list, l.list = l.list, nil
	if len(list) > 0 {
		l.more = make(chan struct{})
	}
	return list, l.more
}

// saved notes a save of the store's; one that is taken back is forgotten.
func (s *store) saved(r *row, before map[string]any) {
	l := s.saves
	if l == nil || !l.objects[r.o.name] {
		return
	}
	by, _ := r.v["LastModifiedById"].(string)
	l.list = append(l.list, Saved{
		Transaction: s.transaction, At: s.now(), Object: r.o.name, ID: r.id(), Before: before, After: maps.Clone(r.v), User: by, Origin: s.origin,
	})
	s.undo.note(func() { l.list = l.list[:len(l.list)-1] })
	select {
	case <-l.more:
	default:
		close(l.more)
	}
}

// originOf is what change events say of where a call came from.
func originOf(q *request) string {
	var origin strings.Builder
	fmt.Fprintf(&origin, "com/salesforce/api/rest/%d.0", q.version())
	for part := range strings.SplitSeq(q.header.Get("Sforce-Call-Options"), ",") {
		if part = strings.TrimSpace(part); strings.HasPrefix(part, "client=") {
			origin.WriteString(";" + part)
		}
	}
	return origin.String()
}

// Field is a field as the schema of change events has it.
type Field struct {
	Name string
	// Kind is Avro's: string, boolean, int, double, long; date and datetime are longs.
	Kind string
	// Hidden says that the calling user does not see it: it stays in the schema.
	Hidden bool
	// Parts are what a compound field holds, by the name in it: City is BillingCity.
	Parts []Part
}

// Part is a field of a compound one.
type Part struct{ Name, Field string }

// EventFields lists the fields of an object that its change events have. IsDeleted,
// SystemModstamp and what formulas compute are no part of events.
func (t *Twin) EventFields(object string) []Field {
	t.lock()
	defer t.mu.Unlock()
	o, ok := t.schema.names[strings.ToLower(object)]
	if !ok {
		return nil
	}
	parts := map[string]bool{}
	var out []Field
	for i := range o.fields {
		f := &o.fields[i]
		if f.kind != kindAddress && (f.name != "Name" || o.name != "Contact") {
			continue
		}
		prefix := strings.TrimSuffix(f.name, "Address")
		names := []string{"Street", "City", "State", "PostalCode", "Country", "Latitude", "Longitude", "GeocodeAccuracy"}
		if f.kind != kindAddress {
			prefix, names = "", []string{"Salutation", "FirstName", "LastName"}
		}
		made := Field{Name: f.name, Kind: "record", Hidden: f.hidden}
		for _, name := range names {
			if _, has := o.index[strings.ToLower(prefix+name)]; has {
				parts[prefix+name] = true
				made.Parts = append(made.Parts, Part{name, prefix + name})
			}
		}
		out = append(out, made)
	}
	compound := map[string]Field{}
	for _, f := range out {
		compound[f.Name] = f
	}
	out = nil
	for i := range o.fields {
		f := &o.fields[i]
		if c, is := compound[f.name]; is {
			out = append(out, c)
			continue
		}
		if parts[f.name] || f.name == "Id" || f.name == "IsDeleted" || f.name == "SystemModstamp" {
			continue
		}
		out = append(out, Field{Name: f.name, Kind: avroKind(f.kind), Hidden: f.hidden})
	}
	return out
}

func avroKind(k kind) string {
	switch k {
	case kindBool:
		return "boolean"
	case kindInt:
		return "int"
	case kindDouble, kindCurrency, kindPercent:
		return "double"
	case kindDate:
		return "date"
	case kindDateTime:
		return "datetime"
	default:
		return "string"
	}
}

// AddField gives an object another field, as an admin does while the org is used.
func (t *Twin) AddField(object string, field map[string]any) error {
	t.lock()
	defer t.mu.Unlock()
	r := map[string]any{"Object": object}
	maps.Copy(r, field)
	o, ok := t.schema.find(object)
	if !ok {
		return fmt.Errorf("add field to %s: no such object", object)
	}
	if err := addCustomField(t.schema, r); err != nil {
		return err
	}
	last := len(o.fields) - 1
	o.index[strings.ToLower(o.fields[last].name)] = last
	if o.fields[last].indexed() {
		o.indexed = append(o.indexed, last)
	}
	t.described = t.opt.Now()
	t.admin[customFields] = append(t.admin[customFields], r)
	return nil
}

// OrgID returns the org's id of 18 characters.
func (t *Twin) OrgID() string { return t.orgID }

// Signed returns the user that an access token stands for, and whether it works. It counts
// as a use of the token.
func (t *Twin) Signed(token string) (user string, ok bool) {
	t.lock()
	defer t.mu.Unlock()
	s := t.session(token)
	if s == nil || !s.may("api", "full") {
		return "", false
	}
	s.used = t.opt.Now()
	return s.user, true
}

// Now is the org's clock.
func (t *Twin) Now() time.Time { return t.opt.Now() }
