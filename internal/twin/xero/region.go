package xero

import (
	"encoding/json"
	"fmt"
	"strings"
)

// preset is an organisation as the vendor's demo companies have it, cut down to what
// invoicing touches. Codes, names, rates and flags are the documented ones.
type preset struct {
	organisation record
	sales, costs string // default tax types of revenue and of cost accounts
	none         string // tax type of accounts without tax
	rates        string // lines of "TaxType|Name|percent|flags"
}

// Flags of tax rates: A assets, Q equity, E expenses, L liabilities, R revenue; D marks
// a deleted rate, which the vendor lists all the same.
func presetOf(region string) (preset, bool) {
	switch region {
	case "AU":
		return preset{
			organisation: demo("AU", "AU", "AUD", "AUSEASTERNSTANDARDTIME", "30", "6"), sales: "OUTPUT", costs: "INPUT", none: "BASEXCLUDED",
			rates: `OUTPUT|GST on Income|10|AQLR
				INPUT|GST on Expenses|10|AQEL
				CAPEXINPUT|GST on Capital|10|AQEL
				EXEMPTOUTPUT|GST Free Income|0|AQLR
				EXEMPTEXPORT|GST Free Exports|0|AQLR
				EXEMPTEXPENSES|GST Free Expenses|0|AQEL
				EXEMPTCAPITAL|GST Free Capital|0|AQEL
				INPUTTAXED|Input Taxed|0|AQELR
				BASEXCLUDED|BAS Excluded|0|AQELR
				GSTONIMPORTS|GST on Imports|0|L`,
		}, true
	case "NZ":
		return preset{
			organisation: demo("NZ", "NZ", "NZD", "NEWZEALANDSTANDARDTIME", "31", "3"), sales: "OUTPUT2", costs: "INPUT2", none: "NONE",
			rates: `OUTPUT2|15% GST on Income|15|AQLR
				INPUT2|15% GST on Expenses|15|AQEL
				ZERORATED|Zero Rated|0|LR
				NONE|No GST|0|AQELR
				GSTONIMPORTS|GST on Imports|0|L
				OUTPUT|12.5% GST on Income|12.5|AQLRD
				INPUT|12.5% GST on Expenses|12.5|AQELD`,
		}, true
	case "GB":
		return preset{
			organisation: demo("UK", "GB", "GBP", "GMTSTANDARDTIME", "31", "3"), sales: "OUTPUT2", costs: "INPUT2", none: "NONE",
			rates: `OUTPUT2|20% (VAT on Income)|20|AQLR
				INPUT2|20% (VAT on Expenses)|20|AQEL
				RROUTPUT|5% (VAT on Income)|5|AQLR
				RRINPUT|5% (VAT on Expenses)|5|AQEL
				ZERORATEDOUTPUT|Zero Rated Income|0|AQLR
				ZERORATEDINPUT|Zero Rated Expenses|0|AQEL
				EXEMPTOUTPUT|Exempt Income|0|AQLR
				EXEMPTINPUT|Exempt Expenses|0|AQEL
				ECZROUTPUT|Zero Rated EC Goods Income|0|AQLR
				ECZROUTPUTSERVICES|Zero Rated EC Services|0|AQLR
				REVERSECHARGES|Reverse Charge Expenses (20%)|0|AQEL
				NONE|No VAT|0|AQELR`,
		}, true
	case "US":
		return preset{
			organisation: demo("US", "US", "USD", "EASTERNSTANDARDTIME", "31", "12"), sales: "OUTPUT", costs: "INPUT", none: "NONE",
			rates: `OUTPUT|Tax on Sales|8.25|AQELR
				INPUT|Tax on Purchases|8.25|AQELR
				NONE|Tax Exempt|0|AQELR
				GSTONIMPORTS|Sales Tax on Imports|0|L`,
		}, true
	}
	return preset{}, false
}

func demo(version, country, currency, zone, day, month string) record {
	return record{
		"Name": "Demo Company (" + version + ")", "LegalName": "Demo Company (" + version + ")", "PaysTax": true,
		"Version": version, "OrganisationType": "COMPANY", "OrganisationEntityType": "COMPANY", "BaseCurrency": currency,
		"CountryCode": country, "IsDemoCompany": true, "OrganisationStatus": "ACTIVE", "Timezone": zone, "Class": "DEMO", "Edition": "BUSINESS",
		"FinancialYearEndDay": json.Number(day), "FinancialYearEndMonth": json.Number(month), "SalesTaxBasis": "ACCRUALS",
		"SalesTaxPeriod": "QUARTERLY1", "DefaultSalesTax": "Tax Exclusive", "DefaultPurchasesTax": "Tax Inclusive", "ShortCode": "!twin1",
		"PeriodLockDate": "2009-09-30", "Addresses": []any{}, "Phones": []any{}, "ExternalLinks": []any{},
	}
}

func (p preset) taxRates() []map[string]any {
	var out []map[string]any
	for line := range strings.Lines(p.rates) {
		part := strings.Split(strings.TrimSpace(line), "|")
		rate, flags := json.Number(part[2]), part[3]
		status := "ACTIVE"
		if strings.Contains(flags, "D") {
			status = "DELETED"
		}
		out = append(out, map[string]any{
			"TaxType": part[0], "Name": part[1], "Status": status,
			"DisplayTaxRate": rate, "EffectiveRate": rate,
			"CanApplyToAssets": strings.Contains(flags, "A"), "CanApplyToEquity": strings.Contains(flags, "Q"),
			"CanApplyToExpenses": strings.Contains(flags, "E"), "CanApplyToLiabilities": strings.Contains(flags, "L"),
			"CanApplyToRevenue": strings.Contains(flags, "R"),
			"TaxComponents":     []any{map[string]any{"Name": part[1], "Rate": rate, "IsCompound": false, "IsNonRecoverable": false}},
		})
	}
	return out
}

// Accounts of the demo companies: code, type, tax (S sales, C costs, N none), name, and
// for system accounts their system name.
const presetAccounts = `090|BANK|N|Business Bank Account|
	091|BANK|N|Business Savings Account|
	200|REVENUE|S|Sales|
	260|REVENUE|S|Other Revenue|
	270|REVENUE|N|Interest Income|
	300|DIRECTCOSTS|C|Purchases|
	310|DIRECTCOSTS|C|Cost of Goods Sold|
	400|EXPENSE|C|Advertising|
	404|EXPENSE|N|Bank Fees|
	412|EXPENSE|C|Consulting & Accounting|
	429|EXPENSE|C|General Expenses|
	485|EXPENSE|C|Subscriptions|
	610|CURRENT|N|Accounts Receivable|DEBTORS
	620|CURRENT|N|Prepayments|
	630|INVENTORY|N|Inventory|
	710|FIXED|C|Office Equipment|
	800|CURRLIAB|N|Accounts Payable|CREDITORS
	820|CURRLIAB|N|GST|GST
	835|CURRLIAB|N|Revenue Received in Advance|
	855|CURRLIAB|N|Clearing Account|
	860|CURRLIAB|N|Rounding|ROUNDING
	900|TERMLIAB|N|Loan|
	960|EQUITY|N|Retained Earnings|RETAINEDEARNINGS`

// knownAccount gives the ids that are the same in all demo companies.
func knownAccount(code string) string {
	switch code {
	case "090":
		return "ac993f75-035b-433c-82e0-7b7a2d40802c"
	case "091":
		return "ebd06280-af70-4bed-97c6-7451a454ad85"
	case "200":
		return "7d05a53d-613d-4eb2-a2fc-dcb6adb80b80"
	}
	return ""
}

func (p preset) accounts() []map[string]any {
	taxes := map[string]string{"S": p.sales, "C": p.costs, "N": p.none}
	var out []map[string]any
	for line := range strings.Lines(presetAccounts) {
		part := strings.Split(strings.TrimSpace(line), "|")
		account := map[string]any{
			"Code": part[0], "Type": part[1], "TaxType": taxes[part[2]], "Name": part[3],
			"EnablePaymentsToAccount": part[0] == "855",
		}
		if part[4] != "" {
			account["SystemAccount"] = part[4]
		}
		if id := knownAccount(part[0]); id != "" {
			account["AccountID"] = id
		}
		if part[1] == "BANK" {
			account["CurrencyCode"], account["BankAccountType"] = p.organisation["BaseCurrency"], "BANK"
		}
		out = append(out, account)
	}
	return out
}

// classOf gives the class of an account type.
func classOf(accountType string) string {
	switch accountType {
	case "REVENUE", "SALES", "OTHERINCOME":
		return "REVENUE"
	case "EXPENSE", "OVERHEADS", "DIRECTCOSTS", "DEPRECIATN":
		return "EXPENSE"
	case "BANK", "CURRENT", "FIXED", "INVENTORY", "NONCURRENT", "PREPAYMENT":
		return "ASSET"
	case "CURRLIAB", "LIABILITY", "TERMLIAB", "PAYG":
		return "LIABILITY"
	}
	return "EQUITY"
}

// records returns the preset's records of a collection.
func (p preset) records(collection string) []map[string]any {
	switch collection {
	case "Accounts":
		return p.accounts()
	case "TaxRates":
		return p.taxRates()
	case "Currencies":
		code := fmt.Sprint(p.organisation["BaseCurrency"])
		return []map[string]any{{"Code": code, "Description": code}}
	case "BrandingThemes":
		return []map[string]any{{"Name": "Standard", "Type": "INVOICE", "SortOrder": json.Number("0")}}
	}
	return nil
}
