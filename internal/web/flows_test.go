package web

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/planwright/planwright/runtime/mapping"
)

// TestBrowser drives the pages in a real browser, one for all of it. Its parts are told
// apart by what people do, not by page.
func TestBrowser(t *testing.T) {
	b := startBrowser(t)
	for _, part := range []struct {
		name string
		test func(*testing.T, *browser)
	}{
		{"canary", testCanary},
		{"mouse", func(t *testing.T, b *browser) { testGoalToInvoice(t, b, byMouse{}) }},
		{"keys", func(t *testing.T, b *browser) { testGoalToInvoice(t, b, byKeys{}) }},
		{"plain", func(t *testing.T, b *browser) { testGoalToInvoice(t, b, withoutScript{}) }},
		{"pages", testPages},
		{"held", testHeld},
		{"asked", testAsked},
		{"adopted", testAdopted},
		{"hostile", testHostileNames},
		{"late", testLateApproval},
		{"tabs", testTwoTabs},
		{"expired", testExpiredSignIn},
		{"unknown", testUnknown},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, b) })
	}
}

// served serves the pages of a connected house on this machine and returns their address.
func served(t *testing.T) (*house, string) {
	t.Helper()
	h := newHouse(t)
	h.connect()
	var pages http.Handler
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { pages.ServeHTTP(w, r) }))
	t.Cleanup(srv.Close)
	h.open(srv.URL)
	pages = h.web.Handler()
	t.Cleanup(h.web.Close) // before the server waits for its streams
	return h, srv.URL
}

// signIn opens a one-time link and uses it.
func (x *window) signIn(h *house, person string) {
	x.t.Helper()
	link, err := h.web.Link(person)
	if err != nil {
		x.t.Fatal(err)
	}
	x.open(link)
	x.leave(`form[action="/sign-in"] button`)
	x.says(person)
}

// newcomer opens a window and signs in.
func newcomer(t *testing.T, b *browser, h *house, base, person string) *window {
	t.Helper()
	x := b.person(t, base)
	x.signIn(h, person)
	return x
}

// hands are how a person works: what differs between a mouse, a keyboard, and a browser
// without script.
type hands interface {
	begin(x *window)
	// follow uses a link or button that leads to another page.
	follow(x *window, selector string)
	write(x *window, selector, text string)
	// decide gives a row of a mapping the code and accepts it.
	decide(x *window, row rowSeen, code string)
}

// rowSeen is a row of the page of matches that waits for a decision.
type rowSeen struct {
	No      int
	Key     string
	Codes   []string
	Waiting bool // runs wait for it
}

// rowsSeen lists the rows on the page.
func (x *window) rowsSeen() []rowSeen {
	x.t.Helper()
	return ask[[]rowSeen](x, `[...document.querySelectorAll("article.match")].filter(a => a.querySelector("form.right")).map(a => ({
		No: Number(a.id.slice(1)), Key: a.querySelector("form.right [name=key]").value, Codes: [...a.querySelectorAll("[name=to]")].map(i => i.value),
		Waiting: /runs? waiting/.test(a.querySelector(".left").innerText)}))`)
}

// gone waits until a row does not wait for a decision any more; the page stays.
func (x *window) gone(key string) {
	x.t.Helper()
	script := fmt.Sprintf(`![...document.querySelectorAll("article.match form.right [name=key]")].some(i => i.value === %s)`, quote(key))
	x.do("see the row go", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := chromedp.Poll[bool](script)(ctx, target)
		return err
	}))
}

type byMouse struct{}

func (byMouse) begin(*window)                          {}
func (byMouse) follow(x *window, selector string)      { x.t.Helper(); x.leave(selector) }
func (byMouse) write(x *window, selector, text string) { x.t.Helper(); x.fill(selector, text) }

func (byMouse) decide(x *window, row rowSeen, code string) {
	x.t.Helper()
	pick(x, row, code)
	x.click(fmt.Sprintf("#r%d button[data-do=accept]", row.No))
	x.gone(row.Key)
}

// pick takes a candidate of the row, or types its code.
func pick(x *window, row rowSeen, code string) {
	x.t.Helper()
	if slices.Contains(row.Codes, code) {
		x.click(fmt.Sprintf("#r%d [name=to][value=%s]", row.No, quote(code)))
		return
	}
	x.fill(fmt.Sprintf("#c%d", row.No), code)
}

type withoutScript struct{ byMouse }

func (withoutScript) begin(x *window) { x.withoutScript() }

func (withoutScript) decide(x *window, row rowSeen, code string) {
	x.t.Helper()
	pick(x, row, code)
	x.leave(fmt.Sprintf("#r%d button[data-do=accept]", row.No))
}

// byKeys never touches the mouse.
type byKeys struct{}

func (byKeys) begin(*window) {}

func (byKeys) follow(x *window, selector string) {
	x.t.Helper()
	x.tabTo(selector)
	x.pressThrough(kb.Enter)
}

func (byKeys) write(x *window, selector, text string) {
	x.t.Helper()
	x.tabTo(selector)
	x.press(text)
}

func (byKeys) decide(x *window, row rowSeen, code string) {
	x.t.Helper()
	at := fmt.Sprintf("#r%d", row.No)
	for range 200 {
		if ask[bool](x, fmt.Sprintf("document.activeElement.matches(%q)", at)) {
			break
		}
		if !ask[bool](x, `document.activeElement.matches("article.match")`) {
			x.tabTo("article.match")
			continue
		}
		if ask[int](x, "Number(document.activeElement.id.slice(1))") < row.No {
			x.press("j")
		} else {
			x.press("k")
		}
	}
	chosen := false
	for i, c := range row.Codes {
		if c == code && i < 5 {
			x.press(fmt.Sprint(i + 1))
			chosen = true
		}
	}
	if !chosen {
		x.press("/")
		x.press(code)
		x.press(kb.Escape)
	}
	x.press("a")
	x.gone(row.Key)
}

// testGoalToInvoice is the whole way: a sentence becomes a plan, a person approves it,
// products and taxes are matched, runs go through, and the books hold the invoices.
func testGoalToInvoice(t *testing.T, b *browser, hand hands) {
	h, base := served(t)
	maker, approver := b.person(t, base), b.person(t, base)
	hand.begin(maker)
	hand.begin(approver)
	maker.signIn(h, lee)
	hand.follow(maker, `a[href="/new"]`)
	hand.write(maker, "#goal", goal)
	hand.follow(maker, `form[action="/drafts"] button[type=submit]`)
	maker.says("closed-won-to-invoice", "writes", "create")
	hand.follow(maker, `form[action$="/propose"] button`)
	maker.says("approver")
	h.plan = "closed-won-to-invoice"

	approver.signIn(h, dana)
	hand.follow(approver, `a.button[href^="/plans/"]`)
	approver.says(goal, "InvoiceNumber", "your decision")
	hand.write(approver, "#comment", "as discussed")
	hand.follow(approver, "button[value=approve]")
	approver.says("You approved", "Approved", "as discussed")

	h.win(2)
	approver.open("/")
	approver.says("runs waiting")
	approver.open("/mappings/" + h.plan)
	hand.follow(approver, `main .head form[method=post] button`)
	matchWaiting(h, approver, hand)

	approver.open("/runs")
	approver.says("done")
	if strings.Contains(strings.ToLower(approver.text()), "no approved row") {
		t.Errorf("a run still waits:\n%s", approver.text())
	}
	hand.follow(approver, `th a[href^="/runs/"]`)
	approver.says("SF-", "steps", "story")
	for _, id := range h.company.Close[:2] {
		deal, _ := h.sf.Get("Opportunity", id)
		number := fmt.Sprint("SF-", deal["Id"])
		found := 0
		for _, inv := range h.xero.Invoices() {
			if inv["InvoiceNumber"] == number {
				found++
			}
		}
		if found != 1 || deal["Xero_Invoice_Number__c"] != number {
			t.Errorf("deal %s has %d invoices, and carries %v", id, found, deal["Xero_Invoice_Number__c"])
		}
	}
}

// matchWaiting decides, in both mappings, every row that a run waits for, as the company's
// person would, and lets the runs go on.
func matchWaiting(h *house, x *window, hand hands) {
	x.t.Helper()
	answers := map[string]string{}
	for _, p := range h.company.Products {
		answers[mapping.KeyText([]string{p.Product})] = p.Item
	}
	for _, p := range h.company.Taxes {
		answers[mapping.KeyText([]string{p.Country, p.Family})] = p.TaxType
	}
	for range 4 { // a run says one missing row after another
		for _, m := range []string{"product", "tax"} {
			x.open("/mappings/" + h.plan + "/" + m)
			for range 60 {
				row, ok := firstWaiting(x.rowsSeen())
				if !ok {
					break
				}
				code := answers[row.Key]
				if code == "" {
					x.t.Fatalf("%s: nobody knows what %s is", m, row.Key)
				}
				hand.decide(x, row, code)
			}
		}
		h.runOnce()
	}
}

func firstWaiting(rows []rowSeen) (rowSeen, bool) {
	for _, r := range rows {
		if r.Waiting {
			return r, true
		}
	}
	return rowSeen{}, false
}

// testPages looks at every page there is, in both schemes, and leaves pictures.
func testPages(t *testing.T, b *browser) {
	h, base := served(t)
	stranger := b.person(t, base)
	look := func(x *window, name, path string) {
		t.Helper()
		if path != "" {
			x.open(path)
		}
		x.audit()
		x.shot(name)
	}
	look(stranger, "signin", "/runs")
	look(stranger, "about", "/about")
	link, err := h.web.Link(dana)
	if err != nil {
		t.Fatal(err)
	}
	look(stranger, "enter", link)

	x := newcomer(t, b, h, base, dana)
	look(x, "inbox-new", "/")
	look(x, "new", "/new")
	look(x, "runs-empty", "/runs")
	look(x, "plans-empty", "/plans")
	h.enter(lee)
	look(x, "draft", h.drafted(lee, goal))
	look(x, "draft-question", h.drafted(lee, "When an opportunity is closed-won in Salesforce, create an invoice in Xero and email it."))
	look(x, "draft-refused", h.drafted(lee, "Water the plants on Fridays."))
	at := h.proposed(lee)
	look(x, "proposal", at)
	look(x, "dry-run", at+"/dry-run?look=yes")
	look(x, "inbox-plan", "/")
	x.open(at)
	x.fill("#comment", "as shown")
	x.leave("button[value=approve]")
	look(x, "proposal-approved", "")
	look(x, "matches-empty", "/mappings/"+h.plan+"/product")
	h.win(4)
	x.leave(`main .head form[method=post] button`)
	look(x, "matches", "")
	look(x, "matches-tax", "/mappings/"+h.plan+"/tax")
	look(x, "exact", "/mappings/"+h.plan+"/product/exact")
	look(x, "inbox", "/")
	look(x, "runs-held", "/runs")
	x.leave(`th a[href^="/runs/"]`)
	look(x, "run-held", "")
	matchWaiting(h, x, byMouse{})
	look(x, "matches-decided", "/mappings/"+h.plan+"/product?show=approved")
	look(x, "runs", "/runs")
	x.leave(`th a[href^="/runs/"]`)
	look(x, "run-done", "")
	look(x, "plans", "/plans")
	look(x, "drafts", "/drafts")
	look(x, "connections", "/connections")
	look(x, "people", "/people")
	x.fill("#person", "Mia Chen")
	x.leave(`form[action="/people/link"] button`)
	look(x, "people-link", "")
	look(x, "problem", "/nowhere")
}

// testHeld looks at what a person sees who is asked whether an amount is right, and at what
// becomes of a second window that asks the same.
func testHeld(t *testing.T, b *browser) {
	h, base := served(t)
	h.enter(dana)
	at := h.held()
	x := newcomer(t, b, h, base, dana)
	x.open(at)
	x.audit()
	x.shot("run-held-amount")
	other := x.another()
	for _, w := range []*window{x, other} {
		w.open(at + "/accept")
		w.says("Accept this amount?", "recorded under your name")
	}
	x.audit()
	x.shot("accept")
	x.leave(`main form button[type=submit]`)
	h.runOnce()
	x.open(at)
	x.says("Everything the plan says was done")
	other.leave(`main form button[type=submit]`)
	other.says("The run does not wait for that any more", "Nothing was done")
	other.audit()
	other.shot("problem-conflict")
	other.leave(`main a.main`)
	if got := other.at(); got != at {
		t.Errorf("looking again leads to %s, want %s", got, at)
	}
}

// testHostileNames gives records names that would run as script if anything put them into a
// page as they are.
func testHostileNames(t *testing.T, b *browser) {
	const bomb = `<img src=x onerror=alert(1)>"'><script>alert(2)</script>`
	h, base := served(t)
	for _, p := range h.company.Products {
		h.rename("Product2", p.Product, bomb)
	}
	h.enter(lee)
	h.enter(dana)
	h.approved(lee, dana)
	h.win(1)
	x := newcomer(t, b, h, base, dana)
	x.open("/mappings/" + h.plan + "/product")
	x.leave(`main .head form[method=post] button`)
	x.says(bomb)
	if n := ask[int](x, `document.querySelectorAll("main img, main script").length`); n != 0 {
		t.Errorf("%d elements grew out of a name", n)
	}
	x.size(360, 800)
	if over := ask[int](x, "document.documentElement.scrollWidth - innerWidth"); over > 0 {
		t.Errorf("a long name makes the page %d pixels too wide", over)
	}
	x.size(1280, 900)
	x.shot("matches-hostile")
	row, ok := firstWaiting(x.rowsSeen())
	if !ok {
		t.Fatal("no run waits for a product")
	}
	byMouse{}.decide(x, row, h.company.Products[0].Item)
	x.says("→") // what was decided is said, the name as text
	x.open("/new?goal=" + strings.ReplaceAll(bomb, `"`, "%22"))
	if got := ask[string](x, `document.querySelector("#goal").value`); got != bomb {
		t.Errorf("the goal is %q", got)
	}
	x.leave(`form[action="/drafts"] button[type=submit]`)
	x.says("<img src=x")
}

// rename changes a record's name in the stand-in, as somebody in Salesforce might.
func (h *house) rename(object, id, name string) {
	h.t.Helper()
	if err := h.sf.Update(object, id, map[string]any{"Name": name}); err != nil {
		h.t.Fatal(err)
	}
}

// testLateApproval has two people before the same plan: the second answer is refused.
func testLateApproval(t *testing.T, b *browser) {
	h, base := served(t)
	h.enter(lee)
	at := h.proposed(lee)
	first, second := newcomer(t, b, h, base, dana), newcomer(t, b, h, base, "Mia Chen")
	first.open(at)
	second.open(at)
	first.leave("button[value=approve]")
	first.says("You approved")
	second.fill("#comment", "looks good to me")
	second.leave("button[value=approve]")
	second.says("Somebody was faster", dana, "was not recorded")
	second.audit()
	second.shot("proposal-late")
	first.open(at)
	first.says("Approved")
}

// testTwoTabs decides one row in two tabs: the second answer is told apart in its place.
func testTwoTabs(t *testing.T, b *browser) {
	h, base := served(t)
	h.enter(lee)
	h.enter(dana)
	h.approved(lee, dana)
	h.win(1)
	h.goes(h.post(dana, "/mappings/"+h.plan))
	x := newcomer(t, b, h, base, dana)
	y := x.another()
	for _, w := range []*window{x, y} {
		w.open("/mappings/" + h.plan + "/product")
	}
	row, ok := firstWaiting(x.rowsSeen())
	if !ok {
		t.Fatal("no run waits for a product")
	}
	byMouse{}.decide(x, row, h.company.Products[0].Item)
	pick(y, row, h.company.Products[1].Item)
	y.click(fmt.Sprintf("#r%d button[data-do=accept]", row.No))
	y.sees(".match [role=alert]")
	y.says("Somebody was faster", dana, "that was not recorded")
	if got := y.at(); got != "/mappings/"+h.plan+"/product" {
		t.Errorf("the second tab is at %s", got)
	}
	y.audit()
	y.shot("matches-late")
}

// testExpiredSignIn lets a sign-in end while somebody writes: nothing is done, and nothing
// that was written is lost.
func testExpiredSignIn(t *testing.T, b *browser) {
	h, base := served(t)
	h.enter(lee)
	at := h.proposed(lee)
	x := newcomer(t, b, h, base, dana)
	x.open(at)
	x.fill("#comment", "a long thought")
	h.clock.Advance(31 * time.Minute)
	x.leave("button[value=approve]")
	x.says("not signed in any more", "Nothing was done", "What you wrote")
	if got := ask[string](x, `document.querySelector("textarea").value`); got != "a long thought" {
		t.Errorf("the comment is %q", got)
	}
	x.audit()
	x.shot("signin-expired")
	x.another().signIn(h, dana)
	x.leave("form button.main")
	x.says("You approved", "a long thought")
}

// testUnknown asks for what is not there.
func testUnknown(t *testing.T, b *browser) {
	h, base := served(t)
	x := newcomer(t, b, h, base, dana)
	for _, path := range []string{"/plans/nothing@9", "/runs/nothing", "/drafts/nothing", "/mappings/nothing/product", "/nowhere", "/runs/%3Cscript%3Ealert(1)%3C%2Fscript%3E"} {
		ctx, cancel := x.soon()
		res, err := chromedp.Run(ctx, chromedp.NavigateResponse(base+path))
		cancel()
		if err != nil || res.Status != http.StatusNotFound {
			t.Errorf("%s: got %v, %v; want 404", path, res, err)
			continue
		}
		x.says("404", "inbox")
		x.audit()
	}
}
