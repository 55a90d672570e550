package salesforce

import (
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
)

// Versions of the API from which a query may do more.
const (
	versionFields = 51 // FIELDS()
	versionNested = 58 // child queries within child queries
)

// scan is one statement, or a query within it, being executed.
type scan struct {
	t       *Twin
	q       *query
	o       *object
	base    string // "/services/data/v67.0"
	version int
	all     bool // deleted and archived records count
	nested  bool // it stands after IN
	level   int  // of a child query, from 1
}

// malformed refuses the statement and shows the place.
func (s *scan) malformed(pos int, code, format string, args ...any) *apiError {
	return malformed(s.q.src, pos, code, format, args...)
}

// findObject looks up what the statement is FROM.
func (s *scan) findObject() *apiError {
	o, ok := s.t.schema.find(s.q.from.text)
	if !ok {
		return s.malformed(s.q.from.pos, "INVALID_TYPE",
			"sObject type '%s' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.", s.q.from.text)
	}
	s.o = o
	return nil
}

// calendar is that of the calling user.
func (s *scan) calendar() calendar { return s.t.calendar() }

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
	batch := t.batch(q.header)
	if len(parsed.group) > 0 && len(rows) > batch {
		return answer{}, badRequest("EXCEEDED_ID_LIMIT", "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch")
	}
	return answer{status: http.StatusOK, body: t.firstPage(q, rows, batch)}, nil
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

// run executes a query and returns its rows, or for COUNT() their number.
func (t *Twin) run(base string, q *query, all bool) ([]result, int, *apiError) {
	s := &scan{t: t, q: q, base: base, version: versionOf(base), all: all}
	if refusal := s.findObject(); refusal != nil {
		return nil, 0, refusal
	}
	switch {
	case s.aggregates():
		out, refusal := s.groups()
		return out, len(out), refusal
	case q.count && len(q.order) > 0:
		return nil, 0, s.malformed(q.order[0].by.pos, "MALFORMED_QUERY", "COUNT() cannot be ordered")
	}
	show, refusal := s.projection()
	if refusal != nil {
		return nil, 0, refusal
	}
	rows, refusal := s.rows()
	if refusal != nil {
		return nil, 0, refusal
	}
	if q.count {
		return nil, len(rows), nil
	}
	s.look(rows)
	out := make([]result, len(rows))
	for i, r := range rows {
		if !t.otherwise[doubtLivePages] {
			out[i] = show(r)
			continue
		}
		out[i].live = func() (result, bool) {
			if t.store.ids[r.id()] != r || !s.visible(r) {
				return result{}, false
			}
			return show(r), true
		}
	}
	return out, len(out), nil
}

// versionOf reads the API version of a base path.
func versionOf(base string) int {
	_, text, _ := strings.Cut(base, "/v")
	n, err := strconv.Atoi(strings.TrimSuffix(text, ".0"))
	if err != nil {
		return newestVersion // unreachable: checkVersion let the path pass
	}
	return n
}

// look notes that a person saw the records, which FOR VIEW and FOR REFERENCE say. It is
// no change: SystemModstamp stays.
func (s *scan) look(rows []*row) {
	if s.q.use.text != "VIEW" && s.q.use.text != "REFERENCE" {
		return
	}
	if _, kept := s.o.find("LastReferencedDate"); !kept {
		return
	}
	for _, r := range rows {
		v := maps.Clone(r.v)
		v["LastReferencedDate"] = stamp(s.t.opt.Now())
		if s.q.use.text == "VIEW" {
			v["LastViewedDate"] = v["LastReferencedDate"]
		}
		s.t.store.replace(r, v)
	}
}

// locator names the page of a query that begins at a row.
func locator(base, resource, id string, from int) string {
	return fmt.Sprintf("%s/%s/%s-%d", base, resource, id, from)
}
