package web

import (
	"net/http"
	"strings"
	"testing"
)

// mapped is a house whose plan is approved and both systems are read; runs wait.
func mapped(t *testing.T) (h *house, at string) {
	t.Helper()
	h = newHouse(t)
	h.connect()
	h.enter(lee)
	h.enter(dana)
	h.approved(lee, dana)
	h.win(5)
	h.goes(h.post(dana, "/mappings/"+h.plan))
	return h, "/mappings/" + h.plan + "/product"
}

// rows returns what a tab of the page shows.
func (h *house) rows(person, at string) matchesPage {
	h.t.Helper()
	var p matchesPage
	h.jsonOf(person, at, &p)
	return p
}

// sure returns the first row that agrees exactly.
func (h *house) sure(at string) matchRow {
	h.t.Helper()
	for _, m := range h.rows(dana, at).Rows {
		if m.Sure {
			return m
		}
	}
	h.t.Fatal("no row agrees exactly")
	return matchRow{}
}

func (h *house) row(person, at string, m matchRow, pairs ...string) response {
	h.t.Helper()
	return h.post(person, at+"/row", append([]string{"key", m.KeyText, "row", m.Row, "proposed", m.Code}, pairs...)...)
}

func TestMatches(t *testing.T) {
	h, at := mapped(t)
	before := h.rows(dana, at)
	if before.Runs != 5 || before.Decided != 0 || before.All != len(before.Rows) || before.Exact == 0 {
		t.Fatalf("got %d runs, %d of %d decided, %d exact", before.Runs, before.Decided, before.All, before.Exact)
	}
	m := h.sure(at)
	page := h.page(dana, at)
	row := page.one(t, "article", "aria-label", "Row 1: "+before.Rows[0].From)
	row.says(t, before.Rows[0].From)
	page.says(t, "0 of 25 decided · 5 runs waiting")

	if got := h.goes(h.row(dana, at, m, "to", m.Code, "answer", "accept")); got != at {
		t.Errorf("accepted: goes to %s, want %s", got, at)
	}
	page = h.page(dana, at)
	page.says(t, m.From+" → ", "1 of 25 decided")
	decided := h.rows(dana, at+"?show=approved").Rows
	if len(decided) != 1 || decided[0].By != dana || decided[0].KeyText != m.KeyText {
		t.Fatalf("decided: got %+v", decided)
	}

	undo := page.one(t, "form", "action", at+"/undo")
	key, _ := undo.one(t, "input", "name", "key").attr("value")
	version, _ := undo.one(t, "input", "name", "row").attr("value")
	h.goes(h.post(dana, at+"/undo", "key", key, "row", version))
	h.page(dana, at).says(t, "Taken back", "0 of 25 decided")

	m = h.sure(at)
	other := h.rows(dana, at).Rows[0].Candidates
	h.goes(h.row(dana, at, m, "to", m.Code, "code", other[len(other)-1].Code, "answer", "accept"))
	if got := h.rows(dana, at+"?show=approved").Rows[0].Code; got != other[len(other)-1].Code {
		t.Errorf("another by its code: got %s, want %s", got, other[len(other)-1].Code)
	}
	m = h.sure(at)
	h.goes(h.row(dana, at, m, "answer", "reject"))
	if got := h.rows(dana, at+"?show=rejected").Rows; len(got) != 1 || got[0].KeyText != m.KeyText {
		t.Errorf("rejected: got %+v", got)
	}
}

// TestTwoTabs decides one row in two tabs: the second is told who was faster, with both
// answers, and nothing of it is recorded.
func TestTwoTabs(t *testing.T) {
	h, at := mapped(t)
	m := h.sure(at)
	h.goes(h.row(dana, at, m, "to", m.Code, "answer", "accept"))
	for _, late := range [][]string{{"code", "HW-SCAN-C", "answer", "accept"}, {"answer", "reject"}} {
		res := h.row(lee, at, m, late...)
		if res.StatusCode != http.StatusConflict {
			t.Fatalf("%q: got %d, want 409", late, res.StatusCode)
		}
		row := res.Page.one(t, "div", "role", "alert")
		row.says(t, "Somebody was faster", dana, "approved", m.Target, "that was not recorded")
		if late[0] == "code" {
			row.says(t, "You chose HW-SCAN-C")
		}
		res.Page.says(t, "Undo")
	}
	if got := h.rows(dana, at+"?show=approved").Rows; len(got) != 1 || got[0].Code != m.Code {
		t.Errorf("after two late answers: got %+v", got)
	}
	res := h.post(lee, at+"/undo", "key", m.KeyText, "row", m.Row)
	if res.StatusCode != http.StatusConflict {
		t.Errorf("undo of a row as it was before: got %d, want 409", res.StatusCode)
	}
}

func TestRowMistakes(t *testing.T) {
	h, at := mapped(t)
	m := h.sure(at)
	tax := "/mappings/" + h.plan + "/tax"
	open := h.rows(dana, tax).Rows[0]
	tests := []struct {
		name  string
		res   response
		want  int
		words string
	}{
		{"nothing chosen", h.row(dana, tax, open, "answer", "accept"), 422, "Choose what it stands for"},
		{"no such code", h.row(dana, at, m, "code", "NO-SUCH", "answer", "accept"), 422, "NO-SUCH"},
		{"markup for a code", h.row(dana, at, m, "code", "<b>x</b>", "answer", "accept"), 422, "<b>x</b>"},
		{"no answer", h.row(dana, at, m), 400, "Accept or reject?"},
		{"no key", h.post(dana, at+"/row", "answer", "accept"), 400, "Which row?"},
		{"no key to undo", h.post(dana, at+"/undo", "key", "{"), 400, "Which row?"},
		{"wrong key", h.post(dana, at+"/row", "key", `["a","b","c"]`, "row", "", "to", "X", "answer", "accept"), 422, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.res.StatusCode != tt.want {
				t.Fatalf("got %d, want %d\n%s", tt.res.StatusCode, tt.want, tt.res.Text)
			}
			tt.res.Page.says(t, tt.words)
		})
	}
	if got := h.rows(dana, at).Decided; got != 0 {
		t.Errorf("after mistakes alone %d rows are decided", got)
	}
}

func TestExact(t *testing.T) {
	h, at := mapped(t)
	page := h.page(dana, at+"/exact")
	shown, _ := page.one(t, "input", "name", "shown").attr("value")
	form, n := []string{"shown", shown}, len(page.all("tbody")[0].all("tr"))
	if n == 0 || n != h.rows(dana, at).Exact {
		t.Fatalf("the page lists %d rows of %d", n, h.rows(dana, at).Exact)
	}
	for name, other := range map[string][]string{"none": nil, "other": {"shown", shownRows(nil)}} {
		if got := h.post(dana, at+"/exact", other...).StatusCode; got != http.StatusConflict {
			t.Errorf("%s rows than shown: got %d, want 409", name, got)
		}
	}
	// A row that somebody decides meanwhile is not among those that were shown.
	first := h.sure(at)
	h.goes(h.post(dana, at+"/row", "key", first.KeyText, "row", first.Row, "proposed", first.Code, "to", first.Code, "answer", "accept"))
	if got := h.post(dana, at+"/exact", form...).StatusCode; got != http.StatusConflict {
		t.Errorf("the rows moved: got %d, want 409", got)
	}
	if rows := []matchRow{{KeyText: "a", Row: "1"}, {KeyText: "b", Row: "2"}}; shownRows(rows) != shownRows([]matchRow{rows[1], rows[0]}) || shownRows(rows) == shownRows(rows[:1]) {
		t.Error("rows are not named by what they are, whatever their order")
	}
	shown, _ = h.page(dana, at+"/exact").one(t, "input", "name", "shown").attr("value")
	form = []string{"shown", shown}
	h.goes(h.post(dana, at+"/exact", form...))
	if got := h.rows(dana, at); got.Decided != n || got.Exact != 0 {
		t.Errorf("got %d decided and %d exact, want %d and 0", got.Decided, got.Exact, n)
	}
	tax := "/mappings/" + h.plan + "/tax"
	if p := h.rows(dana, tax); p.Records || p.Exact != 0 {
		t.Errorf("tax rates may be accepted together: %+v", p)
	}
	h.page(dana, tax+"/exact").says(t, "No row agrees exactly")
	if got := h.post(dana, tax+"/exact", form...).StatusCode; got != http.StatusConflict {
		t.Errorf("tax rates accepted together: got %d, want 409", got)
	}
}

func TestFindRows(t *testing.T) {
	h, at := mapped(t)
	got := h.rows(dana, at+"?q=gateway+200").Rows
	if len(got) != 1 || !strings.Contains(got[0].From, "Gateway 200") {
		t.Errorf("got %+v", got)
	}
	h.page(dana, at+"?q=%3Cb%3E").says(t, "No row says “<b>”")
	if got := h.goes(h.get(dana, "/mappings/"+h.plan)); got != at {
		t.Errorf("the mappings of a plan: goes to %s, want %s", got, at)
	}
}
