package demo

import (
	"strings"

	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/internal/twin/world"
)

// known says how the books know a customer.
type known string

const (
	knownNot      known = "not at all"
	knownByNumber known = "by number" // the contact carries the account's id
	knownByName   known = "by name"
	knownInCaps   known = "by name in capitals"
	knownArchived known = "archived" // there is only an archived contact of that name
)

type customer struct {
	name, city, country string
	industry            string
	known               known
}

// customers lists the forty. Names with spaces that the books would refuse are known
// by number; the one with markup is not known and none of its deals is won.
func customers() []customer {
	const nz, au, gb, us = "New Zealand", "Australia", "United Kingdom", "United States"
	return []customer{
		{"Kauri Point Dental", "Tauranga", nz, "Healthcare", knownByNumber},
		{"Harbourlight Studios Ltd", "Auckland", nz, "Media", knownArchived},
		{"Rātā & Rimu Joinery", "Nelson", nz, "Manufacturing", knownByName},
		{"O'Hagan Earthworks", "Hamilton", nz, "Construction", knownByName},
		{"Tasman  Freight Lines", "Picton", nz, "Transportation", knownByNumber},
		{"Southern Alps Cycling Co", "Queenstown", nz, "Retail", knownNot},
		{"Pōhutukawa Press", "Whangārei", nz, "Media", knownByNumber},
		{"Waikato Milk Cooperative", "Cambridge", nz, "Agriculture", knownByNumber},
		{"Mt Eden Physio (2019) Limited", "Auckland", nz, "Healthcare", knownNot},
		{"Pacific Crest Media", "Wellington", nz, "Media", knownInCaps},
		{`The "Good" Coffee Company`, "Wellington", nz, "Hospitality", knownByName},
		{"Wairarapa Vineyards", "Martinborough", nz, "Agriculture", knownByNumber},
		{"Bluff Oyster Traders", "Invercargill", nz, "Retail", knownNot},
		{"Te Aro Architects", "Wellington", "NZ", "Engineering", knownByName},
		{"Northland Solar", "Kerikeri", nz, "Engineering", knownByNumber},
		{"Kāpiti Kayaks", "Paraparaumu", nz, "Retail", knownByName},
		{"Otago Stone & Tile", "Dunedin", "NZ", "Construction", knownByNumber},
		{"Hawke's Bay Orchards", "Napier", nz, "Agriculture", knownNot},
		{"Capital City Law", "Wellington", nz, "Other", knownByNumber},
		{"Manawatū Robotics", "Palmerston North", nz, "Technology", knownByName},
		{"Summit Group", "Christchurch", nz, "Finance", knownByNumber},
		{"Yarra Analytics Pty Ltd", "Melbourne", au, "Technology", knownByNumber},
		{"Bondi Surf Supplies", "Sydney", au, "Retail", knownNot},
		{"Outback Telemetry Pty Ltd", "Alice Springs", au, "Technology", knownByName},
		{"Brisbane River Ferries", "Brisbane", au, "Transportation", knownByNumber},
		{"Darwin Drone Services", "Darwin", au, "Technology", knownNot},
		{"Adelaide Hills Cider", "Adelaide", au, "Hospitality", knownByName},
		{" Fremantle Boatworks", "Fremantle", au, "Manufacturing", knownByNumber},
		{"Summit Group", "Perth", au, "Finance", knownNot},
		{"Thistle & Crown Publishing", "Edinburgh", gb, "Media", knownByNumber},
		{"Bristol Bikeshare CIC", "Bristol", gb, "Transportation", knownNot},
		{"Norwich Data Partners LLP", "Norwich", "UK", "Technology", knownByName},
		{"Café Müller London Ltd", "London", gb, "Hospitality", knownByName},
		{`Smith & "Sons" <b>Ltd</b>`, "Leicester", gb, "Other", knownNot},
		{"Leeds Loom Works", "Leeds", gb, "Manufacturing", knownNot},
		{"Cascade Outfitters Inc.", "Portland", us, "Retail", knownByNumber},
		{"Big Sky Telemetry LLC", "Bozeman", us, "Technology", knownByName},
		{"Hudson Valley Schools", "Kingston", us, "Education", knownNot},
		{"Lone Star Logistics, Inc.", "Austin", "USA", "Transportation", knownByNumber},
		{"Meridian Holdings", "", "", "Finance", knownNot},
	}
}

// Places in customers of those that deals treat apart.
const (
	summitAbroad  = 28 // shares its name with another customer
	markup        = 33
	withoutPlace  = 39
	firstCustomer = 1 // number in ids of the first
)

func accountID(i int) string { return salesforce.ID("Account", uint64(i+firstCustomer)) }

// legalName is the customer's name as tidy books write it.
func (c customer) legalName() string { return strings.Join(strings.Fields(c.name), " ") }

// people adds the organisation and its users. The first user is the one that the
// connection acts as.
func (b *builder) people() {
	b.addSF("Organization", world.Record{
		"Id": salesforce.ID("Organization", 71), "Name": "Kea Systems Limited", "Country": "NZ",
		"TimeZoneSidKey": "Pacific/Auckland", "DefaultLocaleSidKey": "en_NZ", "FiscalYearStartMonth": number(4),
		"OrganizationType": "Enterprise Edition", "InstanceName": "AUS90",
	})
	for i, u := range [][2]string{{"Planwright", "Integration"}, {"Mereana", "Tipene"}, {"Jonas", "Weber"}, {"Priya", "Nair"}, {"Callum", "Fraser"}} {
		alias := strings.ToLower(u[0][:1] + u[1])
		b.addSF("User", world.Record{
			"Id": salesforce.ID("User", uint64(i+1)), "FirstName": u[0], "LastName": u[1], "Alias": alias[:min(8, len(alias))],
			"Username": alias + "@keasystems.example", "Email": alias + "@keasystems.example",
			"TimeZoneSidKey": "Pacific/Auckland", "LocaleSidKey": "en_NZ", "UserType": "Standard",
		})
	}
}

const sellers = 4

// seller returns one of the users who sell, never the integration's.
func seller(i int) string { return salesforce.ID("User", uint64(2+i%sellers)) }

// customers adds accounts, and a person to talk to at every second one.
func (b *builder) customers() {
	names := [][2]string{{"Aroha", "Ngata"}, {"Tom", "Ellery"}, {"Sinéad", "Byrne"}, {"Wei", "Zhang"}, {"Lucía", "Ortega"}, {"Sam", "O'Neill"}}
	for i, c := range customers() {
		r := world.Record{
			"Id": accountID(i), "Name": c.name, "Industry": c.industry, "Type": "Customer - Direct", "OwnerId": seller(i),
			"CreatedDate": daysBefore(700 - 11*i), "LastModifiedDate": daysBefore(200 - i), "SystemModstamp": daysBefore(200 - i),
		}
		if c.country != "" {
			r["BillingCity"], r["BillingCountry"] = c.city, c.country
		}
		b.addSF("Account", r)
		if i%2 == 0 {
			p := names[i/2%len(names)]
			b.addSF("Contact", world.Record{
				"Id": salesforce.ID("Contact", uint64(i/2+1)), "AccountId": accountID(i), "FirstName": p[0], "LastName": p[1],
				"Email": "accounts" + number(i).String() + "@customer.example", "OwnerId": seller(i),
			})
		}
	}
}
