package xero

import (
	"cmp"
	"slices"
	"strings"
)

// historyShapes: what was done to a record, as worlds hold it. The moment is called as
// with every other record, so that tables sort by it; answers call it DateUTC.
const historyShapes = `
History
	HistoryID id
	Collection text
	RecordID id
	Changes text
	User text
	Details text:2500
	UpdatedDateUTC instant
`

// userOfAPI is who the vendor names where an app did something.
const userOfAPI = "System Generated"

// chronicled lists the collections whose records have a history.
func chronicled() []string {
	return []string{
		"Invoices", "Contacts", "Items", "Payments", "CreditNotes", "BankTransactions", "Overpayments", "Prepayments",
	}
}

// chronicle writes down what storing rec in place of old did.
func (t *Twin) chronicle(tb *table, old *row, rec record) {
	if !slices.Contains(chronicled(), tb.name) {
		return
	}
	var was record
	if old != nil {
		was = old.rec
	}
	changes := changesOf(was, rec)
	var details strings.Builder
	details.WriteString(cmp.Or(str(rec, tb.key[:len(tb.key)-2]+"Number"), str(rec, "Name"), str(rec, "Code")))
	for _, member := range []string{"Total", "Amount"} {
		if rec[member] != nil {
			details.WriteString(" for " + toDecimal(rec[member]).Money())
		}
	}
	t.remark(tb.name, str(rec, tb.key), changes, strings.TrimSpace(details.String()))
}

// changesOf names a change in the vendor's words, as far as those are known.
func changesOf(was, rec record) string {
	more := func(member string) bool { return toDecimal(rec[member]).Cmp(toDecimal(was[member])) > 0 }
	from, to := cmp.Or(str(was, "Status"), str(was, "ContactStatus")), cmp.Or(str(rec, "Status"), str(rec, "ContactStatus"))
	switch {
	case was == nil:
		return "Created"
	case more("AmountPaid"):
		return "Payment Received"
	case more("AmountCredited"):
		return "Credit Applied"
	case less(was, rec, "AmountPaid"):
		return "Payment Removed"
	case less(was, rec, "AmountCredited"):
		return "Credit Removed"
	case from == to || to == "":
		return "Edited"
	case to == statusAuthorised || to == statusPaid:
		return "Approved"
	}
	return to[:1] + strings.ToLower(to[1:]) // "Voided", "Archived"
}

func less(was, rec record, member string) bool {
	return toDecimal(rec[member]).Cmp(toDecimal(was[member])) < 0
}

// remark adds one entry to the history of a record.
func (t *Twin) remark(collection, id, changes, details string) record {
	t.notes++
	tb := t.tables["History"]
	note := guid(t.o.Seed, 'h', t.notes)
	for tb.byID[note] != nil {
		t.notes++
		note = guid(t.o.Seed, 'h', t.notes)
	}
	rec := record{
		"HistoryID": note, "Collection": collection, "RecordID": id, "Changes": changes,
		"User": userOfAPI, "Details": details, "UpdatedDateUTC": stamp(t.o.Now()),
	}
	tb.put(rec, "")
	return rec
}

// readHistory answers GET of a record's history, the latest first.
func (t *Twin) readHistory(tb *table, _ *call, id string) (reply, error) {
	at := t.one(tb, id)
	if at == nil {
		return reply{}, refuseAbsent()
	}
	list := []any{}
	for _, r := range slices.Backward(t.tables["History"].find("RecordID", at.id)) {
		shown := moment(r.rec)
		shown["Changes"], shown["User"] = r.rec["Changes"], r.rec["User"]
		list = append(list, shown)
	}
	return reply{name: "HistoryRecords", list: list}, nil
}

// moment renders what every answer shows of an entry.
func moment(rec record) map[string]any {
	at := str(rec, "UpdatedDateUTC")
	return map[string]any{"Details": rec["Details"], "DateUTC": msInstant(at) + "+0000)/", "DateUTCString": at[:19]}
}

// writeHistory answers PUT of notes, which nobody can change or take back.
func (t *Twin) writeHistory(tb *table, q *call, id string) (reply, error) {
	at := t.one(tb, id)
	if at == nil {
		return reply{}, refuseAbsent()
	}
	in, err := elements(q, t.tables["History"])
	if err != nil {
		return reply{}, err
	}
	var good, bad []any
	for _, e := range in {
		var o outcome
		t.shapes.history.lengths(e, o.add)
		if str(e, "Details") == "" {
			o.add(textNote)
		}
		if len(o.problems) > 0 {
			bad = append(bad, map[string]any{"Details": str(e, "Details"), "ValidationErrors": messages(o.problems)})
			continue
		}
		shown := moment(t.remark(tb.name, at.id, "Note", str(e, "Details")))
		shown["ValidationErrors"] = []any{}
		good = append(good, shown)
	}
	if len(bad) > 0 {
		return reply{}, refuseValidation(bad)
	}
	return reply{name: "HistoryRecords", list: good}, nil
}
