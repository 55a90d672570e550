package check

import (
	"maps"
	"slices"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/expr"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/runtime/tenant"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// maxFindings bounds what one check reports; more would not be read.
const maxFindings = 100

// Checked is a plan without errors and all that is known about it. It is immutable and
// may be used by many goroutines.
type Checked struct {
	// Plan is what was judged, Digest its digest.
	Plan   *plan.Plan
	Digest plan.Digest

	steps   map[plan.StepID]StepInfo
	exprs   map[string]*expr.Program
	reads   map[string][]string
	objects source
	sheet   Sheet
	slots   map[string]schema.Type
	maybe   map[string]bool
	needs   map[string][]plan.StepID
	stamp   string // field of the trigger's object that moves with every change
}

// StepInfo is what the catalog says about one step.
type StepInfo struct {
	// Pointer is where the step stands, "/steps/5".
	Pointer string
	// API is the one the step calls; nil for lookup, each, assert, wait and ask.
	API *catalog.API
	// Operation is what a read or write calls, and what an ensure creates with.
	Operation *catalog.Operation
	// Entity is what an ensure finds and creates, and what the operation of a read or write
	// is about, if it is about one.
	Entity catalog.Entity
	// Request is what a write's body is checked against; its Kind is "" without one.
	Request schema.Type
	// Value is the type of the step's value; its Kind is "" when it has none.
	Value schema.Type
}

// Expr returns the compiled expression at the pointer, such as
// "/steps/5/body/LineItems/do/Quantity", or nil when there is none. Conditions (the
// trigger's when, a step's when, an assert) that are a literal true or false have one too.
func (c *Checked) Expr(pointer string) *expr.Program { return c.exprs[pointer] }

// Step returns what is known of the step of that id; the zero StepInfo for no step.
func (c *Checked) Step(id plan.StepID) StepInfo { return c.steps[id] }

// Reads returns, by full name, the fields the plan looks at of every object of an API,
// sorted, the object's key included: what an answer may be pruned to. The map is the
// caller's.
func (c *Checked) Reads() map[string][]string {
	out := maps.Clone(c.reads)
	for name, fields := range out {
		out[name] = slices.Clone(fields)
	}
	return out
}

// Object returns an object of the catalog, or one the plan itself makes: the rows of a
// query ("step.lines") and of a mapping ("mapping.product"). It makes a Checked a
// [schema.Source].
func (c *Checked) Object(name string) (*schema.Object, bool) { return c.objects.Object(name) }

// OutputNeeds returns the steps that may be skipped and without which the output of that
// name is absent.
func (c *Checked) OutputNeeds(name string) []plan.StepID { return c.needs[name] }

// Sheet returns the permission sheet.
func (c *Checked) Sheet() Sheet { return c.sheet }

// source is the catalog's objects and those of the plan.
type source struct {
	cat *catalog.Catalog
	own schema.Set
}

func (s source) Object(name string) (*schema.Object, bool) {
	if o, ok := s.own[name]; ok {
		return o, true
	}
	return s.cat.Object(name)
}

// Check judges the plan, and what it does against what its tenants really have as far as
// snapshots of them are given, one for an API. Findings are sorted and at most 100; with an
// error among them the Checked is nil. Nothing that is given is changed.
func Check(p *plan.Plan, cat *catalog.Catalog, tenants ...*tenant.Snapshot) (*Checked, diag.List) {
	c := &checker{
		p: p, cat: cat,
		objects:  source{cat: cat, own: schema.Set{}},
		steps:    map[plan.StepID]StepInfo{},
		exprs:    map[string]*expr.Program{},
		all:      map[string]string{},
		skipped:  map[string]string{},
		broken:   map[string]bool{},
		doubled:  map[string]bool{},
		reads:    map[string]map[string]bool{},
		slots:    map[string]schema.Type{},
		maybe:    map[string]bool{},
		needs:    map[string][]plan.StepID{},
		depends:  map[string]map[string]bool{},
		usedAPIs: map[string]bool{},
	}
	c.run()
	c.tenants(tenants)
	if c.found.HasErrors() {
		return nil, c.found.Sorted().Capped(maxFindings)
	}
	out := &Checked{
		Plan: p, Digest: p.Digest(),
		steps: c.steps, exprs: c.exprs, objects: c.objects, slots: c.slots, maybe: c.maybe, needs: c.needs,
		reads: make(map[string][]string, len(c.reads)),
	}
	for name, fields := range c.reads {
		out.reads[name] = slices.Sorted(maps.Keys(fields))
	}
	out.sheet = newSheet(out, c.touches)
	out.sheet.inTenants(tenants)
	if api, ok := cat.API(p.Trigger.API); ok {
		out.stamp = api.Changes[p.Trigger.Object].Field
	}
	return out, c.found.Sorted().Capped(maxFindings)
}

// checker is one pass over one plan.
type checker struct {
	p       *plan.Plan
	cat     *catalog.Catalog
	objects source
	found   diag.List

	steps map[plan.StepID]StepInfo
	exprs map[string]*expr.Program
	slots map[string]schema.Type // what a value must fit, by pointer
	maybe map[string]bool        // outputs, by pointer, that may be absent
	needs map[string][]plan.StepID
	reads map[string]map[string]bool

	all      map[string]string // every name of the plan: what it names
	skipped  map[string]string // steps with a when, by id: its text
	broken   map[string]bool   // steps whose value is not known because of a finding
	doubled  map[string]bool   // steps, by pointer, whose name another has
	usedAPIs map[string]bool
	touches  []touch
	depends  map[string]map[string]bool // elements of loops that the value of a name depends on
	endless  bool                       // a loop was reported because it runs too often
}

// triggerStep stands for the trigger where a step's id is wanted; no step may be called so.
const triggerStep plan.StepID = "trigger"

// touch is one use of an operation, for the permission sheet.
type touch struct {
	op     *catalog.Operation
	step   plan.StepID
	times  int      // at most, in one run
	spare  bool     // only after a lost answer
	fields []string // written, sorted
}

// at reports a finding at the value under the pointer.
func (c *checker) at(pointer string, d diag.Diagnostic) { c.put(pointer, c.p.PlaceOf(pointer), d) }

// atKey reports a finding at the key under which the value stands.
func (c *checker) atKey(pointer string, d diag.Diagnostic) {
	c.put(pointer, c.p.KeyPlaceOf(pointer), d)
}

func (c *checker) put(pointer string, at plan.Place, d diag.Diagnostic) {
	d.File, d.Pointer, d.Line, d.Column = c.p.File(), pointer, at.Line, at.Column
	c.found = append(c.found, d)
}

func (c *checker) run() {
	c.apis()
	env := c.settings(expr.New(c.objects))
	names := c.names()
	sc := c.resumed(c.trigger(&scope{env: env, names: map[string]bool{}}))
	sc.env = c.mappings(sc.env)
	c.outputs(c.stepList("/steps", c.p.Steps, sc))
	c.bounded()
	c.limits()
	c.notes()
	c.unused(names)
	c.selfWake()
}

// read notes that a field of an API's object is looked at.
func (c *checker) read(object string, fields ...string) {
	o, ok := c.cat.Object(object)
	if !ok {
		return
	}
	set := c.reads[object]
	if set == nil {
		set = map[string]bool{}
		c.reads[object] = set
		if o.Key != "" {
			set[o.Key] = true
		}
	}
	for _, f := range fields {
		if _, ok := o.Field(f); ok {
			set[f] = true
		}
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
