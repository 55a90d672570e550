package engine

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/plan"
)

// Kind names what an entry of a run records. The strings reach disk and never change.
type Kind string

// The closed list of entry kinds.
const (
	KindStarted  Kind = "started"  // the run exists: plan, event key
	KindAnswered Kind = "answered" // a read came back
	KindRows     Kind = "rows"     // mapping rows this run uses, as approved
	KindIntent   Kind = "intent"   // a write is about to be sent
	KindOutcome  Kind = "outcome"  // a write came back, or its answer was lost
	KindHeld     Kind = "held"     // the run waits, with what would release it
	KindReleased Kind = "released" // it may go on
	KindReplied  Kind = "replied"  // a person answered what it was held for; it goes on
	KindAdopted  Kind = "adopted"  // a person took a record at the vendor for what a write was to make; it goes on
	KindFinished Kind = "finished" // done, refused, failed or cancelled
)

// Entry is one line of a run's record. Data is one of the structs below, by Kind.
type Entry struct {
	At   time.Time
	Kind Kind
	Data json.RawMessage

	said any // what Data is the encoding of, if that is known: see [Said]
}

// Started opens a run.
type Started struct {
	Plan   plan.Digest `json:"plan"`
	Name   string      `json:"name"`   // plan name
	Key    string      `json:"key"`    // the event's key: with Name it runs once, ever
	Record string      `json:"record"` // id of the trigger's record
	// Approval names the decision under which the run started.
	Approval string `json:"approval,omitempty"`
	// Stamp is when the record last changed, as the vendor says, when the event was seen.
	Stamp string `json:"stamp,omitempty"`
	// Given is what the event itself says: of a record that cannot be read any more, or of
	// the instant that was due.
	Given map[string]any `json:"given,omitempty"`
	// Adopt says what becomes of what was made by hand before the plan began.
	Adopt Adopt `json:"adopt,omitempty"`
	// Tenants are the far ends of the connections, by API: a run never goes on elsewhere.
	Tenants map[string]string `json:"tenants,omitempty"`
}

// Answered records what a read returned. Asked is when it was sent: only a look-up sent
// after a write could no longer commit proves that the write is absent.
type Answered struct {
	Path    string          `json:"path"`
	Asked   time.Time       `json:"asked"`
	Outcome apicall.Outcome `json:"outcome"`
}

// RowKey names one row of a mapping.
type RowKey struct {
	Mapping string   `json:"mapping"`
	Key     []string `json:"key"`
}

// Row is an approved row as this run uses it.
type Row struct {
	RowKey
	Value  map[string]any `json:"value"`
	Digest string         `json:"digest"`
}

// Rows records the approved rows a run needed, once and for all its life.
type Rows struct {
	Rows []Row `json:"rows"`
}

// Intent is durable before the first byte of a write leaves.
type Intent struct {
	Path    string          `json:"path"`
	Attempt int             `json:"attempt"`
	Request apicall.Request `json:"request"`
	Digest  string          `json:"digest"` // of the request
	// Natural is the deterministic key the vendor keeps unique, when there is one.
	Natural string `json:"natural,omitempty"`
	// Body is what the plan asked to be written, to compare a found record with.
	Body any `json:"body,omitempty"`
}

// WriteOutcome is what became of one attempt.
type WriteOutcome struct {
	Path    string          `json:"path"`
	Attempt int             `json:"attempt"`
	Outcome apicall.Outcome `json:"outcome"`
}

// HoldCode says why a run waits. The strings reach disk and never change.
type HoldCode string

// The closed list of hold codes, with what releases each.
const (
	HoldUnmapped HoldCode = "unmapped" // a decision on every missing row
	HoldAssert   HoldCode = "assert"   // a person, after looking
	HoldData     HoldCode = "data"     // a person mends the record, then retries
	HoldPerson   HoldCode = "person"   // a person mends rights or configuration, then retries
	HoldUnknown  HoldCode = "unknown"  // a person says whether the write happened
	HoldAmount   HoldCode = "amount"   // a person allows this amount, or cancels
	HoldLimit    HoldCode = "limit"    // time: the plan's limit a day, or calls that the vendor allows
	HoldVendor   HoldCode = "vendor"   // time: the vendor is not reachable or refuses for now
	HoldStale    HoldCode = "stale"    // approving the plan again
	HoldLate     HoldCode = "late"     // time: a lost write could still commit
	HoldWaiting  HoldCode = "waiting"  // time: a wait step, as the plan says
	HoldAsk      HoldCode = "ask"      // a person answers the question of an ask step
	HoldUnusual  HoldCode = "unusual"  // a person, once for all runs of the plan that wait for it
	HoldRestored HoldCode = "restored" // a person, who has seen that the write was not made before
)

// HoldCodes lists all codes.
func HoldCodes() []HoldCode {
	return []HoldCode{
		HoldUnmapped, HoldAssert, HoldData, HoldPerson, HoldUnknown, HoldAmount, HoldLimit, HoldVendor, HoldStale, HoldLate, HoldWaiting, HoldAsk, HoldUnusual, HoldRestored,
	}
}

// Hold says why a run waits and what would release it.
type Hold struct {
	Code    HoldCode  `json:"code"`
	Path    string    `json:"path,omitempty"` // step
	Message string    `json:"message"`
	Missing []RowKey  `json:"missing,omitempty"`
	Until   time.Time `json:"until,omitzero"` // releases itself then
	// Show is what a person who is asked should look at, Answers what they may say.
	Show    []Shown  `json:"show,omitempty"`
	Answers []string `json:"answers,omitempty"`
	// Needs is the object of which a record must be named with the answer [Happened].
	Needs string `json:"needs,omitempty"`
	// API is whose allowance of calls is used up, and Limit which one, such as "day"; both are
	// empty where a limit is the plan's own.
	API   string `json:"api,omitempty"`
	Limit string `json:"limit,omitempty"`
}

// MissingText says in a sentence which rows are missing.
func MissingText(keys []RowKey) string {
	text := fmt.Sprintf("no approved row in mapping %s for %s", keys[0].Mapping, strings.Join(keys[0].Key, " · "))
	if n := len(keys) - 1; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return text
}

// Released lets a held run go on.
type Released struct {
	By string `json:"by"` // a person's name, or "time", "decision"
	// Allow waives the hold of that code for the rest of the run.
	Allow HoldCode `json:"allow,omitempty"`
	Why   string   `json:"why,omitempty"` // in the person's words
}

// RunState is where a run stands:
//
//	ready ─► running ─► done | refused | failed | cancelled
//	            │  ▲
//	            ▼  │ released
//	           held
type RunState string

// The closed list of run states.
const (
	Ready     RunState = "ready"   // its event is in the journal; nothing was called yet
	Running   RunState = "running" // under way, also while no process is alive
	Held      RunState = "held"    // waits, with what would release it
	Done      RunState = "done"
	Refused   RunState = "refused"   // ended with a reason, by the plan's own words
	Failed    RunState = "failed"    // a mistake of ours; nothing is retried
	Cancelled RunState = "cancelled" // a person ended it
)

// Ended reports whether nothing more happens in this state.
func (s RunState) Ended() bool {
	return s == Done || s == Refused || s == Failed || s == Cancelled
}

// Finished ends a run.
type Finished struct {
	State  RunState `json:"state"`
	Reason string   `json:"reason,omitempty"`
	By     string   `json:"by,omitempty"`
	// Outputs are what a run that is done gives, by the names in its plan.
	Outputs map[string]json.RawMessage `json:"outputs,omitempty"`
}
