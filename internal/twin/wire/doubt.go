package wire

import (
	"fmt"
	"slices"
)

// Doubt is one behaviour of a vendor that is believed but that nobody has confirmed. What
// leans on a vendor must be right whichever way it is, so a twin can be told to be the other.
type Doubt struct {
	Name string `json:"name"` // "bare-items"
	// Believed is what the twin does unless told, Otherwise what it does when the name is
	// among the options' Otherwise. Each is a sentence about the vendor.
	Believed  string `json:"believed"`
	Otherwise string `json:"otherwise"`
}

// Otherwise is the names of the doubts that a twin decides against what is believed.
type Otherwise map[string]bool

// Decide returns the set of names, each of which must be a doubt of the list.
func Decide(doubts []Doubt, names []string) (Otherwise, error) {
	out := Otherwise{}
	for _, name := range names {
		if !slices.ContainsFunc(doubts, func(d Doubt) bool { return d.Name == name }) {
			return nil, fmt.Errorf("doubt %q: there is none of that name", name)
		}
		out[name] = true
	}
	return out, nil
}
