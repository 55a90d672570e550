package demo

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/internal/twin/xero"
)

// opened is the company's Salesforce side in a twin.
func opened(t *testing.T, seed uint64) (Company, *salesforce.Twin) {
	t.Helper()
	c := New(seed)
	twin, err := salesforce.New(salesforce.Options{World: c.World})
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	return c, twin
}

func TestSameSeedSameBytes(t *testing.T) {
	encode := func(seed uint64) string {
		data, err := New(seed).World.Encode()
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	first, second := encode(7), encode(7)
	if first != second {
		t.Error("two companies of one seed differ")
	}
	if first == encode(8) {
		t.Error("companies of two seeds are the same")
	}
	w, err := world.Decode([]byte(first))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(New(7).World, w); diff != "" {
		t.Errorf("world after a round trip (-want +got):\n%s", diff)
	}
}

func TestSizes(t *testing.T) {
	c, twin := opened(t, 1)
	counts := map[string]int{}
	for _, o := range []string{"Account", "Product2", "Opportunity"} {
		counts[o] = len(twin.All(o))
	}
	counts["Close"], counts["Won"], counts["Awkward"] = len(c.Close), len(c.Won), len(c.Awkward)
	near := map[Closeness]int{}
	for _, p := range c.Products {
		near[p.Closeness]++
	}
	want := map[string]int{"Account": 40, "Product2": 25, "Opportunity": 60, "Close": 25, "Won": 8, "Awkward": 4}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("sizes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[Closeness]int{SameCode: 14, Punctuate: 6, Reworded: 3, LookAlike: 2}, near); diff != "" {
		t.Errorf("products by closeness (-want +got):\n%s", diff)
	}
	byCountry := map[string]int{}
	known := 0
	for _, c := range customers() {
		byCountry[c.country]++
		if c.known != knownNot && c.known != knownArchived {
			known++
		}
	}
	if len(byCountry) != 8 || byCountry["New Zealand"]+byCountry["NZ"] < 20 {
		t.Errorf("customers by country = %v, want seven spellings, one blank, and at least twenty at home", byCountry)
	}
	if known < 24 || known > 28 {
		t.Errorf("the books know %d customers, want about two thirds of 40", known)
	}
}

// TestDealsToCloseCanBeInvoiced plays what the plan of the demonstration needs of each
// deal, for many seeds.
func TestDealsToCloseCanBeInvoiced(t *testing.T) {
	for seed := range uint64(8) {
		c, twin := opened(t, seed)
		items := map[string]bool{}
		for _, r := range c.World.Xero["Items"] {
			items[r["Code"].(string)] = true
		}
		choice := map[string]string{}
		for _, p := range c.Products {
			choice[p.Product] = p.Item
		}
		tax := map[[2]string]bool{}
		for _, x := range c.Taxes {
			tax[[2]string{x.Country, x.Family}] = true
		}
		for _, id := range c.Close {
			opp, ok := twin.Get("Opportunity", id)
			if !ok || opp["IsClosed"] == true {
				t.Fatalf("seed %d: deal %s: found %v, closed %v, want an open one", seed, id, ok, opp["IsClosed"])
			}
			account, ok := twin.Get("Account", opp["AccountId"].(string))
			if !ok || strings.ContainsAny(account["Name"].(string), "<>") {
				t.Errorf("seed %d: deal %s: account %v cannot be a contact", seed, id, account["Name"])
			}
			lines := linesOf(twin, id)
			if len(lines) < 1 || len(lines) > 6 {
				t.Errorf("seed %d: deal %s has %d lines, want 1 to 6", seed, id, len(lines))
			}
			sum := decimal.Zero()
			for _, l := range lines {
				product, ok := twin.Get("Product2", l["Product2Id"].(string))
				if !ok || !items[choice[product["Id"].(string)]] {
					t.Errorf("seed %d: deal %s: product %v has no item", seed, id, product["Name"])
				}
				if !tax[[2]string{account["BillingCountry"].(string), product["Family"].(string)}] {
					t.Errorf("seed %d: deal %s: no tax decided for %v and %v", seed, id, account["BillingCountry"], product["Family"])
				}
				sum = sum.Add(decimal.Must(l["TotalPrice"].(json.Number).String()))
			}
			if sum.Cmp(decimal.FromInt(ceiling)) > 0 || sum.Sign() <= 0 {
				t.Errorf("seed %d: deal %s comes to %s, want above 0 and at most %d", seed, id, sum, ceiling)
			}
			if err := twin.CloseWon(id); err != nil {
				t.Errorf("seed %d: %v", seed, err)
			}
			if opp, _ := twin.Get("Opportunity", id); opp["IsWon"] != true {
				t.Errorf("seed %d: deal %s is not won after CloseWon", seed, id)
			}
		}
	}
}

func linesOf(twin *salesforce.Twin, opp string) []world.Record {
	return slices.DeleteFunc(twin.All("OpportunityLineItem"), func(r world.Record) bool { return r["OpportunityId"] != opp })
}

func TestAwkwardDealsAreWhatTheySay(t *testing.T) {
	c, twin := opened(t, 3)
	account := func(id string) world.Record {
		r, _ := twin.Get("Account", id)
		return r
	}
	for flaw, id := range c.Awkward {
		opp, ok := twin.Get("Opportunity", id)
		if !ok || opp["IsClosed"] == true || slices.Contains(c.Close, id) {
			t.Errorf("%s: deal %s is not an open one that is left alone", flaw, id)
		}
		accountID, _ := opp["AccountId"].(string)
		is := map[Flaw]bool{
			NoAccount:   accountID == "",
			NoProducts:  len(linesOf(twin, id)) == 0,
			NoCountry:   accountID != "" && account(accountID)["BillingCountry"] == nil,
			HostileName: accountID != "" && account(accountID)["Name"] == `Smith & "Sons" <b>Ltd</b>`,
		}
		for _, other := range []Flaw{NoAccount, NoProducts, NoCountry, HostileName} {
			if is[other] != (other == flaw) {
				t.Errorf("deal for %q: flaw %q is %v", flaw, other, is[other])
			}
		}
	}
}

func TestWonDealsWereWonLongAgo(t *testing.T) {
	c, twin := opened(t, 1)
	limit := Start().AddDate(0, -2, 0).Format("2006-01-02")
	for _, r := range twin.All("Opportunity") {
		id := r["Id"].(string)
		if won := slices.Contains(c.Won, id); r["IsWon"] != won {
			t.Errorf("deal %s: IsWon %v, listed as won %v", id, r["IsWon"], won)
		}
		if r["IsWon"] == true && r["SystemModstamp"].(string) > limit {
			t.Errorf("deal %s was won and last changed %v, want before %s", id, r["SystemModstamp"], limit)
		}
	}
}

// folded is a code as somebody sees it who ignores case and punctuation.
func folded(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

func TestClosenessIsTrue(t *testing.T) {
	for _, p := range products() {
		got := Reworded
		switch {
		case p.code == p.item:
			got = SameCode
		case folded(p.code) == folded(p.item):
			got = Punctuate
		case strings.HasPrefix(p.name, "Hosting "):
			got = LookAlike
		}
		if got != p.closeness {
			t.Errorf("product %q (%s) and item %s are %q, want %q", p.name, p.code, p.item, got, p.closeness)
		}
		if p.name == p.itemName {
			t.Errorf("product %q has the very name of its item, want one that drifted", p.name)
		}
	}
}

// TestBooksOpen loads the Xero side into its twin, which judges every record.
func TestBooksOpen(t *testing.T) {
	for seed := range uint64(3) {
		c := New(seed)
		org, books := c.World.Books()
		twin, err := xero.New(xero.Options{Now: Start, Region: "NZ", Organisation: org, Collections: books})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for collection, want := range map[string]int{"Contacts": len(books["Contacts"]), "Items": 30, "Accounts": 22, "TaxRates": 7, "Invoices": 12} {
			if got := len(twin.All(collection)); got != want {
				t.Errorf("seed %d: %d %s, want %d", seed, got, collection, want)
			}
		}
		for _, r := range twin.Invoices() {
			if total, ok := r["Total"].(json.Number); !ok || decimal.Must(total.String()).Sign() <= 0 {
				t.Errorf("seed %d: old invoice %v comes to %v", seed, r["InvoiceNumber"], r["Total"])
			}
		}
	}
}

// TestBooksKeepTheRulesOfXero holds the books up to the limits the vendor states.
func TestBooksKeepTheRulesOfXero(t *testing.T) {
	x := New(1).World.Xero
	codes := map[string]bool{}
	for _, r := range x["Accounts"] {
		codes[r["Code"].(string)] = true
	}
	rates := map[string]bool{}
	for _, r := range x["TaxRates"] {
		if r["Status"] == "ACTIVE" && r["CanApplyToRevenue"] == true {
			rates[r["TaxType"].(string)] = true
		}
	}
	for _, c := range taxes() {
		if !rates[c.TaxType] {
			t.Errorf("tax decision %v: no active rate for revenue", c)
		}
	}
	seen := map[string]bool{}
	for _, r := range x["Items"] {
		code, name := r["Code"].(string), r["Name"].(string)
		sale := r["SalesDetails"].(map[string]any)
		if len(code) > 30 || len(name) > 50 || seen[code] || !codes[sale["AccountCode"].(string)] {
			t.Errorf("item %q %q, account %v: too long, given twice or no such account", code, name, sale["AccountCode"])
		}
		seen[code] = true
	}
	active := map[string]bool{}
	for _, r := range x["Contacts"] {
		name := r["Name"].(string)
		if strings.ContainsAny(name, "<>") || name != strings.Join(strings.Fields(name), " ") {
			t.Errorf("contact name %q is one the books would refuse", name)
		}
		if r["ContactStatus"] == "ACTIVE" && active[strings.ToLower(name)] {
			t.Errorf("two active contacts are called %q", name)
		}
		active[strings.ToLower(name)] = active[strings.ToLower(name)] || r["ContactStatus"] == "ACTIVE"
	}
	if active["harbourlight studios ltd"] {
		t.Error("the archived namesake has an active contact beside it, want none")
	}
	for _, r := range x["Invoices"] {
		if !strings.HasPrefix(r["InvoiceNumber"].(string), "INV-") {
			t.Errorf("old invoice %v, want one numbered by hand", r["InvoiceNumber"])
		}
	}
	if got := slices.Sorted(maps.Keys(x)); !slices.Equal(got, []string{"Accounts", "Contacts", "Currencies", "Invoices", "Items", "Organisation", "TaxRates"}) {
		t.Errorf("collections = %v", got)
	}
}
