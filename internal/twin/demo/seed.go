package demo

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/internal/twin/world"
)

// Sizes say what a seeded world holds. The zero value of a count is a small default.
type Sizes struct {
	// Region is where the books are kept: AU, NZ, GB, US, SG or ZA.
	Region string
	// Accounts, Products and Deals count records of Salesforce; each product is an item of the
	// books, and most accounts are contacts there.
	Accounts, Products, Deals int
	// Odd is the share of accounts, products and deals, 0 to 1, that are as untidy as real
	// ones: hard names, other spellings in the books, archived namesakes, missing countries,
	// deals without lines or account, quantities in parts.
	Odd float64
	// Seed makes another world of the same sizes.
	Seed uint64
}

// most bounds a count, so that every record has an id of its own.
const most = 1_000_000

// Seed makes a world of those sizes. The same sizes give the same bytes.
func Seed(s Sizes) (world.World, error) {
	p, ok := places()[s.Region]
	if !ok {
		return world.World{}, fmt.Errorf("seed world: region %q is not one of AU, NZ, GB, US, SG, ZA", s.Region)
	}
	for name, n := range map[string]*int{"accounts": &s.Accounts, "products": &s.Products, "deals": &s.Deals} {
		if *n < 0 || *n > most {
			return world.World{}, fmt.Errorf("seed world: %s must be from 0 to %d", name, most)
		}
	}
	if !(s.Odd >= 0 && s.Odd <= 1) { // what is no number is neither
		return world.World{}, fmt.Errorf("seed world: the odd share must be from 0 to 1")
	}
	if s.Accounts == 0 {
		s.Accounts = 20
	}
	if s.Products == 0 {
		s.Products = 10
	}
	if s.Deals == 0 {
		s.Deals = 40
	}
	b := &seeder{
		builder: builder{rng: rand.New(rand.NewPCG(s.Seed, 0x73656564)), sf: map[string][]world.Record{}, xero: map[string][]world.Record{}},
		Sizes:   s, place: p,
	}
	b.home()
	for i := range s.Accounts {
		b.account(i)
	}
	for i := range s.Products {
		b.product(i)
	}
	for i := range s.Deals {
		b.opportunity(i)
	}
	return world.World{Start: Start(), Salesforce: b.sf, Xero: b.xero}, nil
}

// place is what a region gives to names and addresses.
type place struct{ country, short, city, suffix, locale, zone string }

func places() map[string]place {
	return map[string]place{
		"AU": {"Australia", "AUS", "Geelong", "Pty Ltd", "en_AU", "Australia/Sydney"},
		"NZ": {"New Zealand", "NZ", "Nelson", "Limited", "en_NZ", "Pacific/Auckland"},
		"GB": {"United Kingdom", "UK", "Leeds", "Ltd", "en_GB", "Europe/London"},
		"US": {"United States", "USA", "Boise", "Inc.", "en_US", "America/New_York"},
		"SG": {"Singapore", "SG", "Singapore", "Pte. Ltd.", "en_SG", "Asia/Singapore"},
		"ZA": {"South Africa", "RSA", "Durban", "(Pty) Ltd", "en_ZA", "Africa/Johannesburg"},
	}
}

type seeder struct {
	builder
	Sizes
	place place
}

// odd says whether the next record is an untidy one.
func (b *seeder) odd() bool { return b.rng.Float64() < b.Odd }

func pick(b *seeder, list ...string) string { return list[b.rng.IntN(len(list))] }

// home adds the organisation, its users and price books, and the books' country; accounts
// and tax rates of the books are those that a new organisation of the region has.
func (b *seeder) home() {
	b.addSF("Organization", world.Record{
		"Id": salesforce.ID("Organization", 72), "Name": "Seeded Organisation", "Country": b.Region, "TimeZoneSidKey": b.place.zone,
		"DefaultLocaleSidKey": b.place.locale, "FiscalYearStartMonth": number(1), "OrganizationType": "Developer Edition", "InstanceName": "TWN2",
	})
	for i := range 1 + sellers {
		b.addSF("User", world.Record{
			"Id": salesforce.ID("User", uint64(i+1)), "FirstName": "User", "LastName": fmt.Sprintf("Number %d", i), "Alias": fmt.Sprintf("user%d", i),
			"Username": fmt.Sprintf("user%d@seeded.example", i), "Email": fmt.Sprintf("user%d@seeded.example", i),
			"TimeZoneSidKey": b.place.zone, "LocaleSidKey": b.place.locale, "UserType": "Standard",
		})
	}
	b.addSF("Pricebook2", world.Record{"Id": salesforce.ID("Pricebook2", 1), "Name": "Standard Price Book", "IsActive": true, "IsStandard": true})
	b.addXero("Organisation", world.Record{"OrganisationID": guid("seeded " + b.Region), "CountryCode": b.Region, "Name": "Seeded Books " + b.Region})
}

// account adds a customer, and most times its contact.
func (b *seeder) account(i int) {
	name := fmt.Sprintf("%s %s %d %s", pick(b, "Northern", "Harbour", "Kōwhai", "O'Neill", "Blue & Sons", "First"),
		pick(b, "Tools", "Media", "Freight", "Dental", "Analytics", "Café"), i+1, b.place.suffix)
	r := world.Record{"Id": accountID(i), "Name": name, "BillingCountry": b.place.country, "BillingCity": b.place.city, "OwnerId": seller(i)}
	contact := world.Record{
		"ContactID": guid(fmt.Sprintf("seeded contact %d", i)), "Name": strings.Join(strings.Fields(name), " "), "ContactStatus": "ACTIVE",
		"ContactNumber": accountID(i), "IsCustomer": true, "EmailAddress": fmt.Sprintf("accounts%d@customer.example", i),
	}
	known := b.rng.IntN(3) > 0
	if b.odd() {
		known = true
		switch b.rng.IntN(6) {
		case 0:
			delete(r, "BillingCountry")
		case 1:
			r["BillingCountry"] = b.place.short
		case 2:
			contact["Name"] = strings.ToUpper(name)
			delete(contact, "ContactNumber")
		case 3:
			contact["ContactStatus"] = "ARCHIVED"
			delete(contact, "ContactNumber")
		case 4:
			r["Name"] = " " + strings.Replace(name, " ", "  ", 1)
		case 5:
			r["Name"], known = `"`+name+`" <b>&amp;</b>`, false
		}
	}
	b.addSF("Account", r)
	if known {
		b.addXero("Contacts", contact)
	}
}

// product adds a product with its price, and its item in the books.
func (b *seeder) product(i int) {
	price := decimal.FromInt(int64(500 + b.rng.IntN(200_000))).Mul(decimal.Must("0.01"))
	code := fmt.Sprintf("P-%04d", i+1)
	name := fmt.Sprintf("%s %d", pick(b, "Licence", "Support hours", "Scanner", "Workshop", "Hosting"), i+1)
	item := world.Record{
		"ItemID": guid("seeded item " + code), "Code": code, "Name": name, "Description": name, "IsSold": true, "IsPurchased": false,
		"SalesDetails": map[string]any{"UnitPrice": amount(price), "AccountCode": "200"}, "IsTrackedAsInventory": false,
	}
	if b.odd() {
		switch b.rng.IntN(3) {
		case 0:
			code = strings.ToLower(strings.ReplaceAll(code, "-", "_"))
		case 1:
			item["Name"] = "Sale of " + strings.ToLower(name)
			code = fmt.Sprintf("X%d", i+1)
		case 2:
			item = nil
		}
	}
	b.addSF("Product2", world.Record{
		"Id": salesforce.ID("Product2", uint64(i+1)), "Name": name, "ProductCode": code, "IsActive": true,
		"Family": pick(b, "Software", "Services", "Hardware", "Training"),
	})
	b.addSF("PricebookEntry", world.Record{
		"Id": salesforce.ID("PricebookEntry", uint64(i+1)), "Pricebook2Id": salesforce.ID("Pricebook2", 1),
		"Product2Id": salesforce.ID("Product2", uint64(i+1)), "UnitPrice": amount(price), "IsActive": true,
	})
	if item != nil {
		b.addXero("Items", item)
	}
}

// opportunity adds a deal with up to four lines. Every fifth is won already.
func (b *seeder) opportunity(i int) {
	stage := openStage(i)
	if i%5 == 4 {
		stage = "Closed Won"
	}
	account := b.rng.IntN(b.Accounts)
	r := world.Record{
		"Id": salesforce.ID("Opportunity", uint64(i+1)), "Name": fmt.Sprintf("Deal %d", i+1), "StageName": stage, "CloseDate": day(b.rng.IntN(60)),
		"OwnerId": seller(i), "AccountId": accountID(account), "Pricebook2Id": salesforce.ID("Pricebook2", 1),
	}
	lines, parts := 1+b.rng.IntN(min(4, b.Products)), false
	if b.odd() {
		switch b.rng.IntN(4) {
		case 0:
			delete(r, "AccountId")
		case 1:
			lines = 0
			delete(r, "Pricebook2Id")
			r["Amount"] = number(1000)
		case 2:
			parts = true
		case 3:
			r["Name"] = fmt.Sprintf("=HYPERLINK(\"x\") \"Deal\" %d; \u202eevil", i+1) // read from the right from there on
		}
	}
	b.addSF("Opportunity", r)
	first := b.rng.IntN(b.Products)
	for j := range lines {
		at := (first + j) % b.Products
		quantity := decimal.FromInt(int64(1 + b.rng.IntN(9)))
		if parts {
			quantity = quantity.Sub(decimal.Must("0.37"))
		}
		line := world.Record{
			"Id": salesforce.ID("OpportunityLineItem", uint64(i*4+j+1)), "OpportunityId": r["Id"], "Quantity": amount(quantity), "SortOrder": number(j + 1),
			"PricebookEntryId": salesforce.ID("PricebookEntry", uint64(at+1)), "UnitPrice": b.sf["PricebookEntry"][at]["UnitPrice"],
		}
		if b.rng.IntN(4) == 0 {
			line["Discount"] = number(10)
		}
		b.addSF("OpportunityLineItem", line)
	}
}
