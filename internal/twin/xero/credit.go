package xero

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/planwright/planwright/internal/decimal"
)

// Texts of refused credit notes. The first is documented; the others are believed.
const (
	textCreditAbsent  = "An existing Credit Note with the specified CreditNoteID could not be found"
	textCreditID      = "The CreditNoteID must not be given when a credit note is created"
	textCreditType    = "Credit note type must be ACCRECCREDIT or ACCPAYCREDIT"
	textCreditNumber  = "Credit note # must be unique."
	textCreditModify  = "Credit note not of valid status for modification"
	textCreditCreate  = "Credit note not of valid status for creation"
	textCreditApplied = "The status %s cannot be applied to the credit note because it has payments or allocations."
	textCreditLines   = "Discounts are not allowed on credit notes"
	textCreditTotal   = "The total of a credit note must not be negative"
)

// writeCreditNotes answers PUT and POST of credit notes.
func (t *Twin) writeCreditNotes(tb *table, q *call, id string) (reply, error) {
	return t.write(tb, q, id, func(in record, m mode, at *row) outcome {
		given, refused := str(in, "CreditNoteID"), outcome{}
		if m != modeUpdate && given != "" {
			at = tb.byID[given]
		}
		switch {
		case m == modeUpdate || given == "":
		case at == nil:
			refused.add(textCreditAbsent)
			return refused
		case m == modeCreate:
			refused.add(textCreditID)
			return refused
		}
		if m == modeUpsert && at == nil {
			at = t.creditByNumber(str(in, "CreditNoteNumber"), str(in, "Type"))
		}
		if at != nil {
			return t.updateCredit(q, in, at)
		}
		return t.createCredit(q, in)
	})
}

// creditByNumber finds a customer's credit note. Numbers of suppliers' identify nothing.
func (t *Twin) creditByNumber(number, kind string) *row {
	if kind == typeBillCredit || number == "" {
		return nil
	}
	found := t.tables["CreditNotes"].find("CreditNoteNumber", number)
	if i := slices.IndexFunc(found, func(r *row) bool { return str(r.rec, "Type") == typeSaleCredit }); i >= 0 {
		return found[i]
	}
	return nil
}

// newCredit fills what every credit note has.
func (t *Twin) newCredit(in record) record {
	rec := t.newInvoice(in)
	for _, name := range []string{"InvoiceNumber", "AmountPaid", "AmountCredited", "CreditNotes", "Prepayments", "Overpayments"} {
		delete(rec, name)
	}
	if rec["CreditNoteNumber"] == nil {
		rec["CreditNoteNumber"] = ""
	}
	if rec["Allocations"] == nil {
		rec["Allocations"] = []any{}
	}
	return rec
}

func (t *Twin) createCredit(q *call, in record) outcome {
	d := &invoiceDraft{q: q, in: in, rec: t.newCredit(in)}
	if kind := str(in, "Type"); kind != typeSaleCredit && kind != typeBillCredit {
		d.o.add(textCreditType)
	}
	if !mayBecome("", str(d.rec, "Status")) {
		d.o.add(textCreditCreate)
	}
	block, _ := in["Contact"].(record)
	d.contact, d.made = t.pickContact(q, block, &d.o)
	var lines []record
	j := t.lineJudge(d)
	for _, line := range linesOf(in) {
		delete(line, "LineItemID")
		lines = append(lines, j.line(line, q.dp))
	}
	d.setCreditLines(lines)
	return t.finishCredit(d)
}

// setCreditLines sums the lines. What is left of the credit falls by what was used.
func (d *invoiceDraft) setCreditLines(lines []record) {
	used := decimal.Zero()
	if d.at != nil {
		used = toDecimal(d.at.rec["Total"]).Sub(toDecimal(d.at.rec["RemainingCredit"]))
	}
	list := make([]any, len(lines))
	for i, line := range lines {
		list[i] = line
	}
	d.rec["LineItems"] = list
	sums(d.rec)
	delete(d.rec, "IsDiscounted")
	d.rec["RemainingCredit"] = number(toDecimal(d.rec["Total"]).Sub(used), 2)
}

// used says whether a credit has been refunded or allocated, all or in part.
func used(rec record) bool {
	payments, _ := rec["Payments"].([]any)
	allocations, _ := rec["Allocations"].([]any)
	return str(rec, "Status") == statusPaid || len(payments)+len(allocations) > 0
}

// updateCredit merges what was sent into a stored credit note, by the rules of invoices.
func (t *Twin) updateCredit(q *call, in record, at *row) outcome {
	d := &invoiceDraft{q: q, in: in, at: at, o: outcome{id: at.id}}
	from, to := str(at.rec, "Status"), str(in, "Status")
	if to == "" {
		to = from
	}
	taken := used(at.rec)
	switch {
	case from == statusVoided || from == statusDeleted:
		d.o.add(textCreditModify)
	case taken && to != from:
		d.o.add(fmt.Sprintf(textCreditApplied, to))
	case !mayBecome(from, to):
		d.o.add(textCreditModify)
	case taken && !onlyAllowed(omit(in, "CreditNoteID", "CreditNoteNumber"), at.rec):
		d.o.add(textPaidEdit)
	}
	if kind := str(in, "Type"); kind != "" && kind != str(at.rec, "Type") {
		d.o.add(textTypeFixed)
	}
	if len(d.o.problems) > 0 {
		return d.o
	}
	d.rec = clone(at.rec)
	maps.Copy(d.rec, in)
	d.rec["CreditNoteID"], d.rec["Contact"] = at.id, at.rec["Contact"]
	if block, ok := in["Contact"].(record); ok {
		d.contact, d.made = t.pickContact(q, block, &d.o)
	}
	if to == statusVoided || to == statusDeleted {
		d.rec["LineItems"] = at.rec["LineItems"]
		return t.finishCredit(d)
	}
	d.setCreditLines(t.mergeLines(d))
	return t.finishCredit(d)
}

// omit returns a record without some members.
func omit(rec record, names ...string) record {
	out := maps.Clone(rec)
	for _, name := range names {
		delete(out, name)
	}
	return out
}

// finishCredit judges the whole credit note and stores it with all that goes with it.
func (t *Twin) finishCredit(d *invoiceDraft) outcome {
	t.judgeCredit(d)
	if len(d.o.problems) > 0 {
		return d.o
	}
	rec := d.rec
	if d.at == nil {
		rec["CreditNoteID"] = t.newID()
		if str(rec, "Type") == typeSaleCredit && str(rec, "CreditNoteNumber") == "" {
			t.credit++
			rec["CreditNoteNumber"] = fmt.Sprintf("%s%04d", creditPrefix, t.credit)
		}
	}
	t.noteCredit(str(rec, "CreditNoteNumber"))
	settleCredit(rec)
	if str(rec, "Status") == statusPaid && str(rec, "FullyPaidOnDate") == "" {
		rec["FullyPaidOnDate"] = str(rec, "Date")
	}
	t.conclude(d, rec)
	d.o.row = t.store(t.tables["CreditNotes"], rec, d.q.client)
	return d.o
}

// conclude gives lines their ids, stores the contact made with a document, and stamps it.
func (t *Twin) conclude(d *invoiceDraft, rec record) {
	for _, line := range linesOf(rec) {
		if str(line, "LineItemID") == "" {
			line["LineItemID"] = t.newID()
		}
	}
	if d.made != nil {
		d.made["ContactID"] = t.newID()
		d.contact = t.store(t.tables["Contacts"], d.made, d.q.client)
	}
	if d.contact != nil {
		block, _ := d.in["Contact"].(record)
		t.overwriteContact(d.q, block, d.contact)
		rec["Contact"] = record{"ContactID": d.contact.id}
	}
	rec["UpdatedDateUTC"] = stamp(d.q.now)
}

func (t *Twin) judgeCredit(d *invoiceDraft) {
	rec, add := d.rec, d.o.add
	status := str(rec, "Status")
	t.shapes.creditNote.lengths(d.in, add)
	if number := str(rec, "CreditNoteNumber"); number != "" {
		if other := t.creditByNumber(number, str(rec, "Type")); other != nil && other != d.at {
			add(textCreditNumber)
		}
	}
	if str(rec, "Type") == typeBillCredit {
		rec["Reference"] = "" // sales only
	}
	t.judgeDocument(d)
	if (status == statusSubmitted || status == statusAuthorised) && len(linesOf(rec)) == 0 {
		add(textNoLines)
	}
	for _, line := range linesOf(rec) {
		if line["DiscountRate"] != nil || line["DiscountAmount"] != nil {
			add(textCreditLines)
		}
	}
	if toDecimal(rec["Total"]).Sign() < 0 {
		add(textCreditTotal)
	}
	t.judgeLocks(d)
}

// judgeDocument checks what every document has: kinds of amounts, currency and theme.
func (t *Twin) judgeDocument(d *invoiceDraft) {
	rec, add := d.rec, d.o.add
	if types := str(rec, "LineAmountTypes"); types != exclusive && types != inclusive && types != noTax {
		add(textAmountTypes)
	}
	if code := str(rec, "CurrencyCode"); t.tables["Currencies"].byID[code] == nil {
		add(textCurrency(code))
	}
	if theme := str(rec, "BrandingThemeID"); theme != "" && t.tables["BrandingThemes"].byID[theme] == nil {
		add(textTheme)
	}
	var stored record
	if d.at != nil {
		stored = d.at.rec
	}
	if t.fixRate(rec, d.in, stored) {
		d.o.warnings = append(d.o.warnings, textRate)
	}
}

// creditPrefix begins automatic numbers of credit notes.
const creditPrefix = "CN-"

// noteCredit keeps automatic numbers above every number in use.
func (t *Twin) noteCredit(number string) {
	digits, ok := strings.CutPrefix(number, creditPrefix)
	if n, err := strconv.Atoi(digits); ok && err == nil && len(digits) <= 9 {
		t.credit = max(t.credit, n)
	}
}
