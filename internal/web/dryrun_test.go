package web

import (
	"net/http"
	"strings"
	"testing"
)

// TestDryRunPage leads from a proposal to what it would do for a deal, before anybody approved
// it, and sends nothing but reads.
func TestDryRunPage(t *testing.T) {
	h := newHouse(t)
	h.connect()
	h.enter(dana)
	at := h.proposed(dana)
	h.page(dana, at).one(t, "a", "href", at+"/dry-run")
	before := len(h.xero.Invoices())
	calls := h.xero.Stats().Passed
	h.page(dana, at+"/dry-run").says(t, "Dry run", "Nothing is written")
	if got := h.xero.Stats().Passed; got != calls {
		t.Errorf("the form alone made %d calls", got-calls)
	}
	deal := h.company.Close[0]
	if err := h.sf.CloseWon(deal); err != nil {
		t.Fatal(err)
	}
	page := h.page(dana, at+"/dry-run?look=yes&record="+deal)
	page.says(t, "What it would do", "(proposed), tried on 1 record. Nothing was written.", deal+"): would wait for a person", "no approved row in mapping tax", "Kauri Point Dental, found by its ContactNumber", "one run makes 6 at most")
	if got, _ := page.one(t, "input", "name", "record").attr("value"); got != deal {
		t.Errorf("the form holds %q, want the record", got)
	}
	h.page(dana, at+"/dry-run?look=yes&record=").says(t, "tried on ", deal)
	for path, want := range map[string]int{
		"/plans/nothing@1/dry-run": http.StatusNotFound, "/plans/%2e%2e%2fsecret/dry-run?look=yes": http.StatusNotFound,
	} {
		if got := h.get(dana, path).StatusCode; got != want {
			t.Errorf("%s: got %d, want %d", path, got, want)
		}
	}
	writes := 0
	for call, n := range h.xero.Stats().Calls {
		if !strings.HasPrefix(call, http.MethodGet) {
			writes += n
		}
	}
	if runs, err := h.app.Runs("", ""); err != nil || len(runs) != 0 || writes != 0 || len(h.xero.Invoices()) != before {
		t.Errorf("%d runs, %d writes, %d invoices more, %v; want none", len(runs), writes, len(h.xero.Invoices())-before, err)
	}
}
