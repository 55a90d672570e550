package web

import (
	"context"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// TestTokenStaysHere follows a one-time link before it is used: nothing but the form that
// uses it may know its token.
func TestTokenStaysHere(t *testing.T) {
	h := newHouse(t)
	link, err := h.web.Link(dana)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	token := u.Query().Get("token")
	res := h.get("", u.RequestURI())
	if len(res.Cookies()) > 0 {
		t.Errorf("opening a link sets cookies: %v", res.Cookies())
	}
	if got := strings.Count(res.Text, token); got != 1 || len(res.Page.all("input", "name", "token")) != 1 {
		t.Errorf("the token stands %d times on the page, want once, in its form", got)
	}
	if got := res.Header.Get("Referrer-Policy"); got != "no-referrer" {
		t.Errorf("the address goes on as a referrer: %q", got)
	}
	h.goes(h.post("", "/sign-in", "token", token))
	if res := h.get("", u.RequestURI()); res.StatusCode != http.StatusGone || strings.Contains(res.Text, token) {
		t.Errorf("the used link: got %d\n%s", res.StatusCode, res.Text)
	}
}

// TestSignOutTwice signs out of a session that has ended: nobody is asked to sign in for it.
func TestSignOutTwice(t *testing.T) {
	h := newHouse(t)
	h.enter(dana)
	for range 2 {
		if got := h.goes(h.post(dana, "/sign-out")); got != "/sign-in" {
			t.Errorf("signing out leads to %q", got)
		}
	}
}

// TestKeptFormGoesBack sends a form without a session: the page that keeps it must send it
// to where it was sent, and not to where that reads like.
func TestKeptFormGoesBack(t *testing.T) {
	h := newHouse(t)
	for _, path := range []string{"/plans/a%2Fb@1/decision", "/runs/%3Fx/retry", "/runs/..%2F..%2Fsign-out/cancel"} {
		form := h.post("", path, "reason", "because").Page.one(t, "form", "class", "fields")
		got, _ := form.attr("action")
		if u, err := url.Parse(got); err != nil || u.Host != "" || u.EscapedPath() != path {
			t.Errorf("%s is sent again to %q", path, got)
		}
	}
}

func TestAllow(t *testing.T) {
	h := newHouse(t)
	h.enter(dana)
	for _, tt := range []struct{ method, path, want string }{
		{http.MethodOptions, "/plans", "GET, HEAD"},
		{http.MethodDelete, "/drafts", "GET, HEAD, POST"},
		{http.MethodGet, "/plans/a%2Fb/decision", "POST"},
		{http.MethodPut, "/events", "GET"},
	} {
		res := h.do(httptest.NewRequest(tt.method, tt.path, nil), dana)
		if got := res.Header.Get("Allow"); res.StatusCode != http.StatusMethodNotAllowed || got != tt.want {
			t.Errorf("%s %s: got %d, Allow %q, want 405, %q", tt.method, tt.path, res.StatusCode, got, tt.want)
		}
	}
}

// TestNoOverride asks for one method and names another where some programs would listen.
func TestNoOverride(t *testing.T) {
	h := newHouse(t)
	h.enter(dana)
	r := httptest.NewRequest(http.MethodGet, "/sign-out?_method=POST", nil)
	r.Header.Set("X-HTTP-Method-Override", http.MethodPost)
	if got := h.do(r, dana).StatusCode; got != http.StatusMethodNotAllowed {
		t.Errorf("got %d, want 405", got)
	}
}

// TestPaths asks for files and for nonsense where names are expected.
func TestPaths(t *testing.T) {
	h := newHouse(t)
	h.enter(dana)
	for _, name := range []string{
		"..%2F..%2Fetc%2Fpasswd", "%2e%2e", "%00", "a%00.json", "%0d%0aX-Evil:1", "%ff%fe", "..%5C..%5Cx", strings.Repeat("a", 30000), "%252e%252e%252f",
	} {
		for _, at := range []string{"/drafts/", "/plans/", "/runs/", "/mappings/", "/mappings/x/", "/static/"} {
			res := h.get(dana, at+name)
			if res.StatusCode != http.StatusNotFound {
				t.Errorf("GET %s%.40s: got %d, want 404", at, name, res.StatusCode)
			}
			if len(res.Text) > 8000 || strings.Contains(res.Text, "/tmp") || res.Header.Get("X-Evil") != "" {
				t.Errorf("GET %s%.40s says too much: %.300s", at, name, res.Text)
			}
		}
	}
}

// TestHeadTakesNothing asks for the head of a page: what was to be said is still said.
func TestHeadTakesNothing(t *testing.T) {
	h := newHouse(t)
	h.enter(dana)
	h.goes(h.post(dana, h.drafted(dana, goal)+"/discard"))
	h.do(httptest.NewRequest(http.MethodHead, "/drafts", nil), dana)
	h.page(dana, "/drafts").says(t, "The draft is discarded.")
}

// TestStreamLimit opens more event streams than any browser would.
func TestStreamLimit(t *testing.T) {
	h := newHouse(t)
	h.enter(dana)
	h.enter(lee)
	ctx, stop := context.WithCancel(t.Context())
	open, ended := make(chan int), make(chan struct{})
	listen := func(person string) {
		r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/events", nil)
		for _, c := range h.cookies[person] {
			r.AddCookie(c)
		}
		r.Host = h.web.cfg.Public.Host
		w := &streamRecorder{ResponseRecorder: httptest.NewRecorder(), open: open}
		h.web.Handler().ServeHTTP(w, r)
		ended <- struct{}{}
	}
	for range streamLimit {
		go listen(dana)
		if got := <-open; got != http.StatusOK {
			t.Fatalf("a stream within the limit: got %d", got)
		}
	}
	go listen(dana)
	if got := <-open; got != http.StatusTooManyRequests {
		t.Errorf("one stream too many: got %d, want 429", got)
	}
	<-ended
	go listen(lee)
	if got := <-open; got != http.StatusOK {
		t.Errorf("somebody else's stream: got %d, want 200", got)
	}
	stop()
	for range streamLimit + 1 {
		<-ended
	}
	ctx = t.Context()
	go listen(dana)
	if got := <-open; got != http.StatusOK {
		t.Errorf("after all have ended: got %d, want 200", got)
	}
	h.web.Close()
	<-ended
}

// streamRecorder tells the status of an answer when it begins.
type streamRecorder struct {
	*httptest.ResponseRecorder
	open chan int
	told bool
}

func (s *streamRecorder) WriteHeader(status int) {
	if !s.told {
		s.told = true
		s.open <- status
	}
	s.ResponseRecorder.WriteHeader(status)
}

func (s *streamRecorder) Write(text []byte) (int, error) {
	s.WriteHeader(http.StatusOK)
	return s.ResponseRecorder.Write(text)
}

// TestStaticKinds keeps what a machine believes of file names out of what browsers are told.
func TestStaticKinds(t *testing.T) {
	before := mime.TypeByExtension(".js")
	if err := mime.AddExtensionType(".js", "text/plain"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = mime.AddExtensionType(".js", before) })
	h := newHouse(t)
	for name := range h.web.static.files {
		got := h.get("", name).Header.Get("Content-Type")
		if want := kindOf[name[strings.LastIndexByte(name, '.'):]]; got != want || want == "" {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// TestBack asks for the way back of what was refused: it leads to a page of ours, or
// nowhere.
func TestBack(t *testing.T) {
	h := newHouse(t)
	for path, want := range map[string]string{
		"/runs/r1/retry": "/runs/r1", "/plans/a%2Fb@1/decision": "/plans/a%2Fb@1", "/mappings/p/m/row": "/mappings/p/m", "/people/link": "/people",
		"/drafts": "", "/nowhere/at/all": "", "//evil.test/x": "",
	} {
		r := httptest.NewRequest(http.MethodPost, "http://x"+path, nil)
		if got := h.web.back(r); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}

func TestBrowserName(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36":                                   "Chrome on Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0":           "Edge on Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15":                   "Safari on Mac",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1": "Safari on iPhone",
		"Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0":                                                                    "Firefox on Android",
		"curl/8.5.0": "curl", "": "another program", "<script>": "another program", "Thing (Linux)": "a program on Linux",
	} {
		if got := browserName(agent); got != want {
			t.Errorf("%q: got %q, want %q", agent, got, want)
		}
	}
}

func TestTenantText(t *testing.T) {
	for in, want := range map[string]string{
		"https://api.test 3f73 3f73": "https://api.test 3f73", "https://api.test 3f73 Kea Systems": "https://api.test 3f73 Kea Systems",
		"https://api.test": "https://api.test", "": "",
	} {
		if got := tenantText(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// TestUnseen keeps characters that cannot be seen from being approved unseen.
func TestUnseen(t *testing.T) {
	for in, want := range map[string]string{
		"Acme\u200b Ltd": "Acme‹U+200B› Ltd", "a\u202eb": "a‹U+202E›b", "\u2066x\ufeff": "‹U+2066›x‹U+FEFF›", "a\u00adb": "a‹U+00AD›b",
		"\U000e0041": "‹U+E0041›", "x\u3164": "x‹U+3164›", "a\u2028b": "a‹U+2028›b", "می\u200cخواهم": "می\u200cخواهم", "👩\u200d🔬": "👩\u200d🔬", "a\nb": "a\nb",
	} {
		if got := visible(in, 100); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
