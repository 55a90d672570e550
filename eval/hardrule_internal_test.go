package eval

import (
	"strings"
	"testing"

	"github.com/planwright/planwright/agent/match"
)

// TestHardRules: what must never stand for what, and what may.
func TestHardRules(t *testing.T) {
	for _, tt := range []struct{ left, right, want string }{
		{"Hosting 12 months", "Hosting 24 months", "12 month is not 24 month"},
		{"Hosting 12 mths", "Hosting, 12-month term", ""},
		{"Hosting 2 years", "Hosting 24 months", ""},
		{"Hosting 1 yr", "Hosting 24 months", "12 month is not 24 month"},
		{"Hosting", "Hosting 24 months", ""},
		{"Desk Standard", "Desk Premium", "edition standard is not premium"},
		{"Desk std", "Desk Standard", ""},
		{"Desk Pro", "Desk Professional Plus", ""},
		{"Support AU", "Support NZ", "region AU is not NZ"},
		{"Call us", "Call UK", ""},
		{"Support Australia", "Support AU", ""},
		{"Pump 5 mL", "Pump 10 mL", "5 ml is not 10 ml"},
		{"Pump 5mL pack 6", "Pump 5 mL, 6 packs", ""},
		{"Crew of 5 users", "Crew of 5 seats", ""},
	} {
		got := hardRule(Item{Record: match.Record{Name: tt.left}}, Item{Record: match.Record{Name: tt.right}})
		if got != tt.want {
			t.Errorf("%s → %s: got %q, want %q", tt.left, tt.right, got, tt.want)
		}
	}
	yes, no := true, false
	for _, tt := range []struct {
		left, right Item
		want        string
	}{
		{Item{Document: "ACCREC"}, Item{Revenue: &no}, "not for sales"},
		{Item{Document: "ACCREC"}, Item{Revenue: &yes, Expenses: &no, Active: &yes}, ""},
		{Item{Document: "ACCPAY"}, Item{Expenses: &no}, "not for purchases"},
		{Item{}, Item{Active: &no}, "out of use"},
		{Item{Rate: "15"}, Item{Rate: "15.0000"}, ""},
		{Item{Rate: "15"}, Item{Rate: "12.5"}, "15 % is not 12.5 %"},
		{Item{}, Item{Rate: "12.5"}, ""},
	} {
		if got := hardRule(tt.left, tt.right); tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%+v → %+v: got %q, want %q", tt.left, tt.right, got, tt.want)
		}
	}
}
