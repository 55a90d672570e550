package drawing_test

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/planwright/planwright/internal/drawing"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
)

// TestAccessible holds a picture to what a reader needs who does not see it, sees it in the
// dark, or prints it, and to standing alone.
func TestAccessible(t *testing.T) {
	for _, name := range []string{"w1", "full", "decide"} {
		o := outline(t, name)
		svg := string(drawing.SVG(o, drawing.Options{Standalone: true}))
		for _, want := range []string{
			`role="img"`, `aria-labelledby="plan-title plan-desc"`, `<title id="plan-title">Plan ` + o.Name + `</title>`, `<desc id="plan-desc">For each `,
			"color-scheme: light dark", "@media print",
		} {
			if !strings.Contains(svg, want) {
				t.Errorf("%s: %s is not there", name, want)
			}
		}
		desc := svg[strings.Index(svg, "<desc"):strings.Index(svg, "</desc>")]
		for _, s := range o.Steps {
			if !strings.Contains(desc, s.Number+". ") {
				t.Errorf("%s: the description leaves out step %s", name, s.Number)
			}
		}
		if strings.Count(desc, "(writes)") == 0 {
			t.Errorf("%s: the description does not say what writes", name)
		}
		rest := strings.Replace(svg, `xmlns="http://www.w3.org/2000/svg"`, "", 1)
		for _, not := range []string{"http:", "https:", "//", "url(", "@import", "href", "<image", "<use", "<script", "<foreignObject", "style="} {
			if strings.Contains(rest, not) {
				t.Errorf("%s: %s stands in the picture", name, not)
			}
		}
	}
	in := string(drawing.SVG(outline(t, "w1"), drawing.Options{ID: "run"}))
	if !strings.Contains(in, `<title id="run-title">`) || strings.Contains(in, "<style") {
		t.Error("a picture in a page has the ids of another, or a style of its own")
	}
}

// TestBothSchemes holds that every colour has a light and a dark form, and that text stands
// out from what it stands on in both.
func TestBothSchemes(t *testing.T) {
	colours := map[string][2]float64{}
	for _, m := range regexp.MustCompile(`--([a-z0-9-]+): light-dark\(#([0-9a-f]{6}), #([0-9a-f]{6})\);`).FindAllStringSubmatch(drawing.CSS(), -1) {
		colours[m[1]] = [2]float64{luminance(t, m[2]), luminance(t, m[3])}
	}
	rules := drawing.CSS()[strings.Index(drawing.CSS(), "max-width"):]
	if loose := regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b|rgb|hsl`).FindString(rules); loose != "" {
		t.Errorf("a colour without a dark form: %s", loose)
	}
	const text, edge = 4.5, 3.0
	for _, c := range []struct {
		front string
		backs string
		least float64
	}{
		{"ink", "paper card guard write-card", text},
		{"soft", "paper card guard write-card", text},
		{"good", "card write-card", text},
		{"wait", "card guard write-card", text},
		{"bad", "card guard write-card", text},
		{"rail-0", "card", text},
		{"on-rail", "rail-0 rail-1 rail-2 rail-3 rail-4 rail-5 plain-rail", text},
		{"write-mark", "write", text},
		{"write", "paper write-card", edge},
	} {
		for back := range strings.FieldsSeq(c.backs) {
			for i, scheme := range []string{"light", "dark"} {
				a, b := colours[c.front][i], colours[back][i]
				if got := (max(a, b) + 0.05) / (min(a, b) + 0.05); got < c.least {
					t.Errorf("%s on %s in the %s: contrast %.2f, want %.1f", c.front, back, scheme, got, c.least)
				}
			}
		}
	}
}

// luminance is the relative luminance of a colour, as WCAG defines it.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(n) / 255
		if c <= 0.03928 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

// TestUnknownKinds draws steps of a kind this package does not know, and steps without the
// member their kind needs: nothing breaks, and what writes says so.
func TestUnknownKinds(t *testing.T) {
	var steps []check.OutlineStep
	for _, kind := range []plan.Kind{"<later>", plan.Ask, plan.Assert, plan.Wait, plan.Each, plan.Read, plan.Write, plan.Ensure, plan.Lookup} {
		steps = append(steps, check.OutlineStep{ID: plan.StepID(kind), Kind: kind, Number: "1", Title: "Do it", Else: plan.Continue, Message: "m"})
	}
	steps = append(steps, check.OutlineStep{
		ID: "w", Kind: "later", Number: "2", Title: "Change it", Once: &check.Once{Text: "sent once", Key: "K"},
		Assignments: []check.Assignment{{Part: "later", Target: "Field", Source: check.Source{Text: "x"}}},
	})
	o := check.Outline{Steps: steps, Outputs: []check.OutlineOutput{{Name: "<out>", Source: check.Source{Text: "x"}}}}
	inert(t, o)
	p := read(t, drawing.SVG(o, drawing.Options{}))
	if got := len(p.of("writes-word")); got != 3 {
		t.Errorf("%d cards say WRITES, want 3", got)
	}
	for _, want := range []string{"<later>", "Field", "<out>", "What a run gives"} {
		if !strings.Contains(p.all(), want) {
			t.Errorf("the picture does not say %q:\n%s", want, p.all())
		}
	}
	if got := strings.Count(drawing.Mermaid(o), "WRITES"); got != 3 {
		t.Errorf("%d nodes say WRITES, want 3:\n%s", got, drawing.Mermaid(o))
	}
}

// TestAsks holds what a person who is asked is shown to be in the picture.
func TestAsks(t *testing.T) {
	p := read(t, drawing.SVG(outline(t, "decide"), drawing.Options{}))
	for _, want := range []string{"Ask a person, and wait for the answer", "net30, net60", "Which terms does order", "shows", "the order's Total", "terms"} {
		if !strings.Contains(p.all(), want) {
			t.Errorf("the picture does not say %q:\n%s", want, p.all())
		}
	}
	if !strings.Contains(drawing.Mermaid(outline(t, "decide")), "net30, net60") {
		t.Error("the chart does not say the answers")
	}
}
