package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/planwright/planwright/internal/app"
)

// TestGoalToInvoice goes the whole way by forms alone, as a browser without script would.
func TestGoalToInvoice(t *testing.T) {
	h := newHouse(t)
	h.connect()
	h.enter(lee)
	h.enter(dana)
	h.page(lee, "/").says(t, "Begin with a sentence")

	draft := h.drafted(lee, goal)
	page := h.page(lee, draft)
	page.says(t, "For each won opportunity: creates 1 contact if none is found, creates 1 invoice, updates 1 opportunity; reads",
		"What this plan can never do", "Delete anything", "Send an e-mail", "your words", "It passes the check")
	page.one(t, "form", "action", draft+"/propose")

	at := h.goes(h.post(lee, draft+"/propose"))
	h.page(dana, "/").says(t, "Plans to decide", "proposed by Lee Brandt")
	page = h.page(dana, at)
	page.says(t, "Your decision", "You approve exactly this text", "InvoiceNumber", "Never twice: a second one with the same InvoiceNumber is refused.")
	digest, _ := page.one(t, "input", "name", "digest").attr("value")
	h.goes(h.post(dana, at+"/decision", "digest", digest, "answer", "approve", "comment", "read it"))
	h.plan = "closed-won-to-invoice"
	page = h.page(dana, at)
	page.says(t, "You approved closed-won-to-invoice@1", "“read it”", "Take the approval back")

	h.goes(h.post(dana, "/mappings/"+h.plan))
	h.win(3)
	h.page(dana, "/").says(t, "Rows to match", "3 runs waiting")
	h.decideAll(dana)
	h.runOnce()
	page = h.page(dana, "/runs")
	if got := len(page.all("tr")) - 1; got != 3 {
		t.Errorf("got %d runs on the page, want 3", got)
	}
	page.says(t, "Done", "Everything the plan says was done.")
	h.page(dana, "/").says(t, "Nothing waits for you")

	invoices := 0
	for _, inv := range h.xero.Invoices() {
		if strings.HasPrefix(fmt.Sprint(inv["InvoiceNumber"]), "SF-") {
			invoices++
		}
	}
	if invoices < 3 {
		t.Errorf("got %d invoices in the books, want 3", invoices)
	}
	href, _ := page.all("th", "scope", "row")[0].all("a")[0].attr("href")
	h.page(dana, href).says(t, "Everything the plan says was done.", "PUT /Invoices as SF-", "closed-won-to-invoice@1")
}

// decideAll decides every row as the company's person would, by the forms of the page.
func (h *house) decideAll(person string) {
	h.t.Helper()
	items, taxes := map[string]string{}, map[string]string{}
	for _, p := range h.company.Products {
		items[fmt.Sprintf("[%q]", p.Product)] = p.Item
	}
	for _, x := range h.company.Taxes {
		taxes[fmt.Sprintf("[%q,%q]", x.Country, x.Family)] = x.TaxType
	}
	for m, codes := range map[string]map[string]string{"product": items, "tax": taxes} {
		var rows struct{ Rows []matchRow }
		at := "/mappings/" + h.plan + "/" + m
		h.jsonOf(person, at, &rows)
		for _, row := range rows.Rows {
			code, ok := codes[row.KeyText]
			if !ok || code == "" {
				continue
			}
			h.goes(h.post(person, at+"/row", "key", row.KeyText, "row", row.Row, "proposed", row.Code, "code", code, "answer", "accept"))
		}
	}
}

func TestNewWorkflow(t *testing.T) {
	h := newHouse(t)
	h.enter(dana)
	for _, bad := range []string{"", "   ", strings.Repeat("word ", 2000)} {
		res := h.post(dana, "/drafts", "goal", bad)
		if res.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("goal %.20q: got %d, want 422", bad, res.StatusCode)
		}
		res.Page.one(t, "div", "role", "alert")
	}
	page := h.page(dana, "/new?"+url.Values{"goal": {`<script>alert("x")</script>`}}.Encode())
	if got := page.one(t, "textarea").words(); got != `<script>alert("x")</script>` {
		t.Errorf("the goal of the address: got %q", got)
	}

	refused := h.page(dana, h.drafted(dana, "When something happens in Salesforce, create an invoice in Xero."))
	refused.says(t, "This cannot be a plan", "Why not")
	if got := refused.all("mark")[0].words(); got != "When something happens" {
		t.Errorf("marked: got %q", got)
	}
	asked := h.page(dana, h.drafted(dana, "When an opportunity is closed-won in Salesforce, create an invoice with the line items in Xero and email it."))
	asked.says(t, "1 question before there can be a plan")
	button := asked.one(t, "button", "name", "goal")
	goal, _ := button.attr("value")
	if got := button.words(); !strings.Contains(got, "email it") || strings.Contains(goal, "email it") {
		t.Errorf("the button %q asks for %q", got, goal)
	}
	settled := h.page(dana, h.drafted(dana, goal))
	settled.says(t, "Draft of closed-won-to-invoice")
	next := h.goes(h.post(dana, "/drafts", "goal", "A and email it."))

	h.goes(h.post(dana, next+"/discard"))
	if got := h.get(dana, next).StatusCode; got != http.StatusNotFound {
		t.Errorf("a discarded draft: got %d, want 404", got)
	}
	h.page(dana, "/drafts").says(t, "refused", "1 question")
}

// TestDecisions covers what can go wrong between reading a proposal and answering it.
func TestDecisions(t *testing.T) {
	h := newHouse(t)
	h.connect()
	h.enter(lee)
	h.enter(dana)
	at := h.proposed(lee)
	digest, _ := h.page(dana, at).one(t, "input", "name", "digest").attr("value")

	res := h.post(dana, at+"/decision", "digest", digest, "answer", "reject", "comment", "  ")
	if res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("rejected without a word: got %d, want 422", res.StatusCode)
	}
	res.Page.says(t, "Say why you reject it")
	res = h.post(dana, at+"/decision", "digest", "sha256:0", "answer", "approve", "comment", "fine")
	if res.StatusCode != http.StatusConflict {
		t.Errorf("another digest: got %d, want 409", res.StatusCode)
	}
	res.Page.says(t, "not the one that was shown", "Nothing was done")
	if got := res.Page.one(t, "textarea", "name", "comment").words(); got != "fine" {
		t.Errorf("the comment after a conflict: got %q", got)
	}
	if got := h.post(dana, at+"/decision", "digest", digest).StatusCode; got != http.StatusBadRequest {
		t.Errorf("no answer: got %d, want 400", got)
	}
	if got := h.page(dana, at).words(); !strings.Contains(got, "Your decision") {
		t.Fatal("after three bad answers the proposal does not wait any more")
	}

	h.goes(h.post(lee, at+"/decision", "digest", digest, "answer", "reject", "comment", "too dear"))
	res = h.post(dana, at+"/decision", "digest", digest, "answer", "approve", "comment", "")
	if res.StatusCode != http.StatusConflict {
		t.Errorf("decided meanwhile: got %d, want 409", res.StatusCode)
	}
	res.Page.says(t, "Somebody was faster", "Lee Brandt rejected this on", "nothing was done", "“too dear”")
	h.page(dana, "/plans?state=rejected").says(t, "closed-won-to-invoice@1", "Rejected")
	if strings.Contains(h.page(dana, "/plans?state=approved").words(), "@1") {
		t.Error("a rejected plan is listed as approved")
	}
}

// TestApproveWithoutVendors says what is missing, in the page, and keeps the comment.
func TestApproveWithoutVendors(t *testing.T) {
	h := newHouse(t)
	h.enter(dana)
	at := h.proposed(dana)
	digest, _ := h.page(dana, at).one(t, "input", "name", "digest").attr("value")
	res := h.post(dana, at+"/decision", "digest", digest, "answer", "approve", "comment", "go")
	if res.StatusCode != http.StatusUnprocessableEntity {
		t.Fatalf("got %d, want 422\n%s", res.StatusCode, res.Text)
	}
	res.Page.one(t, "aside").says(t, "connect")
	h.page(dana, "/").says(t, "Plans to decide")
}

func TestTakeBack(t *testing.T) {
	h := newHouse(t)
	h.connect()
	h.enter(dana)
	at := h.approved(dana, dana)
	digest, _ := h.page(dana, at).one(t, "input", "name", "digest").attr("value")
	// A page from before the approval offers to reject: that is no word against the approval.
	res := h.post(dana, at+"/decision", "digest", digest, "answer", "reject", "comment", "too dear")
	if res.StatusCode != http.StatusConflict {
		t.Errorf("a late reject: got %d, want 409", res.StatusCode)
	}
	h.page(dana, at).says(t, "Take the approval back")
	h.goes(h.post(dana, at+"/decision", "digest", digest, "answer", "revoke", "comment", "the year is closed"))
	h.page(dana, at).says(t, "“the year is closed”", "You took the approval", "Nothing new starts")
	if strings.Contains(h.page(dana, at).words(), "Take the approval back") {
		t.Error("an approval that was taken back can be taken back")
	}
}

// TestUnknown asks for what is not there, under every kind of page.
func TestUnknown(t *testing.T) {
	h := newHouse(t)
	h.enter(dana)
	h.proposed(dana)
	for _, path := range []string{
		"/drafts/none", "/drafts/..%2F..%2Fkey", "/plans/none@1", "/plans/%00", "/runs/none", "/runs/none/accept", "/nowhere", "/drafts/",
		"/mappings/none", "/mappings/none/product", "/mappings/closed-won-to-invoice/none", "/mappings/..%2Fx/y", "/mappings/go.mod/y",
		"/plans/%3Cscript%3E", "/mappings/none/product/exact",
	} {
		res := h.get(dana, path)
		if res.StatusCode != http.StatusNotFound {
			t.Errorf("GET %s: got %d, want 404\n%s", path, res.StatusCode, res.Text)
			continue
		}
		res.Page.says(t, "404", "What now?")
	}
	for _, path := range []string{
		"/drafts/none/propose", "/drafts/none/discard", "/runs/none/retry", "/runs/none/cancel", "/mappings/none", "/mappings/none/m/exact",
	} {
		if got := h.post(dana, path, "reason", "x").StatusCode; got != http.StatusNotFound {
			t.Errorf("POST %s: got %d, want 404", path, got)
		}
	}
}

// TestJSON gives programs the data of every page, and a refusal in the same form.
func TestJSON(t *testing.T) {
	h := newHouse(t)
	h.connect()
	h.enter(dana)
	at := h.approved(dana, dana)
	h.goes(h.post(dana, "/mappings/"+h.plan))
	h.win(2)
	runs, err := h.app.Runs("", "")
	if err != nil || len(runs) != 2 {
		t.Fatalf("got %d runs, %v", len(runs), err)
	}
	draft := h.drafted(dana, goal)
	for _, path := range []string{
		"/", "/new", "/drafts", draft, "/plans", at, at + "/dry-run?look=yes", "/mappings/" + h.plan + "/product", "/mappings/" + h.plan + "/tax",
		"/mappings/" + h.plan + "/product/exact", "/runs", "/runs/" + runs[0].ID, "/connections", "/people", "/about",
	} {
		var data map[string]any
		if got := h.jsonOf(dana, path, &data); got != http.StatusOK || len(data) == 0 {
			t.Errorf("GET %s as JSON: got %d, %v", path, got, data)
		}
		for _, base := range []string{"Head", "Person", "Flash"} {
			if _, ok := data[base]; ok {
				t.Errorf("GET %s as JSON holds the page's frame: %v", path, data)
			}
		}
	}
	var refusal struct {
		Status      int
		Title, Text string
	}
	if got := h.jsonOf(dana, "/runs/none", &refusal); got != 404 || refusal.Status != 404 || refusal.Title == "" {
		t.Errorf("an unknown run as JSON: got %d %+v", got, refusal)
	}
	if got := h.jsonOf("", "/runs", &refusal); got != http.StatusUnauthorized {
		t.Errorf("without a session as JSON: got %d", got)
	}
	var inbox struct{ Waiting app.Waiting }
	h.jsonOf(dana, "/", &inbox)
	if len(inbox.Waiting.Mappings) != 2 || inbox.Waiting.Mappings[0].Runs != 2 {
		t.Errorf("the inbox as JSON: got %+v", inbox.Waiting)
	}
}
