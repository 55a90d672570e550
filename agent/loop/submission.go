package loop

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/planwright/planwright/agent/llm"
	"github.com/planwright/planwright/runtime/plan"
)

// submissionSchema is what an answer must look like. It keeps to what strict modes of all
// providers take: every property required, nullable instead of optional, maps as lists of
// names and values, recursion by reference, no lengths and no bounds.
//
//go:embed submission.json
var submissionSchema []byte

// answerSchema returns the schema of an answer. The bytes are the caller's.
func answerSchema() *llm.Schema {
	return &llm.Schema{Name: "submission", JSON: slices.Clone(submissionSchema)}
}

// The outcomes of a submission.
const (
	outcomePlan      = "plan"
	outcomeQuestions = "questions"
	outcomeRefusal   = "refusal"
)

// The wire form, as it is written by [Submission]. Members stand in the order of the
// schema; what is read goes through a composer, which knows the places of what is wrong.
type (
	wireSubmission struct {
		Outcome   string         `json:"outcome"`
		Plan      *wirePlan      `json:"plan"`
		Questions []wireQuestion `json:"questions"`
		Reasons   []wireReason   `json:"reasons"`
		Remarks   []string       `json:"remarks"`
	}
	wireQuestion struct {
		About   []string `json:"about"`
		Text    string   `json:"text"`
		Choices []string `json:"choices"`
	}
	wireReason struct {
		About []string `json:"about"`
		Text  string   `json:"text"`
	}
	wirePlan struct {
		Name     string        `json:"name"`
		Trigger  any           `json:"trigger"` // wireTrigger or wireClock
		Settings []wireSetting `json:"settings"`
		Mappings []wireMapping `json:"mappings"`
		Steps    []any         `json:"steps"`
		Limits   []wireLimit   `json:"limits"`
		Outputs  []wireOutput  `json:"outputs"`
		Notes    []wireNote    `json:"notes"`
	}
	wireTrigger struct {
		API    string `json:"api"`
		Kind   string `json:"kind"`
		Object string `json:"object"`
		As     string `json:"as"`
		When   any    `json:"when"`
		Key    any    `json:"key"`
	}
	wireClock struct {
		Kind string `json:"kind"`
		At   string `json:"at"`
		Zone string `json:"zone"`
		As   string `json:"as"`
	}
	wireSetting struct {
		Name    string `json:"name"`
		Value   any    `json:"value"`
		Allowed []any  `json:"allowed"`
	}
	wireMapping struct {
		Name string      `json:"name"`
		From []wireInput `json:"from"`
		To   string      `json:"to"`
		With []string    `json:"with"`
	}
	wireInput struct {
		Name string `json:"name"`
		Type string `json:"type"`
	}
	wireLimit struct {
		Name string `json:"name"`
		Most int64  `json:"most"`
	}
	wireOutput struct {
		Name       string `json:"name"`
		Expression string `json:"expression"`
	}
	wireNote struct {
		At   string `json:"at"`
		Text string `json:"text"`
	}
	wireMember struct {
		Name  string `json:"name"`
		Value any    `json:"value"`
	}
	// pairs is an object whose members keep their order.
	pairs []wireMember
)

// MarshalJSON implements json.Marshaler.
func (p pairs) MarshalJSON() ([]byte, error) {
	var b strings.Builder
	for i, m := range p {
		v, err := marshal(m.Value)
		if err != nil {
			return nil, err
		}
		b.WriteByte("{,"[min(i, 1)])
		b.WriteString(strconv.Quote(m.Name) + ":")
		b.Write(v)
	}
	return []byte(b.String() + "}"), nil
}

// marshal is json.Marshal without escapes that only web pages need.
func marshal(v any) ([]byte, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return []byte(strings.TrimSuffix(b.String(), "\n")), nil
}

// Submission returns the plan as a model would submit it. What the program adds by
// itself is not in it: the goal and the digests of the APIs. A plan that cannot be
// submitted, such as one that sends nothing for a field, is an error.
func Submission(p *plan.Plan) (json.RawMessage, error) {
	w := &writer{}
	s := wireSubmission{Outcome: outcomePlan, Plan: w.plan(p), Questions: []wireQuestion{}, Reasons: []wireReason{}, Remarks: []string{}}
	if w.err != nil {
		return nil, w.err
	}
	data, err := marshal(s)
	if err != nil {
		return nil, fmt.Errorf("submission of plan %s: %w", p.Name, err)
	}
	back := compose(data, p.Goal, func(api string) (plan.APIRef, bool) { ref, ok := p.APIs[api]; return ref, ok })
	if q, list := back.parse(); list.HasErrors() || q.Digest() != p.Digest() {
		return nil, fmt.Errorf("submission of plan %s: the form cannot hold all of it", p.Name)
	}
	return data, nil
}

// writer turns a plan into the wire form; the first thing that has no place in it stays
// in err.
type writer struct{ err error }

func (w *writer) plan(p *plan.Plan) *wirePlan {
	out := &wirePlan{
		Name: p.Name, Trigger: w.trigger(&p.Trigger),
		Settings: []wireSetting{}, Mappings: []wireMapping{}, Steps: w.steps(p.Steps), Limits: []wireLimit{}, Outputs: []wireOutput{}, Notes: []wireNote{},
	}
	constant := func(x any) any { return w.value(plan.Value{Kind: plan.Literal, Literal: x}) }
	for _, name := range slices.Sorted(maps.Keys(p.Settings)) {
		one := wireSetting{Name: name, Value: constant(p.Settings[name].Value), Allowed: []any{}}
		for _, x := range p.Settings[name].Allowed {
			one.Allowed = append(one.Allowed, constant(x))
		}
		out.Settings = append(out.Settings, one)
	}
	for _, name := range slices.Sorted(maps.Keys(p.Mappings)) {
		m := p.Mappings[name]
		one := wireMapping{Name: name, From: []wireInput{}, To: m.To, With: append([]string{}, m.With...)}
		for _, input := range slices.Sorted(maps.Keys(m.From)) {
			one.From = append(one.From, wireInput{input, m.From[input]})
		}
		out.Mappings = append(out.Mappings, one)
	}
	for _, name := range slices.Sorted(maps.Keys(p.Limits)) {
		out.Limits = append(out.Limits, wireLimit{name, p.Limits[name]})
	}
	for _, name := range slices.Sorted(maps.Keys(p.Outputs)) {
		v := p.Outputs[name]
		out.Outputs = append(out.Outputs, wireOutput{name, w.text(&v)})
	}
	for _, at := range slices.Sorted(maps.Keys(p.Notes)) {
		out.Notes = append(out.Notes, wireNote{byID(p, at), p.Notes[at]})
	}
	return out
}

func (w *writer) steps(steps []plan.Step) []any {
	out := []any{}
	for i := range steps {
		out = append(out, w.step(&steps[i]))
	}
	return out
}

func (w *writer) step(s *plan.Step) pairs {
	out := pairs{{"kind", string(s.Kind)}, {"id", string(s.ID)}, {"when", w.optional(s.When)}}
	add := func(name string, v any) { out = append(out, wireMember{name, v}) }
	switch s.Kind {
	case plan.Read:
		add("operation", s.Target)
		add("with", w.members(s.With))
		var query any
		if s.From != "" || len(s.Select)+len(s.Where)+len(s.Order) > 0 {
			where, or := w.ways(s.Where)
			query = pairs{
				{"select", append([]string{}, s.Select...)},
				{"from", s.From},
				{"where", where},
				{"or", or},
				{"order", append([]string{}, s.Order...)},
			}
		}
		add("query", query)
	case plan.Ensure:
		find := []any{}
		for _, f := range s.Find {
			find = append(find, pairs{{"fields", w.members(f)}})
		}
		add("object", s.Target)
		add("find", find)
		add("create", w.optional(s.Create))
		add("repeat", repeat(s))
	case plan.Write:
		add("operation", s.Target)
		add("with", w.members(s.With))
		add("key", w.members(s.Key))
		add("body", w.optional(s.Body))
		add("repeat", repeat(s))
	case plan.Lookup:
		add("mapping", s.Target)
		add("with", w.members(s.With))
	case plan.Each:
		add("over", w.text(s.Over))
		add("as", s.As)
		add("max", s.Max)
		add("steps", w.steps(s.Steps))
	case plan.Assert:
		other := s.Else
		if other == "" {
			other = plan.Hold
		}
		add("that", w.optional(s.That))
		add("else", string(other))
		add("message", s.Message)
	case plan.Wait:
		add("until", w.text(s.Until))
	case plan.Ask:
		add("question", w.optional(s.Question))
		add("show", w.members(s.Show))
		add("answers", append([]string{}, s.Answers...))
	default:
		w.fail("a step of kind " + string(s.Kind))
	}
	return out
}

func (w *writer) trigger(t *plan.Trigger) any {
	if t.Kind == plan.OnSchedule {
		return wireClock{t.Kind, t.At, t.Zone, t.As}
	}
	return wireTrigger{t.API, t.Kind, t.Object, t.As, w.value(t.When), w.value(t.Key)}
}

// repeat is what a write does about a lost answer, nothing where the plan leaves it out.
func repeat(s *plan.Step) any {
	if s.Repeat == "" {
		return nil
	}
	return string(s.Repeat)
}

func (w *writer) fail(what string) {
	if w.err == nil {
		w.err = fmt.Errorf("submission: %s has no form", what)
	}
}

func (w *writer) members(m map[string]plan.Value) []wireMember {
	out := []wireMember{}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		out = append(out, wireMember{name, w.value(m[name])})
	}
	return out
}

// way writes what the fields must be in one way of matching: an object of comparisons, and
// what must be equalled as the value alone.
func (w *writer) way(way plan.Way) []wireMember {
	fields := map[string]plan.Value{}
	for field, test := range way {
		if v, ok := test[plan.Eq]; ok && len(test) == 1 {
			fields[field] = v
			continue
		}
		members := map[string]plan.Value{}
		for op, v := range test {
			members[string(op)] = v
		}
		fields[field] = plan.Value{Kind: plan.ObjectV, Members: members}
	}
	return w.members(fields)
}

// ways writes a where: its first way, and the others.
func (w *writer) ways(where plan.Where) (first []wireMember, others []any) {
	first, others = []wireMember{}, []any{}
	for i, way := range where {
		if members := w.way(way); i == 0 {
			first = members
		} else {
			others = append(others, pairs{{"fields", members}})
		}
	}
	return first, others
}

func (w *writer) optional(v *plan.Value) any {
	if v == nil {
		return nil
	}
	return w.value(*v)
}

// text is an expression where nothing else can stand.
func (w *writer) text(v *plan.Value) string {
	if v == nil || v.Kind != plan.Expression {
		w.fail("a list or a moment that is not an expression")
		return ""
	}
	return v.Expr
}

func (w *writer) value(v plan.Value) pairs {
	one := func(kind string, members ...wireMember) pairs { return append(pairs{{"kind", kind}}, members...) }
	switch v.Kind {
	case plan.Expression:
		return one("expression", wireMember{"expression", v.Expr})
	case plan.ObjectV:
		return one("object", wireMember{"members", w.members(v.Members)})
	case plan.ListV:
		items := []any{}
		for _, item := range v.Items {
			items = append(items, w.value(item))
		}
		return one("list", wireMember{"items", items})
	case plan.EachV:
		return one("each", wireMember{"over", w.text(&v.Each.Over)}, wireMember{"as", v.Each.As}, wireMember{"do", w.value(v.Each.Do)})
	case plan.Literal:
	}
	switch l := v.Literal.(type) {
	case string:
		return one("text", wireMember{"text", l})
	case json.Number:
		return one("number", wireMember{"number", l.String()})
	case bool:
		return one("bool", wireMember{"bool", l})
	}
	w.fail("a value that is nothing")
	return nil
}

// byID is a pointer into a plan with the ids of its steps in place of their numbers.
func byID(p *plan.Plan, pointer string) string {
	parts := strings.Split(pointer, "/")
	steps := p.Steps
	for i := 1; i+1 < len(parts) && parts[i] == "steps"; i += 2 {
		n, err := strconv.Atoi(parts[i+1])
		if err != nil || n < 0 || n >= len(steps) {
			break
		}
		parts[i+1], steps = string(steps[n].ID), steps[n].Steps
	}
	return strings.Join(parts, "/")
}
