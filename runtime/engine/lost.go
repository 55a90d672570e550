package engine

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/specs/catalog"
)

// lostHold is the hold of a write whose answer was lost and that nothing but a person can
// settle: it says what was sent, so that they can look, and what they may answer.
func (p *Program) lostHold(path string, op *catalog.Operation, in Intent, message string) Hold {
	h := Hold{Code: HoldUnknown, Path: path, Message: message, Answers: []string{Happened, NotHappened}}
	if _, ok := p.Catalog.Adopt(op); ok {
		h.Needs = op.Entity
	} else if op.Response != nil && op.Repeat != nil && op.Repeat.Way == catalog.WayKeyed {
		h.Answers = []string{NotHappened} // later steps count on an answer that nobody can give
	}
	h.Show = append(h.Show, Shown{"Request", in.Request.Method + " " + target(in.Request)})
	if in.Natural != "" {
		h.Show = append(h.Show, Shown{"Key", in.Natural})
	}
	body, _ := in.Body.(map[string]any)
	fields := []Shown{}
	for _, name := range slices.Sorted(maps.Keys(body)) {
		if text := shownText(body[name]); text != "" && text != "…" {
			fields = append(fields, Shown{name, text})
		}
	}
	h.Show = append(h.Show, fields[:min(len(fields), maxLostFields)]...)
	return h
}

// maxLostFields bounds how many fields of a lost write are shown.
const maxLostFields = 12

// Forgotten is the hold of a keyed write that can no longer be repeated safely; the action
// is the repeat that came too late.
func (p *Program) Forgotten(a Action) Hold {
	in := Intent{Natural: a.Natural, Body: a.Body}
	if a.Resend != nil {
		in.Request = *a.Resend
	}
	return p.lostHold(a.Path, a.Operation, in, fmt.Sprintf(
		"%s was sent, its answer was lost, and the vendor no longer remembers its key: a person must look", a.Operation.Name()))
}

// askLost holds for the person who looks whether a write happened.
func (w *walk) askLost(c call, last *attempt) error {
	return do(Action{Kind: DoHold, Path: c.path, Hold: w.p.lostHold(c.path, c.op, last.intent, fmt.Sprintf(
		"%s was sent and its answer was lost: a person must look whether it happened", c.op.Name()))})
}

// heeded does what a person said of a lost write: sends it again, or takes the record they
// named, as it is now, for its answer.
func (w *walk) heeded(c call, last *attempt, again Action) (any, error) {
	if last.said.Answer != Happened {
		again.SendBefore = time.Time{}
		return nil, do(again)
	}
	get, ok := w.p.Catalog.Adopt(c.op)
	switch {
	case !ok:
		return nil, nil // nothing was to come back
	case last.said.Record == "":
		return nil, w.askLost(c, last)
	case last.lookup == nil:
		args := apicall.Args{Params: map[string]any{}}
		for _, prm := range get.Params {
			if prm.In == catalog.InPath {
				args.Params[prm.Name] = last.said.Record
			}
		}
		w.selectFields(get, &args)
		return nil, do(Action{Kind: DoRead, Path: c.path + lookupSuffix, Operation: get, Args: args, Entity: c.op.Entity, Body: last.intent.Body})
	case last.lookup.Outcome.Class == catalog.ClassOK && last.lookup.Outcome.Value != nil:
		return last.lookup.Outcome.Value, nil
	}
	o := last.lookup.Outcome
	return nil, do(Action{Kind: DoHold, Path: c.path, Hold: w.p.lostHold(c.path, c.op, last.intent, fmt.Sprintf(
		"%s was lost, and no %s %.80q is found: %s", c.op.Name(), short(c.op.Entity), last.said.Record, cmp.Or(o.Message, string(o.Class))))})
}

// open reports whether it is not known what became of the attempt.
func (t *attempt) open() bool {
	return t.said == nil && (t.outcome == nil || t.outcome.Class == catalog.ClassUnknown)
}

// done reports whether the attempt did what it was to do: the vendor, or a person, says so.
func (t *attempt) done() bool {
	if t.said != nil {
		return t.said.Answer == Happened
	}
	return t.outcome != nil && t.outcome.Class == catalog.ClassOK
}
