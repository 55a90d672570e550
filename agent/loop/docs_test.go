package loop

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestDocumentedCodes: every code that an answer can carry is explained, and no other.
func TestDocumentedCodes(t *testing.T) {
	doc, err := os.ReadFile("../../docs/planner.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(doc), "\n## Codes\n")
	section, _, _ = strings.Cut(section, "\n## ")
	if !found {
		t.Fatal("no section of codes")
	}
	src, err := os.ReadFile("errors.go")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, c := range regexp.MustCompile(`agent\.Code = "([a-z-]+)"`).FindAllStringSubmatch(string(src), -1) {
		known[c[1]] = true
	}
	if len(known) < 5 {
		t.Fatalf("only %d codes found", len(known))
	}
	documented := map[string]bool{}
	for l := range strings.Lines(section) {
		head, _, item := strings.Cut(l, ":")
		if !item || !strings.HasPrefix(l, "- ") {
			continue
		}
		for _, c := range regexp.MustCompile("`([a-z-]+)`").FindAllStringSubmatch(head, -1) {
			documented[c[1]] = true
		}
	}
	for c := range known {
		if !documented[c] {
			t.Errorf("%s is not documented", c)
		}
	}
	for c := range documented {
		if !known[c] {
			t.Errorf("%s is documented and does not exist", c)
		}
	}
}
