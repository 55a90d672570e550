package salesforce

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// touched is the set of fields that a request mentions, by their proper names.
type touched map[string]bool

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
	if refusal := t.mayCreate(o); refusal != nil {
		return nil, refusal
	}
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
	t.fill(o, v)
	if refusal := o.missing(v, func(f *field) bool { return f.create }); refusal != nil {
		return nil, refusal
	}
	if refusal := t.examine(o, nil, v, said, nil); refusal != nil {
		return nil, refusal
	}
	v["Id"] = t.store.newID(o)
	v["CreatedDate"], v["CreatedById"] = stamp(t.opt.Now()), t.userID
	t.touch(v)
	r := &row{o: o, v: v}
	t.store.add(r)
	t.settled(r, nil)
	return r, nil
}

// update changes a record as a request says. A save without a change moves the
// stamps too, as is believed of the vendor's.
func (t *Twin) update(r *row, in map[string]any) *apiError {
	if refusal := t.mayEdit(r); refusal != nil {
		return refusal
	}
	v := maps.Clone(r.v)
	may := func(f *field) bool { return f.update }
	said, refusal := t.assign(r.o, v, in, may)
	if refusal != nil {
		return refusal
	}
	if refusal := r.o.missing(v, may); refusal != nil {
		return refusal
	}
	if refusal := t.examine(r.o, r.v, v, said, r); refusal != nil {
		return refusal
	}
	if t.otherwise[doubtIdleSave] && maps.Equal(v, r.v) {
		return nil
	}
	t.touch(v)
	old := r.v
	t.store.replace(r, v)
	t.settled(r, old)
	return nil
}

// missing refuses a record that lacks what it needs, all of it at once.
func (o *object) missing(v map[string]any, may func(*field) bool) *apiError {
	var names []string
	for i := range o.fields {
		if f := &o.fields[i]; f.needed && may(f) && v[f.name] == nil {
			names = append(names, f.name)
		}
	}
	if names == nil {
		return nil
	}
	return errRequired(names...)
}

// fill gives a new record what it does not say and the org decides.
func (t *Twin) fill(o *object, v map[string]any) {
	if _, ok := o.index["ownerid"]; ok && v["OwnerId"] == nil {
		v["OwnerId"] = t.userID
	}
	if _, ok := o.index["recordtypeid"]; ok && v["RecordTypeId"] == nil {
		v["RecordTypeId"] = t.defaultType(o)
	}
	t.fillCurrency(o, v)
	t.fillNumbers(o, v)
}

// examine works out a record about to be saved and asks every rule about it, in the vendor's
// order: what the org decides, the admins' validation, unique values, duplicates. old and
// self are nil for a create.
func (t *Twin) examine(o *object, old, v map[string]any, said touched, self *row) *apiError {
	for _, step := range []func() *apiError{
		func() *apiError { return t.free(o, v) },
		func() *apiError { return t.checkType(o, old, v) },
		func() *apiError { return t.settle(o, old, v, said) },
		func() *apiError { return t.validate(o, old, v) },
		func() *apiError { return t.taken(o, v, self) },
		func() *apiError { return t.refuseDuplicates(o, old, v, self) },
	} {
		if refusal := step(); refusal != nil {
			return refusal
		}
	}
	return nil
}

// touch moves the stamps of a save.
func (t *Twin) touch(v map[string]any) {
	now := stamp(t.saveTime())
	v["LastModifiedDate"], v["LastModifiedById"], v["SystemModstamp"] = now, t.userID, now
}

// assign puts the members of a request into v after checking each against its field. What
// is wrong with their values is refused in one answer; a required one made null is for
// missing to find.
func (t *Twin) assign(o *object, v, in map[string]any, may func(*field) bool) (touched, *apiError) {
	said := touched{}
	var closed []string
	var wrong []errorItem
	for _, name := range slices.Sorted(maps.Keys(in)) {
		if name == "attributes" {
			continue
		}
		f, byKey, refusal := o.written(name)
		switch {
		case refusal != nil:
			return nil, refusal
		case !may(f):
			closed = append(closed, f.name)
			continue
		}
		value, refusal := t.valueOf(f, in[name], byKey)
		if refusal != nil {
			wrong = append(wrong, refusal.items...)
			continue
		}
		v[f.name], said[f.name] = value, true
	}
	if closed != nil {
		return nil, errNotWritable(closed...)
	}
	if wrong != nil {
		return nil, &apiError{status: http.StatusBadRequest, items: wrong}
	}
	return said, nil
}

// written returns the field that a member of a request means; byKey says that it names the
// relationship and brings the parent's key.
func (o *object) written(name string) (f *field, byKey bool, refusal *apiError) {
	f, ok := o.find(name)
	if !ok {
		f, byKey = o.parent(name)
	}
	switch {
	case f == nil:
		return nil, false, errNoColumn(name, o.name)
	case f.kind == kindID:
		return nil, false, errSystemField(f.name)
	}
	return f, byKey, nil
}

// valueOf returns what a member of a request puts into its field.
func (t *Twin) valueOf(f *field, in any, byKey bool) (any, *apiError) {
	if (in == nil || in == "") && f.needed && !f.limited && f.kind != kindBool {
		return nil, nil
	}
	if byKey && in != nil {
		return t.parentByKey(f, in)
	}
	value, refusal := f.convert(in)
	if refusal != nil {
		return nil, refusal
	}
	if t.keepsEmpty(f, in) {
		return "", nil
	}
	return value, t.checkReference(f, value)
}

// keepsEmpty reports whether a value is an empty text that is kept as it is.
func (t *Twin) keepsEmpty(f *field, in any) bool {
	return in == "" && !f.kind.number() && !slices.Contains([]kind{kindRef, kindDate, kindDateTime}, f.kind) && t.otherwise[doubtEmptyText]
}

// checkReference refuses an id of another object and one that no live record has.
func (t *Twin) checkReference(f *field, value any) *apiError {
	id, ok := value.(string)
	if f.kind != kindRef || !ok {
		return nil
	}
	if owner, ok := t.store.live(id); ok && f.name == "OwnerId" && owner.o.name == "User" && !owner.is("IsActive") {
		return badRequest("INACTIVE_OWNER_OR_USER", "operation performed with inactive user ["+id+"] as owner", []string{}...)
	}
	target, ok := t.schema.ofID(id)
	if !ok || !slices.Contains(f.targets, target.name) {
		return badRequest("MALFORMED_ID", f.label+": id value of incorrect type: "+id, f.name)
	}
	switch r := t.store.ids[id]; {
	case r == nil || r.deleted && !r.o.bin:
		return errCrossReference(f)
	case r.deleted:
		return badRequest("ENTITY_IS_DELETED", "entity is deleted", f.name)
	}
	return nil
}

// remove deletes a record and what belongs to it. Records of an object without a
// recycle bin, the lines of an opportunity, are gone for queryAll too.
func (t *Twin) remove(r *row) *apiError {
	if refusal := t.mayRemove(r); refusal != nil {
		return refusal
	}
	if r.o.name == "Product2" || r.o.name == "Pricebook2" {
		for _, c := range r.o.children {
			if len(t.store.pointing(c.object, c.field, r.id())) > 0 {
				return badRequest("DELETE_FAILED", "Your attempt to delete "+r.str("Name")+" could not be completed because it is associated with records of "+c.object)
			}
		}
	}
	t.bury(r)
	switch r.o.name {
	case "OpportunityLineItem":
		if opp, ok := t.store.live(r.str("OpportunityId")); ok {
			t.rollUp(opp)
		}
	case "OpportunityContactRole":
		t.showPrimary(r.str("OpportunityId"))
	case "Task":
		t.settledTask(r, r.v)
	}
	return nil
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
