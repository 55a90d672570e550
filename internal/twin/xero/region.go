package xero

import (
	"encoding/json"
	"fmt"
	"strings"
)

// preset is an organisation as the vendor's demo companies have it. Codes, names, rates
// and flags are the documented ones; of the tax rates those for special schemes whose
// percentage or flags are not documented are left out.
type preset struct {
	organisation record
	sales, costs string // default tax types of revenue and of cost accounts
	none         string // tax type of accounts without tax
	tax          string // what the tax is called: on components and on its own account
	rates        string // lines of "TaxType|Name|percent|flags"
}

// Regions lists the presets.
func Regions() []string { return []string{"AU", "NZ", "GB", "US", "SG", "ZA"} }

// Flags of tax rates: A assets, Q equity, E expenses, L liabilities, R revenue; D marks
// a deleted rate, which the vendor lists all the same.
func presetOf(region string) (preset, bool) {
	switch region {
	case "AU":
		return preset{
			organisation: demo("AU", "AU", "AUD", "AUSEASTERNSTANDARDTIME", "30", "6"), sales: "OUTPUT", costs: "INPUT", none: "BASEXCLUDED", tax: "GST",
			rates: `OUTPUT|GST on Income|10|AQLR
				INPUT|GST on Expenses|10|AQEL
				CAPEXINPUT|GST on Capital|10|AQEL
				EXEMPTOUTPUT|GST Free Income|0|AQLR
				EXEMPTEXPORT|GST Free Exports|0|AQLR
				EXEMPTEXPENSES|GST Free Expenses|0|AQEL
				EXEMPTCAPITAL|GST Free Capital|0|AQEL
				INPUTTAXED|Input Taxed|0|AQELR
				BASEXCLUDED|BAS Excluded|0|AQELR
				GSTONIMPORTS|GST on Imports|0|L
				GSTONCAPIMPORTS|GST on Capital Imports|0|L`,
		}, true
	case "NZ":
		return preset{
			organisation: demo("NZ", "NZ", "NZD", "NEWZEALANDSTANDARDTIME", "31", "3"), sales: "OUTPUT2", costs: "INPUT2", none: "NONE", tax: "GST",
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
			organisation: demo("UK", "GB", "GBP", "GMTSTANDARDTIME", "31", "3"), sales: "OUTPUT2", costs: "INPUT2", none: "NONE", tax: "VAT",
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
				ECACQUISITIONS|EC Acquisitions (20%)|0|AQEL
				ECZRACQUISITIONS|EC Acquisitions (Zero Rated)|0|AQEL
				REVERSECHARGES|Reverse Charge Expenses (20%)|0|AQEL
				DRCHARGE20|Domestic Reverse Charge @ 20% (VAT on Income)|0|AQLR
				DRCHARGE5|Domestic Reverse Charge @ 5% (VAT on Income)|0|AQLR
				DRCHARGESUPPLY20|Domestic Reverse Charge @ 20% (VAT on Expenses)|0|AQEL
				DRCHARGESUPPLY5|Domestic Reverse Charge @ 5% (VAT on Expenses)|0|AQEL
				CAPEXINPUT2|20% (VAT on Capital Purchases)|20|A
				CAPEXOUTPUT2|20% (VAT on Capital Sales)|20|A
				CAPEXINPUT|17.5% (VAT on Capital Purchases)|17.5|A
				CAPEXOUTPUT|17.5% (VAT on Capital Sales)|17.5|A
				CAPEXSRINPUT|15% (VAT on Capital Purchases)|15|A
				CAPEXSROUTPUT|15% (VAT on Capital Sales)|15|A
				GSTONIMPORTS|VAT on Imports|0|L
				NONE|No VAT|0|AQELR`,
		}, true
	case "US":
		return preset{
			organisation: demo("US", "US", "USD", "EASTERNSTANDARDTIME", "31", "12"), sales: "OUTPUT", costs: "INPUT", none: "NONE", tax: "Sales Tax",
			rates: `OUTPUT|Tax on Sales|8.25|AQELR
				INPUT|Tax on Purchases|8.25|AQELR
				NONE|Tax Exempt|0|AQELR
				GSTONIMPORTS|Sales Tax on Imports|0|L
				AVALARA|Auto Look Up|0|AQELR`,
		}, true
	}
	return farPreset(region)
}

// farPreset gives the presets of regions that the vendor serves by its global edition.
func farPreset(region string) (preset, bool) {
	switch region {
	case "SG":
		return preset{
			organisation: demo("GLOBAL", "SG", "SGD", "SINGAPORESTANDARDTIME", "31", "12"), sales: "OUTPUTY24", costs: "INPUTY24", none: "NONE", tax: "GST",
			rates: `OUTPUTY24|Standard-Rated Supplies|9|AQLR
				INPUTY24|Standard-Rated Purchases|9|AQEL
				OUTPUTY23|2023 Standard-Rated Supplies|8|AQLR
				INPUTY23|2023 Standard-Rated Purchases|8|AQEL
				OUTPUT|2022 Standard-Rated Supplies|7|AQLR
				INPUT|2022 Standard-Rated Purchases|7|AQEL
				ZERORATEDOUTPUT|Zero-Rated Supplies|0|AQLR
				ZERORATEDINPUT|Zero-Rated Purchases|0|AQEL
				ES33OUTPUT|Regulation 33 Exempt Supplies|0|AQELR
				ESN33OUTPUT|Non-Regulation 33 Exempt Supplies|0|AQELR
				OSOUTPUT2|Out Of Scope Supplies|0|QLR
				OPINPUT|Out Of Scope Purchases|0|AQEL
				NONE|No Tax|0|AQELR`,
		}, true
	case "ZA":
		return preset{
			organisation: demo("GLOBAL", "ZA", "ZAR", "SOUTHAFRICASTANDARDTIME", "28", "2"), sales: "OUTPUT3", costs: "INPUT3", none: "NONE", tax: "VAT",
			rates: `OUTPUT3|Standard Rate Sales|15|QLR
				INPUT3|Standard Rate Purchases|15|AQE
				SROUTPUT2|Standard Rate Sales - Capital Goods|15|QLR
				CAPEXINPUT2|Standard Rate Purchases - Capital Goods|15|AQE
				OUTPUT|Old Standard Rate Sales|14|QLR
				INPUT|Old Standard Rate Purchases|14|AQE
				ZERORATED|Zero Rate (excluding goods exported)|0|QLR
				ZERORATEDOUTPUT|Zero Rate (only exported goods)|0|QLR
				EXEMPTOUTPUT|Exempt and Non-Supplies|0|QLR
				NONE|No VAT|0|AQELR`,
		}, true
	}
	return preset{}, false
}

func demo(version, country, currency, zone, day, month string) record {
	name, basis, period := "Demo Company ("+version+")", "ACCRUALS", "QUARTERLY1"
	switch {
	case version == "GLOBAL":
		name, period = "Demo Company (Global)", "3MONTHLY"
	case country == "NZ":
		basis, period = "PAYMENTS", "TWOMONTHS"
	}
	return record{
		"Name": name, "LegalName": name, "PaysTax": true,
		"Version": version, "OrganisationType": "COMPANY", "OrganisationEntityType": "COMPANY", "BaseCurrency": currency,
		"CountryCode": country, "IsDemoCompany": true, "OrganisationStatus": "ACTIVE", "Timezone": zone, "Class": "DEMO", "Edition": "BUSINESS",
		"FinancialYearEndDay": json.Number(day), "FinancialYearEndMonth": json.Number(month), "SalesTaxBasis": basis,
		"SalesTaxPeriod": period, "DefaultSalesTax": "Tax Exclusive", "DefaultPurchasesTax": "Tax Inclusive", "ShortCode": "!twin1",
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
			"TaxComponents":     []any{map[string]any{"Name": p.tax, "Rate": rate, "IsCompound": false, "IsNonRecoverable": false}},
		})
	}
	return out
}

// Accounts of the demo companies: code, type, tax (S sales, C costs, N none), name, and
// for system accounts their system name. Those with a + take payments.
const presetAccounts = `090|BANK|N|Business Bank Account|
	091|BANK|N|Business Savings Account|
	200|REVENUE|S|Sales|
	260|REVENUE|S|Other Revenue|
	270|REVENUE|N|Interest Income|
	300|DIRECTCOSTS|C|Purchases|
	310|DIRECTCOSTS|C|Cost of Goods Sold|
	400|EXPENSE|C|Advertising|
	404|EXPENSE|N|Bank Fees|
	408|EXPENSE|C|Cleaning|
	412|EXPENSE|C|Consulting & Accounting|
	416|EXPENSE|N|Depreciation|
	420|EXPENSE|N|Entertainment|
	425|EXPENSE|C|Freight & Courier|
	429|EXPENSE|C|General Expenses|
	433|EXPENSE|C|Insurance|
	437|EXPENSE|N|Interest Expense|
	441|EXPENSE|C|Legal expenses|
	445|EXPENSE|C|Light, Power, Heating|
	449|EXPENSE|C|Motor Vehicle Expenses|
	453|EXPENSE|C|Office Expenses|
	461|EXPENSE|C|Printing & Stationery|
	469|EXPENSE|C|Rent|
	473|EXPENSE|C|Repairs and Maintenance|
	477|EXPENSE|N|Wages and Salaries|
	478|EXPENSE|N|Superannuation|
	485|EXPENSE|C|Subscriptions|
	489|EXPENSE|C|Telephone & Internet|
	493|EXPENSE|C|Travel - National|
	494|EXPENSE|N|Travel - International|
	497|EXPENSE|N|Bank Revaluations|BANKCURRENCYGAIN
	498|EXPENSE|N|Unrealised Currency Gains|UNREALISEDCURRENCYGAIN
	499|EXPENSE|N|Realised Currency Gains|REALISEDCURRENCYGAIN
	505|EXPENSE|N|Income Tax Expense|
	610|CURRENT|N|Accounts Receivable|DEBTORS
	620|CURRENT|N|Prepayments|
	630|INVENTORY|N|Inventory|
	710|FIXED|C|Office Equipment|
	711|FIXED|N|Less Accumulated Depreciation on Office Equipment|
	720|FIXED|C|Computer Equipment|
	721|FIXED|N|Less Accumulated Depreciation on Computer Equipment|
	800|CURRLIAB|N|Accounts Payable|CREDITORS
	801|CURRLIAB|N|Unpaid Expense Claims|UNPAIDEXPCLM
	820|CURRLIAB|N|GST|GST
	825|CURRLIAB|N|Employee Tax Payable|
	826|CURRLIAB|N|Superannuation Payable|
	830|CURRLIAB|N|Income Tax Payable|
	835|CURRLIAB|N|Revenue Received in Advance|
	840|CURRLIAB|N|Historical Adjustment|HISTORICAL
	850|CURRLIAB|N|Suspense|
	855|CURRLIAB|N|+Clearing Account|
	860|CURRLIAB|N|Rounding|ROUNDING
	877|CURRLIAB|N|Tracking Transfers|TRACKINGTRANSFERS
	880|CURRLIAB|N|+Owner A Drawings|
	881|CURRLIAB|N|+Owner A Funds Introduced|
	900|TERMLIAB|N|Loan|
	960|EQUITY|N|Retained Earnings|RETAINEDEARNINGS
	970|EQUITY|N|+Owner A Share Capital|`

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
		name, pays := strings.CutPrefix(part[3], "+")
		account := map[string]any{
			"Code": part[0], "Type": part[1], "TaxType": taxes[part[2]], "Name": name, "EnablePaymentsToAccount": pays,
		}
		if part[4] != "" {
			account["SystemAccount"] = part[4]
		}
		if part[4] == "GST" {
			account["Name"] = p.tax
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
