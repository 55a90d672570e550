package rules

import (
	"slices"
	"strings"
	"unicode"

	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// lexicon knows the words of one catalog: what its APIs, objects and fields are called.
// It is compiled once and not changed afterwards.
type lexicon struct {
	apis     map[string][]string // phrase to API names
	entities map[string][]string // phrase to full names of objects
	fields   map[string][]fieldRef
	columns  map[string][]fieldRef // fields, also without the API in their names: "payment status"
	flags    map[string]bool       // what a yes-or-no field can say: "won" of IsWon
	members  map[string]bool       // members of closed lists, lower case
	codes    map[string]bool       // currency codes, upper case
	literals map[string]bool       // words that the grammar itself uses
	longest  int                   // words of the longest phrase
}

// fieldRef names one field of one object.
type fieldRef struct{ Object, Field string }

// newLexicon compiles the words of a catalog for a grammar.
func newLexicon(cat *catalog.Catalog, g *grammar) *lexicon {
	l := &lexicon{
		apis: map[string][]string{}, entities: map[string][]string{}, fields: map[string][]fieldRef{}, columns: map[string][]fieldRef{},
		flags: map[string]bool{}, members: map[string]bool{}, codes: map[string]bool{},
		literals: g.literals(),
	}
	for c := range strings.FieldsSeq(currencies) {
		l.codes[c] = true
	}
	for _, api := range cat.APIs() {
		for _, w := range append([]string{api.Name}, api.Words...) {
			put(l, l.apis, phrase(w), api.Name)
		}
		for _, short := range cat.Objects(api.Name) {
			l.addObject(cat, api, short)
		}
	}
	return l
}

// addObject takes the words of one object; short is its name, with or without the API's.
func (l *lexicon) addObject(cat *catalog.Catalog, api *catalog.API, short string) {
	short = strings.TrimPrefix(short, api.Name+".")
	full := api.Name + "." + short
	o, ok := cat.Object(full)
	if !ok {
		return
	}
	if e, ok := api.Entities[short]; ok {
		names := e.Words
		if !isField(cat, api, short) {
			names = append([]string{strings.Join(words(short), " ")}, names...)
		}
		for _, w := range names {
			for _, form := range plurals(phrase(w)) {
				put(l, l.entities, form, full)
			}
		}
	}
	for _, f := range o.Fields {
		if f.Child != "" {
			continue // records of another object, not a value of this one
		}
		for _, label := range labels(f) {
			put(l, l.fields, label, fieldRef{full, f.Name})
			put(l, l.columns, label, fieldRef{full, f.Name})
		}
		w := words(f.Name)
		if _, ours := cat.API(w[0]); ours && len(w) > 1 {
			put(l, l.columns, strings.Join(w[1:], " "), fieldRef{full, f.Name})
		}
		if f.Type.Kind == schema.Bool && len(w) > 1 && (w[0] == "is" || w[0] == "has") {
			put(l, nil, strings.Join(w[1:], " "), "")
			l.flags[strings.Join(w[1:], " ")] = true
		}
		for _, m := range f.Type.Enum {
			if strings.Contains(strings.ToLower(f.Name), "currency") && len(m) == 3 {
				l.codes[strings.ToUpper(m)] = true
			} else {
				l.members[phrase(m)] = true
				put(l, nil, phrase(m), "")
			}
		}
	}
}

// isField reports whether an object is called like a field of another one: by the
// opportunity stage people mean the stage of an opportunity, not the list of stages.
func isField(cat *catalog.Catalog, api *catalog.API, short string) bool {
	for i, r := range short {
		if i == 0 || !unicode.IsUpper(r) {
			continue
		}
		o, ok := cat.Object(api.Name + "." + short[:i])
		if ok && slices.ContainsFunc(o.Fields, func(f schema.Field) bool {
			return f.Child == "" && slices.Contains(labels(f), strings.Join(words(short[i:]), " "))
		}) {
			return true
		}
	}
	return false
}

// put adds v to the phrase's list, once, and keeps count of the longest phrase.
func put[T comparable](l *lexicon, m map[string][]T, phrase string, v T) {
	if phrase == "" {
		return
	}
	l.longest = max(l.longest, strings.Count(phrase, " ")+1)
	if m != nil && !slices.Contains(m[phrase], v) {
		m[phrase] = append(m[phrase], v)
	}
}

// phrase brings a written name into the form of a run of tokens.
func phrase(s string) string {
	var w []string
	for _, t := range tokenize(s) {
		if t.kind != mark {
			w = append(w, t.norm)
		}
	}
	return strings.Join(w, " ")
}

// words splits a name at underscores and changes of case, in lower case; the "__c" of
// custom fields is dropped.
func words(name string) []string {
	name = strings.TrimSuffix(name, "__c")
	var out []string
	var cur []rune
	rs := []rune(name)
	for i, r := range rs {
		upper := unicode.IsUpper(r)
		starts := upper && i > 0 && (!unicode.IsUpper(rs[i-1]) || (i+1 < len(rs) && unicode.IsLower(rs[i+1])))
		if starts || r == '_' || r == ' ' || r == '-' || r == '.' {
			if len(cur) > 0 {
				out = append(out, strings.ToLower(string(cur)))
			}
			cur = cur[:0]
		}
		if r != '_' && r != ' ' && r != '-' && r != '.' {
			cur = append(cur, r)
		}
	}
	if len(cur) > 0 {
		out = append(out, strings.ToLower(string(cur)))
	}
	return out
}

// labels are the ways people name a field: its words, and these without a last word
// that says what kind of value it holds.
func labels(f schema.Field) []string {
	w := words(f.Name)
	out := []string{strings.Join(w, " "), phrase(f.Name)}
	if n := len(w); n > 1 && slices.Contains([]string{"name", "id", "code", "text"}, w[n-1]) {
		short := w[:n-1]
		if n > 2 && short[n-2] == "iso" {
			short = short[:n-2]
		}
		out = append(out, strings.Join(short, " "))
	}
	return out
}

// plurals returns a phrase with its last word in singular and plural.
func plurals(p string) []string {
	switch {
	case p == "":
		return nil
	case strings.HasSuffix(p, "y") && len(p) > 2 && !strings.ContainsRune("aeiou", rune(p[len(p)-2])):
		return []string{p, p[:len(p)-1] + "ies"}
	case strings.HasSuffix(p, "s") || strings.HasSuffix(p, "x") || strings.HasSuffix(p, "ch") || strings.HasSuffix(p, "sh"):
		return []string{p, p + "es"}
	}
	return []string{p, p + "s"}
}

// find implements [finder].
func (l *lexicon) find(class string, tokens []token, i int) []found {
	if i >= len(tokens) {
		return nil
	}
	switch class {
	case "api":
		return lookUp(l, l.apis, tokens, i)
	case "entity":
		return lookUp(l, l.entities, tokens, i)
	case "field":
		return lookUp(l, l.fields, tokens, i)
	case "column":
		return lookUp(l, l.columns, tokens, i)
	case "flag":
		return l.runs(tokens, i, func(p string) (any, bool) { return p, l.flags[p] })
	case "currency":
		t := tokens[i]
		if t.kind == word && t.text == strings.ToUpper(t.text) && l.codes[t.text] {
			return []found{{1, t.text}}
		}
		return nil
	case "name":
		return l.names(tokens, i)
	case "loose":
		return l.loose(tokens, i)
	case "words":
		return unknown(tokens, i)
	}
	return lexical(class, tokens, i)
}

// lookUp finds every phrase of m that begins at token i.
func lookUp[T any](l *lexicon, m map[string][]T, tokens []token, i int) []found {
	return l.runs(tokens, i, func(p string) (any, bool) { v, ok := m[p]; return v, ok })
}

// runs tries every run of words from token i on, the longest first.
func (l *lexicon) runs(tokens []token, i int, look func(string) (any, bool)) []found {
	var out []found
	p := ""
	for n := 1; n <= l.longest && i+n <= len(tokens); n++ {
		t := tokens[i+n-1]
		if t.kind == quoted || t.kind == mark {
			break
		}
		p = strings.TrimPrefix(p+" "+t.norm, " ")
		if v, ok := look(p); ok {
			out = append(out, found{n, v})
		}
	}
	slices.Reverse(out)
	return out
}

// name is a value that a person named: a stage, a family. Exact says that it is as the
// vendor holds it, because it stood in quotation marks or with its capitals.
type name struct {
	text  string
	exact bool
}

// maxName bounds the words of an unquoted name.
const maxName = 5

// names finds values at token i: quoted text, words with capitals, and members of the
// catalog's closed lists in any case.
func (l *lexicon) names(tokens []token, i int) []found {
	if tokens[i].kind == quoted {
		return []found{{1, name{tokens[i].text, true}}}
	}
	out := l.runs(tokens, i, func(p string) (any, bool) { return name{text: p}, l.members[p] })
	var text string
	for n := 1; n <= maxName && i+n <= len(tokens); n++ {
		t := tokens[i+n-1]
		if (t.kind != word && t.kind != number) || !t.capital() {
			break
		}
		text = strings.TrimPrefix(text+" "+t.text, " ")
		v := name{text, true}
		if at := slices.IndexFunc(out, func(f found) bool { return f.n == n }); at >= 0 {
			out[at].value = v
			continue
		}
		out = append(out, found{n, v})
	}
	slices.SortStableFunc(out, func(a, b found) int { return b.n - a.n })
	return out
}
