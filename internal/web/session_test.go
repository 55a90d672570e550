package web

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// token makes a link and returns its token.
func (h *house) token(person string) string {
	h.t.Helper()
	link, err := h.web.Link(person)
	if err != nil {
		h.t.Fatal(err)
	}
	u, err := url.Parse(link)
	if err != nil {
		h.t.Fatal(err)
	}
	if !strings.HasPrefix(link, h.web.cfg.Public.String()+"/sign-in?") {
		h.t.Errorf("link %q does not begin with the public address", link)
	}
	return u.Query().Get("token")
}

func TestSignIn(t *testing.T) {
	h := newHouse(t)
	token := h.token(dana)
	at := "/sign-in?token=" + token
	for range 3 { // a preview by a chat program, and the person
		h.page("", at).says(t, "Sign in as Dana Ortiz?")
	}
	res := h.post("", "/sign-in", "token", token)
	if got := h.goes(res); got != "/" {
		t.Errorf("signed in: goes to %s, want /", got)
	}
	h.cookies[dana] = res.Cookies()
	h.page(dana, "/").says(t, "Inbox", dana)
	if strings.Contains(h.get(dana, "/people").Text, token) {
		t.Error("a page shows the token")
	}
	for _, used := range []response{h.get("", at), h.post("", "/sign-in", "token", token), h.post("", "/sign-in", "token", ""), h.post("", "/sign-in")} {
		if used.StatusCode != http.StatusGone {
			t.Errorf("a used link: got %d, want 410", used.StatusCode)
		}
		used.Page.says(t, "does not work any more", "15 minutes")
	}
}

func TestSignInEnds(t *testing.T) {
	tests := []struct {
		name string
		do   func(h *house)
		in   bool
	}{
		{"used all the time", func(h *house) {
			for range 20 {
				h.clock.Advance(29 * time.Minute)
				h.page(dana, "/")
			}
		}, true},
		{"idle", func(h *house) { h.clock.Advance(idleLimit) }, false},
		{"a whole day", func(h *house) {
			for range 26 {
				h.clock.Advance(29 * time.Minute)
				h.get(dana, "/")
			}
		}, false},
		{"live parts are no use", func(h *house) {
			for range 3 {
				h.clock.Advance(12 * time.Minute)
				r := httptest.NewRequest(http.MethodGet, "/", nil)
				r.Header.Set(liveHeader, "yes")
				h.do(r, dana)
			}
		}, false},
		{"signed out", func(h *house) { h.goes(h.post(dana, "/sign-out")) }, false},
		{"revoked", func(h *house) {
			h.enter(lee)
			h.page(lee, "/people").says(t, dana, lee, "this is you")
			h.goes(h.post(lee, "/people/revoke", "session", "1"))
		}, false},
		{"another one revoked", func(h *house) {
			h.enter(lee)
			h.goes(h.post(dana, "/people/revoke", "session", "2"))
			if got := h.get(lee, "/").StatusCode; got != http.StatusUnauthorized {
				t.Errorf("the revoked one: got %d, want 401", got)
			}
		}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t)
			h.enter(dana)
			tt.do(h)
			want := http.StatusUnauthorized
			if tt.in {
				want = http.StatusOK
			}
			if got := h.get(dana, "/people").StatusCode; got != want {
				t.Errorf("got %d, want %d", got, want)
			}
		})
	}
}

func TestLinkEnds(t *testing.T) {
	h := newHouse(t)
	token := h.token(dana)
	h.clock.Advance(linkLimit)
	if got := h.get("", "/sign-in?token="+token).StatusCode; got != http.StatusGone {
		t.Errorf("an old link: got %d, want 410", got)
	}
}

// TestSignInRotates gives a browser that had a session another id, and ends the old one.
func TestSignInRotates(t *testing.T) {
	h := newHouse(t)
	h.enter(dana)
	res := h.post(dana, "/sign-in", "token", h.token(lee))
	h.goes(res)
	h.cookies[lee] = res.Cookies()
	h.page(lee, "/").says(t, lee)
	if got := h.get(dana, "/").StatusCode; got != http.StatusUnauthorized {
		t.Errorf("the old session: got %d, want 401", got)
	}
}

// TestWanted brings somebody to the page that was asked for, and nowhere else.
func TestWanted(t *testing.T) {
	h := newHouse(t)
	res := h.get("", "/runs?state=held&plan=x")
	if res.StatusCode != http.StatusUnauthorized {
		t.Fatalf("got %d, want 401", res.StatusCode)
	}
	res.Page.says(t, "Please sign in", "one-time link", "planwright serve")
	h.cookies["new"] = res.Cookies()
	if got := h.goes(h.post("new", "/sign-in", "token", h.token(dana))); got != "/runs?state=held&plan=x" {
		t.Errorf("goes to %s", got)
	}
	h.cookies["bad"] = []*http.Cookie{{Name: h.web.wantedName(), Value: encodePath("//evil.test/")}}
	if got := h.goes(h.post("bad", "/sign-in", "token", h.token(dana))); got != "/" {
		t.Errorf("a planted address: goes to %s, want /", got)
	}
}

// TestNothingTypedIsLost shows what was sent with a session that had ended.
func TestNothingTypedIsLost(t *testing.T) {
	h := newHouse(t)
	h.enter(dana)
	h.clock.Advance(idleLimit)
	res := h.post(dana, "/plans/x@1/decision", "comment", "Too <dear> for \"us\"", "digest", "sha256:1", "answer", "reject")
	if res.StatusCode != http.StatusUnauthorized {
		t.Fatalf("got %d, want 401", res.StatusCode)
	}
	res.Page.says(t, "Nothing was done", "Send it again")
	form := res.Page.one(t, "form", "action", "/plans/x@1/decision")
	if got := form.one(t, "textarea", "name", "comment").words(); got != `Too <dear> for "us"` {
		t.Errorf("the comment came back as %q", got)
	}
	for name, want := range map[string]string{"digest": "sha256:1", "answer": "reject"} {
		if got, _ := form.one(t, "input", "name", name).attr("value"); got != want {
			t.Errorf("%s came back as %q, want %q", name, got, want)
		}
	}
}

func TestPeopleLink(t *testing.T) {
	h := newHouse(t)
	h.enter(dana)
	res := h.post(dana, "/people/link", "person", "  Lee   Brandt ")
	if res.StatusCode != http.StatusOK {
		t.Fatalf("got %d", res.StatusCode)
	}
	res.Page.says(t, "A link for Lee Brandt", "/sign-in?token=")
	link := res.Page.one(t, "p", "class", "link-out").words()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	h.page("", u.RequestURI()).says(t, "Sign in as Lee Brandt?")
	if text := h.get(dana, "/people").Text; strings.Contains(text, u.Query().Get("token")) {
		t.Error("the link is shown twice")
	}
	for _, bad := range []string{"", "  ", strings.Repeat("x", nameLimit+1), "Dana\u202eOrtiz", "Dana\x00", "Da\u200bna", "\xff"} {
		if got := h.post(dana, "/people/link", "person", bad).StatusCode; got != http.StatusUnprocessableEntity {
			t.Errorf("a link for %q: got %d, want 422", bad, got)
		}
	}
	if got := h.post(dana, "/people/revoke", "session", "99").StatusCode; got != http.StatusNotFound {
		t.Errorf("revoking nobody: got %d, want 404", got)
	}
}

// TestSecretsAreHashed keeps what opens a session out of memory that pages read.
func TestSecretsAreHashed(t *testing.T) {
	p := newPeople(func() time.Time { return time.Unix(0, 0) }, strings.NewReader(strings.Repeat("k", 64)))
	token, err := p.invite(dana)
	if err != nil {
		t.Fatal(err)
	}
	id, _, err := p.enter(token, "", "browser")
	if err != nil {
		t.Fatal(err)
	}
	for key := range p.sessions {
		if string(key[:]) == id || strings.Contains(id, string(key[:])) {
			t.Error("a session is kept by its id")
		}
	}
	broken := newPeople(time.Now, iotest.ErrReader(errors.New("no entropy")))
	if _, err := broken.invite(dana); err == nil {
		t.Error("a link without randomness: got none, want an error")
	}
}
