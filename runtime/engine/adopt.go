package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/specs/catalog"
)

// Adopt says what a run does with what somebody made by hand before the plan began.
type Adopt string

// The closed list of ways to adopt. The zero value looks for nothing.
const (
	// AdoptOnly links what is there and creates nothing.
	AdoptOnly Adopt = "only"
	// AdoptFirst links what is there and creates what is not.
	AdoptFirst Adopt = "first"
)

// None is the answer that none of the records that are alike is the one.
const None = "none"

// The reads by which a run looks for a record before it creates one.
const (
	adoptKey   = "/adopt-key"
	adoptAlike = "/adopt-alike"
)

// maxAlike bounds how many records that are alike a person is shown.
const maxAlike = 10

// adopt looks for the record that a create step of a run that adopts would make. One with
// the same natural key is taken for it; of those that are only alike a person chooses. nil
// without an error lets the step create it.
func (w *walk) adopt(c call) (any, error) {
	if w.s.Started.Adopt == "" || c.op.Effect != catalog.EffectCreate {
		return nil, nil
	}
	if !strings.HasSuffix(c.path, createSuffix) {
		rec, err := w.sameNumber(c)
		if rec == nil && err == nil {
			rec, err = w.alike(c)
		}
		if rec != nil || err != nil {
			return rec, err
		}
	}
	switch {
	case w.s.Started.Adopt == AdoptFirst:
		return nil, nil
	case w.s.Wrote():
		return nil, hold(HoldPerson, c.path, "no %s is there to adopt, and something was written already: a person must look", short(c.op.Entity))
	}
	return nil, do(finish(Done, fmt.Sprintf("left alone: no %s was there to adopt when the plan began", short(c.op.Entity))))
}

// sameNumber finds the record that has the natural key of what would be created.
func (w *walk) sameNumber(c call) (any, error) {
	natural, err := c.natural()
	rep := c.op.Repeat
	if err != nil || natural == "" || rep == nil || rep.Lookup == nil {
		return nil, err
	}
	op, args, err := apicall.Lookup(w.p.Catalog, c.op.Entity, *rep.Lookup, map[string]any{rep.Key: natural})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.path, err)
	}
	value, err := w.look(c.path+adoptKey, op, args, []string{rep.Key, rep.Status})
	if err != nil {
		return nil, err
	}
	found := livingOf(matching(value, map[string]any{rep.Key: natural}, nil), rep)
	switch len(found) {
	case 0:
		return nil, nil
	case 1:
		return found[0], nil
	}
	return nil, hold(HoldPerson, c.path, "%d records have %s %s: a person must look", len(found), rep.Key, natural)
}

// alike asks a person about records that agree with what would be created.
func (w *walk) alike(c call) (any, error) {
	how := c.op.Alike
	if how == nil || c.op.Repeat == nil {
		return nil, nil
	}
	args, err := c.render()
	if err != nil {
		return nil, err
	}
	body, _ := args.Body.(map[string]any)
	by := memberAt(body, how.Field)
	op, ok := w.p.Catalog.Operation(c.op.API + "." + how.Operation)
	if !ok || by == nil || by == "" {
		return nil, nil
	}
	value, err := w.look(c.path+adoptAlike, op, apicall.Args{Params: map[string]any{how.Param: by}},
		slices.Concat(how.Must, how.Any, how.Show, []string{how.Total, c.op.Repeat.Key, c.op.Repeat.Status}))
	if err != nil {
		return nil, err
	}
	found := livingOf(candidates(c.op, how, value, body), c.op.Repeat)
	if len(found) == 0 {
		return nil, nil
	}
	return w.choose(c, found)
}

// choose holds until a person said which of the records it is, or that it is none.
func (w *walk) choose(c call, found []map[string]any) (any, error) {
	o, _ := w.p.Catalog.Object(c.op.Entity)
	found = found[:min(len(found), maxAlike)]
	h := Hold{Code: HoldAsk, Path: c.path, Message: fmt.Sprintf(
		"a %s that was made before the plan began may be this one: which is it? %s", short(c.op.Entity), w.otherwise())}
	for _, rec := range found {
		id := fmt.Sprint(rec[o.Key])
		h.Answers = append(h.Answers, id)
		var say []string
		for _, field := range append([]string{c.op.Repeat.Key}, c.op.Alike.Show...) {
			if text := shownText(rec[field]); field != "" && text != "" && text != "…" {
				say = append(say, field+" "+text)
			}
		}
		h.Show = append(h.Show, Shown{Name: id, Value: strings.Join(say, ", ")})
	}
	h.Answers = append(h.Answers, None)
	said, ok := w.answered(h)
	switch {
	case !ok:
		return nil, do(Action{Kind: DoHold, Path: c.path, Hold: h})
	case said == None:
		return nil, nil
	}
	return found[slices.Index(h.Answers, said)], nil
}

// otherwise says what happens when it is none.
func (w *walk) otherwise() string {
	if w.s.Started.Adopt == AdoptOnly {
		return "If none is, nothing is written."
	}
	return "If none is, one is created."
}

// look reads for a run that adopts. Nothing found is no reason to hold.
// keep lists fields of the answer that are looked at beside those that the plan reads.
func (w *walk) look(path string, op *catalog.Operation, args apicall.Args, keep []string) (any, error) {
	got, ok := w.known(path)
	switch {
	case !ok:
		body := map[string]any{}
		for _, field := range keep {
			body[field] = true
		}
		return nil, do(Action{Kind: DoRead, Path: path, Operation: op, Args: args, Entity: op.Entity, Body: body})
	case got.Outcome.Class == catalog.ClassAbsent:
		return nil, nil
	}
	return w.read(path, op, args)
}

// livingOf leaves out records in a state in which they are nobody's.
func livingOf(records []map[string]any, rep *catalog.Repeat) []map[string]any {
	return slices.DeleteFunc(records, func(rec map[string]any) bool {
		return rep != nil && slices.ContainsFunc(rep.Dead, func(dead string) bool { return sameText(rec[rep.Status], dead) })
	})
}

// candidates are the records that agree with a body in all that must, and in the total or
// in one of the fields of which one is enough.
func candidates(op *catalog.Operation, how *catalog.Alike, value any, body map[string]any) []map[string]any {
	total, summed := decimal.Zero(), op.Money != nil
	if summed {
		total = amount(op.Money, body)
	}
	must := map[string]any{}
	for _, field := range how.Must {
		must[field] = body[field]
	}
	return slices.DeleteFunc(matching(value, must, nil), func(rec map[string]any) bool {
		same := slices.ContainsFunc(how.Any, func(field string) bool {
			return body[field] != nil && body[field] != "" && sameText(rec[field], body[field])
		})
		if had, err := decimal.Parse(fmt.Sprint(rec[how.Total])); err == nil && summed && had.Equal(total) {
			same = true
		}
		return !same
	})
}

// memberAt follows dots into objects; nil when it leads nowhere.
func memberAt(v any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}
