package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/planwright/planwright/runtime/approval"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/runtime/localengine"
	"github.com/planwright/planwright/runtime/mapping"
)

// Act is one thing that a person did, as the journal has it.
type Act struct {
	Seq  uint64    `json:"seq"` // of its entry in the journal
	At   time.Time `json:"at"`
	By   string    `json:"by"` // "" where the details were pruned
	What What      `json:"what"`
	// About is what it was done to: a proposal, a row as "plan/mapping key", a run, or "journal".
	About  string `json:"about"`
	Record string `json:"record,omitempty"` // of the run, as people call it
	// How says what exactly was decided, accepted or answered; Why is the person's reason.
	How string `json:"how,omitempty"`
	Why string `json:"why,omitempty"`
}

// What says what a person did.
type What string

// The closed list of what a person may do.
const (
	ActProposed  What = "proposed"  // a plan was laid before people
	ActApproved  What = "approved"  // a plan
	ActRejected  What = "rejected"  // a plan
	ActRevoked   What = "revoked"   // an approval of a plan
	ActRow       What = "row"       // a row of a mapping was approved, rejected or withdrawn
	ActRetried   What = "retried"   // a held run goes on
	ActAccepted  What = "accepted"  // a held run goes on in spite of what it was held for
	ActAnswered  What = "answered"  // a question of a run
	ActAdopted   What = "adopted"   // a record was named as the run's own
	ActCancelled What = "cancelled" // a run was ended
	ActRecovered What = "recovered" // an older copy of the journal was taken for the truth
	ActSettled   What = "settled"   // what that copy did not know was looked after
)

// Audit tells what people did since a moment, in the order of the journal. Nothing of it is
// kept apart from the entries that the product itself goes by, so nothing can be left out.
func (a *App) Audit(since time.Time, each func(Act) error) error {
	l, err := a.open()
	if err != nil {
		return err
	}
	for e, err := range l.journal.Entries(0) {
		if err != nil {
			return err
		}
		if e.At.Before(since) {
			continue
		}
		act, ok, err := l.act(e)
		if err != nil {
			return fmt.Errorf("audit: entry %d: %w", e.Seq, err)
		}
		if !ok {
			continue
		}
		if err := each(act); err != nil {
			return err
		}
	}
	return nil
}

// act reads an entry by which a person did something; ok is false for all others.
func (l *live) act(e journal.Entry) (act Act, ok bool, err error) {
	act = Act{Seq: e.Seq, At: e.At}
	kind, rest, _ := strings.Cut(e.Stream, "/")
	switch kind {
	case "run":
		ok, err = l.actOnRun(&act, rest, e)
	case "plan":
		ok, err = actOnPlan(&act, e)
	case "mapping":
		ok, err = actOnRow(&act, rest, e)
	case journalStream:
		if e.Kind == kindAhead {
			return act, false, nil
		}
		act.About = journalStream
		var r Recovered
		ok, err = true, json.Unmarshal(e.Data, &r)
		act.By, act.What = r.By, ActSettled
		if e.Kind == kindRecovered {
			act.What, act.How = ActRecovered, fmt.Sprintf("%d entries were lost", r.Lost)
		}
	}
	return act, ok, err
}

func actOnPlan(act *Act, e journal.Entry) (bool, error) {
	switch e.Kind {
	case approval.KindProposed:
		var p approval.Proposal
		err := json.Unmarshal(e.Data, &p)
		act.By, act.What, act.About, act.How = p.By, ActProposed, string(p.ID), string(p.Digest)
		return true, err
	case approval.KindDecided:
		var d approval.Decision
		err := json.Unmarshal(e.Data, &d)
		act.By, act.About, act.How, act.Why = d.By, string(d.Proposal), string(d.Digest), d.Comment
		act.What = map[approval.Answer]What{approval.Approve: ActApproved, approval.Reject: ActRejected, approval.Revoke: ActRevoked}[d.Answer]
		return true, err
	}
	return false, nil
}

func actOnRow(act *Act, name string, e journal.Entry) (bool, error) {
	ev, err := mapping.DecodeEvent(e.Kind, e.Data)
	act.By, act.What, act.About, act.Why = ev.By, ActRow, name+" "+strings.Join(ev.Key, " · "), ev.Comment
	act.How = string(ev.Kind)
	if ev.Row != "" {
		act.How += " " + string(ev.Row)
	}
	return ev.Kind != mapping.Proposed, err
}

func (l *live) actOnRun(act *Act, id string, e journal.Entry) (bool, error) {
	act.About = id
	entry := engine.Entry{At: e.At, Kind: engine.Kind(e.Kind), Data: e.Data}
	switch {
	case entry.Kind != engine.KindReleased && entry.Kind != engine.KindReplied && entry.Kind != engine.KindAdopted && entry.Kind != engine.KindFinished:
		return false, nil
	case entry.Data == nil && entry.Kind == engine.KindAdopted:
		act.What, act.How = ActAdopted, tell(entry)
	case entry.Data == nil:
		act.What, act.How = ActAnswered, tell(entry)
	case entry.Kind == engine.KindReleased:
		r := as[engine.Released](entry)
		act.By, act.Why, act.What = r.By, r.Why, ActRetried
		if r.Allow != "" {
			act.What, act.How = ActAccepted, string(r.Allow)
		}
	case entry.Kind == engine.KindReplied:
		r := as[engine.Reply](entry)
		act.By, act.Why, act.What, act.How = r.By, r.Why, ActAnswered, r.Path+": "+r.Answer
		if r.Record != "" {
			act.What, act.How = ActAdopted, r.Path+": "+r.Record
		}
	case entry.Kind == engine.KindAdopted:
		r := as[engine.Adopted](entry)
		act.By, act.Why, act.What, act.How = r.By, r.Why, ActAdopted, r.Path+": "+r.Record
	default:
		f := as[engine.Finished](entry)
		act.By, act.Why, act.What = f.By, f.Reason, ActCancelled
	}
	if act.By == "" && entry.Data != nil || act.By == engine.ByTime || act.By == engine.ByDecision {
		return false, nil // nobody: the run itself, the clock, or a decision that has an entry of its own
	}
	s, err := l.engine.Summary(id)
	if errors.Is(err, localengine.ErrNoRun) {
		return true, nil
	}
	act.Record = s.Label
	if act.Record == "" {
		act.Record = s.Key
	}
	return true, err
}
