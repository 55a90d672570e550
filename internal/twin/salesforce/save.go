package salesforce

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
)

// touched is the set of fields that a request mentions, by their proper names.
type touched map[string]bool

// decodeBody reads a request body: one JSON object with numbers as written.
func decodeBody(data []byte) (map[string]any, *apiError) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var in map[string]any
	if err := d.Decode(&in); err != nil {
		return nil, errParser("The HTTP entity body is required to be a JSON object: " + err.Error())
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errParser("Unexpected text after the JSON object")
	}
	if in == nil {
		return nil, errParser("The HTTP entity body is required, but this request has no entity body.")
	}
	return in, nil
}

// row returns the live record of that object and id, the id in either form.
func (t *Twin) row(object, id string) (*row, *apiError) {
	o, ok := t.schema.find(object)
	if !ok {
		return nil, errNotFound()
	}
	long, ok := LongID(id)
	if !ok {
		return nil, errMalformedID(id)
	}
	r, ok := t.store.ids[long]
	switch {
	case !ok || r.o != o:
		return nil, errNotFound()
	case r.deleted:
		return nil, errDeleted()
	}
	return r, nil
}

// create makes a record of what a request brought.
func (t *Twin) create(o *object, in map[string]any) (*row, *apiError) {
	v := map[string]any{}
	for _, f := range o.fields {
		if f.initial != nil {
			v[f.name] = f.initial
		}
	}
	said, refusal := t.assign(o, v, in, func(f *field) bool { return f.create })
	if refusal != nil {
		return nil, refusal
	}
	if _, ok := o.index["ownerid"]; ok && v["OwnerId"] == nil {
		v["OwnerId"] = t.userID
	}
	var missing []string
	for _, f := range o.fields {
		if f.needed && f.create && v[f.name] == nil {
			missing = append(missing, f.name)
		}
	}
	if missing != nil {
		return nil, errRequired(missing...)
	}
	if refusal := t.settle(o, nil, v, said); refusal != nil {
		return nil, refusal
	}
	if refusal := t.taken(o, v, nil); refusal != nil {
		return nil, refusal
	}
	v["Id"] = t.store.newID(o)
	v["CreatedDate"], v["CreatedById"] = stamp(t.opt.Now()), t.userID
	t.touch(v)
	r := &row{o: o, v: v}
	t.store.add(r)
	t.settled(r)
	return r, nil
}

// update changes a record as a request says. A save without a change moves the
// stamps too, as the vendor's does.
func (t *Twin) update(r *row, in map[string]any) *apiError {
	v := maps.Clone(r.v)
	said, refusal := t.assign(r.o, v, in, func(f *field) bool { return f.update })
	if refusal != nil {
		return refusal
	}
	if refusal := t.settle(r.o, r.v, v, said); refusal != nil {
		return refusal
	}
	if refusal := t.taken(r.o, v, r); refusal != nil {
		return refusal
	}
	t.touch(v)
	t.store.replace(r, v)
	t.settled(r)
	return nil
}

// touch moves the stamps of a save.
func (t *Twin) touch(v map[string]any) {
	now := stamp(t.opt.Now())
	v["LastModifiedDate"], v["LastModifiedById"], v["SystemModstamp"] = now, t.userID, now
}

// assign puts the members of a request into v after checking each against its field.
func (t *Twin) assign(o *object, v, in map[string]any, may func(*field) bool) (touched, *apiError) {
	said := touched{}
	var refused []string
	for _, name := range slices.Sorted(maps.Keys(in)) {
		if name == "attributes" {
			continue
		}
		f, ok := o.find(name)
		switch {
		case !ok:
			return nil, errNoColumn(name, o.name)
		case f.kind == kindID:
			return nil, errSystemField(f.name)
		case !may(f):
			refused = append(refused, f.name)
			continue
		}
		value, refusal := f.convert(in[name])
		if refusal != nil {
			return nil, refusal
		}
		if refusal := t.checkReference(f, value); refusal != nil {
			return nil, refusal
		}
		v[f.name], said[f.name] = value, true
	}
	if refused != nil {
		return nil, errNotWritable(refused...)
	}
	return said, nil
}

// checkReference refuses an id of another object and one that no live record has.
func (t *Twin) checkReference(f *field, value any) *apiError {
	id, ok := value.(string)
	if f.kind != kindRef || !ok {
		return nil
	}
	target, ok := t.schema.ofID(id)
	if !ok || !slices.Contains(f.targets, target.name) {
		return badRequest("MALFORMED_ID", f.label+": id value of incorrect type: "+id, f.name)
	}
	if _, ok := t.store.live(id); !ok {
		return errCrossReference(f)
	}
	return nil
}

// remove deletes a record and what belongs to it. Records of an object without a
// recycle bin, the lines of an opportunity, are gone for queryAll too.
func (t *Twin) remove(r *row) *apiError {
	if r.o.name == "Product2" || r.o.name == "Pricebook2" {
		for _, c := range r.o.children {
			if len(t.store.pointing(c.object, c.field, r.id())) > 0 {
				return badRequest("DELETE_FAILED", "Your attempt to delete "+r.str("Name")+" could not be completed because it is associated with records of "+c.object)
			}
		}
	}
	t.bury(r)
	if r.o.name == "OpportunityLineItem" {
		if opp, ok := t.store.live(r.str("OpportunityId")); ok {
			t.rollUp(opp)
		}
	}
	return nil
}

func (t *Twin) bury(r *row) {
	v := maps.Clone(r.v)
	v["IsDeleted"] = true
	t.touch(v)
	t.store.replace(r, v)
	r.deleted = true
	for _, c := range r.o.children {
		if !c.cascade {
			continue
		}
		for _, below := range t.store.pointing(c.object, c.field, r.id()) {
			t.bury(below)
		}
	}
}

// personName joins the parts of a name as the vendor derives it.
func personName(v map[string]any) any {
	first, _ := v["FirstName"].(string)
	last, _ := v["LastName"].(string)
	name := strings.TrimSpace(first + " " + last)
	if name == "" {
		return nil
	}
	return name
}
