package engine

import (
	"fmt"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/specs/catalog"
)

// Create is what a host watches of a write that creates something: how many there are of
// them, how much, and for whom.
type Create struct {
	Noun     string // "invoice"
	Amount   decimal.Decimal
	Currency string // "" where the record takes the tenant's own
	Party    string // id of whom it is for; "" where the overlay does not say
	Bounds   check.Unusual
}

// Text is the amount as people read it, "1200.00 NZD".
func (c Create) Text() string {
	if c.Currency == "" {
		return c.Amount.Money()
	}
	return c.Amount.Money() + " " + c.Currency
}

// creates says what is watched of a write; nil for one that has no bounds.
func (w *walk) creates(op *catalog.Operation, body any) *Create {
	u := check.UnusualOf(w.p.Checked.Plan, op.Entity, op.Money != nil)
	if u == (check.Unusual{}) {
		return nil
	}
	noun, _, _ := check.LimitNames(op.Entity)
	c := &Create{Noun: noun, Bounds: u}
	if op.Money == nil {
		return c
	}
	c.Amount, c.Currency = amount(op.Money, body), currency(op.Money, body)
	if op.Alike != nil {
		if party := memberAt(body, op.Alike.Field); party != nil {
			c.Party = fmt.Sprint(party)
		}
	}
	return c
}

// currency is what a body says about its currency; "" when it is the tenant's own.
func currency(m *catalog.Money, body any) string {
	if m.Currency == "" {
		return ""
	}
	text, _ := memberAt(body, m.Currency).(string)
	return text
}

// Cleared reports whether a person has said that creating what stands at a path is not
// unusual.
func (s *State) Cleared(path string) bool { return s.cleared[path] }
