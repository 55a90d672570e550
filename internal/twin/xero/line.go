package xero

import (
	"strings"

	"github.com/planwright/planwright/internal/decimal"
)

// lineJudge turns requested lines into stored ones, and collects what is wrong.
type lineJudge struct {
	t        *Twin
	invoice  record
	approved bool // lines of submitted and approved invoices need an account
	settled  bool // what the line comes to was worked out when it was written
	o        *outcome
}

// lineLimit is the largest amount of a line.
const lineLimit = "9999999999.99"

// line judges one line and computes its amounts. dp is the places of its unit price.
func (j lineJudge) line(in record, dp int32) record {
	out := make(record, 12) // as many members as most end up with
	for name, v := range in {
		out[name] = cloneAny(v)
	}
	j.item(out)
	if str(out, "Description") == "" && str(out, "ItemCode") == "" {
		j.o.add(textNoDescription)
	}
	priced := out["UnitAmount"] != nil || out["LineAmount"] != nil || out["Quantity"] != nil || str(out, "ItemCode") != ""
	account := j.account(out, priced)
	rate := j.tax(out, account)
	j.tracking(out)
	j.amounts(out, rate, dp)
	return out
}

// stored judges a line whose amount stands.
func (j lineJudge) stored(line record) record {
	j.settled = true
	return j.line(line, 4) // the price was rounded when it was written
}

// item checks the item code and fills what the item supplies.
func (j lineJudge) item(line record) {
	code := str(line, "ItemCode")
	delete(line, "Item")
	if code == "" {
		delete(line, "ItemCode")
		return
	}
	found := j.t.tables["Items"].find("Code", code)
	if len(found) == 0 {
		j.o.add(textItem(code))
		return
	}
	item := found[0].rec
	line["ItemCode"] = item["Code"]
	line["Item"] = record{"ItemID": item["ItemID"], "Code": item["Code"], "Name": str(item, "Name")}
	if j.t.otherwise[doubtBareItems] {
		return
	}
	side, text := "SalesDetails", "Description"
	if buys(str(j.invoice, "Type")) {
		side, text = "PurchaseDetails", "PurchaseDescription"
	}
	details, _ := item[side].(record)
	if str(line, "Description") == "" {
		line["Description"] = str(item, text)
	}
	if line["UnitAmount"] == nil && line["LineAmount"] == nil && details["UnitPrice"] != nil {
		line["UnitAmount"] = details["UnitPrice"]
	}
	if str(line, "AccountCode") == "" && str(line, "AccountID") == "" && str(details, "AccountCode") != "" {
		line["AccountCode"] = details["AccountCode"]
	}
	if str(line, "TaxType") == "" && str(details, "TaxType") != "" {
		line["TaxType"] = details["TaxType"]
	}
}

// account finds the line's account by id or code. Bank and system accounts cannot carry
// lines. It returns nil when there is none.
func (j lineJudge) account(line record, priced bool) record {
	tb := j.t.tables["Accounts"]
	code, id := str(line, "AccountCode"), str(line, "AccountID")
	var found *row
	switch {
	case id != "" && tb.byID[id] != nil:
		found = tb.byID[id]
	case code != "":
		found = tb.first(code, "Code")
	case id == "":
		if priced && j.approved {
			j.o.add(textNoAccount)
		}
		delete(line, "AccountCode")
		return nil
	}
	if found == nil {
		j.o.add(textAccount(code + id))
		return nil
	}
	account := found.rec
	code = str(account, "Code")
	switch {
	case str(account, "Status") != "ACTIVE":
		j.o.add(textAccountArchived(code))
	case str(account, "Type") == "BANK" || str(account, "SystemAccount") != "" && str(account, "SystemAccount") != "ROUNDING":
		j.o.add(textAccount(code))
	}
	line["AccountCode"], line["AccountID"] = code, account["AccountID"]
	return account
}

// flagOf names the member of a tax rate that allows it on accounts of a class.
func flagOf(class string) string {
	switch class {
	case "REVENUE":
		return "CanApplyToRevenue"
	case "EXPENSE":
		return "CanApplyToExpenses"
	case "ASSET":
		return "CanApplyToAssets"
	case "LIABILITY":
		return "CanApplyToLiabilities"
	}
	return "CanApplyToEquity"
}

// untaxed is the tax type of what has no tax.
const untaxed = "NONE"

// tax checks the tax type, takes the account's when there is none, and returns the rate
// in percent.
func (j lineJudge) tax(line, account record) decimal.Decimal {
	taxType := str(line, "TaxType")
	if pays, told := j.t.organisation()["PaysTax"].(bool); told && !pays && !j.t.otherwise[doubtUntaxed] {
		if taxType != "" && taxType != untaxed && !j.settled {
			j.o.add(textUntaxed(taxType))
		}
		if !j.settled {
			delete(line, "TaxAmount")
		}
		line["TaxType"] = untaxed
		return decimal.Zero()
	}
	if taxType == "" {
		if taxType = str(account, "TaxType"); taxType == "" {
			delete(line, "TaxType")
			return decimal.Zero()
		}
		line["TaxType"] = taxType
	}
	r := j.t.tables["TaxRates"].byID[taxType]
	switch {
	case r == nil:
		j.o.add(textTaxTypeUnknown(taxType))
		return decimal.Zero()
	case str(r.rec, "Status") != "ACTIVE" && !j.t.otherwise[doubtInactiveTax]:
		j.o.add(textTaxTypeInactive(taxType))
	case taxType == "AVALARA" || str(r.rec, "ReportTaxType") == "USSALESTAX":
		j.o.add(textTaxTypeLookup(taxType))
	case account != nil && r.rec[flagOf(str(account, "Class"))] != true:
		j.o.add(textTaxType(taxType, str(account, "Code")))
	}
	return toDecimal(r.rec["EffectiveRate"])
}

// tracking checks categories and options, given by id or by name.
func (j lineJudge) tracking(line record) {
	list, _ := line["Tracking"].([]any)
	if len(list) > 2 {
		j.o.add(textTrackingCount)
	}
	kept := []any{}
	for _, e := range list {
		use, ok := e.(record)
		switch {
		case ok && j.t.tracked(use):
			kept = append(kept, use)
		case !j.t.otherwise[doubtTracking]:
			j.o.add(textTracking)
		}
	}
	line["Tracking"] = kept
}

// tracked finds the category and option of one use and fills in their names and ids.
// That an unknown name is refused is believed.
func (t *Twin) tracked(use record) bool {
	tb := t.tables["TrackingCategories"]
	category := tb.byID[str(use, "TrackingCategoryID")]
	if category == nil && str(use, "Name") != "" {
		category = tb.first(str(use, "Name"), "Name")
	}
	if category == nil || str(category.rec, "Status") != "ACTIVE" {
		return false
	}
	options, _ := category.rec["Options"].([]any)
	for _, e := range options {
		option, ok := e.(record)
		if !ok || str(option, "Status") != "ACTIVE" {
			continue
		}
		id := str(use, "TrackingOptionID")
		if id != "" && id == str(option, "TrackingOptionID") || id == "" && strings.EqualFold(str(use, "Option"), str(option, "Name")) {
			use["TrackingCategoryID"], use["Name"] = category.id, category.rec["Name"]
			use["TrackingOptionID"], use["Option"] = option["TrackingOptionID"], option["Name"]
			return true
		}
	}
	return false
}

// amounts rounds the unit price first, then computes the line and its tax.
func (j lineJudge) amounts(line record, rate decimal.Decimal, dp int32) {
	p := price{discountRate: toDecimal(line["DiscountRate"]), discountBy: toDecimal(line["DiscountAmount"])}
	j.discount(p, line)
	sent, given := toDecimal(line["LineAmount"]), line["LineAmount"] != nil
	unit, quantity := line["UnitAmount"] != nil, line["Quantity"] != nil
	p.unit, p.quantity = round(line["UnitAmount"], dp), round(line["Quantity"], 4)
	switch {
	case given && unit && !quantity:
		p.quantity = p.solve(sent, p.unit, 4)
	case given && !unit:
		if !quantity {
			p.quantity = decimal.FromInt(1)
		}
		p.unit = p.solve(sent, p.quantity, dp)
	case unit && !quantity:
		p.quantity = decimal.FromInt(1)
	}
	halves := j.t.rounding()
	amount := p.amount(halves)
	switch {
	case given && j.settled:
		amount = sent.Cents()
	case given && unit && quantity && !sent.Cents().Equal(amount):
		j.o.add(textLineTotal(sent, amount))
	case given && (!unit || !quantity):
		amount = sent.Cents() // what was computed from it may not come back to the cent
	}
	if magnitude(amount).Cmp(decimal.Must(lineLimit)) > 0 {
		j.o.add(textLineLimit)
	}
	line["Quantity"], line["UnitAmount"], line["LineAmount"] = number(p.quantity, 4), number(p.unit, 4), number(amount, 2)
	types := str(j.invoice, "LineAmountTypes")
	tax := halves.tax(amount, rate, types)
	if line["TaxAmount"] != nil && types != noTax {
		if tax = toDecimal(line["TaxAmount"]); magnitude(tax).Cmp(magnitude(amount)) > 0 { // an override is kept
			j.o.add(textTaxAmount)
		}
	}
	line["TaxAmount"] = number(tax, 2)
}

func magnitude(d decimal.Decimal) decimal.Decimal {
	if d.Sign() < 0 {
		return d.Neg()
	}
	return d
}

func (j lineJudge) discount(p price, line record) {
	if p.discountRate.IsZero() {
		delete(line, "DiscountRate")
	}
	if p.discountBy.IsZero() {
		delete(line, "DiscountAmount")
	}
	switch {
	case p.discountRate.IsZero() && p.discountBy.IsZero():
	case str(j.invoice, "Type") != typeSale:
		j.o.add(textDiscountKind)
	case !p.discountRate.IsZero() && !p.discountBy.IsZero():
		j.o.add(textDiscountBoth)
	case p.discountRate.Sign() < 0 || p.discountRate.Cmp(hundred()) > 0:
		j.o.add(textDiscountRange)
	}
}

func round(v any, places int32) decimal.Decimal {
	d, err := toDecimal(v).Round(places, decimal.HalfUp)
	if err != nil {
		return decimal.Zero() // unreachable: requests are bounded by decimal.Parse
	}
	return d
}
