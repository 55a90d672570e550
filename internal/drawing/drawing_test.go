package drawing_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/drawing"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
)

var update = flag.Bool("update", false, "rewrite the goldens in testdata")

// outline reads the outline of a plan that runtime/check keeps as a golden.
func outline(t testing.TB, name string) check.Outline {
	t.Helper()
	data, err := os.ReadFile("../../runtime/check/testdata/" + name + ".outline.json")
	if err != nil {
		t.Fatal(err)
	}
	var o check.Outline
	if err := json.Unmarshal(data, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", file, diff)
	}
}

func TestGoldenPictures(t *testing.T) {
	for _, name := range []string{"w1", "full", "decide"} {
		o := outline(t, name)
		golden(t, "testdata/"+name+".svg", drawing.SVG(o, drawing.Options{Standalone: true}))
		golden(t, "testdata/"+name+".mmd", []byte(drawing.Mermaid(o)))
	}
	golden(t, "testdata/run.svg", drawing.SVG(outline(t, "w1"), drawing.Options{Brief: true, ID: "run", States: map[plan.StepID]drawing.State{
		"has_account": drawing.Done, "account": drawing.Done, "lines": drawing.Done, "has_lines": drawing.Done, "contact": drawing.Done,
		"invoice": drawing.Held, "agrees": "<b>", "nobody": drawing.Done,
	}}))
}

// TestFits reads pictures back and confirms that nothing stands outside
// its card.
func TestFits(t *testing.T) {
	for _, name := range []string{"w1", "full", "decide"} {
		p := read(t, drawing.SVG(outline(t, name), drawing.Options{}))
		for _, x := range p.texts {
			if x.x < 0 || x.x > 800 || x.y < 0 || x.y > p.height {
				t.Errorf("%s: %q stands at %d,%d outside the picture", name, x.text, x.x, x.y)
			}
		}
	}
}

// drawn is what a reader of the XML sees.
type drawn struct {
	height  int
	texts   []drawnText
	names   []string // elements
	classes []string
	attrs   []string
}

type drawnText struct {
	class, text string
	x, y        int
}

// read parses a picture strictly; it must be well-formed.
func read(t testing.TB, svg []byte) drawn {
	t.Helper()
	var d drawn
	dec := xml.NewDecoder(bytes.NewReader(svg))
	dec.Strict = true
	depth := 0
	var text *drawnText
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not well-formed: %v\n%.2000s", err, svg)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			depth++
			d.names = append(d.names, tok.Name.Local)
			text = nil
			if tok.Name.Local == "text" {
				d.texts = append(d.texts, drawnText{})
				text = &d.texts[len(d.texts)-1]
			}
			d.start(t, tok, text)
		case xml.CharData:
			if text != nil {
				text.text += string(tok)
			}
		case xml.EndElement:
			depth--
			text = nil
		case xml.Comment, xml.ProcInst, xml.Directive:
			t.Errorf("a %T in the picture", tok)
		}
	}
	if depth != 0 || len(d.names) == 0 || d.names[0] != "svg" {
		t.Fatalf("not one svg: %v", d.names)
	}
	return d
}

func (d *drawn) start(t testing.TB, e xml.StartElement, text *drawnText) {
	t.Helper()
	for _, a := range e.Attr {
		d.attrs = append(d.attrs, a.Name.Local)
		number := 0
		_, _ = fmt.Sscan(a.Value, &number)
		switch {
		case a.Name.Local == "class":
			d.classes = append(d.classes, strings.Fields(a.Value)...)
			if text != nil {
				text.class = a.Value
			}
		case a.Name.Local == "x" && text != nil:
			text.x = number
		case a.Name.Local == "y" && text != nil:
			text.y = number
		case a.Name.Local == "height" && e.Name.Local == "svg":
			d.height = number
		}
	}
}

func (d drawn) all() string {
	var b strings.Builder
	for _, x := range d.texts {
		b.WriteString(x.text + "\n")
	}
	return b.String()
}

func (d drawn) of(class string) (out []string) {
	for _, x := range d.texts {
		if slices.Contains(strings.Fields(x.class), class) {
			out = append(out, x.text)
		}
	}
	return out
}

// TestSaysWhatMatters holds the picture of the main plan to what its approver must see.
func TestSaysWhatMatters(t *testing.T) {
	o := outline(t, "w1")
	p := read(t, drawing.SVG(o, drawing.Options{}))
	text := p.all()
	for _, want := range []string{
		"Create an invoice in Xero", "Find the contact in Xero, or create it", "Update the opportunity in Salesforce",
		"sent once (key InvoiceNumber: “SF-” followed by the opportunity's Id)", "the opportunity's CloseDate plus 30 days",
		"“the opportunity has no account”", "· Quantity", "product, tax; a value without", "200 invoices a day",
		"50,000 in its own currency for each invoice",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the picture does not say %q:\n%s", want, text)
		}
	}
	if got := len(p.of("writes-word")); got != 3 {
		t.Errorf("WRITES stands %d times, want 3", got)
	}
	if got := p.of("system"); !slices.Contains(got, "Xero") || !slices.Contains(got, "Salesforce") {
		t.Errorf("the systems are not named: %v", got)
	}
	// Every field of every write is there, in full.
	rows := strings.Join(p.of("field"), "\n")
	for _, s := range o.Steps {
		for _, a := range s.Assignments {
			name := a.Target[strings.LastIndexByte(a.Target, '.')+1:]
			if !strings.Contains(strings.ReplaceAll(rows, "\n", ""), name) {
				t.Errorf("%s: the field %s is not drawn", s.ID, a.Target)
			}
		}
	}
}

func TestStates(t *testing.T) {
	p := read(t, drawing.SVG(outline(t, "w1"), drawing.Options{States: map[plan.StepID]drawing.State{
		"account": drawing.Done, "invoice": drawing.Held, "back": `"><script>`, "lines": "odd class",
	}}))
	if diff := cmp.Diff([]string{"done", "held"}, p.of("state-word")); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
	if slices.Contains(p.classes, "odd") {
		t.Error("a state that is not one became a class")
	}
	for s := range strings.SplitSeq("done running waiting held refused failed skipped", " ") {
		svg := string(drawing.SVG(outline(t, "w1"), drawing.Options{States: map[plan.StepID]drawing.State{"account": drawing.State(s)}}))
		if !strings.Contains(svg, ">"+s+"<") {
			t.Errorf("%s is not drawn", s)
		}
	}
}

// TestClassesHaveStyle confirms that every class of the pictures is in the style sheet, and
// the other way round: without its style a picture is black on black.
func TestClassesHaveStyle(t *testing.T) {
	used := map[string]bool{"drawing": true}
	states := map[plan.StepID]drawing.State{
		"customer": drawing.Done, "lines": drawing.Running, "agent_row": drawing.Waiting, "party": drawing.Held,
		"bill": drawing.Refused, "every": drawing.Failed, "extra": drawing.Skipped,
	}
	for _, svg := range [][]byte{
		drawing.SVG(outline(t, "full"), drawing.Options{Standalone: true, States: states}),
		drawing.SVG(manyAPIs(), drawing.Options{}),
	} {
		for _, c := range read(t, svg).classes {
			used[c] = true
		}
	}
	styled := map[string]bool{}
	for _, m := range regexp.MustCompile(`\.([a-z][a-z0-9-]*)[ ,{]`).FindAllStringSubmatch(drawing.CSS(), -1) {
		styled[m[1]] = true
	}
	for c := range used {
		if !styled[c] && c != "state-skipped" && c != "state-word-skipped" {
			t.Errorf("the class %s has no style", c)
		}
	}
	for c := range styled {
		if !used[c] {
			t.Errorf("the style of %s is for nothing", c)
		}
	}
}

func manyAPIs() check.Outline {
	o := check.Outline{Trigger: check.OutlineTrigger{API: "a0", System: "A0"}}
	for i := range 6 {
		o.Steps = append(o.Steps, check.OutlineStep{Kind: plan.Read, API: fmt.Sprint("a", i), System: fmt.Sprint("A", i), ID: plan.StepID(fmt.Sprint("s", i))})
	}
	return o
}

// nasty are names and texts that somebody might use to hide what a plan does, or to break
// out of the picture.
var nasty = []string{
	`<script>alert(1)</script>`, `]]>`, `<!--`, `--><svg onload=alert(1)>`, `&lt;b&gt; &amp; &#0; &nope;`, `"' onmouseover="alert(1)`, "</text></svg>", "</style><x>",
	"pay \u202Enoitcudnoc\u202C now", "zero\u200Bwidth\u200D\uFEFFjoin", "\x00\x01\x1B[31mred\x7F", "\xff\xfe bad utf-8 \xc3", "\uFFFE\uFFFF", "a\u0300\u0301\u0302\u0303\u0304\u0305\u0306b",
	"日本語の請求書と、とても長い名前のための試験です。日本語の請求書と、とても長い名前のための試験です。", "👩‍👩‍👧‍👦 family", "שלום עולם", "line\nbreak\ttab\r\nend", "ᅟㅤ⠀ blank", "E000:\uE000",
	"${expr}", "{{.Title}}", "javascript:alert(1)", "]]&gt;", "#quot; `code` ;\nend\nclick a b",
}

func hostile(s string) check.Outline {
	src := check.Source{Text: s, Words: s}
	long := strings.Repeat(s, 10_000/max(len(s), 1)+1)
	step := check.OutlineStep{
		ID: plan.StepID(s), Number: "1", Kind: plan.Write, Title: s, API: s, System: s, Target: s, Effect: catalog.EffectCreate, Entity: s,
		When: &src, Once: &check.Once{Key: s, Source: &src, Text: s}, Mappings: []string{s, long}, Message: long,
		Assignments: []check.Assignment{{Part: check.PartBody, Target: s, Source: src, Each: s}, {Part: check.PartBody, Target: long, Source: check.Source{Text: long}}},
	}
	guard := check.OutlineStep{ID: "g", Number: "2", Kind: plan.Assert, Title: s, That: &src, Message: s}
	wait := check.OutlineStep{ID: "w", Number: "4", Kind: plan.Wait, Title: s, Until: &src}
	ask := check.OutlineStep{
		ID: "a", Number: "5", Kind: plan.Ask, Title: s, Question: &src, Answers: []string{s, s},
		Assignments: []check.Assignment{{Part: check.PartShow, Target: s, Source: src}},
	}
	loop := check.OutlineStep{ID: "l", Number: "3", Kind: plan.Each, Title: long, Over: &check.Source{Text: long}, As: s, Max: 3, Steps: []check.OutlineStep{step, guard}}
	return check.Outline{
		Name: s, Goal: s, Trigger: check.OutlineTrigger{API: s, System: s, Object: "x." + s, As: s, Title: long, When: src, Key: src},
		Steps: []check.OutlineStep{step, guard, loop, wait, ask}, Limits: []check.OutlineLimit{{Name: s, Most: -1_234_567}},
	}
}

// inert holds a picture of anybody's text to what our own pictures consist of.
func inert(t testing.TB, o check.Outline) {
	t.Helper()
	for _, opts := range []drawing.Options{{}, {Standalone: true}, {Brief: true}} {
		svg := drawing.SVG(o, opts)
		p := read(t, svg)
		for _, n := range p.names {
			if !slices.Contains([]string{"svg", "title", "desc", "style", "text", "path", "rect"}, n) {
				t.Fatalf("an element %s in %.300s", n, svg)
			}
		}
		for _, a := range p.attrs {
			if !slices.Contains([]string{"xmlns", "class", "viewBox", "width", "height", "role", "aria-labelledby", "id", "x", "y", "rx", "d"}, a) {
				t.Fatalf("an attribute %s", a)
			}
		}
		for _, c := range p.classes {
			if !regexp.MustCompile(`^[a-z0-9-]+$`).MatchString(c) {
				t.Fatalf("a class %q", c)
			}
		}
		for _, x := range p.texts {
			if i := strings.IndexAny(x.text, "\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069\u200B\u200C\u200D\u200E\u200F\uFEFF\u2060\n\t\r"); i >= 0 {
				t.Fatalf("hidden in %q", x.text)
			}
		}
		if len(svg) > 60_000 {
			t.Fatalf("a picture of %d bytes for five steps", len(svg))
		}
	}
}

func TestHostileText(t *testing.T) {
	for _, s := range nasty {
		inert(t, hostile(s))
		mermaid := drawing.Mermaid(hostile(s))
		for line := range strings.SplitSeq(mermaid, "\n") {
			if strings.Count(line, `"`)%2 != 0 || strings.ContainsAny(strings.Join(quotedParts(line), ""), "<>`{}[]\\") || len(line) > 4000 {
				t.Errorf("%q gets out of its label: %.200s", s, line)
			}
		}
	}
	seen := read(t, drawing.SVG(hostile("<script>alert(1)</script>"), drawing.Options{})).all()
	if !strings.Contains(seen, "<script>alert(1)</script>") {
		t.Errorf("the name is not shown as it is:\n%.500s", seen)
	}
	if seen := read(t, drawing.SVG(hostile("pay \u202Eyalp\u202C now"), drawing.Options{})).all(); !strings.Contains(seen, "⟨U+202E⟩yalp⟨U+202C⟩") {
		t.Errorf("a turned text is not made visible:\n%.500s", seen)
	}
}

func quotedParts(line string) (out []string) {
	for i, part := range strings.Split(line, `"`) {
		if i%2 == 1 {
			out = append(out, part)
		}
	}
	return out
}

// TestManyFieldsAndDepth draws what no golden has: more fields than a card takes, and
// repetitions inside one another.
func TestManyFieldsAndDepth(t *testing.T) {
	s := check.OutlineStep{Kind: plan.Write, ID: "w", Number: "1", Title: "Create", Once: &check.Once{Text: "sent once", Key: "K"}}
	for i := range 60 {
		s.Assignments = append(s.Assignments, check.Assignment{Part: check.PartBody, Target: fmt.Sprint("Field", i), Source: check.Source{Text: "x"}})
	}
	p := read(t, drawing.SVG(check.Outline{Steps: []check.OutlineStep{s}}, drawing.Options{}))
	if !strings.Contains(p.all(), "and 21 more fields") {
		t.Errorf("what was left out is not said:\n%s", p.all())
	}
	deep := s
	deep.Assignments = nil
	for range 12 {
		deep = check.OutlineStep{Kind: plan.Each, ID: "e", Title: "Repeat", Over: &check.Source{Text: "x"}, Steps: []check.OutlineStep{deep}}
	}
	p = read(t, drawing.SVG(check.Outline{Steps: []check.OutlineStep{deep}}, drawing.Options{}))
	if got := p.of("writes-word"); len(got) != 1 {
		t.Errorf("the write inside is drawn %d times", len(got))
	}
}

func FuzzSVG(f *testing.F) {
	for _, s := range nasty {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { inert(t, hostile(s)) })
}

func BenchmarkSVG(b *testing.B) {
	o := outline(b, "w1")
	for b.Loop() {
		drawing.SVG(o, drawing.Options{})
	}
}

// TestAskCards holds what a picture shows of a step that asks, and of one that goes on
// either way.
func TestAskCards(t *testing.T) {
	question, amount := check.Source{Text: `"Which terms?"`}, check.Source{Text: "order.Total"}
	o := check.Outline{Name: "n", Steps: []check.OutlineStep{
		{
			ID: "terms", Number: "1", Kind: plan.Ask, Title: "Ask a person, and wait for the answer", Question: &question, Answers: []string{"net30", "net60"},
			Assignments: []check.Assignment{{Part: check.PartShow, Target: "Total", Source: amount}},
		},
		{ID: "large", Number: "2", Kind: plan.Assert, Title: "See whether this holds", That: &amount, Else: plan.Continue, Message: "it is large"},
	}}
	seen := read(t, drawing.SVG(o, drawing.Options{})).all()
	for _, want := range []string{"a person", "Which terms?", "net30, net60", "shows", "Total", "order.Total"} {
		if !strings.Contains(seen, want) {
			t.Errorf("the picture does not say %q:\n%s", want, seen)
		}
	}
	if strings.Contains(seen, "it is large") {
		t.Error("a check that goes on either way says what it does when it fails")
	}
	if m := drawing.Mermaid(o); !strings.Contains(m, "(net30, net60") && !strings.Contains(m, "net30, net60") {
		t.Errorf("the chart does not say the answers:\n%s", m)
	}
}
