package eval

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/runtime/localengine"
	"github.com/planwright/planwright/runtime/plan"
)

// Outcome is how a goal was answered.
type Outcome string

// The closed list of outcomes. A case may ask for the first three; the others are always
// wrong.
const (
	Plan     Outcome = "plan"     // a draft that passes the check
	Question Outcome = "question" // something a person must settle first
	Refusal  Outcome = "refusal"  // no plan, with reasons
	Unsound  Outcome = "unsound"  // a draft that does not pass the check
	Failed   Outcome = "failed"   // the planner itself could not work
)

// Outcomes are the answers that a case accepts; in JSON one of them or a list.
type Outcomes []Outcome

// UnmarshalJSON implements json.Unmarshaler.
func (o *Outcomes) UnmarshalJSON(data []byte) error {
	var list []Outcome
	if len(data) > 0 && data[0] == '"' {
		list = make([]Outcome, 1)
		if err := json.Unmarshal(data, &list[0]); err != nil {
			return err
		}
	} else if err := json.Unmarshal(data, &list); err != nil {
		return err
	}
	for _, one := range list {
		if !slices.Contains([]Outcome{Plan, Question, Refusal}, one) {
			return fmt.Errorf("outcome %q is none of plan, question, refusal", one)
		}
	}
	*o = list
	return nil
}

// MarshalJSON implements json.Marshaler.
func (o Outcomes) MarshalJSON() ([]byte, error) {
	if len(o) == 1 {
		return json.Marshal(o[0])
	}
	return json.Marshal([]Outcome(o))
}

// Case is one evaluation task. In JSON it is one object; docs/evaluation.md describes its
// members.
type Case struct {
	// ID names it in reports and in the baseline, "wording/passive". What stands before
	// the first slash is its family, by which results are grouped.
	ID      string   `json:"id"`
	Goal    string   `json:"goal,omitempty"`
	Outcome Outcomes `json:"outcome,omitempty"`
	// Scene is what happens around the plan: by name, or written out.
	Scene SceneRef `json:"case,omitzero"`
	// Assert holds questions that must be true at the end; see [expr.CompileAssertion].
	Assert []string `json:"assert,omitempty"`
	// Forbid names operations, or patterns of them, that the plan must neither hold nor call.
	Forbid []string `json:"forbid,omitempty"`
	// Asks are words that a question or a reason must name.
	Asks []string `json:"asks,omitempty"`
	Tags []string `json:"tags,omitempty"`
	Why  string   `json:"why,omitempty"` // what the case is there to find out
	// Reference names one of [plans.Automations]: what a planner that makes no mistake drafts. With Given
	// it is run instead of a planner's draft.
	Reference string `json:"reference,omitempty"`
	Given     bool   `json:"given,omitempty"`

	// Plan is run instead of a planner's draft, when set.
	Plan []byte `json:"-"`
	// Once says that only the first planner is asked: it is the run that is graded.
	Once bool `json:"-"`
	// Change is what the run must change in both worlds, and nothing else; see change.go.
	Change []byte `json:"-"`
}

// Family returns the part of the id before its first slash.
func (c Case) Family() string {
	if before, _, ok := strings.Cut(c.ID, "/"); ok {
		return before
	}
	return "suite"
}

// Brings reports whether the case brings its plan, so that no planner is asked.
func (c Case) Brings() bool { return c.Given || c.Plan != nil }

// runs reports whether a plan of the case can be played on the twins: it uses no other API.
func (c Case) runs(p *plan.Plan) bool {
	for name := range p.APIs {
		if name != "salesforce" && name != "xero" {
			return false
		}
	}
	return !c.Scene.Skip
}

// SceneRef names a scene of those that come with the program, or holds one.
type SceneRef struct {
	Name string
	Scene
}

// MarshalJSON implements json.Marshaler.
func (s SceneRef) MarshalJSON() ([]byte, error) {
	if s.Name != "" {
		return json.Marshal(s.Name)
	}
	return json.Marshal(s.Scene)
}

// Scene is what a plan meets when it runs. The zero Scene is the demonstration's company,
// with three of its deals won.
type Scene struct {
	// World is where both vendors start.
	World WorldRef `json:"world,omitzero"`
	// Patch changes the starting world before anything is connected.
	Patch []Patch `json:"patch,omitempty"`
	// Decide says who decides mapping rows: "person" (the default) decides those that the
	// deals of the events need as the demonstration's person does, "nobody" leaves every row
	// open. Rows are decided besides.
	Decide string `json:"decide,omitempty"`
	Rows   []Row  `json:"rows,omitempty"`
	// Events happen in order, after the approval.
	Events []Event `json:"events,omitempty"`
	// Faults strike the wire until the events are over; Kills end the engine's process.
	Faults []wire.Fault `json:"faults,omitempty"`
	Kills  []Kill       `json:"kills,omitempty"`
	// Skip grades the answer alone: the plan is not run.
	Skip bool `json:"skip,omitempty"`
	// Assert and Forbid are added to those of the case.
	Assert []string `json:"assert,omitempty"`
	Forbid []string `json:"forbid,omitempty"`
}

// WorldRef is a starting world: the demonstration's company of a seed, or records.
type WorldRef struct {
	Seed  uint64       // when World is nil; 0 means 7
	World *world.World // written out
}

// Patch sets members of one record of the starting world, adds a record, or takes one away.
type Patch struct {
	Object string         `json:"object"`       // "salesforce.Product2", "xero.Items"
	ID     string         `json:"id,omitempty"` // value of any member that names it; empty adds a record
	Set    map[string]any `json:"set,omitempty"`
	Drop   bool           `json:"drop,omitempty"`
}

// Row is one decision about a mapping.
type Row struct {
	Mapping string   `json:"mapping"`
	Key     []string `json:"key"`
	To      string   `json:"to"` // empty rejects or withdraws
}

// Kill ends the engine at the nth passing of a point, counted from the start before.
type Kill struct {
	At  localengine.Point `json:"at"`
	Nth int               `json:"nth"`
}

// Event is one thing that happens; exactly one member is set.
type Event struct {
	// Win wins the first so many deals of the demonstration, or the deal of that id.
	Win json.RawMessage `json:"win,omitempty"`
	// Awkward wins the deal with that flaw, "no products".
	Awkward string `json:"awkward,omitempty"`
	// Update, Create and Delete are what a person does in Salesforce; Change and Add in
	// Xero's pages, past the rules of the API.
	Update *Patch `json:"update,omitempty"`
	Create *Patch `json:"create,omitempty"`
	Delete *Patch `json:"delete,omitempty"`
	Change *Patch `json:"change,omitempty"`
	Add    *Patch `json:"add,omitempty"`
	// Pay pays an invoice; Void voids one; Archive archives a contact.
	Pay     *Payment `json:"pay,omitempty"`
	Void    string   `json:"void,omitempty"`
	Archive string   `json:"archive,omitempty"`
	// Advance moves the clock.
	Advance wire.Duration `json:"advance,omitempty"`
	// Expire makes every access token of that vendor useless.
	Expire string `json:"expire,omitempty"`
	// Offline takes Xero off line, or back.
	Offline *bool `json:"offline,omitempty"`
	// Usage makes it look as if so many calls had been made to Salesforce today.
	Usage *int `json:"usage,omitempty"`
	// Rows are decided; Faults replace those on the wire; Run drives the engine once.
	Rows   []Row         `json:"rows,omitempty"`
	Faults *[]wire.Fault `json:"faults,omitempty"`
	Run    bool          `json:"run,omitempty"`
	Retry  string        `json:"retry,omitempty"` // key of a held run that a person lets go on
}

// Payment pays an invoice, all that is due when Amount is empty.
type Payment struct {
	Invoice string `json:"invoice"`
	Amount  string `json:"amount"`
}

// check reports what no member by itself shows to be wrong.
func (s Scene) check() error {
	for _, f := range s.Faults {
		if err := f.Check(); err != nil {
			return err
		}
	}
	for _, k := range s.Kills {
		if k.Nth < 1 || !slices.Contains([]localengine.Point{localengine.BeforeCommit, localengine.AfterCommit, localengine.BeforeSend, localengine.AfterSend}, k.At) {
			return fmt.Errorf("kill at %q, nth %d: there is no such point", k.At, k.Nth)
		}
	}
	if !slices.Contains([]string{"", "person", "nobody"}, s.Decide) {
		return fmt.Errorf("decide %q is neither person nor nobody", s.Decide)
	}
	for i, e := range s.Events {
		if err := e.check(); err != nil {
			return fmt.Errorf("event %d: %w", i+1, err)
		}
	}
	return nil
}

func (e Event) check() error {
	set := 0
	for _, is := range []bool{
		e.Win != nil, e.Awkward != "", e.Update != nil, e.Create != nil, e.Delete != nil, e.Change != nil, e.Add != nil,
		e.Pay != nil, e.Void != "", e.Archive != "", e.Advance != 0, e.Expire != "", e.Offline != nil, e.Usage != nil,
		e.Rows != nil, e.Faults != nil, e.Run, e.Retry != "",
	} {
		if is {
			set++
		}
	}
	if set != 1 {
		return fmt.Errorf("it says %d things, not one", set)
	}
	if e.Faults != nil {
		for _, f := range *e.Faults {
			if err := f.Check(); err != nil {
				return err
			}
		}
	}
	return nil
}
