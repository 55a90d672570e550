package mapping

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/planwright/planwright/runtime/plan"
)

// Event is what somebody proposed or decided: one entry of a mapping's stream. Kind is the
// state the row moves to and the entry's kind; the rest is its data.
type Event struct {
	Kind State     `json:"-"`
	At   time.Time `json:"at"`
	By   string    `json:"by"` // who, never empty; a matcher proposes under its own name
	Key  []string  `json:"key"`

	// Of a proposal.
	Value    map[string]any `json:"value,omitempty"`
	Label    Label          `json:"label,omitzero"`
	Score    int            `json:"score,omitempty"`
	Reasons  []string       `json:"reasons,omitempty"`
	Evidence []Evidence     `json:"evidence,omitempty"`

	// Of a decision.
	Row     plan.Digest `json:"row,omitempty"` // of the row that was shown: [Row.Digest]
	Comment string      `json:"comment,omitempty"`
}

// Propose returns the event that lays the row before a person.
func Propose(r Row, by string, at time.Time) Event {
	return Event{
		Kind: Proposed, At: at.UTC(), By: by, Key: r.Key, Value: r.Value,
		Label: r.Label, Score: r.Score, Reasons: r.Reasons, Evidence: r.Evidence,
	}
}

// Decide returns the event by which a person moves the row, as it was shown, to a state
// other than Proposed.
func Decide(r Row, to State, by string, at time.Time, comment string) Event {
	return Event{Kind: to, At: at.UTC(), By: by, Key: r.Key, Row: r.Digest(), Comment: comment}
}

// DecodeEvent reads the event from an entry's kind and data. Numbers keep their digits.
func DecodeEvent(kind string, data []byte) (Event, error) {
	e := Event{Kind: State(kind)}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	dec.DisallowUnknownFields()
	if err := dec.Decode(&e); err != nil {
		return Event{}, fmt.Errorf("decode event %s: %w", kind, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Event{}, fmt.Errorf("decode event %s: more than one value", kind)
	}
	return e, nil
}

// record is all a table knows about one key.
type record struct {
	approved *Row
	pending  *Row
	last     *Row // decided last, shown when neither of the others is there
	versions int
	history  []Event
}

// Apply moves the table by one event, or refuses it and changes nothing. What is refused
// here must not be written to the journal, so a fold of what was written never fails.
//
// Errors: [ErrUnnamed], [ErrRow], [ErrMoved], [ErrKind].
func (t *Table) Apply(e Event) error {
	if strings.TrimSpace(e.By) == "" {
		return fmt.Errorf("%s row: %w", e.Kind, ErrUnnamed)
	}
	if err := checkKey(e.Key); err != nil {
		return fmt.Errorf("%s row: %w", e.Kind, err)
	}
	k := KeyText(e.Key)
	rec, known := t.records[k]
	if !known {
		rec = &record{}
	}
	if err := rec.apply(&e); err != nil {
		return fmt.Errorf("%s row %s: %w", e.Kind, k, err)
	}
	rec.history = append(rec.history, e)
	t.records[k] = rec
	return nil
}

func (rec *record) apply(e *Event) error {
	switch e.Kind {
	case Proposed:
		return rec.propose(e)
	case Approved, Rejected:
		if rec.pending == nil || rec.pending.Digest() != e.Row {
			return ErrMoved
		}
		row := rec.pending.decided(*e)
		rec.pending, rec.last = nil, &row
		if e.Kind == Approved {
			rec.approved = &row
		}
		return nil
	case Withdrawn:
		if rec.approved == nil || rec.approved.Digest() != e.Row {
			return ErrMoved
		}
		row := rec.approved.decided(*e)
		rec.approved, rec.last = nil, &row
		return nil
	}
	return fmt.Errorf("%w: %.40q", ErrKind, e.Kind)
}

func (rec *record) propose(e *Event) error {
	value, err := cloneValue(e.Value)
	if err != nil {
		return err
	}
	if e.Score < 0 || e.Score > 1000 {
		return fmt.Errorf("%w: a score of %d, not 0 to 1000", ErrRow, e.Score)
	}
	e.Key, e.Value = slices.Clone(e.Key), value
	e.Reasons, e.Evidence = slices.Clone(e.Reasons), slices.Clone(e.Evidence)
	rec.versions++
	rec.pending = &Row{
		Key: e.Key, Value: value, Label: e.Label, State: Proposed,
		Score: e.Score, Reasons: e.Reasons, Evidence: e.Evidence,
		ProposedBy: e.By, ProposedAt: e.At, Version: rec.versions,
	}
	return nil
}

// decided returns the row as the event leaves it.
func (r Row) decided(e Event) Row {
	r.State, r.By, r.At, r.Comment = e.Kind, e.By, e.At, e.Comment
	return r
}
