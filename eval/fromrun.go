package eval

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/twin/demo"
	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
)

// FromRun makes an archive of a run that is done: its plan, the records that it read, the
// rows it used, what set it off, and assertions that what it wrote is there. Texts that are
// somebody's become stand-ins. The case is run before it is returned: an error names what
// the record lacks, or in what the case would not pass.
func (e *Evaluator) FromRun(ctx context.Context, id string, run app.Recorded) ([]byte, error) {
	t := teller{run: run, cat: e.cfg.Catalog}
	data, err := t.archive()
	if err != nil {
		return nil, fmt.Errorf("run %s cannot be made a case: %w", run.Run.ID, err)
	}
	c, found := ParseArchive(id+".txtar", id, data)
	if err := found.Err(); err != nil {
		return nil, fmt.Errorf("run %s cannot be made a case: %w", run.Run.ID, err)
	}
	ev, err := e.Run(ctx, []Planner{Rules(e.cfg.Catalog)}, []Case{c})
	if err != nil {
		return nil, err
	}
	if r := ev.Cases[0]; !r.Pass {
		return nil, fmt.Errorf("run %s cannot be made a case: on the stand-in vendors it does not come to the same: %s",
			run.Run.ID, strings.Join(append(r.Failures, r.Findings...), "; "))
	}
	return data, nil
}

// teller makes a case of one run.
type teller struct {
	run  app.Recorded
	cat  *catalog.Catalog
	subs *standins
	lay  *ground
	made []creation // in the order in which the run made them
	say  []string   // assertions
}

// creation is a record that the run made.
type creation struct {
	id, collection, member string
	known                  []string // conditions on "n" that tell it from others
}

func (t *teller) archive() ([]byte, error) {
	if err := t.fit(); err != nil {
		return nil, err
	}
	p, err := t.plan()
	if err != nil {
		return nil, err
	}
	t.subs = newStandins(string(p.YAML()))
	t.lay = newGround(t.cat, t.subs)
	if err := t.learn(); err != nil {
		return nil, err
	}
	scene := Scene{Decide: "nobody"}
	if err := t.world(&scene); err != nil {
		return nil, err
	}
	if err := t.began(&scene); err != nil {
		return nil, err
	}
	scene.Patch = t.lay.patches()
	if err := t.expect(); err != nil {
		return nil, err
	}
	return t.text(scene, p)
}

// fit refuses runs whose story a case cannot tell.
func (t *teller) fit() error {
	if t.run.Run.State != engine.Done {
		return fmt.Errorf("it is %s, and only what is done can be told whole", t.run.Run.State)
	}
	for name := range t.run.Plan.APIs {
		if name != "salesforce" && name != "xero" {
			return fmt.Errorf("its plan uses %s, of which there is no stand-in", name)
		}
	}
	for _, s := range t.run.Steps {
		switch s.Kind {
		case engine.KindReplied, engine.KindAdopted:
			return errors.New("a person answered for it, which a case cannot do")
		case engine.KindReleased:
			var r engine.Released
			if err := json.Unmarshal(s.Data, &r); err != nil {
				return err
			}
			if r.Allow != "" {
				return fmt.Errorf("a person waived the hold %q, which a case cannot do", r.Allow)
			}
		default: // what the engine does by itself, a case does too
		}
	}
	return nil
}

// plan is the run's plan without what its author said of it.
func (t *teller) plan() (*plan.Plan, error) {
	p, found := plan.Parse("plan.yaml", t.run.Plan.YAML())
	if err := found.Err(); err != nil {
		return nil, err
	}
	p.Goal, p.Notes = "A run that was made a case.", nil
	return p, nil
}

// said reads what an entry records, with numbers as they are written.
func said[T any](e engine.Entry) (out T, err error) {
	d := json.NewDecoder(bytes.NewReader(e.Data))
	d.UseNumber()
	return out, d.Decode(&out)
}

// learn looks at the whole record for codes and amounts, and for what the run made.
func (t *teller) learn() error {
	t.subs.known[t.run.Run.Record] = true
	creates := map[string]string{} // collections by path, of writes that create
	for _, s := range t.run.Steps {
		switch s.Kind {
		case engine.KindAnswered:
			a, err := said[engine.Answered](s.Entry)
			if err != nil {
				return err
			}
			t.subs.learn(a.Outcome.Value)
			if list, ok := a.Outcome.Value.([]any); ok && len(list) > 0 {
				t.makes(creates[strings.TrimSuffix(a.Path, "/lookup")], list[0])
			}
		case engine.KindIntent:
			in, err := said[engine.Intent](s.Entry)
			if err != nil {
				return err
			}
			t.subs.learn(in.Body)
			if _, named := t.named(s.Action); !named {
				creates[in.Path] = collection(s.Action.Operation.Entity)
				t.lay.makes[creates[in.Path]] = true
			}
		case engine.KindOutcome:
			o, err := said[engine.WriteOutcome](s.Entry)
			if err != nil {
				return err
			}
			t.subs.learn(o.Outcome.Value)
			if o.Outcome.Class == catalog.ClassOK {
				t.makes(creates[o.Path], o.Outcome.Value)
			}
		default:
		}
	}
	return nil
}

// makes notes a record that the run made; without a collection it made none.
func (t *teller) makes(collection string, v any) {
	r, _ := v.(map[string]any)
	member := idMember(collection)
	if id, ok := r[member].(string); ok && collection != "" {
		t.lay.made[id] = true
		t.made = append(t.made, creation{id: id, collection: collection, member: member})
	} else if id, ok := r["id"].(string); ok && strings.HasPrefix(collection, "salesforce.") {
		t.lay.made[id] = true
		t.made = append(t.made, creation{id: id, collection: collection, member: member})
	}
}

// named returns the id of the record that a write changes, if it changes one.
func (t *teller) named(a engine.Action) (id string, ok bool) {
	member := idMember(collection(a.Operation.Entity))
	for _, name := range []string{member, "id"} {
		if v, has := a.Args.Params[name]; has {
			return fmt.Sprint(v), true
		}
	}
	return "", false
}

// world lays what was read, and decides the rows that were used.
func (t *teller) world(scene *Scene) error {
	for _, s := range t.run.Steps {
		switch s.Kind {
		case engine.KindAnswered:
			a, err := said[engine.Answered](s.Entry)
			if err != nil {
				return err
			}
			if a.Outcome.Class == catalog.ClassOK && !strings.HasSuffix(a.Path, "/lookup") {
				t.lay.read(s, a)
			}
		case engine.KindIntent:
			t.lay.wrote = true
		case engine.KindRows:
			rows, err := said[engine.Rows](s.Entry)
			if err != nil {
				return err
			}
			if err := t.rows(scene, rows.Rows); err != nil {
				return err
			}
		default:
		}
	}
	return nil
}

func (t *teller) rows(scene *Scene, rows []engine.Row) error {
	for _, row := range rows {
		to, err := t.lay.target(t.run.Plan.Mappings[row.Mapping].To, row.Value)
		if err != nil {
			return err
		}
		key := make([]string, len(row.Key))
		for i, part := range row.Key {
			key[i] = t.subs.text("", "", part)
		}
		if !slices.ContainsFunc(scene.Rows, func(r Row) bool { return r.Mapping == row.Mapping && slices.Equal(r.Key, key) }) {
			scene.Rows = append(scene.Rows, Row{Mapping: row.Mapping, Key: key, To: to})
		}
	}
	return nil
}

// began puts the record that set the run off back to what it was before, and makes the
// event of it.
func (t *teller) began(scene *Scene) error {
	scene.Events = []Event{{Advance: wire.Duration(time.Hour)}}
	tr, id := t.run.Plan.Trigger, t.run.Run.Record
	what := tr.API + " " + tr.Kind + " " + tr.Object
	subject := t.subject()
	switch what {
	case "salesforce change Opportunity":
		at := t.lay.laid["salesforce.Opportunity/"+id]
		if at == nil || subject["IsWon"] != true {
			return errors.New("its record does not say that the deal was won, and a case begins with that")
		}
		at.set["StageName"] = "Prospecting"
		won := &Patch{Object: "Opportunity", ID: id, Set: map[string]any{"StageName": "Closed Won"}}
		scene.Events = append(scene.Events, Event{Update: won})
		return nil
	case "salesforce change Account":
		return t.unlinked(scene, id)
	case "xero change Invoice":
		return t.paid(scene, id, subject)
	}
	return fmt.Errorf("it began with a %s of %s.%s, and a case can begin with a deal that was won, an account, or an invoice", tr.Kind, tr.API, tr.Object)
}

// unlinked makes the event of an account that has no contact: one that was there from the
// start would be passed over, so it has one until then.
func (t *teller) unlinked(scene *Scene, id string) error {
	const link = "Xero_Contact_Id__c"
	at := t.lay.laid["salesforce.Account/"+id]
	switch {
	case at == nil:
		return errors.New("the account that set it off is not in its record")
	case at.set[link] != nil:
		return errors.New("the account had a contact, and a case begins with one that has none")
	}
	at.set[link] = "none"
	scene.Events = append(scene.Events, Event{Update: &Patch{Object: "Account", ID: id, Set: map[string]any{link: nil}}})
	return nil
}

// waited are the events of a run that wakes by the clock: it begins when it began, and each
// time that it was waited for passes as it did.
func (t *teller) waited(scene *Scene, id string) error {
	from := t.run.Steps[0].At
	ahead := from.Sub(demo.Start())
	if ahead <= 0 {
		return fmt.Errorf("it began on %s and depends on the day, and the stand-in vendors begin later, on %s", from.Format(time.DateOnly), demo.Start().Format(time.DateOnly))
	}
	at := t.lay.laid["xero.Invoices/"+id]
	due := at.set["DueDate"]
	if due == nil {
		return errors.New("the invoice is due at no time, and a case begins when it is due at another")
	}
	at.set["DueDate"] = "2000-01-01" // one that was owed from the start would be passed over
	scene.Events = []Event{{Advance: wire.Duration(ahead)}, {Change: &Patch{Object: "Invoices", ID: id, Set: map[string]any{"DueDate": due}}}}
	for _, s := range t.run.Steps {
		if passed := s.At.Sub(from); passed >= time.Hour {
			scene.Events = append(scene.Events, Event{Run: true}, Event{Advance: wire.Duration(passed)})
			from = s.At
		}
	}
	return nil
}

// subject is the record that set the run off, as it was read first.
func (t *teller) subject() map[string]any {
	for _, s := range t.run.Steps {
		if s.Kind != engine.KindAnswered {
			continue
		}
		if a, err := said[engine.Answered](s.Entry); err == nil && a.Path == "trigger" {
			r, _ := a.Outcome.Value.(map[string]any)
			return r
		}
	}
	return nil
}

// paid makes the events of an invoice: of its payment, of its end, or of its being owed.
func (t *teller) paid(scene *Scene, id string, invoice map[string]any) error {
	status, paid, credited := invoice["Status"], fmt.Sprint(invoice["AmountPaid"]), fmt.Sprint(invoice["AmountCredited"])
	zero := func(amount string) bool { return strings.Trim(amount, "0.") == "" || amount == "<nil>" }
	switch {
	case t.lay.laid["xero.Invoices/"+id] == nil:
		return errors.New("the invoice that set it off is not in its record")
	case !zero(credited):
		return errors.New("the invoice was credited, and a case cannot tell how")
	case status == "VOIDED" && zero(paid):
		scene.Events = append(scene.Events, Event{Void: id})
	case (status == "AUTHORISED" || status == "PAID") && !zero(paid):
		scene.Events = append(scene.Events, Event{Pay: &Payment{Invoice: id, Amount: paid}})
	case status == "AUTHORISED":
		return t.waited(scene, id)
	default:
		return fmt.Errorf("the invoice was %v, with %s paid, and a case can begin with one that is owed, was paid or was voided", status, paid)
	}
	return nil
}
