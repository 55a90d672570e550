package suggest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/openapi"
	"github.com/planwright/planwright/specs/schema"
)

// root suggests what holds for the whole API.
func (s *suggester) root() action {
	a := action{target: "$"}
	s.auth(&a)
	if title := catalog.Words(s.doc.Title); len(title) > 0 && strings.Join(title, "") != s.doc.Name {
		a.add(false, "other names people use for it; the description is titled so", "x-pw-words: [%s]", text(strings.Join(title, " ")))
	}
	s.limits(&a)
	s.records(&a)
	s.changes(&a)
	return a
}

func (s *suggester) auth(a *action) {
	if len(s.doc.Schemes) == 0 {
		a.add(false, "the description names no way of signing in that is known here; if there is one, say it", "x-pw-auth: {flow: bearer}")
		return
	}
	first := s.doc.Schemes[0]
	from := "securitySchemes has " + first.Name
	if len(s.doc.Schemes) > 1 {
		from += fmt.Sprintf(" and %d more; it is asked for first", len(s.doc.Schemes)-1)
	}
	who := s.identity()
	switch {
	case first.Kind == "oauth2" && first.Token != "":
		a.add(true, from+", with the client credentials flow; confirm where client id and secret travel (basic or form)",
			"x-pw-auth: {flow: client_credentials, client: basic, token: %s%s}", text(first.Token), who)
	case first.Kind == "oauth2":
		a.add(true, from+", whose flow needs a person at a browser; a token from there is brought instead", "x-pw-auth: {flow: bearer%s}", who)
	case first.Kind == catalog.FlowAPIKey:
		a.add(true, from+"; confirm that nothing stands before the key (word: Token)",
			"x-pw-auth: {flow: api_key, in: %s, name: %s%s}", first.In, word(first.Param), who)
	default:
		a.add(true, from, "x-pw-auth: {flow: %s%s}", first.Kind, who)
	}
}

// identity is the read of the one who signs in, which proves a key when it is connected.
func (s *suggester) identity() string {
	for _, op := range s.doc.Operations {
		if op.Method != "GET" || strings.Contains(op.Path, "{") || op.Response == nil || op.Response.Many ||
			slices.ContainsFunc(op.Params, func(p openapi.Param) bool { return p.Required }) {
			continue
		}
		last := catalog.Words(op.Path[strings.LastIndexByte(op.Path, '/')+1:])
		if len(last) != 1 || !slices.Contains([]string{"me", "self", "account", "whoami", "organisation", "organization", "company", "user", "profile"}, last[0]) {
			continue
		}
		if o := s.objects[op.Response.Type.Ref]; o != nil {
			if key := keyOf(s.short(o.Name), o); key != "" {
				return fmt.Sprintf(", identity: {operation: %s, field: %s}", word(op.ID), word(key))
			}
		}
	}
	return ""
}

// limits looks for headers by which vendors tell what is left.
func (s *suggester) limits(a *action) {
	for _, op := range s.doc.Operations {
		for _, h := range op.Headers {
			w := strings.Join(catalog.Words(h), " ")
			if strings.Contains(w, "limit") && (strings.Contains(w, "remaining") || strings.Contains(w, "left")) {
				a.add(false, fmt.Sprintf("%s answers header %s; what is it the rest of, and how much is allowed?", op.ID, h),
					"x-pw-limits: {minute: 60, minuteLeft: %s}", word(h))
				return
			}
		}
	}
	a.add(false, "how many requests does the vendor allow? planwright keeps below it", "x-pw-limits: {concurrent: 5, minute: 60, day: 1000}")
}

// records suggests by which fields people and look-ups find records.
func (s *suggester) records(a *action) {
	var match, find []string
	for _, name := range s.order {
		if s.component(name) == "" {
			continue
		}
		o := s.objects[name]
		codes, title := unique(o), titled(o)
		if fields := slices.Concat(codes[:min(1, len(codes))], title); len(fields) > 0 {
			match = append(match, fmt.Sprintf("%s: {match: %s}", word(s.short(name)), words(fields)))
		}
		for _, f := range append(codes, title...) {
			if op, ok := s.finder(name, f); ok {
				find = append(find, fmt.Sprintf("%s: {find: {%s: {operation: %s, param: %s}}}", word(s.short(name)), word(f), word(op), word(f)))
			}
		}
	}
	if len(match) > 0 {
		a.add(true, "by these fields people recognise a record, the code first; confirm", "x-pw-entities: {%s}", strings.Join(match, ", "))
	}
	if len(find) > 0 {
		a.add(false, "lists take a parameter called like the field; does it find exactly the records with that value? merge into x-pw-entities",
			"x-pw-entities: {%s}", strings.Join(find, ", "))
	}
}

// finder returns the list of the record that takes a value of the field.
func (s *suggester) finder(name, field string) (string, bool) {
	for _, op := range s.doc.Operations {
		if op.Method != "GET" || op.Response == nil || !op.Response.Many || op.Response.Type.Ref != name {
			continue
		}
		for _, p := range op.Params {
			if p.In == "query" && p.Name == field && p.Type.Kind == schema.String {
				return op.ID, true
			}
		}
	}
	return "", false
}

// changes suggests how changed records are found.
func (s *suggester) changes(a *action) {
	var out []string
	for _, name := range s.order {
		field := stamp(s.objects[name])
		if field == "" {
			continue
		}
		for _, op := range s.doc.Operations {
			if op.Method != "GET" || op.Response == nil || !op.Response.Many || op.Response.Type.Ref != name {
				continue
			}
			for _, p := range op.Params {
				if p.Type.Kind == schema.Instant && sinceLike(p.Name) {
					out = append(out, fmt.Sprintf("%s: {operation: %s, field: %s, order: %s, since: %s}",
						word(s.short(name)), word(op.ID), word(field), word(s.keys[name]), word(p.Name)))
				}
			}
		}
	}
	if len(out) > 0 {
		a.add(false, "a list takes an instant and the records have a stamp; does the list come in the order of stamp and id? if not, changes would be missed",
			"x-pw-changes: {%s}", strings.Join(out, ", "))
	}
}

func sinceLike(name string) bool {
	w := catalog.Words(name)
	changed := slices.ContainsFunc(w, func(s string) bool {
		return slices.Contains([]string{"updated", "modified", "changed", "update"}, s)
	})
	from := slices.ContainsFunc(w, func(s string) bool {
		return slices.Contains([]string{"since", "after", "from", "gte", "gt", "min"}, s)
	})
	return changed && from || len(w) == 1 && w[0] == "since"
}

// stamp returns the field that moves with every change.
func stamp(o *schema.Object) string {
	for _, f := range o.Fields {
		w := strings.Join(catalog.Words(f.Name), " ")
		if f.Type.Kind == schema.Instant && slices.Contains([]string{"updated at", "updated", "modified at", "modified", "last modified", "last modified at", "last updated", "last updated at", "changed at", "updated on", "modified on", "updated date utc", "system modstamp"}, w) {
			return f.Name
		}
	}
	return ""
}

// unique lists the fields that look as if no two records shared a value, the likeliest
// first.
func unique(o *schema.Object) []string {
	var out []string
	for _, want := range [][]string{{"number"}, {"code"}, {"sku"}, {"reference"}, {"external", "id"}, {"external", "code"}, {"slug"}, {"email"}} {
		for _, f := range o.Fields {
			w := catalog.Words(f.Name)
			own := f.Name != o.Key && f.Type.Kind == schema.String && len(f.Type.Enum) == 0
			if own && !f.ReadOnly && len(w) >= len(want) && slices.Equal(w[len(w)-len(want):], want) && len(w) <= len(want)+1 && !slices.Contains(out, f.Name) {
				out = append(out, f.Name)
			}
		}
	}
	return out
}

// titled returns the field people know a record by.
func titled(o *schema.Object) []string {
	for _, want := range []string{"name", "display name", "title", "subject", "label", "full name"} {
		for _, f := range o.Fields {
			if f.Type.Kind == schema.String && len(f.Type.Enum) == 0 && strings.Join(catalog.Words(f.Name), " ") == want {
				return []string{f.Name}
			}
		}
	}
	return nil
}
