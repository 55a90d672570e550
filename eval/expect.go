package eval

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/record"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
)

// expect says of every write of the run what must be there afterwards.
func (t *teller) expect() error {
	t.say = []string{"runs.size() == 1", `runs.all(r, r.state == "done")`}
	added := map[string]int{}
	for i, s := range t.run.Steps {
		if s.Kind != engine.KindIntent {
			continue
		}
		in, err := said[engine.Intent](s.Entry)
		if err != nil {
			return err
		}
		answer, sent, err := t.became(in, t.run.Steps[i+1:])
		if err != nil {
			return err
		}
		if sent {
			t.written(s, in, answer, added)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(added)) {
		t.say = append(t.say, fmt.Sprintf("added.%s.size() == %d", name, added[name]))
	}
	return nil
}

// became returns what the vendor answered to the last attempt of a write; an attempt that
// was followed by another is told by that one.
func (t *teller) became(in engine.Intent, after []app.RecordedStep) (answer map[string]any, last bool, err error) {
	for _, s := range after {
		switch s.Kind {
		case engine.KindIntent:
			if next, err := said[engine.Intent](s.Entry); err != nil || next.Path == in.Path {
				return nil, false, err
			}
		case engine.KindOutcome:
			o, err := said[engine.WriteOutcome](s.Entry)
			if err != nil {
				return nil, false, err
			}
			if o.Path == in.Path && o.Outcome.Class == catalog.ClassOK {
				answer, _ = o.Outcome.Value.(map[string]any)
			}
		default:
		}
	}
	return answer, true, nil
}

// written says what one write must have left behind.
func (t *teller) written(s app.RecordedStep, in engine.Intent, answer map[string]any, added map[string]int) {
	name := collection(s.Action.Operation.Entity)
	_, short, _ := strings.Cut(name, ".")
	body, _ := t.subs.tree(short, "", in.Body).(map[string]any)
	conds := t.conditions("r", body)
	for _, k := range slices.Sorted(maps.Keys(answer)) {
		if n, ok := answer[k].(json.Number); ok && body[k] == nil {
			conds = append(conds, fmt.Sprintf("r.%s == dec(%q)", k, n.String()))
		}
	}
	if id, named := t.named(s.Action); named {
		conds = append([]string{fmt.Sprintf("r.%s == %q", idMember(name), id)}, conds...)
		t.say = append(t.say, fmt.Sprintf("%s.exists_one(r, %s)", name, strings.Join(conds, " && ")))
		return
	}
	added[name]++
	t.say = append(t.say, fmt.Sprintf("added.%s.exists_one(r, %s)", name, strings.Join(conds, " && ")))
	for i := range t.made {
		id := t.made[i].id
		if t.made[i].collection == name && t.made[i].known == nil && (answer == nil || answer[t.made[i].member] == id || answer["id"] == id) {
			t.made[i].known = t.telling(body, in.Natural)
			break
		}
	}
}

// telling are the texts of a body by which its record is found again: the key that its vendor
// keeps unique, else all.
func (t *teller) telling(body map[string]any, natural string) (out []string) {
	for _, k := range slices.Sorted(maps.Keys(body)) {
		text, ok := body[k].(string)
		if !ok || t.lay.made[text] {
			continue
		}
		one := fmt.Sprintf("n.%s == %s", k, quoted(text))
		if text == natural {
			return []string{one}
		}
		out = append(out, one)
	}
	return out
}

// conditions compare a record, member by member, with what was written.
func (t *teller) conditions(of string, v any) (out []string) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			out = append(out, t.conditions(of+"."+k, v[k])...)
		}
	case []any:
		out = append(out, fmt.Sprintf("%s.size() == %d", of, len(v)))
		for i := range v {
			out = append(out, t.conditions(fmt.Sprintf("%s[%d]", of, i), v[i])...)
		}
	case string:
		out = append(out, t.equal(of, v))
	case json.Number:
		out = append(out, fmt.Sprintf("%s == dec(%q)", of, v.String()))
	case bool:
		out = append(out, fmt.Sprintf("%s == %t", of, v))
	}
	return out
}

// equal compares a text. An id that the run's vendors gave is another each time: what counts
// is that it is the id of what was made.
func (t *teller) equal(of, text string) string {
	for _, c := range t.made {
		if c.id == text {
			return fmt.Sprintf("added.%s.exists(n, %s)", c.collection, strings.Join(append([]string{"n." + c.member + " == " + of}, c.known...), " && "))
		}
	}
	return fmt.Sprintf("%s == %s", of, quoted(text))
}

// quoted writes a text as expressions do.
func quoted(text string) string {
	data, _ := json.Marshal(text) // a text always can be
	return string(data)
}

// text writes the archive, and makes sure that nothing is in it that has a stand-in.
func (t *teller) text(scene Scene, p *plan.Plan) ([]byte, error) {
	var out bytes.Buffer
	fmt.Fprintf(&out, "A run of the plan %s, made a case: names, addresses and free texts are stand-ins.\n-- case.json --\n", p.Name)
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(struct {
		Scene  Scene    `json:"case"`
		Assert []string `json:"assert"`
		Tags   []string `json:"tags"`
	}{scene, t.say, []string{"recorded"}})
	if err != nil {
		return nil, err
	}
	out.WriteString("-- plan.yaml --\n" + t.subs.prose(unpinned(p)))
	if to, found := t.subs.left(out.String()); found {
		return nil, fmt.Errorf("the text that %s stands for would still be in the case", quoted(to))
	}
	if leaks := record.NewScrubber().Leaks(out.Bytes()); len(leaks) > 0 {
		return nil, fmt.Errorf("the plan holds what looks like a secret: %s", strings.Join(leaks, "; "))
	}
	return out.Bytes(), nil
}

// unpinned is a plan's text that runs under whatever specs an evaluation has: a case outlives
// those that its run was approved under.
func unpinned(p *plan.Plan) string {
	var names []string
	for name, ref := range p.APIs {
		names = append(names, string(ref.Spec), "SPEC("+name+")", string(ref.Overlay), "OVERLAY("+name+")")
	}
	return strings.NewReplacer(names...).Replace(string(p.YAML()))
}
