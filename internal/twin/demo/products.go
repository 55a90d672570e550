package demo

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/internal/twin/world"
)

// product is one product of the catalogue and the item it is in the books.
type product struct {
	n                  int // number in ids, from 1
	name, code, family string
	price              string // list price in NZD, before tax
	item, itemName     string
	closeness          Closeness
}

func (p product) id() string      { return salesforce.ID("Product2", uint64(p.n)) }
func (p product) entryID() string { return salesforce.ID("PricebookEntry", uint64(p.n+100)) }

// account is the revenue account of a family in the books.
func account(family string) string {
	switch family {
	case "Software":
		return "205"
	case "Services":
		return "210"
	case "Hardware":
		return "215"
	}
	return "220"
}

// products lists the twenty-five: fourteen whose code is the item's, six whose code
// differs in case, punctuation or spaces, three that share nothing but meaning, and
// two that differ from each other in a number only.
func products() []product {
	const sw, sv, hw, tr = "Software", "Services", "Hardware", "Training"
	list := []product{
		{0, "Kea Core - annual subscription per user", "SW-CORE", sw, "240.00", "SW-CORE", "Core subscription, user/year", SameCode},
		{0, "Kea Core Starter Pack (5 users)", "SW-CORE-5", sw, "960.00", "SW-CORE-5", "Core subscription 5 pack", SameCode},
		{0, "Scheduling add-on", "SW-SCHED", sw, "84.00", "SW-SCHED", "Add-on: scheduling, per user", SameCode},
		{0, "Inventory add-on", "SW-INV", sw, "96.00", "SW-INV", "Add-on: stock control, per user", SameCode},
		{0, "Data residency option", "SW-RESID", sw, "1450.00", "SW-RESID", "In-country data option p.a.", SameCode},
		{0, "Sandbox environment", "SW-SBX", sw, "600.00", "SW-SBX", "Test environment p.a.", SameCode},
		{0, "Consulting (per hour)", "SV-CONS-H", sv, "185.00", "SV-CONS-H", "Consulting, hourly", SameCode},
		{0, "Project management day", "SV-PM-D", sv, "1280.00", "SV-PM-D", "Project manager, day rate", SameCode},
		{0, "Data migration, standard", "SV-MIG-S", sv, "3200.00", "SV-MIG-S", "Data migration up to 50k records", SameCode},
		{0, "Health check", "SV-HEALTH", sv, "890.00", "SV-HEALTH", "Annual system review", SameCode},
		{0, "Kea Gateway 100", "HW-GW-100", hw, "349.00", "HW-GW-100", "Gateway unit model 100", SameCode},
		{0, "Barcode scanner, corded", "HW-SCAN-C", hw, "129.50", "HW-SCAN-C", "Scanner USB", SameCode},
		{0, "Label printer", "HW-LABEL", hw, "415.00", "HW-LABEL", "Thermal label printer", SameCode},
		{0, "User workshop (half day)", "TR-USER-H", tr, "720.00", "TR-USER-H", "Training half day, users", SameCode},
		{0, "Reporting add-on", "sw reports", sw, "72.00", "SW-REPORTS", "Add-on: reporting, per user", Punctuate},
		{0, "API access", "SW_API", sw, "1100.00", "SW-API", "API access p.a.", Punctuate},
		{0, "On-site engineer day", "SV.ONSITE.D", sv, "1420.00", "SV-ONSITE-D", "Engineer on site, day rate", Punctuate},
		{0, "Kea Gateway 200", "hw-gw200", hw, "579.00", "HW-GW-200", "Gateway unit model 200", Punctuate},
		{0, `Rugged tablet 10"`, "HW TAB 10", hw, "888.80", "HW-TAB-10", "Tablet 10 inch rugged", Punctuate},
		{0, "Administrator course (1 day)", "tr_admin_1d", tr, "1150.00", "TR-ADMIN-1D", "Training day, administrators", Punctuate},
		{0, "Launch package", "PKG-LAUNCH", sv, "5400.00", "SV-IMPL-FIX", "Implementation, fixed fee", Reworded},
		{0, "Priority desk nine to five", "DESK-95", sv, "1975.00", "SUP-BH", "Support plan, business hours p.a.", Reworded},
		{0, "Drop sleeve", "ACC-77", hw, "64.90", "HW-CASE-10", "Protective case for tablet", Reworded},
		{0, "Hosting 12 months", "HOST-12", sw, "1188.00", "HOSTING-12M", "Hosting, 12 month term", LookAlike},
		{0, "Hosting 24 months", "HOST-24", sw, "2138.40", "HOSTING-24M", "Hosting, 24 month term", LookAlike},
	}
	for i := range list {
		list[i].n = i + 1
	}
	return list
}

// catalogue adds products and the two price books that list them.
func (b *builder) catalogue() {
	standard, direct := salesforce.ID("Pricebook2", 1), directBook()
	b.addSF("Pricebook2", world.Record{"Id": standard, "Name": "Standard Price Book", "IsActive": true, "IsStandard": true})
	b.addSF("Pricebook2", world.Record{"Id": direct, "Name": "Direct sales NZD", "IsActive": true})
	for _, p := range products() {
		b.addSF("Product2", world.Record{
			"Id": p.id(), "Name": p.name, "ProductCode": p.code, "Family": p.family, "IsActive": true,
			"CreatedDate": daysBefore(650 - p.n), "LastModifiedDate": daysBefore(300 - p.n), "SystemModstamp": daysBefore(300 - p.n),
		})
		for _, e := range [][2]string{{salesforce.ID("PricebookEntry", uint64(p.n)), standard}, {p.entryID(), direct}} {
			b.addSF("PricebookEntry", world.Record{
				"Id": e[0], "Pricebook2Id": e[1], "Product2Id": p.id(), "UnitPrice": json.Number(p.price), "IsActive": true,
			})
		}
	}
}

func directBook() string { return salesforce.ID("Pricebook2", 2) }

func number(n int) json.Number { return json.Number(strconv.Itoa(n)) }

func amount(d decimal.Decimal) json.Number { return json.Number(d.Canonical()) }

// daysBefore is the instant that many days before Start, as Salesforce writes it.
func daysBefore(days int) string {
	return Start().AddDate(0, 0, -days).Format("2006-01-02T15:04:05.000-0700")
}

// day is the date that many days after Start.
func day(days int) string { return Start().AddDate(0, 0, days).Format(time.DateOnly) }
