package xero

import (
	"maps"
	"strings"
)

// Texts of refused allocations, all believed: the vendor refuses, but its words were not
// seen.
const (
	textAllocateState    = "Only authorised credit can be allocated"
	textAllocateInvoice  = "The invoice of the allocation could not be found"
	textAllocateTo       = "Credit can only be allocated to authorised invoices"
	textAllocateKind     = "Credit can only be allocated to invoices of the same kind"
	textAllocateContact  = "Credit can only be allocated to invoices of the same contact"
	textAllocateCurrency = "Credit can only be allocated to invoices in the same currency"
	textAllocateAmount   = "The amount of the allocation must be more than zero"
	textAllocateLeft     = "The amount of the allocation is more than the remaining credit"
	textAllocateOver     = "The amount of the allocation exceeds the amount outstanding on this document"
	textAllocateDate     = "The date of the allocation must be specified"
)

// writeAllocations answers PUT of allocations below a credit.
func (t *Twin) writeAllocations(tb *table, q *call, id string) (reply, error) {
	credit := t.one(tb, id)
	if credit == nil {
		return reply{}, refuseAbsent()
	}
	list := newTable("Allocations", "AllocationID", t.shapes.allocation)
	return t.write(list, q, "", func(in record, _ mode, _ *row) outcome {
		return t.allocate(q, tb, tb.byID[credit.id], in)
	})
}

// allocate uses a part of a credit on an invoice. Both documents change.
func (t *Twin) allocate(q *call, tb *table, credit *row, in record) outcome {
	var o outcome
	target, _ := in["Invoice"].(record)
	invoice := t.tables["Invoices"].byID[str(target, "InvoiceID")]
	if number := str(target, "InvoiceNumber"); invoice == nil && str(target, "InvoiceID") == "" && number != "" {
		invoice = t.byNumber(t.tables["Invoices"], claims()[0], number)
	}
	if invoice == nil {
		o.add(textAllocateInvoice)
		return o
	}
	t.judgeAllocation(credit.rec, invoice.rec, in, &o)
	if len(o.problems) > 0 {
		return o
	}
	allocation := record{
		"AllocationID": t.newID(), "Amount": number(toDecimal(in["Amount"]), 2), "Date": in["Date"],
		"Invoice": record{"InvoiceID": invoice.id, "InvoiceNumber": str(invoice.rec, "InvoiceNumber")},
	}
	t.applyAllocation(q, tb, credit, allocation)
	shown := maps.Clone(allocation)
	shown[singular(tb.name)] = record{tb.key: credit.id, "ID": credit.id, "LineItems": []any{}}
	o.row = &row{id: str(allocation, "AllocationID"), rec: shown}
	return o
}

func (t *Twin) judgeAllocation(credit, invoice, in record, o *outcome) {
	amount := toDecimal(in["Amount"])
	from, _ := credit["Contact"].(record)
	to, _ := invoice["Contact"].(record)
	open := str(credit, "Status") == statusAuthorised || str(credit, "Status") == statusPaid
	for _, rule := range []struct {
		broken bool
		text   string
	}{
		{!open, textAllocateState},
		{str(invoice, "Status") != statusAuthorised, textAllocateTo},
		{buys(str(credit, "Type")) != buys(str(invoice, "Type")), textAllocateKind},
		{str(from, "ContactID") != str(to, "ContactID"), textAllocateContact},
		{str(credit, "CurrencyCode") != str(invoice, "CurrencyCode"), textAllocateCurrency},
		{amount.Sign() <= 0, textAllocateAmount},
		{open && amount.Cmp(outstanding(credit)) > 0, textAllocateLeft},
		{str(invoice, "Status") == statusAuthorised && amount.Cmp(outstanding(invoice)) > 0, textAllocateOver},
		{str(in, "Date") == "", textAllocateDate},
	} {
		if rule.broken {
			o.add(rule.text)
		}
	}
	// An allocation takes effect on the later one of the documents' dates.
	t.closedDay(max(str(credit, "Date"), str(invoice, "Date")), o)
}

// applyAllocation puts an allocation on both documents.
func (t *Twin) applyAllocation(q *call, tb *table, credit *row, allocation record) {
	amount := toDecimal(allocation["Amount"])
	target, _ := allocation["Invoice"].(record)
	invoice := maps.Clone(t.tables["Invoices"].byID[str(target, "InvoiceID")].rec)
	invoice[tb.name] = with(invoice[tb.name], useOf(tb, credit.rec, allocation))
	t.post(q, "Invoices", invoice, byCredit, amount)
	rec := maps.Clone(credit.rec)
	rec["Allocations"] = with(rec["Allocations"], allocation)
	t.post(q, tb.name, rec, "", amount)
}

// useOf is what the invoice shows of a credit that was allocated to it.
func useOf(tb *table, credit, allocation record) record {
	use := record{
		tb.key: credit[tb.key], "AppliedAmount": allocation["Amount"],
		"Date": credit["Date"], "Total": credit["Total"],
	}
	if tb.name == "CreditNotes" {
		use["CreditNoteNumber"] = str(credit, "CreditNoteNumber")
	}
	return use
}

// deleteAllocation answers DELETE of one allocation, without an envelope.
func (t *Twin) deleteAllocation(tb *table, q *call, id string) (reply, error) {
	credit := t.one(tb, id)
	if credit == nil {
		return reply{}, refuseAbsent()
	}
	found := allocationOf(credit.rec, strings.ToLower(q.path[3]))
	if found == nil {
		return reply{}, refuseAbsent()
	}
	target, _ := found["Invoice"].(record)
	invoice := t.tables["Invoices"].byID[str(target, "InvoiceID")]
	var o outcome
	t.closedDay(max(str(credit.rec, "Date"), str(invoice.rec, "Date")), &o)
	if len(o.problems) > 0 {
		return reply{}, refuseMessage(strings.Join(o.problems, "; "))
	}
	amount := toDecimal(found["Amount"]).Neg()
	changed := maps.Clone(invoice.rec)
	changed[tb.name] = without(changed[tb.name], useOf(tb, credit.rec, found))
	t.post(q, "Invoices", changed, byCredit, amount)
	rec := maps.Clone(credit.rec)
	rec["Allocations"] = without(rec["Allocations"], record{"AllocationID": found["AllocationID"]})
	t.post(q, tb.name, rec, "", amount)
	gone := t.shapes.allocation.write(found, q.dp)
	gone["IsDeleted"] = true
	return reply{bare: gone}, nil
}

// allocationOf finds one allocation of a credit.
func allocationOf(credit record, id string) record {
	list, _ := credit["Allocations"].([]any)
	for _, e := range list {
		if a, ok := e.(record); ok && str(a, "AllocationID") == id {
			return a
		}
	}
	return nil
}
