package web

import (
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/agent"
)

// templatesOf is every template with its struct.
func templatesOf() map[string]page {
	return map[string]page{
		"about": &aboutPage{}, "accept": &acceptPage{}, "adopt": &foundPage{}, "connections": &connectionsPage{}, "draft": &draftPage{}, "drafts": &draftsPage{}, "dryrun": &dryRunPage{},
		"enter": &enterPage{}, "exact": &exactPage{}, "inbox": &inboxPage{}, "matches": &matchesPage{}, "new": &newPage{}, "people": &peoplePage{},
		"plans": &plansPage{}, "problem": &problemPage{}, "proposal": &proposalPage{}, "run": &runPage{}, "runs": &runsPage{}, "signin": &signInPage{},
	}
}

// filler fills a struct to its last member. Texts differ by a number, so that ids do.
type filler struct {
	text string
	n    int
}

func (f *filler) fill(v reflect.Value, depth int) {
	f.n++
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("%s%d", f.text, f.n))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(f.n))
	case reflect.Uint64:
		v.SetUint(uint64(f.n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Slice:
		if depth < 6 {
			v.Set(reflect.MakeSlice(v.Type(), 2, 2))
			for i := range v.Len() {
				f.fill(v.Index(i), depth+1)
			}
		}
	case reflect.Pointer:
		if depth < 6 {
			v.Set(reflect.New(v.Type().Elem()))
			f.fill(v.Elem(), depth+1)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Date(2026, 11, 2, 9, 30, f.n%60, 0, time.UTC)))
			return
		}
		for i := range v.NumField() {
			field := v.Type().Field(i)
			switch {
			case !field.IsExported(), field.Type == reflect.TypeFor[template.HTML]():
			case f.address(v.Type(), field.Name):
				v.Field(i).SetString(fmt.Sprintf("/at/%d", f.n))
			default:
				f.fill(v.Field(i), depth)
			}
		}
	default: // interfaces, maps and functions stay empty
	}
}

// address reports whether a member is an address, which the pages make themselves.
func (f *filler) address(t reflect.Type, member string) bool {
	switch member {
	case "To":
		return t != reflect.TypeFor[matchesPage]() // there it is the object rows choose
	case "Self", "Action", "Prev", "Back":
		return true
	case "Next":
		return t == reflect.TypeFor[runsPage]()
	}
	return false
}

const hostile = `<script>alert(1)</script><img src=x onerror=alert(2)>"'` + "`" + `--></textarea></title><b>{{.}}&lt;` + "\u202egnp.exe\u2066\u0000\u200b" + `javascript:alert(3)`

// TestTemplates renders every page empty, full, and full of text that wants to be more
// than text, and reads what came out.
func TestTemplates(t *testing.T) {
	h := newHouse(t)
	h.enter(dana)
	if got, want := len(templatesOf()), len(h.web.pages); got != want {
		t.Fatalf("%d templates are tested, there are %d", got, want)
	}
	for kind, text := range map[string]string{"empty": "", "full": "Widget ", "hostile": hostile, "long": strings.Repeat("0123456789", 1000)} {
		for name, p := range templatesOf() {
			if (name == "accept" || name == "adopt") && kind == "empty" {
				continue // it is shown for a run that is held, and says of what
			}
			t.Run(kind+"/"+name, func(t *testing.T) {
				if text != "" {
					f := &filler{text: text}
					f.fill(reflect.ValueOf(p).Elem(), 0)
				}
				w := httptest.NewRecorder()
				h.web.write(w, httptest.NewRequest(http.MethodGet, "/", nil), answer{name: name, page: p})
				if w.Code != http.StatusOK {
					t.Fatalf("got %d: %s", w.Code, w.Body)
				}
				doc, err := parseHTML(w.Body.String())
				if err != nil {
					t.Fatalf("not sound: %v\n%s", err, w.Body)
				}
				careful(t, doc)
			})
		}
	}
}

// careful looks for what hostile text could have become, and for what every page has.
func careful(t *testing.T, doc *node) {
	t.Helper()
	doc.one(t, "html", "lang", "en")
	doc.one(t, "script", "src", "*")
	doc.one(t, "main", "id", "main")
	doc.one(t, "a", "class", "skip")
	if len(doc.all("h1")) != 1 {
		t.Errorf("got %d headings of the first level, want 1", len(doc.all("h1")))
	}
	for _, name := range []string{"img", "b", "iframe", "object"} {
		if n := len(doc.all(name)); n != 0 {
			t.Errorf("the page has %d <%s>", n, name)
		}
	}
	for _, a := range []struct{ element, attr string }{{"a", "href"}, {"form", "action"}, {"link", "href"}, {"script", "src"}} {
		for _, n := range doc.all(a.element, a.attr, "*") {
			if to, _ := n.attr(a.attr); !strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "#") {
				t.Errorf("<%s %s=%q> leads out of here", a.element, a.attr, to)
			}
		}
	}
	labelled(t, doc)
	for _, f := range doc.all("form") {
		if method, _ := f.attr("method"); method != "get" && method != "post" && method != "dialog" {
			t.Errorf("a form has the method %q", method)
		}
	}
}

// labelled confirms that everything a person fills in, presses or reads as a table has a name.
func labelled(t *testing.T, doc *node) {
	t.Helper()
	names := map[string]bool{}
	for _, l := range doc.all("label", "for", "*") {
		id, _ := l.attr("for")
		names[id] = true
	}
	within := map[*node]bool{}
	for _, l := range doc.all("label") {
		for _, in := range l.all("input") {
			within[in] = true
		}
	}
	for _, kind := range []string{"input", "textarea", "select"} {
		for _, in := range doc.all(kind) {
			id, _ := in.attr("id")
			if hidden, _ := in.attr("type"); hidden != "hidden" && !names[id] && !within[in] {
				t.Errorf("<%s %v> has no label", kind, in.attrs)
			}
		}
	}
	for _, b := range doc.all("button") {
		if b.words() == "" {
			t.Errorf("a button has no name: %v", b.attrs)
		}
	}
	for _, table := range doc.all("table") {
		if len(table.all("th", "scope", "col")) == 0 {
			t.Error("a table has no heads")
		}
	}
}

func TestMark(t *testing.T) {
	for _, tt := range []struct {
		goal  string
		about []string
		want  string
	}{
		{"a bc d", []string{"bc"}, "a [bc] d"},
		{"a bc d", []string{"a", "d"}, "[a] bc [d]"},
		{"a bc d", []string{"bc d", "c"}, "a [bc d]"},
		{"a", []string{"", "zz"}, "a"},
		{"", nil, ""},
	} {
		var got strings.Builder
		for _, p := range mark(tt.goal, tt.about) {
			if p.Marked {
				p.Text = "[" + p.Text + "]"
			}
			got.WriteString(p.Text)
		}
		if got.String() != tt.want {
			t.Errorf("mark(%q, %q): got %q, want %q", tt.goal, tt.about, got.String(), tt.want)
		}
	}
}

// TestChoices: a choice with a goal is a button that posts this goal; one without is an
// example that nobody can press.
func TestChoices(t *testing.T) {
	h := newHouse(t)
	h.enter(dana)
	p := &draftPage{Goal: "Bill it <soon>.", Planner: "rules", Questions: []questionView{{No: 1, Question: agent.Question{
		Text: "When?", Choices: []agent.Choice{{Text: "in 3 days", Goal: `Bill it "in 3 days" <now>.`}, {Text: "say a date"}},
	}}}}
	w := httptest.NewRecorder()
	h.web.write(w, httptest.NewRequest(http.MethodGet, "/", nil), answer{name: "draft", page: p})
	doc, err := parseHTML(w.Body.String())
	if err != nil {
		t.Fatal(err)
	}
	button := doc.one(t, "button", "name", "goal")
	if goal, _ := button.attr("value"); goal != `Bill it "in 3 days" <now>.` || button.words() != "in 3 days" {
		t.Errorf("the button %q posts %q", button.words(), goal)
	}
	doc.says(t, "for example: say a date")
}

func TestWords(t *testing.T) {
	now := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct{ got, want string }{
		{sentence("the plan is gone"), "The plan is gone."},
		{sentence("closed-won@1: gone"), "closed-won@1: gone."},
		{sentence("Done!"), "Done!"},
		{sentence("  "), ""},
		{sentence("été passé"), "été passé."},
		{plural(1, "run"), "1 run"},
		{plural(0, "run"), "0 runs"},
		{plural(2, "entry"), "2 entries"},
		{plural(2, "day"), "2 days"},
		{plural(3, "address"), "3 addresses"},
		{plural(2, "tax"), "2 taxes"},
		{count(1234567), "1,234,567"},
		{count(-1234), "-1,234"},
		{count(123), "123"},
		{count(-123), "-123"},
		{ago(now, now.Add(-30*time.Second)), "just now"},
		{ago(now, now.Add(-90*time.Minute)), "1 hour ago"},
		{ago(now, now.Add(-72*time.Hour)), "3 days ago"},
		{ago(now, now.Add(2*time.Hour)), "in 2 hours"},
		{ago(now, time.Time{}), ""},
		{when(time.Time{}, time.UTC), "–"},
		{when(now, time.FixedZone("NZDT", 13*3600)), "3 Nov 2026, 01:00"},
		{shortDigest("sha256:0123456789abcdef"), "0123456789ab"},
		{words(nil), ""},
		{words([]string{"a", "b", "c"}), "a, b and c"},
		{to("runs", "a/b?c"), "/runs/a%2Fb%3Fc"},
		{clip("abcdef", 4), "abc…"},
		{visible("pay\u202egnp.exe\x00", 40), "pay‹U+202E›gnp.exe‹U+0000›"},
		{visible("a\tb\nc – é \U0001F468\u200d\U0001F469", 40), "a\tb\nc – é \U0001F468\u200d\U0001F469"},
		{spaced("salesforce.OpportunityLineItem"), "opportunity line item"},
		{spaced("Xero_Invoice__c"), "xero invoice"},
		{leaf("xero.Invoice"), "Invoice"},
		{strings.Join(pieces("a.b(c)._d"), "|"), "a.|b(|c).|_d"},
		{stateOf("unheard-of").Word, "unheard-of"},
		{anchor("/steps/6/body/Line~1Items"), "at-steps-6-body-Line.1Items"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestPlanners(t *testing.T) {
	h := newHouse(t)
	h.enter(dana)
	if n := len(h.page(dana, "/new").all("input", "name", "planner")); n != 0 {
		t.Errorf("without a choice of planners the page offers %d", n)
	}
	h.web.cfg.Planners = []string{"auto", "rules", "model"}
	if n := len(h.page(dana, "/new").all("input", "type", "radio")); n != 3 {
		t.Errorf("got %d planners to choose from, want 3", n)
	}
	for asked, want := range map[string]string{"rules": "rules", "model": "model", "": "auto", "evil": "auto"} {
		if got := h.web.planner(asked); got != want {
			t.Errorf("planner %q: got %q, want %q", asked, got, want)
		}
	}
}

func TestWantsJSON(t *testing.T) {
	for accept, want := range map[string]bool{
		"": false, "*/*": false, "application/json": true, "application/json; q=0.9": true,
		"text/html,application/xhtml+xml,application/json;q=0.1": false, "application/jsonx": false,
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept", accept)
		if got := wantsJSON(r); got != want {
			t.Errorf("Accept %q: got %v, want %v", accept, got, want)
		}
	}
}
