package engine

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
)

// place is where an element stands in its list, as paths say it.
var place = regexp.MustCompile(`\[\d+\]`)

// address returns how to tell what a write within an each is about now: its natural key,
// else the record that its request goes to, and for what is made anew each time also what
// is sent.
func (w *walk) address(pointer, path string, st *plan.Step, op *catalog.Operation) func(body any) (string, error) {
	switch _, keyed := st.Key[keyOf(op)]; {
	case !place.MatchString(path):
		return nil
	case len(st.With) == 0 && keyed:
		return func(any) (string, error) { return w.naturalKey(pointer+"/key", path, op, st.Key) }
	case byBody(op, st):
		return func(any) (string, error) {
			args, err := w.writeArgs(pointer, path, st)
			if err != nil {
				return "", err
			}
			req, err := w.request(path, op, args)
			return target(req) + " " + canonical(args.Body), err
		}
	case len(st.With) == 0:
		return nil
	}
	return func(body any) (string, error) {
		args, err := w.params(pointer, path, st.With)
		if err != nil {
			return "", err
		}
		args.Body = body // not for its own sake: a request is not rendered without
		req, err := w.request(path, op, args)
		if _, keyed := st.Key[keyOf(op)]; !keyed || err != nil {
			return target(req), err
		}
		// Several of one record, as refunds of an order are: the key tells them apart.
		key, err := w.naturalKey(pointer+"/key", path, op, st.Key)
		return target(req) + " " + key, err
	}
}

func (w *walk) request(path string, op *catalog.Operation, args apicall.Args) (apicall.Request, error) {
	api, ok := w.p.Catalog.API(op.API)
	if !ok {
		return apicall.Request{}, fmt.Errorf("%s: api %s is not in the catalog", path, op.API)
	}
	return apicall.Render(api, op, w.p.Catalog, args)
}

// byBody reports a write that does its work anew at every call, and that no key of the plan
// tells from another like it.
func byBody(op *catalog.Operation, st *plan.Step) bool {
	_, keyed := st.Key[keyOf(op)]
	again := op.Repeat != nil && (op.Repeat.Way == catalog.WayIdempotent || op.Repeat.Way == catalog.WayUpsert)
	return !keyed && !again && st.Body != nil && (len(st.With) == 0 || op.Effect == catalog.EffectCreate)
}

// canonical is a body as a text that equal bodies have in common.
func canonical(body any) string {
	raw, _ := json.Marshal(body) // a tree of what JSON has
	return string(raw)
}

// keyOf is the field that the vendor keeps unique for what the write makes, "" for none.
func keyOf(op *catalog.Operation) string {
	if op.Repeat == nil {
		return ""
	}
	return op.Repeat.Key
}

// about is what an attempt was about, as address tells it of one to come.
func (c call) about(t *attempt) string {
	switch {
	case c.byBody:
		return target(t.intent.Request) + " " + canonical(t.intent.Body)
	case c.byKey:
		return t.intent.Natural
	case c.keyed:
		return target(t.intent.Request) + " " + t.intent.Natural
	}
	return target(t.intent.Request)
}

// target is what a request names in its path: the record. How the answer is to look stands
// behind it, and a newer overlay may say that otherwise.
func target(req apicall.Request) string {
	path, _, _ := strings.Cut(req.Path, "?")
	return path
}

// own finds the attempts of a step that are about the element it is at. A run that was held
// within an each reads the list anew when a person lets it go on: elements are gone, or stand
// elsewhere. What was done for a record counts for that record, once, wherever it stands
// now. It returns the attempt that did it, with the call at its path; or else the call at the
// path where its work is to go on.
func (w *walk) own(c call) (call, *attempt, error) {
	mine := w.s.writes[c.path]
	if c.address == nil {
		return c, nil, nil
	}
	if err := w.settled(c); err != nil {
		return c, nil, err
	}
	to := ""
	for _, path := range w.siblings(c.path) {
		tries := w.s.writes[path]
		for k := len(tries) - 1; k >= 0; k-- {
			t := &tries[k]
			if to == "" {
				var err error
				if to, err = c.address(t.intent.Body); err != nil {
					return c, nil, err
				}
			}
			id := nth(path, k)
			if w.counted[id] || c.about(t) != to {
				continue
			}
			switch {
			case t.done() || t.found(c.op.Repeat):
				w.counted[id] = true
				c.path = path
				if k < len(tries)-1 {
					c.path = id
				}
				return c, t, nil
			case k == len(tries)-1:
				w.counted[id] = true
				c.path = path
				return c, nil, nil
			}
		}
	}
	if len(mine) > 0 {
		last := mine[len(mine)-1]
		c.anew = !c.byBody || last.done()
		if c.byBody && last.done() && !w.counted[nth(c.path, len(mine)-1)] {
			err := w.ask(HoldPerson, c.path, "%s was done here with other values (request %d): the record has changed since, or the list has moved; who accepts this has it done again, with the values of now",
				c.op.Name(), len(mine))
			if err != nil {
				return c, nil, err
			}
		}
		return c, nil, w.attempt(c, len(mine)+1)
	}
	return c, nil, nil
}

// settled takes what was sent at the path of a call and lost to its end, whatever it was for.
func (w *walk) settled(c call) error {
	mine := w.s.writes[c.path]
	if len(mine) == 0 || !lostAtLast(mine) {
		return nil
	}
	c.address, c.render, c.natural = nil, nil, func() (string, error) { return mine[len(mine)-1].intent.Natural, nil }
	_, err := w.write(c)
	return err
}

// begun reports whether what a call is about now was sent before, wherever it stood.
func (w *walk) begun(c call) (bool, error) {
	if c.address == nil {
		return len(w.s.writes[c.path]) > 0, nil
	}
	if err := w.settled(c); err != nil {
		return false, err
	}
	for _, path := range w.siblings(c.path) {
		for k := range w.s.writes[path] {
			t := &w.s.writes[path][k]
			to, err := c.address(t.intent.Body)
			if err != nil {
				return false, err
			}
			if !w.counted[nth(path, k)] && c.about(t) == to {
				return true, nil
			}
		}
	}
	return false, nil
}

// element is what the paths of all steps for one element of a list begin with; "" outside.
func element(path string) string {
	if !place.MatchString(path) {
		return ""
	}
	return path[:strings.LastIndexByte(path, '.')+1]
}

// nth names the attempt after k others at a path, where its path alone means a later one.
func nth(path string, k int) string { return fmt.Sprintf("%s#%d", path, k) }

// tried returns the attempt that a path means: the last, or the one that [nth] names.
func (s *State) tried(path string) (*attempt, bool) {
	tries := s.writes[path]
	n := len(tries) - 1
	if write, k, ok := strings.Cut(path, "#"); ok {
		var err error
		if n, err = strconv.Atoi(k); err != nil {
			return nil, false
		}
		tries = s.writes[write]
	}
	if n < 0 || n >= len(tries) {
		return nil, false
	}
	return &tries[n], true
}

// siblings lists the paths of a step for all elements that it was begun for, the given
// one first.
func (w *walk) siblings(path string) []string {
	step := place.ReplaceAllString(path, "")
	out := []string{path}
	for _, other := range slices.Sorted(maps.Keys(w.s.writes)) {
		if other != path && place.ReplaceAllString(other, "") == step {
			out = append(out, other)
		}
	}
	return out
}
