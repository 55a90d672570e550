package openapi

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/planwright/planwright/specs/schema"
)

// Param is one parameter. Header parameters that OpenAPI says to ignore (Accept,
// Content-Type, Authorization) are left out.
type Param struct {
	Name     string
	In       string // "path", "query" or "header"
	Type     schema.Type
	Required bool
	Doc      string
	// Max is the largest number the description allows, 0 when it does not say.
	Max int
	// Repeated says that each element of a list travels under the name of its own, a=1&a=2,
	// which is what OpenAPI means unless it says explode: false.
	Repeated bool
}

// Body is what a request or an answer carries, unwrapped: for a list in an envelope,
// Type is that of one element.
type Body struct {
	Type     schema.Type
	Envelope string // member that holds the list
	Many     bool   // a list of Type
	Media    string
	// Whole is the type of all of it, wrapper and list included.
	Whole schema.Type
}

// Operation is one method of one path, before anything is known about its effect.
type Operation struct {
	ID       string
	Method   string
	Path     string
	Summary  string
	Doc      string
	Params   []Param
	Request  *Body // nil: nothing is sent
	Response *Body // nil: nothing comes back
	Scopes   []string
	Keywords []Keyword
	Pointer  string
	// Server is the first server of the operation, else of its path; "" when neither names one.
	Server string
	// Statuses are the answers that are described, "200" and "404", and Headers the headers of
	// the success among them.
	Statuses, Headers []string
}

// methods in the order in which a path's operations are listed.
func methods() []string {
	return []string{"get", "put", "post", "patch", "delete", "head", "options", "trace"}
}

func (c *compiler) operations() []Operation {
	paths := c.root.get("paths")
	if paths == nil || paths.kind != object {
		return nil
	}
	var out []Operation
	used := map[string]bool{}
	for i, item := range paths.items {
		path := paths.keys[i]
		if strings.HasPrefix(path, "x-") {
			continue
		}
		if at := item; !strings.HasPrefix(path, "/") {
			c.r.unread(at, "/paths/"+escape(path), "a path that does not begin with / is left out")
			continue
		}
		if item = c.ref(item); item == nil || item.kind != object {
			continue
		}
		for _, m := range methods() {
			op := item.get(m)
			if op == nil || op.kind != object {
				continue
			}
			pointer := "/paths/" + escape(path) + "/" + m
			id := cmp.Or(cleanID(op.get("operationId").str()), deriveID(m, path, op.get("x-pw-verb").str()))
			if used[id] {
				taken := id
				id = freshID(id, m, used)
				c.r.duplicateID(op, pointer, taken, id)
			}
			used[id] = true
			out = append(out, c.operation(op, item, id, m, path, pointer))
		}
	}
	return out
}

func cleanID(s string) string {
	parts := strings.Split(s, ".")
	for i, p := range parts {
		parts[i] = clean(p)
	}
	return strings.Join(parts, ".")
}

func freshID(id, method string, used map[string]bool) string {
	id += "_" + method
	for used[id] {
		id += "_"
	}
	return id
}

// deriveID names an operation of a file that does not: "Opportunity.get" for GET
// /sobjects/Opportunity/{id}. Of neighbouring literal segments the last one counts.
func deriveID(method, path, verb string) string {
	var nouns []string
	literal, last := false, false
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		last = strings.HasPrefix(part, "{")
		switch {
		case part == "" || last:
			literal = false
		case literal:
			nouns[len(nouns)-1] = clean(part)
		default:
			nouns, literal = append(nouns, clean(part)), true
		}
	}
	if len(nouns) == 0 {
		nouns = []string{"root"}
	}
	if verb == "" {
		verb = map[string]string{"get": "list", "post": "create", "put": "create", "patch": "update", "delete": "delete"}[method]
		if last {
			verb = map[string]string{"get": "get", "post": "update", "put": "update", "patch": "update", "delete": "delete"}[method]
		}
	}
	return strings.Join(nouns, ".") + "." + cmp.Or(clean(verb), method)
}

func (c *compiler) operation(op, item *tree, id, method, path, pointer string) Operation {
	o := Operation{
		ID: id, Method: strings.ToUpper(method), Path: path, Pointer: pointer,
		Summary: op.get("summary").str(), Doc: cmp.Or(op.get("description").str(), item.get("description").str()),
		Scopes: c.scopes(op), Server: cmp.Or(firstServer(op), firstServer(item)),
	}
	owner := clean(strings.ReplaceAll(id, ".", "_"))
	o.Params = c.params(op, item, owner, pointer)
	if b := c.ref(op.get("requestBody")); b != nil {
		o.Request = c.body(b, owner+"_request", pointer+"/requestBody")
	}
	o.Response = c.answer(op, owner, pointer)
	o.Statuses, o.Headers = c.answers(op)
	o.Keywords = c.keywords(op, pointer, operationKeywords)
	return o
}

func (c *compiler) params(op, item *tree, owner, pointer string) []Param {
	var out []Param
	for _, l := range []*tree{item.get("parameters"), op.get("parameters")} {
		if l == nil || l.kind != list {
			continue
		}
		for _, raw := range l.items {
			p := c.ref(raw)
			if p == nil || p.get("name").str() == "" {
				c.r.unread(raw, pointer+"/parameters", "a parameter without a name is left out")
				continue
			}
			q := Param{
				Name: p.get("name").str(), In: p.get("in").str(), Doc: p.get("description").str(),
				Required: p.get("required").yes(),
			}
			if !slices.Contains([]string{"path", "query", "header"}, q.In) {
				c.r.unread(p, pointer+"/parameters/"+escape(q.Name), fmt.Sprintf("a parameter in %.20q is not sent", q.In))
				continue
			}
			if q.In == "header" && slices.Contains([]string{"accept", "content-type", "authorization"}, strings.ToLower(q.Name)) {
				continue
			}
			s := p.get("schema")
			if content := p.get("content"); s == nil && content != nil && len(content.items) > 0 {
				s = content.items[0].get("schema")
			}
			q.Type = schema.Type{Kind: schema.String}
			if s != nil {
				q.Type = c.typeOf(s, owner+"_"+clean(q.Name), pointer+"/parameters/"+escape(q.Name))
			}
			q.Max = max(c.ref(s).get("maximum").num(), 0)
			q.Repeated = c.repeated(p, q, pointer)
			if i := slices.IndexFunc(out, func(h Param) bool { return h.Name == q.Name && h.In == q.In }); i >= 0 {
				out[i] = q // the operation's own replaces the path's
				continue
			}
			out = append(out, q)
		}
	}
	return out
}

// repeated reads how a list travels in the query. Other styles than OpenAPI's own are
// joined by commas, and told.
func (c *compiler) repeated(p *tree, q Param, pointer string) bool {
	if style := p.get("style").str(); !slices.Contains([]string{"", "form", "simple"}, style) {
		c.r.unread(p, pointer+"/parameters/"+escape(q.Name), fmt.Sprintf("the style %.20q of a parameter is not written; commas are", style))
		return false
	}
	return q.In == "query" && q.Type.Kind == schema.List && (p.get("explode") == nil || p.get("explode").yes())
}

// scopes lists the OAuth scopes of the security requirement, each once.
func (c *compiler) scopes(op *tree) []string {
	var out []string
	sec := op.get("security")
	if sec == nil {
		return nil
	}
	for _, alt := range sec.items {
		for _, s := range alt.items {
			for _, name := range s.strs() {
				if !slices.Contains(out, name) {
					out = append(out, name)
				}
			}
		}
	}
	return out
}

// firstServer returns the address of the first server that stands at t, "" for none.
func firstServer(t *tree) string {
	s := t.get("servers")
	if s == nil || s.kind != list || len(s.items) == 0 {
		return ""
	}
	return s.items[0].get("url").str()
}

// knownScopes lists the scopes that the document's OAuth 2 schemes describe, each once.
func knownScopes(root *tree) []string {
	var out []string
	schemes := root.at("components", "securitySchemes")
	if schemes == nil {
		return nil
	}
	for _, s := range schemes.items {
		flows := s.get("flows")
		if flows == nil {
			continue
		}
		for _, f := range flows.items {
			if known := f.get("scopes"); known != nil {
				out = append(out, known.keys...)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// answer reads the success with a body, the lowest status first.
func (c *compiler) answer(op *tree, owner, pointer string) *Body {
	rs := op.get("responses")
	if rs == nil || rs.kind != object {
		return nil
	}
	codes := slices.Sorted(slices.Values(rs.keys))
	for _, code := range codes {
		if !strings.HasPrefix(code, "2") {
			continue
		}
		if b := c.body(c.ref(rs.get(code)), owner+"_answer", pointer+"/responses/"+code); b != nil {
			return b
		}
	}
	return nil
}

// answers lists the described statuses, and the headers of the successes.
func (c *compiler) answers(op *tree) (statuses, headers []string) {
	rs := op.get("responses")
	if rs == nil || rs.kind != object {
		return nil, nil
	}
	for i, code := range rs.keys {
		statuses = append(statuses, code)
		if h := c.ref(rs.items[i]).get("headers"); strings.HasPrefix(code, "2") && h != nil && h.kind == object {
			headers = append(headers, h.keys...)
		}
	}
	slices.Sort(statuses)
	return statuses, headers
}

// body reads the JSON content of a request body or a response, else the first.
func (c *compiler) body(t *tree, owner, pointer string) *Body {
	content := t.get("content")
	if content == nil || content.kind != object || len(content.items) == 0 {
		return nil
	}
	i := max(slices.IndexFunc(content.keys, func(k string) bool {
		return k == "application/json" || strings.HasSuffix(k, "+json")
	}), 0)
	b := &Body{Media: content.keys[i], Type: schema.Type{Kind: schema.Any}}
	if media := strings.ToLower(b.Media); !strings.Contains(media, "json") && media != "*/*" {
		c.r.unread(content.items[i], pointer+"/content/"+escape(b.Media), fmt.Sprintf("%.60s is neither written nor read, only JSON is", b.Media))
	}
	s := content.items[i].get("schema")
	if s == nil {
		return b
	}
	at := pointer + "/content/" + escape(b.Media) + "/schema"
	if name, elem := c.envelope(s); elem != nil {
		b.Envelope, b.Many = name, true
		b.Type = c.typeOf(elem, owner+"_"+clean(name), at)
		b.Whole = c.typeOf(s, owner, at)
		return b
	}
	b.Type = c.typeOf(s, owner, at)
	b.Whole = b.Type
	if b.Type.Kind == schema.List {
		b.Many, b.Type = true, *b.Type.Elem
	}
	return b
}

// envelope recognises a wrapper round one list of objects: a member that bears the
// wrapper's own name (Contacts{Contacts}), or the only list of objects beside members
// that speak of paging. It returns the member and the schema of its elements.
func (c *compiler) envelope(s *tree) (string, *tree) {
	own := ""
	if ref := s.get("$ref").str(); ref != "" {
		own = strings.ToLower(ref[strings.LastIndexByte(ref, '/')+1:])
	}
	t := c.ref(s)
	props := t.get("properties")
	if props == nil || props.kind != object {
		return "", nil
	}
	name, count, other := "", 0, false
	var elem *tree
	for i, p := range props.items {
		key := props.keys[i]
		items := c.objectItems(p)
		switch {
		case items != nil && strings.ToLower(key) == own:
			return key, items
		case aboutPaging(key):
		case items != nil:
			name, elem = key, items
			count++
		default:
			other = true
		}
	}
	if count != 1 || other {
		return "", nil
	}
	return name, elem
}

func (c *compiler) objectItems(p *tree) *tree {
	p = c.ref(p)
	if p == nil || jsonType(p) != "array" {
		return nil
	}
	items := p.get("items")
	if r := c.ref(items); r != nil && (c.isObject(r) || jsonType(r) == "object") {
		return items
	}
	return nil
}

// aboutPaging reports whether a member of a wrapper speaks about the list, not about
// a record.
func aboutPaging(key string) bool {
	k := strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(key), "_", ""), "-", "")
	return slices.Contains([]string{
		"pagination", "paging", "page", "pages", "pagesize", "perpage", "pagecount", "itemcount", "count",
		"total", "totalsize", "totalcount", "totalitems", "size", "limit", "offset", "done", "hasmore", "more",
		"next", "nextpage", "nexturl", "nextcursor", "nextrecordsurl", "nextpagetoken", "cursor", "previous",
		"prev", "links", "meta", "metadata", "warnings", "errors", "object", "url",
	}, k)
}
