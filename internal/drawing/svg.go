package drawing

import (
	"bytes"
	_ "embed" // the style sheet
	"fmt"
	"html/template"
	"strings"

	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
)

//go:embed drawing.css
var css string

// CSS is the style sheet that pictures need in a page; a standalone picture has it inside.
// It follows the color-scheme of the page.
func CSS() string { return css }

// State is how far a run is with a step.
type State string

// The closed list of states. A step without one was not reached.
const (
	Done    State = "done"
	Running State = "running"
	Waiting State = "waiting"
	Held    State = "held"
	Refused State = "refused"
	Failed  State = "failed"
	Skipped State = "skipped"
)

// known reports a state of the list; others are not drawn, as a class must not be made of
// anybody's text.
func (s State) known() bool {
	switch s {
	case Done, Running, Waiting, Held, Refused, Failed, Skipped:
		return true
	}
	return false
}

// Options say what a picture is for. The zero value draws a plan for a page.
type Options struct {
	// States marks the steps of a run.
	States map[plan.StepID]State
	// Standalone makes a file of its own: with its style, the plan's name and its summary.
	Standalone bool
	// Brief leaves out where values come from.
	Brief bool
	// ID keeps the picture's ids apart from others of the page; "" is "plan".
	ID string
}

// SVG draws the plan. The same outline and options give the same bytes, and whatever the
// outline holds they are well-formed XML without script or inline style.
func SVG(o check.Outline, opts Options) []byte {
	c := newCanvas(o, opts)
	if opts.Standalone {
		c.head(o)
	}
	c.trigger(o.Trigger)
	c.steps(o.Steps, 0)
	c.outputs(o.Outputs)
	c.settings(o.Settings)
	c.limits(o.Limits)
	p := picture{ID: opts.ID, Width: width, Height: c.y + margin, Title: "Plan " + clean(o.Name), Desc: clean(o.Summary()), Shapes: c.shapes}
	if p.ID == "" {
		p.ID = "plan"
	}
	if opts.Standalone {
		p.Desc += ". " + inOrder(o.Steps)
		p.Style = template.CSS(strings.TrimSpace(css) + "\n.drawing { color-scheme: light dark; }\n")
	}
	var b bytes.Buffer
	if err := page.Execute(&b, p); err != nil {
		panic(fmt.Sprintf("drawing a plan: %v", err)) // unreachable: the template is ours, and a buffer takes everything
	}
	return b.Bytes()
}

// inOrder tells the steps to who cannot see the picture. In a page the same stands beside it
// as a list.
func inOrder(steps []check.OutlineStep) string {
	var b strings.Builder
	for _, s := range steps {
		mark := ""
		if s.Writes() {
			mark = " (writes)"
		}
		if s.When != nil {
			mark += ", only if " + clean(s.When.String())
		}
		fmt.Fprintf(&b, "%s. %s%s. %s", s.Number, clean(s.Title), mark, inOrder(s.Steps))
	}
	return b.String()
}

// picture is what the template prints.
type picture struct {
	ID            string
	Width, Height int
	Title, Desc   string
	Style         template.CSS
	Shapes        []shape
}

// shape is one element: a text, a path or a box.
type shape struct {
	Kind       string // "text", "path" or "rect"
	Class      string // ours, never made of a plan's text
	X, Y, W, H int
	R          int
	Text       string // of a text; the line of a path
}

var page = template.Must(template.New("svg").Parse(`<svg xmlns="http://www.w3.org/2000/svg" class="drawing" viewBox="0 0 {{.Width}} {{.Height}}" width="{{.Width}}" height="{{.Height}}" role="img" aria-labelledby="{{.ID}}-title {{.ID}}-desc">
<title id="{{.ID}}-title">{{.Title}}</title>
<desc id="{{.ID}}-desc">{{.Desc}}</desc>
{{if .Style}}<style>
{{.Style}}</style>
{{end}}{{range .Shapes}}{{if eq .Kind "text"}}<text class="{{.Class}}" x="{{.X}}" y="{{.Y}}">{{.Text}}</text>
{{else if eq .Kind "path"}}<path class="{{.Class}}" d="{{.Text}}"/>
{{else}}<rect class="{{.Class}}" x="{{.X}}" y="{{.Y}}" width="{{.W}}" height="{{.H}}" rx="{{.R}}"/>
{{end}}{{end}}</svg>
`))
