package plan

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/planwright/planwright/internal/diag"
)

// Bounds on what is read. They are far above any plan a person can review.
const (
	maxSize    = 1 << 20 // bytes
	maxDepth   = 64      // of values within values
	maxSteps   = 1000
	maxNodes   = 50_000
	maxPointer = 2000   // bytes of a JSON pointer
	maxKey     = 500    // bytes of a key
	maxLine    = 20_000 // bytes of a line in which places within expressions are known
	maxEach    = 100_000
)

// What errShape asks for, shared with the hints of node.shapeHint.
const (
	wantText  = "text"
	wantMap   = "a map"
	wantSteps = "a list of steps"
)

// Parse reads one plan from YAML or JSON; file names it in findings. Every finding is
// an error: with any, the plan is nil.
func Parse(file string, data []byte) (*Plan, diag.List) {
	r := &reader{
		source: &source{file: file},
		plan:   &Plan{file: file, places: map[string]Place{}, keys: map[string]Place{}, texts: map[string]Place{}},
	}
	if n := r.document(data); n != nil && !r.full {
		r.root(n)
	}
	if len(r.found) > 0 {
		return nil, r.found.Sorted()
	}
	return r.plan, nil
}

func (s *source) document(data []byte) *node {
	switch {
	case len(data) > maxSize:
		s.add(errTooLarge(len(data)), "", Place{1, 1})
		return nil
	case !utf8.Valid(data):
		s.add(errNotText(), "", Place{1, 1})
		return nil
	}
	data = []byte(strings.TrimPrefix(string(data), "\ufeff")) // editors on Windows put it there
	s.lines = strings.Split(string(data), "\n")
	if isJSON(s.file, data) {
		return s.readJSON(data)
	}
	return s.readYAML(data)
}

// reader turns nodes into a plan.
type reader struct {
	*source
	plan  *Plan
	steps int
}

// note remembers where the value at the pointer stands.
func (r *reader) note(pointer string, key Place, n *node) {
	r.plan.places[pointer] = n.at
	if key != (Place{}) {
		r.plan.keys[pointer] = key
	}
}

// fields returns the members of a map whose keys are all known, by key.
func (r *reader) fields(n *node, pointer string, known ...string) map[string]*node {
	if n.kind != mapNode {
		r.add(errShape(wantMap, n), pointer, n.at)
		return nil
	}
	out := map[string]*node{}
	for _, m := range n.members {
		r.note(Join(pointer, m.key), m.at, m.value)
		if !slices.Contains(known, m.key) {
			r.add(errUnknownKey(m.key, known), Join(pointer, m.key), m.at)
			continue
		}
		out[m.key] = m.value
	}
	return out
}

// require reports the keys that are missing from a map.
func (r *reader) require(got map[string]*node, n *node, pointer string, keys ...string) {
	for _, k := range keys {
		if _, ok := got[k]; !ok && got != nil {
			r.add(errMissingKey(k, whyKey(k)), pointer, n.at)
		}
	}
}

// whyKey says what to write for a key that is missing.
func whyKey(key string) string {
	example := ""
	switch key {
	case "planwright":
		return "write planwright: 1 first"
	case "key":
		return "an expression that is the same whenever the same thing happens, such as ${opportunity.Id}: a key runs once, ever"
	case "when":
		return "write when: true to start a run at every change"
	case "max":
		return "the most repetitions one run may make, such as max: 100"
	case "name":
		example = "closed-won-to-invoice"
	case "apis":
		example = `{xero: {spec: "sha256:…"}}; planwright spec list --json prints the digests`
	case "trigger":
		example = "{api: salesforce, kind: change, object: Opportunity, as: opportunity, when: true, key: \"${opportunity.Id}\"}"
	case "steps":
		example = "and under it what is done, in order"
	case "api":
		example = "salesforce"
	case "kind":
		example = "change"
	case "at":
		example = "08:00 mon-fri, or the five fields of cron"
	case "zone":
		example = "Pacific/Auckland, the place whose clock counts"
	case "object":
		example = "Opportunity"
	case "as":
		example = "line, or another name by which expressions call it"
	case "spec":
		example = `"sha256:…"; planwright spec list --json prints it`
	case "from":
		example = "{product: salesforce.Product2}"
	case "to":
		example = "xero.Item"
	case "id":
		example = "lines, or another name by which later steps use it"
	case "find":
		example = "{Name: …}, the fields by which an existing record is known"
	case "create":
		example = "{Name: …}, the record to make when none is found"
	case "with":
		example = "{country: …}, a value for every input of the mapping"
	case "value":
		example = "30, or another constant"
	case "do":
		example = "and under it what one element becomes"
	}
	return "add " + key + ": " + example
}

func (r *reader) root(n *node) {
	r.note("", Place{}, n)
	f := r.fields(n, "", "planwright", "name", "goal", "apis", "trigger", "settings", "mappings", "steps", "limits", "outputs", "notes")
	r.require(f, n, "", "planwright", "name", "apis", "trigger", "steps")
	p := r.plan
	p.Planwright = Version
	if v, ok := f["planwright"]; ok && v.scalar != json.Number(strconv.Itoa(Version)) {
		r.add(errVersion(v.text), "/planwright", v.at)
	}
	p.Name = r.named(f["name"], "/name", "a plan", planName, "use lower-case letters, digits and dashes, at most 64")
	p.Goal = r.text(f["goal"], "/goal")
	r.apis(f["apis"])
	r.trigger(f["trigger"])
	r.settings(f["settings"])
	r.mappings(f["mappings"])
	if s, ok := f["steps"]; ok {
		p.Steps = r.stepList(s, "/steps")
	}
	r.limits(f["limits"])
	r.outputs(f["outputs"])
	r.notes(f["notes"])
}

var (
	planName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$`)
	varName  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,63}$`)
	apiName  = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)
	sha256ID = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
)

const varRule = "begin with a letter, then letters, digits and underscores, at most 64"

// text returns the text of a scalar; nil nodes (absent keys) give "".
func (r *reader) text(n *node, pointer string) string {
	if n == nil {
		return ""
	}
	s, ok := n.scalar.(string)
	if n.kind != scalarNode || !ok {
		r.add(errShape(wantText, n), pointer, n.at)
	}
	return s
}

// filled is the text of a key that is always needed, so that empty text is none.
func (r *reader) filled(n *node, pointer, key string) string {
	s := r.text(n, pointer)
	if n != nil && n.scalar == "" {
		r.add(errMissingKey(key, whyKey(key)), pointer, n.at)
	}
	return s
}

// named is text that must match a pattern.
func (r *reader) named(n *node, pointer, what string, pattern *regexp.Regexp, rule string) string {
	before := len(r.found)
	s := r.text(n, pointer)
	if n != nil && len(r.found) == before && !pattern.MatchString(s) {
		r.add(errName(what, s, rule), pointer, n.at)
	}
	return s
}

func (r *reader) digest(n *node, pointer string) Digest {
	s := r.text(n, pointer)
	if _, text := scalarOf(n).(string); text && !sha256ID.MatchString(s) {
		r.add(errDigest(s), pointer, n.at)
	}
	return Digest(s)
}

func scalarOf(n *node) any {
	if n == nil {
		return nil
	}
	return n.scalar
}

// texts returns a list of distinct texts.
func (r *reader) texts(n *node, pointer string) []string {
	if n == nil {
		return nil
	}
	if n.kind != listNode {
		r.add(errShape("a list of text", n), pointer, n.at)
		return nil
	}
	var out []string
	for i, item := range n.items {
		at := index(pointer, i)
		r.note(at, Place{}, item)
		s := r.text(item, at)
		if slices.Contains(out, s) {
			r.add(errRepeated(s), at, item.at)
		}
		out = append(out, s)
	}
	return out
}

// whole returns a whole number within bounds.
func (r *reader) whole(n *node, pointer, what string, least, most int) int {
	if n == nil {
		return 0
	}
	num, ok := n.scalar.(json.Number)
	i, err := strconv.Atoi(num.String())
	if !ok || err != nil || i < least || i > most {
		r.add(errRange(what, least, most), pointer, n.at)
		return least
	}
	return i
}

// each calls visit for the members of a map of free keys.
func (r *reader) each(n *node, pointer string, visit func(key, pointer string, at Place, v *node)) {
	if n == nil {
		return
	}
	if n.kind != mapNode {
		r.add(errShape(wantMap, n), pointer, n.at)
		return
	}
	for _, m := range n.members {
		at := Join(pointer, m.key)
		r.note(at, m.at, m.value)
		visit(m.key, at, m.at, m.value)
	}
}
