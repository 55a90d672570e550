package eval

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// headline is one line of figures for one planner.
type headline struct {
	Name  string
	Lines [][2]string
}

// headlines are the figures of every planner, in words; every report shows the same.
func (e *Evidence) headlines() (out []headline) {
	for _, t := range e.Totals {
		if t.Family != "" {
			continue
		}
		h, passed, adverse := headline{Name: t.Planner}, "cases passed", false
		for _, p := range e.Planners {
			if p.Name == t.Planner && p.Origin != Computed {
				h.Name += " (" + string(p.Origin) + ")"
			}
			if p.Name == t.Planner && p.Adverse {
				passed, adverse = "cases without harm", true
			}
		}
		if t.Planner == givenPlan {
			h.Name = "plans that cases bring"
		}
		h.Lines = append(h.Lines, [2]string{passed, Rate{t.Passed, t.N}.String()})
		if t.Drafts > 0 {
			h.Lines = append(h.Lines, [2]string{"drafts that pass the check", Rate{t.Sound, t.Drafts}.String()})
		}
		if t.First > 0 {
			h.Lines = append(h.Lines, [2]string{"of these at the first attempt", Rate{t.First, t.Sound}.String()})
		}
		if t.Unplannable > 0 && !adverse {
			h.Lines = append(h.Lines, [2]string{"asked about or refused, rightly", Rate{t.Withheld, t.Unplannable}.String()})
		}
		if t.Plannable > 0 && !adverse {
			h.Lines = append(h.Lines, [2]string{"asked about or refused, wrongly", Rate{t.Denied, t.Plannable}.String()})
		}
		h.Lines = append(h.Lines, [2]string{"unsafe writes", unsafeRate(t.Unsafe, t.Writes)})
		if t.Cost.Asked > 0 {
			h.Lines = append(h.Lines, [2]string{"requests to the model", fmt.Sprintf("%d, of %d tokens in and %d out", t.Cost.Asked, t.Cost.Input, t.Cost.Output)})
		}
		out = append(out, h)
	}
	return out
}

// unsafeRate prints a count that should be nought with the bound that n allows to claim.
func unsafeRate(k, n int) string {
	if k == 0 && n > 0 {
		_, high := Rate{0, n}.Interval()
		return fmt.Sprintf("0 of %d (95 %%: at most %.1f %%)", n, 100*high)
	}
	return Rate{k, n}.String()
}

// sets are the sets of pairs, with their sum when there are several.
func (e *Evidence) sets() []PairResult {
	if len(e.Pairs) < 2 {
		return e.Pairs
	}
	return append(slices.Clone(e.Pairs), together(e.Pairs))
}

// verdict is the last line of every report.
func (e *Evidence) verdict() string {
	why := e.Failed()
	if n := len(e.failing()); len(why) == 0 && n > 0 {
		return fmt.Sprintf("good: nothing became worse; %d of %d do not pass, as before", n, len(e.Cases))
	}
	if len(why) == 0 {
		return "good"
	}
	return fmt.Sprintf("fails: %s", strings.Join(why, "; "))
}

// Text renders the evidence for a terminal.
func (e *Evidence) Text() string {
	var b strings.Builder
	for _, h := range e.headlines() {
		fmt.Fprintf(&b, "%s\n", h.Name)
		for _, l := range h.Lines {
			fmt.Fprintf(&b, "  %-32s %s\n", l[0], l[1])
		}
	}
	for _, p := range e.sets() {
		fmt.Fprintf(&b, "%s\n", oneLine(p.Set))
		for _, l := range p.lines() {
			fmt.Fprintf(&b, "  %-32s %s\n", l[0], oneLine(l[1]))
		}
	}
	if bad := e.failing(); len(bad) > 0 {
		fmt.Fprintf(&b, "\nnot passed:\n")
		for _, r := range bad {
			fmt.Fprintf(&b, "  %s %s\n", r.Planner, oneLine(r.ID))
			for _, f := range r.Failures {
				fmt.Fprintf(&b, "    %s\n", oneLine(f))
			}
		}
	}
	fmt.Fprintf(&b, "\n%s\n", oneLine(e.verdict()))
	return b.String()
}

func (e *Evidence) failing() (out []Result) {
	for _, r := range e.Cases {
		if !r.Pass {
			out = append(out, r)
		}
	}
	return out
}

// oneLine is text as reports show it: on one line, and nothing in it unseen. A mark that
// turns the direction of text, or has no width, stands there by its number.
func oneLine(s string) string {
	var b strings.Builder
	for _, r := range strings.Join(strings.Fields(s), " ") {
		if unicode.Is(unicode.Cf, r) || unicode.IsControl(r) {
			fmt.Fprintf(&b, "U+%04X", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Markdown renders the evidence as a page that reads well as text, too.
func (e *Evidence) Markdown() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Evaluation\n\nVerdict: %s\n", cell(e.verdict()))
	for _, h := range e.headlines() {
		fmt.Fprintf(&b, "\n## %s\n\n| | |\n| --- | --- |\n", cell(h.Name))
		for _, l := range h.Lines {
			fmt.Fprintf(&b, "| %s | %s |\n", l[0], l[1])
		}
	}
	for _, p := range e.sets() {
		fmt.Fprintf(&b, "\n## Pairs: %s\n\n| | |\n| --- | --- |\n", cell(p.Set))
		for _, l := range p.lines() {
			fmt.Fprintf(&b, "| %s | %s |\n", l[0], cell(l[1]))
		}
	}
	if len(e.Cases) > 0 {
		fmt.Fprintf(&b, "\n## Cases\n\n| case | planner | wanted | got | runs | writes | unsafe | |\n| --- | --- | --- | --- | --- | ---: | ---: | --- |\n")
		for _, r := range e.Cases {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %d | %s |\n", cell(r.ID), cell(r.Planner), joined(r.Want), r.Got, r.states(), r.writes(), len(r.Unsafe), passed(r.Pass))
		}
	}
	if bad := e.failing(); len(bad) > 0 {
		fmt.Fprintf(&b, "\n## Not passed\n")
		for _, r := range bad {
			fmt.Fprintf(&b, "\n### %s, %s\n\n> %s\n\n", cell(r.ID), cell(r.Planner), cell(r.Goal))
			for _, f := range append(append([]string{}, r.Failures...), r.Said...) {
				fmt.Fprintf(&b, "- %s\n", cell(f))
			}
		}
	}
	return b.Bytes()
}

func passed(ok bool) string {
	if ok {
		return "pass"
	}
	return "**FAIL**"
}

// states prints how runs stand, "3 done, 1 held".
func (r Result) states() string {
	if r.Run == nil {
		return ""
	}
	var parts []string
	for _, state := range []string{"done", "held", "refused", "failed", "cancelled", "ready", "running"} {
		if n := r.Run.States[state]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, state))
		}
	}
	return strings.Join(parts, ", ")
}

func (r Result) writes() string {
	if r.Run == nil {
		return ""
	}
	return fmt.Sprint(r.Run.Writes)
}

// cell makes text safe for a table of Markdown: nothing in it is markup.
func cell(s string) string {
	return strings.NewReplacer(
		"\\", `\\`, "|", `\|`, "<", "&lt;", ">", "&gt;", "&", "&amp;", "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "#", `\#`, "!", `\!`,
	).Replace(short(oneLine(s), 400))
}

// The form that build servers read.
type (
	junitSuites struct {
		XMLName xml.Name     `xml:"testsuites"`
		Suites  []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Time    string        `xml:"time,attr"`
		Failure *junitFailure `xml:"failure"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnit renders the evidence as JUnit XML: a suite for each planner, one for the matcher.
func (e *Evidence) JUnit() ([]byte, error) {
	suites := map[string]*junitSuite{}
	var order []string
	add := func(suite string, c junitCase) {
		if suites[suite] == nil {
			suites[suite] = &junitSuite{Name: suite}
			order = append(order, suite)
		}
		s := suites[suite]
		s.Tests++
		if c.Failure != nil {
			s.Failures++
		}
		s.Cases = append(s.Cases, c)
	}
	for _, r := range e.Cases {
		c := junitCase{Class: r.Family, Name: r.ID, Time: fmt.Sprintf("%.3f", float64(e.Durations[r.Planner+" "+r.ID])/1000)}
		if !r.Pass {
			all := strings.Join(r.Failures, "\n")
			first, _, _ := strings.Cut(all, "\n")
			c.Failure = &junitFailure{printable(first), printable(all)}
		}
		add(r.Planner, c)
	}
	for _, p := range e.Pairs {
		c := junitCase{Class: "pairs", Name: p.Set, Time: "0.000"}
		if !p.Pass {
			c.Failure = &junitFailure{fmt.Sprintf("%d proposals break a hard rule", len(p.Broken)), strings.Join(p.Broken, "\n")}
		}
		add("matcher", c)
	}
	out := junitSuites{}
	for _, name := range order {
		out.Suites = append(out.Suites, *suites[name])
	}
	data, err := xml.MarshalIndent(out, "", " ")
	return append([]byte(xml.Header), append(data, '\n')...), err
}

// printable drops what XML cannot hold.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, s)
}
