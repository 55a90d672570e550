package sim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/planwright/planwright/internal/twin/demo"
	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/internal/twin/world"
)

// The company of a seed sells four products to four customers. The last product has no
// approved row at the start.
const (
	customers = 4
	products  = 4
)

// families are what tax depends on, beside the country.
func families() []string { return []string{"Software", "Services", "Hardware", "Training"} }

// abroad is a country that no region is in.
const abroad = "Iceland"

// base is the company that all seeds of a region share: without deals.
func base(region string) (world.World, error) {
	w, err := demo.Seed(demo.Sizes{Region: region, Accounts: customers, Products: products, Deals: 1, Odd: 0.3, Seed: 11})
	if err != nil {
		return w, err
	}
	delete(w.Salesforce, "Opportunity")
	delete(w.Salesforce, "OpportunityLineItem")
	for _, a := range w.Salesforce["Account"] {
		a["Name"] = strings.NewReplacer("<", "", ">", "").Replace(a["Name"].(string)) // the books refuse them; an event makes one
	}
	w.Salesforce["Account"][customers-1]["BillingCountry"] = abroad
	return w, nil
}

// dealID is the id of the nth deal.
func dealID(n int) string { return salesforce.ID("Opportunity", uint64(n+1)) }

// deals adds the open deals of a seed.
func deals(w world.World, d dice, n int) {
	for i := range n {
		deal := world.Record{
			"Id": dealID(i), "Name": fmt.Sprintf("Deal %d", i+1), "StageName": "Negotiation/Review",
			"CloseDate": "2026-11-20", "OwnerId": w.Salesforce["User"][1+d.IntN(2)]["Id"], "Pricebook2Id": salesforce.ID("Pricebook2", 1),
			"AccountId": w.Salesforce["Account"][d.IntN(customers)]["Id"],
		}
		lines := 1 + d.IntN(3)
		switch d.IntN(20) {
		case 0:
			delete(deal, "AccountId")
		case 1:
			lines = 0
			delete(deal, "Pricebook2Id")
		case 2:
			deal["Name"] = `=HYPERLINK("x") <b>Deal</b> O'Neill & "Sons" ` + "\u202e"
		}
		w.Salesforce["Opportunity"] = append(w.Salesforce["Opportunity"], deal)
		for j, at := range d.Perm(products)[:lines] {
			w.Salesforce["OpportunityLineItem"] = append(w.Salesforce["OpportunityLineItem"], line(d, deal["Id"], i*8+j, at))
		}
	}
}

// line is one line of a deal.
func line(d dice, deal any, n, product int) world.Record {
	quantity := json.Number(fmt.Sprint(1 + d.IntN(9)))
	if d.one(4) {
		quantity = json.Number(pick(d, "0.5", "2.37", "0.01", "11.25"))
	}
	price := json.Number(fmt.Sprintf("%d.%02d", 1+d.IntN(2500), d.IntN(100)))
	l := world.Record{
		"Id": salesforce.ID("OpportunityLineItem", uint64(n+1)), "OpportunityId": deal, "Quantity": quantity, "SortOrder": json.Number(fmt.Sprint(n%8 + 1)),
		"PricebookEntryId": salesforce.ID("PricebookEntry", uint64(product+1)), "UnitPrice": price,
	}
	if d.one(4) {
		l["Discount"] = json.Number(pick(d, "10", "7.5", "33", "100"))
	}
	return l
}

// countries are those of the company's customers.
func countries(w world.World) []string {
	var out []string
	for _, a := range w.Salesforce["Account"] {
		name, _ := a["BillingCountry"].(string)
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// taxOf is what the company's accountant decided: sales abroad carry no tax.
func taxOf(region, country string) string {
	at := map[string][2]string{
		"AU": {"OUTPUT", "EXEMPTEXPORT"}, "NZ": {"OUTPUT2", "ZERORATED"}, "GB": {"OUTPUT2", "ZERORATEDOUTPUT"}, "US": {"OUTPUT", "NONE"},
	}[region]
	if country == abroad {
		return at[1]
	}
	return at[0]
}

func regions() []string { return []string{"NZ", "AU", "GB", "US"} }
