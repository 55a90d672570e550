package demo

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/planwright/planwright/internal/twin/world"
)

// guid makes the id of a record of the books from what it is called.
func guid(what string) string {
	sum := sha256.Sum256([]byte("kea systems " + what))
	sum[6] = sum[6]&0x0f | 0x40 // version 4 in form, though not in chance
	sum[8] = sum[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

// books adds the Xero side.
func (b *builder) books() {
	b.addXero("Organisation", world.Record{
		"OrganisationID": guid("organisation"), "Name": "Kea Systems Limited", "LegalName": "Kea Systems Limited",
		"PaysTax": true, "Version": "NZ", "OrganisationType": "COMPANY", "BaseCurrency": "NZD", "CountryCode": "NZ",
		"IsDemoCompany": false, "OrganisationStatus": "ACTIVE", "FinancialYearEndDay": number(31), "FinancialYearEndMonth": number(3),
		"SalesTaxBasis": "PAYMENTS", "SalesTaxPeriod": "TWOMONTHS", "DefaultSalesTax": "Tax Exclusive", "DefaultPurchasesTax": "Tax Inclusive",
		"PeriodLockDate": "2026-09-30", "Timezone": "NEWZEALANDSTANDARDTIME", "OrganisationEntityType": "COMPANY",
		"ShortCode": "!kEa7s", "Class": "COMPREHENSIVE", "Edition": "BUSINESS",
	})
	b.addXero("Currencies", world.Record{"Code": "NZD", "Description": "New Zealand Dollar"})
	b.chart()
	b.taxRates()
	b.items()
	b.contacts()
	b.oldInvoices()
}

// chart adds the accounts: those of any new organisation that an invoice touches, and
// one revenue account for each family.
func (b *builder) chart() {
	for line := range strings.Lines(`090|Business Bank Account|BANK|NONE|
200|Sales|REVENUE|OUTPUT2|
205|Software Subscriptions|REVENUE|OUTPUT2|
210|Professional Services|REVENUE|OUTPUT2|
215|Hardware Sales|REVENUE|OUTPUT2|
220|Training Income|REVENUE|OUTPUT2|
260|Other Revenue|REVENUE|OUTPUT2|
270|Interest Income|REVENUE|NONE|
300|Purchases|DIRECTCOSTS|INPUT2|
310|Cost of Goods Sold|DIRECTCOSTS|INPUT2|
404|Bank Fees|EXPENSE|NONE|
429|General Expenses|EXPENSE|INPUT2|
477|Salaries|EXPENSE|NONE|
485|Subscriptions|EXPENSE|INPUT2|
498|Unrealised Currency Gains|EXPENSE|NONE|UNREALISEDCURRENCYGAIN
499|Realised Currency Gains|EXPENSE|NONE|REALISEDCURRENCYGAIN
610|Accounts Receivable|CURRENT|NONE|DEBTORS
800|Accounts Payable|CURRLIAB|NONE|CREDITORS
820|GST|CURRLIAB|NONE|GST
840|Historical Adjustment|CURRLIAB|NONE|HISTORICAL
860|Rounding|CURRLIAB|NONE|ROUNDING
960|Retained Earnings|EQUITY|NONE|RETAINEDEARNINGS
`) {
		part := strings.Split(strings.TrimSuffix(line, "\n"), "|")
		r := world.Record{
			"AccountID": guid("account " + part[0]), "Code": part[0], "Name": part[1], "Type": part[2], "TaxType": part[3],
			"Class": classOf(part[2]), "Status": "ACTIVE", "EnablePaymentsToAccount": false, "ShowInExpenseClaims": false,
		}
		if part[2] == "BANK" {
			r["BankAccountNumber"], r["BankAccountType"], r["CurrencyCode"] = "0105000123456700", "BANK", "NZD"
		}
		if part[4] != "" {
			r["SystemAccount"] = part[4]
		}
		b.addXero("Accounts", r)
	}
}

func classOf(kind string) string {
	switch kind {
	case "REVENUE":
		return "REVENUE"
	case "DIRECTCOSTS", "EXPENSE":
		return "EXPENSE"
	case "BANK", "CURRENT":
		return "ASSET"
	case "EQUITY":
		return "EQUITY"
	}
	return "LIABILITY"
}

// taxRates adds the rates a New Zealand organisation has, the retired ones included.
func (b *builder) taxRates() {
	for _, t := range []struct {
		taxType, name, rate, status string
		revenue, expenses           bool
	}{
		{"OUTPUT2", "15% GST on Income", "15", "ACTIVE", true, false},
		{"INPUT2", "15% GST on Expenses", "15", "ACTIVE", false, true},
		{"ZERORATED", "Zero Rated", "0", "ACTIVE", true, false},
		{"NONE", "No GST", "0", "ACTIVE", true, true},
		{"GSTONIMPORTS", "GST on Imports", "0", "ACTIVE", false, false},
		{"OUTPUT", "12.5% GST on Income", "12.5", "DELETED", true, false},
		{"INPUT", "12.5% GST on Expenses", "12.5", "DELETED", false, true},
	} {
		rate := json.Number(t.rate)
		b.addXero("TaxRates", world.Record{
			"Name": t.name, "TaxType": t.taxType, "ReportTaxType": reported(t.taxType), "Status": t.status,
			"CanApplyToAssets": t.taxType != "GSTONIMPORTS" && t.taxType != "ZERORATED", "CanApplyToEquity": t.taxType != "GSTONIMPORTS" && t.taxType != "ZERORATED",
			"CanApplyToExpenses": t.expenses, "CanApplyToLiabilities": true, "CanApplyToRevenue": t.revenue,
			"DisplayTaxRate": rate, "EffectiveRate": rate,
			"TaxComponents": []any{map[string]any{"Name": "GST", "Rate": rate, "IsCompound": false, "IsNonRecoverable": false}},
		})
	}
}

// reported is the heading of a rate in the tax return: generations of a rate share it.
func reported(taxType string) string {
	switch taxType {
	case "ZERORATED":
		return "ZERORATEDOUTPUT"
	case "OUTPUT2":
		return "OUTPUT"
	case "INPUT2":
		return "INPUT"
	}
	return taxType
}

// items adds an item for each product, and some that no product is.
func (b *builder) items() {
	add := func(code, name, price, account string) {
		b.addXero("Items", world.Record{
			"ItemID": guid("item " + code), "Code": code, "Name": name, "Description": name, "IsSold": true, "IsPurchased": false,
			"SalesDetails":    map[string]any{"UnitPrice": json.Number(price), "AccountCode": account, "TaxType": "OUTPUT2"},
			"PurchaseDetails": map[string]any{}, "IsTrackedAsInventory": false,
		})
	}
	for _, p := range products() {
		add(p.item, p.itemName, p.price, account(p.family))
	}
	add("FREIGHT-NZ", "Courier within New Zealand", "18.00", "260")
	add("FREIGHT-INT", "Courier abroad", "95.00", "260")
	add("SW-CORE-OLD", "Core subscription (2019 plan)", "180.00", "205")
	add("TR-USER-D", "Training full day, users", "1290.00", "220")
	add("HOSTING-36M", "Hosting, 36 month term", "2946.24", "205")
}

// contacts adds those customers that the books know.
func (b *builder) contacts() {
	for i, c := range customers() {
		name, status := c.legalName(), "ACTIVE"
		r := world.Record{
			"ContactID": guid("contact " + accountID(i)), "IsCustomer": true, "IsSupplier": false,
			"EmailAddress": fmt.Sprintf("accounts%d@customer.example", i), "Addresses": []any{map[string]any{
				"AddressType": "POBOX", "City": c.city, "Country": c.country,
			}},
		}
		switch c.known {
		case knownNot:
			continue
		case knownByName: // by nothing but its name
		case knownByNumber:
			r["ContactNumber"] = accountID(i)
		case knownInCaps:
			name = strings.ToUpper(name)
		case knownArchived:
			status = "ARCHIVED"
		}
		r["Name"], r["ContactStatus"] = name, status
		b.addXero("Contacts", r)
	}
	b.addXero("Contacts", world.Record{
		"ContactID": guid("contact landlord"), "Name": "Cuba Street Properties", "ContactStatus": "ACTIVE", "IsCustomer": false, "IsSupplier": true,
	})
}

// oldInvoices adds invoices of earlier months that people wrote by hand, some of them
// for the deals that were won then.
func (b *builder) oldInvoices() {
	var known []string
	for _, c := range b.xero["Contacts"] {
		if c["ContactStatus"] == "ACTIVE" && c["IsCustomer"] == true {
			known = append(known, c["ContactID"].(string))
		}
	}
	list := products()
	for i := range 12 {
		p := list[(7*i)%len(list)]
		b.addXero("Invoices", world.Record{
			"InvoiceID": guid(fmt.Sprintf("invoice %d", i)), "Type": "ACCREC", "InvoiceNumber": fmt.Sprintf("INV-%04d", 31+i),
			"Reference": "By hand", "Contact": map[string]any{"ContactID": known[(5*i)%len(known)]},
			"Date": day(-330 + 25*i), "DueDate": day(-300 + 25*i), "Status": "AUTHORISED", "LineAmountTypes": "Exclusive", "CurrencyCode": "NZD",
			"LineItems": []any{map[string]any{
				"LineItemID": guid(fmt.Sprintf("invoice line %d", i)), "ItemCode": p.item, "Description": p.itemName, "Quantity": number(1 + i%4),
				"UnitAmount": json.Number(p.price), "AccountCode": account(p.family), "TaxType": "OUTPUT2",
			}},
		})
	}
}
