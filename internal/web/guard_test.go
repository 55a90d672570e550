package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHeaders(t *testing.T) {
	h := newHouse(t)
	for _, path := range []string{"/about", "/nowhere", "/", "/events"} {
		res := h.get("", path)
		for name, want := range map[string]string{
			"Content-Security-Policy": policy,
			"X-Content-Type-Options":  "nosniff",
			"Referrer-Policy":         "no-referrer",
			"Cache-Control":           "no-store",
		} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("GET %s: %s is %q, want %q", path, name, got, want)
			}
		}
	}
	for _, part := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("the policy has no %s", part)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
		t.Errorf("the policy is lax: %s", policy)
	}
}

func TestHosts(t *testing.T) {
	h := newHouse(t)
	h.open("http://plans.example.test:8480")
	for host, want := range map[string]int{
		"plans.example.test:8480":    200,
		"PLANS.example.test:8480":    200,
		"localhost:8480":             200,
		"localhost":                  200,
		"127.0.0.1:9":                200,
		"127.9.9.9":                  200,
		"[::1]:8480":                 200,
		"[::ffff:127.0.0.1]:8480":    200,
		"plans.example.test":         421,
		"evil.test":                  421,
		"evil.test:8480":             421,
		"localhost.evil.test":        421,
		"127.0.0.1.evil.test":        421,
		"192.168.1.4:8480":           421,
		"0.0.0.0:8480":               421,
		"plans.example.test:8480\t":  421,
		"plans.example.test:8480.":   421,
		"2130706433":                 421,
		"user@plans.example.test:80": 421,
	} {
		r := httptest.NewRequest(http.MethodGet, "/about", nil)
		r.Host = host
		w := httptest.NewRecorder()
		h.web.Handler().ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("Host %q: got %d, want %d", host, w.Code, want)
		}
	}
}

// TestRoutes holds every route to its kind: what needs a session refuses without one, what
// changes something refuses other sites and other methods.
func TestRoutes(t *testing.T) {
	h := newHouse(t)
	h.enter(dana)
	gets := map[string]bool{}
	for _, at := range h.web.table() {
		if at.method == http.MethodGet {
			gets[at.path] = true
		}
	}
	fill := strings.NewReplacer("{id}", "x@1", "{plan}", "x", "{mapping}", "m")
	for _, at := range h.web.table() {
		path := fill.Replace(at.path)
		send := func(method, person string, headers ...string) int {
			r := httptest.NewRequest(method, path, nil)
			for i := 0; i+1 < len(headers); i += 2 {
				r.Header.Set(headers[i], headers[i+1])
			}
			return h.do(r, person).StatusCode
		}
		if got := send(at.method, ""); !at.open && got != http.StatusUnauthorized {
			t.Errorf("%s %s without a session: got %d, want 401", at.method, at.path, got)
		}
		if at.method == http.MethodGet {
			continue
		}
		if got := send(http.MethodGet, dana); !gets[at.path] && got != http.StatusMethodNotAllowed {
			t.Errorf("GET %s: got %d, want 405: reading must change nothing", at.path, got)
		}
		for _, foreign := range [][]string{
			{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.test"}, {"Origin", "null"},
		} {
			if got := send(at.method, dana, foreign...); got != http.StatusForbidden {
				t.Errorf("%s %s with %q: got %d, want 403", at.method, at.path, foreign, got)
			}
		}
		for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch} {
			if got := send(method, dana); got != http.StatusMethodNotAllowed {
				t.Errorf("%s %s: got %d, want 405", method, at.path, got)
			}
		}
	}
	if h.get(dana, "/").StatusCode != http.StatusOK {
		t.Error("the session did not outlive the refusals")
	}
}

func TestBodyLimit(t *testing.T) {
	h := newHouse(t)
	h.enter(dana)
	big := strings.Repeat("a", bodyLimit+1)
	for _, person := range []string{dana, ""} {
		res := h.post(person, "/drafts", "goal", big)
		if res.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%q sends %d bytes: got %d, want 413", person, len(big), res.StatusCode)
		}
		res.Page.says(t, "That is too much", "Nothing was done")
	}
	r := httptest.NewRequest(http.MethodPost, "/drafts", strings.NewReader("goal=%zz"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if got := h.do(r, dana).StatusCode; got != http.StatusBadRequest {
		t.Errorf("a form that is none: got %d, want 400", got)
	}
}

func TestStatic(t *testing.T) {
	h := newHouse(t)
	page := h.get("", "/about").Page
	href, _ := page.one(t, "link", "rel", "stylesheet").attr("href")
	src, _ := page.one(t, "script").attr("src")
	for path, kind := range map[string]string{href: "text/css", src: "text/javascript"} {
		res := h.get("", path)
		if res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), kind) {
			t.Errorf("GET %s: got %d %s", path, res.StatusCode, res.Header.Get("Content-Type"))
		}
		if got := res.Header.Get("Cache-Control"); !strings.Contains(got, "immutable") {
			t.Errorf("GET %s: Cache-Control %q", path, got)
		}
	}
	for _, path := range []string{"/static/style.css", "/static/", "/static/../templates/base.html", "/static/style.000000000000.css"} {
		if got := h.get("", path).StatusCode; got == http.StatusOK {
			t.Errorf("GET %s: got %d, want none", path, got)
		}
	}
}

// TestScriptIsOwn keeps the pages from loading or asking anything elsewhere.
func TestScriptIsOwn(t *testing.T) {
	s, err := newStatic()
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range s.files {
		text := strings.ReplaceAll(string(data), "http://www.w3.org/2000/svg", "")
		for _, bad := range []string{"http://", "https://", "@import", "url(", "eval(", "innerHTML", "document.write", "localStorage"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s holds %q", name, bad)
			}
		}
	}
}

func TestCookies(t *testing.T) {
	for _, tt := range []struct {
		public, name string
		secure       bool
	}{
		{"http://127.0.0.1:8480", "planwright-8480", false},
		{"http://localhost", "planwright", false},
		{"https://plans.example.test", "__Host-planwright", true},
	} {
		h := newHouse(t)
		h.open(tt.public)
		h.enter(dana)
		i := 0
		for j, c := range h.cookies[dana] {
			if c.Name == tt.name {
				i = j
			}
		}
		c := h.cookies[dana][i]
		if c.Name != tt.name || c.Secure != tt.secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
			t.Errorf("%s: got %+v", tt.public, c)
		}
		if len(c.Value) < 43 {
			t.Errorf("%s: an id of %d letters holds less than 256 bits", tt.public, len(c.Value))
		}
	}
}

func TestLocalPath(t *testing.T) {
	for in, want := range map[string]string{
		"/runs?state=held": "/runs?state=held", "": "/", "//evil.test": "/", "https://evil.test": "/", `/\evil.test`: "/",
		"/a\r\nSet-Cookie: x": "/", "javascript:alert(1)": "/", "/" + strings.Repeat("a", 3000): "/",
	} {
		if got := localPath(in); got != want {
			t.Errorf("localPath(%.40q): got %q, want %q", in, got, want)
		}
	}
	if got := decodePath("%%%"); got != "/" {
		t.Errorf("decodePath of nonsense: got %q", got)
	}
}
