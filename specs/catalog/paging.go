package catalog

import (
	"slices"
	"strings"

	"github.com/planwright/planwright/specs/openapi"
)

// Paging describes a list that comes in pages. Exactly one of Page, Offset, Cursor, Next
// without Cursor, and Link says how the next one is asked for.
type Paging struct {
	// Page takes the number of the page, from 1, or from 0 when FromZero.
	Page     string `json:"page,omitempty"`
	FromZero bool   `json:"fromZero,omitempty"`
	// Offset takes the number of elements to pass over.
	Offset string `json:"offset,omitempty"`
	// Cursor takes what the answer says in its member Next, or the field Last of the last
	// element.
	Cursor string `json:"cursor,omitempty"`
	Last   string `json:"last,omitempty"`
	// Next is the path of a member of the answer, "links.next": a cursor where there is a
	// Cursor, else the URL of the next page. Absent, null or empty on the last page.
	Next string `json:"next,omitempty"`
	// Link says that the header Link names the next page (RFC 8288, rel=next).
	Link bool `json:"link,omitempty"`
	// More is the path of a member of the answer that is false on the last page.
	More string `json:"more,omitempty"`
	// Size takes the number of elements of a page, MaxSize is the most the vendor accepts.
	Size    string `json:"size,omitempty"`
	MaxSize int    `json:"maxSize,omitempty"`
}

// Params returns the parameters that the program fills.
func (p *Paging) Params() []string {
	if p == nil {
		return nil
	}
	return slices.DeleteFunc([]string{p.Page, p.Offset, p.Cursor, p.Size}, func(s string) bool { return s == "" })
}

// ways counts how many ways of asking for the next page are named.
func (p *Paging) ways() int {
	n := 0
	for _, named := range []bool{p.Page != "", p.Offset != "", p.Cursor != "", p.Next != "" && p.Cursor == "", p.Link} {
		if named {
			n++
		}
	}
	return n
}

// paging reads x-pw-paging.
func (c *compiler) paging(o *Operation, k openapi.Keyword) {
	var p Paging
	if !c.read(k, &p) {
		return
	}
	switch {
	case p.ways() != 1:
		c.fault(k, "x-pw-paging needs one of page, offset, cursor, next and link")
	case p.Cursor != "" && (p.Next == "") == (p.Last == ""):
		c.fault(k, "x-pw-paging with a cursor needs either next, where the answer holds it, or last, the field of the last element")
	case p.MaxSize < 0 || p.MaxSize > 100_000:
		c.fault(k, "maxSize of x-pw-paging is a number of elements")
	default:
		o.Paging = &p
	}
	for _, name := range p.Params() {
		if q, ok := o.Param(name); !ok || q.In != InQuery {
			c.fault(k, "x-pw-paging names parameter %q, which %s does not take in its query", name, o.ID)
		}
	}
}

// Member returns the value at a path of member names joined by dots in a decoded answer.
func Member(v any, path string) (any, bool) {
	for name := range strings.SplitSeq(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil, false
		}
		if v, ok = m[name]; !ok {
			return nil, false
		}
	}
	return v, true
}
