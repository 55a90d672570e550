package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/specs/catalog"
)

// State is everything a run's record says. It is built by [Fold] alone; two equal
// records give two equal states.
type State struct {
	Run     RunState
	Started Started
	Begun   time.Time
	Hold    *Hold
	End     Finished
	// Updated is when the last entry was written: the only clock the machine has.
	Updated time.Time

	entries   int       // how many there are
	latest    time.Time // of the times of all entries: a clock that was put back does not count
	released  time.Time // when the run was last let go on
	releasing int       // the place of that among the entries
	setbacks  int       // holds for the vendor since it last answered at setbackAt
	setbackAt string
	reads     map[string]Answered
	readAt    map[string]int // the place of each among the entries
	writes    map[string][]attempt
	rows      map[string]Row
	allowed   map[string]bool
	cleared   map[string]bool // paths at which a person found nothing unusual
	replies   []answer        // to ask steps, in order
	subject   any             // the record that started the run, as it was read last
}

// attempt is one sending of a write. A nil outcome means that the process died, or has
// not yet heard, between intent and answer.
type attempt struct {
	intent   Intent
	at       time.Time
	entry    int // the place of its intent among the entries of the run
	outcome  *apicall.Outcome
	heard    time.Time
	released bool      // a person, or time, let the run go on after this refusal
	lookup   *Answered // the latest look-up since
	lookups  int
	said     *Reply   // what a person says became of it
	taken    *Adopted // the record that a person took for what it was to make
	insisted bool     // they said it again, knowing what speaks against it
}

// Fold recomputes the state from a run's entries, in order. An entry that cannot follow
// the ones before it is an error: the journal is not one this engine wrote.
func Fold(entries []Entry) (*State, error) {
	s := &State{
		Run: Ready, reads: map[string]Answered{}, readAt: map[string]int{}, writes: map[string][]attempt{},
		rows: map[string]Row{}, allowed: map[string]bool{}, cleared: map[string]bool{},
	}
	for i, e := range entries {
		if err := s.Apply(e); err != nil {
			return nil, fmt.Errorf("fold entry %d: %w", i+1, err)
		}
	}
	return s, nil
}

// Apply adds one entry.
func (s *State) Apply(e Entry) error {
	if s.Run.Ended() {
		return fmt.Errorf("%s after the run ended", e.Kind)
	}
	if s.Begun.IsZero() != (e.Kind == KindStarted) {
		return fmt.Errorf("%s out of order", e.Kind)
	}
	s.Updated = e.At
	s.entries++
	if e.At.After(s.latest) {
		s.latest = e.At
	}
	switch e.Kind {
	case KindStarted:
		s.Begun = e.At
		return decode(e, &s.Started)
	case KindAnswered:
		return s.answered(e)
	case KindRows:
		return s.addRows(e)
	case KindIntent:
		return s.intent(e)
	case KindOutcome:
		return s.outcome(e)
	case KindHeld:
		s.Hold, s.Run = &Hold{}, Held
		err := decode(e, s.Hold)
		if s.Hold.setBack() {
			if s.setbackAt != s.Hold.Path {
				s.setbacks, s.setbackAt = 0, s.Hold.Path
			}
			s.setbacks++
		}
		return err
	case KindReleased:
		return s.release(e)
	case KindReplied:
		return s.replied(e)
	case KindAdopted:
		return s.adopted(e)
	case KindFinished:
		err := decode(e, &s.End)
		s.Run, s.Hold = s.End.State, nil
		return err
	}
	return fmt.Errorf("unknown kind %q", e.Kind)
}

func decode(e Entry, into any) error {
	if e.taken(into) {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(e.Data))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", e.Kind, err)
	}
	return nil
}

func (s *State) answered(e Entry) error {
	var a Answered
	if err := decode(e, &a); err != nil {
		return err
	}
	s.Run = Running
	if write, ok := strings.CutSuffix(a.Path, lookupSuffix); ok {
		t, ok := s.tried(write)
		if !ok {
			return fmt.Errorf("look-up for %s before any intent", write)
		}
		t.lookup = &a
		t.lookups++
		return nil
	}
	s.answeredAt(a.Path)
	s.reads[a.Path], s.readAt[a.Path] = a, s.entries
	if a.Path == triggerPath && a.Outcome.Class == catalog.ClassOK {
		s.subject = a.Outcome.Value
	}
	return nil
}

func (s *State) addRows(e Entry) error {
	var r Rows
	if err := decode(e, &r); err != nil {
		return err
	}
	s.Run = Running
	for _, row := range r.Rows {
		s.rows[row.id()] = row
	}
	return nil
}

func (s *State) intent(e Entry) error {
	var in Intent
	if err := decode(e, &in); err != nil {
		return err
	}
	s.Run = Running
	if want := len(s.writes[in.Path]) + 1; in.Attempt != want {
		return fmt.Errorf("intent %s attempt %d, want %d", in.Path, in.Attempt, want)
	}
	s.writes[in.Path] = append(s.writes[in.Path], attempt{intent: in, at: e.At, entry: s.entries})
	return nil
}

func (s *State) outcome(e Entry) error {
	var o WriteOutcome
	if err := decode(e, &o); err != nil {
		return err
	}
	tries := s.writes[o.Path]
	if o.Attempt < 1 || o.Attempt > len(tries) {
		return fmt.Errorf("outcome %s attempt %d without an intent", o.Path, o.Attempt)
	}
	tries[o.Attempt-1].outcome, tries[o.Attempt-1].heard = &o.Outcome, e.At
	if o.Outcome.Class == catalog.ClassOK {
		s.answeredAt(o.Path)
	}
	return nil
}

// answeredAt ends the setbacks of a step that the vendor answered.
func (s *State) answeredAt(path string) {
	if path == s.setbackAt {
		s.setbacks = 0
	}
}

// release lets the run go on. What was read is forgotten, because the truth may have
// changed while the run waited, unless a write is under way and only time has passed: none
// is at a wait step, which comes after what stands before it is done;
// what was written is never forgotten. A person who lets a run go on has looked: what was
// looked up before is asked anew.
func (s *State) release(e Entry) error {
	if s.Hold == nil {
		return fmt.Errorf("released while not held")
	}
	var r Released
	if err := decode(e, &r); err != nil {
		return err
	}
	if r.Allow != "" {
		s.allowed[s.Hold.key()] = true
		if s.Hold.Code == HoldUnusual {
			s.cleared[s.Hold.Path] = true
		}
	}
	if r.Allow == HoldUnknown && s.Hold.Code == HoldUnknown { // who accepts that sends it again
		if err := s.settle(Reply{Path: s.Hold.Path, Answer: NotHappened, By: r.By}); err != nil {
			return err
		}
	}
	s.letGo(e.At, r.By == ByTime)
	return nil
}

// Allowed reports whether a person has waived that very hold.
func (s *State) Allowed(h Hold) bool { return s.allowed[h.key()] }

// letGo ends the hold, by time alone or by somebody's word.
func (s *State) letGo(at time.Time, byTime bool) {
	if !byTime || s.Hold.Code == HoldWaiting || (!s.Wrote() && s.Hold.Code != HoldLate) {
		clear(s.reads)
		clear(s.rows)
	}
	for _, tries := range s.writes {
		last := &tries[len(tries)-1]
		last.released = true
		if !byTime {
			last.lookup, last.lookups = nil, 0
		}
	}
	s.released, s.releasing = at, s.entries
	s.Hold, s.Run = nil, Running
}

// resumed is when the run was last let go on, else when it began.
func (s *State) resumed() time.Time {
	if s.released.IsZero() {
		return s.Begun
	}
	return s.released
}

// The names in [Released] that are nobody's.
const (
	ByTime     = "time"     // the clock
	ByDecision = "decision" // that an approved row or plan came, which has an entry of its own
)

// lookupSuffix marks the path of a look-up that belongs to a write.
const lookupSuffix = "/lookup"

// key names a hold as a person saw it: a waiver holds for these very words, so that an
// amount nobody saw is never waived.
func (h Hold) key() string { return string(h.Code) + " " + h.Path + " " + h.Message }

// createSuffix marks the path of the write by which an ensure step creates.
const createSuffix = "/create"

// Wrote reports whether a write step was sent and was not refused. From then on the run
// goes through with its work even if the record changes. What an ensure step creates is
// not counted: it harms nobody if the run ends there.
func (s *State) Wrote() bool { return s.wroteWithin("") }

// wroteWithin is Wrote of the steps whose paths begin so.
func (s *State) wroteWithin(prefix string) bool {
	for path, tries := range s.writes {
		if strings.HasSuffix(path, createSuffix) || !strings.HasPrefix(path, prefix) {
			continue
		}
		for i := range tries {
			if tries[i].done() || tries[i].open() {
				return true
			}
		}
	}
	return false
}

// Open returns the write whose outcome is not on record: the process ended, or was lost,
// between sending and hearing.
func (s *State) Open() (path string, attempt int, ok bool) {
	for _, path := range slices.Sorted(maps.Keys(s.writes)) {
		tries := s.writes[path]
		if tries[len(tries)-1].outcome == nil {
			return path, len(tries), true
		}
	}
	return "", 0, false
}

func (k RowKey) id() string { return k.Mapping + "\x00" + strings.Join(k.Key, "\x00") }

// Equal reports whether both name the same row.
func (k RowKey) Equal(o RowKey) bool {
	return k.Mapping == o.Mapping && slices.Equal(k.Key, o.Key)
}

// Row implements the lookup of mapping rows for expressions: only rows this run has recorded.
func (s *State) Row(mapping string, key []string) (map[string]any, bool) {
	r, ok := s.rows[RowKey{mapping, key}.id()]
	return r.Value, ok
}

// Unsettled reports whether a write may have happened and nothing shows yet whether it
// did. A run that is held for a person to look is settled by that person's word.
func (s *State) Unsettled() bool {
	return (s.Hold == nil || s.Hold.Code != HoldUnknown) && s.Sending()
}

// Sending reports whether a write may have happened and nothing shows whether it did: it may
// be sent again, as it was.
func (s *State) Sending() bool {
	for _, tries := range s.writes {
		last := &tries[len(tries)-1]
		found := last.lookup != nil && len(asList(last.lookup.Outcome.Value)) > 0
		if last.open() && (last.outcome == nil || !found) || !last.open() && lostAtLast(tries) {
			return true
		}
	}
	return false
}
