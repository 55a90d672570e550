package plan

import "time"

// Version is the plan format this package reads and writes.
const Version = 1

// Digest is the SHA-256 of a canonical encoding, written "sha256:" and 64 hex digits.
type Digest string

// StepID names a step within its plan: a letter, then letters, digits and underscores.
type StepID string

// Plan is the typed program a person approves: trigger, mappings, steps, limits. A Plan
// is immutable once made; a changed plan is another plan with another digest.
type Plan struct {
	Planwright int                `json:"planwright"`
	Name       string             `json:"name"`
	Goal       string             `json:"goal,omitempty"`
	APIs       map[string]APIRef  `json:"apis"`
	Trigger    Trigger            `json:"trigger"`
	Mappings   map[string]Mapping `json:"mappings,omitempty"`
	// Settings are constants that expressions call settings.NAME.
	Settings map[string]Setting `json:"settings,omitempty"`
	Steps    []Step             `json:"steps"`
	Limits   map[string]int64   `json:"limits,omitempty"`
	// Outputs are what a run gives when it is done, by name.
	Outputs map[string]Value `json:"outputs,omitempty"`
	// Notes says where values come from and why, by JSON pointer into the plan.
	Notes map[string]string `json:"notes,omitempty"`

	file   string           // as Parse was told
	places map[string]Place // of values, by pointer
	keys   map[string]Place // of the keys they stand under
	texts  map[string]Place // of the text of expressions that stand in the file as they are
}

// APIRef pins one API to the spec and overlay the plan was written against.
type APIRef struct {
	Spec    Digest `json:"spec"`
	Overlay Digest `json:"overlay,omitempty"`
}

// The closed list of what starts runs.
const (
	// OnChange: a record of the object changed, and the condition holds for it.
	OnChange = "change"
	// OnDelete: a record of the object was deleted. Only its id, the instant and the record
	// it was merged into are known of it; nothing can be read of it any more.
	OnDelete = "delete"
	// OnSchedule: the clock of a place showed a time. There is no record: the instant is all
	// there is, and by it each time runs once.
	OnSchedule = "schedule"
)

// Trigger says what starts runs: by Kind, a record of Object changed or was deleted, and
// When holds for what As names then. Key gives the text by which a record runs once, ever.
// A schedule has none of these but Kind and As, and instead At, the times, and Zone, the
// place on whose clock they are read.
type Trigger struct {
	API    string `json:"api,omitempty"`
	Kind   string `json:"kind"`
	Object string `json:"object,omitempty"`
	At     string `json:"at,omitempty"`
	Zone   string `json:"zone,omitempty"`
	As     string `json:"as"`
	When   Value  `json:"when,omitzero"`
	Key    Value  `json:"key,omitzero"`
}

// triggerKinds lists what a trigger may be.
func triggerKinds() []string { return []string{OnChange, OnDelete, OnSchedule} }

// Mapping declares an approved table: From names its inputs and their types (an object
// such as "salesforce.Product2", known by its id, or "string"); To is the object one of
// whose records each row chooses; With lists further fields of that record which rows
// hold and expressions may use.
type Mapping struct {
	From map[string]string `json:"from"`
	To   string            `json:"to"`
	With []string          `json:"with,omitempty"`
}

// Setting is a constant with a name: the place where a person chooses how the plan works.
// Value is a string, a bool or a json.Number; Allowed, if there are any, are the only values
// it may have, all of its kind.
type Setting struct {
	Value   any   `json:"value"`
	Allowed []any `json:"allowed,omitempty"`
}

// Kind tells steps apart.
type Kind string

// The closed list of step kinds. The kind is the key under which a step names what it uses.
const (
	Read   Kind = "read"   // call an operation without effect; its value is the answer
	Ensure Kind = "ensure" // find a record, else create it
	Write  Kind = "write"  // call an operation with an effect, once
	Lookup Kind = "lookup" // take a row of an approved mapping
	Each   Kind = "each"   // repeat steps for every element of a list, bounded by Max
	Assert Kind = "assert" // go on only if an expression holds
	Wait   Kind = "wait"   // go on when a date or an instant has come
	Ask    Kind = "ask"    // go on when a person has answered a question
)

// RunName is what expressions call the run they are evaluated in, RunResumed the field of it
// that is the instant at which the run began or, if it was held since, last went on.
const (
	RunName    = "run"
	RunResumed = "resumed"
)

// MaxWait bounds how far ahead of its run's beginning a wait may reach.
const MaxWait = 400 * 24 * time.Hour

// Else says what a failed assert does.
type Else string

// The closed list of what a failed assert does.
const (
	Hold   Else = "hold"   // the run waits for a person
	Refuse Else = "refuse" // the run ends, with the reason
	// Continue goes on: the step's value is whether the expression holds.
	Continue Else = "continue"
)

// Repeat says what a write does when its answer is lost, where the plan must say so.
type Repeat string

// RepeatAsk holds the run for a person, who looks whether the write happened. Only a write
// that nothing else makes safe to repeat needs it.
const RepeatAsk Repeat = "ask"

// Bounds on what an ask step may offer and show: more is no question for a person.
const (
	MaxAnswers = 20
	MaxShown   = 20
	maxAnswer  = 80 // characters of one answer
)

// The answers to an ask step that lists none. Its value is true for the first.
const (
	Yes = "yes"
	No  = "no"
)

// Step is one node of a plan. Kind says which members are used:
//
//	read    Target (operation), With, Where; for a query Select, From, Order too
//	ensure  Target (object), Find (alternatives, tried in order), Create, Repeat
//	write   Target (operation), Effect, With, Key, Body, Repeat
//	lookup  Target (mapping), With
//	each    Over, As, Max, Steps
//	assert  That, Else, Message
//	wait    Until
//	ask     Question, Show (what the person sees, by name), Answers (none means yes or no)
//
// When, on any kind, skips the step unless it holds.
type Step struct {
	ID      StepID           `json:"id"`
	Kind    Kind             `json:"-"`
	Target  string           `json:"-"`
	When    *Value           `json:"when,omitempty"`
	With    map[string]Value `json:"with,omitempty"`
	Select  []string         `json:"select,omitempty"`
	From    string           `json:"from,omitempty"`
	Where   Where            `json:"where,omitempty"`
	Order   []string         `json:"order,omitempty"`
	Find    []FindBy         `json:"find,omitempty"`
	Create  *Value           `json:"create,omitempty"`
	Key     map[string]Value `json:"key,omitempty"`
	Body    *Value           `json:"body,omitempty"`
	Over    *Value           `json:"-"`
	As      string           `json:"as,omitempty"`
	Max     int              `json:"max,omitempty"`
	Steps   []Step           `json:"steps,omitempty"`
	That    *Value           `json:"-"`
	Else    Else             `json:"else,omitempty"`
	Message string           `json:"message,omitempty"`
	Until   *Value           `json:"-"`

	Question *Value           `json:"-"`
	Show     map[string]Value `json:"show,omitempty"`
	Answers  []string         `json:"answers,omitempty"`
	Repeat   Repeat           `json:"repeat,omitempty"`
	// Effect is what the writer of the plan takes the operation to do outside; "" says
	// nothing. The check compares it with what the operation does.
	Effect string `json:"effect,omitempty"`
}

// effects lists what a write may be said to do outside.
func effects() []string { return []string{"create", "update", "delete", "send"} }

// Choices lists what a person may answer to an ask step.
func (s *Step) Choices() []string {
	if len(s.Answers) == 0 {
		return []string{Yes, No}
	}
	return s.Answers
}

// FindBy is one way to find a record: fields and the values they must have.
type FindBy map[string]Value

// ValueKind tells values apart.
type ValueKind string

// The closed list of value kinds.
const (
	Literal    ValueKind = "literal"    // a JSON scalar, as written
	Expression ValueKind = "expression" // text of the form ${…}
	ObjectV    ValueKind = "object"     // members that are values
	ListV      ValueKind = "list"       // elements that are values
	EachV      ValueKind = "each"       // {each: list, as: name, do: value}: one element per member
)

// Value is a tree whose leaves are literals and expressions.
type Value struct {
	Kind ValueKind
	// Literal is a string, bool, json.Number or nil.
	Literal any
	// Expr is the text between ${ and }.
	Expr    string
	Members map[string]Value
	Items   []Value
	Each    *EachValue
}

// EachValue builds a list: Do for every element of Over, named As.
type EachValue struct {
	Over Value
	As   string
	Do   Value
}

// Place is a position in the text a plan was read from, counted from 1.
type Place struct{ Line, Column int }
