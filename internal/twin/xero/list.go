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
// It is the twin's own so that a test need not keep as many.
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
	return reply{name: tb.name, list: []any{t.listed(tb, r, q.dp, viewFull)}}, nil
}

// listed is what an answer shows of a record. Collections of which operations change the
// answer before it goes out are trees.
func (t *Twin) listed(tb *table, r *row, dp int32, v view) any {
	if tb.list.pages {
		return t.shown(tb, r, dp, v)
	}
	return t.render(tb, r, dp, v)
}

// none answers reads the vendor does not have.
func (t *Twin) none(*table, *call, string) (reply, error) { return reply{}, refuseAbsent() }

// one finds a record by what the vendor accepts in a path: the id, and for some
// collections the number or code. A number that a bill has, too, is the sale's: only
// theirs are unique.
func (t *Twin) one(tb *table, id string) *row {
	if tb.list.alias == "" {
		return tb.first(id)
	}
	if tb.name == "Invoices" && tb.byID[strings.ToLower(id)] == nil {
		if sale := t.saleByNumber(id); sale != nil {
			return sale
		}
	}
	return tb.first(id, tb.list.alias)
}

func (t *Twin) list(tb *table, q *call) (reply, error) {
	rows, err := t.candidates(tb, q)
	if err != nil {
		return reply{}, err
	}
	since, err := modifiedSince(tb, q)
	if err != nil {
		return reply{}, err
	}
	if rows, err = t.filter(tb, q, t.changed(rows, since)); err != nil {
		return reply{}, err
	}
	if rows, err = t.sorted(tb, q, rows); err != nil {
		return reply{}, err
	}
	out := reply{name: tb.name}
	if since != "" && len(rows) == 0 && t.otherwise[doubtNotModified] {
		out.status = http.StatusNotModified
		return out, nil
	}
	v := viewBare
	if paged(tb, q) {
		v = viewPaged
		if rows, out.pagination, err = t.page(q, rows); err != nil {
			return reply{}, err
		}
	}
	if tb.list.swift != nil && len(rows) > t.most {
		return reply{}, refuseMany()
	}
	if summaryOnly(tb, q) {
		v = viewSummary
	}
	out.list = make([]any, len(rows))
	for i, r := range rows {
		out.list[i] = t.listed(tb, r, q.dp, v)
	}
	return out, nil
}

// sorted puts rows into the order that was asked for, if any; ties stay in the vendor's.
func (t *Twin) sorted(tb *table, q *call, rows []*row) ([]*row, error) {
	by := q.params.Get("order")
	if by == "" || tb.list.plain {
		return rows, nil
	}
	keys, err := parseOrder(tb.shape, by)
	if err != nil {
		return nil, refuseQuery(err.Error())
	}
	if !tb.list.swift.sorts(keys) && len(rows) > t.most {
		return nil, refuseMany()
	}
	return slices.SortedStableFunc(slices.Values(rows), func(a, b *row) int { return compare(keys, t.lookup(tb, a), t.lookup(tb, b)) }), nil
}

func summaryOnly(tb *table, q *call) bool {
	return tb.list.summary != nil && q.is("summaryOnly", "true")
}

// paged says whether a list is asked for in pages. Some parameters and summaryOnly force
// it; that a pageSize alone does is believed.
func paged(tb *table, q *call) bool {
	return tb.list.pages && (q.params.Has("page") || q.params.Has("pageSize") || summaryOnly(tb, q) ||
		slices.ContainsFunc(tb.list.forces, func(name string) bool { return q.params.Get(name) != "" }))
}

// page cuts one page. One after the last is empty.
func (t *Twin) page(q *call, rows []*row) ([]*row, map[string]any, error) {
	size := clamp(q.params.Get("pageSize"), pageDefault, pageMax)
	number := clamp(q.params.Get("page"), 1, 1<<30)
	count := (len(rows) + size - 1) / size
	if number > max(count, 1) && t.otherwise[doubtPastPage] {
		return nil, nil, refuseMessage("The page is after the last one")
	}
	info := map[string]any{"page": number, "pageSize": size, "pageCount": count, "itemCount": len(rows)}
	from := min((number-1)*size, len(rows))
	return rows[from:min(from+size, len(rows))], info, nil
}

func clamp(text string, absent, most int) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return absent
	}
	return min(max(n, 1), most)
}

// candidates are the rows that the list of ids or of an indexed member names, or all. The
// slice may be the table's own.
func (t *Twin) candidates(tb *table, q *call) ([]*row, error) {
	rows, named := []*row(nil), false
	for name, member := range tb.list.names {
		values := split(q.params.Get(name))
		if len(values) == 0 {
			continue
		}
		if err := areIDs(tb, member, values); err != nil {
			return nil, err
		}
		if _, indexed := tb.indexes[member]; named || !indexed && member != tb.key {
			continue
		}
		named = true
		for _, v := range values {
			if r := tb.byID[strings.ToLower(v)]; member == tb.key && r != nil {
				rows = append(rows, r)
			}
			rows = append(rows, tb.find(member, v)...)
		}
	}
	if !named {
		return tb.ordered, nil
	}
	slices.SortFunc(rows, byUpdate)
	return slices.Compact(rows), nil
}

// areIDs refuses values that cannot be ids where the member is one.
func areIDs(tb *table, member string, values []string) error {
	if f, _ := tb.shape.at(member); f.kind != kindID {
		return nil
	}
	for _, v := range values {
		if !isGUID(strings.ToLower(v)) {
			return refuseQuery("'" + v + "' is not a Guid")
		}
	}
	return nil
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

// filter keeps the rows that every parameter lets through. Parts of a where that are not
// swift come last, and look at so many records at most.
func (t *Twin) filter(tb *table, q *call, rows []*row) ([]*row, error) {
	keep := t.listFilters(tb, q)
	text := q.params.Get("where")
	if text == "" || tb.list.plain {
		return keeping(rows, keep), nil
	}
	n, err := parseWhere(tb.shape, text)
	if err != nil {
		return nil, refuseQuery(err.Error())
	}
	judge := func(part *node) func(*row) bool {
		return func(r *row) bool { return part.holds(t.lookup(tb, r)) }
	}
	fast, slow := tb.list.swift.parts(n)
	for _, part := range fast {
		keep = append(keep, judge(part))
	}
	rows = keeping(tb.narrow(n, rows), keep)
	if len(slow) > 0 && len(rows) > t.most {
		return nil, refuseMany()
	}
	keep = nil
	for _, part := range slow {
		keep = append(keep, judge(part))
	}
	return keeping(rows, keep), nil
}

// keeping returns the rows that all conditions let through.
func keeping(rows []*row, keep []func(*row) bool) []*row {
	if len(keep) == 0 {
		return rows
	}
	var out []*row
	for _, r := range rows {
		if !slices.ContainsFunc(keep, func(ok func(*row) bool) bool { return !ok(r) }) {
			out = append(out, r)
		}
	}
	return out
}

// listFilters are the parameters that the collection itself hears.
func (t *Twin) listFilters(tb *table, q *call) []func(*row) bool {
	keep := append(search(q, tb.list.search...), t.yetListed(tb, q)...)
	for name, member := range tb.list.names {
		values := split(strings.ToLower(q.params.Get(name)))
		if len(values) == 0 {
			continue
		}
		path := strings.Split(member, ".")
		keep = append(keep, func(r *row) bool {
			text, _ := t.lookup(tb, r)(path).(string)
			return slices.Contains(values, strings.ToLower(text))
		})
	}
	if status := tb.list.status; status != "" && !q.is("includeArchived", "true") {
		keep = append(keep, func(r *row) bool { return str(r.rec, status) == "ACTIVE" })
	}
	if tb.list.mine && q.is("createdByMyApp", "true") {
		keep = append(keep, func(r *row) bool { return r.app == q.client })
	}
	if tb.name == "Payments" && t.otherwise[doubtDeletedListed] {
		keep = append(keep, func(r *row) bool { return str(r.rec, "Status") != statusDeleted })
	}
	return keep
}

// search keeps records that hold the search term in one of the members, case ignored.
func search(q *call, members ...string) []func(*row) bool {
	term := strings.ToLower(q.params.Get("searchTerm"))
	if term == "" || len(members) == 0 {
		return nil
	}
	return []func(*row) bool{func(r *row) bool {
		return slices.ContainsFunc(members, func(m string) bool {
			return strings.Contains(strings.ToLower(str(r.rec, m)), term)
		})
	}}
}

// modifiedSince reads the header as the stamp of records, to the second: in the
// documented form, which is UTC, with an offset, or as HTTP dates are written. It is
// empty where it was not sent or the collection has no such stamp.
func modifiedSince(tb *table, q *call) (string, error) {
	text := q.r.Header.Get("If-Modified-Since")
	if text == "" || !has(tb.shape, "UpdatedDateUTC") {
		return "", nil
	}
	at, err := http.ParseTime(text)
	if err != nil {
		var ok bool
		if at, ok = readInstant(text); !ok {
			return "", refuseMessage("The If-Modified-Since header is not a valid date and time") // believed
		}
	}
	return stamp(at.Truncate(time.Second)), nil
}

// changed keeps the rows, which lie in the order of their stamps, that changed after an
// instant.
func (t *Twin) changed(rows []*row, since string) []*row {
	if since == "" {
		return rows
	}
	at, _ := slices.BinarySearchFunc(rows, since, func(r *row, since string) int {
		if r.at > since || r.at == since && t.otherwise[doubtSinceInclusive] {
			return 1
		}
		return -1
	})
	return rows[at:]
}

// lookup reads members of a stored row; those of the contact, invoice or account that it
// names come from that record as it is now.
func (t *Twin) lookup(tb *table, r *row) lookup {
	return func(path []string) any {
		v, ok := r.rec[path[0]]
		if !ok || len(path) == 1 {
			return v
		}
		inner, _ := v.(record)
		if named := t.tables[path[0]+"s"]; named != nil && named != tb {
			if at := named.byID[str(inner, named.key)]; at != nil {
				return t.lookup(named, at)(path[1:])
			}
		}
		for _, name := range path[1 : len(path)-1] {
			inner, _ = inner[name].(record)
		}
		return inner[path[len(path)-1]]
	}
}
