// Package demo is a made-up company as data: what it sells and to whom in Salesforce,
// and its books in Xero. The demonstration, the evaluation and the tests of whole runs
// start from it.
//
// Kea Systems of Wellington sells software, services, hardware and training to forty
// customers in four countries. Its records are as untidy as real ones: product names
// that drifted from the item names in the books, codes with other punctuation, two
// products that are easily confused, customers known to the books only by name, an
// archived namesake, names with quotes, accents, odd spaces and markup, deals won long
// before anything watched them, and deals that cannot be invoiced as they stand.
//
// [New] also tells how the person in the demonstration decides, so that a whole run
// can be played without one.
package demo

import (
	"math/rand/v2"
	"time"

	"github.com/planwright/planwright/internal/twin/world"
)

// Start is where the clock of the demonstration starts: a Sunday evening in November
// in London, Monday morning in Wellington.
func Start() time.Time { return time.Date(2026, 11, 1, 20, 0, 0, 0, time.UTC) }

// Company is the made-up company and how its person decides.
type Company struct {
	// World holds both vendors' records at Start.
	World world.World
	// Close lists the open opportunities that the demonstration wins, in order. Each
	// can be invoiced under the decisions below.
	Close []string
	// Won lists opportunities that were won before Start and must never be invoiced.
	Won []string
	// Awkward holds open opportunities that cannot be invoiced as they stand, by what
	// is wrong with them.
	Awkward map[Flaw]string
	// Products tells for every product which item of the books it is.
	Products []ProductChoice
	// Taxes tells for every pair of country and family which tax type applies.
	Taxes []TaxChoice
}

// Flaw is what is wrong with an opportunity.
type Flaw string

// The flaws that the company's open opportunities have.
const (
	NoAccount   Flaw = "no account"
	NoProducts  Flaw = "no products"
	NoCountry   Flaw = "no country"   // nothing says how to tax it
	HostileName Flaw = "hostile name" // the books refuse the customer's name
)

// Closeness says how plainly a product and its item are the same.
type Closeness string

// The degrees of closeness.
const (
	SameCode  Closeness = "same code"
	Punctuate Closeness = "same but for punctuation and case"
	Reworded  Closeness = "only a person can tell"
	LookAlike Closeness = "easily confused with another"
)

// ProductChoice is one decision of the person: a product is this item.
type ProductChoice struct {
	Product   string // Salesforce id
	Name      string
	Item      string // Xero item code
	Closeness Closeness
}

// TaxChoice is one decision of the person: sales of a family to a country are taxed so.
// Country is as accounts write it.
type TaxChoice struct {
	Country, Family, TaxType string
}

// New builds the company. The same seed gives the same bytes; another seed gives other
// quantities, discounts and choices of products, never other customers or products.
func New(seed uint64) Company {
	b := &builder{rng: rand.New(rand.NewPCG(seed, 0x6b6561)), sf: map[string][]world.Record{}, xero: map[string][]world.Record{}}
	b.people()
	b.customers()
	b.catalogue()
	b.deals()
	b.books()
	c := b.company
	c.World = world.World{Start: Start(), Salesforce: b.sf, Xero: b.xero}
	for _, p := range products() {
		c.Products = append(c.Products, ProductChoice{Product: p.id(), Name: p.name, Item: p.item, Closeness: p.closeness})
	}
	c.Taxes = taxes()
	return c
}

// builder gathers the records of both sides.
type builder struct {
	rng     *rand.Rand
	sf      map[string][]world.Record
	xero    map[string][]world.Record
	company Company
}

func (b *builder) addSF(object string, r world.Record) { b.sf[object] = append(b.sf[object], r) }
func (b *builder) addXero(collection string, r world.Record) {
	b.xero[collection] = append(b.xero[collection], r)
}

// taxes is what the company's accountant decided: sales inside New Zealand carry GST,
// exports are zero-rated, and training is held in Wellington whoever comes.
func taxes() []TaxChoice {
	var out []TaxChoice
	for _, country := range countries() {
		for _, family := range []string{"Software", "Services", "Hardware", "Training"} {
			tax := "ZERORATED"
			if country == "New Zealand" || country == "NZ" || family == "Training" {
				tax = "OUTPUT2"
			}
			out = append(out, TaxChoice{Country: country, Family: family, TaxType: tax})
		}
	}
	return out
}

// countries are the texts that accounts have as their country; people typed them.
func countries() []string {
	return []string{"New Zealand", "NZ", "Australia", "United Kingdom", "UK", "United States", "USA"}
}
