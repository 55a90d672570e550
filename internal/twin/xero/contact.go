package xero

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/planwright/planwright/internal/decimal"
)

// writeContacts answers PUT and POST of contacts. A contact is matched by id, then by
// number, then by its name among the active ones.
func (t *Twin) writeContacts(tb *table, q *call, id string) (reply, error) {
	return t.write(tb, q, id, func(in record, m mode, at *row) outcome {
		if m == modeUpsert {
			at = t.matchContact(in)
		}
		if at != nil {
			return t.updateContact(q, in, at)
		}
		return t.createContact(q, in)
	})
}

// matchContact finds the contact that a POST edits. An archived one is found by its id
// or number only.
func (t *Twin) matchContact(in record) *row {
	tb := t.tables["Contacts"]
	if id := str(in, "ContactID"); id != "" {
		return tb.byID[id]
	}
	if number := str(in, "ContactNumber"); number != "" {
		if found := tb.find("ContactNumber", number); len(found) > 0 {
			return found[0]
		}
	}
	return t.activeByName(str(in, "Name"))
}

// activeByName finds the active contact of a name, case and surplus spaces aside, and
// accents not, unless doubts about them are decided otherwise.
func (t *Twin) activeByName(name string) *row {
	found := t.tables["Contacts"].find("Name", name)
	if t.otherwise[doubtContactAccents] {
		found = t.tables["Contacts"].alike("Name", name)
	}
	for _, r := range found {
		switch {
		case str(r.rec, "ContactStatus") != "ACTIVE":
		case t.otherwise[doubtContactCase] && tidy(name) != str(r.rec, "Name"):
		case t.otherwise[doubtContactSpaces] && tidy(name) != name:
		default:
			return r
		}
	}
	return nil
}

// tidy takes surplus spaces from a name.
func tidy(name string) string { return strings.Join(strings.Fields(name), " ") }

// judgeSpaces refuses names with surplus spaces where they are not taken away.
func (t *Twin) judgeSpaces(in record, o *outcome) {
	if name := str(in, "Name"); t.otherwise[doubtContactSpaces] && tidy(name) != name {
		o.add(textSpaces)
	}
}

func (t *Twin) createContact(q *call, in record) outcome {
	var o outcome
	if str(in, "ContactID") != "" {
		o.add(textContactIDCreate)
	}
	if str(in, "Name") == "" {
		o.add(textName)
	}
	t.judgeSpaces(in, &o)
	rec := newContact(in, stamp(q.now))
	t.checkContact(rec, nil, &o)
	if len(o.problems) > 0 {
		return o
	}
	rec["ContactID"] = t.newID()
	o.row = t.store(t.tables["Contacts"], rec, q.client)
	return o
}

// newContact fills what every contact has, set or not.
func newContact(in record, now string) record {
	rec := record{
		"ContactStatus": "ACTIVE", "FirstName": "", "LastName": "", "EmailAddress": "", "BankAccountDetails": "",
		"ContactGroups": []any{}, "ContactPersons": []any{}, "IsSupplier": false, "IsCustomer": false,
		"HasAttachments": false, "UpdatedDateUTC": now,
	}
	maps.Copy(rec, in)
	rec["Name"] = tidy(str(rec, "Name"))
	rec["Addresses"] = fillList(rec["Addresses"], "AddressType", []string{"STREET", "POBOX"}, "City", "Region", "PostalCode", "Country")
	rec["Phones"] = fillList(rec["Phones"], "PhoneType", []string{"DEFAULT", "DDI", "FAX", "MOBILE"}, "PhoneNumber", "PhoneAreaCode", "PhoneCountryCode")
	return rec
}

// fillList answers one entry for each kind: the one given, else one of empty texts.
func fillList(given any, member string, kinds []string, empty ...string) []any {
	list, _ := given.([]any)
	out := make([]any, 0, len(kinds))
	for _, k := range kinds {
		e := record{member: k}
		for _, name := range empty {
			e[name] = ""
		}
		for _, g := range list {
			if r, ok := g.(record); ok && str(r, member) == k {
				maps.Copy(e, r)
			}
		}
		out = append(out, e)
	}
	return out
}

// updateContact merges: members that are not sent keep their value, lists of persons
// are replaced as a whole.
func (t *Twin) updateContact(q *call, in record, at *row) outcome {
	o := outcome{id: at.id}
	if str(at.rec, "ContactStatus") != "ACTIVE" {
		o.add(textArchived)
		return o
	}
	t.judgeSpaces(in, &o)
	merged := clone(at.rec)
	maps.Copy(merged, in)
	merged["ContactID"] = at.id
	rec := newContact(merged, stamp(q.now))
	rec["UpdatedDateUTC"] = stamp(q.now)
	t.checkContact(rec, at, &o)
	if len(o.problems) == 0 {
		o.row = t.store(t.tables["Contacts"], rec, q.client)
	}
	return o
}

// checkContact judges a whole contact before it is stored in place of at (nil: as new).
func (t *Twin) checkContact(rec record, at *row, o *outcome) {
	name, number := str(rec, "Name"), str(rec, "ContactNumber")
	if strings.ContainsAny(name, "<>") {
		o.add(textAngle)
	}
	t.shapes.contact.lengths(rec, o.add)
	status := str(rec, "ContactStatus")
	if status != "ACTIVE" && status != "ARCHIVED" {
		o.add(textContactStatus)
	}
	if other := t.activeByName(name); name != "" && status == "ACTIVE" && other != nil && other != at {
		o.add(textNameTaken(name))
	}
	for _, other := range t.tables["Contacts"].find("ContactNumber", number) {
		switch {
		case other == at:
		case str(other.rec, "ContactStatus") == "ACTIVE":
			o.add(textContactNumberTaken(number))
		default:
			o.add(textArchived)
		}
	}
	if email := str(rec, "EmailAddress"); email != "" && !validEmail(email) {
		o.add(textEmail)
	}
	t.checkTerms(rec, at, o)
	persons, _ := rec["ContactPersons"].([]any)
	if len(persons) > 5 {
		o.add(textPersons)
	}
	for _, p := range persons {
		if person, ok := p.(record); ok && str(person, "EmailAddress") != "" && !validEmail(str(person, "EmailAddress")) {
			o.add(textEmail)
		}
	}
}

// checkTerms judges what a contact brings to documents: tax types, accounts, payment
// terms and addresses. What at, which it replaces, has already is not judged again: a
// world may hold it.
func (t *Twin) checkTerms(whole record, at *row, o *outcome) {
	rec := whole
	if at != nil {
		rec = maps.Clone(whole)
		maps.DeleteFunc(rec, func(name string, v any) bool { return reflect.DeepEqual(v, at.rec[name]) })
	}
	for _, member := range []string{"AccountsReceivableTaxType", "AccountsPayableTaxType"} {
		if taxType := str(rec, member); taxType != "" && t.tables["TaxRates"].byID[taxType] == nil {
			o.add(textTaxTypeUnknown(taxType))
		}
	}
	for _, member := range []string{"SalesDefaultAccountCode", "PurchasesDefaultAccountCode"} {
		if code := str(rec, member); code != "" && len(t.tables["Accounts"].find("Code", code)) == 0 {
			o.add(textAccount(code))
		}
	}
	terms, _ := rec["PaymentTerms"].(record)
	for _, side := range []string{"Bills", "Sales"} {
		term, given := terms[side].(record)
		day := toDecimal(term["Day"])
		if _, ok := dueDate(str(term, "Type"), t.made, 1); given && (!ok || day.Sign() < 0 || day.Cmp(decimal.FromInt(31)) > 0) {
			o.add(textTerms)
		}
	}
	if kind := str(rec, "TaxNumberType"); kind != "" && !slices.Contains([]string{"SSN", "EIN", "ITIN", "ATIN"}, kind) {
		o.add(textTaxNumberType)
	}
	addresses, _ := rec["Addresses"].([]any)
	for _, e := range addresses {
		if strings.ContainsFunc(str(e.(record), "Country"), unicode.IsDigit) {
			o.add(textCountry)
		}
	}
}

// validEmail accepts what the vendor is known to: ASCII, one @, a domain with a point.
func validEmail(s string) bool {
	user, host, ok := strings.Cut(s, "@")
	if !ok || user == "" || strings.ContainsAny(host, "@") {
		return false
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`<>(),;:"[]\`, r) }) {
		return false
	}
	labels := strings.Split(host, ".")
	return len(labels) > 1 && !slices.Contains(labels, "")
}

// pickContact resolves the contact block of a document: by id, else by number, else by
// name among the active ones. A name that nobody has makes a new contact, without a
// word in the answer; it is returned unstored, so that a refused document makes none.
func (t *Twin) pickContact(q *call, block record, o *outcome) (at *row, made record) {
	tb := t.tables["Contacts"]
	id, number, name := str(block, "ContactID"), str(block, "ContactNumber"), str(block, "Name")
	switch {
	case id != "":
		if at = tb.byID[id]; at == nil {
			o.add(textContactAbsent)
			return nil, nil
		}
	case number != "" && len(tb.find("ContactNumber", number)) > 0:
		at = tb.find("ContactNumber", number)[0]
	case name != "":
		at = t.activeByName(name)
	case number != "":
		o.add(textContactNumberNew)
		return nil, nil
	default:
		o.add(textNoContact)
		return nil, nil
	}
	if at != nil {
		if str(at.rec, "ContactStatus") != "ACTIVE" {
			o.add(textContactArchived(str(at.rec, "Name")))
		}
		return at, nil
	}
	t.judgeSpaces(block, o)
	made = newContact(block, stamp(q.now))
	t.checkContact(made, nil, o)
	return nil, made
}

// overwriteContact does what the vendor does when other members stand beside the id of
// a document's contact: it edits the contact, and persons that are not listed are lost.
func (t *Twin) overwriteContact(q *call, block record, at *row) {
	if str(block, "ContactID") == "" || len(block) == 1 {
		return
	}
	in := clone(block)
	if in["ContactPersons"] == nil {
		in["ContactPersons"] = []any{}
	}
	_ = t.updateContact(q, in, at) // what is wrong with the block does not stop the document; believed
}
