package xero_test

import (
	"testing"

	"github.com/planwright/planwright/internal/twin/xero"
)

// documentFacts are what is known of invoices and their kin.
func documentFacts() []fact {
	return []fact{
		{
			name: "an item code fills what a line leaves out", source: "not confirmed; sources disagree on how much", doubt: "bare-items",
			check: func(t *testing.T, change func(*xero.Options), otherwise bool) {
				b := open(t, func(o *xero.Options) { shop(o); change(o) })
				a := b.call("PUT", "/Invoices", `{"Invoices":[`+sale("A", `{"ItemCode":"SAW","Description":"x","Quantity":2}`)+`]}`)
				if !otherwise {
					a.want(200)
					return
				}
				if got := a.want(400).problems(); !contains(got, []string{"Account code must be specified"}) {
					t.Errorf("problems %q", got)
				}
			},
		},
	}
}
