package xero

import (
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

// zeroGUID stands for the id of an element that was refused at its creation.
const zeroGUID = "00000000-0000-0000-0000-000000000000"

// mode is how a write finds the record it is about.
type mode int

const (
	modeCreate mode = iota // PUT: create only
	modeUpsert             // POST on the collection
	modeUpdate             // POST on one record
)

// outcome is what became of one element: a stored row, or what was wrong with it.
type outcome struct {
	row      *row
	id       string // of the record an update was about; "" for a create
	problems []string
	warnings []string
}

func (o *outcome) add(text string) { o.problems = append(o.problems, text) }

// elements decodes a body: the plural envelope, a list, or one bare object, with member
// names in any case.
func elements(q *call, tb *table) ([]record, error) {
	if !utf8.Valid(q.body) {
		return nil, refuseBody("the text is not UTF-8")
	}
	body, err := q.read(tb)
	if err != nil {
		return nil, err
	}
	if m, ok := body.(map[string]any); ok {
		for name, v := range m {
			if strings.EqualFold(name, tb.name) {
				body = v
			}
		}
	}
	list, ok := body.([]any)
	if !ok {
		list = []any{body}
	}
	if len(list) == 0 {
		return nil, refuseBody("there is no element")
	}
	// A field of the plural name reads the list and names the path of what is wrong.
	v, err := field{name: tb.name, kind: kindList, of: tb.shape}.read(list, false)
	if err != nil {
		return nil, refuseBody(below(tb.name, err).Error())
	}
	out := make([]record, len(list))
	for i, e := range v.([]any) {
		out[i] = e.(record)
	}
	return out, nil
}

// write runs save over the elements of a body and answers by the batch rules: elements
// stand alone, good ones are stored whatever becomes of the others. With
// summarizeErrors=false every element is answered with a 200; otherwise (also when the
// parameter is missing, whatever the description says) one bad element makes a 400 that
// shows the bad ones only. Updates of one record know only the second way.
func (t *Twin) write(tb *table, q *call, id string, save func(in record, m mode, at *row) outcome) (reply, error) {
	in, err := elements(q, tb)
	if err != nil {
		return reply{}, err
	}
	m, at, err := t.target(tb, q, id, in)
	if err != nil {
		return reply{}, err
	}
	each := q.is("summarizeErrors", "false") && m != modeUpdate
	var good, bad []any
	for _, e := range in {
		o := save(e, m, at)
		shown := t.show(tb, q, e, o, each)
		if len(o.problems) > 0 {
			bad = append(bad, shown)
		}
		good = append(good, shown)
	}
	if t.otherwise[doubtBatchOrder] {
		slices.Reverse(good)
		slices.Reverse(bad)
	}
	if len(bad) > 0 && !each {
		return reply{}, refuseValidation(bad)
	}
	return reply{name: tb.name, list: good}, nil
}

// target finds the mode of a write. An id that the organisation does not hold is a 404
// for the whole call, before anything is stored.
func (t *Twin) target(tb *table, q *call, id string, in []record) (mode, *row, error) {
	switch {
	case id != "":
		at := t.one(tb, id)
		if at == nil {
			return 0, nil, refuseAbsent()
		}
		if len(in) != 1 {
			return 0, nil, refuseMessage("Only one element may be sent to a single record") // believed
		}
		return modeUpdate, at, nil
	case q.r.Method == http.MethodPut:
		return modeCreate, nil, nil
	}
	for _, e := range in {
		if given := str(e, tb.key); given != "" && tb.byID[given] == nil && tb.name != "CreditNotes" { // those say so themselves
			return 0, nil, refuseAbsent()
		}
	}
	return modeUpsert, nil, nil
}

// show renders one element of a write's answer. A refused element echoes what was
// requested, not what is stored, under the zero id unless it was to be updated.
func (t *Twin) show(tb *table, q *call, in record, o outcome, each bool) any {
	flag := errorFlag(tb.name)
	var out map[string]any
	status := "OK"
	if len(o.problems) > 0 {
		out = t.echo(tb, q, in, o)
		status = "ERROR"
		raise(out, flag, true)
		out["ValidationErrors"] = messages(o.problems)
	} else {
		out = t.render(tb, o.row, q.dp, viewFull).(map[string]any)
	}
	if len(o.warnings) > 0 {
		out["Warnings"] = messages(o.warnings)
		if status == "OK" {
			status = "WARNING"
		}
	}
	if each {
		out["StatusAttributeString"] = status
		raise(out, flag, status == "ERROR")
		if out["ValidationErrors"] == nil {
			out["ValidationErrors"] = []any{}
		}
	}
	return out
}

// errorFlag names the member that marks a refused element, "" where there is none.
func errorFlag(collection string) string {
	switch collection {
	case "Contacts", "Payments", "ContactGroups":
		return "HasValidationErrors"
	case "Allocations", "BankTransactions", "BatchPayments", "Currencies", "Items", "Accounts", "TaxRates", "TrackingCategories":
		return ""
	}
	return "HasErrors"
}

func raise(out map[string]any, flag string, on bool) {
	if flag != "" {
		out[flag] = on
	}
}

func (t *Twin) echo(tb *table, q *call, in record, o outcome) map[string]any {
	rec := clone(in)
	switch {
	case o.id != "":
		rec[tb.key] = o.id
	case strings.HasSuffix(tb.key, "ID"):
		rec[tb.key] = zeroGUID
	}
	switch tb.name {
	case "Contacts":
		for _, name := range []string{"Addresses", "Phones", "ContactGroups", "ContactPersons"} {
			if rec[name] == nil {
				rec[name] = []any{}
			}
		}
	case "Invoices":
		if contact, ok := rec["Contact"].(record); ok {
			contact["HasValidationErrors"] = false
			contact["ValidationErrors"] = []any{}
		}
	}
	return tb.shape.write(rec, q.dp)
}

func messages(texts []string) []any {
	out := make([]any, len(texts))
	for i, text := range texts {
		out[i] = map[string]any{"Message": text}
	}
	return out
}

// lengths checks every limited text of a record, down to its lines and addresses.
func (s *shape) lengths(r record, add func(string)) {
	for name, v := range r {
		f, ok := s.field(name)
		if !ok {
			continue
		}
		if text, isText := v.(string); isText && f.max > 0 && utf8.RuneCountInString(text) > f.max {
			add(textLong(name, f.max))
		}
		if f.of == nil {
			continue
		}
		if inner, ok := v.(record); ok {
			f.of.lengths(inner, add)
		}
		if list, ok := v.([]any); ok {
			for _, e := range list {
				if inner, ok := e.(record); ok {
					f.of.lengths(inner, add)
				}
			}
		}
	}
}
