package eval_test

import (
	"os"
	"strings"
	"testing"

	"github.com/planwright/planwright/eval"
)

// fenced returns the blocks of a kind in a document.
func fenced(t *testing.T, file, kind string) (out []string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for part := range strings.SplitSeq(string(data), "\n```") {
		if block, ok := strings.CutPrefix(part, kind+"\n"); ok {
			out = append(out, block+"\n")
		}
	}
	if len(out) == 0 {
		t.Fatalf("%s holds no block of %s", file, kind)
	}
	return out
}

// TestDocCases runs the cases that the document shows, and confirms that it names every
// scene and planner.
func TestDocCases(t *testing.T) {
	const doc = "../docs/evaluation.md"
	var cases []eval.Case
	for _, block := range fenced(t, doc, "case") {
		cases = append(cases, parsed(t, block)...)
	}
	for _, block := range fenced(t, doc, "archive") {
		c, found := eval.ParseArchive(doc, "doc/archive", []byte(block))
		if err := found.Err(); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	}
	e := evaluator(t)
	for _, r := range graded(t, e, []eval.Planner{eval.Rules(e.Catalog())}, cases).Cases {
		if !r.Pass {
			t.Errorf("%s: %v", r.ID, r.Failures)
		}
	}
	text, err := os.ReadFile(doc)
	if err != nil {
		t.Fatal(err)
	}
	for name := range eval.Scenes() {
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("the document does not name the scene %s", name)
		}
	}
	for _, name := range eval.ScriptedNames() {
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("the document does not name the planner %s", name)
		}
	}
}
