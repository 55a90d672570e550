package salesforce

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Bounds of a composite, and versions from which its kinds exist.
const (
	maxParts       = 25
	maxSearches    = 5 // queries and collections among the parts
	sinceBatches   = 34
	sinceComposite = 38
)

// composite answers /composite and what is below it: several requests in one call.
func (t *Twin) composite(q *request) (answer, *apiError) {
	if len(q.segs) > 1 && q.segs[1] == "sobjects" {
		return t.collection(q)
	}
	path := strings.Join(q.segs, "/")
	serve, since := t.compositeParts, sinceComposite
	switch {
	case path == "composite":
	case path == "composite/batch":
		serve, since = t.requestBatch, sinceBatches
	case path == "composite/graph":
		serve, since = t.graphs, sinceGraphs
	case len(q.segs) == 3 && q.segs[1] == "tree":
		serve, since = t.tree, sinceBatches
	default:
		return answer{}, errNotFound()
	}
	switch {
	case q.version() < since:
		return answer{}, errNotFound()
	case q.method != http.MethodPost:
		return answer{}, errMethod(q.method)
	}
	return serve(q)
}

// part is one request of a composite.
type part struct {
	method, url, ref string
	body             *jsonNode
	header           http.Header
	uses             []string // referenceIds of the parts whose answers it needs
}

// compositeParts answers /composite. The whole counts as one call and is answered with 200
// whatever becomes of its parts.
func (t *Twin) compositeParts(q *request) (answer, *apiError) {
	n, refusal := q.document()
	if refusal != nil {
		return answer{}, refusal
	}
	flags := map[string]bool{"allOrNone": false, "collateSubrequests": q.version() >= sinceCollating}
	list, refusal := listWith(n, "compositeRequest", flags)
	if refusal != nil {
		return answer{}, refusal
	}
	if len(list) > maxParts {
		return answer{}, badRequest("LIMIT_EXCEEDED", fmt.Sprintf("The request can contain up to %d subrequests", maxParts))
	}
	parts, refusal := partsOf(list)
	if refusal != nil {
		return answer{}, refusal
	}
	searches := 0
	for _, p := range parts {
		if p.searches() {
			searches++
		}
	}
	if searches > maxSearches {
		return answer{}, badRequest("LIMIT_EXCEEDED", fmt.Sprintf("The request can contain up to %d query and sObject collection subrequests", maxSearches))
	}
	results, _ := t.runParts(q, parts, rules{allOrNone: flags["allOrNone"], collate: flags["collateSubrequests"]})
	return answer{status: http.StatusOK, body: ordered{{"compositeResponse", results}}}, nil
}

// listWith takes a body that has a list and some flags; flags that are not given stay.
func listWith(n *jsonNode, name string, flags map[string]bool) ([]*jsonNode, *apiError) {
	var list []*jsonNode
	for _, m := range n.members {
		_, isFlag := flags[m.name]
		switch {
		case isFlag && m.value.kind == 't':
			flags[m.name] = m.value.text == "true"
		case m.name == name && m.value.kind == '[':
			list = m.value.items
		default:
			return nil, errParser("Unrecognized field '" + m.name + "' or value of the wrong type" + m.value.place.String())
		}
	}
	if n.kind != '{' || len(list) == 0 {
		return nil, errParser("The list " + name + " is required" + n.place.String())
	}
	return list, nil
}

var (
	referenceIDForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_]*$`)
	partMethods     = []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodPut, http.MethodDelete}
)

func partsOf(list []*jsonNode) ([]*part, *apiError) {
	parts := make([]*part, len(list))
	seen := map[string]bool{}
	for i, n := range list {
		p, refusal := partOf(n)
		if refusal != nil {
			return nil, refusal
		}
		switch {
		case !referenceIDForm.MatchString(p.ref):
			return nil, badRequest("JSON_PARSER_ERROR", "Provided referenceId ('"+p.ref+"') must start with a letter or a number, and it can contain only letters, numbers and underscores ('_')."+n.place.String())
		case seen[p.ref]:
			return nil, badRequest("JSON_PARSER_ERROR", "Duplicate referenceId found: "+p.ref+n.place.String())
		}
		seen[p.ref] = true
		parts[i] = p
	}
	return parts, nil
}

func partOf(n *jsonNode) (*part, *apiError) {
	p := &part{header: http.Header{}}
	for _, m := range n.members {
		switch {
		case m.name == "method" && slices.Contains(partMethods, m.value.text): // in capitals only
			p.method = m.value.text
		case m.name == "url" && m.value.kind == '"':
			p.url = m.value.text
		case m.name == "referenceId" && m.value.kind == '"':
			p.ref = m.value.text
		case m.name == "body":
			p.body = m.value
		case m.name == "httpHeaders" && m.value.kind == '{':
			if refusal := p.readHeader(m.value); refusal != nil {
				return nil, refusal
			}
		default:
			return nil, errParser("Unrecognized field '" + m.name + "' or value of the wrong type" + m.value.place.String())
		}
	}
	if p.method == "" || p.url == "" {
		return nil, errParser("A subrequest needs a method and a url" + n.place.String())
	}
	p.uses = appendUses(p.uses, &jsonNode{kind: '"', text: p.url})
	p.uses = appendUses(p.uses, p.body)
	return p, nil
}

func (p *part) readHeader(n *jsonNode) *apiError {
	for _, h := range n.members {
		switch name := http.CanonicalHeaderKey(h.name); name {
		case "Accept", "Authorization", "Content-Type":
			return badRequest("JSON_PARSER_ERROR", "The header "+h.name+" may not be given in a subrequest"+h.place.String())
		default:
			p.header.Set(name, h.value.text)
		}
	}
	return nil
}

// resource returns the path below the version, in segments.
func (p *part) resource() []string {
	path, _, _ := strings.Cut(strings.TrimPrefix(p.url, "/services/data/"), "?")
	segs := strings.Split(strings.Trim(path, "/"), "/")
	return segs[min(1, len(segs)):]
}

// searches reports whether the part is one of the costly kinds.
func (p *part) searches() bool {
	segs := p.resource()
	return len(segs) > 0 && (segs[0] == "query" || segs[0] == "queryAll") || len(segs) > 1 && segs[0] == "composite" && segs[1] == "sobjects"
}

// kind is what parts that may be run together have in common.
func (p *part) kind() string {
	segs := p.resource()
	return p.method + " " + strings.Join(segs[:min(2, len(segs))], "/")
}

// within returns the request that a part makes of the call it came in.
func (t *Twin) within(q *request, method, target string, body *jsonNode, header http.Header) (*request, *apiError) {
	path, query, _ := strings.Cut(target, "?")
	rest, ok := strings.CutPrefix(path, "/services/data/")
	segs, unescaped := segments(rest)
	if !ok || !unescaped || len(segs) < 1 {
		return nil, badRequest("JSON_PARSER_ERROR", "Url must start with /services/data/vXX.X/: "+target)
	}
	if refusal := t.checkVersion(segs[0]); refusal != nil {
		return nil, refusal
	}
	sub := &request{method: method, origin: q.origin, path: target, segs: segs[1:], header: header.Clone(), doc: body, base: "/services/data/" + segs[0]}
	var err error
	if sub.query, err = url.ParseQuery(query); err != nil {
		return nil, badRequest("MALFORMED_QUERY", "the query of the URL cannot be read")
	}
	if body == nil {
		sub.header.Set("Content-Type", "application/json") // and no body
	}
	sub.route = "/" + strings.Join(sub.segs, "/")
	nested := len(sub.segs) > 0 && sub.segs[0] == "composite" && (len(sub.segs) < 2 || sub.segs[1] != "sobjects")
	if nested || sub.version() > q.version() {
		return nil, badRequest("INVALID_INPUT", "The resource cannot be used in this composite: "+target)
	}
	return sub, nil
}
