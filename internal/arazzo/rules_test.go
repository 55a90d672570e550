package arazzo_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/planwright/planwright/internal/arazzo"
	"github.com/planwright/planwright/specs/openapi"
)

// rules judges a document against what Arazzo 1.0.1 demands, and beyond it that everything
// a name refers to exists. It knows the tree only, not how it was made.
type rules struct {
	bad   []string
	specs map[string]any // by source name
	// flows and their steps' outputs, in order.
	flows []map[string]any
}

func (r *rules) say(format string, args ...any) { r.bad = append(r.bad, fmt.Sprintf(format, args...)) }

func obj(v any) map[string]any { m, _ := v.(map[string]any); return m }
func arr(v any) []any          { l, _ := v.([]any); return l }
func str(v any) string         { s, _ := v.(string); return s }

// members demands the required members, and no others but optional ones and extensions.
func (r *rules) members(what string, m map[string]any, required, optional string) {
	for name := range strings.FieldsSeq(required) {
		if m[name] == nil {
			r.say("%s: no %s", what, name)
		}
	}
	known := append(strings.Fields(required), strings.Fields(optional)...)
	for name := range m {
		if !slices.Contains(known, name) && (!strings.HasPrefix(name, "x-") || regexp.MustCompile(`^x-(oai|oas|arazzo)-`).MatchString(name)) {
			r.say("%s: unknown member %s", what, name)
		}
	}
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

func (r *rules) document(doc map[string]any) {
	r.members("document", doc, "arazzo info sourceDescriptions workflows", "components")
	if doc["arazzo"] != "1.0.1" {
		r.say("version %v", doc["arazzo"])
	}
	r.members("info", obj(doc["info"]), "title version", "summary description")
	for _, s := range arr(doc["sourceDescriptions"]) {
		s := obj(s)
		r.members("source", s, "name url", "type")
		if r.specs[str(s["name"])] == nil || !plainName.MatchString(str(s["name"])) || str(s["url"]) != "./"+arazzo.SourceFile(str(s["name"])) {
			r.say("source %v", s)
		}
	}
	ids := map[string]bool{}
	for _, f := range arr(doc["workflows"]) {
		f := obj(f)
		id := str(f["workflowId"])
		if ids[id] || !plainName.MatchString(id) {
			r.say("workflow id %q", id)
		}
		ids[id] = true
		r.flow(f)
		r.flows = append(r.flows, f)
	}
	if len(r.flows) == 0 {
		r.say("no workflow")
	}
}

func (r *rules) flow(f map[string]any) {
	id := str(f["workflowId"])
	r.members(id, f, "workflowId steps", "summary description inputs dependsOn successActions failureActions outputs parameters")
	inputs := obj(f["inputs"])
	for _, name := range arr(inputs["required"]) {
		if obj(inputs["properties"])[str(name)] == nil {
			r.say("%s: input %v is required and not described", id, name)
		}
	}
	for _, on := range arr(f["dependsOn"]) {
		if !slices.ContainsFunc(r.flows, func(g map[string]any) bool { return g["workflowId"] == on }) {
			r.say("%s: depends on %v, which does not come before it", id, on)
		}
	}
	steps := arr(f["steps"])
	if len(steps) == 0 {
		r.say("%s: no steps", id)
	}
	for i, s := range steps {
		for _, t := range steps[:i] {
			if obj(t)["stepId"] == obj(s)["stepId"] {
				r.say("%s: two steps %v", id, obj(s)["stepId"])
			}
		}
		r.step(f, i)
	}
	r.expressions(f, len(steps), "outputs", f["outputs"])
}

func (r *rules) step(f map[string]any, i int) {
	s := obj(arr(f["steps"])[i])
	at := str(f["workflowId"]) + "." + str(s["stepId"])
	r.members(at, s, "stepId operationPath", "description parameters requestBody successCriteria onSuccess onFailure outputs")
	if !plainName.MatchString(str(s["stepId"])) {
		r.say("%s: id", at)
	}
	r.operation(at, s)
	for _, p := range arr(s["parameters"]) {
		r.members(at+" parameter", obj(p), "name in value", "")
	}
	if s["requestBody"] != nil {
		r.members(at+" body", obj(s["requestBody"]), "contentType payload", "replacements")
	}
	r.criteria(at, s["successCriteria"])
	for _, a := range arr(s["onSuccess"]) {
		a := obj(a)
		r.members(at+" action", a, "name type criteria", "stepId")
		r.criteria(at, a["criteria"])
		to := slices.IndexFunc(arr(f["steps"]), func(t any) bool { return obj(t)["stepId"] == a["stepId"] })
		if (a["type"] == "goto") != (to > i) || a["type"] != "goto" && a["type"] != "end" {
			r.say("%s: action %v to %d", at, a, to)
		}
	}
	for name := range obj(s["outputs"]) {
		if !plainName.MatchString(name) {
			r.say("%s: output %q", at, name)
		}
	}
	r.expressions(f, i, at, []any{s["parameters"], s["requestBody"], s["successCriteria"]})
	r.expressions(f, i+1, at, s["onSuccess"])
}

func (r *rules) criteria(at string, v any) {
	for _, c := range arr(v) {
		c := obj(c)
		r.members(at+" criterion", c, "condition", "context type")
		if c["type"] != nil && c["context"] == nil {
			r.say("%s: a criterion with a type needs a context", at)
		}
	}
}

var operationPath = regexp.MustCompile(`^\{\$sourceDescriptions\.([A-Za-z0-9_-]+)\.url\}#(/paths/.*)$`)

// operation demands that the path leads to an operation of the source that takes the
// parameters, and gets those that are in its path.
func (r *rules) operation(at string, s map[string]any) {
	m := operationPath.FindStringSubmatch(str(s["operationPath"]))
	if m == nil {
		r.say("%s: path %v", at, s["operationPath"])
		return
	}
	tokens := strings.Split(m[2], "/")[1:]
	paths := obj(obj(r.specs[m[1]])["paths"])
	item := obj(paths[strings.NewReplacer("~1", "/", "~0", "~").Replace(tokens[1])])
	op := obj(item[tokens[2]])
	if op == nil {
		r.say("%s: %s has no %s", at, m[1], m[2])
		return
	}
	declared := map[string]bool{"header xero-tenant-id": true}
	for _, p := range append(arr(item["parameters"]), arr(op["parameters"])...) {
		p := r.deref(m[1], p)
		declared[str(p["in"])+" "+str(p["name"])] = true
	}
	given := map[string]bool{}
	for _, p := range arr(s["parameters"]) {
		p := obj(p)
		name := str(p["in"]) + " " + str(p["name"])
		given[name] = true
		if !declared[name] {
			r.say("%s: the operation takes no %s", at, name)
		}
	}
	for _, name := range regexp.MustCompile(`\{([^}$]+)\}`).FindAllStringSubmatch(m[2], -1) {
		if !given["path "+name[1]] {
			r.say("%s: %s is not given", at, name[1])
		}
	}
}

func (r *rules) deref(source string, v any) map[string]any {
	p := obj(v)
	ref, ok := strings.CutPrefix(str(p["$ref"]), "#/")
	if !ok {
		return p
	}
	at := r.specs[source]
	for token := range strings.SplitSeq(ref, "/") {
		at = obj(at)[strings.NewReplacer("~1", "/", "~0", "~").Replace(token)]
	}
	return obj(at)
}

var runtimeExpr = regexp.MustCompile(`\$(inputs|steps|workflows|response|statusCode|sourceDescriptions)\b(?:\.([A-Za-z0-9_-]+))?(?:\.outputs\.([A-Za-z0-9_-]+))?`)

// expressions demands that everything a value refers to is there before the step of that number.
func (r *rules) expressions(f map[string]any, before int, at string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, x := range v {
			r.expressions(f, before, at, x)
		}
	case []any:
		for _, x := range v {
			r.expressions(f, before, at, x)
		}
	case string:
		for _, m := range runtimeExpr.FindAllStringSubmatch(v, -1) {
			if !r.known(f, before, m[1], m[2], m[3]) {
				r.say("%s: %s leads nowhere", at, m[0])
			}
		}
	}
}

func (r *rules) known(f map[string]any, before int, kind, name, output string) bool {
	switch kind {
	case "inputs":
		return obj(obj(f["inputs"])["properties"])[name] != nil
	case "steps":
		for _, s := range arr(f["steps"])[:before] {
			if obj(s)["stepId"] == name {
				return obj(obj(s)["outputs"])[output] != nil
			}
		}
		return false
	case "workflows":
		for _, g := range r.flows {
			if g["workflowId"] == name {
				return obj(g["outputs"])[output] != nil && r.follows(f, name)
			}
		}
		return false
	}
	return kind == "response" || kind == "statusCode"
}

func (r *rules) follows(f map[string]any, name string) bool {
	for _, on := range arr(f["dependsOn"]) {
		if on == name {
			return true
		}
		for _, g := range r.flows {
			if g["workflowId"] == on && r.follows(g, name) {
				return true
			}
		}
	}
	return false
}

// described is every source as it stands beside a document.
func described(t testing.TB) map[string]any {
	t.Helper()
	list, err := sources()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	for _, s := range list {
		doc, found := openapi.Load(s.Name, s.Spec, s.Overlay, openapi.Limits{})
		if found.HasErrors() {
			t.Fatal(found)
		}
		var v any
		if err := json.Unmarshal(doc.JSON(), &v); err != nil {
			t.Fatal(err)
		}
		out[s.Name] = v
	}
	return out
}

func judgeDocument(specs map[string]any, text []byte) []string {
	var doc map[string]any
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return []string{err.Error()}
	}
	r := &rules{specs: specs}
	r.document(doc)
	return r.bad
}

// tree reads a document back.
func tree(t testing.TB, d *arazzo.Document) (doc map[string]any) {
	t.Helper()
	if err := yaml.Unmarshal(d.YAML(), &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestRules holds every document to the rules of Arazzo.
func TestRules(t *testing.T) {
	specs := described(t)
	for name := range plans() {
		d := arazzo.Export(read(t, name), openAll(t))
		if bad := judgeDocument(specs, d.YAML()); len(bad) > 0 {
			t.Errorf("%s:\n%s", name, strings.Join(bad, "\n"))
		}
		var fromJSON, fromYAML any
		text, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal(text, &fromJSON); err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal(d.YAML(), &fromYAML); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(fromJSON, fromYAML); diff != "" {
			t.Errorf("%s as JSON and as YAML (-JSON +YAML):\n%s", name, diff)
		}
		if again := arazzo.Export(read(t, name), openAll(t)).YAML(); string(again) != string(d.YAML()) {
			t.Errorf("%s: not the same document twice", name)
		}
	}
}

// TestRulesBite breaks a document in every way the rules know; each must be noticed.
func TestRulesBite(t *testing.T) {
	specs := described(t)
	text := string(arazzo.Export(read(t, "closed-won-to-invoice"), openAll(t)).YAML())
	for what, edit := range map[string][2]string{
		"no version":        {"arazzo: \"1.0.1\"\n", ""},
		"unknown member":    {"info:\n", "information: 1\ninfo:\n"},
		"another source":    {"name: salesforce\n", "name: salesmen\n"},
		"unknown operation": {"~1query/get", "~1queries/get"},
		"unknown parameter": {"- name: where\n", "- name: were\n"},
		"no path parameter": {"value: \"$inputs.opportunity_Id\"", "value: \"$inputs.opportunity_No\""},
		"unknown output":    {"$steps.contact.outputs.ContactID", "$steps.contact.outputs.ContactNo"},
		"later step":        {"$steps.opportunity.outputs.AccountId", "$steps.invoice.outputs.InvoiceID"},
		"unknown goto":      {"stepId: contact\n            criteria", "stepId: nobody\n            criteria"},
		"same step twice":   {"- stepId: contact_create", "- stepId: contact_find"},
		"broken YAML":       {"workflows:", "workflows"},
		"tab":               {"  title:", "\ttitle:"},
	} {
		broken := strings.Replace(text, edit[0], edit[1], 1)
		if broken == text {
			t.Errorf("%s: nothing was broken", what)
		}
		if len(judgeDocument(specs, []byte(broken))) == 0 {
			t.Errorf("%s: not noticed", what)
		}
	}
}
