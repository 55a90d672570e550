package check

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/runtime/tenant"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// oldLock is how far back a lock date must lie to be no news: a computed date before it
// would be a mistake of another kind. Demonstration companies carry one of many years ago.
const oldLock = 2 * 366 * 24 * time.Hour

// sent is a record that a plan sends, with the one around it.
type sent struct {
	object  *schema.Object
	members map[string]plan.Value
	places  map[string]string // pointers of the members
	around  *sent
}

// literalText is a literal as a snapshot would have it.
func literalText(l any) string { return fmt.Sprint(l) }

// record judges the record that a write or ensure sends.
func (l *landlord) record(at, part string, s *plan.Step, op *catalog.Operation, t schema.Type) {
	body := s.Body
	if s.Kind == plan.Ensure {
		body = s.Create
	}
	if body == nil {
		l.actions(at+"/"+string(s.Kind), op, &sent{})
		return
	}
	if t.Kind == schema.List && t.Elem != nil {
		t = *t.Elem
	}
	o, ok := l.cat.Object(t.Ref)
	if !ok || body.Kind != plan.ObjectV {
		return
	}
	top := l.open(plan.Join(at, part), o, *body, nil)
	for name, v := range s.Key {
		top.members[name], top.places[name] = v, plan.Join(at+"/key", name)
	}
	l.settable(at, part, op, top)
	l.inside(top, op.Effect == catalog.EffectCreate)
	l.actions(at+"/"+string(s.Kind), op, top)
}

// open lays out one map of a body.
func (*landlord) open(at string, o *schema.Object, v plan.Value, around *sent) *sent {
	r := &sent{object: o, members: map[string]plan.Value{}, places: map[string]string{}, around: around}
	for name, m := range v.Members {
		r.members[name], r.places[name] = m, plan.Join(at, name)
	}
	return r
}

// settable judges what the connection's user may set, and what the tenant demands.
func (l *landlord) settable(at, part string, op *catalog.Operation, r *sent) {
	o, described := l.snap.Objects[short(r.object.Name)]
	if !described || o.Hidden {
		return
	}
	create := op.Effect == catalog.EffectCreate
	for _, name := range sortedKeys(r.members) {
		f, visible := o.Fields[name]
		switch {
		case !visible:
			l.say(l.atKey, r.places[name], errHiddenField(r.object.Name, name, sortedKeys(o.Fields)))
		case create && !f.Createable:
			l.say(l.atKey, r.places[name], errFixedField(r.object.Name, name, "created"))
		case !create && !f.Updateable:
			l.say(l.atKey, r.places[name], errFixedField(r.object.Name, name, "updated"))
		}
	}
	for _, name := range sortedKeys(o.Fields) {
		if _, given := r.members[name]; create && o.Fields[name].Required && !given {
			l.say(l.at, plan.Join(at, part), errTenantMissing(r.object.Name, name))
		}
	}
}

// inside judges every value of a record, and of those in it.
func (l *landlord) inside(r *sent, create bool) {
	for _, name := range sortedKeys(r.members) {
		if f, ok := r.object.Field(name); ok {
			l.value(r, f, r.places[name], r.members[name], f.Type, create)
		}
	}
}

func (l *landlord) value(r *sent, f schema.Field, at string, v plan.Value, t schema.Type, create bool) {
	switch {
	case v.Kind == plan.EachV && t.Elem != nil:
		l.value(r, f, at+"/do", v.Each.Do, *t.Elem, create)
	case v.Kind == plan.ListV && t.Elem != nil:
		for i, item := range v.Items {
			l.value(r, f, plan.Join(at, itoa(i)), item, *t.Elem, create)
		}
	case v.Kind == plan.ObjectV:
		if o, ok := l.cat.Object(t.Ref); ok {
			l.inside(l.open(at, o, v, r), create)
		}
	default:
		l.leaf(r, f, at, v, create)
	}
}

// leaf judges one value. One of which several are possible is wrong when all of them are.
func (l *landlord) leaf(r *sent, f schema.Field, at string, v plan.Value, create bool) {
	values := l.constants(at, v)
	l.listed(r, f, at, values)
	if !create || r.around != nil || !ownCode(r.object, f) {
		l.named(r, f, at, values)
	}
	for _, rule := range l.rules[r.object.Name+"."+f.Name] {
		if !l.applies(rule.When, r) {
			continue
		}
		l.enabled(rule, f, at, values)
		l.unlocked(rule, f, at, v, values)
	}
}

// listed judges a text against the tenant's picklist and length.
func (l *landlord) listed(r *sent, f schema.Field, at string, values []string) {
	own, ok := l.snap.Objects[short(r.object.Name)].Fields[f.Name]
	if !ok || len(values) == 0 {
		return
	}
	if len(own.Values) > 0 {
		wrong := ""
		if !overlap(values, own.Values) {
			wrong = values[0]
		} else if prog := l.exprs[at]; prog != nil { // each text that the plan has written may come up
			wrong = outside(prog.Type().Written, own.Values)
		}
		if wrong != "" {
			l.say(l.at, at, errPicklist(r.object.Name, f.Name, wrong, own))
		}
	}
	if n := utf8.RuneCountInString(values[0]); f.Type.Kind == schema.String && own.Length > 0 && n > own.Length && len(values) == 1 {
		l.say(l.at, at, errTenantLong(r.object.Name, f.Name, n, own.Length))
	}
}

// named judges the record that a field names by its id or code: it is there, in use, and
// fit to stand in this field of this record.
func (l *landlord) named(r *sent, f schema.Field, at string, values []string) {
	target := f.Type.Nominal
	if f.Type.Kind == schema.List && f.Type.Elem != nil {
		target = f.Type.Elem.Nominal
	}
	if target == "" || len(values) == 0 || l.api.Survey == nil {
		return
	}
	object, field := short(objectOf(target)), short(target)
	if len(values) > 1 {
		return // a choice between records, each of which may be right where it is made
	}
	if d := dead(l.api.Survey.Records[object], l.snap, object, field, values[0]); d != nil {
		l.say(l.at, at, *d)
		return
	}
	if rec, found, _ := l.snap.Find(object, field, values[0]); found {
		l.fit(r, f, at, object, rec, values[0])
	}
}

// fit judges a record by the rules of the field that names it. Where the record beside it
// decides, a rule for a direction has nothing to add.
func (l *landlord) fit(r *sent, f schema.Field, at, object string, rec tenant.Record, value string) {
	rules := l.rules[r.object.Name+"."+f.Name]
	decided := false
	for _, rule := range rules {
		if rule.Beside == "" || !l.applies(rule.When, r) {
			continue
		}
		other, name, ok := l.beside(rule, r)
		flag := rule.Flags[other[rule.By]]
		if !ok || flag == "" {
			continue
		}
		decided = true
		if rec[flag] == "false" {
			of, _ := r.object.Field(rule.Beside)
			l.say(l.at, at, errUnfitPair(object, value, short(objectOf(of.Type.Nominal)), name, flag))
		}
	}
	for _, rule := range rules {
		if len(rule.When) > 0 && decided || !l.applies(rule.When, r) {
			continue
		}
		field, bad := breaks(rule, rec)
		switch {
		case !bad:
		case len(rule.When) > 0:
			l.say(l.at, at, errWrongDirection(object, value, f.Name, l.because(rule.When, r), field, stated(rec[field])))
		default:
			l.say(l.at, at, errUnfitRecord(object, value, f.Name, field, stated(rec[field])))
		}
	}
}

// beside finds the record that another field of the same record names by a literal.
func (l *landlord) beside(rule catalog.SurveyRule, r *sent) (rec tenant.Record, value string, ok bool) {
	f, has := r.object.Field(rule.Beside)
	v, given := r.members[rule.Beside]
	if !has || !given || f.Type.Nominal == "" {
		return nil, "", false
	}
	values := l.constants(r.places[rule.Beside], v)
	if len(values) != 1 {
		return nil, "", false
	}
	rec, ok, _ = l.snap.Find(short(objectOf(f.Type.Nominal)), short(f.Type.Nominal), values[0])
	return rec, values[0], ok
}

// breaks names the field by which a record breaks a rule.
func breaks(rule catalog.SurveyRule, rec tenant.Record) (field string, bad bool) {
	for _, field := range sortedKeys(rule.Must) {
		if v, has := rec[field]; has && !slices.Contains(rule.Must[field], v) {
			return field, true
		}
	}
	for _, field := range sortedKeys(rule.Not) {
		v, has := rec[field]
		if has && (slices.Contains(rule.Not[field], v) || slices.Contains(rule.Not[field], "*")) {
			return field, true
		}
	}
	return "", false
}

// applies reports whether fields of the record, or of those around it, are known to have
// the wanted values.
func (l *landlord) applies(when map[string][]string, r *sent) bool {
	for _, field := range sortedKeys(when) {
		if v, known := l.given(field, r); !known || !slices.Contains(when[field], v) {
			return false
		}
	}
	return true
}

// because says in words the condition that a rule found true.
func (l *landlord) because(when map[string][]string, r *sent) string {
	var parts []string
	for _, field := range sortedKeys(when) {
		v, _ := l.given(field, r)
		parts = append(parts, field+" is "+stated(v))
	}
	return strings.Join(parts, " and ")
}

// given is the literal in a field of the nearest record that has such a field, "" when it
// is left out; known is false when it is computed, or no record has it.
func (l *landlord) given(field string, r *sent) (value string, known bool) {
	for ; r != nil && r.object != nil; r = r.around {
		if _, has := r.object.Field(field); !has {
			continue
		}
		v, set := r.members[field]
		if !set {
			return "", true
		}
		values := l.constants(r.places[field], v)
		if len(values) != 1 {
			return "", false
		}
		return values[0], true
	}
	return "", false
}

// enabled judges a value that must be among those of kept records.
func (l *landlord) enabled(rule catalog.SurveyRule, f schema.Field, at string, values []string) {
	if len(rule.In) == 0 || len(values) == 0 {
		return
	}
	var known []string
	for _, path := range rule.In {
		of := l.snap.Values(path)
		if of == nil {
			return
		}
		known = append(known, of...)
	}
	if !overlap(values, known) {
		slices.Sort(known)
		l.say(l.at, at, errNotEnabled(f.Name, values[0], slices.Compact(known)))
	}
}

// unlocked judges a date that must come after the tenant's lock dates.
func (l *landlord) unlocked(rule catalog.SurveyRule, f schema.Field, at string, v plan.Value, values []string) {
	for _, path := range rule.After {
		for _, lock := range l.snap.Values(path) {
			day, err := time.Parse(time.DateOnly, lock)
			switch {
			case err != nil:
			case len(values) == 1 && values[0] <= lock:
				l.say(l.at, at, errLocked(f.Name, values[0], short(path), lock))
			case len(values) == 0 && v.Kind == plan.Expression && l.snap.Taken.Sub(day) < oldLock:
				l.say(l.at, at, errMayBeLocked(f.Name, short(path), lock))
			}
		}
	}
}

// actions judges that the tenant may do what the operation does with this record.
func (l *landlord) actions(at string, op *catalog.Operation, r *sent) {
	if l.snap.Actions == nil || l.api.Survey == nil || l.api.Survey.Actions == nil {
		return
	}
	for _, need := range l.api.Survey.Actions.Needs {
		if need.Operation != op.ID || !l.applies(need.When, r) {
			continue
		}
		if allowed, known := l.snap.Actions[need.Action]; known && !allowed {
			l.say(l.at, at, errNotAllowed(op, need.Action))
		}
	}
}

// stated names a value, or that there is none.
func stated(v string) string {
	if v == "" {
		return "not set"
	}
	return v
}
