package check_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
)

// docPlan returns docs/plan.md in two parts: the tutorial, and the reference that begins
// with a whole plan.
func docPlan(t *testing.T) (tutorial, reference string) {
	t.Helper()
	data, err := os.ReadFile("../../docs/plan.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, begins := strings.Cut(string(data), "## Write your first plan\n")
	tutorial, reference, ends := strings.Cut(rest, "## A whole plan\n")
	if !begins || !ends {
		t.Fatal("docs/plan.md has no tutorial before a whole plan")
	}
	return tutorial, reference
}

// draft is the file that a reader of the tutorial has so far.
type draft struct{ head, steps, tail string }

// with returns the file after what a block of the tutorial shows: a whole file, steps to
// add, or a part to add or to write anew.
func (d draft) with(block string) draft {
	switch key, _, _ := strings.Cut(block, ":"); {
	case key == "planwright":
		head, steps, _ := strings.Cut(block, "steps:\n")
		return draft{head: head, steps: steps}
	case strings.HasPrefix(block, "  - "):
		d.steps += block
	case strings.Contains(d.head, key+":\n"):
		part := regexp.MustCompile("(?m)^" + key + ":\n( .*\n)+")
		d.head = part.ReplaceAllLiteralString(d.head, block)
	default:
		d.tail += block
	}
	return d
}

func (d draft) text() string {
	if d.steps == "" {
		return d.head
	}
	return d.head + "steps:\n" + d.steps + d.tail
}

// TestTutorial does what the tutorial says: after every block the file is checked. What the
// page shows in the block that follows is what the check prints, and then the reader takes
// the block back; without such a block nothing is found.
func TestTutorial(t *testing.T) {
	tutorial, _ := docPlan(t)
	cat := openEmbedded(t)
	blocks := regexp.MustCompile("(?s)```(yaml|text)\n(.*?)```").FindAllStringSubmatch(tutorial, -1)
	var have draft
	mistakes, sound := 0, 0
	for i, b := range blocks {
		if b[1] != "yaml" {
			continue
		}
		next := have.with(b[2])
		p, found := plan.Parse("first.yaml", []byte(fill(t, cat, next.text())))
		if p != nil {
			_, found = check.Check(p, cat)
		}
		if i+1 < len(blocks) && blocks[i+1][1] == "text" {
			mistakes++
			if diff := cmp.Diff(blocks[i+1][2], asPrinted(found)); diff != "" {
				t.Errorf("after block %d (-page +check):\n%s", i+1, diff)
			}
			continue
		}
		have = next
		unused := func(d diag.Diagnostic) bool { return d.Code == "unused-api" || d.Code == "unused-step" } // the next block uses it
		for _, d := range found {
			if !unused(d) || i == len(blocks)-1 {
				t.Errorf("after block %d the check finds\n%s", i+1, render(found))
				break
			}
		}
		sound++
	}
	if mistakes < 3 || sound < 5 {
		t.Errorf("%d mistakes and %d sound files: the tutorial is not read any more", mistakes, sound)
	}
}

// asPrinted words findings as the check command does.
func asPrinted(found diag.List) string {
	var b strings.Builder
	for _, d := range found.Sorted() {
		b.WriteString(d.String() + "\n")
		if d.Hint != "" {
			b.WriteString("  hint: " + d.Hint + "\n")
		}
	}
	return b.String()
}
