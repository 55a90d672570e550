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
	if tb.list.alias == "" {
		return tb.first(id)
	}
	return tb.first(id, tb.list.alias)
}

func (t *Twin) list(tb *table, q *call) (reply, error) {
	rows, err := t.candidates(tb, q)
	if err != nil {
		return reply{}, err
	}
	if rows, err = t.filter(tb, q, rows); err != nil {
		return reply{}, err
	}
	if by := q.params.Get("order"); by != "" && !tb.list.plain {
		keys, err := parseOrder(tb.shape, by)
		if err != nil {
			return reply{}, refuseQuery(err.Error())
		}
		rows = slices.SortedStableFunc(slices.Values(rows), func(a, b *row) int { return compare(keys, t.lookup(tb, a), t.lookup(tb, b)) })
	}
	out := reply{name: tb.name}
	v := viewBare
	if paged(tb, q) {
		v = viewPaged
		rows, out.pagination = page(q, rows)
	}
	if len(rows) > answerLimit {
		return reply{}, refuseMessage("The request returns more than 100000 records. Use paging or a filter.")
	}
	if summaryOnly(tb, q) {
		v = viewSummary
	}
	out.list = make([]any, len(rows))
	for i, r := range rows {
		out.list[i] = t.render(tb, r, q.dp, v)
	}
	return out, nil
}

func summaryOnly(tb *table, q *call) bool {
	return tb.list.summary != nil && q.params.Get("summaryOnly") == "true"
}

// paged says whether a list is asked for in pages. Some parameters and summaryOnly force
// it; that a pageSize alone does is believed.
func paged(tb *table, q *call) bool {
	return tb.list.pages && (q.params.Has("page") || q.params.Has("pageSize") || summaryOnly(tb, q) ||
		slices.ContainsFunc(tb.list.forces, func(name string) bool { return q.params.Get(name) != "" }))
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

// filter keeps the rows that every parameter and header lets through.
func (t *Twin) filter(tb *table, q *call, rows []*row) ([]*row, error) {
	keep := t.listFilters(tb, q)
	if text := q.params.Get("where"); text != "" && !tb.list.plain {
		n, err := parseWhere(tb.shape, text)
		if err != nil {
			return nil, refuseQuery(err.Error())
		}
		rows = tb.narrow(n, rows)
		keep = append(keep, func(r *row) bool { return n.holds(t.lookup(tb, r)) })
	}
	if since := q.r.Header.Get("If-Modified-Since"); since != "" && has(tb.shape, "UpdatedDateUTC") {
		from, ok := modifiedSince(since)
		if !ok {
			return nil, refuseMessage("The If-Modified-Since header is not a valid date and time") // believed
		}
		text := stamp(from)
		keep = append(keep, func(r *row) bool { return r.at > text })
	}
	if len(keep) == 0 {
		return rows, nil
	}
	var out []*row
	for _, r := range rows {
		if !slices.ContainsFunc(keep, func(ok func(*row) bool) bool { return !ok(r) }) {
			out = append(out, r)
		}
	}
	return out, nil
}

// listFilters are the parameters that the collection itself hears.
func (t *Twin) listFilters(tb *table, q *call) []func(*row) bool {
	keep := search(q, tb.list.search...)
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
	if status := tb.list.status; status != "" && q.params.Get("includeArchived") != "true" {
		keep = append(keep, func(r *row) bool { return str(r.rec, status) == "ACTIVE" })
	}
	if tb.list.mine && q.params.Get("createdByMyApp") == "true" {
		keep = append(keep, func(r *row) bool { return r.app == q.client })
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

// modifiedSince reads the header in the documented form, as RFC 3339, or as HTTP dates
// are written.
func modifiedSince(text string) (time.Time, bool) {
	if at, err := http.ParseTime(text); err == nil {
		return at.UTC(), true
	}
	return readInstant(text)
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
