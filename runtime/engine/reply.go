package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/planwright/planwright/specs/catalog"
)

// ReplyVersion is the version of [Reply] that this program writes. An entry of another
// version is refused: what it says must not be guessed at.
const ReplyVersion = 1

// Reply is what a person said where the run waits for one. It releases the hold.
type Reply struct {
	Version int    `json:"v"`
	Path    string `json:"path"`             // of the hold it answers
	Answer  string `json:"answer"`           // one of the hold's choices
	Record  string `json:"record,omitempty"` // id of the record that a lost write made
	By      string `json:"by"`
	Why     string `json:"why,omitempty"` // in the person's words
	// Asked is [Hold.Asked] of the question that the person saw; "" where nobody can tell. It
	// is compared when they answer, and not recorded.
	Asked string `json:"-"`
}

// What may be said of a write whose answer was lost.
const (
	Happened    = "done"     // it happened: nothing is sent again
	NotHappened = "not-done" // it did not: it is sent again, as it was
)

// Shown is one value that a person looks at before they answer.
type Shown struct {
	Name  string `json:"name"`
	Value string `json:"value"` // "" for a value that is absent
}

// Choices lists what may be said to release the hold; none where nothing is asked.
func (h Hold) Choices() []string {
	if h.Code == HoldUnknown && len(h.Answers) == 0 { // recorded before holds listed them
		return []string{Happened, NotHappened}
	}
	return h.Answers
}

// Check reports why a reply does not answer the hold; nil if it does.
func (h Hold) Check(r Reply) error {
	switch choices := h.Choices(); {
	case len(choices) == 0:
		return fmt.Errorf("it is held for %s and asks nothing", h.Code)
	case r.Path != h.Path:
		return fmt.Errorf("the question is at %s, not at %s", h.Path, r.Path)
	case !slices.Contains(choices, r.Answer):
		return fmt.Errorf("%q is not one of the answers: %s", r.Answer, strings.Join(choices, ", "))
	case strings.TrimSpace(r.By) == "":
		return fmt.Errorf("a name is needed")
	case h.Needs != "" && r.Answer == Happened && r.Record == "":
		return fmt.Errorf("the id of the %s that it made is needed", h.Needs)
	case r.Record != "" && (h.Needs == "" || r.Answer != Happened):
		return fmt.Errorf("no record belongs to this answer")
	}
	return nil
}

// answer is a reply to an ask step, with the question as the person saw it.
type answer struct {
	Reply
	words string
	at    int // its place among the entries of the run
}

// replied adds a person's word. What was read is forgotten, as at every release.
func (s *State) replied(e Entry) error {
	var r Reply
	if err := decode(e, &r); err != nil {
		return err
	}
	switch {
	case r.Version != ReplyVersion:
		return fmt.Errorf("reply version %d is not known to this program; use a newer one", r.Version)
	case s.Hold == nil:
		return fmt.Errorf("replied while not held")
	}
	if err := s.Hold.Check(r); err != nil {
		return err
	}
	if s.Hold.Code == HoldUnknown {
		if err := s.settle(r); err != nil {
			return err
		}
	} else {
		s.replies = append(s.replies, answer{Reply: r, words: s.Hold.words(), at: s.entries})
	}
	s.letGo(e.At, false)
	return nil
}

// settle notes what became of a lost write.
func (s *State) settle(r Reply) error {
	t, ok := s.tried(r.Path)
	if !ok {
		return fmt.Errorf("reply for %s before any intent", r.Path)
	}
	// Whoever names a record again was told what speaks against it.
	t.insisted = r.Record != "" && t.said != nil && t.said.Record == r.Record && t.lookup != nil && t.lookup.Outcome.Class == catalog.ClassOK
	t.said, t.taken = &r, nil
	return nil
}

// acted reports whether something was written since the answer, on the strength of it. What
// the vendor refused was not.
func (s *State) acted(a answer) bool {
	for path, tries := range s.writes {
		for i := range tries {
			t := &tries[i]
			did := t.done() || t.open() || t.outcome != nil && t.outcome.Class == catalog.ClassDuplicate
			if did && t.entry > a.at && !strings.HasSuffix(path, createSuffix) {
				return true
			}
		}
	}
	return false
}

// words are the question as a person sees it: an answer holds for these very words.
func (h Hold) words() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q %q", h.Message, h.Answers)
	for _, x := range h.Show {
		fmt.Fprintf(&b, " %q %q", x.Name, x.Value)
	}
	return b.String()
}

// Asked tells the question of this hold from any other: a face that shows it confirms with it
// that a person answers what they saw.
func (h Hold) Asked() string { return shortHash(string(h.Code), h.Path, h.words()) }

// maxShown bounds the text of one shown value, in characters.
const maxShown = 500

// shownText is a value as a person sees it.
func shownText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case map[string]any, []any:
		return "…"
	default:
		text := fmt.Sprint(v)
		if r := []rune(text); len(r) > maxShown {
			return string(r[:maxShown]) + "…"
		}
		return text
	}
}
