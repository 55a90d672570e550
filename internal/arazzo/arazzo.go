// Package arazzo writes a checked plan as an Arazzo 1.0.1 document, for tools that read
// those.
//
// Arazzo calls operations in order and hands values on. It has no loop, no computation, no
// trigger and no notion of a write that must not happen twice, so most plans do not fit. The
// rule here is that nothing is lost in silence and nothing happens that the plan would not
// do:
//
//   - What a plan computes becomes an input of the workflow, described by its expression:
//     whoever runs the document brings the value.
//   - A guard becomes a criterion of the call before it; one that Arazzo cannot judge becomes
//     a criterion on an input that says whether it holds. Waits and questions likewise. What
//     runs the document without an answer stops there.
//   - A step under a condition is jumped over by a goto of the call before it.
//   - A repetition becomes a workflow of its own for one element, which nothing calls.
//   - An ensure becomes its look-ups, the creation, and a look-up again, from which later
//     steps take the record.
//
// Everything that was bent or left out is listed in Lost, in the document under
// x-planwright-lost, and at its step.
package arazzo

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
)

// Version is the version of Arazzo that is written.
const Version = "1.0.1"

// Feature names a part of the plan language that Arazzo has no form for.
type Feature string

// The closed list of features.
const (
	Start      Feature = "start"      // the trigger: what starts a run, and that it starts once
	Computed   Feature = "computed"   // an expression
	Mapped     Feature = "mapping"    // an approved table
	Loop       Feature = "loop"       // a repetition
	Once       Feature = "once"       // what keeps a write from happening twice
	Holding    Feature = "hold"       // a run that waits for a person
	Waiting    Feature = "wait"       // a run that waits for a day
	Asking     Feature = "ask"        // a question to a person
	Guarded    Feature = "guard"      // a condition under which the run goes on
	Conditions Feature = "condition"  // a condition of one step
	Found      Feature = "ensure"     // a record that is found or else created
	Bounded    Feature = "limit"      // what must never be exceeded
	Exact      Feature = "decimal"    // exact numbers
	Pages      Feature = "pages"      // lists that come in pages
	Absent     Feature = "absent"     // values that may be absent
	Escaped    Feature = "escaping"   // values inside a query
	Access     Feature = "connection" // addresses, signing in, limits of the vendor
	Other      Feature = "other"      // what this package does not know
)

// Lost is one thing the document does not say as the plan does.
type Lost struct {
	Feature Feature     `json:"feature"`
	Step    plan.StepID `json:"step,omitempty"`
	Pointer string      `json:"pointer,omitempty"` // into the plan
	// Reason says what is lost, Instead what stands there.
	Reason  string `json:"reason"`
	Instead string `json:"instead,omitempty"`
}

// String prints the loss on one line.
func (l Lost) String() string {
	out := string(l.Feature)
	if l.Step != "" {
		out += " at " + string(l.Step)
	}
	out += ": " + l.Reason
	if l.Instead != "" {
		out += "; instead, " + l.Instead
	}
	return out
}

// Document is an Arazzo document.
type Document struct {
	// Lost lists what the document does not say as the plan does; never empty, since no
	// trigger can be said.
	Lost []Lost
	// Sources names the APIs whose descriptions the document refers to, sorted. Each stands
	// beside the document in the file that SourceFile names.
	Sources []string

	tree pairs
}

// SourceFile returns the name of the file that holds the description of an API: its spec
// under its overlay, as JSON.
func SourceFile(api string) string { return api + ".openapi.json" }

// Export writes a checked plan as an Arazzo document. The catalog is the one the plan was
// checked against. The same plan gives the same document, byte for byte.
func Export(c *check.Checked, cat *catalog.Catalog) *Document {
	uses := map[string]map[string]string{}
	export(c, cat, uses) // finds which fields later steps take from which calls
	e := export(c, cat, uses)
	d := &Document{Lost: e.lost, Sources: slices.Sorted(maps.Keys(c.Plan.APIs))}
	d.tree = e.document(d.Sources)
	return d
}

func export(c *check.Checked, cat *catalog.Catalog, uses map[string]map[string]string) *exporter {
	e := &exporter{c: c, cat: cat, p: c.Plan, uses: uses, roots: map[string]root{}, tenants: map[string]bool{}}
	main := e.open(nil, c.Plan.Name, c.Outline().Summary())
	e.trigger(main)
	e.steps(main, "/steps", c.Plan.Steps)
	e.gives(main)
	for _, f := range e.flows {
		e.jumps(f)
	}
	e.general()
	return e
}

// gives makes what a run gives outputs of the main workflow, as far as calls answer it.
func (e *exporter) gives(main *flow) {
	for _, name := range sorted(e.p.Outputs) {
		v, at := e.p.Outputs[name], plan.Join("/outputs", name)
		if out, ok := e.say(main, v.Expr, false); ok && v.Kind == plan.Expression && strings.HasPrefix(out.expr, "$steps.") {
			main.outputs[label(name)] = out.expr
			continue
		}
		e.lose(Lost{Feature: Computed, Pointer: at, Reason: "Arazzo computes nothing: " + bare(v), Instead: "the workflow does not give " + name})
	}
}

// general lists what no single step loses.
func (e *exporter) general() {
	for _, name := range slices.Sorted(maps.Keys(e.p.Limits)) {
		e.lose(Lost{Feature: Bounded, Pointer: "/limits/" + name, Reason: fmt.Sprintf("nothing bounds %s to %d", name, e.p.Limits[name])})
	}
	e.lose(Lost{Feature: Exact, Reason: "numbers are exact in a plan; what runs this document may round them"})
	e.lose(Lost{Feature: Access, Reason: "where each API is reached, how it is signed in to and how fast it may be called", Instead: "what runs this document must know it"})
}

// document puts the parts together.
func (e *exporter) document(sources []string) pairs {
	var described, flows []any
	for _, api := range sources {
		described = append(described, pairs{{"name", api}, {"url", "./" + SourceFile(api)}, {"type", "openapi"}})
	}
	for _, f := range e.flows {
		if len(f.steps) > 0 {
			flows = append(flows, f.tree())
		}
	}
	var lost []any
	for _, l := range e.lost {
		one := pairs{{"feature", string(l.Feature)}}
		one.say("step", string(l.Step))
		one.say("pointer", l.Pointer)
		one.say("reason", l.Reason)
		one.say("instead", l.Instead)
		lost = append(lost, one)
	}
	info := pairs{{"title", e.p.Name}}
	info.say("summary", e.p.Goal)
	info.say("description", "Written by planwright from a plan that Arazzo cannot say in full: x-planwright-lost lists what is missing. Every input that is described by an expression must be computed by what runs this document.")
	info = append(info, pair{"version", string(e.c.Digest)})
	return pairs{
		{"arazzo", Version},
		{"info", info},
		{"sourceDescriptions", described},
		{"workflows", flows},
		{"x-planwright-digest", string(e.c.Digest)},
		{"x-planwright-lost", lost},
	}
}

// YAML prints the document.
func (d *Document) YAML() []byte { return write(d.tree) }

// MarshalJSON returns the document as JSON, in the same order.
func (d *Document) MarshalJSON() ([]byte, error) { return d.tree.MarshalJSON() }
