package loop

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/plan"
)

// maxNesting is how deep an answer may be nested. A plan is at most half as deep.
const maxNesting = 200

// composed is an answer that was read: the plan it holds as the tree of the plan's own
// JSON, or what it says instead.
type composed struct {
	outcome   string
	tree      map[string]any // what plan.Parse reads; nil unless the outcome is a plan
	questions []wireQuestion
	reasons   []wireReason
	remarks   []string

	found diag.List
	// where tells, for a pointer into the plan, where the answer says it.
	where map[string]string
}

// parse gives the tree to the plan's own parser, the only judge of form.
func (c *composed) parse() (*plan.Plan, diag.List) {
	if c.found.HasErrors() || c.tree == nil {
		return nil, c.found
	}
	data, err := marshal(c.tree)
	if err != nil {
		return nil, diag.List{errForm("", "this cannot be written as JSON")}
	}
	return plan.Parse("", data)
}

// at returns where the answer says what stands at a pointer into the plan: at the place
// itself, or at the nearest around it.
func (c *composed) at(pointer string) string {
	for {
		if w, ok := c.where[pointer]; ok {
			return w
		}
		if pointer == "" {
			return "/plan"
		}
		pointer = pointer[:strings.LastIndexByte(pointer, '/')]
	}
}

// node is a part of an answer with its place.
type node struct {
	v  any
	at string
}

// composer turns the wire form into the plan's JSON. It judges form alone, and as little
// of it as it needs: the rest is the plan parser's.
type composer struct {
	*composed
}

// compose reads an answer. The goal and the digests are put in here, whatever the answer
// says; pin gives them for the APIs the program knows.
func compose(data []byte, goal string, pin func(api string) (plan.APIRef, bool)) *composed {
	c := composer{&composed{where: map[string]string{}}}
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil || dec.More() {
		c.add(errForm("", "this is not one JSON object"))
		return c.composed
	}
	if tooDeep(v, maxNesting) {
		c.add(errForm("", "values are nested too deep"))
		return c.composed
	}
	c.root(node{v: v}, goal, pin)
	c.found = c.found.Sorted()
	return c.composed
}

func tooDeep(v any, left int) bool {
	if left == 0 {
		return true
	}
	switch v := v.(type) {
	case map[string]any:
		for _, inner := range v {
			if tooDeep(inner, left-1) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, func(inner any) bool { return tooDeep(inner, left-1) })
	}
	return false
}

func (c *composer) add(d diag.Diagnostic) { c.found = append(c.found, d) }

func (c *composer) root(n node, goal string, pin func(string) (plan.APIRef, bool)) {
	f := c.object(n, "outcome", "plan", "questions", "reasons", "remarks")
	c.outcome = c.text(f["outcome"])
	c.remarks = c.texts(f["remarks"])
	for _, q := range c.list(f["questions"]) {
		m := c.object(q, "about", "text", "choices")
		c.questions = append(c.questions, wireQuestion{About: c.texts(m["about"]), Text: c.text(m["text"]), Choices: c.texts(m["choices"])})
	}
	for _, r := range c.list(f["reasons"]) {
		m := c.object(r, "about", "text")
		c.reasons = append(c.reasons, wireReason{About: c.texts(m["about"]), Text: c.text(m["text"])})
	}
	has := map[string]bool{outcomePlan: f["plan"].v != nil, outcomeQuestions: len(c.questions) > 0, outcomeRefusal: len(c.reasons) > 0}
	for _, outcome := range []string{outcomePlan, outcomeQuestions, outcomeRefusal} {
		if has[outcome] != (c.outcome == outcome) {
			c.add(errForm(f["outcome"].at, "the outcome says "+strconv.Quote(clip(c.outcome))+", and exactly what belongs to it must be there"))
			return
		}
	}
	if c.outcome != outcomePlan {
		return
	}
	c.tree = c.plan(f["plan"])
	c.tree["goal"] = goal
	c.pin(pin)
}

// pin names the APIs that the plan speaks of, with their digests as the program knows
// them. One that it does not know is left out: the check says so where it is used.
func (c *composer) pin(pin func(string) (plan.APIRef, bool)) {
	apis := map[string]any{}
	c.tree["apis"] = apis
	visit := func(api string) {
		ref, ok := pin(api)
		if !ok {
			return
		}
		one := map[string]any{"spec": string(ref.Spec)}
		if ref.Overlay != "" {
			one["overlay"] = string(ref.Overlay)
		}
		apis[api] = one
	}
	trigger, _ := c.tree["trigger"].(map[string]any)
	api, _ := trigger["api"].(string)
	visit(api)
	walk(c.tree, func(key string, v any) {
		if name, ok := v.(string); ok && slices.Contains([]string{"read", "write", "ensure", "to"}, key) {
			api, _, _ := strings.Cut(name, ".")
			visit(api)
		}
	})
	mappings, _ := c.tree["mappings"].(map[string]any)
	for _, m := range mappings {
		one, _ := m.(map[string]any)
		from, _ := one["from"].(map[string]any)
		for _, t := range from {
			name, _ := t.(string)
			api, _, _ := strings.Cut(name, ".")
			visit(api)
		}
	}
}

// walk visits the members of the steps and mappings of a plan's tree, not their values.
func walk(tree map[string]any, visit func(key string, v any)) {
	steps, _ := tree["steps"].([]any)
	mappings, _ := tree["mappings"].(map[string]any)
	for _, m := range mappings {
		steps = append(steps, m)
	}
	for _, s := range steps {
		one, _ := s.(map[string]any)
		for key, v := range one {
			visit(key, v)
		}
		if inner, ok := one["steps"]; ok {
			walk(map[string]any{"steps": inner}, visit)
		}
	}
}

func (c *composer) plan(n node) map[string]any {
	f := c.object(n, "name", "trigger", "settings", "mappings", "steps", "limits", "outputs", "notes")
	out := map[string]any{"planwright": plan.Version, "name": c.text(f["name"])}
	c.where["/name"], c.where["/trigger"], c.where["/mappings"], c.where["/limits"], c.where["/outputs"] = f["name"].at, f["trigger"].at, f["mappings"].at, f["limits"].at, f["outputs"].at
	out["trigger"] = c.trigger(f["trigger"])
	if m := c.named(f["settings"], "/settings", c.setting, "name", "value", "allowed"); len(m) > 0 {
		out["settings"] = m
	}
	if m := c.named(f["mappings"], "/mappings", c.mapping, "name", "from", "to", "with"); len(m) > 0 {
		out["mappings"] = m
	}
	ids := stepIDs{}
	out["steps"] = c.steps(f["steps"], "/steps", ids)
	limit := func(f map[string]node, at string) any { return c.whole(f["most"]) }
	if m := c.named(f["limits"], "/limits", limit, "name", "most"); len(m) > 0 {
		out["limits"] = m
	}
	output := func(f map[string]node, at string) any { return c.expression(f["expression"], at) }
	if m := c.named(f["outputs"], "/outputs", output, "name", "expression"); len(m) > 0 {
		out["outputs"] = m
	}
	notes := map[string]any{}
	for _, one := range c.list(f["notes"]) {
		m := c.object(one, "at", "text")
		notes[ids.pointer(c.text(m["at"]))] = c.text(m["text"])
	}
	if len(notes) > 0 {
		out["notes"] = notes
	}
	return out
}

// trigger is what starts the plan: a change, or the clock of a place.
func (c *composer) trigger(n node) map[string]any {
	texts, values := []string{"api", "kind", "object", "as"}, []string{"when", "key"}
	if c.kind(n) == plan.OnSchedule {
		texts, values = []string{"kind", "at", "zone", "as"}, nil
	}
	f := c.object(n, slices.Concat(texts, values)...)
	out := map[string]any{}
	for _, name := range texts {
		out[name] = c.text(f[name])
	}
	for _, name := range values {
		out[name] = c.value(f[name], "/trigger/"+name)
	}
	return out
}

// setting is a named constant, with what may be chosen for it if that is a closed list.
func (c *composer) setting(f map[string]node, at string) any {
	value := c.value(f["value"], at)
	allowed := []any{}
	for i, item := range c.list(f["allowed"]) {
		allowed = append(allowed, c.value(item, at+"/allowed/"+strconv.Itoa(i)))
	}
	if len(allowed) == 0 {
		return value
	}
	return map[string]any{"value": value, "allowed": allowed}
}

func (c *composer) mapping(f map[string]node, at string) any {
	kind := func(f map[string]node, _ string) any { return c.text(f["type"]) }
	out := map[string]any{"from": c.named(f["from"], at+"/from", kind, "name", "type"), "to": c.text(f["to"])}
	if with := c.texts(f["with"]); len(with) > 0 {
		out["with"] = with
	}
	return out
}

// stepIDs are the pointers of steps by their id; the first of a name counts.
type stepIDs map[string]string

// pointer is a place in the plan, where steps were named by their ids.
func (ids stepIDs) pointer(at string) string {
	parts := strings.Split(at, "/")
	for i := len(parts) - 1; i > 1; i-- {
		if parts[i-1] != "steps" {
			continue
		}
		if p, ok := ids[parts[i]]; ok {
			return strings.Join(append([]string{p}, parts[i+1:]...), "/")
		}
	}
	return at
}

func (c *composer) steps(n node, at string, ids stepIDs) []any {
	c.where[at] = n.at
	out := []any{}
	for i, item := range c.list(n) {
		out = append(out, c.step(item, at+"/"+strconv.Itoa(i), ids))
	}
	return out
}

// wants are the members of each kind of step, beside kind, id and when.
func wants(k plan.Kind) []string {
	switch k {
	case plan.Read:
		return []string{"operation", "with", "query"}
	case plan.Ensure:
		return []string{"object", "find", "create", "repeat"}
	case plan.Write:
		return []string{"operation", "with", "key", "body", "repeat"}
	case plan.Lookup:
		return []string{"mapping", "with"}
	case plan.Each:
		return []string{"over", "as", "max", "steps"}
	case plan.Assert:
		return []string{"that", "else", "message"}
	case plan.Wait:
		return []string{"until"}
	case plan.Ask:
		return []string{"question", "show", "answers"}
	}
	return nil
}

func (c *composer) step(n node, at string, ids stepIDs) map[string]any {
	c.where[at] = n.at
	kind := plan.Kind(c.kind(n))
	keys := wants(kind)
	if keys == nil {
		c.add(errForm(n.at+"/kind", "a step is one of read, ensure, write, lookup, each, assert, wait and ask"))
		return nil
	}
	f := c.object(n, append([]string{"kind", "id", "when"}, keys...)...)
	id := c.text(f["id"])
	if _, taken := ids[id]; !taken {
		ids[id] = at
	}
	out := map[string]any{"id": id}
	for _, key := range keys {
		c.where[at+"/"+key] = f[key].at
	}
	c.where[at+"/"+string(kind)] = f[keys[0]].at
	c.put(out, "when", c.optional(f["when"], at+"/when"))
	c.stepParts(out, kind, f, at, ids)
	return out
}

// put adds a member unless it says nothing.
func (c *composer) put(out map[string]any, key string, v any) {
	switch v := v.(type) {
	case nil:
		return
	case map[string]any:
		if len(v) == 0 && key != "body" && key != "create" {
			return
		}
	case []string:
		if len(v) == 0 {
			return
		}
	case string:
		if v == "" {
			return
		}
	}
	out[key] = v
}

func (c *composer) stepParts(out map[string]any, kind plan.Kind, f map[string]node, at string, ids stepIDs) {
	switch kind {
	case plan.Read, plan.Write:
		out[string(kind)] = c.text(f["operation"])
	case plan.Ensure:
		out[string(kind)] = c.text(f["object"])
	case plan.Lookup:
		out[string(kind)] = c.text(f["mapping"])
	case plan.Each:
		out["each"] = c.expression(f["over"], at+"/each")
		out["as"], out["max"] = c.text(f["as"]), c.whole(f["max"])
		out["steps"] = c.steps(f["steps"], at+"/steps", ids)
	case plan.Assert:
		out["assert"] = c.value(f["that"], at+"/assert")
		c.put(out, "else", c.text(f["else"]))
		c.put(out, "message", c.text(f["message"]))
	case plan.Wait:
		out["wait"] = c.expression(f["until"], at+"/wait")
	case plan.Ask:
		out["ask"] = c.value(f["question"], at+"/ask")
		c.put(out, "show", c.members(f["show"], at+"/show"))
		c.put(out, "answers", c.texts(f["answers"]))
	}
	if n := f["repeat"]; n.v != nil {
		out["repeat"] = c.text(n)
	}
	for _, key := range []string{"with", "key"} {
		if n, ok := f[key]; ok {
			c.put(out, key, c.members(n, at+"/"+key))
		}
	}
	if n := f["query"]; n.v != nil {
		q := c.object(n, "select", "from", "where", "or", "order")
		c.where[at+"/select"], c.where[at+"/from"], c.where[at+"/order"] = q["select"].at, q["from"].at, q["order"].at
		c.put(out, "select", c.texts(q["select"]))
		c.put(out, "from", c.text(q["from"]))
		c.put(out, "where", c.whereOf(q["where"], q["or"], at+"/where"))
		c.put(out, "order", c.texts(q["order"]))
	}
	if kind == plan.Ensure {
		ways := []any{}
		for i, way := range c.list(f["find"]) {
			m := c.object(way, "fields")
			ways = append(ways, c.members(m["fields"], at+"/find/"+strconv.Itoa(i)))
		}
		out["find"] = ways
		c.put(out, "create", c.optional(f["create"], at+"/create"))
	}
	if kind == plan.Write {
		c.put(out, "body", c.optional(f["body"], at+"/body"))
	}
}

// whereOf is the first way in which a record may match, or the list of all of them.
func (c *composer) whereOf(first, others node, at string) any {
	list := c.list(others)
	if len(list) == 0 {
		return c.members(first, at)
	}
	c.where[at] = first.at
	ways := []any{c.members(first, at+"/0")}
	for i, way := range list {
		m := c.object(way, "fields")
		ways = append(ways, c.members(m["fields"], at+"/"+strconv.Itoa(i+1)))
	}
	return ways
}

func (c *composer) optional(n node, at string) any {
	if n.v == nil {
		return nil
	}
	return c.value(n, at)
}
