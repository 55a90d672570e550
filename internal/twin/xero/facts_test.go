package xero_test

import (
	"slices"
	"testing"

	"github.com/planwright/planwright/internal/twin/xero"
)

// fact is one behaviour of the vendor that the product leans on, by the sentence that
// states it and the document that says so.
type fact struct {
	name   string // "a batch keeps its good elements"
	source string // the vendor's page or file, or who saw it
	// doubt names the one of Doubts that the sentence rests on, if any. Such a fact is checked
	// both as believed and otherwise.
	doubt string
	// check proves the fact on a twin that open made; otherwise says which way the doubt was
	// decided. change must be handed to open, or called by the change that is.
	check func(t *testing.T, change func(*xero.Options), otherwise bool)
}

// facts lists them all, each group beside what it is about.
func facts() []fact {
	return slices.Concat(listFacts(), documentFacts(), booksFacts(), identityFacts(), limitFacts(), hookFacts(), xmlFacts(), moneyFacts(), creditFacts(), bankFacts(), currencyFacts(), sumsFacts(), callFacts(), partyFacts(), accessFacts())
}

func TestFacts(t *testing.T) {
	doubted := map[string]bool{}
	for _, f := range facts() {
		t.Run(f.name, func(t *testing.T) { f.check(t, func(*xero.Options) {}, false) })
		if f.doubt == "" {
			continue
		}
		doubted[f.doubt] = true
		t.Run(f.name+" (otherwise)", func(t *testing.T) {
			f.check(t, func(o *xero.Options) { o.Otherwise = append(o.Otherwise, f.doubt) }, true)
		})
	}
	for _, d := range xero.Doubts() {
		if !doubted[d.Name] {
			t.Errorf("no fact checks the doubt %q both ways", d.Name)
		}
	}
}
