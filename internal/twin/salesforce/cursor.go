package salesforce

import (
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
	cursorIdle  = 15 * time.Minute // if the older texts still hold
	cursorStart = "01g"
)

// cursor holds the rows of a query that did not fit one page. Its rows are fixed at
// the time of the query. Any session of the user may go on with it.
type cursor struct {
	id     string
	user   string // whose it is
	opened time.Time
	used   time.Time
	rows   []result
	batch  int
	// nested are the cursors of child results that were cut, by id; they live as long as
	// this one.
	nested map[string]*cursor
}

// result is one row as it will be sent; children count towards the size of a page.
type result struct {
	record   ordered
	late     func() ordered        // makes the record when it is sent, if it can as well
	live     func() (result, bool) // the row as it is by then, false when it is not there any more
	children []*childRows
}

// childRows are what a child query found for one row.
type childRows struct {
	name string
	rows []result
	more *cursor // to the rows that did not fit, once a page was made
}

// now is the row as it is to be sent, false when there is none to send.
func (r result) now() (result, bool) {
	if r.live == nil {
		return r, true
	}
	return r.live()
}

// size is how much of a page a row takes.
func (r result) size() int {
	n := 1
	for _, c := range r.children {
		for _, below := range c.rows {
			n += below.size()
		}
	}
	return n
}

// pager writes pages of one cursor.
type pager struct {
	t              *Twin
	family         *cursor // the one whose end ends all
	base, resource string
	left           int // rows that the page has room for
}

func (t *Twin) newCursor(rows []result, batch int) *cursor {
	t.opened++
	now := t.opt.Now()
	return &cursor{id: cursorStart + ID("Account", t.opened)[3:], user: t.userID, opened: now, used: now, rows: rows, batch: batch}
}

// firstPage answers a query, and keeps what does not fit for the pages after.
func (t *Twin) firstPage(q *request, rows []result, batch int) ordered {
	c := t.newCursor(rows, batch)
	c.nested = map[string]*cursor{}
	body, done := (&pager{t: t, family: c, base: q.base, resource: q.segs[0]}).page(c, 0)
	if !done || len(c.nested) > 0 {
		t.keepOpen(c)
	}
	return body
}

// keepOpen holds a cursor open; the oldest of a user's that has too many gives way.
func (t *Twin) keepOpen(c *cursor) {
	t.closeOld()
	t.cursors = append(t.cursors, c)
	own := func(o *cursor) bool { return o.user == c.user }
	count := 0
	for _, o := range t.cursors {
		if own(o) {
			count++
		}
	}
	if count > maxCursors && !t.otherwise[doubtManyCursors] {
		oldest := slices.IndexFunc(t.cursors, own)
		t.cursors = slices.Delete(t.cursors, oldest, oldest+1)
	}
}

// page returns the page that starts at a row, and whether it is the last.
func (p *pager) page(c *cursor, from int) (ordered, bool) {
	p.left = c.batch
	records := []ordered{}
	to := from
	for ; to < len(c.rows); to++ {
		r, there := c.rows[to].now()
		if there && len(records) > 0 && r.size() > p.left {
			break
		}
		if there {
			records = append(records, p.write(r))
		}
	}
	done := to == len(c.rows)
	out := ordered{{"totalSize", len(c.rows)}, {"done", done}}
	if !done {
		out = append(out, member{"nextRecordsUrl", locator(p.base, p.resource, c.id, to)})
	}
	return append(out, member{"records", records}), done
}

// write renders a row with as many of its children as the page has room for.
func (p *pager) write(r result) ordered {
	p.left--
	if r.late != nil {
		return r.late()
	}
	out := slices.Clone(r.record)
	for _, c := range r.children {
		out = append(out, member{c.name, p.nested(c)})
	}
	return out
}

// nested renders a child result, null when there are no children.
func (p *pager) nested(c *childRows) any {
	if len(c.rows) == 0 && !p.t.otherwise[doubtAbsentChildren] {
		return nil
	}
	records := []ordered{}
	for _, r := range c.rows {
		if len(records) > 0 && r.size() > p.left {
			break
		}
		records = append(records, p.write(r))
	}
	done := len(records) == len(c.rows)
	out := ordered{{"totalSize", len(c.rows)}, {"done", done}}
	if !done {
		if c.more == nil {
			c.more = p.t.newCursor(c.rows, p.family.batch)
			p.family.nested[c.more.id] = c.more
		}
		out = append(out, member{"nextRecordsUrl", locator(p.base, p.resource, c.more.id, len(records))})
	}
	return append(out, member{"records", records})
}

// nextPage answers a locator: the id of a cursor and the row to go on from.
func (t *Twin) nextPage(q *request) (answer, *apiError) {
	id, offset, _ := strings.Cut(q.segs[1], "-")
	from, err := strconv.Atoi(offset)
	t.closeOld()
	family, c := t.cursor(id)
	if err != nil || c == nil || from < 0 || from >= len(c.rows) {
		status := http.StatusBadRequest
		if t.otherwise[doubtLocatorStatus] {
			status = http.StatusNotFound
		}
		return answer{}, refuse(status, "INVALID_QUERY_LOCATOR", "invalid query locator")
	}
	family.used = t.opt.Now()
	body, _ := (&pager{t: t, family: family, base: q.base, resource: q.segs[0]}).page(c, from)
	return answer{status: http.StatusOK, body: body}, nil
}

// closeOld drops the cursors whose time is over.
func (t *Twin) closeOld() {
	now := t.opt.Now()
	t.cursors = slices.DeleteFunc(t.cursors, func(c *cursor) bool {
		return now.Sub(c.opened) > cursorLife || t.otherwise[doubtIdleCursors] && now.Sub(c.used) > cursorIdle
	})
}

// cursor finds an open cursor of the calling user, and the one it belongs to.
func (t *Twin) cursor(id string) (family, c *cursor) {
	for _, family := range t.cursors {
		if family.user != t.userID {
			continue
		}
		if family.id == id {
			return family, family
		}
		if c := family.nested[id]; c != nil {
			return family, c
		}
	}
	return nil, nil
}
