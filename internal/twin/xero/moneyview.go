package xero

import "maps"

// renderMoney gives payments, credits and what makes them their wire form. It leaves
// other collections to the caller.
func (t *Twin) renderMoney(tb *table, rec record, dp int32, v view) (any, bool) {
	switch tb.name {
	case "Invoices":
		for _, list := range []string{"CreditNotes", "Prepayments", "Overpayments"} {
			if uses, _ := rec[list].([]any); len(uses) > 0 {
				rec[list] = t.uses(list, uses)
			}
		}
		return nil, false
	case "Payments":
		return t.renderPayment(tb, rec, dp, v), true
	case "BatchPayments":
		return t.renderBatch(tb, rec), true
	case "CreditNotes", "Prepayments", "Overpayments", "BankTransactions":
		return t.renderCredit(tb, rec, dp), true
	case "Allocations":
		return t.renderAllocation(tb, rec), true
	case "Currencies":
		delete(rec, "Rates") // the twin's own
	}
	return nil, false
}

// uses adds what the vendor shows beside every credit on an invoice.
func (t *Twin) uses(collection string, list []any) []any {
	out := make([]any, len(list))
	for i, e := range list {
		use := maps.Clone(e.(record))
		use["ID"], use["HasErrors"], use["LineItems"] = use[t.tables[collection].key], false, []any{}
		out[i] = use
	}
	return out
}

// empties are the lists that the vendor shows empty wherever an invoice stands inside
// something else.
func empties(invoice map[string]any) map[string]any {
	for _, name := range []string{"Payments", "CreditNotes", "Prepayments", "Overpayments", "LineItems"} {
		invoice[name] = []any{}
	}
	invoice["HasErrors"], invoice["IsDiscounted"] = false, false
	return invoice
}

func (t *Twin) renderPayment(tb *table, rec record, dp int32, v view) any {
	kept, _ := rec["Invoice"].(record)
	out := tb.shape.write(omit(rec, "Invoice"), dp)
	out["HasValidationErrors"] = false
	if out["BankAmount"] == nil {
		out["BankAmount"] = out["Amount"]
	}
	account, _ := rec["Account"].(record)
	out["Account"] = t.accountOf(account, v == viewFull)
	if batch := t.tables["BatchPayments"].byID[str(rec, "BatchPaymentID")]; batch != nil {
		block := t.tables["BatchPayments"].shape.write(omit(batch.rec, "Payments"), dp)
		delete(block, "DateString")
		out["BatchPayment"] = block
	}
	c, document := t.document(str(kept, "InvoiceID"))
	switch {
	case document == nil: // unreachable: documents are never removed
	case v != viewFull:
		out["Invoice"] = t.briefly(c, document)
	case c.collection == "Invoices":
		out["Invoice"] = t.render(t.tables["Invoices"], document, dp, viewFull)
	default:
		out["Invoice"] = t.asInvoice(c, document, dp)
	}
	return out
}

// accountOf shows an account inside something else.
func (t *Twin) accountOf(kept record, named bool) map[string]any {
	out := maps.Clone(kept)
	if str(out, "Code") == "" {
		delete(out, "Code")
	}
	if at := t.tables["Accounts"].byID[str(kept, "AccountID")]; at != nil && named {
		out["Name"] = at.rec["Name"]
	}
	return out
}

// briefly shows a payment's document as lists do.
func (t *Twin) briefly(c claim, document *row) map[string]any {
	out := empties(t.paid(c, document))
	out["Contact"] = t.contactOf(document.rec, false)
	out["CurrencyCode"] = document.rec["CurrencyCode"]
	return out
}

// asInvoice shows a credit that was refunded in full, in the form of an invoice.
func (t *Twin) asInvoice(c claim, document *row, dp int32) map[string]any {
	tb := t.tables[c.collection]
	out := t.render(tb, document, dp, viewFull).(map[string]any)
	maps.Copy(out, omit(t.paid(c, document), "Contact"))
	paid := toDecimal(document.rec["Total"]).Sub(toDecimal(document.rec["RemainingCredit"]))
	out["AmountDue"], out["AmountPaid"] = document.rec["RemainingCredit"], number(paid, 2)
	out["CreditNotes"], out["Prepayments"], out["Overpayments"] = []any{}, []any{}, []any{}
	return omit(out, tb.key, "ID", "CreditNoteNumber", "RemainingCredit", "Allocations")
}

func (t *Twin) renderBatch(tb *table, rec record) any {
	list, _ := rec["Payments"].([]any)
	shown := make([]any, len(list))
	for i, e := range list {
		entry := maps.Clone(e.(record))
		target, _ := entry["Invoice"].(record)
		invoice := empties(maps.Clone(target))
		if at := t.tables["Invoices"].byID[str(target, "InvoiceID")]; at != nil {
			invoice["CurrencyCode"] = at.rec["CurrencyCode"]
		}
		entry["Invoice"] = invoice
		shown[i] = entry
	}
	out := tb.shape.write(omit(rec, "Payments"), 2)
	out["Payments"] = shown
	account, _ := rec["Account"].(record)
	if at := t.tables["Accounts"].byID[str(account, "AccountID")]; at != nil {
		out["Account"] = map[string]any{"AccountID": at.id, "CurrencyCode": t.currencyOf(at.rec)}
	}
	return out
}

// currencyOf is an account's currency; accounts without one are in the base currency.
func (t *Twin) currencyOf(account record) string {
	if code := str(account, "CurrencyCode"); code != "" {
		return code
	}
	return t.base()
}

func (t *Twin) renderCredit(tb *table, rec record, dp int32) any {
	if account, ok := rec["BankAccount"].(record); ok {
		rec["BankAccount"] = t.accountOf(account, true)
	}
	allocations, _ := rec["Allocations"].([]any)
	out := tb.shape.write(omit(rec, "Allocations"), dp)
	if tb.name != "BankTransactions" {
		shown := make([]any, len(allocations))
		for i, e := range allocations {
			shown[i] = t.renderAllocation(nil, maps.Clone(e.(record)))
		}
		out["Allocations"], out["ID"] = shown, rec[tb.key]
	}
	return out
}

// renderAllocation shows one allocation, inside its credit or (with its table) as the
// answer to the call that made it.
func (t *Twin) renderAllocation(tb *table, rec record) any {
	kept, _ := rec["Invoice"].(record)
	out := t.shapes.allocation.write(omit(rec, "Invoice"), 2)
	out["Invoice"] = empties(maps.Clone(kept))
	if tb != nil {
		out["ValidationErrors"] = []any{}
		if t.otherwise[doubtAllocationID] {
			delete(out, "AllocationID")
		}
	}
	return out
}
