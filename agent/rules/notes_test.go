package rules_test

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/runtime/plan"
)

var update = flag.Bool("update", false, "rewrite golden files")

// TestGolden shows whole drafts as people see them.
func TestGolden(t *testing.T) {
	for file, goal := range map[string]string{
		"closed-won": base + ".",
		"everything": "Whenever a new business deal over 10k is won, issue an approved Xero invoice with only the software products, " +
			"net 14, in the deal's currency, tax inclusive, with the account's name as reference, to account 201, at most 5 invoices a day, and do not update the deal.",
	} {
		p := drafted(t, planner(), embedded(), goal)
		if p == nil {
			continue
		}
		// Digests change with every edit of a spec; the plan does not.
		for name := range p.APIs {
			p.APIs[name] = plan.APIRef{Spec: plan.Digest("sha256:" + strings.Repeat("0", 64))}
		}
		got, path := p.YAML(), "testdata/"+file+".golden.yaml"
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", path, diff)
		}
	}
}

// TestEveryValueHasANote: where a value of the plan comes from is said at its pointer or
// right above it, and every note points at something.
func TestEveryValueHasANote(t *testing.T) {
	for _, goal := range slices.Concat(plainGoals, namedGoals, followGoals) {
		p := drafted(t, planner(), embedded(), goal)
		if p == nil {
			continue
		}
		all := map[string]bool{}
		p.Walk(func(pointer string, v plan.Value) {
			all[pointer] = true
			if v.Kind != plan.Literal && v.Kind != plan.Expression {
				return
			}
			if p.Notes[pointer] == "" {
				t.Errorf("%q: %s (%v%s) has no note", goal, pointer, v.Literal, v.Expr)
			}
		})
		for name := range p.Limits {
			all["/limits/"+name] = true
		}
		for pointer := range p.Notes {
			if !all[pointer] && !all[pointer+"/each"] && !strings.HasPrefix(pointer, "/trigger/") && !isTarget(pointer) {
				t.Errorf("%q: the note at %s points at nothing", goal, pointer)
			}
		}
	}
}

// isTarget reports whether a pointer names the operation or object of a step.
func isTarget(pointer string) bool {
	return strings.HasSuffix(pointer, "/write") || strings.HasSuffix(pointer, "/ensure") || strings.HasSuffix(pointer, "/read")
}

// TestNotesQuoteTheGoal: words in a note stand in the goal.
func TestNotesQuoteTheGoal(t *testing.T) {
	for _, goal := range slices.Concat(plainGoals, namedGoals, followGoals) {
		p := drafted(t, planner(), embedded(), goal)
		if p == nil {
			continue
		}
		quotes := 0
		for pointer, note := range p.Notes {
			rest, ok := strings.CutPrefix(note, `from "`)
			if !ok {
				continue
			}
			quotes++
			said, _, _ := strings.Cut(rest, `": `)
			for part := range strings.SplitSeq(strings.ReplaceAll(said, `\"`, `"`), " … ") {
				if !strings.Contains(goal, part) {
					t.Errorf("%q: the note at %s quotes %q", goal, pointer, part)
				}
			}
		}
		if quotes < 4 {
			t.Errorf("%q: only %d notes quote the goal", goal, quotes)
		}
	}
}
