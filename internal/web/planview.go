package web

import (
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
)

// planBody is a plan as a person reads it before saying yes: on a draft and on a proposal
// alike.
type planBody struct {
	Name    string `json:"name"`
	Goal    string `json:"goal"`
	Digest  string `json:"digest"`
	Summary string `json:"summary,omitempty"` // one sentence, while it passes its check
	Calls   string `json:"calls"`             // at most, for one event
	When    string `json:"when"`              // the trigger's condition
	// WhenWords says the condition in plain words, where there are any.
	WhenWords string `json:"when_words,omitempty"`
	// Times says when a plan starts that waits for a clock.
	Times   string        `json:"times,omitempty"`
	Steps   []stepView    `json:"steps"`
	Writes  []writeView   `json:"writes"`
	Sheet   *check.Sheet  `json:"sheet,omitempty"`
	Limits  []limitView   `json:"limits"`
	Never   []string      `json:"never"` // what it can never do
	Gives   []givesView   `json:"gives,omitempty"`
	Found   []findingView `json:"findings"`
	Remarks []string      `json:"remarks,omitempty"`
	YAML    string        `json:"yaml"`
	Drawing template.HTML `json:"-"`
}

// stepView is one step in words.
type stepView struct {
	No      string        `json:"no"`
	ID      string        `json:"id"`
	Kind    string        `json:"kind"`
	API     string        `json:"api,omitempty"`
	Text    string        `json:"text"`
	Expr    string        `json:"expr,omitempty"`
	Words   string        `json:"words,omitempty"` // what the expression says
	Else    string        `json:"else,omitempty"`  // what a check that fails does
	When    string        `json:"when,omitempty"`
	Note    string        `json:"note,omitempty"`
	Write   bool          `json:"write,omitempty"`
	Pointer string        `json:"pointer"`
	State   string        `json:"state,omitempty"` // on a run: done, held, waiting
	Found   []findingView `json:"findings,omitempty"`
	Inner   []stepView    `json:"inner,omitempty"`
}

// writeView is one write with every field it sends.
type writeView struct {
	ID      string        `json:"id"`
	API     string        `json:"api"`
	Verb    string        `json:"verb"` // "creates"
	Object  string        `json:"object"`
	Often   string        `json:"often"` // "1", "at most 1"
	Unless  string        `json:"unless,omitempty"`
	Once    string        `json:"once"` // what makes a repeat harmless
	Pointer string        `json:"pointer"`
	Fields  []fieldView   `json:"fields"`
	Found   []findingView `json:"findings,omitempty"`
}

// fieldView is one field that is sent, and where its value comes from.
type fieldView struct {
	Field   string        `json:"field"`
	Words   string        `json:"words,omitempty"` // what the expression says
	Expr    string        `json:"expr,omitempty"`  // an expression, or
	Literal string        `json:"literal,omitempty"`
	Key     bool          `json:"key,omitempty"`  // it makes the write happen once
	Each    string        `json:"each,omitempty"` // it is sent for every element of this list
	Said    bool          `json:"said,omitempty"` // the goal's words ask for it
	Note    string        `json:"note,omitempty"`
	Pointer string        `json:"pointer"`
	Found   []findingView `json:"findings,omitempty"`
}

// findingView is one finding of the check, with the step or field it belongs to.
type findingView struct {
	diag.Diagnostic
	Place string `json:"place,omitempty"` // anchor of the step or field that shows it
}

// limitView is one limit in words.
type limitView struct {
	Text string `json:"text"`
	None bool   `json:"none,omitempty"` // there could be one and is not
}

// givesView is one value that a run gives when it is done.
type givesView struct {
	Name  string `json:"name"`
	Expr  string `json:"expr"`
	Words string `json:"words,omitempty"`
	Maybe bool   `json:"maybe,omitempty"` // it may be absent
}

// gives lists the outputs of an outline.
func gives(outputs []check.OutlineOutput) []givesView {
	var out []givesView
	for _, o := range outputs {
		out = append(out, givesView{Name: o.Name, Expr: o.Source.Text, Words: o.Source.Words, Maybe: o.Maybe})
	}
	return out
}

// planReader turns one plan into its body.
type planReader struct {
	plan    *plan.Plan
	checked *check.Checked // nil while it does not pass
	sheet   *check.Sheet
	found   diag.List
	placed  map[int]string    // findings that stand at a step or field, by their index
	words   map[string]string // what expressions say in plain words, by pointer
}

// say collects the words of an outline's steps.
func (r *planReader) say(steps []check.OutlineStep) {
	for _, st := range steps {
		for _, a := range st.Assignments {
			r.words[a.Pointer] = a.Source.Words
		}
		if st.Once != nil && st.Once.Source != nil {
			r.words[plan.Join(st.Pointer+"/key", st.Once.Key)] = st.Once.Source.Words
		}
		if st.That != nil {
			r.words[st.Pointer+"/assert"] = st.That.Words
		}
		if st.Question != nil {
			r.words[st.Pointer+"/ask"] = st.Question.Words
		}
		if st.Until != nil {
			r.words[st.Pointer+"/wait"] = st.Until.Words
		}
		r.say(st.Steps)
	}
}

// readPlan returns the body of a plan. checked is nil when the plan does not pass, and
// then the sheet that was filed with it, if any, stands for its permissions.
func readPlan(p *plan.Plan, checked *check.Checked, filed *check.Sheet, found diag.List) planBody {
	r := &planReader{plan: p, checked: checked, sheet: filed, found: found, placed: map[int]string{}, words: map[string]string{}}
	summary := ""
	var outputs []givesView
	if checked != nil {
		sheet := checked.Sheet()
		r.sheet = &sheet
		outline := checked.Outline()
		summary, outputs = outline.Summary(), gives(outline.Outputs)
		r.words["/trigger/when"] = outline.Trigger.When.Words
		r.say(outline.Steps)
	}
	b := planBody{
		Name: p.Name, Goal: p.Goal, Digest: string(p.Digest()), YAML: string(p.YAML()), When: p.Trigger.When.Expr,
		Summary: summary, Sheet: r.sheet, WhenWords: r.words["/trigger/when"],
	}
	if t := p.Trigger; t.Kind == plan.OnSchedule {
		b.Times = "at " + t.At + " by the clock of " + t.Zone
	}
	b.Writes = r.writes()
	b.Steps = r.steps(p.Steps, "/steps", "")
	b.Drawing, b.Gives = picture(checked, nil), outputs
	for i, d := range found {
		b.Found = append(b.Found, findingView{Diagnostic: d, Place: r.placed[i]})
	}
	if r.sheet != nil {
		b.Calls, b.Limits, b.Never = r.calls(), r.limits(), r.never()
	}
	return b
}

// writes lists what leaves, in the order it is sent.
func (r *planReader) writes() []writeView {
	out := []writeView{}
	r.plan.All(func(pointer string, st *plan.Step) {
		if st.Kind != plan.Write && st.Kind != plan.Ensure {
			return
		}
		w := writeView{ID: string(st.ID), Pointer: pointer, Often: "1", Verb: "writes"}
		w.API, w.Object, _ = strings.Cut(st.Target, ".")
		w.Object = spaced(w.Object)
		if st.Kind == plan.Ensure {
			w.Verb = "creates"
		}
		if op := r.operation(st.ID); op != nil {
			w.Verb, w.Once = string(op.Effect)+"s", onceText(op.Once)
			w.API, w.Object, _ = strings.Cut(op.Entity, ".")
			w.Object = spaced(w.Object)
		}
		switch {
		case strings.Count(pointer, "/steps/") > 1:
			w.Often, w.Object = "several", nouns(w.Object)
		case st.When != nil:
			w.Often = "at most 1"
		}
		if st.Kind == plan.Ensure {
			w.Unless = "if none is found"
		}
		r.stepFields(&w, pointer, st)
		w.Found = r.at(pointer, false)
		out = append(out, w)
	})
	return out
}

// operation returns what the sheet says of the write of a step.
func (r *planReader) operation(id plan.StepID) *check.SheetOperation {
	if r.sheet == nil {
		return nil
	}
	for i, op := range r.sheet.Operations {
		if op.Effect != catalog.EffectNone && slices.Contains(op.Steps, string(id)) {
			return &r.sheet.Operations[i]
		}
	}
	return nil
}

// stepFields lists what a write sends: what names the record, its key, its body.
func (r *planReader) stepFields(w *writeView, pointer string, st *plan.Step) {
	add := func(under string, members map[string]plan.Value, key bool) {
		for _, name := range sortedKeys(members) {
			r.fields(w, fieldView{Field: name, Key: key, Pointer: plan.Join(under, name)}, members[name])
		}
	}
	add(pointer+"/with", st.With, false)
	add(pointer+"/key", st.Key, true)
	body, at := st.Body, pointer+"/body"
	if st.Kind == plan.Ensure {
		body, at = st.Create, pointer+"/create"
	}
	if body == nil {
		return
	}
	if body.Kind == plan.ObjectV {
		add(at, body.Members, false)
		return
	}
	r.fields(w, fieldView{Field: "(the whole body)", Pointer: at}, *body)
}

// fields flattens a value into the fields it sends.
func (r *planReader) fields(w *writeView, f fieldView, v plan.Value) {
	switch v.Kind {
	case plan.ObjectV:
		for _, name := range sortedKeys(v.Members) {
			inner := f
			inner.Field, inner.Pointer = f.Field+"."+name, plan.Join(f.Pointer, name)
			r.fields(w, inner, v.Members[name])
		}
	case plan.ListV:
		for i, item := range v.Items {
			inner := f
			inner.Field, inner.Pointer = fmt.Sprintf("%s %d", f.Field, i+1), plan.Join(f.Pointer, strconv.Itoa(i))
			r.fields(w, inner, item)
		}
	case plan.EachV:
		inner := f
		inner.Each, inner.Pointer = v.Each.As+" in "+v.Each.Over.Expr, plan.Join(f.Pointer, "do")
		r.fields(w, inner, v.Each.Do)
	case plan.Expression, plan.Literal:
		f.Expr, f.Literal = v.Expr, ""
		if v.Kind == plan.Literal {
			f.Literal = literal(v.Literal)
		}
		f.Note, f.Said = r.note(f.Pointer)
		if f.Words = r.words[f.Pointer]; v.Kind == plan.Literal {
			f.Words = ""
		}
		f.Found = r.at(f.Pointer, true)
		w.Fields = append(w.Fields, f)
	}
}

func literal(v any) string {
	switch v := v.(type) {
	case string:
		if v == "" {
			return "empty text"
		}
		return v
	case json.Number:
		return v.String()
	case nil:
		return "nothing"
	}
	return fmt.Sprint(v)
}

// note returns the planner's note on a place, and whether the goal's own words asked for it.
func (r *planReader) note(pointer string) (text string, said bool) {
	note := r.plan.Notes[pointer]
	if rest, ok := strings.CutPrefix(note, "default: "); ok {
		return rest, false
	}
	return note, strings.HasPrefix(note, "from ")
}

// at takes the findings that belong to a pointer; below, those of what it holds, too.
func (r *planReader) at(pointer string, below bool) (out []findingView) {
	for i, d := range r.found {
		if _, taken := r.placed[i]; taken || d.Pointer != pointer && (!below || !strings.HasPrefix(d.Pointer, pointer+"/")) {
			continue
		}
		r.placed[i] = anchor(pointer)
		out = append(out, findingView{Diagnostic: d, Place: r.placed[i]})
	}
	return out
}

// anchor makes a pointer an id of HTML.
func anchor(pointer string) string {
	return "at" + strings.Map(func(c rune) rune {
		if c == '/' || c < 128 && (unicode.IsLetter(c) || unicode.IsDigit(c)) || c == '_' {
			if c == '/' {
				return '-'
			}
			return c
		}
		return '.'
	}, pointer)
}

// steps tells the steps in order; findings that no field of a write showed stand here.
func (r *planReader) steps(steps []plan.Step, under, prefix string) []stepView {
	out := []stepView{}
	for i := range steps {
		st := &steps[i]
		v := stepView{
			No: prefix + strconv.Itoa(i+1), ID: string(st.ID), Kind: string(st.Kind), Pointer: under + "/" + strconv.Itoa(i),
		}
		v.Note, _ = r.note(v.Pointer + "/" + string(st.Kind))
		if st.When != nil {
			v.When = st.When.Expr
		}
		r.tell(&v, st)
		v.Found = r.at(v.Pointer, true)
		if st.Kind == plan.Each {
			v.Inner = r.steps(st.Steps, v.Pointer+"/steps", v.No+".")
		}
		out = append(out, v)
	}
	return out
}

// tell says in words what a step does.
func (r *planReader) tell(v *stepView, st *plan.Step) {
	api, name, _ := strings.Cut(st.Target, ".")
	switch st.Kind {
	case plan.Read:
		v.API, v.Text = api, "Reads the "+spaced(strings.TrimSuffix(name, ".get"))
		if st.From != "" {
			v.Text = "Reads the " + nouns(spaced(st.From))
		}
		for _, c := range st.Where.All("") {
			between := ", "
			if c.Way > 0 && !strings.Contains(v.Expr, fmt.Sprintf(" or (%d) ", c.Way+1)) {
				between = fmt.Sprintf(" or (%d) ", c.Way+1)
			}
			sign := "="
			if c.Op != plan.Eq {
				sign = check.ComparisonWords(c.Op)
			}
			v.Expr = strings.TrimPrefix(v.Expr+between+c.Field+" "+sign+" "+source(c.Value), ", ")
		}
	case plan.Ensure:
		v.API, v.Write = api, true
		var by []string
		for _, f := range st.Find {
			by = append(by, words(sortedKeys(f)))
		}
		v.Text = fmt.Sprintf("Finds the %s by %s, else creates it", spaced(name), strings.Join(by, ", then by "))
	case plan.Write:
		v.API, v.Write, v.Text = api, true, "Writes "+name
		if op := r.operation(st.ID); op != nil {
			v.Text = strings.ToUpper(string(op.Effect)[:1]) + string(op.Effect)[1:] + "s the " + spaced(op.Entity)
		}
		if st.Repeat == plan.RepeatAsk {
			v.Else = "if its answer is lost, a person is asked whether it happened"
		}
	case plan.Lookup:
		v.Text = "Takes the approved row of the mapping " + st.Target
	case plan.Each:
		v.Text = fmt.Sprintf("For every %s, at most %d times", st.As, st.Max)
		if st.Over != nil {
			v.Expr = st.As + " in " + source(*st.Over)
		}
	case plan.Wait:
		v.Text = "Waits until this has come"
		if st.Until != nil {
			v.Expr, v.Words = source(*st.Until), r.words[v.Pointer+"/wait"]
		}
	case plan.Ask:
		v.Text = "Asks a person, who answers " + strings.Join(st.Choices(), " or ")
		if st.Question != nil {
			v.Expr, v.Words = source(*st.Question), r.words[v.Pointer+"/ask"]
		}
		if len(st.Show) > 0 {
			v.Else = "shows " + words(sortedKeys(st.Show))
		}
	case plan.Assert:
		v.Text, v.Else = "Goes on only if this holds", "else waits for a person: "+st.Message
		if st.Else == plan.Refuse {
			v.Else = "else ends the run: " + st.Message
		}
		if st.Else == plan.Continue {
			v.Text, v.Else = "Looks whether this holds, and goes on either way", ""
		}
		if st.That != nil {
			v.Expr, v.Words = source(*st.That), r.words[v.Pointer+"/assert"]
		}
	}
}

// source writes a value on one line: an expression, or a literal in quotes.
func source(v plan.Value) string {
	switch v.Kind {
	case plan.Expression:
		return v.Expr
	case plan.Literal:
		if s, ok := v.Literal.(string); ok {
			return strconv.Quote(s)
		}
		return literal(v.Literal)
	case plan.ObjectV, plan.ListV, plan.EachV:
	}
	return "…"
}
