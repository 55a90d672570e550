package check_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
)

// whole is the catalog of the embedded specs and of testdata's two small APIs, compiled
// once: what the right plans and their mistakes are judged against.
var whole = sync.OnceValues(func() (*catalog.Catalog, error) {
	sources, err := smallSources()
	if err != nil {
		return nil, err
	}
	cat, found := catalog.Open("", append(sources, specs.Embedded()...))
	return cat, found.Err()
})

func openWhole(t testing.TB) *catalog.Catalog {
	t.Helper()
	cat, err := whole()
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// rightPlans reads testdata/right: the text of every plan by file name, with marks in the
// place of digests as readPlan fills in.
func rightPlans(t testing.TB) map[string]string {
	t.Helper()
	files, err := filepath.Glob("testdata/right/*.*")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(file)] = string(data)
	}
	return out
}

// doubted is how a right plan says that a warning is meant: "# warns unused-step /steps/3".
var doubted = regexp.MustCompile(`(?m)^# warns (\S+ \S+)$`)

// TestRightPlans holds plans as people write them to pass: no error, no warning but those a
// plan says it wants, a goal in words, and no two with one name or one content.
func TestRightPlans(t *testing.T) {
	cat := openWhole(t)
	plans := rightPlans(t)
	if len(plans) < 38 {
		t.Errorf("only %d right plans", len(plans))
	}
	names := map[string]string{}
	for file, text := range plans {
		p, found := plan.Parse(file, []byte(fill(t, cat, text)))
		if len(found) > 0 {
			t.Errorf("%s is not read:\n%s", file, render(found))
			continue
		}
		c, found := check.Check(p, cat)
		if c == nil {
			t.Errorf("%s is refused:\n%s", file, render(found))
			continue
		}
		var want []string
		for _, m := range doubted.FindAllStringSubmatch(text, -1) {
			want = append(want, m[1])
		}
		if diff := cmp.Diff(want, codesAt(found)); diff != "" {
			t.Errorf("%s: warnings differ (-want +got):\n%s\n%s", file, diff, render(found))
		}
		if stem := strings.TrimSuffix(file, filepath.Ext(file)); p.Name != stem {
			t.Errorf("%s is the plan %s", file, p.Name)
		}
		if other := names[p.Name]; other != "" {
			t.Errorf("%s and %s have one name", file, other)
		}
		names[p.Name] = file
		if len(strings.Fields(p.Goal)) < 5 {
			t.Errorf("%s has no goal to speak of: %q", file, p.Goal)
		}
		if c.Text() == "" || c.Outline().Summary() == "" {
			t.Errorf("%s is not drawn", file)
		}
	}
}

// codesAt lists findings as "code pointer", sorted.
func codesAt(found diag.List) []string {
	var out []string
	for _, d := range found {
		out = append(out, string(d.Code)+" "+d.Pointer)
	}
	slices.Sort(out)
	return out
}

// TestRightPlansCoverTheLanguage holds the right plans together to use all there is: every
// kind of step, of value and of trigger, and most of the operations and functions.
func TestRightPlansCoverTheLanguage(t *testing.T) {
	used := map[string]bool{}
	objects, operations := map[string]bool{}, map[string]bool{}
	styles := map[string]bool{}
	for file, text := range rightPlans(t) {
		p, found := plan.Parse(file, []byte(fill(t, openWhole(t), text)))
		if len(found) > 0 {
			continue // TestRightPlans tells
		}
		styles[filepath.Ext(file)] = true
		objects[p.Trigger.API+"."+p.Trigger.Object] = true
		p.All(func(_ string, s *plan.Step) {
			used[string(s.Kind)] = true
			if s.Else != "" {
				used["else "+string(s.Else)] = true
			}
			if s.When != nil {
				used["when"] = true
			}
			if s.Target != "" {
				operations[s.Target] = true
			}
		})
		p.Walk(func(_ string, v plan.Value) {
			used[string(v.Kind)] = true
			for _, f := range functionText.FindAllString(v.Expr, -1) {
				used[f] = true
			}
		})
	}
	for _, want := range []string{
		"read", "ensure", "write", "lookup", "each", "assert", "wait", "when", "else hold", "else refuse",
		string(plan.Literal), string(plan.Expression), string(plan.ObjectV), string(plan.ListV), string(plan.EachV),
		"has(", "string(", "dec(", "date(", ".date(", ".map(", ".filter(", ".all(", ".exists(", ".sum(", ".first(", ".orValue(", ".optMap(", ".size(",
		".truncate(", ".startsWith(", ".contains(", ".replace(", ".trim(", ".upperAscii(", ".div(", ".round(", ".cents(", ".addDays(", ".addMonths(", ".endOfMonth(",
		".join(", ".split(", ".nonEmpty(", ".daysUntil(", ".lowerAscii(", ".existsOne(", ".last(", ".abs(",
	} {
		if !used[want] {
			t.Errorf("no right plan uses %s", want)
		}
	}
	if len(objects) < 8 || len(operations) < 25 || len(styles) < 2 {
		t.Errorf("the plans start from %d objects, use %d operations and are written in %d formats", len(objects), len(operations), len(styles))
	}
}

var functionText = regexp.MustCompile(`\.?[A-Za-z]+\(`)
