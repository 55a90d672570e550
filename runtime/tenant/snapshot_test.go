package tenant_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/runtime/tenant"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/describe"
)

func tree(t *testing.T, text string) any {
	t.Helper()
	var v any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func full(t *testing.T) *tenant.Snapshot {
	t.Helper()
	s := &tenant.Snapshot{
		API: "books", Connection: "books-nz", Tenant: "https://books.test 42",
		Taken:  time.Date(2026, 11, 22, 18, 40, 5, 0, time.UTC),
		Scopes: []string{}, Unread: map[string]string{"Currency": "answered person"},
	}
	rows := tree(t, `[{"Name": "Acme", "Class": "FREE", "Locked": null, "Rate": 12.50, "Demo": true, "Address": {"City": "Oslo"}}, 7]`).([]any)
	if err := s.PutRecords("Firm", []string{"Name", "Class", "Locked", "Rate", "Demo"}, rows); err != nil {
		t.Fatal(err)
	}
	s.PutActions(&catalog.SurveyActions{Name: "Name", Status: "Status", Allowed: []string{"YES"}},
		tree(t, `[{"Name": "Send", "Status": "YES"}, {"Name": "Delete", "Status": "NO"}, {"Status": "YES"}]`).([]any))
	s.SetName("Firm.Name")
	return s
}

// TestPut holds what is kept of answers: the wanted fields, as text, and nothing else.
func TestPut(t *testing.T) {
	s := full(t)
	want := []tenant.Record{{"Name": "Acme", "Class": "FREE", "Rate": "12.50", "Demo": "true"}, {}}
	if diff := cmp.Diff(want, s.Records["Firm"]); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]bool{"Send": true, "Delete": false}, s.Actions); diff != "" {
		t.Errorf("actions (-want +got):\n%s", diff)
	}
	if s.Who() != "Acme" {
		t.Errorf("it is called %q", s.Who())
	}
	if err := s.PutRecords("Item", []string{"Code"}, make([]any, 20_001)); err == nil || s.Records["Item"] != nil {
		t.Errorf("too many records were kept: %v", err)
	}
}

// TestFind tells a record that is not there from records that were not read.
func TestFind(t *testing.T) {
	s := full(t)
	if r, found, known := s.Find("Firm", "Name", "Acme"); !found || !known || r["Class"] != "FREE" {
		t.Errorf("got %v %v %v", r, found, known)
	}
	if _, found, known := s.Find("Firm", "Name", "acme"); found || !known {
		t.Error("codes differ by case")
	}
	if _, found, known := s.Find("Item", "Code", "PEN"); found || known {
		t.Error("something is known of records that were not read")
	}
	if s.Values("Item.Code") != nil {
		t.Error("values of records that were not read")
	}
	if v := s.Values("Firm.Locked"); v == nil || len(v) > 0 {
		t.Errorf("values of a field nobody set: %v", v)
	}
}

func TestGate(t *testing.T) {
	s := full(t)
	for _, c := range []struct {
		gate        catalog.SurveyGate
		open, known bool
	}{
		{catalog.SurveyGate{At: "Firm.Class", Has: []string{"FULL"}, Lacks: []string{"FREE"}}, false, true},
		{catalog.SurveyGate{At: "Firm.Class", Has: []string{"FREE"}}, true, true},
		{catalog.SurveyGate{At: "Firm.Class", Has: []string{"FULL"}}, false, false},
		{catalog.SurveyGate{At: "Item.Class", Has: []string{"FULL"}}, false, false},
		{catalog.SurveyGate{}, false, false},
		{catalog.SurveyGate{Action: "Send"}, true, true},
		{catalog.SurveyGate{Action: "Delete"}, false, true},
		{catalog.SurveyGate{Action: "Fly"}, false, false},
	} {
		if open, known := s.Gate(c.gate); open != c.open || known != c.known {
			t.Errorf("%+v: %v %v", c.gate, open, known)
		}
	}
}

// TestPutObject reads the members of a describe answer that decide whether a call works.
func TestPutObject(t *testing.T) {
	s := &tenant.Snapshot{}
	order, err := describe.Parse([]byte(`{"name": "Order", "createable": true, "updateable": false, "fields": [
		{"name": "Id", "type": "id", "length": 18, "nillable": false, "defaultedOnCreate": true},
		{"name": "Name", "type": "string", "length": 80, "nillable": false, "createable": true, "updateable": true, "defaultedOnCreate": false},
		{"name": "Stage", "type": "picklist", "length": 255, "nillable": true, "createable": true, "restrictedPicklist": true,
		 "picklistValues": [{"value": "Won", "active": true}, {"value": "Old", "active": false}, {"value": "", "active": true}]},
		{"name": "Kind", "type": "picklist", "nillable": true, "restrictedPicklist": false, "picklistValues": [{"value": "A", "active": true}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	s.PutObject("Order", &order)
	s.PutObject("Secret", nil)
	want := map[string]tenant.Object{
		"Order": {Createable: true, Fields: map[string]tenant.Field{
			"Id":    {Length: 18},
			"Name":  {Createable: true, Updateable: true, Required: true, Length: 80},
			"Stage": {Createable: true, Values: []string{"Won"}, Closed: true},
			"Kind":  {Values: []string{"A"}},
		}},
		"Secret": {Hidden: true},
	}
	if diff := cmp.Diff(want, s.Objects); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
}

// TestRoundTrip holds that what is written is read again, to the byte, and that digests
// tell snapshots apart.
func TestRoundTrip(t *testing.T) {
	s := full(t)
	data := s.Encode()
	back, err := tenant.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s, back); diff != "" {
		t.Errorf("read again (-want +got):\n%s", diff)
	}
	if string(back.Encode()) != string(data) || back.Digest() != s.Digest() || !strings.HasPrefix(s.Digest(), "sha256:") {
		t.Error("the same snapshot has two encodings")
	}
	back.Actions["Send"] = false
	if back.Digest() == s.Digest() {
		t.Error("two snapshots have one digest")
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{``, "read snapshot"},
		{`{"version": 2, "api": "a", "taken": "2026-11-22T00:00:00Z"}`, "version 2, not 1"},
		{`{"version": 1, "api": "a", "taken": "2026-11-22T00:00:00Z", "secret": "x"}`, "unknown field"},
		{`{"version": 1, "taken": "2026-11-22T00:00:00Z"}`, "does not say"},
		{`{"version": 1, "api": "a"}`, "does not say"},
		{strings.Repeat(" ", 16<<20+1), "bytes"},
	} {
		if _, err := tenant.Decode([]byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.60q: %v, want %q", c.text, err, c.want)
		}
	}
}

func TestAge(t *testing.T) {
	s := full(t)
	for d, want := range map[time.Duration]string{
		0: "less than a minute", -time.Hour: "less than a minute", time.Minute: "1 minute", 59 * time.Minute: "59 minutes",
		90 * time.Minute: "1 hour", 25 * time.Hour: "1 day", 73 * time.Hour: "3 days",
	} {
		if got := s.Age(s.Taken.Add(d)); got != want {
			t.Errorf("after %s: %q, want %q", d, got, want)
		}
	}
	if got := s.Seen(); got != "22 Nov 2026 18:40 UTC" {
		t.Errorf("seen %q", got)
	}
}

// FuzzDecode holds that no file makes reading a snapshot fail in another way than by an
// error, and that what is read is written the same again.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"version": 1, "api": "a", "taken": "2026-11-22T00:00:00Z", "records": {"A": [{"b": "c"}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := tenant.Decode(data)
		if err != nil {
			return
		}
		again, err := tenant.Decode(s.Encode())
		if err != nil || fmt.Sprint(again.Digest()) != s.Digest() {
			t.Fatalf("written and read again: %v", err)
		}
	})
}
