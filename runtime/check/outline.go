package check

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/planwright/planwright/runtime/expr"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// Outline is a plan as a person reads it: what starts it, its steps in order, what each
// finds and writes, and where every value comes from. It is made once and drawn by
// whoever shows plans. All its text is plain: names of a plan and words of a planner are
// in it, so whoever draws must escape and bound them.
type Outline struct {
	Name     string           `json:"name"`
	Goal     string           `json:"goal,omitempty"`
	Digest   plan.Digest      `json:"digest"`
	Trigger  OutlineTrigger   `json:"trigger"`
	Mappings []OutlineMapping `json:"mappings,omitempty"`
	Settings []OutlineSetting `json:"settings,omitempty"`
	Steps    []OutlineStep    `json:"steps"`
	Limits   []OutlineLimit   `json:"limits,omitempty"`
	// Outputs are what a run gives when it is done, sorted by name.
	Outputs []OutlineOutput `json:"outputs,omitempty"`
	// Calls bounds the calls one event causes, Spare those that lost answers add. Paged says
	// that a long list takes more, a call a page.
	Calls int  `json:"calls"`
	Spare int  `json:"spare,omitempty"`
	Paged bool `json:"paged,omitempty"`
}

// OutlineTrigger is what starts a run.
type OutlineTrigger struct {
	API    string `json:"api"`    // "salesforce"
	Kind   string `json:"kind"`   // "change"
	System string `json:"system"` // "Salesforce"
	Object string `json:"object"` // "Opportunity"
	As     string `json:"as"`
	// At and Zone are the times of a schedule, which has no API, system and object.
	At   string `json:"at,omitempty"`
	Zone string `json:"zone,omitempty"`
	// Title says it in words: "When an opportunity in Salesforce changes".
	Title string `json:"title"`
	When  Source `json:"when"`
	Key   Source `json:"key"`
	// Note is where the planner took the condition from.
	Note string `json:"note,omitempty"`
}

// OutlineMapping is an approved table the plan uses.
type OutlineMapping struct {
	Name string `json:"name"`
	// From holds the inputs, "country: string", in the order of the arguments; To is the
	// object a row chooses, Gives the fields a row holds, the code first.
	From  []string `json:"from"`
	To    string   `json:"to"`
	Gives []string `json:"gives"`
	// Title says it in words: "Which item in Xero stands for a product".
	Title string `json:"title"`
}

// OutlineSetting is a constant that a person chooses. Note is what the planner said of it.
type OutlineSetting struct {
	SheetSetting
	Note string `json:"note,omitempty"`
}

// OutlineStep is one step. Which members are set follows from its kind, as in [plan.Step].
type OutlineStep struct {
	ID      plan.StepID `json:"id"`
	Number  string      `json:"number"` // "7.1"
	Kind    plan.Kind   `json:"kind"`
	Pointer string      `json:"pointer"`
	// Title says it in words: "Create an invoice in Xero".
	Title string `json:"title"`
	// API is what a read, ensure or write calls, System its name for people; "" for others.
	API       string         `json:"api,omitempty"`
	System    string         `json:"system,omitempty"`
	Target    string         `json:"target,omitempty"`    // as the plan has it
	Operation string         `json:"operation,omitempty"` // of an ensure: what it creates with
	Effect    catalog.Effect `json:"effect,omitempty"`
	Entity    string         `json:"entity,omitempty"`
	// Gives is the type of the step's value, "xero.Invoice"; "" without one.
	Gives string  `json:"gives,omitempty"`
	When  *Source `json:"when,omitempty"`
	// Once says what happens when the answer of a write is lost; nil for what does not write.
	Once *Once `json:"once,omitempty"`
	// From, Select and Order shape a query.
	From        string       `json:"from,omitempty"`
	Select      []string     `json:"select,omitempty"`
	Order       []string     `json:"order,omitempty"`
	Assignments []Assignment `json:"assignments,omitempty"`
	// Mappings names the mappings that the step asks, sorted.
	Mappings []string `json:"mappings,omitempty"`
	// Over, As and Max are of an each; That, Else and Message of an assert; Until of a wait.
	Over    *Source       `json:"over,omitempty"`
	As      string        `json:"as,omitempty"`
	Max     int           `json:"max,omitempty"`
	Steps   []OutlineStep `json:"steps,omitempty"`
	That    *Source       `json:"that,omitempty"`
	Else    plan.Else     `json:"else,omitempty"`
	Message string        `json:"message,omitempty"`
	Until   *Source       `json:"until,omitempty"`
	// Question and Answers are of an ask; what it shows is among the assignments.
	Question *Source  `json:"question,omitempty"`
	Answers  []string `json:"answers,omitempty"`
	// Note is what the planner said of the step itself.
	Note string `json:"note,omitempty"`
}

// Writes reports whether the step may change something outside.
func (s OutlineStep) Writes() bool { return s.Once != nil }

// Once says what keeps a write from happening twice.
type Once struct {
	Way catalog.Way `json:"way"`
	// Key is the field that makes the record recognisable, and Source what fills it where the
	// plan says so in the step's key.
	Key    string  `json:"key,omitempty"`
	Source *Source `json:"source,omitempty"`
	// Text says it without the key: "sent once".
	Text string `json:"text"`
}

// Source is where a value comes from.
type Source struct {
	// Text is the expression or the literal, on one line.
	Text string `json:"text"`
	// Words say the same in plain words; "" where there are none that are exact.
	Words   string `json:"words,omitempty"`
	Literal bool   `json:"literal,omitempty"`
}

// String prints the source for a person: its words, else its text.
func (s Source) String() string {
	if s.Words != "" {
		return s.Words
	}
	return s.Text
}

// Part is what an assignment is for.
type Part string

// The closed list of parts.
const (
	PartWith   Part = "with"   // a parameter of the call, or an input of a mapping
	PartWhere  Part = "where"  // what the rows of a query must have
	PartOr     Part = "or"     // what they may have instead
	PartFind   Part = "find"   // what an ensure looks for
	PartElse   Part = "else"   // what it looks for when that was not found
	PartCreate Part = "create" // a field of the record an ensure creates
	PartBody   Part = "body"   // a field that a write sends
	PartShow   Part = "show"   // what a person who is asked sees
)

// Assignment is one field and what fills it.
type Assignment struct {
	Pointer string `json:"pointer"`
	Part    Part   `json:"part"`
	Target  string `json:"target"` // "LineItems.Quantity"
	// Op is how a field of a where is compared with the source; "" for other parts.
	Op     plan.Op `json:"op,omitempty"`
	Source Source  `json:"source"`
	// Type is what the field takes, in few words; "" where Each is set.
	Type string `json:"type,omitempty"`
	// Each is the name of the element when the source is a list and the assignments below
	// Target are made for every element of it.
	Each string `json:"each,omitempty"`
	// Note says where the planner took the value from.
	Note string `json:"note,omitempty"`
}

// OutlineOutput is one value that a run gives when it is done.
type OutlineOutput struct {
	Name   string `json:"name"`
	Source Source `json:"source"`
	Type   string `json:"type"`
	// Maybe says that the value may be absent.
	Maybe bool   `json:"maybe,omitempty"`
	Note  string `json:"note,omitempty"`
}

// OutlineLimit is one limit of the plan.
type OutlineLimit struct {
	Name string `json:"name"`
	Most int64  `json:"most"`
	Note string `json:"note,omitempty"`
}

// titleOf says in words what starts a run.
func titleOf(t plan.Trigger) string {
	if t.Kind == plan.OnSchedule {
		return "At " + oneLine(t.At) + " by the clock of " + oneLine(t.Zone)
	}
	what := " changes"
	if t.Kind == plan.OnDelete {
		what = " is deleted"
	}
	return "When " + a(noun(t.Object)) + " in " + systemName(t.API) + what
}

// Outline returns the plan as a person reads it.
func (c *Checked) Outline() Outline {
	p := c.Plan
	o := Outline{
		Name: p.Name, Goal: p.Goal, Digest: c.Digest,
		Trigger:  c.outlineTrigger(),
		Mappings: c.outlineMappings(),
		Steps:    c.outlineSteps("", p.Steps),
	}
	for _, s := range c.sheet.Settings {
		o.Settings = append(o.Settings, OutlineSetting{s, p.Notes[plan.Join("/settings", s.Name)]})
	}
	for _, name := range sortedKeys(p.Limits) {
		o.Limits = append(o.Limits, OutlineLimit{Name: name, Most: p.Limits[name], Note: p.Notes["/limits/"+name]})
	}
	for _, name := range sortedKeys(p.Outputs) {
		at := plan.Join("/outputs", name)
		o.Outputs = append(o.Outputs, OutlineOutput{
			Name: name, Source: sourceOf(p.Outputs[name]), Type: typeWords(c.slots[at]), Maybe: c.maybe[at], Note: p.Notes[at],
		})
	}
	for _, api := range c.sheet.APIs {
		o.Calls += api.Calls
		o.Spare += api.Spare
		o.Paged = o.Paged || api.Paged
	}
	return o
}

func (c *Checked) outlineTrigger() OutlineTrigger {
	t := c.Plan.Trigger
	o := OutlineTrigger{
		API: t.API, Kind: t.Kind, Object: t.Object, As: t.As, At: t.At, Zone: t.Zone,
		Title: titleOf(t), Note: c.Plan.Notes["/trigger/when"],
	}
	if t.Kind == plan.OnSchedule {
		o.When = conditionOf(plan.Value{Kind: plan.Literal, Literal: true})
		o.Key = sourceOf(plan.Value{Kind: plan.Expression, Expr: t.As + "." + DueAt})
		return o
	}
	o.System, o.When, o.Key = systemName(t.API), conditionOf(t.When), sourceOf(t.Key)
	return o
}

func (c *Checked) outlineMappings() []OutlineMapping {
	var out []OutlineMapping
	for _, name := range sortedKeys(c.Plan.Mappings) {
		m := c.Plan.Mappings[name]
		one := OutlineMapping{Name: name, To: m.To, Title: mappingTitle(m)}
		for _, input := range sortedKeys(m.From) {
			one.From = append(one.From, input+": "+m.From[input])
		}
		if o, ok := c.Object("mapping." + name); ok && len(o.Fields) > 0 {
			one.Gives = append(one.Gives, o.Fields[0].Name)
		}
		for _, w := range m.With {
			if len(one.Gives) == 0 || w != one.Gives[0] {
				one.Gives = append(one.Gives, w)
			}
		}
		out = append(out, one)
	}
	return out
}

func (c *Checked) outlineSteps(prefix string, steps []plan.Step) []OutlineStep {
	out := make([]OutlineStep, len(steps))
	for i := range steps {
		out[i] = c.outlineStep(prefix+strconv.Itoa(i+1), &steps[i])
	}
	return out
}

func (c *Checked) outlineStep(number string, s *plan.Step) OutlineStep {
	info := c.steps[s.ID]
	o := OutlineStep{
		ID: s.ID, Number: number, Kind: s.Kind, Pointer: info.Pointer, Title: stepTitle(s, info),
		Target: s.Target, Entity: info.Entity.Object, From: s.From, Select: s.Select, Order: s.Order,
		As: s.As, Max: s.Max, Else: s.Else, Message: s.Message,
		Note: c.Plan.Notes[plan.Join(info.Pointer, string(s.Kind))],
	}
	if info.Value.Kind != "" {
		o.Gives = info.Value.String()
	}
	if info.API != nil {
		o.API, o.System = info.API.Name, systemName(info.API.Name)
	}
	if op := info.Operation; op != nil {
		o.Operation, o.Effect = op.Name(), op.Effect
		o.Once = onceOf(op, s.Key)
	}
	if s.When != nil {
		when := conditionOf(*s.When)
		o.When = &when
	}
	if s.Over != nil {
		over := sourceOf(*s.Over)
		o.Over = &over
	}
	if s.Until != nil {
		until := sourceOf(*s.Until)
		o.Until = &until
	}
	if s.Question != nil {
		question := sourceOf(*s.Question)
		o.Question, o.Answers = &question, s.Choices()
	}
	if s.That != nil {
		that := conditionOf(*s.That)
		o.That = &that
		if o.Else == "" {
			o.Else = plan.Hold
		}
	}
	o.Assignments = c.assignments(s, info.Pointer)
	o.Mappings = c.asked(s, info.Pointer)
	o.Steps = c.outlineSteps(number+".", s.Steps)
	if len(o.Steps) == 0 {
		o.Steps = nil
	}
	return o
}

// asked lists the mappings that a step's own expressions ask, and the one it looks up.
func (c *Checked) asked(s *plan.Step, at string) []string {
	var out []string
	if s.Kind == plan.Lookup {
		out = append(out, s.Target)
	}
	for pointer, prog := range c.exprs {
		rest, below := strings.CutPrefix(pointer, at+"/")
		if below && !strings.HasPrefix(rest, "steps/") {
			out = append(out, prog.Mappings()...)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return union(out, nil)
}

func (c *Checked) assignments(s *plan.Step, at string) []Assignment {
	w := &assigning{c: c}
	w.members(PartWith, "", at+"/with", s.With)
	w.where(at+"/where", s.Where)
	part := PartFind
	for i, by := range s.Find {
		w.members(part, "", at+"/find/"+itoa(i), by)
		part = PartElse
	}
	if s.Create != nil {
		w.value(PartCreate, "", at+"/create", *s.Create)
	}
	w.members(PartShow, "", at+"/show", s.Show)
	if s.Body != nil {
		w.value(PartBody, "", at+"/body", *s.Body)
	}
	return w.out
}

// assigning collects the assignments of one step.
type assigning struct {
	c   *Checked
	out []Assignment
}

func (w *assigning) members(part Part, prefix, at string, m map[string]plan.Value) {
	for _, name := range sortedKeys(m) {
		w.value(part, prefix+name, plan.Join(at, name), m[name])
	}
}

// where takes the comparisons of a read.
func (w *assigning) where(at string, where plan.Where) {
	for _, cmp := range where.All(at) {
		part := PartWhere
		if cmp.Way > 0 {
			part = PartOr
		}
		w.out = append(w.out, Assignment{
			Pointer: cmp.Pointer, Part: part, Target: cmp.Field, Op: cmp.Op,
			Source: comparedWith(cmp.Value), Type: typeWords(w.c.slots[cmp.Pointer]), Note: w.note(cmp.Pointer),
		})
	}
}

// comparedWith is sourceOf for a value that may be a list written out.
func comparedWith(v plan.Value) Source {
	if v.Kind != plan.ListV {
		return sourceOf(v)
	}
	parts := make([]string, len(v.Items))
	literal := true
	for i, item := range v.Items {
		one := sourceOf(item)
		parts[i], literal = one.Text, literal && one.Literal
	}
	return Source{Text: "[" + strings.Join(parts, ", ") + "]", Literal: literal}
}

// value takes one assignment, or those inside it.
func (w *assigning) value(part Part, name, at string, v plan.Value) {
	switch v.Kind {
	case plan.ObjectV:
		join := name
		if name != "" {
			join += "."
		}
		w.members(part, join, at, v.Members)
	case plan.ListV:
		for i, item := range v.Items {
			w.value(part, name+"["+itoa(i)+"]", plan.Join(at, itoa(i)), item)
		}
	case plan.EachV:
		w.out = append(w.out, Assignment{Pointer: at, Part: part, Target: name, Source: sourceOf(v.Each.Over), Each: v.Each.As, Note: w.note(at + "/each")})
		w.value(part, name, at+"/do", v.Each.Do)
	default:
		w.out = append(w.out, Assignment{Pointer: at, Part: part, Target: name, Source: sourceOf(v), Type: typeWords(w.c.slots[at]), Note: w.note(at)})
	}
}

func (w *assigning) note(at string) string { return w.c.Plan.Notes[at] }

// sourceOf prints where a value comes from, on one line.
func sourceOf(v plan.Value) Source {
	if v.Kind == plan.Expression {
		return Source{Text: strings.Join(strings.Fields(v.Expr), " "), Words: expr.Words(v.Expr)}
	}
	s := Source{Literal: true}
	switch l := v.Literal.(type) {
	case string:
		s.Text = strconv.Quote(l)
	case nil:
		s.Text = "nothing"
	default:
		s.Text = fmt.Sprint(l)
	}
	return s
}

// conditionOf is sourceOf for a value that is true or false.
func conditionOf(v plan.Value) Source {
	s := sourceOf(v)
	if v.Kind == plan.Expression {
		s.Words = expr.Condition(v.Expr)
	}
	return s
}

// onceOf says what happens when the answer of a write is lost.
func onceOf(op *catalog.Operation, key map[string]plan.Value) *Once {
	if op.Repeat == nil {
		return nil
	}
	o := &Once{Way: op.Repeat.Way, Key: op.Repeat.Key, Text: "a lost answer waits for a person"}
	if v, ok := key[o.Key]; ok {
		source := sourceOf(v)
		o.Source, o.Text = &source, "sent once"
		return o
	}
	switch o.Way {
	case catalog.WayUpsert, catalog.WayIdempotent:
		o.Text = "safe to repeat: the same values change nothing more"
	case catalog.WayKeyed:
		o.Text = "sent once (the vendor remembers the request for " + op.Repeat.Window.String() + ")"
	case catalog.WayUnique, catalog.WayProbe:
		o.Text = "sent once"
	case catalog.WayAsk:
	}
	return o
}

// typeWords names the type of a slot briefly.
func typeWords(t schema.Type) string {
	switch {
	case t.Kind == "":
		return ""
	case t.Kind == schema.String && t.Nominal == "" && len(t.Enum) > 0:
		return "one of " + strconv.Itoa(len(t.Enum)) + " values"
	case t.Kind == schema.String && t.Nominal == "" && t.MaxLength > 0:
		return "text, at most " + strconv.Itoa(t.MaxLength)
	case t.Kind == schema.String && t.Nominal == "":
		return "text"
	}
	return t.String()
}
