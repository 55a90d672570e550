package xero

import (
	"maps"
)

// view says how much of a record an answer shows. The vendor's lists leave out what
// clients take for empty, which is why the difference is kept.
type view int

const (
	viewFull    view = iota // one record
	viewPaged               // a list in pages
	viewBare                // a list without pages
	viewSummary             // summaryOnly=true
)

// hidden lists the members that a view of a collection leaves out.
func hidden(collection string, v view) []string {
	switch {
	case collection == "Contacts" && v == viewBare:
		return []string{
			"ContactPersons", "PaymentTerms", "MergedToContactID", "SalesDefaultAccountCode", "PurchasesDefaultAccountCode",
			"SalesDefaultLineAmountType", "PurchasesDefaultLineAmountType", "ContactGroups", "HasAttachments",
		}
	case collection == "Contacts" && v == viewSummary:
		return []string{
			"Addresses", "ContactGroups", "ContactPersons", "IsCustomer", "IsSupplier", "SalesDefaultAccountCode",
			"PurchasesDefaultAccountCode", "SalesDefaultLineAmountType", "PurchasesDefaultLineAmountType",
		}
	case collection == "Invoices" && v == viewSummary:
		return []string{"Payments", "LineItems", "HasAttachments"}
	}
	return nil
}

// render gives a stored record its wire form. The caller holds the lock.
func (t *Twin) render(tb *table, r *row, dp int32, v view) any {
	rec := maps.Clone(r.rec)
	for _, name := range hidden(tb.name, v) {
		delete(rec, name)
	}
	switch tb.name {
	case "Invoices":
		rec["Contact"] = t.contactOf(rec, v == viewFull)
		if v == viewBare {
			rec["LineItems"] = []any{}
		}
	case "Contacts":
		rec["HasValidationErrors"] = false
	}
	return tb.shape.write(rec, dp)
}

// contactOf returns the contact that an invoice shows: all of it with a single invoice,
// a summary in lists.
func (t *Twin) contactOf(invoice record, full bool) record {
	inner, _ := invoice["Contact"].(record)
	stored := t.tables["Contacts"].byID[str(inner, "ContactID")]
	if stored == nil {
		return clone(inner) // unreachable: contacts are never removed
	}
	out := record{}
	if full {
		out = maps.Clone(stored.rec)
	} else {
		for _, name := range []string{"ContactID", "ContactNumber", "Name"} {
			if v, ok := stored.rec[name]; ok {
				out[name] = v
			}
		}
		for _, name := range []string{"Addresses", "Phones", "ContactGroups", "ContactPersons"} {
			out[name] = []any{}
		}
	}
	out["HasValidationErrors"] = false
	return out
}
