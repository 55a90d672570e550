package app

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/internal/twin/xero"
)

// surveyed is a house whose tenants were looked at, with the main plan approved and mapped.
func surveyed(t *testing.T) *house {
	t.Helper()
	h := newHouse(t)
	h.survey("salesforce", "xero")
	h.approved(goal)
	h.mapped()
	return h
}

func (h *house) survey(names ...string) {
	h.t.Helper()
	for _, name := range names {
		if _, err := h.app.Survey(h.t.Context(), name, nil); err != nil {
			h.t.Fatal(err)
		}
	}
}

func (h *house) settle(collection, id, member string, value any) {
	h.t.Helper()
	if err := h.xero.Change(collection, id, map[string]any{member: value}); err != nil {
		h.t.Fatal(err)
	}
}

// found checks the plan of the house again and returns the findings of a code.
func (h *house) found(code diag.Code) (of diag.List) {
	h.t.Helper()
	data, err := os.ReadFile(filepath.Join(h.dir, "plan.yaml"))
	if err != nil {
		h.t.Fatal(err)
	}
	_, found, err := h.app.Check("plan.yaml", data)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, d := range found {
		if d.Code == code {
			of = append(of, d)
		}
	}
	return of
}

// TestSurvey holds what a look at both tenants keeps: what decides whether a call works,
// and nothing secret.
func TestSurvey(t *testing.T) {
	h := newHouse(t)
	var said []string
	v, err := h.app.Survey(t.Context(), "xero", func(s string) { said = append(said, s) })
	if err != nil {
		t.Fatal(err)
	}
	if v.Name != "Kea Systems Limited" || v.Records["TaxRate"] == 0 || v.Records["Account"] == 0 || v.Records["Item"] == 0 || v.Age != "less than a minute" {
		t.Errorf("kept %+v", v)
	}
	if !slices.Contains(v.Scopes, "accounting.settings.read") || slices.Contains(v.Scopes, "accounting.settings") {
		t.Errorf("granted %v", v.Scopes)
	}
	if !slices.Contains(said, "reading TaxRate of xero") {
		t.Errorf("said %q", said)
	}
	sf, err := h.app.Survey(t.Context(), "salesforce", nil)
	if err != nil || !slices.Contains(sf.Objects, "Opportunity") {
		t.Errorf("kept %+v, %v", sf, err)
	}
	for _, name := range []string{"xero", "salesforce"} {
		file := filepath.Join(h.dir, "tenants", name+".json")
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{xero.DefaultClientSecret, salesforce.DefaultClientSecret, "Bearer"} {
			if strings.Contains(string(data), secret) {
				t.Errorf("%s holds a secret", file)
			}
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", file, info.Mode(), err)
		}
	}
	if _, err := h.app.Survey(t.Context(), "nobody", nil); err == nil {
		t.Error("a connection that is not there was looked at")
	}
}

// TestVendorAwayDuringSurvey: what is not shown is not known, and says why.
func TestVendorAwayDuringSurvey(t *testing.T) {
	h := surveyed(t)
	h.xero.SetOffline(true)
	v, err := h.app.Survey(t.Context(), "xero", nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Records) > 0 || v.Unread["TaxRate"] == "" || v.Unread["Organisation"] == "" {
		t.Errorf("kept %+v", v)
	}
	if found := h.found("tenant-no-record"); len(found) > 0 {
		t.Errorf("something is known of what was not shown: %v", found)
	}
}

// TestTenantsDecide holds check, proposal and approval to the same snapshot, which moves
// only when somebody looks again.
func TestTenantsDecide(t *testing.T) {
	h := surveyed(t)
	if err := h.sf.Hide("Opportunity", "Xero_Invoice_Number__c"); err != nil {
		t.Fatal(err)
	}
	if found := h.found("tenant-hidden-field"); len(found) > 0 {
		t.Fatalf("the vendor was asked: %v", found)
	}
	h.survey("salesforce")
	if found := h.found("tenant-hidden-field"); len(found) != 1 || !strings.Contains(found[0].Message, "Kea Systems Limited") {
		t.Fatalf("found %v", found)
	}
	v, err := h.app.Proposal(t.Context(), h.name+"@1")
	if err != nil {
		t.Fatal(err)
	}
	if v.Checked != nil || len(v.Tenants) != 2 || v.Tenants[0].Name != "Kea Systems Limited" {
		t.Errorf("the page shows %v and tenants %+v", v.Findings, v.Tenants)
	}
	// Runs of the approved plan go on: what they meet is held, each by itself.
	h.win(1)
	if r := h.drive(); r.Admitted != 1 {
		t.Errorf("report %+v", r)
	}
	data, err := os.ReadFile(filepath.Join(h.dir, "plan.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if checked, found, err := h.app.CheckAlone("plan.yaml", data); checked == nil {
		t.Errorf("alone: %v %v", found, err)
	}
}

// TestApprovedRowsOfDeadRecords: a row that was right when it was approved is doubted when
// its record went, without stopping anything.
func TestApprovedRowsOfDeadRecords(t *testing.T) {
	h := surveyed(t)
	rate := h.company.Taxes[0].TaxType
	h.settle("TaxRates", rate, "Status", "DELETED")
	h.survey("xero")
	v, err := h.app.Proposal(t.Context(), h.name+"@1")
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(v.Findings, func(d diag.Diagnostic) bool { return d.Code == "tenant-dead-record" })
	if i < 0 || v.Checked == nil || v.Findings[i].Severity != diag.Warning || v.Findings[i].Pointer != "/mappings/tax" ||
		!strings.Contains(v.Findings[i].Message, `"`+rate+`" cannot be used: its Status is DELETED`) {
		t.Errorf("found %v", v.Findings)
	}
}

// TestOldSnapshot: what was seen long ago is said to be old, and still counts.
func TestOldSnapshot(t *testing.T) {
	h := surveyed(t)
	h.clock.Advance(6 * 24 * time.Hour)
	if found := h.found("tenant-old"); len(found) > 0 {
		t.Errorf("found %v", found)
	}
	h.clock.Advance(2 * 24 * time.Hour)
	found := h.found("tenant-old")
	if len(found) != 2 || found[0].Severity != diag.Warning || found[0].Hint != "planwright connect salesforce --refresh" || !strings.Contains(found[0].Message, "8 days old") {
		t.Errorf("found %v", found)
	}
}

// TestSnapshotOfAnotherTenant: a connection that is made again has another tenant for all
// we know, and a damaged file tells nothing.
func TestSnapshotOfAnotherTenant(t *testing.T) {
	h := surveyed(t)
	if _, ok := h.app.TenantOf("xero"); !ok {
		t.Fatal("no snapshot")
	}
	file := filepath.Join(h.dir, "tenants", "xero.json")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	h.connect()
	if _, err := os.Stat(file); err == nil {
		t.Error("the snapshot outlived its connection")
	}
	for _, text := range []string{"", "{}", strings.Replace(string(data), `"tenant": "http://127.0.0.1:8402`, `"tenant": "http://127.0.0.1:9999`, 1)} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		h.clock.Advance(30 * 24 * time.Hour)
		if found := h.found("tenant-old"); len(found) > 0 {
			t.Errorf("%.40q was taken for a snapshot: %v", text, found)
		}
	}
}

// TestPlansThatStartEachOther: proposing the second of two says so.
func TestPlansThatStartEachOther(t *testing.T) {
	h := newHouse(t)
	file := func(name, trigger, steps string) string {
		var text strings.Builder
		text.WriteString("planwright: 1\nname: " + name + "\napis:\n")
		specs, err := h.app.Specs()
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range specs {
			text.WriteString("  " + s.Name + ": {spec: \"" + s.Digest + "\", overlay: \"" + s.Overlay + "\"}\n")
		}
		return text.String() + "trigger: " + trigger + "\nsteps:\n" + steps
	}
	propose := func(text string, approve bool) PlanView {
		checked, found, err := h.app.Check("plan.yaml", []byte(text))
		if checked == nil {
			t.Fatalf("%v %v", err, found)
		}
		v, err := h.app.Propose(t.Context(), checked, dana)
		if err == nil && approve {
			v, err = h.app.Decide(t.Context(), v.ID, true, dana, "")
		}
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	first := file("account-to-contact", `{api: salesforce, kind: change, object: Account, as: account, when: true, key: "${account.Id}"}`,
		"  - {id: contact, ensure: xero.Contact, find: {ContactNumber: \"${string(account.Id)}\"}, create: {ContactNumber: \"${string(account.Id)}\", Name: \"${account.Name}\"}}\n")
	if v := propose(first, true); len(v.Concerns) > 0 {
		t.Errorf("alone: %v", v.Concerns)
	}
	second := file("contact-to-task", `{api: xero, kind: change, object: Contact, as: contact, when: true, key: "${contact.ContactID}"}`,
		"  - {id: account, write: salesforce.Account.create, repeat: ask, body: {Name: \"${contact.Name}\"}}\n")
	v := propose(second, false)
	if len(v.Concerns) != 1 || v.Concerns[0].Code != "wakes-other" || !strings.Contains(v.Concerns[0].Message, "contact-to-task creates a salesforce.Account") {
		t.Errorf("concerns %v", v.Concerns)
	}
	if v, err := h.app.Decide(t.Context(), v.ID, true, dana, ""); err != nil || len(v.Concerns) != 1 {
		t.Errorf("approving: %v %v", v.Concerns, err)
	}
}
