package xero

import (
	"encoding/json"
	"maps"
	"net/http"
)

// itemsAtOnce is how many items one call may carry.
const itemsAtOnce = 500

// writeItems answers PUT and POST of items, matched by id or code.
func (t *Twin) writeItems(tb *table, q *call, id string) (reply, error) {
	if in, err := elements(q, tb); err == nil && len(in) > itemsAtOnce {
		return reply{}, refuseMessage(textManyItems)
	}
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
		t.track(rec, &o)
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

// track makes an item one whose stock is counted, when it has an inventory account and
// one for the cost of what is sold.
func (t *Twin) track(rec record, o *outcome) {
	asset := str(rec, "InventoryAssetAccountCode")
	costs, _ := rec["PurchaseDetails"].(record)
	sold := str(costs, "COGSAccountCode")
	if asset == "" && sold == "" {
		return
	}
	account := t.tables["Accounts"].first(asset, "Code")
	if account == nil || str(account.rec, "Type") != "INVENTORY" || sold == "" {
		o.add(textInventory)
		return
	}
	rec["IsTrackedAsInventory"] = true
	if rec["QuantityOnHand"] == nil {
		rec["QuantityOnHand"], rec["TotalCostPool"] = json.Number("0.0000"), json.Number("0.00")
	}
}

// deleteItem answers DELETE of an item. One whose stock is counted stays once a document
// has used it.
func (t *Twin) deleteItem(tb *table, _ *call, id string) (reply, error) {
	at := t.one(tb, id)
	if at == nil {
		return reply{}, refuseAbsent()
	}
	if at.rec["IsTrackedAsInventory"] == true && t.used("ItemCode", str(at.rec, "Code")) {
		return reply{}, refuseRecord(tb, at, textItemUsed)
	}
	tb.remove(at)
	return reply{status: http.StatusNoContent}, nil
}
