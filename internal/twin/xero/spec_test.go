package xero_test

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/xero"
	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/openapi"
)

// vendorFile is the vendor's own description; a user's clone has no such folder.
const vendorFile = "../../../../shared/specs/xero_accounting.yaml"

var embedded = sync.OnceValues(func() (*openapi.Validator, error) {
	for _, s := range specs.Embedded() {
		if s.Name == "xero" {
			return openapi.NewValidator(s.Spec)
		}
	}
	return nil, os.ErrNotExist
})

var official = sync.OnceValues(func() (*openapi.Validator, error) {
	data, err := os.ReadFile(vendorFile)
	if err != nil {
		return nil, err
	}
	return openapi.NewValidator(data)
})

var numberInPath = regexp.MustCompile(`/2\.0/(?:Invoices|Items|CreditNotes)/([^/?]+)`)

// validate holds the exchanges of a test up to the embedded description and, where it
// is there, to the vendor's file.
func validate(t *testing.T, exchanges []wire.Exchange) {
	t.Helper()
	ours, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := official()
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for _, e := range exchanges {
		x, ok := judged(e)
		if !ok {
			continue
		}
		if err := ours.Check(x); err != nil && !strings.Contains(err.Error(), "the spec has no such") && !strings.Contains(err.Error(), refundShown) {
			t.Errorf("embedded spec: %s %s: %v\nsent %.300s\ngot %d %.600s", e.Method, e.URL, err, e.Body, e.Status, e.Answer)
		}
		if theirs == nil {
			continue
		}
		if err := theirs.Check(x); err != nil {
			t.Errorf("vendor's spec: %s %s: %v\nsent %.300s\ngot %d %.600s", e.Method, e.URL, err, e.Body, e.Status, e.Answer)
		}
	}
}

// refundShown is where the embedded description is narrower than the vendor's: payments
// show the credit they refund as an invoice of another type.
const refundShown = "enum at /Payments/0/Invoice/Type"

// judged selects what the description speaks of: JSON answers and 204 of the Accounting
// API. Requests that leave it on purpose are replaced by empty ones.
func judged(e wire.Exchange) (openapi.Exchange, bool) {
	json := strings.HasPrefix(e.AnswerHeader.Get("Content-Type"), "application/json")
	if e.Cut || !strings.HasPrefix(e.URL, "/api.xro/2.0/") || e.Status != 200 && e.Status != 204 && e.Status != 400 || !json && e.Status != 204 {
		return openapi.Exchange{}, false
	}
	if e.Status == 400 && (e.Method == http.MethodGet || e.Method == http.MethodDelete || strings.HasSuffix(e.URL, "/Currencies")) || len(e.Answer) > 64<<10 {
		return openapi.Exchange{}, false // not described; and long lists hold what short ones do
	}
	x := openapi.Exchange{
		Method: e.Method, URL: "https://api.xero.com" + e.URL, Header: e.Header.Clone(), Body: e.Body,
		Status: e.Status, AnswerHeader: e.AnswerHeader, Answer: e.Answer,
	}
	// The vendor takes numbers and codes where the description wants ids.
	if m := numberInPath.FindStringSubmatchIndex(x.URL); m != nil {
		x.URL = x.URL[:m[2]] + "00000000-0000-0000-0000-000000000000" + x.URL[m[3]:]
	}
	x.Header.Set("xero-tenant-id", "00000000-0000-0000-0000-000000000000") // a custom connection need not send it
	if e.Header.Get("X-Off-Spec") != "" {
		x.URL, _, _ = strings.Cut(x.URL, "?")
		x.Header.Del("Idempotency-Key")
		x.Header.Del("If-Modified-Since")
		if e.Method != http.MethodGet {
			x.Body = []byte(`{}`)
			x.Header.Set("Content-Type", "application/json")
		}
	}
	return x, true
}

// TestCanaries proves that the judge refuses: each row spoils a good exchange.
func TestCanaries(t *testing.T) {
	b := open(t, shop)
	b.call("PUT", "/Invoices?unitdp=4", `{"Invoices":[`+sale("SF-1", line("1", "10"))+`]}`).want(200)
	b.call("PUT", "/Invoices", `{"Invoices":[`+sale("SF-1", line("1", "10"))+`]}`).want(400)
	kept := b.rec.Exchanges()
	good, _ := judged(kept[len(kept)-2])
	bad400, _ := judged(kept[len(kept)-1])
	spoil := func(x openapi.Exchange, old, new string) openapi.Exchange {
		if !strings.Contains(string(x.Answer), old) {
			t.Fatalf("the answer does not hold %s: %s", old, x.Answer)
		}
		x.Answer = []byte(strings.Replace(string(x.Answer), old, new, 1))
		return x
	}
	spoilBody := func(old, new string) openapi.Exchange {
		x := good
		x.Body = []byte(strings.Replace(string(good.Body), old, new, 1))
		return x
	}
	status := good
	status.Status = http.StatusTeapot
	param := good
	param.URL += "&colour=red"
	canaries := map[string]openapi.Exchange{
		"a date that is not one":        spoil(good, `"Date":"/Date(`, `"Date":"Date(`),
		"an id that is not one":         spoil(good, `"InvoiceID":"`, `"InvoiceID":"x`),
		"a sum as text":                 spoil(good, `"Total":11.50`, `"Total":"11.50"`),
		"a status nobody knows":         spoil(good, `"Status":"AUTHORISED"`, `"Status":"OPEN"`),
		"lines that are not a list":     spoil(good, `"LineItems":[`, `"Overpayments":{},"LineItems":7,"x":[`),
		"a flag as number":              spoil(good, `"SentToContact":false`, `"SentToContact":0`),
		"a member of no schema, sent":   spoilBody(`"Type":`, `"Colour":"red","Type":`),
		"a type nobody knows, sent":     spoilBody(`"ACCREC"`, `"SALE"`),
		"a query parameter nobody has":  param,
		"a status the spec has not":     status,
		"an error number that is text":  spoil(bad400, `"ErrorNumber":10`, `"ErrorNumber":"ten"`),
		"elements that are not objects": spoil(bad400, `"Elements":[{`, `"Elements":[7,{`),
	}
	judges := map[string]func() (*openapi.Validator, error){"embedded": embedded}
	if _, err := os.Stat(vendorFile); err == nil {
		judges["vendor's file"] = official
	} else {
		t.Logf("%s is not here: the embedded description alone is the judge", vendorFile)
	}
	for name, load := range judges {
		judge, err := load()
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range []openapi.Exchange{good, bad400} {
			if err := judge.Check(x); err != nil {
				t.Errorf("%s refuses a good exchange: %v", name, err)
			}
		}
		for canary, x := range canaries {
			if judge.Check(x) == nil {
				t.Errorf("%s lets %s pass", name, canary)
			}
		}
	}
}

// TestVendorsFile says when the vendor's description was not there to judge.
func TestVendorsFile(t *testing.T) {
	if _, err := os.Stat(vendorFile); err != nil {
		t.Skipf("%s is not here; exchanges were held up to the embedded description only", vendorFile)
	}
	b := open(t, func(o *xero.Options) { o.Region = "AU" })
	for _, path := range []string{
		"/Organisation", "/Organisation/Actions", "/Accounts", "/TaxRates", "/Items", "/Contacts", "/Invoices", "/Payments",
		"/Currencies", "/BrandingThemes", "/TrackingCategories", "/CreditNotes", "/Prepayments", "/Overpayments?References=a,b",
		"/BankTransactions", "/BatchPayments",
	} {
		b.get(path).want(200)
	}
}
