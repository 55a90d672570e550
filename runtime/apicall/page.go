package apicall

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/planwright/planwright/specs/catalog"
)

// maxPages bounds how many pages one read follows, whatever their size.
const maxPages = 1000

// read makes a read and follows its pages. A page that fails fails the read: half a list
// must never look like a whole one.
func (x *exchange) read(ctx context.Context, req Request) Outcome {
	out, next := x.send(ctx, req)
	rows, isList := out.Value.([]any)
	if out.Class != catalog.ClassOK || !isList {
		return out
	}
	m := merged{key: x.key(req)}
	m.add(rows)
	at := req.Path
	for page := 2; ; page++ {
		more, ok := x.following(req, next, page, len(rows))
		switch {
		case !ok:
			out.Value = m.rows
			return out
		case page > maxPages || len(m.rows) > x.caller.cfg.MaxRows:
			return Outcome{Class: catalog.ClassPerson, Status: out.Status, Message: fmt.Sprintf("the read has more than %d rows; narrow it", x.caller.cfg.MaxRows)}
		}
		if more.Path == "" || more.Path == at {
			return Outcome{Class: catalog.ClassRetry, Status: out.Status, Message: "the vendor's next page is the same or lies outside its API"}
		}
		at = more.Path
		var got Outcome
		if got, next = x.send(ctx, more); got.Class != catalog.ClassOK {
			return interrupted(got)
		}
		rows, _ = got.Value.([]any)
		if !m.add(rows) && next == "" {
			// The vendor repeats itself: it does not know the page parameter, or rows moved.
			rows = nil
		}
	}
}

// interrupted is the outcome of a read that failed on a later page: a refusal there says
// that the vendor forgot the list, not that the request was wrong.
func interrupted(got Outcome) Outcome {
	switch got.Class {
	case catalog.ClassData, catalog.ClassBug, catalog.ClassAbsent:
		got.Class = catalog.ClassRetry
	default: // as true of the whole read as of the page
	}
	got.Value = nil
	return got
}

// following returns the request for the page after one with n rows; ok is false when that
// was the last. Its Path is empty when the vendor points outside its own API.
func (x *exchange) following(req Request, next string, page, n int) (more Request, ok bool) {
	more = req
	if x.op.Query != nil {
		if next == "" {
			return req, false
		}
		more.Path = x.below(next)
		return more, true
	}
	if !req.Pages || n == 0 {
		return req, false
	}
	path, query, _ := strings.Cut(req.Path, "?")
	q, err := url.ParseQuery(query)
	if err != nil {
		return req, false // unreachable: Render wrote it
	}
	p := x.op.Paging
	size, err := strconv.Atoi(q.Get(p.Size))
	if err != nil {
		size = p.MaxSize
	}
	if size > 0 && n < size {
		return req, false
	}
	q.Set(p.Page, strconv.Itoa(page))
	more.Path = withQuery(path, q)
	return more, true
}

// below returns an address of the vendor's as a path below its API's root, "" when it
// is not there: an answer must not send our token anywhere else.
func (x *exchange) below(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || strings.Contains(u.Path, "..") {
		return ""
	}
	path, ok := strings.CutPrefix(u.EscapedPath(), x.api.Auth.Prefix)
	if !ok || !strings.HasPrefix(path, "/") {
		return ""
	}
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	return path
}

// key is the field by which a row that appears on two pages is known as one.
func (x *exchange) key(req Request) string {
	name := req.Object
	if name == "" && x.op.Response != nil {
		name = x.op.Response.Type.Ref
	}
	if o, ok := x.caller.cfg.Catalog.Object(name); ok {
		return o.Key
	}
	return ""
}

// merged gathers rows, each key once: the later one stays, in the earlier one's place.
type merged struct {
	key  string
	rows []any
	at   map[string]int
}

// add reports whether there was a new row.
func (m *merged) add(rows []any) bool {
	if m.at == nil {
		m.at = map[string]int{}
		m.rows = []any{}
	}
	before := len(m.rows)
	for _, row := range rows {
		object, _ := row.(map[string]any)
		id, ok := object[m.key].(string)
		if i, known := m.at[id]; ok && known {
			m.rows[i] = row
			continue
		}
		if ok {
			m.at[id] = len(m.rows)
		}
		m.rows = append(m.rows, row)
	}
	return len(m.rows) > before
}
