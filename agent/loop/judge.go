package loop

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/planwright/planwright/agent"
	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/prompts"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
)

// Limits that are put in where a model left them out, the same as those of the planner
// without a model.
const (
	perDay    = 200
	perAmount = 50_000
)

// judge turns an answer into a draft, or says what is wrong with it, with places in the
// answer.
func (p *Planner) judge(c *composed, goal string) (*agent.Draft, diag.List) {
	tidy(c.tree)
	first, list := c.parse()
	if list.HasErrors() {
		return nil, c.translated(nil, list)
	}
	found := p.rules(first, goal)
	checked, list := check.Check(first, p.cfg.Catalog)
	if found = append(found, list...); found.HasErrors() {
		return nil, c.translated(first, found)
	}
	remarks := complete(c.tree, checked, list)
	// What was put in is judged like the rest.
	whole, list := c.parse()
	if !list.HasErrors() {
		checked, list = check.Check(whole, p.cfg.Catalog)
	}
	if list.HasErrors() {
		return nil, c.translated(whole, list)
	}
	remarks = append(remarks, p.unnamed(whole, goal)...)
	remarks = append(remarks, unsaid(whole, goal)...)
	remarks = append(remarks, above(checked)...)
	for _, r := range c.remarks[:min(len(c.remarks), maxRemarks)] {
		if r = prompts.Plain(r, maxText); r != "" {
			remarks = append(remarks, "The model says: "+r)
		}
	}
	return &agent.Draft{Plan: whole, Remarks: remarks}, nil
}

// translated keeps the errors, each with its place in the answer instead of the plan.
func (c *composed) translated(p *plan.Plan, list diag.List) diag.List {
	var out diag.List
	for _, d := range list {
		if d.Severity != diag.Error {
			continue
		}
		if p != nil {
			in, value := p.PlaceIn(d.Pointer, 1, 1), p.PlaceOf(d.Pointer)
			if n := d.Column - in.Column + 1; in != value && d.Line == in.Line && n > 0 {
				d.Message += fmt.Sprintf(" (at character %d of the expression)", n)
			}
		}
		out = append(out, diag.Diagnostic{Code: d.Code, Severity: d.Severity, Pointer: c.at(d.Pointer), Message: d.Message, Hint: d.Hint})
	}
	return out
}

var notInName = regexp.MustCompile(`[^a-z0-9]+`)

// tidy levels what is only words: the plan's name and its notes.
func tidy(tree map[string]any) {
	name, _ := tree["name"].(string)
	name = strings.Trim(notInName.ReplaceAllString(strings.ToLower(name), "-"), "-")
	if name = strings.Trim(name[:min(len(name), 60)], "-"); name == "" {
		name = "drafted-plan"
	}
	tree["name"] = name
	notes, _ := tree["notes"].(map[string]any)
	for i, at := range slices.Sorted(maps.Keys(notes)) {
		text, _ := notes[at].(string)
		if text = prompts.Plain(text, maxText); text == "" || i >= maxNotes {
			delete(notes, at)
			continue
		}
		notes[at] = text
	}
	if len(notes) == 0 {
		delete(tree, "notes")
	}
}

// complete puts in the limits that a plan has none of, and takes out notes about nothing.
func complete(tree map[string]any, checked *check.Checked, found diag.List) (remarks []string) {
	limits, notes := member(tree, "limits"), member(tree, "notes")
	for _, d := range found {
		if at, ok := strings.CutPrefix(d.Pointer, "/notes/"); ok && d.Code == "unknown-note" {
			delete(notes, strings.NewReplacer("~1", "/", "~0", "~").Replace(at))
		}
	}
	for _, name := range checked.Sheet().Unlimited {
		most := perDay
		if !strings.HasSuffix(name, "_per_day") {
			most = perAmount
		}
		limits[name] = json.Number(fmt.Sprint(most))
		notes["/limits/"+name] = fmt.Sprintf("default: %d, because the model set no limit", most)
		remarks = append(remarks, fmt.Sprintf("The limit %s is the usual %d: the model set none.", name, most))
	}
	for _, key := range []string{"limits", "notes"} {
		if len(member(tree, key)) == 0 {
			delete(tree, key)
		}
	}
	return remarks
}

// member returns the map under a key, made when it is not there.
func member(tree map[string]any, key string) map[string]any {
	m, ok := tree[key].(map[string]any)
	if !ok {
		m = map[string]any{}
		tree[key] = m
	}
	return m
}

// rules judges what only matters when a model wrote the plan.
func (p *Planner) rules(pl *plan.Plan, goal string) (found diag.List) {
	text := func(at, s string) {
		if _, bad := prompts.Unseen(s); bad {
			found = append(found, errUnseen(at))
		}
		if address.MatchString(s) {
			found = append(found, errAddress(at))
		}
	}
	pl.Walk(func(at string, v plan.Value) {
		switch s, _ := v.Literal.(string); v.Kind {
		case plan.Expression:
			text(at, v.Expr)
		case plan.Literal:
			text(at, s)
			if strings.Contains(s, "${") {
				found = append(found, errDollar(at))
			}
		default: // what it holds is visited too
		}
	})
	pl.All(func(at string, s *plan.Step) {
		text(at+"/message", s.Message)
		op, ok := p.cfg.Catalog.Operation(s.Target)
		if s.Kind == plan.Write && ok && !asked(goal, op.Effect) {
			found = append(found, errUnasked(at+"/write", op.Name(), string(op.Effect)))
		}
	})
	return found
}

// unnamed tells the writes whose object the goal does not speak of.
func (p *Planner) unnamed(pl *plan.Plan, goal string) (remarks []string) {
	said := words(goal)
	pl.All(func(_ string, s *plan.Step) {
		object, verb := s.Target, "creates"
		if s.Kind == plan.Write {
			op, ok := p.cfg.Catalog.Operation(s.Target)
			if !ok {
				return
			}
			object, verb = op.Entity, string(op.Effect)+"s"
		} else if s.Kind != plan.Ensure {
			return
		}
		if named(p.cfg.Catalog, object, said) {
			return
		}
		remark := fmt.Sprintf("The step %s %s a %s, which the goal does not name.", s.ID, verb, object)
		if s.Kind == plan.Ensure {
			remark = fmt.Sprintf("The step %s makes a %s where none is found, which the goal does not name.", s.ID, object)
		}
		remarks = append(remarks, remark)
	})
	return remarks
}

// exact is what a goal says to the letter: a number, or words in quotation marks.
var exact = regexp.MustCompile(`"[^"]+"|“[^”]+”|\b[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?\b`)

// unsaid tells the numbers and quoted names of a goal that stand nowhere in the plan. The
// plan may say them in another way, or not at all: a person should look.
func unsaid(pl *plan.Plan, goal string) (remarks []string) {
	bare := *pl
	bare.Goal, bare.APIs, bare.Notes, bare.Name = "", nil, nil, ""
	text := string(bare.Canonical())
	for _, said := range exact.FindAllString(goal, maxRemarks) {
		want := strings.Trim(said, "\"“”")
		if want == said { // a number
			want = strings.ReplaceAll(want, ",", "")
		}
		if !regexp.MustCompile(`(?:^|[^\pL\pN])` + regexp.QuoteMeta(want) + `(?:$|[^\pL\pN])`).MatchString(text) {
			remarks = append(remarks, "The goal says "+said+", and the plan does not say it in these words.")
		}
	}
	return remarks
}

// above tells the limits that are higher than usual.
func above(c *check.Checked) (remarks []string) {
	for _, l := range c.Sheet().Limits {
		usual := int64(perDay)
		if !strings.HasSuffix(l.Name, "_per_day") {
			usual = perAmount
		}
		if l.Most > usual {
			remarks = append(remarks, fmt.Sprintf("The limit %s is %d, above the usual %d.", l.Name, l.Most, usual))
		}
	}
	return remarks
}

// asked reports whether the words of a goal ask for an effect. Creating and changing are
// what plans are for; deleting and sending must be said.
func asked(goal string, effect catalog.Effect) bool {
	var stems []string
	switch effect {
	case catalog.EffectDelete:
		stems = []string{"delet", "remov", "void", "cancel", "eras", "discard", "archiv", "purg"}
	case catalog.EffectSend:
		stems = []string{"send", "sent", "email", "e-mail", "mail", "notif"}
	default:
		return true
	}
	list := strings.FieldsFunc(strings.ToLower(goal), func(r rune) bool { return strings.ContainsRune(" \t\r\n,.;:!?()\"", r) })
	for i, w := range list {
		if !slices.ContainsFunc(stems, func(s string) bool { return strings.HasPrefix(w, s) }) {
			continue
		}
		before := list[max(0, i-3):i]
		if !slices.ContainsFunc(before, func(b string) bool {
			return slices.Contains([]string{"not", "never", "no", "without", "don't", "don’t", "nothing"}, b)
		}) {
			return true
		}
	}
	return false
}
