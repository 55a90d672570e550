package rules_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestDocumentedExamples runs every example of docs/planner.md.
func TestDocumentedExamples(t *testing.T) {
	data, err := os.ReadFile("../../docs/planner.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```(draft|question|refusal)\n(.*?)```").FindAllStringSubmatch(string(data), -1)
	if len(blocks) < 4 {
		t.Fatalf("only %d blocks of examples", len(blocks))
	}
	for _, b := range blocks {
		for goal := range strings.Lines(b[2]) {
			goal = strings.TrimSpace(goal)
			a := ask(t, planner(), goal)
			got := "draft"
			switch {
			case a.Refusal != nil:
				got = "refusal"
			case a.Questions != nil:
				got = "question"
			}
			if got != b[1] {
				t.Errorf("%q: a %s, documented as a %s: %s", goal, got, b[1], bad(a))
			}
		}
	}
}

// TestDocumentedCodes: every code that an answer can carry has its line.
func TestDocumentedCodes(t *testing.T) {
	doc, err := os.ReadFile("../../docs/planner.md")
	if err != nil {
		t.Fatal(err)
	}
	src, err := os.ReadFile("answers.go")
	if err != nil {
		t.Fatal(err)
	}
	codes := regexp.MustCompile(`agent\.Code = "([a-z-]+)"`).FindAllStringSubmatch(string(src), -1)
	if len(codes) < 10 {
		t.Fatalf("only %d codes found", len(codes))
	}
	for _, c := range codes {
		if !strings.Contains(string(doc), "| `"+c[1]+"` |") {
			t.Errorf("code %s is not documented", c[1])
		}
	}
	if got := len(regexp.MustCompile("(?m)^\\| `[a-z-]+` \\|").FindAllString(string(doc), -1)); got != len(codes) {
		t.Errorf("%d codes documented, %d exist", got, len(codes))
	}
}
