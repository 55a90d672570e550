package xero

import (
	"maps"
)

// writeItems answers PUT and POST of items, matched by id or code.
func (t *Twin) writeItems(tb *table, q *call, id string) (reply, error) {
	return t.write(tb, q, id, func(in record, m mode, at *row) outcome {
		code := str(in, "Code")
		var o outcome
		taken := tb.find("Code", code)
		switch {
		case m == modeCreate && len(taken) > 0:
			o.add(textItemTaken(code))
			return o
		case m == modeUpsert && str(in, "ItemID") != "":
			at = tb.byID[str(in, "ItemID")]
		case m == modeUpsert && len(taken) > 0:
			at = taken[0]
		}
		rec := record{}
		if at != nil {
			o.id, rec = at.id, clone(at.rec)
		}
		maps.Copy(rec, in)
		if code = str(rec, "Code"); code == "" {
			o.add(textItemCode)
		}
		for _, other := range tb.find("Code", code) {
			if at != nil && other != at {
				o.add(textItemTaken(code))
			}
		}
		rec = newItem(rec)
		t.shapes.item.lengths(rec, o.add)
		t.checkPrices(rec, &o)
		if len(o.problems) > 0 {
			return o
		}
		if at == nil {
			rec["ItemID"] = t.newID()
		} else {
			rec["ItemID"] = at.id
		}
		rec["UpdatedDateUTC"] = stamp(q.now)
		o.row = t.store(tb, rec, q.client)
		return o
	})
}

// newItem fills what every item has. An item that is not sold has no sales side, and
// likewise for purchases.
func newItem(in record) record {
	rec := record{
		"IsSold": true, "IsPurchased": true, "IsTrackedAsInventory": false,
		"SalesDetails": record{}, "PurchaseDetails": record{},
	}
	maps.Copy(rec, in)
	if rec["IsSold"] == false {
		rec["SalesDetails"] = record{}
		delete(rec, "Description")
	}
	if rec["IsPurchased"] == false {
		rec["PurchaseDetails"] = record{}
		delete(rec, "PurchaseDescription")
	}
	return rec
}

// checkPrices judges the account and tax codes of both sides.
func (t *Twin) checkPrices(rec record, o *outcome) {
	for _, side := range []string{"SalesDetails", "PurchaseDetails"} {
		details, _ := rec[side].(record)
		if code := str(details, "AccountCode"); code != "" && len(t.tables["Accounts"].find("Code", code)) == 0 {
			o.add(textAccount(code))
		}
		if taxType := str(details, "TaxType"); taxType != "" && t.tables["TaxRates"].byID[taxType] == nil {
			o.add(textTaxTypeUnknown(taxType))
		}
	}
}

// actions answers GET /Organisation/Actions: what the plan and the user allow.
func (t *Twin) actions(_ *table, _ *call, id string) (reply, error) {
	if id != "Actions" {
		return reply{}, refuseAbsent()
	}
	list := []any{}
	for _, name := range []string{
		"CreateApprovedInvoice", "CreateDraftInvoice", "CreateApprovedBill", "CreateInvoicePayment", "UseMulticurrency",
	} {
		list = append(list, map[string]any{"Name": name, "Status": "ALLOWED"})
	}
	return reply{name: "Actions", list: list}, nil
}
