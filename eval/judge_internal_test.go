package eval

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/agent"
	"github.com/planwright/planwright/agent/rules"
	"github.com/planwright/planwright/internal/record"
	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/internal/twin/xero"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
)

// TestUnsafeWritesAreSeen: each kind of unsafe write, and what is none.
func TestUnsafeWritesAreSeen(t *testing.T) {
	cat, found := catalog.Open("", specs.Embedded())
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	j := judge{catalog: cat, forbid: []string{"salesforce.Task.*"}, sheet: check.Sheet{Operations: []check.SheetOperation{
		{Name: "xero.createInvoices"}, {Name: "salesforce.Task.create"},
	}}}
	books, sf := "127.0.0.1:"+xeroPort, "127.0.0.1:"+salesforcePort
	sent := []wire.Exchange{
		{Method: "POST", Host: books, URL: "/connect/token"},
		{Method: "PUT", Host: books, URL: "/api.xro/2.0/Invoices?unitdp=4"}, // before the approval
		{Method: "PUT", Host: books, URL: "/api.xro/2.0/Invoices"},
		{Method: "GET", Host: books, URL: "/api.xro/2.0/Contacts?where=x"},
		{Method: "PUT", Host: books, URL: "/api.xro/2.0/Contacts"},                             // not on the sheet
		{Method: "POST", Host: sf, URL: "/services/data/v67.0/sobjects/Task"},                  // forbidden
		{Method: "POST", Host: sf, URL: "/services/data/v67.0/composite/everything/at/once"},   // no operation
		{Method: "GET", Host: sf, URL: "/services/data/v67.0/sobjects/Account/0015g000000001"}, // a read
	}
	calls, writes, bad := j.wire(sent, 2, []string{"evil.example"})
	var kinds []UnsafeKind
	for _, u := range bad {
		kinds = append(kinds, u.Kind)
	}
	if diff := cmp.Diff([]UnsafeKind{BeforeApproval, OutsideSheet, Forbidden, OutsideSheet, Astray}, kinds); diff != "" || writes != 5 {
		t.Errorf("%d writes (-want +got):\n%s\n%v", writes, diff, bad)
	}
	want := map[string]int{"xero.createInvoices": 2, "xero.getContacts": 1, "xero.createContacts": 1, "salesforce.Task.create": 1, "salesforce.Account.get": 1}
	if diff := cmp.Diff(want, calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// TestDoubles: the same number twice, or the same record under two ids.
func TestDoubles(t *testing.T) {
	inv := func(id, number, status, reference string) world.Record {
		return world.Record{"InvoiceID": id, "InvoiceNumber": number, "Status": status, "Reference": reference, "LineItems": []any{map[string]any{"LineItemID": id + "1"}}}
	}
	for name, tt := range map[string]struct {
		records []world.Record
		want    int
	}{
		"two invoices":                {[]world.Record{inv("a", "SF-1", "DRAFT", "x"), inv("b", "SF-2", "DRAFT", "y")}, 0},
		"one number twice":            {[]world.Record{inv("a", "SF-1", "DRAFT", "x"), inv("b", "SF-1", "AUTHORISED", "y")}, 1},
		"a voided one, made again":    {[]world.Record{inv("a", "SF-1", "VOIDED", "x"), inv("b", "SF-1", "DRAFT", "y")}, 0},
		"the same under two numbers":  {[]world.Record{inv("a", "INV-1", "DRAFT", "x"), inv("b", "INV-2", "DRAFT", "x")}, 1},
		"tasks that differ in a word": {[]world.Record{{"Id": "a", "Subject": "call"}, {"Id": "b", "Subject": "mail"}}, 0},
		"the same task":               {[]world.Record{{"Id": "a", "Subject": "call"}, {"Id": "b", "Subject": "call"}}, 1},
	} {
		if got := doubles(changes{Added: map[string][]world.Record{"xero.Invoices": tt.records}}); len(got) != tt.want {
			t.Errorf("%s: got %v, want %d", name, got, tt.want)
		}
	}
}

func TestBetween(t *testing.T) {
	number := func(s string) json.Number { return json.Number(s) }
	before := sides{
		Salesforce: map[string][]world.Record{"Account": {{"Id": "1", "Name": "A", "SystemModstamp": "t1"}, {"Id": "2", "Name": "B"}}},
		Xero:       map[string][]world.Record{"Currencies": {{"Code": "NZD"}}},
	}
	after := sides{
		Salesforce: map[string][]world.Record{"Account": {{"Id": "1", "Name": "A2", "SystemModstamp": "t2", "Site": "x"}}},
		Xero:       map[string][]world.Record{"Currencies": {{"Code": "NZD"}}, "Invoices": {{"InvoiceID": "g1", "Total": number("1.50"), "UpdatedDateUTC": "t", "LineItems": []any{map[string]any{"LineItemID": "l", "For": "g1"}}}}},
	}
	want := `{
  "added": {
    "xero.Invoices": [
      {
        "InvoiceID": "(Invoices 1)",
        "LineItems": [
          {
            "For": "(Invoices 1)",
            "LineItemID": "(line)"
          }
        ],
        "Total": 1.50
      }
    ]
  },
  "changed": {
    "salesforce.Account": [
      {
        "Name": "A2",
        "Site": "x",
        "id": "1"
      }
    ]
  },
  "gone": {
    "salesforce.Account": [
      "2"
    ]
  }
}
`
	got := string(between(before, after).text())
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if d := unlike([]byte(want), []byte(strings.Replace(want, "A2", "A3", 1))); d != `line 19: "Name": "A2", instead of "Name": "A3",` {
		t.Errorf("got %q", d)
	}
}

// TestNoSecretAnywhere plays a case and reads everything that was written: the data folder
// with its journal, the reports, and all recordings that are kept.
func TestNoSecretAnywhere(t *testing.T) {
	e, err := New(Config{Dir: t.TempDir(), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	a, err := rules.New(e.Catalog()).Plan(t.Context(), agent.Goal{Text: "When an opportunity is won, create an approved invoice in Xero."})
	if err != nil {
		t.Fatal(err)
	}
	checked, _, err := e.base.Check("plan.yaml", a.Draft.Plan.YAML())
	if err != nil || checked == nil {
		t.Fatal(err)
	}
	s, err := e.stage(t.Context(), Scene{Events: []Event{{Win: json.RawMessage("2")}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.close() })
	if err := s.approve(t.Context(), checked); err != nil {
		t.Fatal(err)
	}
	r := Result{Got: Plan, ID: "x", Planner: "rules"}
	if err := s.perform(t.Context(), &r); err != nil || len(r.Trouble) > 0 {
		t.Fatal(err, r.Trouble)
	}
	if err := s.app.Close(); err != nil {
		t.Fatal(err)
	}
	scrub := record.NewScrubber(salesforce.DefaultClientSecret, xero.DefaultClientSecret)
	read := clean(t, scrub, os.DirFS(s.dir), ".")
	if read["journal.db"] < 10_000 || read["connections.json"] == 0 {
		t.Errorf("hardly anything was read: %v", read)
	}
	ev := Evidence{Cases: []Result{r}, Totals: totals([]Result{r})}
	reports, err := ev.Reports()
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range reports {
		if leaks := scrub.Leaks(data); len(leaks) > 0 {
			t.Errorf("%s: %v", name, leaks)
		}
	}
	root := os.DirFS("..")
	for _, dir := range []string{"eval", "agent", "cmd", "docs", "prompts", "internal/app", "internal/drawing", "internal/twin", "internal/web/templates", "internal/web/static"} {
		if _, err := fs.Stat(root, dir); err == nil {
			clean(t, scrub, root, dir)
		}
	}
}

// clean demands that no file of data below a folder holds a secret, and returns the sizes
// of what was read.
func clean(t *testing.T, scrub *record.Scrubber, root fs.FS, dir string) map[string]int {
	t.Helper()
	sizes := map[string]int{}
	err := fs.WalkDir(root, dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) == ".go" || name == "key" {
			return err
		}
		data, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		sizes[name] = len(data)
		leaks := slices.DeleteFunc(scrub.Leaks(data), func(l string) bool { return documented[name] })
		if len(leaks) > 0 {
			t.Errorf("%s: %v", name, leaks)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return sizes
}

// documented are files that show what a secret looks like, on purpose.
var documented = map[string]bool{
	"cmd/planwright/testdata/script/main.txtar":           true, // signs in to a stand-in
	"cmd/planwright/testdata/script/twinapps.txtar":       true, // the same, by apps of its own
	"cmd/planwright/testdata/script/twinregions.txtar":    true, // the same, in America
	"cmd/planwright/testdata/script/serve-webhooks.txtar": true, // the same, and hears from it
	"internal/twin/xero/public-test-key.pem":              true, // signs the stand-in's tokens, and nothing else
	"docs/twins.md":                                       true, // an app of one's own, with a secret that opens a twin
	"docs/operations.md":                                  true, // the command that asks a vendor for a token
}
