package approval

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/runtime/plan"
)

// State says where a proposal stands. The words are printed everywhere as they are.
type State string

// The closed list of states; the package comment draws how they follow.
const (
	Proposed   State = "proposed"   // waits for a decision
	Approved   State = "approved"   // may start runs, unless it is stale
	Rejected   State = "rejected"   // decided against
	Superseded State = "superseded" // a newer proposal took its place
	Stale      State = "stale"      // approved, but the facts are no longer those approved
)

// Record is a proposal and what became of it. State is never Stale here: that depends on
// the facts of the moment.
type Record struct {
	Proposal Proposal
	State    State
	Decision *Decision // nil while there is none; not to be changed
	By       ID        // what superseded it
}

// Approval is a proposal with a decision that says yes.
type Approval struct {
	Proposal Proposal
	Decision Decision
}

// Book is the fold of the streams of some plans, or all. Reading it from many goroutines
// is safe while nobody applies entries.
type Book struct {
	records map[ID]*Record
	byName  map[string][]*Record // in order of filing
	order   []*Record            // in order of the fold
	last    map[string]uint64    // index of the stream's last entry, by plan name
}

// NewBook returns a book without proposals.
func NewBook() *Book {
	return &Book{records: map[ID]*Record{}, byName: map[string][]*Record{}, last: map[string]uint64{}}
}

// Fold returns the book after the entries, which are those of one plan's stream or of
// several, each in order.
func Fold(entries []journal.Entry) (*Book, error) {
	b := NewBook()
	for _, e := range entries {
		if err := b.Apply(e); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// Apply moves the book by one entry that was read from the journal, or refuses it and
// changes nothing. Refusal means that the journal was not written by this program, or
// that entries are missing.
func (b *Book) Apply(e journal.Entry) error {
	wrap := func(err error) error {
		return fmt.Errorf("fold %s: entry %d of the stream: %w", e.Stream, e.Index, err)
	}
	switch e.Kind {
	case KindProposed:
		var p Proposal
		if err := decode(e.Data, &p); err != nil {
			return wrap(err)
		}
		if err := b.fits(p.Name, e); err != nil {
			return wrap(err)
		}
		if err := b.file(p); err != nil {
			return wrap(err)
		}
		b.last[p.Name] = e.Index
		return nil
	case KindDecided:
		var d Decision
		if err := decode(e.Data, &d); err != nil {
			return wrap(err)
		}
		r, err := b.open(d)
		if err != nil {
			return wrap(err)
		}
		if err := b.fits(r.Proposal.Name, e); err != nil {
			return wrap(err)
		}
		b.decide(r, d)
		b.last[r.Proposal.Name] = e.Index
		return nil
	}
	return wrap(fmt.Errorf("%w: kind %.40q", ErrInvalid, e.Kind))
}

// fits confirms that the entry is the next one of the plan's stream.
func (b *Book) fits(name string, e journal.Entry) error {
	if e.Stream != PlanStream(name) || e.Index != b.last[name]+1 {
		return fmt.Errorf("%w: not entry %d of %s", ErrInvalid, b.last[name]+1, PlanStream(name))
	}
	return nil
}

func decode(data []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: more than one value", ErrInvalid)
	}
	return nil
}

// NextID returns the ID that the next proposal of the plan name gets.
func (b *Book) NextID(name string) ID {
	return ID(fmt.Sprintf("%s@%d", name, len(b.byName[name])+1))
}

// Propose gives the proposal its ID and returns the entry that files it. The book is not
// changed; apply the committed entry.
func (b *Book) Propose(p Proposal) (Proposal, journal.Draft, error) {
	p.ID = b.NextID(p.Name)
	if err := p.judge(); err != nil {
		return p, journal.Draft{}, fmt.Errorf("propose %s: %w", p.Name, err)
	}
	if err := p.matches(); err != nil {
		return p, journal.Draft{}, fmt.Errorf("propose %s: %w", p.Name, err)
	}
	return p, journal.Draft{Stream: PlanStream(p.Name), After: b.last[p.Name], Kind: KindProposed, Data: p}, nil
}

// Decide returns the entry that records the decision. The book is not changed; apply the
// committed entry. Errors: [ErrUnnamed], [ErrUnknown], [ErrDecided], [ErrOther] and
// [ErrInvalid].
func (b *Book) Decide(d Decision) (journal.Draft, error) {
	r, err := b.open(d)
	if err != nil {
		return journal.Draft{}, fmt.Errorf("%s %s: %w", d.Answer, d.Proposal, err)
	}
	d.At = d.At.UTC()
	name := r.Proposal.Name
	return journal.Draft{Stream: PlanStream(name), After: b.last[name], Kind: KindDecided, Data: d}, nil
}

// file adds a proposal; an older one of that name which is still open gives way.
func (b *Book) file(p Proposal) error {
	if err := p.judge(); err != nil {
		return err
	}
	if want := b.NextID(p.Name); p.ID != want {
		return fmt.Errorf("%w: its ID is %.80q, not %s", ErrInvalid, p.ID, want)
	}
	b.supersede(p.Name, Proposed, p.ID)
	r := &Record{Proposal: p, State: Proposed}
	b.records[p.ID] = r
	b.byName[p.Name] = append(b.byName[p.Name], r)
	b.order = append(b.order, r)
	return nil
}

// open returns the record that a decision may decide.
func (b *Book) open(d Decision) (*Record, error) {
	if err := d.judge(); err != nil {
		return nil, err
	}
	r, ok := b.records[d.Proposal]
	switch {
	case !ok:
		return nil, fmt.Errorf("%w: %.80q", ErrUnknown, d.Proposal)
	case r.State == Superseded:
		return nil, fmt.Errorf("%w: %s took its place", ErrDecided, r.By)
	case d.Answer == Revoke && r.State == Approved && d.Digest == r.Proposal.Digest:
		return r, nil
	case d.Answer == Revoke:
		return nil, fmt.Errorf("%w: there is no approval to take back", ErrDecided)
	case r.State != Proposed:
		return nil, fmt.Errorf("%w: %s by %s", ErrDecided, r.State, r.Decision.By)
	case d.Digest != r.Proposal.Digest:
		return nil, ErrOther
	}
	return r, nil
}

func (b *Book) decide(r *Record, d Decision) {
	if d.Answer != Approve {
		r.State = Rejected
	} else {
		b.supersede(r.Proposal.Name, Approved, r.Proposal.ID)
		r.State = Approved
	}
	r.Decision = &d
}

// supersede ends the records of the name that are in the given state.
func (b *Book) supersede(name string, state State, by ID) {
	for _, r := range b.byName[name] {
		if r.State == state {
			r.State, r.By = Superseded, by
		}
	}
}

// Current returns the approval under which events of the plan start runs, if there is
// one. It may be stale: ask [Approval.Stale].
func (b *Book) Current(name string) (Approval, bool) {
	for _, r := range slices.Backward(b.byName[name]) {
		if r.State == Approved {
			return Approval{r.Proposal, *r.Decision}, true
		}
	}
	return Approval{}, false
}

// Approved returns the newest approval of exactly that plan, superseded or not: a run
// finishes on the plan it began with.
func (b *Book) Approved(d plan.Digest) (Approval, bool) {
	for _, r := range slices.Backward(b.order) {
		if r.Proposal.Digest == d && r.Decision != nil && r.Decision.Answer == Approve {
			return Approval{r.Proposal, *r.Decision}, true
		}
	}
	return Approval{}, false
}

// Open returns the proposal of the plan name that waits for a decision.
func (b *Book) Open(name string) (Proposal, bool) {
	rs := b.byName[name]
	if len(rs) == 0 || rs[len(rs)-1].State != Proposed {
		return Proposal{}, false
	}
	return rs[len(rs)-1].Proposal, true
}

// Find returns the proposal of that ID and what became of it.
func (b *Book) Find(id ID) (Record, bool) {
	r, ok := b.records[id]
	if !ok {
		return Record{}, false
	}
	return *r, true
}

// Records returns all proposals in the order in which they were folded.
func (b *Book) Records() []Record {
	out := make([]Record, len(b.order))
	for i, r := range b.order {
		out[i] = *r
	}
	return out
}

// Names returns the names of all plans with proposals, sorted.
func (b *Book) Names() []string {
	var out []string
	for name := range b.byName {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
