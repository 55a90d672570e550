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

// unsettled is the hold of a run that would end while it is not known whether a write of its
// happened: the record has changed and the plan does not come to that write any more. What
// an ensure step creates harms nobody, and what is idempotent has said nothing new.
func (p *Program) unsettled(s *State) (Hold, bool) {
	for _, path := range slices.Sorted(maps.Keys(s.writes)) {
		tries := s.writes[path]
		last := &tries[len(tries)-1]
		op := p.sent(last)
		if harmless(path, op) || !lostAtLast(tries) || last.found(op.Repeat) {
			continue
		}
		h := p.lostHold(path, op, last.intent, fmt.Sprintf(
			"%s was sent and its answer was lost, and the plan does not come to it any more: a person must look whether it happened", last.intent.Request.Operation))
		h.Needs, h.Answers = "", []string{Happened, NotHappened} // nothing depends on its answer, and it is not sent again
		return h, true
	}
	return Hold{}, false
}

// lostAtLast reports whether the last that is known of a write is that an answer was lost:
// being turned away since says nothing of what was sent before.
func lostAtLast(tries []attempt) bool {
	last := &tries[len(tries)-1]
	return last.open() || last.said == nil && last.taken == nil && last.turnedAway() && lostBefore(tries)
}

// turnedAway reports that nothing was done and the host gave up trying.
func (t *attempt) turnedAway() bool {
	return t.outcome != nil && (t.outcome.Class == catalog.ClassRetry || t.outcome.Class == catalog.ClassLimit || t.outcome.Class == catalog.ClassRefresh)
}

// found reports whether the latest look-up found what the attempt was to make.
func (t *attempt) found(rep *catalog.Repeat) bool {
	return rep != nil && t.said == nil && t.taken == nil && t.lookup != nil && len(matching(t.lookup.Outcome.Value, map[string]any{rep.Key: t.intent.Natural}, nil)) > 0
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
		rec := last.lookup.Outcome.Value
		status := ""
		if c.op.Repeat != nil {
			status = c.op.Repeat.Status
		}
		at := differs(last.intent.Body, rec, status)
		if at == "" || last.insisted {
			return rec, nil
		}
		return nil, do(Action{Kind: DoHold, Path: c.path, Hold: w.p.lostHold(c.path, c.op, last.intent, fmt.Sprintf(
			"%s was lost, and %s %.80q has another %s than was sent: who means it all the same answers so again",
			c.op.Name(), short(c.op.Entity), last.said.Record, at))})
	}
	o := last.lookup.Outcome
	return nil, do(Action{Kind: DoHold, Path: c.path, Hold: w.p.lostHold(c.path, c.op, last.intent, fmt.Sprintf(
		"%s was lost, and no %s %.80q is found: %s", c.op.Name(), short(c.op.Entity), last.said.Record, cmp.Or(o.Message, string(o.Class))))})
}

// open reports whether it is not known what became of the attempt.
func (t *attempt) open() bool {
	return t.said == nil && t.taken == nil && (t.outcome == nil || t.outcome.Class == catalog.ClassUnknown)
}

// done reports whether the attempt did what it was to do: the vendor, or a person, says so.
func (t *attempt) done() bool {
	if t.taken != nil {
		return true
	}
	if t.said != nil {
		return t.said.Answer == Happened
	}
	return t.outcome != nil && t.outcome.Class == catalog.ClassOK
}
