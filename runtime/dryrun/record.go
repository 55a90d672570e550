package dryrun

import (
	"strings"
	"time"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/predict"
	"github.com/planwright/planwright/specs/catalog"
)

// Verdict says what would become of a record.
type Verdict string

// The closed list of verdicts.
const (
	Runs    Verdict = "runs"    // to its end
	Refused Verdict = "refused" // it does not qualify, or the plan itself says no
	Waits   Verdict = "waits"   // for a person
	Fails   Verdict = "fails"   // the data or the plan must be mended
)

// Record is what a plan would do for one record.
type Record struct {
	ID      string  `json:"id"`
	Key     string  `json:"key"`
	Label   string  `json:"label,omitempty"`
	Verdict Verdict `json:"verdict"`
	// Unfit says that the record does not qualify.
	Unfit  bool      `json:"unfit,omitempty"`
	Reason string    `json:"reason,omitempty"`
	Steps  []Step    `json:"steps"`
	Holds  []Hold    `json:"holds"`
	Rows   []UsedRow `json:"rows,omitempty"`
	// Choices say which record each ensure step would use.
	Choices []Choice `json:"choices,omitempty"`
	// Calls are those that the run would make, by API, without pages and repeats.
	Calls map[string]int `json:"calls"`
}

// StepKind tells steps apart.
type StepKind string

// The closed list of kinds.
const (
	StepRead  StepKind = "read"
	StepWrite StepKind = "write"
)

// Step is one call that the run would make.
type Step struct {
	Path      string   `json:"path"` // "remind[0].task", "contact/find/0"
	Title     string   `json:"title"`
	Kind      StepKind `json:"kind"`
	Operation string   `json:"operation"`
	Found     int      `json:"found,omitempty"`     // records, of a read
	Predicted bool     `json:"predicted,omitempty"` // the read was answered from what is predicted
	Write     *Write   `json:"write,omitempty"`

	value any // of a read
}

// Choice is the record that an ensure step would use.
type Choice struct {
	Step    string   `json:"step"`
	Object  string   `json:"object"`
	Created bool     `json:"created,omitempty"`
	By      []string `json:"by,omitempty"` // fields it was found by
	ID      string   `json:"id"`
	Name    string   `json:"name,omitempty"`
}

// Write is a request as it would be sent, field by field.
type Write struct {
	Effect catalog.Effect `json:"effect"`
	Object string         `json:"object"` // "xero.Invoice"
	Method string         `json:"method"`
	Path   string         `json:"path"`
	Digest string         `json:"digest"` // of the request
	// Natural is the key the vendor keeps unique; Exists says that a record has it already.
	Natural string  `json:"natural,omitempty"`
	Exists  bool    `json:"exists,omitempty"`
	Fields  []Field `json:"fields"`
	// Unread says why there is no before where there should be one.
	Unread string `json:"unread,omitempty"`
	// Lines is the table of a document's lines; Sums what they come to.
	Lines *Lines `json:"lines,omitempty"`
	Sums  *Sums  `json:"sums,omitempty"`
}

// Field is one field of a write. Before is absent for what is created, or was not there.
type Field struct {
	Name    string `json:"name"` // "Contact.ContactID"
	Before  any    `json:"before,omitempty"`
	After   any    `json:"after"`
	Changes bool   `json:"changes"`
}

// Lines are rows under columns.
type Lines struct {
	Columns []string `json:"columns"`
	Rows    [][]any  `json:"rows"`
}

// Sums is what a document is predicted to come to.
type Sums struct {
	predict.Sums
	// Maybe are readings of the vendor's rounding that would come to another cent.
	Maybe []Maybe `json:"maybe,omitempty"`
	// Unknown says why nothing is predicted.
	Unknown string `json:"unknown,omitempty"`
}

// Maybe is another sum, and under what reading.
type Maybe struct {
	If   string       `json:"if"`
	Sums predict.Sums `json:"sums"`
}

// Hold is what the run would be held for.
type Hold struct {
	Step    string          `json:"step,omitempty"`
	Code    engine.HoldCode `json:"code"`
	Message string          `json:"message"`
	Missing []engine.RowKey `json:"missing,omitempty"`
	Until   time.Time       `json:"until,omitzero"`
	Show    []Shown         `json:"show,omitempty"`
	Answers []string        `json:"answers,omitempty"`
	// Passed says that the dry run went on, as if somebody had let it.
	Passed bool `json:"passed,omitempty"`
}

// Shown is one value that a person would look at.
type Shown = engine.Shown

// UsedRow is a mapping row that the run would use.
type UsedRow struct {
	engine.RowKey
	From     string         `json:"from,omitempty"` // what people call the source, and the target
	To       string         `json:"to,omitempty"`
	Value    map[string]any `json:"value"`
	Proposed bool           `json:"proposed,omitempty"`
}

// entitle notes the words for each step.
func (r *Runner) entitle(steps []check.OutlineStep) {
	for _, s := range steps {
		r.titles[string(s.ID)] = s.Title
		r.entitle(s.Steps)
	}
}

// title says a step in words, by its path.
func (r *Runner) title(path string) string {
	if path == triggerPath {
		return "Read the record"
	}
	id := path[strings.LastIndexByte(path, '.')+1:]
	id, _, _ = strings.Cut(id, "/")
	return r.titles[id]
}

// count is how many records an answer has.
func count(out apicall.Outcome) int {
	switch v := out.Value.(type) {
	case nil:
		return 0
	case []any:
		return len(v)
	}
	return 1
}
