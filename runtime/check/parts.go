package check

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/expr"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// apis compares the digests the plan pins with those of the catalog.
func (c *checker) apis() {
	for _, name := range sortedKeys(c.p.APIs) {
		at := "/apis/" + name
		api, ok := c.cat.API(name)
		if !ok {
			c.atKey(at, errUnknownAPI(name, c.apiNames()))
			continue
		}
		ref := c.p.APIs[name]
		if string(ref.Spec) != api.SpecDigest {
			c.at(at+"/spec", errStaleSpec(name, api.SpecDigest))
		}
		if string(ref.Overlay) != api.OverlayDigest {
			c.at(at+"/overlay", errStaleOverlay(name, api.OverlayDigest))
		}
	}
}

func (c *checker) apiNames() []string {
	var names []string
	for _, a := range c.cat.APIs() {
		names = append(names, a.Name)
	}
	return names
}

// api returns an API that the plan uses at the pointer, and reports one it may not use.
func (c *checker) api(name, pointer string) *catalog.API {
	again := c.usedAPIs[name]
	c.usedAPIs[name] = true
	api, ok := c.cat.API(name)
	if !ok {
		if _, pinned := c.p.APIs[name]; !pinned { // else it was reported under apis
			c.at(pointer, errUnknownAPI(name, c.apiNames()))
		}
		return nil
	}
	if _, pinned := c.p.APIs[name]; !pinned && !again {
		c.at(pointer, errUndeclaredAPI(name, api))
	}
	return api
}

// object returns the object of that full name, and reports one that does not exist.
func (c *checker) object(name, pointer string) *schema.Object {
	api := c.api(apiOf(name), pointer)
	if api == nil {
		return nil
	}
	o, ok := c.cat.Object(name)
	if !ok {
		c.at(pointer, errUnknownObject(name, c.cat.Objects(api.Name)))
		return nil
	}
	return o
}

// trigger judges the trigger and returns the scope of the first step.
func (c *checker) trigger(sc *scope) *scope {
	t := c.p.Trigger
	if t.Kind == plan.OnSchedule {
		return c.scheduleTrigger(sc)
	}
	c.broken[t.As] = true // until it is known what it is
	api := c.api(t.API, "/trigger/api")
	if api == nil {
		return sc
	}
	name := t.API + "." + t.Object
	o, ok := c.cat.Object(name)
	if !ok {
		var known []string
		for _, full := range c.cat.Objects(t.API) {
			known = append(known, short(full))
		}
		c.at("/trigger/object", errUnknownObject(t.Object, known))
		return sc
	}
	if t.Kind == plan.OnDelete {
		return c.deleteTrigger(sc, api, o)
	}
	change, sees := api.Changes[t.Object]
	entity, _ := c.cat.Entity(name)
	switch {
	case !sees:
		c.at("/trigger/object", errNoTrigger(name, "the overlay does not say how", sortedKeys(api.Changes)))
		return sc // it will be another object
	case entity.Get == "":
		c.at("/trigger/object", errNoTrigger(name, "no operation reads one record", sortedKeys(api.Changes)))
		return sc
	default:
		c.touch(api, change.Operation, triggerStep, 0)
		c.touch(api, entity.Get, triggerStep, 1)
	}
	c.read(name, o.Key, change.Field, change.Order)
	return c.started(sc, name)
}

// started judges the trigger's condition and key over the object that it gives.
func (c *checker) started(sc *scope, object string) *scope {
	t := c.p.Trigger
	delete(c.broken, t.As)
	sc = sc.with(t.As, schema.ObjectOf(object))
	if when := c.condition(sc, "/trigger/when", t.When); when != nil {
		sc.env = sc.env.Promise(when.Promises()...)
	} else {
		sc.env = sc.env.Promise(meantPromises(t.When.Expr)...)
	}
	c.triggerKey(sc, t.Key)
	return sc
}

var hasText = regexp.MustCompile(`(!\s*)?\bhas\(\s*([A-Za-z_][A-Za-z0-9_.]*)\s*\)`)

// meantPromises gives what a condition that cannot be read was probably meant to promise, so
// that its mistake is not reported again at every use of those fields.
func meantPromises(text string) []string {
	var out []string
	for _, m := range hasText.FindAllStringSubmatch(textLiteral.ReplaceAllString(text, `""`), -1) {
		if m[1] == "" {
			out = append(out, m[2])
		}
	}
	return out
}

func (c *checker) triggerKey(sc *scope, v plan.Value) {
	const at = "/trigger/key"
	if v.Kind != plan.Expression {
		c.at(at, errConstantKey())
		return
	}
	prog := c.compile(sc, at, v.Expr)
	if prog == nil {
		return
	}
	switch t := prog.Type(); {
	case t.Optional || t.Kind != schema.String:
		c.at(at, errNotKey(exprWords(t)))
	case constant(prog):
		c.at(at, errConstantKey())
	case prog.Cuts():
		c.at(at, errKeyCut())
	}
}

// condition compiles a when or an assert, which must be true or false; nil after a finding.
func (c *checker) condition(sc *scope, pointer string, v plan.Value) *expr.Program {
	text := v.Expr
	if v.Kind == plan.Literal {
		b, ok := v.Literal.(bool)
		if !ok {
			c.at(pointer, errNotCondition(literalWords(v.Literal), v))
			return nil
		}
		text = map[bool]string{true: "true", false: "false"}[b]
	}
	prog := c.compile(sc, pointer, text)
	if prog == nil {
		return nil
	}
	if t := prog.Type(); t.Optional || t.Kind != schema.Bool {
		c.at(pointer, errNotCondition(exprWords(t), v))
		return nil
	}
	return prog
}

// limits judges the names of limits: those for everything the plan creates. As long as some
// step calls the wrong operation, or was not judged, nothing can be said of them.
func (c *checker) limits() {
	unsure := slices.ContainsFunc(c.found, aboutOperation)
	c.p.All(func(_ string, s *plan.Step) {
		unsure = unsure || (s.Kind == plan.Write || s.Kind == plan.Ensure) && c.steps[s.ID].Operation == nil
	})
	if unsure {
		return
	}
	known := limitNames(c.touches)
	for _, name := range sortedKeys(c.p.Limits) {
		if !slices.Contains(known, name) {
			c.atKey(plan.Join("/limits", name), errUnknownLimit(name, known))
		}
	}
}

// aboutOperation recognises findings after which a step will call another operation.
func aboutOperation(d diag.Diagnostic) bool {
	return d.Code == "write-as-read" || d.Code == "read-as-write" || d.Code == "unsafe-write"
}

// notes judges that every note explains something that is there.
func (c *checker) notes() {
	if len(c.p.Notes) == 0 {
		return
	}
	var tree any
	if err := json.Unmarshal(c.p.Canonical(), &tree); err != nil {
		panic(err) // unreachable: the canonical form is JSON
	}
	for _, pointer := range sortedKeys(c.p.Notes) {
		if !resolves(tree, pointer) {
			c.atKey(plan.Join("/notes", pointer), errUnknownNote(pointer))
		}
	}
}

// resolves reports whether the pointer leads to something in the tree.
func resolves(tree any, pointer string) bool {
	if !strings.HasPrefix(pointer, "/") {
		return pointer == ""
	}
	for token := range strings.SplitSeq(pointer[1:], "/") {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		switch v := tree.(type) {
		case map[string]any:
			next, ok := v[token]
			if !ok {
				return false
			}
			tree = next
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(v) {
				return false
			}
			tree = v[i]
		default:
			return false
		}
	}
	return true
}

// unused warns of what the plan declares or reads for nothing.
func (c *checker) unused(idle map[string]plan.Kind) {
	used := map[string]bool{}
	c.p.Walk(func(pointer string, v plan.Value) {
		for _, name := range slices.Concat(c.vars(pointer, v), calls(v.Expr)) {
			used[name] = true
		}
	})
	c.p.All(func(_ string, s *plan.Step) {
		if s.Kind == plan.Lookup {
			used[s.Target] = true
		}
	})
	for _, name := range sortedKeys(c.p.APIs) {
		if _, known := c.cat.API(name); known && !c.usedAPIs[name] {
			c.atKey("/apis/"+name, errUnusedAPI(name))
		}
	}
	c.unusedSettings()
	for _, name := range sortedKeys(c.p.Mappings) {
		if !used[name] {
			c.atKey("/mappings/"+name, errUnusedMapping(name))
		}
	}
	c.p.All(func(at string, s *plan.Step) {
		if kind, ok := idle[string(s.ID)]; ok && !used[string(s.ID)] && !c.broken[string(s.ID)] {
			c.at(at, errUnusedStep(s.ID, kind))
		}
	})
}
