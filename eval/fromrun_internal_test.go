package eval

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/twin/demo"
	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/internal/twin/xero"
	"github.com/planwright/planwright/plans"
)

// played runs a reference plan through a scene and returns what was recorded of its runs.
func played(t *testing.T, e *Evaluator, reference string, scene Scene) []app.Recorded {
	t.Helper()
	checked, found, err := e.base.Check("plan.yaml", plans.Automations(e.Catalog())[reference].YAML())
	if err != nil || checked == nil {
		t.Fatal(err, found)
	}
	s, err := e.stage(t.Context(), scene)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.close() })
	if err := s.approve(t.Context(), checked); err != nil {
		t.Fatal(err)
	}
	var r Result
	if err := s.perform(t.Context(), &r); err != nil || len(r.Trouble) > 0 {
		t.Fatal(err, r.Trouble)
	}
	runs, err := s.app.Runs("", s.plan)
	if err != nil {
		t.Fatal(err)
	}
	var out []app.Recorded
	for _, v := range runs {
		rec, err := s.app.Recorded(t.Context(), v.ID)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, rec)
	}
	return out
}

// foreign is the demonstration's company as if it were another: ids of Salesforce, an item, its
// account and a tax rate are ones that the demonstration has not.
func foreign(t *testing.T) *world.World {
	t.Helper()
	data, err := demo.New(7).World.Encode()
	if err != nil {
		t.Fatal(err)
	}
	w, err := world.Decode([]byte(strings.NewReplacer("5g00000", "7g00000", "HW-GW-200", "ZZ-9", `"215"`, `"777"`, `"OUTPUT2"`, `"TAX001"`).Replace(string(data))))
	if err != nil {
		t.Fatal(err)
	}
	return &w
}

func theirs(id string) string { return strings.Replace(id, "5g00000", "7g00000", 1) }

// decisions are those of the company's person, for the other company.
func decisions(company demo.Company) (rows []Row) {
	for _, p := range company.Products {
		if p.Item != "" {
			rows = append(rows, Row{Mapping: "product", Key: []string{theirs(p.Product)}, To: strings.Replace(p.Item, "HW-GW-200", "ZZ-9", 1)})
		}
	}
	for _, x := range company.Taxes {
		rows = append(rows, Row{Mapping: "tax", Key: []string{x.Country, x.Family}, To: strings.Replace(x.TaxType, "OUTPUT2", "TAX001", 1)})
	}
	return rows
}

// anybodys lists the texts of a world that are somebody's: what members say that name, reach,
// place or describe.
func anybodys(w world.World, also ...string) (out []string) {
	members := regexp.MustCompile(`^(Name|FirstName|LastName|Username|LegalName|Email.*|.*Phone.*|Description|Street|.*City|.*Country|Reference|Alias|Comments)$`)
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, m := range v {
				if text, ok := m.(string); ok && members.MatchString(k) && len(text) > 3 {
					out = append(out, text)
				}
				walk(m)
			}
		case []any:
			for _, m := range v {
				walk(m)
			}
		}
	}
	for _, name := range []string{"Account", "Contact", "Opportunity", "OpportunityLineItem", "Product2", "User", "Task"} {
		for _, r := range w.Salesforce[name] {
			walk(r)
		}
	}
	for _, name := range []string{"Contacts", "Invoices", "Organisation"} {
		for _, r := range w.Xero[name] {
			walk(r)
		}
	}
	return append(out, also...)
}

// TestFromRun makes cases of runs, of the demonstration's company and of another: each passes
// before it is given out, says what was made, and holds no text of anybody's and no secret. A
// run whose story a case cannot tell is refused with the reason.
func TestFromRun(t *testing.T) {
	e, err := New(Config{Dir: t.TempDir(), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	company := demo.New(7)
	deal := theirs(company.Close[1])
	const note = "ask Jo Whittaker, +64 21 555 0199 or jo@whittaker.example, token eyJhbGciOiJIUzI1NiJ9.eyJqb3NlcGgi.c2lnbmF0dXJl"
	invoice := "SF-" + deal
	tests := []struct {
		name, plan string
		scene      Scene
		says       []string
		refused    string // why it cannot be made a case
	}{
		{"a won deal", "closed-won-to-invoice", Scene{Events: []Event{{Win: json.RawMessage(`"0065g000000000RAAQ"`)}}}, []string{
			`r.InvoiceNumber == \"SF-0065g000000000RAAQ\"`, `r.LineItems.size() == 1`, `r.LineItems[0].ItemCode == \"TR-USER-H\"`, `r.SubTotal == dec(\"3420.00\")`,
			`n.InvoiceID == r.Xero_Invoice_Id__c`, `"to": "OUTPUT2"`, "spec: SPEC(salesforce)", "overlay: OVERLAY(xero)",
		}, ""},
		{"a won deal of another company", "closed-won-to-invoice", Scene{
			World: WorldRef{World: foreign(t)}, Rows: decisions(company),
			Faults: []wire.Fault{{Operation: "PUT /api.xro/2.0/Invoices", Kind: wire.DropAfter, Nth: 1}}, // found by a look-up
			Events: []Event{
				{Advance: wire.Duration(time.Minute)},
				{Update: &Patch{Object: "Opportunity", ID: deal, Set: map[string]any{"Name": note[:90]}}},
				{Update: &Patch{Object: "OpportunityLineItem", ID: theirs("00k5g000000002RAAQ"), Set: map[string]any{"Description": note}}},
				{Update: &Patch{Object: "Opportunity", ID: deal, Set: map[string]any{"StageName": "Closed Won"}}},
			},
		}, []string{invoice, "ZZ-9", `"777"`, `"to": "TAX001"`, "added.xero.Contacts.size() == 1", "n.ContactID == r.Contact.ContactID", `n.InvoiceID == r.Xero_Invoice_Id__c && n.InvoiceNumber ==`}, ""},
		{"an invoice that was paid in two", "invoice-to-opportunity", Scenes()["paid"], []string{`r.Xero_Payment_Mark__c == \"Paid 3312.00\"`, `r.Xero_Amount_Paid__c == dec(\"3312.00\")`}, ""},
		{"an invoice that was voided", "invoice-to-opportunity", Scene{
			Patch: Scenes()["paid"].Patch, Events: []Event{{Advance: wire.Duration(time.Hour)}, {Void: "SF-0065g000000000RAAQ"}},
		}, []string{`r.Xero_Payment_Status__c == \"Voided\"`}, ""},
		{"a held run", "closed-won-to-invoice", Scene{Decide: "nobody", Events: []Event{{Win: json.RawMessage("1")}}}, nil, "it is held, and only what is done can be told whole"},
		{"a new account", "account-to-contact", Scene{Events: []Event{
			{Advance: wire.Duration(time.Minute)}, {Create: &Patch{Object: "Account", Set: map[string]any{"Name": "Whittaker"}}},
		}}, []string{"added.xero.Contacts.size() == 1"}, ""},
		{"an invoice that is owed", "overdue-task", Scene{
			Patch: Scenes()["overdue"].Patch, Events: append(slices.Clone(Scenes()["overdue"].Events),
				Event{Advance: wire.Duration(30 * 24 * time.Hour)}, Event{Run: true}, Event{Advance: wire.Duration(48 * time.Hour)}, Event{Run: true}),
		}, []string{"added.salesforce.Task"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			run := played(t, e, tt.plan, tt.scene)[0]
			data, err := e.FromRun(t.Context(), "run/mine", run)
			if tt.refused != "" {
				if err == nil || !strings.Contains(err.Error(), tt.refused) {
					t.Errorf("got %v, want %q", err, tt.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range tt.says {
				if !strings.Contains(string(data), want) {
					t.Errorf("the case does not say %s", want)
				}
			}
			text := string(data)
			for _, bad := range anybodys(company.World, person, note, "Whittaker", "0199", "eyJ", salesforce.DefaultClientSecret, xero.DefaultClientSecret, "pw-", "Idempotency") {
				if bounded(bad).MatchString(text) {
					t.Errorf("the case holds %q", bad)
				}
			}
			if t.Failed() {
				t.Logf("%s", data)
			}
			if tt.scene.World.World != nil {
				return // one case for each plan shows that cases can fail
			}
			c, found := ParseArchive("mine.txtar", "run/mine", data)
			if err := found.Err(); err != nil {
				t.Fatal(err)
			}
			// It can fail, too: a bill for an invoice, another amount and another word are noticed.
			c.Plan = bytes.Replace(c.Plan, []byte("Type: ACCREC"), []byte("Type: ACCPAY"), 1)
			c.Plan = bytes.ReplaceAll(c.Plan, []byte("Xero_Amount_Paid__c: ${invoice.AmountPaid}"), []byte("Xero_Amount_Paid__c: ${invoice.AmountDue}"))
			c.Plan = bytes.Replace(c.Plan, []byte("voided: Voided"), []byte("voided: Gone"), 1)
			c.Plan = bytes.Replace(c.Plan, []byte("create:\n      ContactNumber: ${string(account.Id)}"), []byte("create:\n      ContactNumber: ${'no ' + string(account.Id)}"), 1)
			c.Plan = bytes.Replace(c.Plan, []byte("Priority: High"), []byte("Priority: Low"), 1)
			ev, err := e.Run(t.Context(), []Planner{Rules(e.Catalog())}, []Case{c})
			if err != nil || ev.Cases[0].Pass {
				t.Errorf("a plan that writes otherwise passed: %v", err)
			}
		})
	}
}

// TestStandins gives the same text the same stand-in, and keeps what a case is about.
func TestStandins(t *testing.T) {
	s := newStandins("key: ${n + ' overdue '} status: Paid fallback: jo@whittaker.example")
	s.learn(map[string]any{"InvoiceNumber": "SF-1", "AmountPaid": json.Number("3312")})
	tests := []struct{ object, member, text, want string }{
		{"Account", "Name", "Gruber & Söhne GmbH", "Company 1"},
		{"Contact", "Name", "GRUBER &  SÖHNE GmbH ", "Company 1"},
		{"Owner", "Name", "Jo Whittaker", "Person 1"},
		{"Contact", "EmailAddress", "jo@whittaker.example", "mail1@example.com"},
		{"Account", "Phone", "021 555 0199", "+00 00 0001"},
		{"Task", "Description", "overdue 0215550199", "Text 1"},
		{"Task", "Xero_Follow_Up__c", "SF-1 overdue 0065g000000000RAAQ 2026-11-20 7", "SF-1 overdue 0065g000000000RAAQ 2026-11-20 7"},
		{"Task", "Description", "overdue: Jo Whittaker", "overdue: Person 1"},
		{"Opportunity", "Mark", "Paid 3312.00", "Paid 3312.00"},
		{"Opportunity", "Mark", "Paid 3313.00", "Text 2"},
		{"Opportunity", "Id", "0065g000000000RAAQ", "0065g000000000RAAQ"},
		{"Opportunity", "Note", "0065g000000000RAAA", "Text 3"}, // no id: the checksum is wrong
		{"Product2", "Family", "Hardware", "Hardware"},
		{"Product2", "Family", "Whittaker's", "Software"},
		{"Line", "Family", "", ""},
	}
	for _, tt := range tests {
		if got := s.text(tt.object, tt.member, tt.text); got != tt.want {
			t.Errorf("%s.%s %q: got %q, want %q", tt.object, tt.member, tt.text, got, tt.want)
		}
	}
	if got, want := s.prose("ask jo@whittaker.example of Gruber & Söhne GmbH or al@b.example"), "ask mail1@example.com of Company 1 or mail2@example.com"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
