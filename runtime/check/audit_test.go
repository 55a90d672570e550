package check_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/planwright/planwright/runtime/expr"
	"github.com/planwright/planwright/runtime/plan"
)

// codesOfPlans lists every code that a plan can provoke: those of reading it, of judging it
// and of its expressions.
func codesOfPlans(t *testing.T) []string {
	t.Helper()
	codes := slices.Concat(codesOf(t, "errors.go"), codesOf(t, "../plan/errors.go"), []string{"more-findings"})
	for _, c := range expr.Codes() {
		codes = append(codes, string(c))
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// TestEveryCodeIsExplained holds every code that a plan can provoke to one paragraph of
// docs/diagnostics.md that says more than its name.
func TestEveryCodeIsExplained(t *testing.T) {
	data, err := os.ReadFile("../../docs/diagnostics.md")
	if err != nil {
		t.Fatal(err)
	}
	codes := codesOfPlans(t)
	t.Logf("%d codes", len(codes))
	if len(codes) < 60 {
		t.Errorf("only %d codes: they are not found any more", len(codes))
	}
	for _, code := range codes {
		paragraphs := regexp.MustCompile("(?s)(?:^|\n\n)\\*\\*`"+code+"`\\*\\* (.*?)(?:\n\n|\n?$)").FindAllStringSubmatch(string(data), -1)
		if len(paragraphs) != 1 || len(strings.Fields(paragraphs[0][1])) < 3 {
			t.Errorf("%s has %d paragraphs in docs/diagnostics.md, or one that says nothing", code, len(paragraphs))
		}
	}
}

var (
	findingLine = regexp.MustCompile(`^(\S*:[0-9]+:[0-9]+: )?(error|warning|note) ([a-z-]+): (.+)$`)
	exprLine    = regexp.MustCompile(`^    [0-9]+:[0-9]+ (expr-[a-z-]+): (.+)$`)
)

// TestEveryFindingSaysWhatToWrite reads the findings of all goldens: each has a place, a
// pointer where it is about a value, and a hint.
func TestEveryFindingSaysWhatToWrite(t *testing.T) {
	known := codesOfPlans(t)
	seen := map[string]bool{}
	for _, dir := range []string{"testdata", "testdata/tenant", "../plan/testdata"} {
		files, err := filepath.Glob(dir + "/*.txtar")
		if err != nil || len(files) == 0 {
			t.Fatalf("no goldens in %s: %v", dir, err)
		}
		for _, file := range files {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(string(a.Files[len(a.Files)-1].Data), "\n")
			for i, line := range lines {
				m := findingLine.FindStringSubmatch(line)
				if m == nil {
					continue
				}
				seen[m[3]] = true
				more := details(lines[i+1:])
				if m[1] == "" || len(more) == 0 || strings.HasPrefix(more[len(more)-1], "at /") {
					t.Errorf("%s: no place or no hint: %s %q", file, line, more)
				}
				if !slices.Contains(known, m[3]) {
					t.Errorf("%s: %s is no code that a plan provokes", file, m[3])
				}
			}
		}
	}
	data, err := os.ReadFile("../expr/testdata/refused.golden")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(data), "\n")
	for i, line := range lines {
		if m := exprLine.FindStringSubmatch(line); m != nil {
			seen[m[1]] = true
			if !strings.HasPrefix(strings.Join(details(lines[i+1:]), ""), "hint: ") {
				t.Errorf("refused.golden:%d: no hint: %s", i+1, line)
			}
		}
	}
	if len(seen) < 100 {
		t.Errorf("only %d codes in the goldens: they are not found any more", len(seen))
	}
}

// details returns the indented lines that follow a finding.
func details(lines []string) []string {
	var out []string
	for _, line := range lines {
		text, ok := strings.CutPrefix(line, "    ")
		if !ok || exprLine.MatchString(line) {
			break
		}
		out = append(out, strings.TrimSpace(text))
	}
	return out
}

// TestAllFindingsInOnePass puts many mistakes into one plan: all are told at once, in the
// order of the text, and the same every time.
func TestAllFindingsInOnePass(t *testing.T) {
	text := rightPlans(t)["closed-won-to-invoice.yaml"]
	want := []string{
		"stale-overlay", "not-a-condition", "unknown-object", "constant-assert", "wrong-id", "unknown-field", "query-shape", "no-lookup",
		"missing-field", "wrong-enum", "wrong-type", "bad-date", "expr-unknown-function", "too-long", "unmapped-text", "expr-unknown-field", "no-null",
		"expr-unknown-field", "unknown-parameter", "missing-parameter", "read-only-field", "unknown-limit",
	}
	for _, h := range [][2]string{
		{`with: {id: "${opportunity.Id}"}`, `with: {ID: "${opportunity.Id}"}`},
		{`"OVERLAY(xero)"`, `"sha256:` + strings.Repeat("0", 64) + `"`},
		{"when: ${opportunity.IsWon}", "when: ${opportunity.StageName}"},
		{"to: xero.TaxRate", "to: xero.Rate"},
		{`assert: "${has(opportunity.AccountId)}"`, `assert: "${1 == 1 && !false}"`},
		{`with: {id: "${opportunity.AccountId}"}`, `with: {id: "${opportunity.Id}"}`},
		{"Product2.Family]", "Product2.Family, Colour]"},
		{"order: [SortOrder, Id]", "order: [SortOrder UP, Id]"},
		{`- {Name: "${account.Name}"}`, `- {TaxNumber: "1"}`},
		{"Type: ACCREC\n", "Url: https://example.com\n"},
		{"Status: AUTHORISED", "Status: authorised"},
		{`Contact: {ContactID: "${contact.ContactID}"}`, `Contact: ACME`},
		{"Date: ${opportunity.CloseDate}\n", "Date: tomorrow\n"},
		{".addDays(30)", ".plusDays(30)"},
		{"Reference: ${opportunity.Name}", "Reference: " + strings.Repeat("x", 256)},
		{"ItemCode: ${product(line.Product2Id).Code}", "ItemCode: ${line.Product2.Name}"},
		{"Quantity: ${line.Quantity}", "Quantity: ${line.Amount}"},
		{"DiscountRate: ${line.?Discount}", "DiscountRate: null"},
		{"invoice.SubTotal ==", "invoice.Subtotal =="},
		{"{Xero_Invoice_Id__c:", "{IsWon: true, Xero_Invoice_Id__c:"},
		{"invoices_per_day: 200", "bills_per_day: 200"},
	} {
		if strings.Count(text, h[0]) != 1 {
			t.Fatalf("%q does not stand once in the plan", h[0])
		}
		text = strings.Replace(text, h[0], h[1], 1)
	}
	c, found := judged(t, "plan.yaml", text)
	if c != nil {
		t.Fatal("accepted")
	}
	var got []string
	for _, d := range found {
		got = append(got, string(d.Code))
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("codes differ (-want +got):\n%s\n%s", diff, render(found))
	}
	if diff := cmp.Diff(found.Sorted(), found); diff != "" {
		t.Errorf("the findings are not in the order of the text (-sorted +got):\n%s", diff)
	}
	if _, again := judged(t, "plan.yaml", text); !slices.Equal(found, again) {
		t.Errorf("judged again the plan has other findings:\n%s", cmp.Diff(found, again))
	}
	if p, _ := plan.Parse("plan.yaml", []byte(fill(t, openWhole(t), text))); p == nil {
		t.Error("the mistakes are those of a plan that can be read")
	}
}
