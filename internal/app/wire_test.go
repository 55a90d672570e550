package app

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/openapi"
)

// TestExchangesFitTheSpecs runs the main job and holds every exchange on the wire up to the
// specs: ours under their overlays, and the vendor's own document where it is at hand.
func TestExchangesFitTheSpecs(t *testing.T) {
	h := ready(t, goal)
	deals := h.win(8)
	h.once(8, 0)
	h.settled(deals)

	judges := map[string][]*openapi.Validator{}
	for _, name := range []string{"salesforce", "xero"} {
		v, err := specs.Validator(name)
		if err != nil {
			t.Fatal(err)
		}
		judges[name] = append(judges[name], v)
	}
	if data, err := os.ReadFile("../../../shared/specs/xero_accounting.yaml"); err == nil {
		v, err := openapi.NewValidator(data)
		if err != nil {
			t.Fatal(err)
		}
		judges["xero"] = append(judges["xero"], v)
	} else {
		t.Log("skipped the vendor's own document: ../shared is not there")
	}
	judged := 0
	for _, x := range h.seen.Exchanges() {
		api := "salesforce"
		if strings.HasSuffix(x.Host, ":8402") {
			api = "xero"
		}
		if strings.Contains(x.URL, "/oauth2/") || strings.Contains(x.URL, "/connect/token") {
			continue // sign-in is described by the overlay, not by the spec
		}
		for i, v := range judges[api] {
			if err := v.Check(exchange(x)); err != nil {
				t.Errorf("%s validator %d: %s %s: %v", api, i, x.Method, x.URL, err)
			}
		}
		judged++
	}
	if judged < 50 {
		t.Errorf("only %d exchanges were judged", judged)
	}
	canaries(t, judges["xero"])
}

func exchange(x wire.Exchange) openapi.Exchange {
	return openapi.Exchange{
		Method: x.Method, URL: "http://" + x.Host + x.URL, Header: x.Header, Body: x.Body,
		Status: x.Status, AnswerHeader: x.AnswerHeader, Answer: x.Answer,
	}
}

// canaries are exchanges that every judge must refuse; a judge that accepts one judges
// nothing.
func canaries(t *testing.T, judges []*openapi.Validator) {
	t.Helper()
	good := `{"Invoices":[{"InvoiceID":"11111111-2222-3333-4444-555555555555","Type":"ACCREC"}]}`
	for name, x := range map[string]openapi.Exchange{
		"a type that is none":       {Method: "PUT", Body: []byte(`{"Invoices":[{"Type":"NOPE"}]}`), Status: 200, Answer: []byte(good)},
		"text for a number":         {Method: "PUT", Body: []byte(`{"Invoices":[{"Type":"ACCREC","LineItems":[{"Quantity":"one"}]}]}`), Status: 200, Answer: []byte(good)},
		"an answer of another form": {Method: "PUT", Body: []byte(`{"Invoices":[{"Type":"ACCREC"}]}`), Status: 200, Answer: []byte(`{"Invoices":"none"}`)},
		"no body":                   {Method: "PUT", Status: 200, Answer: []byte(good)},
	} {
		x.URL = "http://127.0.0.1:8402/api.xro/2.0/Invoices"
		x.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json"}, "Xero-Tenant-Id": {"x"}}
		x.AnswerHeader = http.Header{"Content-Type": {"application/json"}}
		for i, v := range judges {
			if v.Check(x) == nil {
				t.Errorf("validator %d accepted %s", i, name)
			}
		}
	}
}
