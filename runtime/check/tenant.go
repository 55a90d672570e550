package check

import (
	"maps"
	"slices"
	"strings"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/expr"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/runtime/tenant"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// landlord judges what a plan does in one tenant. It runs after everything else, over what
// the check compiled: a snapshot adds findings and takes none away.
type landlord struct {
	*checker
	api  *catalog.API
	snap *tenant.Snapshot
	// rules are those of the API's survey, by the full name of the field they judge.
	rules map[string][]catalog.SurveyRule
	said  map[string]bool // findings made, by pointer and message
}

// tenants judges the plan against the snapshots, and its scopes where there is none.
func (c *checker) tenants(snaps []*tenant.Snapshot) {
	known := map[string]bool{}
	for _, s := range snaps {
		api, ok := c.cat.API(s.API)
		if !ok || !c.usedAPIs[s.API] {
			continue
		}
		known[s.API] = s.Scopes != nil
		l := &landlord{checker: c, api: api, snap: s, rules: map[string][]catalog.SurveyRule{}, said: map[string]bool{}}
		if api.Survey != nil {
			for _, r := range api.Survey.Rules {
				at := api.Name + "." + r.At
				l.rules[at] = append(l.rules[at], r)
			}
		}
		l.judge()
	}
	c.scopes(known)
}

// scopes reports operations that need a scope which connections do not ask for. What a
// connection was granted is known better than what is asked for.
func (c *checker) scopes(known map[string]bool) {
	said := map[string]bool{}
	for _, t := range c.touches {
		api, ok := c.cat.API(t.op.API)
		if !ok || known[t.op.API] || len(api.Auth.Scopes) == 0 {
			continue
		}
		for _, scope := range t.op.Scopes {
			at := c.stepAt(t.step)
			if api.Auth.Grants(api.Auth.Scopes, scope) || said[at+scope+t.op.ID] {
				continue
			}
			said[at+scope+t.op.ID] = true
			c.at(at, errMissingScope(t.op, scope))
		}
	}
}

// stepAt is where findings about what a step calls stand.
func (c *checker) stepAt(id plan.StepID) string {
	at := "/trigger/object"
	c.p.All(func(pointer string, s *plan.Step) {
		if s.ID == id && id != triggerStep {
			at = pointer + "/" + string(s.Kind)
		}
	})
	return at
}

func (l *landlord) judge() {
	for _, t := range l.touches {
		if t.op.API == l.api.Name {
			l.access(t)
		}
	}
	for _, at := range sortedKeys(l.exprs) {
		l.expression(at, l.exprs[at])
	}
	l.p.All(func(at string, s *plan.Step) {
		info := l.steps[s.ID]
		if info.Operation == nil || info.API == nil || info.API.Name != l.api.Name {
			return
		}
		switch s.Kind {
		case plan.Read:
			l.rows(at, s, info.Operation)
		case plan.Write:
			l.record(at, "body", s, info.Operation, info.Request)
		case plan.Ensure:
			l.record(at, "create", s, info.Operation, schema.ObjectOf(s.Target))
		default:
		}
	})
}

// say reports a finding once at a place, with the tenant and when it was seen.
func (l *landlord) say(put func(string, diag.Diagnostic), at string, d diag.Diagnostic) {
	d.Message += " (" + l.snap.Who() + ", " + l.snap.Seen() + ")"
	if !l.said[at+d.Message] {
		l.said[at+d.Message] = true
		put(at, d)
	}
}

// access judges that an operation may be called at all.
func (l *landlord) access(t touch) {
	at := l.stepAt(t.step)
	for _, scope := range t.op.Scopes {
		if l.snap.Scopes != nil && !l.api.Auth.Grants(l.snap.Scopes, scope) {
			l.say(l.at, at, errNotGranted(t.op, scope))
		}
	}
	for _, gate := range t.op.Gates {
		if l.api.Survey == nil {
			break
		}
		if open, known := l.snap.Gate(l.api.Survey.Gates[gate]); known && !open {
			l.say(l.at, at, errClosedGate(t.op, gate))
		}
	}
	if short(t.op.Entity) != "" && l.snap.Objects[short(t.op.Entity)].Hidden {
		l.say(l.at, at, errHiddenObject(t.op.Entity))
	}
}

// expression judges the fields an expression looks at, and what it compares them with.
func (l *landlord) expression(at string, prog *expr.Program) {
	for _, r := range prog.Reads() {
		if apiOf(r.Object) == l.api.Name {
			l.sees(l.at, at, r.Object, r.Field)
		}
	}
	for _, cmp := range prog.Compared() {
		f, ok := l.snap.Objects[short(cmp.Object)].Fields[cmp.Field]
		if ok && apiOf(cmp.Object) == l.api.Name && len(f.Values) > 0 && cmp.Value != "" && !slices.Contains(f.Values, cmp.Value) {
			l.say(l.at, at, errNeverEqual(cmp.Object, cmp.Field, cmp.Value, f))
		}
	}
}

// sees judges that the connection's user sees a field.
func (l *landlord) sees(put func(string, diag.Diagnostic), at, object, field string) {
	o, described := l.snap.Objects[short(object)]
	if !described || o.Hidden {
		return
	}
	if _, ok := o.Fields[field]; !ok {
		l.say(put, at, errHiddenField(object, field, slices.Sorted(maps.Keys(o.Fields))))
	}
}

// rows judges the fields a read selects, compares and sorts by.
func (l *landlord) rows(at string, s *plan.Step, op *catalog.Operation) {
	name := op.Entity
	if s.From != "" {
		name = l.api.Name + "." + s.From
	}
	o, ok := l.cat.Object(name)
	if !ok {
		return
	}
	if s.From != "" && l.snap.Objects[s.From].Hidden {
		l.say(l.at, at+"/from", errHiddenObject(o.Name))
	}
	for i, path := range s.Select {
		l.follow(l.at, at+"/select/"+itoa(i), o, path)
	}
	for _, cmp := range s.Where.All(at + "/where") {
		key := strings.TrimSuffix(cmp.Pointer, "/"+string(cmp.Op))
		object, field := l.follow(l.atKey, key, o, cmp.Field)
		f := l.snap.Objects[short(object)].Fields[field]
		if len(f.Values) == 0 || !slices.Contains([]plan.Op{plan.Eq, plan.Ne, plan.In, plan.NotIn}, cmp.Op) {
			continue
		}
		items, places := []plan.Value{cmp.Value}, []string{cmp.Pointer}
		if cmp.Value.Kind == plan.ListV {
			items, places = cmp.Value.Items, nil
			for i := range items {
				places = append(places, plan.Join(cmp.Pointer, itoa(i)))
			}
		}
		for i, item := range items {
			if values := l.constants(places[i], item); len(values) > 0 && !overlap(values, f.Values) {
				l.say(l.at, places[i], errNeverEqual(object, field, values[0], f))
			}
		}
	}
	for i, order := range s.Order {
		path, _, _ := strings.Cut(order, " ")
		l.follow(l.at, at+"/order/"+itoa(i), o, path)
	}
}

// follow judges every field on a path, and returns the last.
func (l *landlord) follow(put func(string, diag.Diagnostic), at string, o *schema.Object, path string) (object, field string) {
	parts := strings.Split(path, ".")
	for _, part := range parts[:len(parts)-1] {
		if target, many := l.listOf(o, part); many {
			o = target // the rows that belong to a record: no field of its own
			continue
		}
		link, target, ok := l.related(o, part)
		if !ok {
			return "", ""
		}
		l.sees(put, at, o.Name, link.Name)
		o = target
	}
	last := parts[len(parts)-1]
	l.sees(put, at, o.Name, last)
	return o.Name, last
}

// constants returns the texts a value can have in any run, as far as they are known from
// the plan alone: a literal, or what an expression without variables gives.
func (l *landlord) constants(at string, v plan.Value) []string {
	if v.Kind == plan.Literal {
		if v.Literal == nil {
			return nil
		}
		return []string{literalText(v.Literal)}
	}
	prog := l.exprs[at]
	if prog == nil || v.Kind != plan.Expression || len(prog.Mappings()) > 0 {
		return nil
	}
	if constant(prog) {
		if value, present, err := prog.Eval(nil, nil); err == nil && present {
			return []string{literalText(value)}
		}
		return nil
	}
	// A choice between literals carries them; a field with a list of values carries that,
	// and a tenant that has none of either refuses whatever comes.
	return prog.Type().Enum
}

// Rows judges records that approved rows of a mapping choose, by their codes: each must be
// there and in use in the tenant that a snapshot tells of. The findings are warnings at the
// mapping: a run that asks for the row is held, and others are not.
func (c *Checked) Rows(mapping string, codes []string, tenants ...*tenant.Snapshot) diag.List {
	m, ok := c.Plan.Mappings[mapping]
	if !ok {
		return nil
	}
	var out diag.List
	for _, snap := range tenants {
		api, known := c.objects.cat.API(snap.API)
		entity, _ := c.objects.cat.Entity(m.To)
		if !known || api.Survey == nil || apiOf(m.To) != api.Name || len(entity.Match) == 0 {
			continue
		}
		object, pointer := short(m.To), "/mappings/"+mapping
		for _, code := range codes {
			d := dead(api.Survey.Records[object], snap, object, entity.Match[0], code)
			if d == nil {
				continue
			}
			at := c.Plan.KeyPlaceOf(pointer)
			d.Severity = diag.Warning
			d.Message = "an approved row of " + mapping + " chooses it: " + d.Message + " (" + snap.Who() + ", " + snap.Seen() + ")"
			d.File, d.Pointer, d.Line, d.Column = c.Plan.File(), pointer, at.Line, at.Column
			out = append(out, *d)
		}
	}
	return out
}

// dead finds that the record with a code is not there or not in use; nil when it is, or
// when nothing is known.
func dead(kept catalog.SurveyRecords, snap *tenant.Snapshot, object, field, code string) *diag.Diagnostic {
	known := snap.Values(object + "." + field)
	if known == nil || !slices.Contains(kept.Fields, field) {
		return nil
	}
	rec, found, _ := snap.Find(object, field, code)
	if !found {
		d := errNoRecord(object, code, known)
		return &d
	}
	for _, by := range sortedKeys(kept.Live) {
		if is, has := rec[by]; has && !strings.EqualFold(is, kept.Live[by]) {
			d := errDeadRecord(object, code, by, is)
			return &d
		}
	}
	return nil
}
