package apicall

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/runtime/plan"
)

var update = flag.Bool("update", false, "rewrite the files in testdata")

// num is a JSON number, as run-time values hold them.
func num(s string) json.Number { return json.Number(s) }

func invoiceBody() map[string]any {
	return map[string]any{
		"Type": "ACCREC", "Status": "AUTHORISED", "InvoiceNumber": "SF-0068X00001",
		"Contact": map[string]any{"ContactID": "11111111-2222-3333-4444-555555555555"},
		"Date":    "2026-11-22", "DueDate": "2026-12-22", "LineAmountTypes": "Exclusive", "Reference": "Harbour <Tools> & Söhne",
		"LineItems": []any{
			map[string]any{"ItemCode": "WID-1", "Description": "Widget\nlarge", "Quantity": num("2"), "UnitAmount": num("19.90"), "DiscountRate": nil, "TaxType": "OUTPUT2"},
			map[string]any{"ItemCode": "WID-2", "Description": "Gadget", "Quantity": num("1.5E1"), "UnitAmount": num("0.0001"), "TaxType": "OUTPUT2"},
		},
	}
}

// w1 is every request of the first automation.
func w1() map[string]struct {
	op   string
	args Args
} {
	return map[string]struct {
		op   string
		args Args
	}{
		"account": {"salesforce.Account.get", Args{Params: map[string]any{"id": "001R0000005hDFYIA2", "fields": "Id,Name,BillingCountry"}}},
		"lines": {"salesforce.query", Args{Query: &Query{
			Select: []string{"Id", "Quantity", "UnitPrice", "TotalPrice", "Product2Id", "Product2.Name", "Product2.Family"},
			From:   "OpportunityLineItem", Where: All(Cond{Field: "OpportunityId", Op: plan.Eq, Value: "006R00000024gDtIAI"}), Order: []string{"SortOrder", "Id"},
		}}},
		"changed": {"salesforce.query", Args{Query: &Query{
			Select: []string{"Id", "SystemModstamp"}, From: "Opportunity",
			Where: All(Cond{Field: "SystemModstamp", Op: plan.Ge, Value: "2026-11-22T10:08:01.5Z"}), Order: []string{"SystemModstamp ASC", "Id"}, Limit: 200,
		}}},
		"contact-by-number": {"xero.getContacts", Args{Params: map[string]any{"includeArchived": true}, Filter: equal(map[string]any{"ContactNumber": "001R0000005hDFYIA2"})}},
		"contact-by-name":   {"xero.getContacts", Args{Filter: equal(map[string]any{"Name": `O"Brien \ Sons`})}},
		"contact-create":    {"xero.createContacts", Args{Body: map[string]any{"Name": "Harbour Tools Ltd", "ContactNumber": "001R0000005hDFYIA2"}}},
		"invoice":           {"xero.createInvoices", Args{Params: map[string]any{"Idempotency-Key": "pw-abc"}, Body: invoiceBody()}},
		"invoice-lookup":    {"xero.getInvoices", Args{Params: map[string]any{"InvoiceNumbers": "SF-0068X00001"}}},
		"invoice-get":       {"xero.getInvoice", Args{Params: map[string]any{"InvoiceID": "a/b?c#d e%"}}},
		"back":              {"salesforce.Opportunity.update", Args{Params: map[string]any{"id": "006R00000024gDtIAI"}, Body: map[string]any{"Xero_Invoice_Id__c": "11111111-2222-3333-4444-555555555555"}}},
		"changed-invoices":  {"xero.getInvoices", Args{Params: map[string]any{"If-Modified-Since": "2026-11-22T11:08:01.999+01:00", "page": num("1")}}},
		"email":             {"xero.emailInvoice", Args{Params: map[string]any{"InvoiceID": "abc", "Idempotency-Key": "pw-1"}}},
		"batch":             {"xero.createInvoices", Args{Body: []any{map[string]any{"Type": "ACCREC"}, map[string]any{"Type": "ACCREC"}}}},
	}
}

func TestRenderGolden(t *testing.T) {
	cat := newTestCatalog()
	for name, tc := range w1() {
		t.Run(name, func(t *testing.T) {
			op := cat.ops[tc.op]
			req, err := Render(cat.apis[op.API], op, cat, tc.args)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata", "render", name+".txt"), show(t, req))
			again, err := Render(cat.apis[op.API], op, cat, tc.args)
			if err != nil || again.Digest() != req.Digest() {
				t.Errorf("a second rendering differs: %v", cmp.Diff(req, again))
			}
		})
	}
}

// show prints a request for people: the decoded query on lines of its own.
func show(t *testing.T, r Request) string {
	t.Helper()
	var b strings.Builder
	path, query, _ := strings.Cut(r.Path, "?")
	b.WriteString(r.Method + " " + path + "\n")
	for part := range strings.SplitSeq(query, "&") {
		text, err := url.QueryUnescape(part)
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString("  ? " + text + "\n")
	}
	for _, name := range sortedKeys(r.Header) {
		b.WriteString(name + ": " + r.Header[name] + "\n")
	}
	if r.Object != "" {
		b.WriteString("rows of " + r.Object + "\n")
	}
	if r.Pages {
		b.WriteString("all pages\n")
	}
	b.Write(r.Body)
	b.WriteString("\n" + r.Digest() + "\n")
	return b.String()
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (run with -update)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func TestRenderRefuses(t *testing.T) {
	body := func(v any) Args { return Args{Body: map[string]any{"Reference": v}} }
	for _, tc := range []struct {
		name, op string
		args     Args
		want     string
	}{
		{"unknown parameter", "xero.getContacts", Args{Params: map[string]any{"nope": "x"}}, "there is no parameter nope"},
		{"fixed parameter", "xero.createInvoices", Args{Params: map[string]any{"unitdp": num("2")}, Body: map[string]any{}}, "unitdp is fixed"},
		{"missing path parameter", "xero.getInvoice", Args{}, "parameter InvoiceID is missing"},
		{"empty path parameter", "xero.getInvoice", Args{Params: map[string]any{"InvoiceID": ""}}, "InvoiceID is empty"},
		{"climbing path", "xero.getInvoice", Args{Params: map[string]any{"InvoiceID": ".."}}, "cannot be a path segment"},
		{"control character in path", "xero.getInvoice", Args{Params: map[string]any{"InvoiceID": "a\r\nb"}}, "control character"},
		{"control character in header", "xero.emailInvoice", Args{Params: map[string]any{"InvoiceID": "a", "Idempotency-Key": "k\r\nAuthorization: x"}}, "control character"},
		{"wide text in header", "xero.emailInvoice", Args{Params: map[string]any{"InvoiceID": "a", "Idempotency-Key": "k\u00e9"}}, "only ASCII"},
		{"two values in one", "xero.getInvoices", Args{Params: map[string]any{"InvoiceNumbers": "A,B"}}, "holds a comma"},
		{"empty look-up", "xero.getInvoices", Args{Params: map[string]any{"InvoiceNumbers": ""}}, "is empty"},
		{"empty list", "xero.getInvoices", Args{Params: map[string]any{"InvoiceNumbers": []any{}}}, "empty list"},
		{"instant that is none", "xero.getInvoices", Args{Params: map[string]any{"If-Modified-Since": "yesterday"}}, "not an instant"},
		{"object as parameter", "xero.getContacts", Args{Params: map[string]any{"where": map[string]any{}}}, "cannot be a parameter"},
		{"no filter taken", "xero.getInvoice", Args{Params: map[string]any{"InvoiceID": "a"}, Filter: equal(map[string]any{"Name": "x"})}, "does not take a filter"},
		{"filter twice", "xero.getContacts", Args{Params: map[string]any{"where": "x"}, Filter: equal(map[string]any{"Name": "x"})}, "set twice"},
		{"empty filter value", "xero.getContacts", Args{Filter: equal(map[string]any{"Name": ""})}, "value is empty"},
		{"absent filter value", "xero.getContacts", Args{Filter: equal(map[string]any{"Name": nil})}, "value is absent"},
		{"no filter field", "xero.getContacts", Args{Filter: equal(map[string]any{})}, "there is no field"},
		{"filter name breaks out", "xero.getContacts", Args{Filter: equal(map[string]any{`Name=="" OR Name`: "x"})}, "not a field path"},
		{"no query", "salesforce.query", Args{}, "needs a query"},
		{"query not taken", "xero.getContacts", Args{Query: &Query{}}, "does not take a query"},
		{"wanted field breaks out", "salesforce.Account.get", Args{Params: map[string]any{"id": "1", "fields": "Id,Name&x=1"}}, "not a field path"},
		{"no body", "xero.createInvoices", Args{}, "needs a body"},
		{"body not taken", "xero.getContacts", Args{Body: map[string]any{}}, "does not take a body"},
		{"no elements", "xero.createInvoices", Args{Body: []any{}}, "1 to 50 elements"},
		{"too many elements", "xero.createContacts", Args{Body: []any{map[string]any{}, map[string]any{}}}, "1 to 1 elements"},
		{"float", "xero.createInvoices", body(1.5), "body/Invoices/0/Reference: a float64"},
		{"not a number", "xero.createInvoices", body(num("NaN")), "not an exact number"},
		{"huge number", "xero.createInvoices", body(num("1e999")), "not an exact number"},
		{"not UTF-8", "xero.createInvoices", body("a\xff"), "not UTF-8"},
		{"absent element", "xero.createInvoices", body([]any{nil}), "an element is absent"},
		{"too long", "xero.getContacts", Args{Filter: equal(map[string]any{"Name": strings.Repeat("x", 16_000)})}, "at most 15000"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cat := newTestCatalog()
			op := cat.ops[tc.op]
			_, err := Render(cat.apis[op.API], op, cat, tc.args)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("got %v, want an error with %q", err, tc.want)
			}
			if !strings.HasPrefix(err.Error(), "render "+tc.op+": ") {
				t.Errorf("error does not name the operation: %v", err)
			}
		})
	}
}

func TestRenderIsCanonical(t *testing.T) {
	cat := newTestCatalog()
	op := cat.ops["xero.createInvoices"]
	body := func() map[string]any {
		m := map[string]any{}
		for _, k := range []string{"Type", "Reference", "Status", "A", "B", "C", "D"} {
			m[k] = "x"
		}
		return m
	}
	first, err := Render(cat.apis["xero"], op, cat, Args{Body: body()})
	if err != nil {
		t.Fatal(err)
	}
	for range 50 {
		next, err := Render(cat.apis["xero"], op, cat, Args{Body: body()})
		if err != nil || !bytes.Equal(first.Body, next.Body) || first.Digest() != next.Digest() {
			t.Fatalf("renderings differ: %s and %s (%v)", first.Body, next.Body, err)
		}
	}
	var stored Request
	text, err := json.Marshal(first)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &stored); err != nil || stored.Digest() != first.Digest() {
		t.Errorf("a request that was stored has digest %s, before %s (%v)", stored.Digest(), first.Digest(), err)
	}
}

// FuzzPathSegment holds that a path value stays one segment, whatever it is.
func FuzzPathSegment(f *testing.F) {
	for _, s := range []string{"a", "..", "a/b", "a?b=c", "%2e%2e", "a#b", "é", "a%2Fb", ";x", "a b"} {
		f.Add(s)
	}
	cat := newTestCatalog()
	op := cat.ops["xero.emailInvoice"]
	f.Fuzz(func(t *testing.T, s string) {
		req, err := Render(cat.apis["xero"], op, cat, Args{Params: map[string]any{"InvoiceID": s}})
		if err != nil {
			return
		}
		u, err := url.Parse("https://host" + req.Path)
		if err != nil {
			t.Fatalf("%q: %v", req.Path, err)
		}
		parts := strings.Split(u.EscapedPath(), "/")
		if len(parts) != 4 || parts[1] != "Invoices" || parts[3] != "Email" || u.RawQuery != "" || u.Fragment != "" {
			t.Fatalf("%q became %q", s, req.Path)
		}
		if got, err := url.PathUnescape(parts[2]); err != nil || got != s {
			t.Fatalf("%q arrives as %q (%v)", s, got, err)
		}
	})
}
