package xero

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/planwright/planwright/internal/decimal"
)

// Types and statuses of invoices.
const (
	typeSale = "ACCREC"
	typeBill = "ACCPAY"

	statusDraft      = "DRAFT"
	statusSubmitted  = "SUBMITTED"
	statusAuthorised = "AUTHORISED"
	statusPaid       = "PAID"
	statusVoided     = "VOIDED"
	statusDeleted    = "DELETED"
)

// mayBecome is the machine of statuses that requests may ask for; PAID comes and goes
// by itself.
func mayBecome(from, to string) bool {
	switch from {
	case "":
		return to == statusDraft || to == statusSubmitted || to == statusAuthorised
	case statusDraft, statusSubmitted:
		return to == statusDraft || to == statusSubmitted || to == statusAuthorised || to == statusDeleted
	case statusAuthorised:
		return to == statusAuthorised || to == statusVoided
	case statusPaid:
		return to == statusPaid || to == statusAuthorised // as read and sent back
	}
	return false
}

// writeInvoices answers PUT and POST of invoices.
func (t *Twin) writeInvoices(tb *table, q *call, id string) (reply, error) {
	return t.write(tb, q, id, func(in record, m mode, at *row) outcome {
		if m == modeUpsert {
			at = t.matchInvoice(in)
		}
		if at != nil {
			return t.updateInvoice(q, in, at)
		}
		return t.createInvoice(q, in)
	})
}

// matchInvoice finds the invoice that a POST on the collection edits: by id, or a sale
// by its number, whoever made it. Numbers of bills identify nothing.
func (t *Twin) matchInvoice(in record) *row {
	if id := str(in, "InvoiceID"); id != "" {
		return t.tables["Invoices"].byID[id]
	}
	if str(in, "Type") != typeBill {
		return t.saleByNumber(str(in, "InvoiceNumber"))
	}
	if t.otherwise[doubtBillNumbers] {
		for _, r := range t.tables["Invoices"].find("InvoiceNumber", str(in, "InvoiceNumber")) {
			if str(r.rec, "Type") == typeBill {
				return r
			}
		}
	}
	return nil
}

// saleByNumber finds the sales invoice of a number, whatever its status: voided and
// deleted ones keep theirs, the latter unless the doubt about them is decided otherwise.
func (t *Twin) saleByNumber(number string) *row {
	found := t.tables["Invoices"].find("InvoiceNumber", number)
	if i := slices.IndexFunc(found, func(r *row) bool {
		return str(r.rec, "Type") == typeSale && (str(r.rec, "Status") != statusDeleted || !t.otherwise[doubtDeletedNumbers])
	}); i >= 0 {
		return found[i]
	}
	return nil
}

// invoiceDraft is an invoice on its way to being stored.
type invoiceDraft struct {
	q       *call
	in      record // as requested
	at      *row   // what it replaces, or nil
	rec     record
	contact *row
	made    record // a contact to be made with it
	o       outcome
}

func (t *Twin) createInvoice(q *call, in record) outcome {
	d := &invoiceDraft{q: q, in: in, rec: t.newInvoice(in)}
	if str(in, "InvoiceID") != "" {
		d.o.add(textIDOnCreate)
	}
	if kind := str(in, "Type"); kind != typeSale && kind != typeBill {
		d.o.add(textType)
	}
	if !mayBecome("", str(d.rec, "Status")) {
		d.o.add(textNotCreate)
	}
	block, _ := in["Contact"].(record)
	d.contact, d.made = t.pickContact(q, block, &d.o)
	var lines []record
	j := t.lineJudge(d)
	for _, line := range linesOf(in) {
		delete(line, "LineItemID") // ids are the vendor's to give
		lines = append(lines, j.line(line, q.dp))
	}
	d.setLines(lines)
	return t.finish(d)
}

// newInvoice fills what every invoice has. A missing date is today in the
// organisation's zone.
func (t *Twin) newInvoice(in record) record {
	rec := make(record, 28) // as many members as most end up with
	rec["Status"], rec["LineAmountTypes"], rec["Reference"], rec["InvoiceNumber"] = statusDraft, exclusive, "", ""
	rec["Date"], rec["CurrencyCode"] = t.o.Now().In(t.zone).Format(dayLayout), str(t.organisation(), "BaseCurrency")
	rec["CurrencyRate"], rec["SentToContact"], rec["HasAttachments"], rec["HasErrors"] = json.Number("1.0000000000"), false, false, false
	rec["AmountPaid"], rec["AmountCredited"] = json.Number("0.00"), json.Number("0.00")
	for _, name := range []string{"Payments", "CreditNotes", "Prepayments", "Overpayments"} {
		rec[name] = []any{}
	}
	maps.Copy(rec, in)
	t.fixRate(rec, in, nil)
	if theme := t.defaultTheme(); theme != "" && str(rec, "BrandingThemeID") == "" {
		rec["BrandingThemeID"] = theme
	}
	return rec
}

func (t *Twin) lineJudge(d *invoiceDraft) lineJudge {
	status := str(d.rec, "Status")
	return lineJudge{t: t, invoice: d.rec, approved: status == statusSubmitted || status == statusAuthorised, o: &d.o}
}

func (d *invoiceDraft) setLines(lines []record) {
	list := make([]any, len(lines))
	for i, line := range lines {
		list[i] = line
	}
	d.rec["LineItems"] = list
	total(d.rec)
}

// updateInvoice merges what was sent into the stored invoice, as far as its status and
// the money on it allow.
func (t *Twin) updateInvoice(q *call, in record, at *row) outcome {
	d := &invoiceDraft{q: q, in: in, at: at, o: outcome{id: at.id}}
	from, to := str(at.rec, "Status"), str(in, "Status")
	if to == "" {
		to = from
	}
	applied := t.applied(at.rec)
	switch {
	case from == statusVoided && str(in, "Status") == statusVoided && t.otherwise[doubtVoidAgain]:
		d.o.row = at
		return d.o
	case from == statusVoided || from == statusDeleted:
		d.o.add(textNotModify)
	case applied && to != from:
		d.o.add(textApplied(to))
	case !mayBecome(from, to):
		d.o.add(textNotModify)
	case applied && !onlyAllowed(in, at.rec):
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
	d.rec["InvoiceID"], d.rec["Contact"] = at.id, at.rec["Contact"]
	if block, ok := in["Contact"].(record); ok {
		d.contact, d.made = t.pickContact(q, block, &d.o)
	}
	if to == statusVoided || to == statusDeleted {
		d.rec["LineItems"] = at.rec["LineItems"] // ending an invoice edits nothing else on it
		total(d.rec)
		return t.finish(d)
	}
	d.setLines(t.mergeLines(d))
	return t.finish(d)
}

// applied says whether money or credit stands on an invoice.
func (t *Twin) applied(rec record) bool {
	return str(rec, "Status") == statusPaid ||
		toDecimal(rec["AmountPaid"]).Sign() != 0 || toDecimal(rec["AmountCredited"]).Sign() != 0
}

// onlyAllowed says whether a request changes nothing but what may be changed on an
// invoice with money on it.
func onlyAllowed(in, stored record) bool {
	allowed := []string{"InvoiceID", "Reference", "DueDate", "InvoiceNumber", "BrandingThemeID", "Contact", "Url", "PlannedPaymentDate", "SentToContact", "Status"}
	for name, v := range in {
		if name == "LineItems" || slices.Contains(allowed, name) {
			continue
		}
		if !reflect.DeepEqual(v, stored[name]) {
			return false
		}
	}
	if in["LineItems"] == nil {
		return true
	}
	sent, have := linesOf(in), linesOf(stored)
	if len(sent) != len(have) {
		return false
	}
	free := []string{"LineItemID", "Description", "AccountCode", "AccountID", "Tracking"}
	for _, line := range sent {
		i := slices.IndexFunc(have, func(h record) bool { return str(h, "LineItemID") == str(line, "LineItemID") })
		if i < 0 {
			return false
		}
		for name, v := range line {
			if !slices.Contains(free, name) && !sameValue(v, have[i][name]) {
				return false
			}
		}
	}
	return true
}

func sameValue(a, b any) bool {
	if _, ok := scalar(a); ok {
		x, errX := decimal.Parse(fmt.Sprint(a))
		y, errY := decimal.Parse(fmt.Sprint(b))
		if errX == nil && errY == nil {
			return x.Equal(y)
		}
	}
	return reflect.DeepEqual(a, b)
}

// mergeLines applies the lines that were sent: those with a known id change that line,
// those without are new, stored ones that are missing go. Without LineItems all stay.
// That an empty list takes all lines away is believed.
func (t *Twin) mergeLines(d *invoiceDraft) []record {
	j := t.lineJudge(d)
	stored := linesOf(d.at.rec)
	retax := str(d.rec, "LineAmountTypes") != str(d.at.rec, "LineAmountTypes")
	var out []record
	if sent, given := d.in["LineItems"].([]any); !given || len(sent) == 0 && t.otherwise[doubtEmptyLines] {
		for _, line := range stored {
			line = clone(line)
			if retax {
				delete(line, "TaxAmount")
			}
			out = append(out, j.stored(line))
		}
		return out
	}
	for _, sent := range linesOf(d.in) {
		id := str(sent, "LineItemID")
		i := slices.IndexFunc(stored, func(s record) bool { return str(s, "LineItemID") == id })
		switch {
		case id == "":
			out = append(out, j.line(sent, d.q.dp))
			continue
		case i < 0:
			d.o.add(textLineAbsent)
			continue
		}
		out = append(out, j.edited(stored[i], sent, d.q.dp, retax))
	}
	return out
}

// edited applies what was sent to a stored line. Its amounts are worked out again only if
// something that they are made of is another than before: a line of a paid invoice whose
// words are edited must come to what was paid.
func (j lineJudge) edited(stored, sent record, dp int32, retax bool) record {
	line := clone(stored)
	changed := func(names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return sent[name] != nil && !sameValue(sent[name], stored[name]) })
	}
	repriced := changed("Quantity", "UnitAmount", "LineAmount", "DiscountRate", "DiscountAmount")
	if repriced {
		delete(line, "LineAmount")
	}
	if repriced || retax || changed("TaxType") {
		delete(line, "TaxAmount")
	}
	maps.Copy(line, sent)
	if !repriced {
		return j.stored(line)
	}
	if sent["UnitAmount"] == nil {
		dp = 4 // rounded when it was written
	}
	return j.line(line, dp)
}

// finish judges the whole invoice and stores it with all that goes with it, or nothing.
func (t *Twin) finish(d *invoiceDraft) outcome {
	t.prepare(d)
	t.judgeInvoice(d)
	t.judgeRules(d)
	t.judgeStock(d)
	if len(d.o.problems) > 0 {
		return d.o
	}
	tb, rec := t.tables["Invoices"], d.rec
	if d.at == nil {
		rec["InvoiceID"] = t.newID()
		if str(rec, "Type") == typeSale && str(rec, "InvoiceNumber") == "" {
			rec["InvoiceNumber"] = t.nextNumber()
		}
	}
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
		t.markContact(d.contact.id, str(rec, "Type"))
	}
	if d.at == nil || !t.unnoticed(d.at.rec, rec) {
		rec["UpdatedDateUTC"] = stamp(d.q.now)
	}
	if t.otherwise[doubtZeroTotal] && str(rec, "Status") == statusPaid && toDecimal(rec["Total"]).IsZero() {
		rec["Status"] = statusAuthorised
		delete(rec, "FullyPaidOnDate")
	}
	t.noteNumber(rec)
	t.moveStock(t.moves(d))
	d.o.row = t.store(tb, rec, d.q.client)
	return d.o
}

// unnoticed reports whether a change leaves the stamp where it is: on a document with
// money on it, one of the due date or of whether it was sent. Clients that poll by the
// stamp miss it.
func (t *Twin) unnoticed(before, after record) bool {
	if !t.applied(before) {
		return false
	}
	other := maps.Clone(after)
	for _, name := range []string{"DueDate", "SentToContact"} {
		if v, had := before[name]; had {
			other[name] = v
		} else {
			delete(other, name)
		}
	}
	return reflect.DeepEqual(other, before)
}

// markContact notes that a contact is a customer or supplier. Its change stamp does not
// move and no event is raised, which clients must live with.
func (t *Twin) markContact(id, kind string) {
	flag := "IsCustomer"
	if kind == typeBill {
		flag = "IsSupplier"
	}
	at := t.tables["Contacts"].byID[id]
	if at.rec[flag] == true {
		return
	}
	rec := maps.Clone(at.rec)
	rec[flag] = true
	t.tables["Contacts"].put(rec, "")
}

// judgeInvoice checks the members of the whole document.
func (t *Twin) judgeInvoice(d *invoiceDraft) {
	rec, add := d.rec, d.o.add
	status := str(rec, "Status")
	open := status != statusVoided && status != statusDeleted
	t.shapes.invoice.lengths(d.in, add)
	if number := str(rec, "InvoiceNumber"); number != "" && str(rec, "Type") == typeSale {
		if other := t.saleByNumber(number); other != nil && other != d.at {
			add(textNumberTaken)
		}
	}
	if str(rec, "Type") == typeBill {
		rec["Reference"] = "" // sales only
	}
	t.judgeDocument(d)
	if open && status != statusDraft {
		if str(rec, "DueDate") == "" {
			add(textNoDueDate)
		}
		if len(linesOf(rec)) == 0 {
			add(textNoLines)
		}
	} else if d.at == nil && len(linesOf(rec)) == 0 {
		add(textNoLines)
	}
	if str(rec, "Type") == typeSale && toDecimal(rec["Total"]).Sign() < 0 && !t.otherwise[doubtNegative] {
		add(textNegative)
	}
	if d.in["SentToContact"] == true && status != statusAuthorised && status != statusPaid {
		rec["SentToContact"] = d.at != nil && d.at.rec["SentToContact"] == true
		d.o.warnings = append(d.o.warnings, textSentWarning)
	}
	t.judgeLocks(d)
}

// numberPrefix begins automatic numbers.
const numberPrefix = "INV-"

// noteNumber keeps automatic numbers above every number that a sale uses.
func (t *Twin) noteNumber(invoice record) {
	digits, ok := strings.CutPrefix(str(invoice, "InvoiceNumber"), numberPrefix)
	if !ok || str(invoice, "Type") != typeSale || len(digits) > 9 {
		return // longer ones would not leave room to count on
	}
	if n, err := strconv.Atoi(digits); err == nil {
		t.number = max(t.number, n)
	}
}

// nextNumber gives the next automatic number that no sale has, in whatever case.
func (t *Twin) nextNumber() string {
	for {
		t.number++
		number := fmt.Sprintf("%s%04d", numberPrefix, t.number)
		if t.saleByNumber(number) == nil {
			return number
		}
	}
}
