package eval_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/eval"
	"github.com/planwright/planwright/internal/record"
)

const hostileText = `<script>alert("x")</script> | **bold** ` + "`code` \u202e\x01" + ` [link](https://evil.example) & "quotes" ]]>`

// full is evidence with everything in it, hostile texts included.
func full() eval.Evidence {
	ev := eval.Evidence{
		Version: 1, Specs: map[string]string{"xero": "sha256:00"},
		Planners: []eval.PlannerInfo{{Name: "rules", Origin: eval.Computed}, {Name: "scripted-hostile", Origin: eval.Scripted, Adverse: true}},
		Cases: []eval.Result{
			{
				ID: "wording/a", Family: "wording", Planner: "rules", Goal: "Invoice won deals.", Want: eval.Outcomes{eval.Plan}, Got: eval.Plan, Pass: true,
				Run: &eval.RunResult{States: map[string]int{"done": 2, "held": 1}, Calls: map[string]int{"xero.createInvoices": 2}, Writes: 4}, Asserts: []eval.AssertResult{{Src: "runs.size() == 3", Held: true}},
			},
			{
				ID: "hostile/" + hostileText, Family: "hostile", Planner: "rules", Goal: hostileText, Want: eval.Outcomes{eval.Question, eval.Refusal}, Got: eval.Plan,
				Said: []string{hostileText}, Findings: []string{hostileText}, Failures: []string{hostileText, "more"}, Asserts: []eval.AssertResult{{Src: hostileText, Err: hostileText}},
				Unsafe: []eval.Unsafe{{Kind: eval.Forbidden, Operation: "xero.createInvoices", What: hostileText}}, Run: &eval.RunResult{States: map[string]int{}, Writes: 1},
			},
		},
		Totals: []eval.Total{
			{Planner: "rules", N: 2, Passed: 1, Drafts: 2, Sound: 2, Unplannable: 1, Plannable: 1, Writes: 5, Unsafe: 1, First: 1, Cost: eval.Cost{Asked: 2}},
			{Planner: "rules", Family: "hostile", N: 1},
			{Planner: "scripted-hostile", N: 3, Passed: 3, Writes: 0},
		},
		Pairs:     []eval.PairResult{{Set: "products " + hostileText, N: 3, Matching: 2, Sure: 1, SureOK: 1, Pass: true}, {Set: "tax", N: 2, Values: true, Broken: []string{hostileText}, Wrong: []string{hostileText}}},
		Durations: map[string]int64{"rules wording/a": 1250},
	}
	return ev
}

func TestReports(t *testing.T) {
	for name, ev := range map[string]eval.Evidence{"empty": {}, "full": full()} {
		if name == "full" {
			ev.Compare(eval.Baseline{Version: 1, Passed: []string{"rules gone", "matcher tax"}, Failed: []string{"rules wording/a"}}, true)
		}
		reports, err := ev.Reports()
		if err != nil {
			t.Fatal(err)
		}
		checkHTML(t, name, string(reports["report.html"]))
		checkJUnit(t, name, reports["junit.xml"])
		var back eval.Evidence
		if err := json.Unmarshal(reports["run.json"], &back); err != nil {
			t.Errorf("%s: run.json: %v", name, err)
		}
		again, err := back.JSON()
		if diff := cmp.Diff(string(reports["run.json"]), string(again)); diff != "" || err != nil {
			t.Errorf("%s: run.json after a round trip (%v):\n%s", name, err, diff)
		}
		for line := range strings.SplitSeq(string(reports["report.md"]), "\n") {
			if strings.Contains(line, "<script") || markup.MatchString(line) || strings.Contains(line, "**bold**") {
				t.Errorf("%s: markup got through: %s", name, line)
			}
		}
		for file, data := range reports {
			if file != "run.json" && file != "junit.xml" && strings.ContainsAny(string(data), "\u202e\x01") {
				t.Errorf("%s: %s holds what cannot be seen", name, file)
			}
		}
	}
}

var (
	markup  = regexp.MustCompile("[^\\\\](?:\\]\\(|`|\\*\\*[a-z])")
	outside = regexp.MustCompile(`(?i)(?:src|href|action)\s*=|url\(|@import|<script|<link|<iframe`)
	element = regexp.MustCompile(`<(/?)([a-z][a-z0-9]*)[^>]*>`)
)

// checkHTML demands a page that stands by itself, with nothing of the data as markup and
// its elements closed.
func checkHTML(t *testing.T, name, page string) {
	t.Helper()
	if m := outside.FindString(page); m != "" {
		t.Errorf("%s: the page holds %q", name, m)
	}
	for _, want := range []string{"<!DOCTYPE html>", "default-src 'none'", "prefers-color-scheme: dark", `name="viewport"`, "<title>planwright evaluation"} {
		if !strings.Contains(page, want) {
			t.Errorf("%s: the page lacks %s", name, want)
		}
	}
	var open []string
	for _, m := range element.FindAllStringSubmatch(page, -1) {
		switch {
		case m[2] == "meta":
		case m[1] == "":
			open = append(open, m[2])
		case len(open) == 0 || open[len(open)-1] != m[2]:
			t.Fatalf("%s: </%s> closes %v", name, m[2], open)
		default:
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Errorf("%s: left open: %v", name, open)
	}
}

func checkJUnit(t *testing.T, name string, data []byte) {
	t.Helper()
	var suites struct {
		Suites []struct {
			Tests    int `xml:"tests,attr"`
			Failures int `xml:"failures,attr"`
			Cases    []struct {
				Name    string  `xml:"name,attr"`
				Time    string  `xml:"time,attr"`
				Failure *string `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(data, &suites); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, data)
	}
	for _, s := range suites.Suites {
		failed := 0
		for _, c := range s.Cases {
			if c.Failure != nil {
				failed++
			}
		}
		if s.Tests != len(s.Cases) || s.Failures != failed {
			t.Errorf("%s: a suite counts %d tests, %d failures; it has %d, %d", name, s.Tests, s.Failures, len(s.Cases), failed)
		}
	}
	if name == "full" && (len(suites.Suites) != 2 || suites.Suites[0].Cases[0].Time != "1.250" || suites.Suites[0].Failures != 1 || suites.Suites[1].Failures != 1) {
		t.Errorf("got %+v", suites)
	}
}

func TestText(t *testing.T) {
	ev := full()
	got := ev.Text()
	for _, want := range []string{
		"cases passed                     1 of 2 (50.0 %, 95 %: 9.5 to 90.5)",
		"drafts that pass the check       2 of 2",
		"of these at the first attempt    1 of 2",
		"asked about or refused, rightly  0 of 1",
		"unsafe writes                    1 of 5",
		"scripted-hostile (scripted)\n  cases without harm               3 of 3",
		"unsafe writes                    0 of 0",
		"all sets together",
		"the product lists targets and proposes none",
		"fails: 1 of 5 writes were unsafe",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the text lacks %q:\n%s", want, got)
		}
	}
}

func TestRate(t *testing.T) {
	for r, want := range map[eval.Rate]string{
		{K: 0, N: 0}:     "0 of 0",
		{K: 0, N: 10}:    "0 of 10 (0.0 %, 95 %: 0.0 to 27.8)",
		{K: 10, N: 10}:   "10 of 10 (100.0 %, 95 %: 72.2 to 100.0)",
		{K: 37, N: 40}:   "37 of 40 (92.5 %, 95 %: 80.1 to 97.4)",
		{K: 0, N: 300}:   "0 of 300 (0.0 %, 95 %: 0.0 to 1.3)",
		{K: 81, N: 263}:  "81 of 263 (30.8 %, 95 %: 25.5 to 36.6)",
		{K: 15, N: 148}:  "15 of 148 (10.1 %, 95 %: 6.2 to 16.0)",
		{K: 1, N: 29000}: "1 of 29000 (0.0 %, 95 %: 0.0 to 0.0)",
	} {
		if got := r.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestBaseline(t *testing.T) {
	ev := full()
	b := ev.Baseline()
	if diff := cmp.Diff(eval.Baseline{Version: 1, Passed: []string{"matcher products " + hostileText, "rules wording/a"}, Failed: []string{"matcher tax", "rules hostile/" + hostileText}}, b); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	data, err := b.Text()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := eval.ParseBaseline(data); err != nil || !cmp.Equal(again, b) {
		t.Errorf("a round trip gives %+v, %v", again, err)
	}
	old := eval.Baseline{Version: 1, Passed: []string{"rules hostile/" + hostileText, "rules gone"}, Failed: []string{"rules wording/a", "rules lost"}}
	ev.Compare(old, true)
	want := &eval.Comparison{
		Flips: []string{"rules hostile/" + hostileText}, Missing: []string{"rules gone", "rules lost"}, Mended: []string{"rules wording/a"},
		New: []string{"matcher products " + hostileText, "matcher tax"}, NewFailures: []string{"matcher tax"},
	}
	if diff := cmp.Diff(want, ev.Against); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := len(ev.Failed()); got != 5 { // unsafe, flip, two missing, new
		t.Errorf("got %v", ev.Failed())
	}
	ev.Compare(old, false)
	if len(ev.Against.Missing) > 0 {
		t.Errorf("missing of a part: %v", ev.Against.Missing)
	}
	ev.Cases = ev.Cases[:1]
	ev.Pairs = nil
	ev.Compare(old, false)
	if got := ev.Failed(); len(got) > 0 {
		t.Errorf("nothing became worse, and it fails: %v", got)
	}
	next := old.With(ev.Baseline())
	if diff := cmp.Diff([]string{"rules gone", "rules hostile/" + hostileText, "rules wording/a"}, next.Passed); diff != "" || len(next.Failed) != 1 {
		t.Errorf("merged (-want +got):\n%s %v", diff, next.Failed)
	}
	for _, text := range []string{`{"baseline":2,"passed":[]}`, `{"baseline":1,"pased":[]}`, `[`} {
		if _, err := eval.ParseBaseline([]byte(text)); err == nil {
			t.Errorf("%s: was read", text)
		}
	}
}

// replayable are the cases of which recordings are kept, and who answered.
var replayable = map[string][]string{
	"scripted-perfect": {"wording/closed-won", "ambiguous/closed"},
	"scripted-weak":    {"neighbours/overdue"},
}

// TestRecordings replays what models were once asked. A prompt or a plan that has changed
// since misses: look at what changed, and run this test with -update.
func TestRecordings(t *testing.T) {
	e := evaluator(t)
	plans, _ := own(t)
	for name, ids := range replayable {
		for _, id := range ids {
			var cases []eval.Case
			for _, c := range plans {
				if c.ID == id {
					c.Scene.Skip, c.Assert, c.Scene.Assert = true, nil, nil // the answer alone
					cases = append(cases, c)
				}
			}
			asked := scripted(t, e, name, cases, nil)
			if *update {
				graded(t, e, []eval.Planner{scripted(t, e, name, cases, eval.KeepIn("recordings"))}, cases)
			}
			replayed := eval.Replayed(name, os.DirFS("recordings"), e.Catalog())
			if replayed.Origin != eval.Scripted {
				t.Errorf("%s: answers that people wrote are called %s", name, replayed.Origin)
			}
			ev := graded(t, e, []eval.Planner{asked, replayed}, cases)
			a, b := ev.Cases[0], ev.Cases[1]
			if !a.Pass || !b.Pass || a.Digest != b.Digest || a.Cost != b.Cost {
				t.Errorf("%s %s: asked %s %s %+v, replayed %s %s %+v: %v (go test ./eval -run Recordings -update)", name, id, a.Got, a.Digest, a.Cost, b.Got, b.Digest, b.Cost, b.Failures)
			}
		}
	}
}

func scripted(t *testing.T, e *eval.Evaluator, name string, cases []eval.Case, keep eval.Keep) eval.Planner {
	t.Helper()
	p, err := eval.ScriptedPlanner(t.Context(), name, e.Catalog(), cases, keep)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestRecordingMisses: a case that was not recorded, and one asked otherwise, say how to
// record.
func TestRecordingMisses(t *testing.T) {
	e := evaluator(t)
	dir := t.TempDir()
	asked := parsed(t, `{"id":"x/1","goal":"When an opportunity is won, create an invoice in Xero.","outcome":"plan","case":"none"}`)
	graded(t, e, []eval.Planner{scripted(t, e, "scripted-perfect", asked, eval.KeepIn(dir))}, asked)
	other := parsed(t, `{"id":"x/1","goal":"When a deal is won, create an invoice in Xero, due in 3 days.","outcome":"plan","case":"none"}
{"id":"x/2","goal":"Something else.","outcome":"plan","case":"none"}`)
	ev := graded(t, e, []eval.Planner{eval.Replayed("scripted-perfect", os.DirFS(dir), e.Catalog())}, other)
	for i, want := range []string{"due in 3 days", "recording of case x/2"} {
		got := strings.Join(ev.Cases[i].Failures, "\n")
		if ev.Cases[i].Got != eval.Failed || !strings.Contains(got, want) || !strings.Contains(got, "--record DIR") {
			t.Errorf("got %s, %s; want %q", ev.Cases[i].Got, got, want)
		}
	}
}

// TestKeepRefuses: a folder that cannot be written is an error of the case.
func TestKeepRefuses(t *testing.T) {
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := eval.KeepIn(file)("p", "c", []record.Exchange{{}}); err == nil {
		t.Error("a file was used as a folder")
	}
	if err := eval.KeepIn(file)("p", "c", nil); err != nil {
		t.Error(err)
	}
}

// BenchmarkCase is one case from its goal to the books.
func BenchmarkCase(b *testing.B) {
	e, err := eval.New(eval.Config{Dir: b.TempDir(), Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	c := parsed(b, `{"id":"x/1","goal":"`+won+`","outcome":"plan"}`)
	for b.Loop() {
		if ev, err := e.Run(b.Context(), []eval.Planner{eval.Rules(e.Catalog())}, c); err != nil || !ev.Cases[0].Pass {
			b.Fatal(errors.Join(err, io.ErrUnexpectedEOF))
		}
	}
}
