package engine

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
)

// call is one write of a plan: everything the protocol needs to know about it.
type call struct {
	path string
	op   *catalog.Operation
	// render evaluates arguments and body; it is not called once an attempt is on record
	// whose bytes can be sent again.
	render func() (apicall.Args, error)
	// natural evaluates the natural key alone; empty when the write has none.
	natural func() (string, error)
	// address says what the write is about now; see [walk.address]. It is a natural key where
	// byKey is set, else where the request goes, and the key too where keyed is set.
	address func(body any) (string, error)
	byKey   bool
	keyed   bool
	byBody  bool // it is told from others by what is sent, too
	anew    bool // what was sent at its path was for something else
}

func (w *walk) writeStep(pointer, path string, st *plan.Step) (any, error) {
	op := w.p.Checked.Step(st.ID).Operation
	natural := func() (string, error) { return w.naturalKey(pointer+"/key", path, op, st.Key) }
	_, keyed := st.Key[keyOf(op)]
	return w.write(call{
		path: path, op: op, natural: natural, address: w.address(pointer, path, st, op), byKey: len(st.With) == 0, keyed: keyed, byBody: byBody(op, st),
		render: func() (apicall.Args, error) { return w.writeArgs(pointer, path, st) },
	})
}

// writeArgs evaluates what a write step sends.
func (w *walk) writeArgs(pointer, path string, st *plan.Step) (apicall.Args, error) {
	args, err := w.params(pointer, path, st.With)
	if err != nil || st.Body == nil {
		return args, err
	}
	body, _, err := w.value(pointer+"/body", path, st.Body)
	if err != nil {
		return args, err
	}
	key, err := w.values(pointer+"/key", path, st.Key)
	if err != nil {
		return args, err
	}
	if obj, ok := body.(map[string]any); ok {
		maps.Copy(obj, key)
	}
	args.Body = body
	return args, nil
}

// naturalKey evaluates the value of the field that the vendor keeps unique.
func (w *walk) naturalKey(pointer, path string, op *catalog.Operation, fields map[string]plan.Value) (string, error) {
	v, ok := fields[keyOf(op)]
	if !ok {
		return "", nil
	}
	x, _, err := w.value(plan.Join(pointer, keyOf(op)), path, &v)
	text, _ := x.(string)
	return text, err
}

// ensureStep finds a record by the first alternative that knows one, else creates it. A
// record found by a weaker key than the first that already carries another value of a
// stronger one belongs to something else: a person decides.
func (w *walk) ensureStep(pointer, path string, st *plan.Step) (any, error) {
	entity, api := w.p.Checked.Step(st.ID).Entity, apiOf(st.Target)
	op, ok := w.p.Catalog.Operation(api + "." + entity.Create)
	if !ok {
		return nil, fmt.Errorf("ensure %s: %s cannot be created", path, st.Target)
	}
	create := call{
		path: path + createSuffix, op: op,
		natural: func() (string, error) { return w.naturalKey(pointer+"/create", path, op, st.Create.Members) },
		render: func() (apicall.Args, error) {
			body, _, err := w.value(pointer+"/create", path, st.Create)
			return apicall.Args{Body: body}, err
		},
	}
	if place.MatchString(path) {
		_, create.byKey = st.Create.Members[keyOf(op)]
		create.byBody = !create.byKey
		create.address = func(any) (string, error) {
			if create.byKey {
				return create.natural()
			}
			args, err := create.render()
			if err != nil {
				return "", err
			}
			req, err := w.request(path, op, args)
			return target(req) + " " + canonical(args.Body), err
		}
	}
	if begun, err := w.begun(create); err != nil {
		return nil, err
	} else if begun { // what was on record before decided that
		return w.write(create)
	}
	for i, by := range st.Find {
		at := fmt.Sprintf("%s/find/%d", path, i)
		rec, err := w.find(fmt.Sprintf("%s/find/%d", pointer, i), at, entity, api, by)
		if err != nil {
			return nil, err
		}
		if rec == nil {
			continue
		}
		if err := w.sameOwner(pointer, at, st, i, entity, rec); err != nil {
			return nil, err
		}
		return rec, nil
	}
	if w.s.wroteWithin(element(path)) {
		return nil, hold(HoldPerson, path, "the %s is not found any more, and what it was needed for is written: a person must look", short(entity.Object))
	}
	return w.write(create)
}

func (w *walk) sameOwner(pointer, path string, st *plan.Step, found int, entity catalog.Entity, rec map[string]any) error {
	for i, stronger := range st.Find[:found] {
		values, err := w.values(fmt.Sprintf("%s/find/%d", pointer, i), path, map[string]plan.Value(stronger))
		if err != nil {
			return err
		}
		for field, want := range values {
			if got, has := rec[field]; has && !sameText(got, want) {
				err := w.ask(HoldPerson, path, "a %s with the same %s carries another %s (%v): a person must say whether it is the same",
					short(entity.Object), fieldsOf(st.Find[found]), field, got)
				if err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func fieldsOf(by plan.FindBy) string {
	m := map[string]any{}
	for k := range by {
		m[k] = nil
	}
	return strings.Join(sortedKeys(m), " and ")
}

// write takes one write to its end. It is the protocol of the whole product: an intent is
// on record before a byte leaves; an answer that is not known is never guessed.
func (w *walk) write(c call) (any, error) {
	c, done, err := w.own(c)
	switch {
	case err != nil:
		return nil, err
	case done != nil && done.taken != nil:
		return w.takenOver(c, done)
	case done != nil && done.said != nil:
		return w.heeded(c, done, Action{})
	case done != nil && !done.done():
		return w.found(c, done, c.op.Repeat)
	case done != nil:
		return done.outcome.Value, w.sameKey(c, done)
	}
	tries := w.s.writes[c.path]
	if len(tries) == 0 {
		if rec, err := w.adopt(c); rec != nil || err != nil {
			return rec, err
		}
		return nil, w.attempt(c, 1)
	}
	last := &tries[len(tries)-1]
	if last.taken != nil {
		return w.takenOver(c, last)
	}
	if last.outcome == nil {
		return w.resolve(c, tries)
	}
	switch last.outcome.Class {
	case catalog.ClassOK:
		return last.outcome.Value, w.sameKey(c, last)
	case catalog.ClassUnknown:
		return w.resolve(c, tries)
	case catalog.ClassDuplicate:
		return w.adoptDuplicate(c, last)
	case catalog.ClassRetry, catalog.ClassLimit, catalog.ClassRefresh:
		// Nothing was done and the host gave up trying.
		if last.released && lostBefore(tries) {
			return w.resolve(c, tries)
		}
		if last.released {
			return nil, w.attempt(c, len(tries)+1)
		}
		return nil, do(Action{Kind: DoHold, Path: c.path, Hold: w.s.Setback(c.path, c.op, *last.outcome, last.heard)})
	default:
		if last.released {
			return nil, w.attempt(c, len(tries)+1)
		}
		code := HoldData
		if last.outcome.Class == catalog.ClassPerson || last.outcome.Class == catalog.ClassBug {
			code = HoldPerson
		}
		return nil, hold(code, c.path, "%s", refusal(c.op, last.outcome))
	}
}

// lostBefore reports whether the answer to an earlier attempt is not known: then a later
// one that was turned away is no reason to begin afresh, under another key.
func lostBefore(tries []attempt) bool {
	return slices.ContainsFunc(tries, func(t attempt) bool { return t.open() })
}

func refusal(op *catalog.Operation, o *apicall.Outcome) string {
	return fmt.Sprintf("%s was refused: %s", op.Name(), cmp.Or(o.Message, o.Code, fmt.Sprint("status ", o.Status)))
}

// attempt evaluates the arguments and makes the write the next action.
func (w *walk) attempt(c call, n int) error {
	args, err := c.render()
	if err != nil {
		return err
	}
	a := Action{Kind: DoWrite, Path: c.path, Operation: c.op, Args: args, Attempt: n, Anew: c.anew, Body: args.Body, Entity: c.op.Entity}
	if obj, ok := args.Body.(map[string]any); ok && c.op.Repeat != nil && c.op.Repeat.Key != "" {
		a.Natural, _ = obj[c.op.Repeat.Key].(string)
	}
	if c.op.Effect == catalog.EffectCreate && c.op.Entity != "" {
		noun, perDay, each := check.LimitNames(c.op.Entity)
		a.DayLimit, a.Create = w.p.Checked.Plan.Limits[perDay], w.creates(c.op, args.Body)
		if limit, ok := w.p.Checked.Plan.Limits[each]; ok && c.op.Money != nil {
			sum := amount(c.op.Money, args.Body)
			if sum.Cmp(decimal.FromInt(limit)) > 0 {
				if err := w.ask(HoldAmount, c.path, "the %s would be %s, and the plan allows %d", noun, Create{Amount: sum, Currency: currency(c.op.Money, args.Body)}.Text(), limit); err != nil {
					return err
				}
			}
		}
	}
	return do(a)
}

// resolve settles a write whose answer is not known, by the way its overlay names.
func (w *walk) resolve(c call, tries []attempt) (any, error) {
	last := &tries[len(tries)-1]
	rep := c.op.Repeat
	if rep == nil {
		rep = &catalog.Repeat{Way: catalog.WayAsk}
	}
	again := Action{
		Kind: DoWrite, Path: c.path, Operation: c.op, Attempt: len(tries) + 1, Entity: c.op.Entity,
		Resend: &last.intent.Request, Natural: last.intent.Natural, Body: last.intent.Body,
	}
	if last.said != nil {
		return w.heeded(c, last, again)
	}
	switch rep.Way {
	case catalog.WayIdempotent:
		return nil, w.update(c, last, again)
	case catalog.WayUpsert:
		return nil, do(again)
	case catalog.WayUnique, catalog.WayProbe:
		return w.lookUp(c, last, rep, again)
	case catalog.WayKeyed:
		again.SendBefore = tries[0].at.Add(rep.Window)
		return nil, do(again)
	default:
		return nil, w.askLost(c, last)
	}
}

// lookUp settles a write by its natural key. Absent counts only if it was asked after the
// last moment at which the lost request could still have committed.
func (w *walk) lookUp(c call, last *attempt, rep *catalog.Repeat, again Action) (any, error) {
	latest := last.at
	if last.heard.After(latest) {
		latest = last.heard
	}
	deadline := latest.Add(rep.Late)
	if last.unsent() {
		deadline = last.at
	}
	if last.lookup == nil {
		return nil, w.askFor(c, last, rep)
	}
	rec, err := w.found(c, last, rep)
	if err != nil || rec != nil {
		return rec, err
	}
	switch {
	case !last.lookup.Asked.Before(deadline):
		return nil, do(again)
	case last.lookups > maxLookups: // the clock went backwards, or never moves
		return nil, hold(HoldPerson, c.path, "%s was sent, and %d look-ups before %s found nothing", c.op.Name(), last.lookups, deadline.Format(time.RFC3339))
	case !w.s.Updated.Before(deadline):
		return nil, w.askFor(c, last, rep)
	}
	return nil, do(Action{Kind: DoHold, Path: c.path, Hold: Hold{
		Code: HoldLate, Path: c.path, Until: deadline,
		Message: fmt.Sprintf("the answer to %s was lost and nothing is found yet; it could still arrive", c.op.Name()),
	}})
}

// adoptDuplicate handles a refusal because the natural key is taken: by our own earlier
// request, or by somebody else's record.
func (w *walk) adoptDuplicate(c call, last *attempt) (any, error) {
	rep := c.op.Repeat
	if rep == nil || rep.Lookup == nil {
		return nil, hold(HoldPerson, c.path, "%s", refusal(c.op, last.outcome))
	}
	if last.lookup == nil || (last.released && last.lookup.Asked.Before(w.s.Updated) && last.lookups < 3) {
		return nil, w.askFor(c, last, rep)
	}
	rec, err := w.found(c, last, rep)
	if err != nil || rec != nil {
		return rec, err
	}
	if last.lookups < 3 { // lists may lag behind writes by seconds
		return nil, do(Action{Kind: DoHold, Path: c.path, Hold: Hold{
			Code: HoldLate, Path: c.path, Until: last.lookup.Asked.Add(5 * time.Second),
			Message: fmt.Sprintf("%s says %s is taken, and it is not listed yet", c.op.Name(), last.intent.Natural),
		}})
	}
	return nil, hold(HoldPerson, c.path, "%s says %s is taken, but no such record is found", c.op.Name(), last.intent.Natural)
}

// askFor makes the look-up by natural key the next action.
func (w *walk) askFor(c call, last *attempt, rep *catalog.Repeat) error {
	op, args, err := apicall.Lookup(w.p.Catalog, c.op.Entity, *rep.Lookup, map[string]any{rep.Key: last.intent.Natural})
	if err != nil {
		return fmt.Errorf("%s: %w", c.path, err)
	}
	return do(Action{Kind: DoRead, Path: c.path + lookupSuffix, Operation: op, Args: args, Entity: c.op.Entity, Body: last.intent.Body})
}

// found returns the record that our lost request made, nil when there is none, or a hold
// when a record is there that is not to be adopted.
func (w *walk) found(c call, last *attempt, rep *catalog.Repeat) (any, error) {
	o := last.lookup.Outcome
	if o.Class != catalog.ClassOK && o.Class != catalog.ClassAbsent {
		return nil, hold(HoldPerson, c.path, "looking for %s: %s", last.intent.Natural, cmp.Or(o.Message, string(o.Class)))
	}
	records := matching(o.Value, map[string]any{rep.Key: last.intent.Natural}, nil)
	switch {
	case len(records) == 0:
		return nil, nil
	case len(records) > 1:
		return nil, hold(HoldPerson, c.path, "%d records have %s %s: a person must look", len(records), rep.Key, last.intent.Natural)
	}
	rec := records[0]
	for _, dead := range rep.Dead {
		if sameText(rec[rep.Status], dead) {
			return nil, hold(HoldPerson, c.path, "%s %s exists and is %s: a person must decide", rep.Key, last.intent.Natural, dead)
		}
	}
	if at := differs(last.intent.Body, rec, rep.Status); at != "" {
		if err := w.ask(HoldPerson, c.path, "%s %s exists with another %s: it is not ours, or it was edited", rep.Key, last.intent.Natural, at); err != nil {
			return nil, err
		}
	}
	return rec, w.sameKey(c, last)
}

// maxLookups bounds how often one attempt is looked up before a person is asked.
const maxLookups = 20

// sameKey confirms that what was written is what the plan would write now: while the run
// was held, the record may have come to mean another customer, or another line.
func (w *walk) sameKey(c call, last *attempt) error {
	if last.intent.Natural == "" {
		return nil
	}
	now, err := c.natural()
	if err != nil || now == last.intent.Natural {
		return err
	}
	return w.ask(HoldPerson, c.path, "it was written for %s, and the record now says %s: a person must say which", last.intent.Natural, now)
}

func apiOf(name string) string {
	api, _, _ := strings.Cut(name, ".")
	return api
}

func short(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }
