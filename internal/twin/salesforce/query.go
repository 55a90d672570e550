package salesforce

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	minBatch    = 200 // rows of a page that a client may ask for
	maxBatch    = 2000
	maxCursors  = 10 // open ones of one user; the oldest gives way
	cursorLife  = 48 * time.Hour
	cursorStart = "01g"
)

// cursor holds the rows of a query that did not fit one page. Its rows are fixed at
// the time of the query.
type cursor struct {
	id     string
	opened time.Time
	rows   []result
	batch  int
}

// result is one row as it will be sent; children count towards the size of a page.
type result struct {
	record   ordered
	children int
}

// query answers /query, /queryAll and the pages that follow.
func (t *Twin) query(q *request) (answer, *apiError) {
	q.route = "/" + q.segs[0]
	if len(q.segs) > 2 {
		return answer{}, errNotFound()
	}
	if len(q.segs) == 2 {
		q.route += "/{locator}"
		return t.nextPage(q)
	}
	src := q.query.Get("q")
	if src == "" {
		return answer{}, badRequest("MALFORMED_QUERY", "SOQL query cannot be empty")
	}
	parsed, refusal := parseSOQL(src)
	if refusal != nil {
		return answer{}, refusal
	}
	rows, count, refusal := t.run(q.base, parsed, q.segs[0] == "queryAll")
	if refusal != nil {
		return answer{}, refusal
	}
	if parsed.count {
		return answer{status: http.StatusOK, body: ordered{{"totalSize", count}, {"done", true}, {"records", []any{}}}}, nil
	}
	t.opened++
	c := &cursor{id: ID("Account", t.opened)[3:], opened: t.opt.Now(), rows: rows, batch: t.batch(q.header)}
	c.id = cursorStart + c.id
	body, done := c.page(q.base, q.segs[0], 0)
	if !done {
		t.cursors = append(t.cursors, c)
		if len(t.cursors) > maxCursors {
			t.cursors = t.cursors[1:]
		}
	}
	return answer{status: http.StatusOK, body: body}, nil
}

// batch is the page size: what Sforce-Query-Options asks, within the vendor's bounds,
// and never more than the twin was told to send.
func (t *Twin) batch(h http.Header) int {
	size := maxBatch
	for option := range strings.SplitSeq(h.Get("Sforce-Query-Options"), ",") {
		name, value, _ := strings.Cut(option, "=")
		if n, err := strconv.Atoi(strings.TrimSpace(value)); err == nil && strings.EqualFold(strings.TrimSpace(name), "batchSize") {
			size = min(max(n, minBatch), maxBatch)
		}
	}
	return max(1, min(size, t.opt.BatchSize))
}

// page returns the page that starts at a row, and whether it is the last.
func (c *cursor) page(base, resource string, from int) (ordered, bool) {
	records := []ordered{}
	used, to := 0, from
	for to < len(c.rows) && (to == from || used+1+c.rows[to].children <= c.batch) {
		used += 1 + c.rows[to].children
		records = append(records, c.rows[to].record)
		to++
	}
	done := to == len(c.rows)
	out := ordered{{"totalSize", len(c.rows)}, {"done", done}}
	if !done {
		out = append(out, member{"nextRecordsUrl", fmt.Sprintf("%s/%s/%s-%d", base, resource, c.id, to)})
	}
	return append(out, member{"records", records}), done
}

func (t *Twin) nextPage(q *request) (answer, *apiError) {
	id, offset, _ := strings.Cut(q.segs[1], "-")
	from, err := strconv.Atoi(offset)
	i := slices.IndexFunc(t.cursors, func(c *cursor) bool { return c.id == id })
	if err != nil || i < 0 || from < 0 || from >= len(t.cursors[i].rows) || t.opt.Now().Sub(t.cursors[i].opened) > cursorLife {
		return answer{}, badRequest("INVALID_QUERY_LOCATOR", "invalid query locator")
	}
	body, _ := t.cursors[i].page(q.base, q.segs[0], from)
	return answer{status: http.StatusOK, body: body}, nil
}

// run executes a query and returns its rows, or for COUNT() their number.
func (t *Twin) run(base string, q *query, all bool) ([]result, int, *apiError) {
	o, ok := t.schema.find(q.from.text)
	if !ok {
		return nil, 0, malformed(q.src, q.from.pos, "INVALID_TYPE",
			"sObject type '%s' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name.", q.from.text)
	}
	match, refusal := t.matcher(q.src, o, q.where)
	if refusal != nil {
		return nil, 0, refusal
	}
	show, refusal := t.projection(base, q, o, all)
	if refusal != nil {
		return nil, 0, refusal
	}
	var rows []*row
	for _, r := range t.candidates(o, q.where) {
		if (!r.deleted || all && r.o.bin) && match(r) {
			rows = append(rows, r)
		}
	}
	if refusal := t.sort(q, o, rows); refusal != nil {
		return nil, 0, refusal
	}
	rows = rows[min(q.offset, len(rows)):]
	if q.limit >= 0 {
		rows = rows[:min(q.limit, len(rows))]
	}
	out := make([]result, len(rows))
	for i, r := range rows {
		out[i] = show(r)
	}
	return out, len(rows), nil
}

func (t *Twin) sort(q *query, o *object, rows []*row) *apiError {
	paths := make([]path, len(q.order))
	for i, item := range q.order {
		p, refusal := t.schema.resolve(q.src, o, item.field)
		if refusal != nil {
			return refusal
		}
		if !p.field.filterable() {
			return malformed(q.src, item.field.pos, "INVALID_FIELD", "field '%s' can not be sorted in a query call", p.field.name)
		}
		paths[i] = p
	}
	slices.SortStableFunc(rows, func(a, b *row) int {
		for i, item := range q.order {
			if c := compareNulls(paths[i].field, t.value(a, paths[i]), t.value(b, paths[i]), item); c != 0 {
				return c
			}
		}
		return 0
	})
	return nil
}

func compareNulls(f *field, a, b any, item ordering) int {
	if a == nil || b == nil {
		c := cmp.Compare(nullRank(a), nullRank(b)) // nulls first, whatever the direction
		if item.nullsLast {
			return -c
		}
		return c
	}
	if item.down {
		return -f.compare(a, b)
	}
	return f.compare(a, b)
}

func nullRank(v any) int {
	if v == nil {
		return 0
	}
	return 1
}
