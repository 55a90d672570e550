package check

import (
	"maps"
	"slices"
	"strings"

	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/runtime/tenant"
	"github.com/planwright/planwright/specs/catalog"
)

// Sheet is the permission sheet: everything a plan may do, as a person approves it and
// the engine enforces it. Lists are sorted but for Waits, Asks and Lost.
type Sheet struct {
	Plan       plan.Digest      `json:"plan"`
	Operations []SheetOperation `json:"operations"`
	Objects    []SheetObject    `json:"objects"`
	APIs       []SheetAPI       `json:"apis"`
	Limits     []SheetLimit     `json:"limits,omitempty"`
	// Unlimited names the limits the plan could have and does not.
	Unlimited []string `json:"unlimited,omitempty"`
	// Unusual lists above what the plan stops creating and asks a person, once for all runs.
	Unusual  []SheetUnusual `json:"unusual,omitempty"`
	Mappings []SheetMapping `json:"mappings,omitempty"`
	// Settings are the constants a person chose, and what else they may be.
	Settings []SheetSetting `json:"settings,omitempty"`
	// Waits names the steps that may hold a run until a day to come, in the order they run.
	Waits []string `json:"waits,omitempty"`
	// Asks names the steps that hold every run until a person has answered, Lost those that
	// hold one whose answer was lost until a person has looked. Both in the order they run.
	Asks []string `json:"asks,omitempty"`
	Lost []string `json:"lost,omitempty"`
}

// SheetOperation is one operation the plan uses.
type SheetOperation struct {
	Name   string         `json:"name"`
	Effect catalog.Effect `json:"effect"`
	Entity string         `json:"entity,omitempty"`
	// Steps are those that use it; "trigger" is the trigger.
	Steps []string `json:"steps,omitempty"`
	// Calls bounds how often one event calls it; 0 for the polling that finds events and for
	// look-ups that only a lost answer needs.
	Calls int `json:"calls"`
	// Spare counts the look-ups that settle lost answers, one for each write.
	Spare int `json:"spare,omitempty"`
	// Paged says that one read may take a further call for every page of its answer.
	Paged bool `json:"paged,omitempty"`
	// Once says what makes a repeated write harmless, such as "unique InvoiceNumber".
	Once string `json:"once,omitempty"`
}

// SheetObject is what the plan sees and sets of one object.
type SheetObject struct {
	Name   string   `json:"name"`
	Reads  []string `json:"reads,omitempty"`
	Writes []string `json:"writes,omitempty"`
}

// SheetAPI is what the plan needs of one API. Calls and Spare are for one event, at most.
type SheetAPI struct {
	Name   string   `json:"name"`
	Calls  int      `json:"calls"`
	Spare  int      `json:"spare,omitempty"`
	Paged  bool     `json:"paged,omitempty"`
	Scopes []string `json:"scopes,omitempty"`
	Gates  []string `json:"gates,omitempty"`
	// GateWords says in a sentence what each of the gates means.
	GateWords map[string]string `json:"gateWords,omitempty"`
	// Tenant is what the tenant calls itself whose snapshot the plan was checked against; ""
	// without one.
	Tenant string `json:"tenant,omitempty"`
}

// SheetLimit is one limit of the plan: a number a day, or an amount in the document's currency.
type SheetLimit struct {
	Name string `json:"name"`
	Most int64  `json:"most"`
}

// SheetSetting is one setting of the plan: its value, and the values it may have; none
// listed means any of its kind.
type SheetSetting struct {
	Name    string   `json:"name"`
	Value   string   `json:"value"`
	Allowed []string `json:"allowed,omitempty"`
}

// SheetMapping is one mapping the plan uses.
type SheetMapping struct {
	Name string   `json:"name"`
	From []string `json:"from"` // "country: string"
	To   string   `json:"to"`
}

func newSheet(c *Checked, touches []touch) Sheet {
	s := Sheet{Plan: c.Digest}
	ops, apis := map[string]*SheetOperation{}, map[string]*SheetAPI{}
	writes := map[string][]string{}
	for _, t := range touches {
		o := ops[t.op.Name()]
		if o == nil {
			o = &SheetOperation{Name: t.op.Name(), Effect: t.op.Effect, Entity: t.op.Entity, Paged: paged(t.op), Once: once(t.op)}
			ops[o.Name] = o
		}
		a := apis[t.op.API]
		if a == nil {
			a = &SheetAPI{Name: t.op.API}
			apis[a.Name] = a
		}
		o.add(t)
		a.add(t)
		if t.op.Entity != "" {
			writes[t.op.Entity] = append(writes[t.op.Entity], t.fields...)
		}
	}
	for _, name := range sortedKeys(ops) {
		s.Operations = append(s.Operations, *ops[name])
	}
	for _, name := range sortedKeys(apis) {
		if api, ok := c.objects.cat.API(name); ok {
			apis[name].explain(api)
		}
		s.APIs = append(s.APIs, *apis[name])
	}
	s.objects(c.reads, writes)
	s.limits(c.Plan, touches)
	c.Plan.All(func(_ string, st *plan.Step) {
		op := c.steps[st.ID].Operation
		switch {
		case st.Kind == plan.Wait:
			s.Waits = append(s.Waits, string(st.ID))
		case st.Kind == plan.Ask:
			s.Asks = append(s.Asks, string(st.ID))
		case op != nil && st.Repeat == plan.RepeatAsk && !safe(op):
			s.Lost = append(s.Lost, string(st.ID))
		}
	})
	for _, name := range sortedKeys(c.Plan.Settings) {
		one := c.Plan.Settings[name]
		s.Settings = append(s.Settings, SheetSetting{Name: name, Value: one.Text(), Allowed: one.Choices()})
	}
	for _, name := range sortedKeys(c.Plan.Mappings) {
		m := c.Plan.Mappings[name]
		one := SheetMapping{Name: name, To: m.To}
		for _, input := range sortedKeys(m.From) {
			one.From = append(one.From, input+": "+m.From[input])
		}
		s.Mappings = append(s.Mappings, one)
	}
	return s
}

// inTenants names the tenants whose snapshots the plan was checked against.
func (s *Sheet) inTenants(snaps []*tenant.Snapshot) {
	for _, snap := range snaps {
		for i := range s.APIs {
			if s.APIs[i].Name == snap.API {
				s.APIs[i].Tenant = snap.Who()
			}
		}
	}
}

func (o *SheetOperation) add(t touch) {
	if !slices.Contains(o.Steps, string(t.step)) {
		o.Steps = append(o.Steps, string(t.step))
	}
	if t.spare {
		o.Spare += t.times
	} else {
		o.Calls += t.times
	}
}

func (a *SheetAPI) add(t touch) {
	if t.spare {
		a.Spare += t.times
	} else {
		a.Calls += t.times
		a.Paged = a.Paged || t.times > 0 && paged(t.op)
	}
	a.Scopes = union(a.Scopes, t.op.Scopes)
	a.Gates = union(a.Gates, t.op.Gates)
}

// explain takes over what the API says about the gates that are needed.
func (a *SheetAPI) explain(api *catalog.API) {
	for _, g := range a.Gates {
		if words := api.Gates[g]; words != "" {
			if a.GateWords == nil {
				a.GateWords = map[string]string{}
			}
			a.GateWords[g] = words
		}
	}
}

func union(a, b []string) []string {
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}

// paged reports whether a read of the operation may need more than one call.
func paged(op *catalog.Operation) bool {
	return op.Effect == catalog.EffectNone && (op.Paging != nil || op.Query != nil)
}

// once says in a few words what makes a repeated write harmless.
func once(op *catalog.Operation) string {
	if op.Repeat == nil {
		return ""
	}
	return strings.TrimSpace(string(op.Repeat.Way) + " " + op.Repeat.Key)
}

func (s *Sheet) objects(reads, writes map[string][]string) {
	names := slices.Collect(maps.Keys(reads))
	for name, fields := range writes {
		if len(fields) > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		w := slices.Clone(writes[name])
		slices.Sort(w)
		s.Objects = append(s.Objects, SheetObject{Name: name, Reads: reads[name], Writes: slices.Compact(w)})
	}
}

func (s *Sheet) limits(p *plan.Plan, touches []touch) {
	for _, name := range sortedKeys(p.Limits) {
		if !asksAbove(name) {
			s.Limits = append(s.Limits, SheetLimit{name, p.Limits[name]})
		}
	}
	for _, name := range limitNames(touches) {
		if _, set := p.Limits[name]; !set && !asksAbove(name) {
			s.Unlimited = append(s.Unlimited, name)
		}
	}
	s.unusual(p, touches)
}

// creates reports whether a plan makes something by it that limits can bound.
func (t touch) creates() bool {
	return t.op.Effect == catalog.EffectCreate && t.op.Entity != "" && !t.spare
}

// limitNames lists the limits a plan may have: for everything it creates how many a day and
// within an hour, and where the API says how to sum it, how much each, how much within a day,
// and how often the same.
func limitNames(touches []touch) []string {
	var known []string
	for _, t := range touches {
		if !t.creates() {
			continue
		}
		_, perDay, amount := LimitNames(t.op.Entity)
		known = append(known, perDay, PerHour(t.op.Entity))
		if t.op.Money != nil {
			known = append(known, amount, SumPerDay, SamePerDay)
		}
	}
	slices.Sort(known)
	return slices.Compact(known)
}
