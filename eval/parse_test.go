package eval_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/eval"
	"github.com/planwright/planwright/plans"
	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
)

// badLines are cases that are refused: how the finding begins, and a part of its message.
var badLines = []struct{ lines, at, want string }{
	{``, "s:1:1: error case-invalid", "holds no case"},
	{"\n\n", "s:1:1: error case-invalid", "holds no case"},
	{`{`, "s:1:2: error case-syntax", "ends too early"},
	{"{\"id\":\"a\",\"outcome\":\"plan\"}\nnot json", "s:2:1: error case-syntax", "invalid character"},
	{`{"id":"a","outcome":"plan"} {}`, "s:1:28: error case-syntax", "text after the value"},
	{`{"id":"a","outcome":"plan","goall":"x"}`, "s:1:28: error case-unknown-member", `no member "goall"`},
	{`{"id":"a","outcome":"plan","case":{"evnts":[]}}`, "s:1:36: error case-unknown-member", `no member "evnts"`},
	{`{"id":"a","outcome":"plan","case":{"events":[{"win":1,"wun":2}]}}`, "s:1:55: error case-unknown-member", `no member "wun"`},
	{`{"id":"a","id":"b","outcome":"plan"}`, "s:1:15: error case-syntax", `member "id" is there twice`},
	{`{"id":7,"outcome":"plan"}`, "s:1:8: error case-syntax", `member "id" cannot be a number`},
	{`{"outcome":"plan"}`, "s:1:1: error case-invalid", "has no id"},
	{`{"id":"a"}`, "s:1:1: error case-invalid", "has no outcome"},
	{`{"id":"a","outcome":"perhaps"}`, "s:1:", `"perhaps" is none of plan, question, refusal`},
	{`{"id":"a","outcome":["plan",3]}`, "s:1:", "cannot"},
	{"{\"id\":\"a\",\"outcome\":\"plan\"}\n{\"id\":\"a\",\"outcome\":\"plan\"}", "s:2:1: error case-invalid", "also on line 1"},
	{`{"id":"a","outcome":"plan","case":"nowhere"}`, "s:1:1: error case-invalid", `no scene "nowhere"`},
	{`{"id":"a","outcome":"plan","reference":"w9"}`, "s:1:1: error case-invalid", `no reference plan "w9"`},
	{`{"id":"a","given":true}`, "s:1:1: error case-invalid", "no reference plan"},
	{`{"id":"a","outcome":"plan","assert":["xero.Invoices.size() ="]}`, "s:1:1: error case-invalid", "assertion: column"},
	{`{"id":"a","outcome":"plan","assert":["books.Invoices.size() == 1"]}`, "s:1:1: error case-invalid", "undeclared reference"},
	{`{"id":"a","outcome":"plan","case":{"events":[{"win":1,"run":true}]}}`, "s:1:1: error case-invalid", "event 1: it says 2 things"},
	{`{"id":"a","outcome":"plan","case":{"events":[{}]}}`, "s:1:1: error case-invalid", "event 1: it says 0 things"},
	{`{"id":"a","outcome":"plan","case":{"events":[{"faults":[{"operation":"x","kind":"odd"}]}]}}`, "s:1:1: error case-invalid", "event 1"},
	{`{"id":"a","outcome":"plan","case":{"faults":[{"operation":"x","kind":"odd"}]}}`, "s:1:1: error case-invalid", "odd"},
	{`{"id":"a","outcome":"plan","case":{"kills":[{"at":"lunch","nth":1}]}}`, "s:1:1: error case-invalid", "no such point"},
	{`{"id":"a","outcome":"plan","case":{"kills":[{"at":"after-send","nth":0}]}}`, "s:1:1: error case-invalid", "no such point"},
	{`{"id":"a","outcome":"plan","case":{"decide":"dice"}}`, "s:1:1: error case-invalid", "neither person nor nobody"},
	{`{"id":"a","outcome":"plan","case":{"world":"mars"}}`, "s:1:", `neither "demo"`},
	{`{"id":"a","outcome":"plan","case":{"world":{"start":"2026-11-01T20:00:00Z","mars":{}}}}`, "s:1:", "mars"},
	{"\xff", "s:1:1: error case-syntax", "not UTF-8"},
}

func TestBadLines(t *testing.T) {
	for _, tt := range badLines {
		cases, found := eval.ParseLines("s", []byte(tt.lines))
		if len(found) != 1 || !strings.HasPrefix(found[0].String(), tt.at) || !strings.Contains(found[0].Message, tt.want) {
			t.Errorf("%.80s: got %d cases, %v; want %s … %s", tt.lines, len(cases), found, tt.at, tt.want)
		}
	}
}

func TestGoodLine(t *testing.T) {
	text := `{"id":"a/b","goal":"g","outcome":["plan","question"],"case":{"world":"demo:9","patch":[{"object":"xero.Items","id":"X","drop":true}],` +
		`"decide":"nobody","rows":[{"mapping":"product","key":["1"],"to":"X"}],"events":[{"win":2},{"advance":"1h0m0s"},{"offline":false}],` +
		`"faults":[{"operation":"PUT /x","kind":"reset"}],"kills":[{"at":"after-send","nth":2}]},"assert":["runs.size() == 0"],"forbid":["xero.*"],"asks":["w"],"tags":["t"],"why":"y"}`
	c := parsed(t, text)[0]
	if c.Family() != "a" || c.Scene.World.Seed != 9 || len(c.Scene.Events) != 3 {
		t.Errorf("got %+v", c)
	}
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	again := parsed(t, string(data))[0]
	if diff := cmp.Diff(c, again); diff != "" {
		t.Errorf("a round trip changed the case (-want +got):\n%s\n%s", diff, data)
	}
	named := parsed(t, `{"id":"a","outcome":"plan","case":"undecided"}`)[0]
	if named.Scene.Decide != "nobody" {
		t.Errorf("the scene was not looked up: %+v", named.Scene)
	}
	if data, err := json.Marshal(named); err != nil || !strings.Contains(string(data), `"case":"undecided"`) {
		t.Errorf("got %s, %v", data, err)
	}
}

func TestArchive(t *testing.T) {
	text := "Why this is\nhere.\n-- case.json --\n{\"given\": false,\n \"outcome\": \"plan\"}\n-- world.json --\n{\"start\": \"2026-11-01T20:00:00Z\"}\n-- change.json --\n{}\n"
	c, found := eval.ParseArchive("x.txtar", "run/x", []byte(text))
	if len(found) > 0 {
		t.Fatal(found)
	}
	if c.ID != "run/x" || c.Why != "Why this is here." || c.Scene.World.World == nil || string(c.Change) != "{}\n" || c.Brings() {
		t.Errorf("got %+v", c)
	}
	brought, found := eval.ParseArchive("x.txtar", "run/x", []byte("-- case.json --\n{}\n-- plan.yaml --\nplanwright: 1\n"))
	if len(found) > 0 || !brought.Brings() {
		t.Errorf("got %+v, %v", brought, found)
	}
	for _, tt := range []struct{ text, want string }{
		{"nothing", "x.txtar:1:1: error case-invalid: it has no section"},
		{"-- case.json --\n{}\n-- case.json --\n{}\n", "x.txtar:3:1: error case-invalid: section case.json is there twice"},
		{"-- case.jsn --\n{}\n-- case.json --\n{\"outcome\":\"plan\"}\n", `x.txtar:1:1: error case-invalid: section "case.jsn" is none of`},
		{"title\n-- case.json --\n{\n \"outcome\": \"plan\",\n \"odd\": 1\n}\n", `x.txtar:5:2: error case-unknown-member`},
		{"-- case.json --\n{\"outcome\":\"plan\"}\n-- world.json --\n{\"mars\":1}\n", "x.txtar:4:1: error case-invalid"},
	} {
		if _, found := eval.ParseArchive("x.txtar", "x", []byte(tt.text)); len(found) == 0 || !strings.HasPrefix(found[0].String(), tt.want) {
			t.Errorf("%q: got %v, want %s", tt.text, found, tt.want)
		}
	}
}

func TestLoadDir(t *testing.T) {
	good := fstest.MapFS{
		"more/b.jsonl": {Data: []byte(`{"id":"one","outcome":"plan"}`)},
		"a.txtar":      {Data: []byte("-- case.json --\n{\"outcome\":\"plan\"}\n")},
		"read.me":      {Data: []byte("no case")},
	}
	cases, found := eval.LoadDir(good, "run")
	if len(found) > 0 || len(cases) != 2 || cases[0].ID != "run/a" || cases[1].ID != "one" {
		t.Errorf("got %v, %v", cases, found)
	}
	good["c.jsonl"] = &fstest.MapFile{Data: []byte(`{"id":"one","outcome":"plan"}`)}
	if _, found := eval.LoadDir(good, "run"); len(found) != 1 || !strings.Contains(found[0].Message, `id "one" is also in c.jsonl`) {
		t.Errorf("got %v", found)
	}
	if _, found := eval.LoadDir(fstest.MapFS{"x": {}}, "run"); !found.HasErrors() {
		t.Error("a folder without cases is no error")
	}
}

// TestReferenceNames: every reference plan that a case may name is there.
func TestReferenceNames(t *testing.T) {
	cat, found := catalog.Open("", specs.Embedded())
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	for name := range plans.Automations(cat) {
		parsed(t, fmt.Sprintf(`{"id":"a","reference":%q,"given":true}`, name))
	}
}

// TestScenesAreSound: what cases may name can be played, and nothing is named that is not
// there. The files themselves are read strictly.
func TestScenesAreSound(t *testing.T) {
	names, err := filepath.Glob("cases/scenes/*.json")
	if err != nil || len(names) < 5 {
		t.Fatal(names, err)
	}
	for _, file := range names {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		if _, ok := eval.Scenes()[name]; !ok {
			t.Errorf("%s: not there", name)
		}
		parsed(t, fmt.Sprintf(`{"id":"a","outcome":"plan","case":%q}`, name))
	}
	if len(eval.Scenes()) != len(names) {
		t.Errorf("%d scenes of %d files", len(eval.Scenes()), len(names))
	}
}

func FuzzParseLines(f *testing.F) {
	for _, tt := range badLines {
		f.Add([]byte(tt.lines))
	}
	seed, err := os.ReadFile("cases/plan/traps.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Fuzz(func(t *testing.T, data []byte) {
		cases, found := eval.ParseLines("s", data)
		if len(cases) == 0 && len(found) == 0 {
			t.Error("neither a case nor a finding")
		}
		lines := strings.Count(string(data), "\n") + 1
		for _, d := range found {
			if d.Line < 1 || d.Line > lines || d.Column < 1 {
				t.Errorf("%d:%d of %d lines: %s", d.Line, d.Column, lines, d)
			}
		}
		if slices.ContainsFunc(cases, func(c eval.Case) bool { return c.ID == "" }) {
			t.Error("a case without an id")
		}
	})
}

func FuzzParseArchive(f *testing.F) {
	for _, name := range []string{"storm", "edited-deal", "task-late"} {
		seed, err := os.ReadFile("cases/run/" + name + ".txtar")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, found := eval.ParseArchive("a", "x", data); len(found) == 0 && len(c.Outcome) == 0 && !c.Brings() {
			t.Error("a case without an outcome")
		}
	})
}
