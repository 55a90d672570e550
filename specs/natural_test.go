package specs_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/planwright/planwright/internal/twin/demo"
	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/internal/twin/xero"
	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
)

// records finds those of an entity in what a twin holds: under the name of the list's
// envelope, or under the object's own.
func records(c *catalog.Catalog, api, short string, held map[string][]map[string]any) []map[string]any {
	e, _ := c.Entity(api + "." + short)
	if list, ok := c.Operation(api + "." + e.List); ok && list.Query == nil && list.Response != nil {
		return held[list.Response.Envelope]
	}
	return held[short]
}

// alive reports whether a record can be used: it is as the entity says, and in no state
// in which its maker no longer counts it.
func alive(c *catalog.Catalog, api string, e catalog.Entity, r map[string]any) bool {
	for field, value := range e.Live {
		if fmt.Sprint(r[field]) != value {
			return false
		}
	}
	if create, ok := c.Operation(api + "." + e.Create); ok && create.Repeat.Status != "" {
		return !slices.Contains(create.Repeat.Dead, fmt.Sprint(r[create.Repeat.Status]))
	}
	return true
}

// doubles names values of natural keys that two live records have, and counts what was
// compared.
func doubles(c *catalog.Catalog, api string, held map[string][]map[string]any) (found []string, compared int) {
	for _, name := range c.Objects(api) {
		o, _ := c.Object(name)
		short := strings.TrimPrefix(name, api+".")
		e, ok := c.Entity(name)
		if !ok {
			continue
		}
		for _, field := range o.Natural {
			seen := map[string]bool{}
			for _, r := range records(c, api, short, held) {
				value, _ := r[field].(string)
				if value == "" || !alive(c, api, e, r) {
					continue
				}
				compared++
				if seen[value] {
					found = append(found, fmt.Sprintf("two live records of %s have %s %q", name, field, value))
				}
				seen[value] = true
			}
		}
	}
	return found, compared
}

func newXero(t *testing.T, o xero.Options) *xero.Twin {
	t.Helper()
	o.Now, o.MinuteLimit, o.DayLimit, o.Concurrent = demo.Start, -1, -1, -1
	twin, err := xero.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return twin
}

// TestNaturalKeysAreUnique holds the worlds of the twins to what the overlays call unique.
func TestNaturalKeysAreUnique(t *testing.T) {
	c := open(t, specs.Embedded())
	for _, seed := range []uint64{1, 7, 42} {
		w := demo.New(seed).World
		org, kept := w.Books()
		deals, err := salesforce.New(salesforce.Options{World: w})
		if err != nil {
			t.Fatal(err)
		}
		for api, held := range map[string]map[string][]map[string]any{
			"xero":       newXero(t, xero.Options{Collections: kept, Organisation: org}).Snapshot(),
			"salesforce": deals.Snapshot(),
		} {
			found, compared := doubles(c, api, held)
			for _, d := range found {
				t.Errorf("demo company %d: %s", seed, d)
			}
			if compared < 30 {
				t.Errorf("demo company %d: only %d values of %s compared", seed, compared, api)
			}
		}
	}
	for _, region := range []string{"AU", "NZ", "GB", "US"} {
		found, compared := doubles(c, "xero", newXero(t, xero.Options{Region: region}).Snapshot())
		for _, d := range found {
			t.Errorf("books of %s: %s", region, d)
		}
		if compared == 0 {
			t.Errorf("books of %s: nothing was compared", region)
		}
	}
	twice := map[string][]map[string]any{"Invoices": {
		{"InvoiceNumber": "1", "Status": "DRAFT"}, {"InvoiceNumber": "1", "Status": "VOIDED"}, {"InvoiceNumber": "1", "Status": "PAID"},
	}}
	if found, _ := doubles(c, "xero", twice); len(found) != 1 {
		t.Errorf("a number used twice by live invoices: %q", found)
	}
}

// books calls a twin of Xero as the engine would.
type books struct {
	t     *testing.T
	twin  *xero.Twin
	token string
}

func (b *books) call(method, path string, body any) (int, map[string]any) {
	b.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		b.t.Fatal(err)
	}
	r := httptest.NewRequest(method, path, strings.NewReader(string(data)))
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+b.token)
	if form, ok := body.(url.Values); ok {
		r = httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.SetBasicAuth(xero.DefaultClientID, xero.DefaultClientSecret)
	}
	w := httptest.NewRecorder()
	b.twin.ServeHTTP(w, r)
	out := map[string]any{}
	if strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			b.t.Fatalf("%s %s: %v", method, path, err)
		}
	}
	return w.Code, out
}

// made are records that can be made twice, by operation and the how manieth time it is:
// what they are found again by stays, something else changes.
func made() map[string]func(nth int) map[string]any {
	line := []any{map[string]any{"Description": "x", "Quantity": 1, "UnitAmount": 20, "AccountCode": "200", "TaxType": "OUTPUT2"}}
	return map[string]func(nth int) map[string]any{
		"xero.createInvoices": func(nth int) map[string]any {
			return map[string]any{
				"Type": "ACCREC", "Contact": map[string]any{"Name": "Payer"}, "Date": "2026-11-22", "DueDate": "2026-12-22", "LineAmountTypes": "Exclusive",
				"LineItems": line, "Status": "AUTHORISED", "InvoiceNumber": "SF-1", "Reference": fmt.Sprint(nth),
			}
		},
		"xero.createContacts": func(nth int) map[string]any {
			return map[string]any{"Name": fmt.Sprint("Harbour ", nth), "ContactNumber": "001"}
		},
		"xero.createItems": func(nth int) map[string]any { return map[string]any{"Code": "SEAT", "Name": fmt.Sprint(nth)} },
		"xero.createPayments": func(nth int) map[string]any {
			return map[string]any{
				"Invoice": map[string]any{"InvoiceNumber": "SF-1"}, "Account": map[string]any{"Code": "090"}, "Date": "2026-11-22", "Amount": nth + 1,
				"Reference": "SF-P1",
			}
		},
		"xero.createCreditNotes": func(nth int) map[string]any {
			return map[string]any{
				"Type": "ACCRECCREDIT", "Contact": map[string]any{"Name": "Payer"}, "Date": "2026-11-22", "LineAmountTypes": "Exclusive",
				"LineItems": line, "Status": "AUTHORISED", "CreditNoteNumber": "SF-C1", "Reference": fmt.Sprint(nth),
			}
		},
		"xero.createCurrency": func(nth int) map[string]any {
			return map[string]any{"Code": "EUR", "Description": fmt.Sprint("Euro ", nth)}
		},
	}
}

// TestWritesAreFoundAgain makes a record by every write that is found again by a key. The
// look-up of the overlay finds it, once, in the twin. Where the vendor is said to refuse a
// second one, the twin does, in words that the overlay knows.
func TestWritesAreFoundAgain(t *testing.T) {
	c := open(t, specs.Embedded())
	b := &books{t: t, twin: newXero(t, xero.Options{Region: "NZ"})}
	_, signedIn := b.call(http.MethodPost, "/connect/token", url.Values{"grant_type": {"client_credentials"}})
	b.token = fmt.Sprint(signedIn["access_token"])
	bodies, tried := made(), 0
	for _, o := range c.Operations("xero") {
		if o.Repeat == nil || o.Repeat.Lookup == nil {
			continue
		}
		body, known := bodies[o.Name()]
		if !known {
			t.Errorf("%s is found again by %s and not tried here", o.Name(), o.Repeat.Key)
			continue
		}
		tried++
		b.write(o, body(0), "")
		if n := b.lookup(c, o, fmt.Sprint(body(0)[o.Repeat.Key])); n != 1 {
			t.Errorf("%s: %d found, want 1", o.Name(), n)
		}
		if n := b.lookup(c, o, "nobody's"); n != 0 {
			t.Errorf("%s: %d found for another key", o.Name(), n)
		}
		if o.Repeat.Way == catalog.WayUnique {
			b.write(o, body(1), o.Repeat.Duplicate[0])
		}
	}
	if n := len(b.twin.All("Invoices")); n != 1 || tried < 6 {
		t.Errorf("%d invoices, want 1; %d writes tried", n, tried)
	}
}

const root = "/api.xro/2.0"

// write makes one record, or wants a refusal that begins with the text.
func (b *books) write(o *catalog.Operation, record map[string]any, refusal string) {
	b.t.Helper()
	body := record
	if o.Request.Envelope != "" {
		body = map[string]any{o.Request.Envelope: []any{record}}
	}
	code, got := b.call(o.Method, root+o.Path+"?summarizeErrors=false", body)
	answer, err := json.Marshal(got)
	if err != nil {
		b.t.Fatal(err)
	}
	text := strings.ToLower(string(answer))
	refused := strings.Contains(text, `"statusattributestring":"error"`)
	if code != http.StatusOK || refused != (refusal != "") || !strings.Contains(text, `"message":"`+strings.ToLower(refusal)) && refusal != "" {
		b.t.Errorf("%s: %d %s, want refusal %q", o.Name(), code, answer, refusal)
	}
}

// lookup counts what the look-up of a write finds for a key.
func (b *books) lookup(c *catalog.Catalog, o *catalog.Operation, key string) int {
	b.t.Helper()
	l := o.Repeat.Lookup
	read, _ := c.Operation(o.API + "." + l.Operation)
	q := url.Values{"page": {"1"}}
	if l.Param != "" {
		q.Set(l.Param, key)
	} else {
		q.Set(l.Filter, fmt.Sprintf("%s==%q", o.Repeat.Key, key))
	}
	code, got := b.call(read.Method, root+read.Path+"?"+q.Encode(), nil)
	list, _ := got[read.Response.Envelope].([]any)
	if code != http.StatusOK {
		b.t.Errorf("%s: %d", read.Name(), code)
	}
	return len(list)
}
