package salesforce

import (
	"slices"
	"testing"
)

// fact is one behaviour of the vendor that the product leans on, by the sentence that
// states it and the document that says so.
type fact struct {
	name   string // "a child query that finds nothing is null"
	source string // the vendor's page or file, or who saw it
	// doubt names the one of Doubts that the sentence rests on, if any. Such a fact is checked
	// both as believed and otherwise.
	doubt string
	// check proves the fact on a twin that serve made; otherwise says which way the doubt was
	// decided. change must be handed to serve, or called by the change that is.
	check func(t *testing.T, change func(*Options), otherwise bool)
}

// facts lists them all, each group beside what it is about.
func facts() []fact {
	return slices.Concat(queryFacts(), recordFacts(), upsertFacts(), accessFacts(), describeFacts(), collectionFacts(), compositeFacts(), lifeFacts(), guardFacts(), currencyFacts(), moneyFacts(), typeFacts(), openFacts(), plainFacts())
}

func TestFacts(t *testing.T) {
	doubted := map[string]bool{}
	for _, f := range facts() {
		t.Run(f.name, func(t *testing.T) { f.check(t, func(*Options) {}, false) })
		if f.doubt == "" {
			continue
		}
		doubted[f.doubt] = true
		t.Run(f.name+" (otherwise)", func(t *testing.T) {
			f.check(t, func(o *Options) { o.Otherwise = append(o.Otherwise, f.doubt) }, true)
		})
	}
	for _, d := range Doubts() {
		if !doubted[d.Name] {
			t.Errorf("no fact checks the doubt %q both ways", d.Name)
		}
	}
}
