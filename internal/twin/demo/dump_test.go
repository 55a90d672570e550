package demo_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/internal/twin/demo"
	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/internal/twin/xero"
)

// pair is both twins over one world and clock.
type pair struct {
	clock *wire.Virtual
	sf    *salesforce.Twin
	books *xero.Twin
}

// over loads a world as a file would be: through its encoding.
func over(t *testing.T, w world.World) pair {
	t.Helper()
	data, err := w.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if w, err = world.Decode(data); err != nil {
		t.Fatal(err)
	}
	p := pair{clock: wire.NewVirtual(w.Start)}
	if p.sf, err = salesforce.New(salesforce.Options{Now: p.clock.Now, World: w}); err != nil {
		t.Fatal(err)
	}
	org, collections := w.Books()
	if p.books, err = xero.New(xero.Options{Now: p.clock.Now, Organisation: org, Collections: collections}); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p pair) dump() world.World {
	return world.World{Start: p.clock.Now(), Salesforce: p.sf.Dump(), Xero: p.books.Dump()}
}

// invoice makes an invoice by the API and returns its id.
func (p pair) invoice(t *testing.T, number string) string {
	t.Helper()
	client := &http.Client{Transport: wire.RoundTripper(p.books)}
	send := func(method, path, body string, header ...string) map[string]any {
		r, err := http.NewRequestWithContext(t.Context(), method, "https://api.xero.com"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		if strings.HasPrefix(path, "/connect") {
			r.SetBasicAuth(xero.DefaultClientID, xero.DefaultClientSecret)
		}
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var out map[string]any
		if err := json.NewDecoder(resp.Body).Decode(&out); err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s %s: %d %v %v", method, path, resp.StatusCode, out, err)
		}
		return out
	}
	token := send("POST", "/connect/token", "grant_type=client_credentials", "Content-Type", "application/x-www-form-urlencoded")["access_token"].(string)
	contact := p.books.Contacts()[0]["ContactID"].(string)
	out := send("PUT", "/api.xro/2.0/Invoices", `{"Invoices":[{"Type":"ACCREC","InvoiceNumber":"`+number+`","Contact":{"ContactID":"`+contact+
		`"},"LineItems":[{"Description":"Work","Quantity":1,"UnitAmount":100,"AccountCode":"200"}],"DueDate":"2026-12-01","Status":"AUTHORISED"}]}`,
		"Authorization", "Bearer "+token, "Accept", "application/json", "Content-Type", "application/json")
	return out["Invoices"].([]any)[0].(map[string]any)["InvoiceID"].(string)
}

// TestADumpLoadsToTheSameTwins lives a while, dumps, loads the dump and goes on.
func TestADumpLoadsToTheSameTwins(t *testing.T) {
	company := demo.New(1)
	p := over(t, company.World)
	p.clock.Advance(time.Hour)
	first := p.invoice(t, "SF-1")
	for _, err := range []error{
		p.sf.CloseWon(company.Close[0]), p.sf.Delete("Opportunity", company.Close[1]), p.books.Pay(first, decimal.FromInt(40), "2026-11-02"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	before := p.dump()
	again := over(t, before)
	if changes := world.Diff(before, again.dump()); changes != nil {
		var text strings.Builder
		_ = world.WriteChanges(&text, changes)
		t.Fatalf("the loaded dump differs:\n%.4000s", text.String())
	}
	if diff := cmp.Diff(before.Start, again.clock.Now()); diff != "" {
		t.Errorf("clock (-want +got):\n%s", diff)
	}
	if _, there := again.sf.Get("Opportunity", company.Close[1]); there {
		t.Error("a deleted deal came back")
	}
	if second := again.invoice(t, "SF-2"); second == first || len(again.books.Invoices()) != len(p.books.Invoices())+1 {
		t.Errorf("the next invoice took the id %s of another", second)
	}
	mine := func(r world.Record) bool { return r["CreatedByMyApp"] == true }
	if n := len(slices.DeleteFunc(again.books.Dump()["Invoices"], func(r world.Record) bool { return !mine(r) })); n != 2 {
		t.Errorf("%d invoices are the app's own, want 2", n)
	}
}
