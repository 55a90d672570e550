package trigger_test

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/specs/catalog"
)

// asks is a vendor that only notes the queries.
type asks struct {
	t       *testing.T
	queries []string
}

func (a *asks) Call(_ context.Context, req apicall.Request) apicall.Outcome {
	at, err := url.Parse(req.Path)
	if err != nil {
		a.t.Fatal(err)
	}
	a.queries = append(a.queries, at.Query().Get("q"))
	return apicall.Outcome{Class: catalog.ClassOK, Status: 200, Value: []any{}}
}

// TestFlags: a flag is asked for at the vendor only where no record without it can qualify;
// a record that is not asked for is never seen.
func TestFlags(t *testing.T) {
	for when, want := range map[string]string{
		"opportunity.IsWon":                                                                                "IsWon = TRUE",
		"opportunity.IsPrivate && opportunity.IsWon":                                                       "IsPrivate = TRUE AND IsWon = TRUE",
		"opportunity.Name != 'a || b' && opportunity.IsWon":                                                "IsWon = TRUE",
		"opportunity.IsWon || opportunity.IsPrivate":                                                       "",
		"!(opportunity.IsClosed && opportunity.IsWon && opportunity.IsPrivate)":                            "",
		"opportunity.IsClosed ? opportunity.IsClosed && opportunity.IsWon && opportunity.IsPrivate : true": "",
		"opportunity.Name == 'x && opportunity.IsWon && y'":                                                "",
	} {
		t.Run(when, func(t *testing.T) {
			text, err := os.ReadFile("../engine/testdata/w1.yaml")
			if err != nil {
				t.Fatal(err)
			}
			const was = "  when: ${opportunity.IsWon}\n"
			if !strings.Contains(string(text), was) {
				t.Fatalf("the plan does not say %q", was)
			}
			file := filepath.Join(t.TempDir(), "plan.yaml")
			if err := os.WriteFile(file, []byte(strings.Replace(string(text), was, "  when: >-\n    ${"+when+"}\n", 1)), 0o600); err != nil {
				t.Fatal(err)
			}
			a := &asks{t: t}
			h := &house{t: t, dir: t.TempDir(), vendor: a}
			h.start(file)
			if err := h.poller.Baseline(t.Context(), h.watch); err != nil {
				t.Fatal(err)
			}
			_, got, _ := strings.Cut(a.queries[0], " WHERE ")
			got, _, _ = strings.Cut(got, " ORDER BY ")
			if !strings.Contains(a.queries[0], " WHERE ") {
				got = ""
			}
			if got != want {
				t.Errorf("asked %q, want the conditions %q", a.queries[0], want)
			}
		})
	}
}
