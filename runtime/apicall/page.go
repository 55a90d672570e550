package apicall

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
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
	at := page{path: req.Path, number: 1, rows: rows, next: next}
	seen := map[string]bool{req.Path: true}
	for {
		path, ok := x.following(req, at)
		switch {
		case !ok:
			out.Value = m.rows
			return out
		case at.number >= maxPages || len(m.rows) > x.caller.cfg.MaxRows:
			return Outcome{Class: catalog.ClassPerson, Status: out.Status, Message: fmt.Sprintf("the read has more than %d rows; narrow it", x.caller.cfg.MaxRows)}
		}
		if path == "" || seen[path] {
			return Outcome{Class: catalog.ClassRetry, Status: out.Status, Message: "the vendor's next page is the same, is not named or lies outside its API"}
		}
		seen[path] = true
		more := req
		more.Path = path
		got, next := x.send(ctx, more)
		if got.Class != catalog.ClassOK {
			return interrupted(got)
		}
		rows, _ = got.Value.([]any)
		at = page{path: path, number: at.number + 1, before: at.before + len(at.rows), rows: rows, next: next}
		if !m.add(rows) && next == "" {
			// The vendor repeats itself: it does not know the page parameter, or rows moved.
			at.rows = nil
		}
	}
}

// page is one page as it came.
type page struct {
	path   string // that was asked for
	number int    // from 1
	before int    // rows on the pages before it
	rows   []any
	// next is what the answer says of the page after it: a URL, a cursor, [noMore] or [hasMore].
	next string
}

// What an answer says that is neither a URL nor a cursor.
const (
	noMore  = "\x00" // it is the last
	hasMore = "\x01" // it is not, whatever it holds itself
)

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

// following returns the path of the page after at; ok is false when that was the last. The
// path is empty when the vendor points outside its own API, or nowhere.
func (x *exchange) following(req Request, at page) (path string, ok bool) {
	if x.op.Query != nil {
		if at.next == "" {
			return "", false
		}
		return x.below(at.next), true
	}
	p := x.op.Paging
	if !req.Pages || p == nil || at.next == noMore {
		return "", false
	}
	if p.Link || p.Next != "" && p.Cursor == "" {
		if at.next == "" {
			return "", false
		}
		return x.onBase(at.path, at.next), true
	}
	name, value := x.asked(p, at)
	if value == "" && p.Next != "" {
		return "", false
	}
	path, query, _ := strings.Cut(req.Path, "?")
	q, err := url.ParseQuery(query)
	if err != nil {
		return "", false // unreachable: Render wrote it
	}
	switch {
	case p.Next == "" && at.next != hasMore && !full(p, q, at):
		return "", false
	case value == "":
		return "", true // there may be more, and nothing says where
	}
	q.Set(name, value)
	return withQuery(path, q), true
}

// asked returns the parameter that asks for the page after at, with its value, "" when
// there is none.
func (x *exchange) asked(p *catalog.Paging, at page) (name, value string) {
	switch {
	case p.Page != "" && p.FromZero:
		return p.Page, strconv.Itoa(at.number)
	case p.Page != "":
		return p.Page, strconv.Itoa(at.number + 1)
	case p.Offset != "":
		return p.Offset, strconv.Itoa(at.before + len(at.rows))
	case p.Next != "":
		return p.Cursor, at.next
	case len(at.rows) == 0:
		return "", ""
	}
	last, _ := catalog.Member(at.rows[len(at.rows)-1], p.Last)
	return p.Cursor, cursor(last)
}

// cursor is the text of one: vendors use text and whole numbers.
func cursor(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// full reports whether a page holds as many rows as were asked for, so that there may be
// more. A vendor that says itself whether there are more is believed instead.
func full(p *catalog.Paging, q url.Values, at page) bool {
	if len(at.rows) == 0 || p.More != "" {
		return len(at.rows) > 0
	}
	size := p.MaxSize
	if p.Size != "" {
		// A vendor that is asked for more than it gives cuts the page, and says nothing.
		if n, err := strconv.Atoi(q.Get(p.Size)); err == nil && (size <= 0 || n < size) {
			size = n
		}
	}
	return size <= 0 || len(at.rows) >= size
}

// nextOf reads what an answer says of the page after it; see [page]. ok is false when it
// says that there is one and not where.
func nextOf(p *catalog.Paging, h http.Header, tree any) (next string, ok bool) {
	if p == nil {
		return "", true
	}
	more, says := catalog.Member(tree, p.More)
	flag, isBool := more.(bool)
	switch {
	case p.More != "" && says && isBool && !flag:
		return noMore, true
	case p.Link:
		next = linkNext(h)
	case p.Next != "":
		v, _ := catalog.Member(tree, p.Next)
		if next = cursor(v); next == "" && v != nil && v != "" && v != false {
			return "", false
		}
	case flag:
		return hasMore, true
	}
	return next, next != "" || !flag
}

// linkNext returns the target of the first link whose relation is next (RFC 8288).
func linkNext(h http.Header) string {
	for _, line := range h.Values("Link") {
		for line != "" {
			_, rest, found := strings.Cut(line, "<")
			if !found {
				break
			}
			target, params, closed := strings.Cut(rest, ">")
			if !closed {
				break
			}
			// The parameters end where the next target begins.
			params, line, _ = strings.Cut(params, "<")
			if line != "" {
				line = "<" + line
			}
			if relatesNext(params) {
				return target
			}
		}
	}
	return ""
}

func relatesNext(params string) bool {
	for param := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(strings.Trim(param, " \t,"), "=")
		if !strings.EqualFold(strings.TrimSpace(name), "rel") {
			continue
		}
		for rel := range strings.FieldsSeq(strings.Trim(strings.TrimSpace(value), `"`)) {
			if strings.EqualFold(rel, "next") {
				return true
			}
		}
	}
	return false
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

// onBase returns the address that an answer to the request for path gives for the next
// page as a path below the API's root, "" when it is not there: scheme, host and port of
// the pinned base, and a path below it. Relative addresses are read as RFC 3986 says.
func (x *exchange) onBase(path, next string) string {
	root := strings.TrimRight(x.base, "/") + x.api.Auth.Prefix
	from, err := url.Parse(root + path)
	if err != nil || strings.ContainsAny(next, "\\\x00\r\n\t") {
		return ""
	}
	to, err := from.Parse(next)
	if err != nil || to.User != nil || to.Opaque != "" || !strings.EqualFold(to.Scheme, from.Scheme) || !strings.EqualFold(to.Host, from.Host) ||
		strings.Contains(to.Path, "..") {
		return ""
	}
	pinned, err := url.Parse(root)
	if err != nil {
		return ""
	}
	below, ok := strings.CutPrefix(to.EscapedPath(), strings.TrimRight(pinned.EscapedPath(), "/"))
	if !ok || !strings.HasPrefix(below, "/") {
		return ""
	}
	if to.RawQuery != "" {
		below += "?" + to.RawQuery
	}
	if len(below) > maxPath {
		return ""
	}
	return below
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
