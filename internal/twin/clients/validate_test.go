package clients_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/planwright/planwright/specs/openapi"
)

// vendorFile is the vendor's own description; a user's clone has no such folder.
const vendorFile = "../../../../shared/specs/xero_accounting.yaml"

var numberInPath = regexp.MustCompile(`/2\.0/(?:Invoices|Items)/([^/?]+)`)

// validate holds every JSON exchange of the Accounting API up to the vendor's description.
func (h *host) validate(t *testing.T) {
	t.Helper()
	data, err := os.ReadFile(vendorFile)
	if os.IsNotExist(err) {
		t.Logf("%s is not there: exchanges are not held up to it", vendorFile)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	v, err := openapi.NewValidator(data)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, e := range h.rec.Exchanges() {
		described := e.Status < 300 || e.Status == 400 && e.Method != "GET"
		isJSON := strings.HasPrefix(e.AnswerHeader.Get("Content-Type"), "application/json") || e.Status == 204
		if e.Cut || !described || !isJSON || !strings.HasPrefix(e.URL, "/api.xro/2.0/") {
			continue
		}
		x := openapi.Exchange{
			Method: e.Method, URL: "https://api.xero.com" + e.URL, Header: e.Header.Clone(), Body: e.Body,
			Status: e.Status, AnswerHeader: e.AnswerHeader, Answer: e.Answer,
		}
		if e.Method == "GET" || e.Method == "DELETE" {
			x.Body = nil // xero-node sends {} with them
			x.Header.Del("Content-Type")
		}
		// The vendor takes numbers and codes where its description wants ids.
		if m := numberInPath.FindStringSubmatchIndex(x.URL); m != nil {
			x.URL = x.URL[:m[2]] + "00000000-0000-0000-0000-000000000000" + x.URL[m[3]:]
		}
		if err := v.Check(x); err != nil {
			t.Errorf("vendor's spec: %s %s: %v\nsent %.300s\ngot %d %.600s", e.Method, e.URL, err, e.Body, e.Status, e.Answer)
		}
		n++
	}
	t.Logf("%d exchanges are valid by the vendor's description", n)
}
