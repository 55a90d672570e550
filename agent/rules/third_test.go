package rules_test

import (
	"os"
	"strings"
	"testing"

	"github.com/planwright/planwright/agent/rules"
	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
)

// ledgerly is an accounting API that the project does not know: other names for
// everything, an id where Xero has an object, no write-back fields.
func ledgerly(t testing.TB) catalog.Source {
	t.Helper()
	read := func(name string) []byte {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	return catalog.Source{Name: "ledgerly", Spec: read("ledgerly.yaml"), Overlay: read("ledgerly-overlay.yaml")}
}

func openCatalog(t testing.TB, sources ...catalog.Source) *catalog.Catalog {
	t.Helper()
	cat, list := catalog.Open("", sources)
	if list.HasErrors() {
		t.Fatalf("catalog: %v", list)
	}
	return cat
}

func TestThirdAPI(t *testing.T) {
	cat := openCatalog(t, append(specs.Embedded(), ledgerly(t))...)
	p := rules.New(cat)
	for _, goal := range []string{
		"When an opportunity is closed-won in Salesforce, create a bill with the line items in Ledgerly.",
		"Raise a Ledgerly bill for every won deal, with its products.",
		"When we win a deal, bill the customer in Ledgerly for the products.",
		"Turn won opportunities into Ledgerly bills with their line items.",
		"When a deal is won, an approved bill with reference 'Won' is raised in Ledgerly, due in 10 days, tax inclusive, at most 9 bills a day.",
	} {
		pl := drafted(t, p, cat, goal)
		if pl == nil {
			continue
		}
		text := string(pl.YAML())
		for _, want := range []string{
			"write: ledgerly.raiseBill", "ensure: ledgerly.Party", "partyId: ${party.id}", "docNo:", "rows:", "articleSku: ${product(line.Product2Id).sku}",
			"account: ${product(line.Product2Id).revenueAccount}", "vatCode: ${tax(", "rebatePercent: ${line.?Discount}", "unitPrice: ${line.UnitPrice}",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%q: want %q in\n%s", goal, want, text)
			}
		}
		if strings.Contains(text, "xero") {
			t.Errorf("%q: another API crept in:\n%s", goal, text)
		}
	}
}

// TestTwoAPIsMakeIt: with two accounting APIs a goal that names none is a question.
func TestTwoAPIsMakeIt(t *testing.T) {
	p := rules.New(openCatalog(t, append(specs.Embedded(), ledgerly(t))...))
	if a := ask(t, p, "When we win a deal, bill the customer for the products."); len(a.Questions) == 0 || !strings.Contains(bad(a), "bill") {
		t.Errorf("want a question about where, got %s", bad(a))
	}
	if a := ask(t, p, "When a deal is won, create an invoice in Ledgerly."); len(a.Questions) == 0 {
		t.Errorf("an invoice is not a Ledgerly word, got %v", a.Draft)
	}
}

// TestWithoutSafeRepeat: a create that nothing makes safe to repeat is refused.
func TestWithoutSafeRepeat(t *testing.T) {
	src := ledgerly(t)
	i := strings.Index(string(src.Overlay), "x-pw-repeat: {way: unique, key: docNo")
	line, _, _ := strings.Cut(string(src.Overlay[i:]), "\n")
	src.Overlay = []byte(strings.Replace(string(src.Overlay), line, "x-pw-repeat: {way: ask}", 1))
	p := rules.New(openCatalog(t, append(specs.Embedded(), src)...))
	if a := ask(t, p, "When a deal is won, create a bill with its products in Ledgerly."); a.Refusal == nil || !strings.Contains(bad(a), "raiseBill") {
		t.Errorf("want a refusal that names the operation, got %s", bad(a))
	}
}

// TestOfficialXero plans over the vendor's own file under the shipped overlay.
func TestOfficialXero(t *testing.T) {
	data, err := os.ReadFile("../../../shared/specs/xero_accounting.yaml")
	if err != nil {
		t.Skip("the vendor's file is not beside this repository")
	}
	overlay, _ := specs.Overlay("xero")
	cat := openCatalog(t, specs.Embedded()[0], catalog.Source{Name: "xero", Spec: data, Overlay: overlay})
	p := rules.New(cat)
	for _, goal := range plainGoals {
		pl := drafted(t, p, cat, goal)
		if pl == nil {
			continue
		}
		api, _ := cat.API("xero")
		if got := string(pl.APIs["xero"].Spec); got != api.SpecDigest {
			t.Errorf("%q: spec digest %s, want %s", goal, got, api.SpecDigest)
		}
		want := drafted(t, planner(), embedded(), goal)
		pl.APIs, want.APIs = nil, nil
		if core(pl) != core(want) {
			t.Errorf("%q: the vendor's file gives another plan:\n%s\n%s", goal, core(want), core(pl))
		}
	}
}
