package xero

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Page sizes; what lies outside is clamped, not refused.
const (
	pageDefault = 100
	pageMax     = 1000
)

// answerLimit is the number of records above which the vendor refuses to answer.
const answerLimit = 100000

// read answers GET of a collection and of one record.
func (t *Twin) read(tb *table, q *call, id string) (reply, error) {
	if id == "" {
		return t.list(tb, q)
	}
	r := t.one(tb, id)
	if r == nil {
		return reply{}, refuseAbsent()
	}
	return reply{name: tb.name, list: []any{t.render(tb, r, q.dp, viewFull)}}, nil
}

// none answers reads the vendor does not have.
func (t *Twin) none(*table, *call, string) (reply, error) { return reply{}, refuseAbsent() }

// one finds a record by what the vendor accepts in a path: the id, and for some
// collections the number or code.
func (t *Twin) one(tb *table, id string) *row {
	switch tb.name {
	case "Invoices":
		return tb.first(id, "InvoiceNumber")
	case "Contacts":
		return tb.first(id, "ContactNumber")
	case "Items":
		return tb.first(id, "Code")
	}
	return tb.first(id)
}

func (t *Twin) list(tb *table, q *call) (reply, error) {
	rows, err := t.candidates(tb, q)
	if err != nil {
		return reply{}, err
	}
	if rows, err = t.filter(tb, q, rows); err != nil {
		return reply{}, err
	}
	if by := q.params.Get("order"); by != "" {
		keys, err := parseOrder(tb.shape, by)
		if err != nil {
			return reply{}, refuseQuery(err.Error())
		}
		slices.SortStableFunc(rows, func(a, b *row) int { return compare(keys, t.lookup(tb, a), t.lookup(tb, b)) })
	}
	out := reply{name: tb.name}
	if len(rows) > answerLimit {
		return reply{}, refuseMessage("The request returns more than 100000 records. Use paging or a filter.")
	}
	v := viewBare
	if paged(tb, q) {
		v = viewPaged
		rows, out.pagination = page(q, rows)
	}
	if q.params.Get("summaryOnly") == "true" && pageable(tb) {
		v = viewSummary
	}
	out.list = make([]any, len(rows))
	for i, r := range rows {
		out.list[i] = t.render(tb, r, q.dp, v)
	}
	return out, nil
}

func pageable(tb *table) bool {
	return tb.name == "Invoices" || tb.name == "Contacts" || tb.name == "Payments"
}

// paged says whether a list is asked for in pages. Statuses and summaryOnly force it;
// that a pageSize alone does is believed.
func paged(tb *table, q *call) bool {
	if !pageable(tb) {
		return false
	}
	return q.params.Has("page") || q.params.Has("pageSize") || q.params.Get("summaryOnly") == "true" ||
		tb.name == "Invoices" && q.params.Get("Statuses") != ""
}

func page(q *call, rows []*row) ([]*row, map[string]any) {
	size := clamp(q.params.Get("pageSize"), pageDefault, pageMax)
	number := clamp(q.params.Get("page"), 1, 1<<30)
	count := (len(rows) + size - 1) / size
	info := map[string]any{"page": number, "pageSize": size, "pageCount": count, "itemCount": len(rows)}
	from := min((number-1)*size, len(rows))
	return rows[from:min(from+size, len(rows))], info
}

func clamp(text string, absent, most int) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return absent
	}
	return min(max(n, 1), most)
}

// candidates are the rows that the list parameters name, or all.
func (t *Twin) candidates(tb *table, q *call) ([]*row, error) {
	var rows []*row
	switch {
	case q.params.Get("IDs") != "" && pageable(tb):
		for _, id := range split(q.params.Get("IDs")) {
			if !isGUID(strings.ToLower(id)) {
				return nil, refuseQuery("'" + id + "' is not a Guid")
			}
			if r := tb.byID[strings.ToLower(id)]; r != nil {
				rows = append(rows, r)
			}
		}
	case q.params.Get("InvoiceNumbers") != "" && tb.name == "Invoices":
		for _, number := range split(q.params.Get("InvoiceNumbers")) {
			rows = append(rows, tb.find("InvoiceNumber", number)...)
		}
	default:
		return slices.Clone(tb.ordered), nil
	}
	slices.SortFunc(rows, byUpdate)
	return slices.Compact(rows), nil
}

func split(list string) []string {
	var out []string
	for s := range strings.SplitSeq(list, ",") {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// filter keeps the rows that every parameter and header lets through.
func (t *Twin) filter(tb *table, q *call, rows []*row) ([]*row, error) {
	var keep []func(*row) bool
	if text := q.params.Get("where"); text != "" {
		n, err := parseWhere(tb.shape, text)
		if err != nil {
			return nil, refuseQuery(err.Error())
		}
		keep = append(keep, func(r *row) bool { return n.holds(t.lookup(tb, r)) })
	}
	if since := q.r.Header.Get("If-Modified-Since"); since != "" {
		from, ok := modifiedSince(since)
		if !ok {
			return nil, refuseMessage("The If-Modified-Since header is not a valid date and time") // believed
		}
		text := stamp(from)
		keep = append(keep, func(r *row) bool { return str(r.rec, "UpdatedDateUTC") > text })
	}
	switch tb.name {
	case "Invoices":
		keep = append(keep, invoiceFilters(q)...)
	case "Contacts":
		if q.params.Get("includeArchived") != "true" {
			keep = append(keep, func(r *row) bool { return str(r.rec, "ContactStatus") == "ACTIVE" })
		}
		keep = append(keep, search(q, "Name", "FirstName", "LastName", "ContactNumber", "CompanyNumber", "EmailAddress")...)
	}
	return slices.DeleteFunc(rows, func(r *row) bool {
		return slices.ContainsFunc(keep, func(ok func(*row) bool) bool { return !ok(r) })
	}), nil
}

func invoiceFilters(q *call) []func(*row) bool {
	keep := search(q, "InvoiceNumber", "Reference")
	if contacts := split(strings.ToLower(q.params.Get("ContactIDs"))); len(contacts) > 0 {
		keep = append(keep, func(r *row) bool {
			contact, _ := r.rec["Contact"].(record)
			return slices.Contains(contacts, str(contact, "ContactID"))
		})
	}
	if statuses := split(strings.ToUpper(q.params.Get("Statuses"))); len(statuses) > 0 {
		keep = append(keep, func(r *row) bool { return slices.Contains(statuses, str(r.rec, "Status")) })
	}
	if q.params.Get("createdByMyApp") == "true" {
		keep = append(keep, func(r *row) bool { return r.app == q.client })
	}
	return keep
}

// search keeps records that hold the search term in one of the members, case ignored.
func search(q *call, members ...string) []func(*row) bool {
	term := strings.ToLower(q.params.Get("searchTerm"))
	if term == "" {
		return nil
	}
	return []func(*row) bool{func(r *row) bool {
		return slices.ContainsFunc(members, func(m string) bool {
			return strings.Contains(strings.ToLower(str(r.rec, m)), term)
		})
	}}
}

// modifiedSince reads the header in the documented form, as RFC 3339, or as HTTP dates
// are written.
func modifiedSince(text string) (time.Time, bool) {
	if at, err := http.ParseTime(text); err == nil {
		return at.UTC(), true
	}
	return readInstant(text)
}

// lookup reads members of a stored row; those of an invoice's contact come from the
// contact as it is now.
func (t *Twin) lookup(tb *table, r *row) lookup {
	return func(path []string) any {
		v, ok := r.rec[path[0]]
		if !ok || len(path) == 1 {
			return v
		}
		inner, _ := v.(record)
		if path[0] == "Contact" && tb.name == "Invoices" {
			if contact := t.tables["Contacts"].byID[str(inner, "ContactID")]; contact != nil {
				inner = contact.rec
			}
		}
		for _, name := range path[1 : len(path)-1] {
			inner, _ = inner[name].(record)
		}
		return inner[path[len(path)-1]]
	}
}
