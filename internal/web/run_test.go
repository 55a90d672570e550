package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/localengine"
)

// held is a house with one run that is held for its amount.
func held(t *testing.T) (h *house, at string) {
	t.Helper()
	h = newHouse(t)
	h.connect()
	h.enter(dana)
	return h, h.held()
}

// held brings a run about that is held for its amount, and returns its page.
func (h *house) held() string {
	h.t.Helper()
	t := h.t
	page := h.drafted(dana, strings.TrimSuffix(goal, ".")+", never above 10 per invoice.")
	proposal := h.goes(h.post(dana, page+"/propose"))
	h.plan, _, _ = strings.Cut(strings.TrimPrefix(proposal, "/plans/"), "@")
	digest, _ := h.page(dana, proposal).one(t, "input", "name", "digest").attr("value")
	h.goes(h.post(dana, proposal+"/decision", "digest", digest, "answer", "approve"))
	h.goes(h.post(dana, "/mappings/"+h.plan))
	h.win(1)
	h.decideAll(dana)
	h.runOnce()
	runs, err := h.app.Runs("", "")
	if err != nil || len(runs) != 1 || runs[0].Hold == nil || runs[0].Hold.Code != engine.HoldAmount {
		t.Fatalf("got %+v, %v; want a run held for its amount", runs, err)
	}
	return "/runs/" + runs[0].ID
}

func TestAcceptAmount(t *testing.T) {
	h, at := held(t)
	h.page(dana, "/").says(t, "Runs that need a person", "Held", "the plan allows 10")
	page := h.page(dana, at)
	page.says(t, "It is above the plan's limit.", "Retry", "Accept this amount", "Cancel the run")
	confirm := h.page(dana, at+"/accept")
	confirm.says(t, "Accept this amount?", "The plan's limit stays what it is.", "recorded under your name")
	form := []string{"allow", "yes"}
	for _, name := range []string{"hold", "message"} {
		value, _ := confirm.one(t, "input", "name", name).attr("value")
		form = append(form, name, value)
	}
	for name, other := range map[string][]string{
		"another hold": {"allow", "yes", "hold", "assert", "message", form[5]},
		"another sum":  {"allow", "yes", "hold", form[3], "message", "the invoice would be 11"},
		"none shown":   {"allow", "yes"},
	} {
		if got := h.post(dana, at+"/retry", other...).StatusCode; got != http.StatusConflict {
			t.Errorf("%s: got %d, want 409", name, got)
		}
	}
	h.goes(h.post(dana, at+"/retry", form...))
	h.runOnce()
	page = h.page(dana, at)
	page.says(t, "You accepted what it was held for", "Everything the plan says was done.", "by Dana Ortiz, who accepts it")
	if n := len(page.all("form", "action", at+"/cancel")); n != 0 {
		t.Error("a run that is done can be cancelled")
	}
	for _, deed := range []string{"/retry", "/cancel"} {
		if got := h.post(dana, at+deed, "reason", "x").StatusCode; got != http.StatusConflict {
			t.Errorf("POST %s of a run that is done: got %d, want 409", deed, got)
		}
	}
	if got := h.get(dana, at+"/accept").StatusCode; got != http.StatusConflict {
		t.Errorf("accepting a run that is done: got %d, want 409", got)
	}
}

func TestCancel(t *testing.T) {
	h, at := held(t)
	res := h.post(dana, at+"/cancel", "reason", " ")
	if res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("cancelled without a reason: got %d, want 422", res.StatusCode)
	}
	res.Page.says(t, "Say why", "Held")
	h.goes(h.post(dana, at+"/cancel", "reason", "billed by hand"))
	h.page(dana, at).says(t, "You cancelled the run", "Cancelled", "billed by hand")
}

func TestRunsFilter(t *testing.T) {
	h, _ := held(t)
	for path, want := range map[string]int{
		"/runs": 1, "/runs?state=held": 1, "/runs?state=needs-you": 1, "/runs?state=done": 0, "/runs?plan=" + h.plan: 1, "/runs?plan=none": 0,
		"/runs?page=7": 1, "/runs?page=-1": 1, "/runs?page=x": 1,
	} {
		var p struct{ Runs []runLine }
		if h.jsonOf(dana, path, &p); len(p.Runs) != want {
			t.Errorf("GET %s: got %d runs, want %d", path, len(p.Runs), want)
		}
		h.page(dana, path)
	}
}

func TestRunsPages(t *testing.T) {
	lines := make([]runLine, 2*pageSize+1)
	for asked, want := range map[string]struct {
		n          int
		prev, next string
	}{
		"":  {pageSize, "", "/runs?plan=p&page=2"},
		"2": {pageSize, "/runs?plan=p", "/runs?plan=p&page=3"},
		"3": {1, "/runs?plan=p&page=2", ""},
		"9": {1, "/runs?plan=p&page=2", ""},
	} {
		p := &runsPage{Plan: "p"}
		p.page(lines, asked)
		if len(p.Runs) != want.n || !sameQuery(p.Prev, want.prev) || !sameQuery(p.Next, want.next) || p.Pages != 3 {
			t.Errorf("page %q: got %d runs of %d pages, %q, %q", asked, len(p.Runs), p.Pages, p.Prev, p.Next)
		}
	}
}

func sameQuery(a, b string) bool {
	x, errX := url.Parse(a)
	y, errY := url.Parse(b)
	return errX == nil && errY == nil && x.Path == y.Path && x.Query().Encode() == y.Query().Encode()
}

// TestLegal says for each way of being held what a person may do.
func TestLegal(t *testing.T) {
	for code, want := range map[engine.HoldCode]string{
		engine.HoldUnmapped: "cancel", engine.HoldAssert: "retry accept cancel", engine.HoldData: "retry cancel",
		engine.HoldPerson: "retry cancel", engine.HoldUnknown: "accept cancel", engine.HoldAmount: "retry accept cancel",
		engine.HoldLimit: "retry cancel", engine.HoldVendor: "retry cancel", engine.HoldStale: "retry cancel", engine.HoldLate: "", engine.HoldWaiting: "cancel",
		engine.HoldAsk: "cancel",
	} {
		p := &runPage{State: engine.Held, Hold: &engine.Hold{Code: code, Missing: []engine.RowKey{{Mapping: "m", Key: []string{"k"}}}}}
		p.legal()
		var got []string
		for name, ok := range map[string]bool{"retry": p.Retry, "accept": p.Accept, "cancel": p.Cancel} {
			if ok != strings.Contains(want, name) {
				got = append(got, name)
			}
		}
		if len(got) > 0 {
			t.Errorf("held for %s: wrong about %q, want %q", code, got, want)
		}
		if w := p.Word; p.Accept != (w.Link != "" && w.Ask != "" && w.Do != "" && w.Means != "") {
			t.Errorf("held for %s: accepting it means %+v", code, w)
		}
		if releases[code] == "" {
			t.Errorf("held for %s: nothing says what releases it", code)
		}
	}
	for _, st := range []engine.RunState{engine.Done, engine.Refused, engine.Failed, engine.Cancelled} {
		p := &runPage{State: st}
		if p.legal(); p.Retry || p.Accept || p.Cancel {
			t.Errorf("%s: got %+v, want nothing to do", st, p)
		}
	}
}

func TestWhere(t *testing.T) {
	h := newHouse(t)
	until := time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		sum  localengine.Summary
		want string
	}{
		{localengine.Summary{State: engine.Ready}, "Waits for its turn"},
		{localengine.Summary{State: engine.Refused, Reason: "the opportunity has no products"}, "The opportunity has no products."},
		{localengine.Summary{State: engine.Cancelled, Reason: "wrong customer"}, "A person cancelled it: “wrong customer”."},
		{localengine.Summary{State: engine.Held, Hold: &engine.Hold{Message: "xero: the day's calls are used up", Until: until}}, "xero: the day's calls are used up. Goes on by itself on 2 Nov 2026, 03:00."},
		{localengine.Summary{State: engine.Held}, "Held."},
	} {
		if got := h.web.where(app.RunView{Summary: tt.sum}); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.sum.State, got, tt.want)
		}
	}
}

// TestEvents follows the stream as a browser would: nothing at first, a change, the beats
// between, and after a gap at once what was missed.
func TestEvents(t *testing.T) {
	h := newHouse(t)
	h.enter(dana)
	server := httptest.NewServer(h.web.Handler())
	defer server.Close()
	open := func(query, last string) *lines {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/events"+query, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range h.cookies[dana] {
			r.AddCookie(c)
		}
		if last != "" {
			r.Header.Set("Last-Event-ID", last)
		}
		res, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { res.Body.Close() })
		if got := res.Header.Get("Content-Type"); got != "text/event-stream" {
			t.Fatalf("got %d %s", res.StatusCode, got)
		}
		return &lines{t: t, body: res.Body}
	}
	first := open("", "")
	first.until("retry: 2000")
	seq, _, err := h.app.Changed()
	if err != nil {
		t.Fatal(err)
	}
	h.proposed(dana)
	first.until("event: changed")
	h.beats <- time.Time{}
	first.until(": still here")

	missed := open("", "0")
	missed.until("event: changed")
	again := open("?after="+first.id, "")
	again.until("retry: 2000")
	if first.id == "" || first.id == "0" || missed.id != first.id || seq != 0 && first.id == "1" {
		t.Errorf("ids: got %q and %q", first.id, missed.id)
	}
	h.clock.Advance(wholeLimit)
	h.beats <- time.Time{}
	h.beats <- time.Time{}
	h.beats <- time.Time{}
	for _, l := range []*lines{first, missed, again} {
		l.ends() // the session is over
	}
	if got := h.get("", "/events").StatusCode; got != http.StatusNoContent {
		t.Errorf("without a session: got %d, want 204", got)
	}
}

func TestCloseEndsEvents(t *testing.T) {
	h := newHouse(t)
	h.enter(dana)
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.get(dana, "/events")
	}()
	h.beats <- time.Time{}
	h.web.Close()
	h.web.Close()
	<-done
}
