package salesforce

import (
	"slices"

	"github.com/planwright/planwright/internal/twin/world"
)

// A world with records of CurrencyType is an org with several currencies: most records
// have a CurrencyIsoCode, and an amount is in the currency of its record.

func currencyType() *object {
	return &object{name: "CurrencyType", label: "Currency Type", plural: "Currency Types", prefix: prefixOf("CurrencyType"), fields: withAudit(readOnly(
		text("IsoCode", 3).required().named(), number("ConversionRate", kindDouble, 18, 6), number("DecimalPlaces", kindInt, 9, 0),
		flag("IsActive", true), flag("IsCorporate", false),
	)...)}
}

const currencyField = "CurrencyIsoCode"

// addCurrencies gives objects the field of an org with several currencies.
func addCurrencies(s *schema, types []world.Record) {
	if len(types) == 0 {
		return
	}
	var codes []string
	for _, r := range types {
		if code, ok := r["IsoCode"].(string); ok && r["IsActive"] != false {
			codes = append(codes, code)
		}
	}
	list := func(name string) field { return pick(name, codes...).only().required().sized(3) }
	for _, o := range s.order {
		f := list(currencyField).labelled("Currency")
		switch o.name {
		case "Organization", "OpportunityStage", "RecordType", "OpportunityFieldHistory":
			continue
		case "PricebookEntry":
			f = f.createOnly()
		case "OpportunityLineItem", "OpportunityHistory", "OpportunityContactRole":
			f = f.readOnly() // that of the opportunity
		case "User":
			o.fields = append(o.fields, list("DefaultCurrencyIsoCode").labelled("Default Currency"))
		}
		o.fields = append(o.fields, f)
	}
	made := currencyType()
	s.order = append(s.order, made)
	s.names["currencytype"] = made
}

func (o *object) multiCurrency() bool {
	_, ok := o.index["currencyisocode"]
	return ok
}

// homeCurrency is that of the calling user, else the corporate one.
func (t *Twin) homeCurrency() any {
	if user, ok := t.store.live(t.userID); ok && user.v["DefaultCurrencyIsoCode"] != nil {
		return user.v["DefaultCurrencyIsoCode"]
	}
	return t.corporate
}

// fillCurrency gives a record that names no currency that of its opportunity, or the
// calling user's: not that of its account.
func (t *Twin) fillCurrency(o *object, v map[string]any) {
	if !o.multiCurrency() {
		return
	}
	if o.name == "User" && v["DefaultCurrencyIsoCode"] == nil {
		v["DefaultCurrencyIsoCode"] = t.corporate
	}
	id, _ := v["OpportunityId"].(string)
	if opp := t.store.ids[id]; opp != nil {
		v[currencyField] = opp.v[currencyField]
	}
	if v[currencyField] == nil {
		v[currencyField] = t.homeCurrency()
	}
}

// corporateOf finds the corporate currency of a world, else its first.
func corporateOf(types []world.Record) any {
	if len(types) == 0 {
		return nil
	}
	i := slices.IndexFunc(types, func(r world.Record) bool { return r["IsCorporate"] == true })
	return types[max(i, 0)]["IsoCode"]
}
