package openapi

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// routeNode is one segment of the path templates: literal ones by text, and the
// template one. A literal wins over a template at the same place.
type routeNode struct {
	literal map[string]*routeNode
	param   *routeNode
	here    []template // more than one when only parameter names differ
}

type template struct {
	path  string
	names []string // of the parameters, in order
	item  *openapi3.PathItem
}

func (n *routeNode) add(path string, item *openapi3.PathItem) {
	t := template{path: path, item: item}
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if strings.HasPrefix(part, "{") && strings.HasSuffix(part, "}") {
			t.names = append(t.names, part[1:len(part)-1])
			if n.param == nil {
				n.param = &routeNode{}
			}
			n = n.param
			continue
		}
		if n.literal == nil {
			n.literal = map[string]*routeNode{}
		}
		if n.literal[part] == nil {
			n.literal[part] = &routeNode{}
		}
		n = n.literal[part]
	}
	n.here = append(n.here, t)
	slices.SortFunc(n.here, func(a, b template) int { return strings.Compare(a.path, b.path) })
}

// found is a template and the parameters' values under it.
type found struct {
	template
	values []string
}

// all lists the templates that fit, best first.
func (n *routeNode) all(parts, values []string, out *[]found) {
	if len(parts) == 0 {
		for _, t := range n.here {
			*out = append(*out, found{template: t, values: slices.Clone(values)})
		}
		return
	}
	if next := n.literal[parts[0]]; next != nil {
		next.all(parts[1:], values, out)
	}
	if n.param != nil && parts[0] != "" {
		n.param.all(parts[1:], append(values, parts[0]), out)
	}
}

// route finds the path item for a URL. Where templates differ only in the names of
// their parameters (Xero's Contacts/{ContactID} and {ContactNumber}), one whose
// parameter is a UUID takes the values that look like one, and the other the rest.
func (v *Validator) route(method string, u *url.URL) (*openapi3.PathItem, string, map[string]string) {
	var fits []found
	for _, base := range v.bases {
		rest, ok := strings.CutPrefix(u.EscapedPath(), base)
		if !ok || rest != "" && rest[0] != '/' {
			continue
		}
		parts := strings.Split(strings.Trim(rest, "/"), "/")
		for i, p := range parts {
			if q, err := url.PathUnescape(p); err == nil {
				parts[i] = q
			}
		}
		if v.routes.all(parts, nil, &fits); len(fits) > 0 {
			break
		}
	}
	best := -1
	for i, f := range fits {
		if best < 0 || slices.Compare(f.rank(method), fits[best].rank(method)) > 0 {
			best = i
		}
	}
	if best < 0 {
		return nil, "", nil
	}
	f := fits[best]
	params := make(map[string]string, len(f.names))
	for i, name := range f.names {
		params[name] = f.values[i]
	}
	return f.item, f.path, params
}

var uuidShape = regexp.MustCompile(uuidPattern)

// rank orders templates that fit the same path: one with the method, then one with more
// literal segments, then with literals further right (…/{sObject}/describe before
// …/Account/{id}), then by how well the values look like what the parameters declare: 2
// for a UUID where one is declared, 1 where none is, 0 for something else in its place.
func (f found) rank(method string) []int {
	out := []int{0, -len(f.names)}
	if f.item.GetOperation(method) != nil {
		out[0] = 1
	}
	parts := strings.Split(f.path, "/")
	for _, p := range slices.Backward(parts) {
		literal := 1
		if strings.HasPrefix(p, "{") {
			literal = 0
		}
		out = append(out, literal)
	}
	shape := 0
	for i, name := range f.names {
		switch {
		case !isUUID(f.item, method, name):
			shape++
		case uuidShape.MatchString(f.values[i]):
			shape += 2
		}
	}
	return append(out, shape)
}

func isUUID(item *openapi3.PathItem, method, name string) bool {
	lists := []openapi3.Parameters{item.Parameters}
	if op := item.GetOperation(method); op != nil {
		lists = append(lists, op.Parameters)
	}
	for _, l := range lists {
		if p := l.GetByInAndName("path", name); p != nil && p.Schema != nil && p.Schema.Value != nil {
			return p.Schema.Value.Format == "uuid"
		}
	}
	return false
}
