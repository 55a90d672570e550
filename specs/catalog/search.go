package catalog

import (
	"cmp"
	"slices"
	"strings"
)

// HitKind says what a hit is.
type HitKind string

// The closed list of hit kinds.
const (
	HitOperation HitKind = "operation"
	HitObject    HitKind = "object"
	HitField     HitKind = "field"
)

// Hit is one thing a search found.
type Hit struct {
	Kind  HitKind `json:"kind"`
	Name  string  `json:"name"`  // full name; a field is "xero.Invoice.Total"
	Score int     `json:"score"` // 1 to 100
	// Why says in a few words what matched: `create`, `"deal" means opportunity`.
	Why []string `json:"why"`
}

// Search finds operations, objects and fields by words: "raise a bill", "all won
// deals", "invoice total". It compares what is to be done and to what, verb class and
// nouns, rather than counting words; other names people use come from the overlays. At
// most limit hits come back, best first, equal ones in the order of the specs.
func (c *Catalog) Search(query string, limit int) []Hit {
	q := parseQuery(query)
	var hits []Hit
	for _, s := range c.apis {
		p := s.phrase(q, c.mentions(q))
		for i := range s.searchOps() {
			if h, ok := p.operation(s, &s.index.ops[i]); ok {
				hits = append(hits, h)
			}
		}
		hits = append(hits, p.objects(s)...)
	}
	slices.SortStableFunc(hits, func(a, b Hit) int { return cmp.Compare(b.Score, a.Score) })
	return slices.Clip(hits[:min(len(hits), max(limit, 0))])
}

// query is what was asked, before any API's words are known.
type query struct {
	words []string // all of them
	nouns []string // without verb and filler
	verb  verb
	many  bool // asks for several: a plural, "all", "list"
}

func parseQuery(s string) query {
	q := query{words: split(s)}
	for i, w := range q.words {
		if v := verbOf(w, i == 0); v != verbNone && q.verb == verbNone {
			q.verb = v
			q.many = q.many || slices.Contains([]string{"list", "query", "search"}, w)
			continue
		}
		q.many = q.many || w == "all" || w == "every"
		if !isFiller(w) {
			q.nouns = append(q.nouns, w)
		}
	}
	for w := range strings.FieldsSeq(strings.ToLower(s)) {
		q.many = q.many || len(w) > 3 && singular(w) != w
	}
	return q
}

// mentions returns which APIs the query names.
func (c *Catalog) mentions(q query) map[*store][]string {
	out := map[*store][]string{}
	for _, s := range c.apis {
		for _, name := range append([]string{s.api.Name}, s.api.Words...) {
			if words := split(name); contains(q.words, words) {
				out[s] = words
				break
			}
		}
	}
	return out
}

// contains reports whether part stands in whole, in one piece.
func contains(whole, part []string) bool {
	for i := 0; len(part) > 0 && i+len(part) <= len(whole); i++ {
		if slices.Equal(whole[i:i+len(part)], part) {
			return true
		}
	}
	return false
}

// phrase is a query in the words of one API.
type phrase struct {
	query
	nouns  []string // "deal" replaced by opportunity
	why    []string // which replacements were made
	named  int      // points for naming this API, or another
	entity []string // nouns that name an entity
}

// phrase replaces what people call things by what the API calls them, the longest
// names first.
func (s *store) phrase(q query, mentioned map[*store][]string) phrase {
	p := phrase{query: q, nouns: slices.Clone(q.nouns)}
	if words, ok := mentioned[s]; ok {
		p.named = 10
		p.why = append(p.why, "names "+s.api.Name)
		p.nouns = slices.DeleteFunc(p.nouns, func(w string) bool { return slices.Contains(words, w) })
	} else if len(mentioned) > 0 {
		p.named = -25
	}
	s.searchOps()
	said := p.nouns
	p.nouns = nil
	for len(said) > 0 {
		a, ok := s.aliasAt(said)
		if !ok {
			p.nouns, said = append(p.nouns, said[0]), said[1:]
			continue
		}
		if !slices.Equal(a.words, a.means) {
			p.why = append(p.why, `"`+strings.Join(a.words, " ")+`" means `+strings.Join(a.means, " "))
		}
		p.nouns, p.entity = append(p.nouns, a.means...), append(p.entity, a.means...)
		said = said[len(a.words):]
	}
	p.nouns = unique(p.nouns)
	return p
}

// aliasAt returns the longest name of an entity that words begin with.
func (s *store) aliasAt(words []string) (alias, bool) {
	i := slices.IndexFunc(s.index.aliases, func(a alias) bool {
		return len(a.words) > 0 && len(a.words) <= len(words) && slices.Equal(words[:len(a.words)], a.words)
	})
	if i < 0 {
		return alias{}, false
	}
	return s.index.aliases[i], true
}

func unique(words []string) []string {
	var out []string
	for _, w := range words {
		if !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// searchIndex is what a search compares with; it is made at the first search.
type searchIndex struct {
	ops     []searchOp
	objs    [][]string // words of object names, in the order of the store's objNames
	aliases []alias    // longest first
}

type searchOp struct {
	entry   *opEntry
	verbs   []verb
	nouns   []string
	summary []string
	id      []string
	one     bool // the path ends in a parameter
}

type alias struct{ words, means []string }

func (s *store) searchOps() []searchOp {
	s.indexOnce.Do(func() {
		for _, id := range s.opIDs {
			s.index.ops = append(s.index.ops, newSearchOp(s.ops[id]))
		}
		for _, name := range s.objNames {
			s.index.objs = append(s.index.objs, split(strings.TrimPrefix(name, s.api.Name+".")))
		}
		for short, e := range s.api.Entities {
			means := split(short)
			s.index.aliases = append(s.index.aliases, alias{words: means, means: means})
			for _, w := range e.Words {
				s.index.aliases = append(s.index.aliases, alias{words: split(w), means: means})
			}
		}
		slices.SortFunc(s.index.aliases, func(a, b alias) int {
			return cmp.Or(cmp.Compare(len(b.words), len(a.words)), slices.Compare(a.words, b.words), slices.Compare(a.means, b.means))
		})
	})
	return s.index.ops
}

func newSearchOp(e *opEntry) searchOp {
	o := searchOp{entry: e, one: strings.HasSuffix(e.path, "}")}
	for i, w := range split(e.id) {
		// A dotted id ends in its verb, any other begins with one.
		if v := verbOf(w, i == 0); v != verbNone && !slices.Contains(o.verbs, v) {
			o.verbs = append(o.verbs, v)
		} else if v == verbNone && !isFiller(w) {
			o.nouns = append(o.nouns, w)
		}
	}
	if len(o.verbs) == 0 {
		o.verbs = []verb{map[Effect]verb{
			EffectNone: verbRead, EffectCreate: verbCreate, EffectUpdate: verbUpdate, EffectDelete: verbDelete, EffectSend: verbSend,
		}[e.effect]}
	}
	for part := range strings.SplitSeq(e.path, "/") {
		if !strings.HasPrefix(part, "{") && len(o.nouns) == 0 {
			o.nouns = append(o.nouns, split(part)...)
		}
	}
	o.nouns = unique(o.nouns)
	o.summary, o.id = split(e.summary), split(e.id)
	return o
}

// operation scores one operation: 55 points for the nouns, 30 for the verb, the rest
// for number, summary and API.
func (p *phrase) operation(s *store, o *searchOp) (Hit, bool) {
	h := Hit{Kind: HitOperation, Name: s.api.Name + "." + o.entry.id, Why: slices.Clone(p.why)}
	both := 0
	for _, w := range p.nouns {
		switch {
		case has(o.nouns, w):
			both++
			h.Why = append(h.Why, w)
		case slices.Contains(o.summary, w):
			h.Score += 3
			h.Why = append(h.Why, w+" in the summary")
		}
	}
	if contains(p.words, o.id) {
		h.Score += 40
		h.Why = append(h.Why, "its own name")
	}
	if both == 0 && h.Score < 6 {
		return Hit{}, false
	}
	if both > 0 {
		h.Score += 55 * 2 * both / (len(p.nouns) + len(o.nouns))
	}
	switch {
	case p.verb == verbNone:
		if o.verbs[0] == verbRead {
			h.Score += 10
		}
	case o.verbs[0] == p.verb && len(o.verbs) == 1:
		h.Score += 30
		h.Why = append(h.Why, string(p.verb))
	case slices.Contains(o.verbs, p.verb):
		h.Score += 24
		h.Why = append(h.Why, string(p.verb)+" among others")
	default:
		h.Score -= 25
	}
	if o.verbs[0] == verbRead && o.one != p.many {
		h.Score += 5
	}
	h.Score = min(h.Score+p.named, 100)
	return h, h.Score > 0
}

// objects scores object names, and the fields of objects the phrase speaks of.
func (p *phrase) objects(s *store) []Hit {
	var out []Hit
	for i, name := range s.objNames {
		bonus := p.named
		if p.verb == verbNone {
			bonus += 15
		}
		if _, ok := s.api.Entities[strings.TrimPrefix(name, s.api.Name+".")]; ok {
			bonus += 5 // a record, rather than a part or a wrapper of one
		}
		words := s.index.objs[i]
		both := overlap(p.nouns, words)
		if both > 0 {
			score := 55*2*both/(len(p.nouns)+len(words)) + bonus
			if score > 0 {
				out = append(out, Hit{Kind: HitObject, Name: name, Score: score, Why: append(slices.Clone(p.why), words...)})
			}
		}
		if both > 0 || len(p.entity) == 0 {
			out = append(out, p.fields(s.objs[name], words, bonus)...)
		}
	}
	return out
}

// has reports whether words holds w or a close relative: allocate, allocation.
func has(words []string, w string) bool {
	return slices.ContainsFunc(words, func(v string) bool {
		if v == w {
			return true
		}
		n := 0
		for n < len(v) && n < len(w) && v[n] == w[n] {
			n++
		}
		return n >= 6 && len(v)-n <= 6 && len(w)-n <= 6
	})
}

func overlap(a, b []string) int {
	n := 0
	for _, w := range a {
		if has(b, w) {
			n++
		}
	}
	return n
}

// fields finds the fields all of whose words were said.
func (p *phrase) fields(e *objEntry, object []string, bonus int) []Hit {
	var out []Hit
	for field := range strings.SplitSeq(e.fields, "\n") {
		words := split(field)
		if len(words) == 0 || overlap(words, p.nouns) < len(words) {
			continue
		}
		all := unique(append(slices.Clone(object), words...))
		score := 55*2*overlap(all, p.nouns)/(len(p.nouns)+len(all)) + bonus
		if score > 0 {
			out = append(out, Hit{Kind: HitField, Name: e.name + "." + field, Score: score, Why: append(slices.Clone(p.why), words...)})
		}
	}
	return out
}
