package suggest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/openapi"
	"github.com/planwright/planwright/specs/schema"
)

// operation suggests what a call does outside and how it is repeated, paged and typed.
func (s *suggester) operation(op openapi.Operation) action {
	a := action{target: s.target(op)}
	if op.Method == "GET" {
		s.read(&a, op)
	} else if op.Method != "HEAD" && op.Method != "OPTIONS" && op.Method != "TRACE" {
		s.write(&a, op)
	}
	s.params(&a, op)
	return a
}

func (s *suggester) read(a *action, op openapi.Operation) {
	if op.Response == nil {
		return
	}
	byID := strings.HasSuffix(op.Path, "}")
	if byID && !op.Response.Many && slices.Contains(op.Statuses, "404") {
		a.add(true, "reads one record and describes a 404: there is none", "x-pw-absent-on-404: true")
	}
	if op.Response.Many {
		s.paging(a, op)
	}
}

// paging suggests how the next page is asked for, from parameters and the shape of the
// answer.
func (s *suggester) paging(a *action, op openapi.Operation) {
	param := func(names ...string) string {
		for _, p := range op.Params {
			if p.In == "query" && slices.Contains(names, squeezed(p.Name)) {
				return p.Name
			}
		}
		return ""
	}
	answer := members(s.objects, op.Response.Whole, "")
	member := func(names ...string) string {
		for _, m := range answer {
			if slices.Contains(names, squeezed(m.path)) && m.kind == schema.String || slices.Contains(names, "more!") && m.kind == schema.Bool && strings.HasSuffix(squeezed(m.path), "more") {
				return m.path
			}
		}
		return ""
	}
	size := param("limit", "pagesize", "perpage", "size", "count", "take", "maxresult")
	var way []string
	why := ""
	next := member("next", "nexturl", "nextpageurl", "nextlink", "linknext", "paginationnext", "pagingnext", "metanext")
	token := member("nextcursor", "nextpagetoken", "nexttoken", "cursor", "metanextcursor", "paginationnextcursor", "pagingcursorafter", "responsemetadatanextcursor", "metacursor")
	switch cursor := param("cursor", "pagetoken", "nexttoken", "nextcursor", "after", "continuationtoken"); {
	case cursor != "" && token != "":
		way, why = []string{"cursor: " + word(cursor), "next: " + word2(token)}, fmt.Sprintf("parameter %s, and the answer holds %s", cursor, token)
	case param("startingafter") != "" && s.keys[op.Response.Type.Ref] != "":
		way, why = []string{"cursor: " + word(param("startingafter")), "last: " + word(s.keys[op.Response.Type.Ref])}, "parameter "+param("startingafter")+" takes the id of the last record"
	case slices.ContainsFunc(op.Headers, func(h string) bool { return strings.EqualFold(h, "Link") }):
		way, why = []string{"link: true"}, "the answer has a header Link"
	case param("page", "pagenumber", "pageno") != "":
		way, why = []string{"page: " + word(param("page", "pagenumber", "pageno"))}, "parameter "+param("page", "pagenumber", "pageno")+"; confirm that the first page is 1 (else fromZero: true)"
	case param("offset", "skip", "startindex") != "":
		way, why = []string{"offset: " + word(param("offset", "skip", "startindex"))}, "parameter "+param("offset", "skip", "startindex")+"; confirm that it counts records, from 0"
	case next != "":
		way, why = []string{"next: " + word2(next)}, "the answer holds "+next+"; confirm that it is the URL of the next page"
	default:
		return
	}
	if more := member("more!"); more != "" && way[0] != "link: true" {
		way = append(way, "more: "+word2(more))
	}
	if size != "" {
		way = append(way, "size: "+word(size))
		for _, p := range op.Params {
			if p.Name == size && p.Max > 0 {
				way = append(way, fmt.Sprintf("maxSize: %d", p.Max))
			}
		}
	}
	a.add(true, why, "x-pw-paging: {%s}", strings.Join(way, ", "))
}

// found is a member of an answer outside its list.
type found struct {
	path string
	kind schema.Kind
}

// members lists scalar members of a wrapper, and of objects in it, by dotted path.
func members(objects map[string]*schema.Object, t schema.Type, prefix string) []found {
	var out []found
	o := objects[t.Ref]
	if t.Kind != schema.ObjectK || o == nil || strings.Count(prefix, ".") > 1 {
		return nil
	}
	for _, f := range o.Fields {
		if strings.Contains(f.Name, ".") {
			continue
		}
		if f.Type.Kind == schema.ObjectK {
			out = append(out, members(objects, f.Type, prefix+f.Name+".")...)
			continue
		}
		out = append(out, found{prefix + f.Name, f.Type.Kind})
	}
	return out
}

func squeezed(name string) string { return strings.Join(catalog.Words(name), "") }

// word2 writes a dotted path.
func word2(path string) string {
	if strings.Contains(path, ".") {
		return text(path)
	}
	return word(path)
}

// verbs of the last part of a path, and the effect they tell of.
func verbEffect(path string) (catalog.Effect, string) {
	last := path[strings.LastIndexByte(path, '/')+1:]
	if strings.HasPrefix(last, "{") {
		return "", ""
	}
	for _, w := range catalog.Words(last) {
		switch {
		case slices.Contains([]string{"send", "email", "mail", "notify", "remind", "publish", "share"}, w):
			return catalog.EffectSend, w
		case slices.Contains([]string{"search", "query", "lookup", "find", "validate", "preview", "quote", "calculate"}, w):
			return catalog.EffectNone, w
		case slices.Contains([]string{"cancel", "void", "approve", "reject", "close", "reopen", "archive", "restore", "activate", "deactivate", "complete", "submit", "finalize", "capture", "confirm", "lock", "unlock", "assign", "merge", "update"}, w):
			return catalog.EffectUpdate, w
		case slices.Contains([]string{"delete", "remove"}, w):
			return catalog.EffectDelete, w
		}
	}
	return "", ""
}

func (s *suggester) write(a *action, op openapi.Operation) {
	effect, verb := verbEffect(op.Path)
	byID := strings.HasSuffix(op.Path, "}")
	switch {
	case op.Method == "POST" && effect == catalog.EffectNone:
		a.add(false, fmt.Sprintf("the path ends with %q: does the call change nothing at all?", verb), "x-pw-effect: none")
	case op.Method == "POST" && effect != "":
		a.add(true, fmt.Sprintf("the path ends with %q", verb), "x-pw-effect: %s", effect)
	case (op.Method == "PUT" || op.Method == "POST") && byID:
		a.add(true, op.Method+" of a path that ends with an id; confirm that it changes a record that exists", "x-pw-effect: update")
	}
	s.repeat(a, op, effect, byID)
	if op.Request == nil && op.Response == nil {
		if name := s.inPath(op.Path); name != "" {
			a.add(true, "the path is about it, and nothing is sent or answered that says so", "x-pw-entity: %s", word(s.short(name)))
		}
	}
}

// repeat asks what makes the write safe to repeat. Nothing is claimed: a wrong claim here is
// an invoice written twice.
func (s *suggester) repeat(a *action, op openapi.Operation, effect catalog.Effect, byID bool) {
	if header := onceHeader(op); header != "" {
		a.add(true, "header "+header+" carries a key: it is sent, and a lost answer waits for a person until the next line is answered", "x-pw-repeat: {way: ask, header: %s}", word(header))
		a.add(false, "how long does the vendor remember the key, and answer a repeat from memory? put it in place of PT1H and of the line above",
			"x-pw-repeat: {way: keyed, header: %s, window: PT1H}", word(header))
		return
	}
	switch {
	case op.Method == "DELETE", (op.Method == "PUT" || op.Method == "PATCH") && byID:
		a.add(false, op.Method+" of one record: do the same values again change nothing, and send nothing?", "x-pw-repeat: {way: idempotent}")
	case effect != "" || op.Request == nil || op.Request.Type.Kind != schema.ObjectK:
	default:
		s.natural(a, op)
	}
}

// natural asks about a field that would let a lost write be found again.
func (s *suggester) natural(a *action, op openapi.Operation) {
	sent := s.objects[op.Request.Type.Ref]
	if sent == nil {
		return
	}
	record := sent.Name
	if op.Response != nil && s.keys[record] == "" {
		record = op.Response.Type.Ref
	}
	for _, f := range unique(sent) {
		list, ok := s.finder(record, f)
		if !ok {
			continue
		}
		a.add(false, fmt.Sprintf("%s finds records by %s: does the vendor refuse a second record with the same %s (unique), or can it only be looked for (probe)?", list, f, f),
			"x-pw-repeat: {way: probe, key: %s, late: PT1M, lookup: {operation: %s, param: %s}}", word(f), word(list), word(f))
		return
	}
}

// onceHeader returns the header parameter that carries an idempotency key.
func onceHeader(op openapi.Operation) string {
	for _, p := range op.Params {
		w := squeezed(strings.TrimPrefix(strings.ToLower(p.Name), "x-"))
		if p.In == "header" && slices.Contains([]string{"idempotencykey", "idempotencekey", "idempotencytoken", "idempotentkey", "repeatabilityrequestid", "clientrequestid", "paypalrequestid"}, w) {
			return p.Name
		}
	}
	return ""
}

// params suggests which parameters are ids of what.
func (s *suggester) params(a *action, op openapi.Operation) {
	var ids []string
	for _, p := range op.Params {
		if p.Type.Kind != schema.String || p.In == "header" || strings.EqualFold(p.Name, s.keyIn(op)) && p.In == "path" {
			continue
		}
		w := catalog.Words(p.Name)
		name := ""
		switch {
		case len(w) > 1 && w[len(w)-1] == "id":
			name = s.named(w)
		case p.In == "path" && len(w) == 1 && (w[0] == "id" || w[0] == "uuid"):
			before, _, _ := strings.Cut(op.Path, "{"+p.Name+"}")
			name = s.inPath(before)
		}
		if name != "" {
			ids = append(ids, fmt.Sprintf("%s: %s", word(p.Name), s.idOf(name)))
		}
	}
	if len(ids) > 0 {
		a.add(true, "parameters called like an id", "x-pw-ids: {%s}", strings.Join(ids, ", "))
	}
}

// keyIn is the key field of what the operation is about, by which a path parameter is known
// without being told.
func (s *suggester) keyIn(op openapi.Operation) string {
	for _, b := range []*openapi.Body{op.Request, op.Response} {
		if b != nil && b.Type.Kind == schema.ObjectK {
			return s.keys[b.Type.Ref]
		}
	}
	return ""
}

func (s *suggester) idOf(name string) string { return word2(s.short(name) + "." + s.keys[name]) }
