package expr_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/planwright/planwright/runtime/expr"
	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

func embedded(t testing.TB) *catalog.Catalog {
	t.Helper()
	cat, found := catalog.Open("", specs.Embedded())
	if found.HasErrors() {
		t.Fatal(found)
	}
	return cat
}

// TestEveryFieldOfTheCatalog selects every field of every object we describe: each must
// get the type its spec gives it, and be bare exactly where it is always there.
func TestEveryFieldOfTheCatalog(t *testing.T) {
	cat := embedded(t)
	base := expr.New(cat)
	fields := 0
	for _, api := range cat.APIs() {
		for _, name := range cat.Objects(api.Name) {
			o, ok := cat.Object(name)
			if !ok {
				t.Errorf("%s is listed and not there", name)
				continue
			}
			e := base.WithVar("x", schema.ObjectOf(name))
			for _, f := range o.Fields {
				fields++
				p, found := e.Compile("x.?`" + f.Name + "`")
				if f.WriteOnly {
					if p != nil {
						t.Errorf("%s.%s can only be sent, and compiled", name, f.Name)
					}
					continue
				}
				if p == nil {
					t.Errorf("%s.%s: %v", name, f.Name, found)
					continue
				}
				if got := p.Type(); !got.Optional || got.Type.String() != f.Type.String() {
					t.Errorf("%s.%s is a %s, want %s", name, f.Name, got, f.Type)
				}
				bare, _ := e.Compile("x.`" + f.Name + "`")
				if (bare != nil) != f.Always {
					t.Errorf("%s.%s: bare %v, always there %v", name, f.Name, bare != nil, f.Always)
				}
			}
		}
	}
	if fields < 300 {
		t.Errorf("only %d fields: the catalog is not what it was", fields)
	}
}

// TestClosedWon compiles the expressions of the first plan over the real catalog.
func TestClosedWon(t *testing.T) {
	e := expr.New(embedded(t)).
		WithVar("opportunity", schema.ObjectOf("salesforce.Opportunity")).
		WithVar("account", schema.ObjectOf("salesforce.Account")).
		WithVar("contact", schema.ObjectOf("xero.Contact")).
		WithVar("invoice", schema.ObjectOf("xero.Invoice"))
	won := compile(t, e, `has(opportunity.AccountId) && opportunity.IsWon`)
	if !slices.Equal(won.Promises(), []string{"opportunity.AccountId"}) {
		t.Errorf("promises %v", won.Promises())
	}
	e = e.Promise(won.Promises()...)
	for src, want := range map[string]string{
		`opportunity.AccountId`:                 "id salesforce.Account.Id",
		`'SF-' + string(opportunity.Id)`:        "text",
		`opportunity.CloseDate.addDays(30)`:     "date",
		`account.?BillingCountry.orValue("")`:   "text",
		`contact.ContactID`:                     "id xero.Contact.ContactID",
		`invoice.InvoiceID`:                     "id xero.Invoice.InvoiceID",
		`invoice.?SubTotal.orValue(0) > 50000`:  "truth value",
		`opportunity.StageName == "Closed Won"`: "truth value",
	} {
		if got := compile(t, e, src).Type(); got.String() != want {
			t.Errorf("%s is a %s, want %s", src, got, want)
		}
	}
	for _, src := range []string{`contact.ContactID == account.Id`, `"x" + invoice.InvoiceID`, `opportunity.Nme`} {
		if p, _ := e.Compile(src); p != nil {
			t.Errorf("%s compiled", src)
		}
	}
}

func BenchmarkCatalog(b *testing.B) {
	cat := embedded(b)
	src := strings.Repeat(" ", 3) + `has(invoice.Contact) && invoice.?SubTotal.orValue(0) > 0`
	for b.Loop() {
		compile(b, expr.New(cat).WithVar("invoice", schema.ObjectOf("xero.Invoice")), src)
	}
}
