package drift

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// Compare lists the differences between what two catalogs know of one API. Both must have it.
func Compare(before, after *catalog.Catalog, api string) Report {
	was, _ := before.API(api)
	is, _ := after.API(api)
	c := &comparison{
		report: Report{API: api, Old: versionOf(was), New: versionOf(is), Changes: []Change{}}, // a list, in JSON too
		before: before, after: after,
	}
	if c.report.Same() {
		return c.report
	}
	c.api(was, is)
	c.operations(before.Operations(api), after.Operations(api))
	c.objects(before.Objects(api), after.Objects(api))
	c.report.sort()
	return c.report
}

func versionOf(a *catalog.API) Version {
	return Version{Version: a.Version, Spec: a.SpecDigest, Overlay: a.OverlayDigest}
}

type comparison struct {
	report        Report
	before, after *catalog.Catalog
}

func (c *comparison) add(kind Kind, subject string, breaking bool, what, why string) *Change {
	c.report.Changes = append(c.report.Changes, Change{
		Kind: kind, Subject: subject, Breaking: breaking, What: what, Why: why, read: true, written: true,
	})
	return &c.report.Changes[len(c.report.Changes)-1]
}

// differ reports whether two values are written differently as JSON.
func differ(a, b any) bool { return !reflect.DeepEqual(plain(a), plain(b)) }

func plain(v any) any {
	var out any
	b, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		return v // unreachable: the catalog's types are JSON
	}
	return out
}

func (c *comparison) api(was, is *catalog.API) {
	name := was.Name
	if differ(was.Auth, is.Auth) {
		c.add(KindAPI, name, was.Auth.Flow != is.Auth.Flow, "is signed in to in another way",
			"a connection keeps the way it was made with: connect again")
	}
	if differ(was.Errors, is.Errors) {
		c.add(KindAPI, name, true, "classes errors by other rules", "what was retried may be held, and the other way round")
	}
	if differ(was.Absent, is.Absent) {
		c.add(KindAPI, name, true, "counts other values as absent", "conditions on absent values come out differently")
	}
	if differ(was.Limits, is.Limits) {
		c.add(KindAPI, name, false, "allows another number of requests", "calls are spread differently")
	}
	for _, short := range slices.Sorted(maps.Keys(was.Changes)) {
		subject := name + "." + short
		now, still := is.Changes[short]
		switch {
		case !still:
			c.add(KindObject, subject, true, "cannot be asked what changed any more", "a trigger on it finds nothing").written = false
		case differ(was.Changes[short], now):
			c.add(KindObject, subject, true, "is asked what changed in another way", "a trigger on it may see other changes").written = false
		}
	}
	for _, short := range slices.Sorted(maps.Keys(was.Entities)) {
		now, still := is.Entities[short]
		if then := was.Entities[short]; still && (differ(then.Find, now.Find) || differ(then.Live, now.Live) || then.Create != now.Create || then.Get != now.Get) {
			c.add(KindObject, name+"."+short, true, "is found or made by other calls", "an ensure looks elsewhere, or takes other records")
		}
	}
}

func (c *comparison) operations(was, is []*catalog.Operation) {
	now := make(map[string]*catalog.Operation, len(is))
	place := make(map[string]string, len(is))
	for _, o := range is {
		now[o.ID] = o
		place[o.Method+" "+o.Path] = o.ID
	}
	known := make(map[string]bool, len(was))
	for _, o := range was {
		known[o.ID] = true
		next, ok := now[o.ID]
		switch renamed := place[o.Method+" "+o.Path]; {
		case ok:
			c.operation(o, next)
		case renamed != "":
			c.add(KindOperation, o.Name(), true, "is called "+renamed+" now", "a plan names it as it was")
		default:
			c.add(KindOperation, o.Name(), true, "is gone", "a plan that calls it cannot run")
		}
	}
	for _, o := range is {
		if !known[o.ID] {
			c.add(KindOperation, o.Name(), false, "is new", "nothing uses it yet")
		}
	}
}

func (c *comparison) operation(was, is *catalog.Operation) {
	name := was.Name()
	note := func(breaking bool, what, why string) { c.add(KindOperation, name, breaking, what, why) }
	if was.Method != is.Method || was.Path != is.Path {
		note(false, fmt.Sprintf("is %s %s, not %s %s", is.Method, is.Path, was.Method, was.Path), "calls go there; see that it still means the same")
	}
	if was.Effect != is.Effect {
		note(true, fmt.Sprintf("has the effect %s, not %s", is.Effect, was.Effect), "what a person approved is not what it does")
	}
	if was.Entity != is.Entity {
		note(true, fmt.Sprintf("is about %s, not %s", orNothing(is.Entity), orNothing(was.Entity)), "limits and keys follow the record")
	}
	c.repeat(name, was.Repeat, is.Repeat)
	c.body(name, "sends", was.Request, is.Request)
	c.body(name, "answers", was.Response, is.Response)
	c.params(was, is)
	for _, l := range []struct {
		what     string
		was, is  []string
		why      string
		breaking bool
	}{
		{"scope", was.Scopes, is.Scopes, "the connection must be granted it", true},
		{"gate", was.Gates, is.Gates, "the tenant must have it", true},
	} {
		for _, s := range l.is {
			if !slices.Contains(l.was, s) {
				note(l.breaking, "needs "+l.what+" "+s, l.why)
			}
		}
		for _, s := range l.was {
			if !slices.Contains(l.is, s) {
				note(false, "needs "+l.what+" "+s+" no more", "less is asked for")
			}
		}
	}
	for _, d := range []struct {
		was, is  any
		what     string
		why      string
		breaking bool
	}{
		{was.Paging, is.Paging, "is paged in another way", "pages are followed as the overlay now says", false},
		{was.Query, is.Query, "is asked in another way", "a query is written and read differently", true},
		{was.Fixed, is.Fixed, "is always sent with other parameters", "the answer may be another", true},
		{was.Money, is.Money, "sums amounts in another way", "limits on amounts judge another sum", true},
		{was.Absent, is.Absent, "treats a 404 in another way", "a missing record is absent in one version and an error in the other", true},
		{max(was.Batch, 1), max(is.Batch, 1), fmt.Sprintf("takes %d elements a call, not %d", max(is.Batch, 1), max(was.Batch, 1)), "calls are cut differently", false},
	} {
		if differ(d.was, d.is) {
			note(d.breaking, d.what, d.why)
		}
	}
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

// repeat compares what makes a write safe to repeat.
func (c *comparison) repeat(name string, was, is *catalog.Repeat) {
	if was == nil || is == nil || !differ(was, is) {
		return // the effect tells the rest
	}
	what := "is made safe to repeat in another way"
	switch {
	case was.Way != is.Way:
		what = fmt.Sprintf("is made safe to repeat by %s, not %s", is.Way, was.Way)
	case was.Key != is.Key:
		what = fmt.Sprintf("is known by %s, not %s", orNothing(is.Key), orNothing(was.Key))
	case was.Window != is.Window:
		what = fmt.Sprintf("has its key remembered for %s, not %s", is.Window, was.Window)
	}
	c.add(KindOperation, name, true, what, "a write whose answer is lost is settled differently")
}

func (c *comparison) body(name, does string, was, is *catalog.Body) {
	switch {
	case was == nil && is == nil:
	case was == nil:
		c.add(KindOperation, name, does == "sends", does+" "+is.Type.String()+" now", "it had nothing there")
	case is == nil:
		c.add(KindOperation, name, true, does+" nothing now", "a plan that fills or uses it cannot run")
	case was.Many != is.Many:
		c.add(KindOperation, name, true, does+" "+many(is)+", not "+many(was), "the value has another shape")
	case was.Type.Kind != is.Type.Kind || was.Type.Ref != is.Type.Ref:
		c.add(KindOperation, name, true, fmt.Sprintf("%s %s, not %s", does, is.Type, was.Type), "the value has another type")
	case was.Envelope != is.Envelope || was.Media != is.Media:
		c.add(KindOperation, name, false, does+" it in another wrapper", "it is wrapped and unwrapped as the description says")
	}
}

func many(b *catalog.Body) string {
	if b.Many {
		return "a list"
	}
	return "one"
}

func (c *comparison) params(was, is *catalog.Operation) {
	name := was.Name()
	for _, p := range was.Params {
		now, ok := is.Param(p.Name)
		switch {
		case !ok:
			c.add(KindOperation, name, true, "takes no parameter "+p.Name+" any more", "a plan that sets it is refused")
		case now.Required && !p.Required:
			c.add(KindOperation, name, true, "needs parameter "+p.Name, "a plan that leaves it out is refused")
		case typeChange(p.Type, now.Type) != "":
			c.add(KindOperation, name, true, "takes parameter "+p.Name+" as "+now.Type.String()+", not "+p.Type.String(), "a value of the old type is refused")
		default:
			less, _ := bounds(p.Type, now.Type)
			for _, l := range less {
				c.add(KindOperation, name, true, "parameter "+p.Name+" "+l, "a value that was right may be refused")
			}
		}
	}
	for _, p := range is.Params {
		if _, ok := was.Param(p.Name); ok {
			continue
		}
		if p.Required {
			c.add(KindOperation, name, true, "needs the new parameter "+p.Name, "a plan does not set it")
			continue
		}
		c.add(KindOperation, name, false, "takes the new parameter "+p.Name, "it may be left out")
	}
}

func (c *comparison) objects(was, is []string) {
	now := make(map[string]bool, len(is))
	for _, n := range is {
		now[n] = true
	}
	known := make(map[string]bool, len(was))
	for _, name := range was {
		known[name] = true
		before, ok := c.before.Object(name)
		if !ok {
			continue
		}
		after, still := c.after.Object(name)
		if !still || !now[name] {
			c.add(KindObject, name, true, "is gone", "a plan that reads or writes it cannot run")
			continue
		}
		c.object(before, after)
	}
	for _, name := range is {
		if !known[name] {
			c.add(KindObject, name, false, "is new", "nothing uses it yet")
		}
	}
}

func (c *comparison) object(was, is *schema.Object) {
	if was.Key != is.Key {
		c.add(KindObject, was.Name, true, fmt.Sprintf("has the id %s, not %s", orNothing(is.Key), orNothing(was.Key)), "records are told apart by it")
	}
	for _, n := range was.Natural {
		if !slices.Contains(is.Natural, n) {
			c.add(KindObject, was.Name, true, n+" is not unique any more", "looking for it may find several records")
		}
	}
	for _, n := range is.Natural {
		if !slices.Contains(was.Natural, n) {
			c.add(KindObject, was.Name, false, n+" is unique now", "it can be looked for")
		}
	}
	for _, f := range was.Fields {
		now, ok := is.Field(f.Name)
		if !ok {
			c.add(KindField, was.Name+"."+f.Name, true, "is gone", "a plan that reads or sets it is refused")
			continue
		}
		c.field(was.Name, f, now)
	}
	for _, f := range is.Fields {
		if _, ok := was.Field(f.Name); ok {
			continue
		}
		if f.RequiredOnCreate {
			ch := c.add(KindObject, was.Name, true, "needs the new field "+f.Name+" when it is made", "a plan that makes one does not set it")
			ch.read = false
			continue
		}
		c.add(KindField, was.Name+"."+f.Name, false, "is new", "it may be left out")
	}
}

func (c *comparison) field(object string, was, is schema.Field) {
	name := object + "." + was.Name
	if what := typeChange(was.Type, is.Type); what != "" {
		c.add(KindField, name, true, what, "a value of the old type does not fit")
		return
	}
	less, more := bounds(was.Type, is.Type)
	for _, what := range less {
		c.add(KindField, name, true, what, "what a plan sends may be refused").read = false
	}
	for _, what := range more {
		c.add(KindField, name, false, what, "answers may hold more than before").written = false
	}
	if is.RequiredOnCreate && !was.RequiredOnCreate {
		c.add(KindObject, object, true, "needs the field "+was.Name+" when it is made", "a plan that makes one may not set it").read = false
	}
	for _, d := range []struct {
		was, is       bool
		gone, came    string
		why           string
		read, written bool
	}{
		{was.Always, is.Always, "may be absent in answers", "is in every answer now", "a plan uses it bare", true, false},
		{!was.ReadOnly, !is.ReadOnly, "cannot be set any more", "can be set now", "a plan that sets it is refused", false, true},
		{!was.WriteOnly, !is.WriteOnly, "is in no answer any more", "is in answers now", "a plan that reads it is refused", true, false},
	} {
		var ch *Change
		switch {
		case d.was && !d.is:
			ch = c.add(KindField, name, true, d.gone, d.why)
		case !d.was && d.is:
			ch = c.add(KindField, name, false, d.came, "it could not be relied on before")
		default:
			continue
		}
		ch.read, ch.written = d.read, d.written
	}
	if was.Money != is.Money {
		c.add(KindField, name, true, map[bool]string{true: "is an amount of money now", false: "is no amount of money any more"}[is.Money], "limits and rounding follow it")
	}
}

// typeChange says how two types differ in kind, "" when only their bounds do.
func typeChange(was, is schema.Type) string {
	if was.Kind != is.Kind || was.Ref != is.Ref || was.Nominal != is.Nominal || (was.Elem == nil) != (is.Elem == nil) {
		return fmt.Sprintf("is %s, not %s", is, was)
	}
	if was.Wire != is.Wire {
		return "is written in another way"
	}
	if was.Elem != nil {
		return typeChange(*was.Elem, *is.Elem)
	}
	return ""
}

// bounds lists how a type allows less than it did, and how it allows more.
func bounds(was, is schema.Type) (less, more []string) {
	if was.Elem != nil && is.Elem != nil {
		return bounds(*was.Elem, *is.Elem)
	}
	switch {
	case len(was.Enum) == 0 && len(is.Enum) > 0:
		less = append(less, fmt.Sprintf("allows only %s", strings.Join(is.Enum, ", ")))
	case len(was.Enum) > 0 && len(is.Enum) == 0:
		more = append(more, "allows any text")
	default:
		for _, e := range was.Enum {
			if !slices.Contains(is.Enum, e) {
				less = append(less, fmt.Sprintf("does not allow %q any more", e))
			}
		}
		for _, e := range is.Enum {
			if !slices.Contains(was.Enum, e) {
				more = append(more, fmt.Sprintf("allows %q too", e))
			}
		}
	}
	if was.MaxLength != is.MaxLength {
		put(&less, &more, is.MaxLength > 0 && (was.MaxLength == 0 || is.MaxLength < was.MaxLength),
			fmt.Sprintf("takes %s characters, not %s", number(is.MaxLength), number(was.MaxLength)))
	}
	if was.Precision != is.Precision || was.Scale != is.Scale {
		put(&less, &more, is.Precision > 0 && (was.Precision == 0 || was.Precision-was.Scale > is.Precision-is.Scale || was.Scale > is.Scale),
			fmt.Sprintf("takes %s digits, %d of them after the point, not %s and %d", number(is.Precision), is.Scale, number(was.Precision), was.Scale))
	}
	return less, more
}

func put(less, more *[]string, narrower bool, what string) {
	if narrower {
		*less = append(*less, what)
		return
	}
	*more = append(*more, what)
}

func number(n int) string {
	if n <= 0 {
		return "any number of"
	}
	return fmt.Sprint(n)
}
