package connection

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/planwright/planwright/specs/catalog"
)

const accessToken = "at-S3CR3T-pl4nted.x!y"

// rig is a book with one connection of each kind before a token server.
type rig struct {
	book *Book
	hits atomic.Int64
	url  string
	mu   sync.Mutex
	at   time.Time
}

func (r *rig) now() time.Time { r.mu.Lock(); defer r.mu.Unlock(); return r.at }

func (r *rig) add(d time.Duration) { r.mu.Lock(); defer r.mu.Unlock(); r.at = r.at.Add(d) }

func newRig(t *testing.T, handler http.HandlerFunc) *rig {
	t.Helper()
	r := &rig{at: now()}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.hits.Add(1)
		handler(w, req)
	}))
	t.Cleanup(server.Close)
	r.url = server.URL
	r.book = openBook(t, t.TempDir(), func(c *Config) { c.Now = r.now })
	t.Cleanup(r.book.Close)
	for _, api := range []string{"xero", "salesforce"} {
		c := Connection{Name: api, API: api, Flow: ClientCredentials, Base: server.URL, Token: server.URL + "/token", Client: "client:1", Tenant: "t", AllowPrivate: true}
		if api == "xero" {
			c.Scopes = []string{"a.read", "b"}
		}
		if err := r.book.Put(c, clientSecret); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func tokenReply(w http.ResponseWriter, members map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(members); err != nil {
		panic(err) // unreachable: tests answer with texts and numbers
	}
}

func bearer(t Token) string {
	req := &http.Request{Header: http.Header{}}
	t.Authorize(req)
	return req.Header.Get("Authorization")
}

func TestExchange(t *testing.T) {
	var got *http.Request
	var form string
	handler := func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		got, form = req, string(body)
		tokenReply(w, map[string]any{"access_token": accessToken, "token_type": "Bearer", "expires_in": 1800, "instance_url": "http://" + req.Host + "/"})
	}
	r := newRig(t, handler)
	token, err := r.book.Token(t.Context(), "xero")
	if err != nil {
		t.Fatal(err)
	}
	id, secret, ok := got.BasicAuth()
	if !ok || id != url.QueryEscape("client:1") || secret != clientSecret || form != "grant_type=client_credentials&scope=a.read+b" {
		t.Errorf("sent %q as %q", form, id)
	}
	if bearer(token) != "Bearer "+accessToken || token.Base != r.url || token.Tenant != "t" || !token.AllowPrivate || !token.Expires.Equal(now().Add(30*time.Minute)) {
		t.Errorf("got a token for %s until %v", token.Base, token.Expires)
	}
	if token, err = r.book.Token(t.Context(), "salesforce"); err != nil {
		t.Fatal(err)
	}
	values, err := url.ParseQuery(form)
	if err != nil || values.Get("client_id") != "client:1" || values.Get("client_secret") != clientSecret || values.Get("grant_type") != "client_credentials" || values.Has("scope") {
		t.Errorf("sent %v", err)
	}
	if got.Header.Get("Authorization") != "" || got.Header.Get("Accept") != "application/json" {
		t.Errorf("headers %v", got.Header)
	}
}

func TestTokensAreKept(t *testing.T) {
	r := newRig(t, func(w http.ResponseWriter, req *http.Request) {
		tokenReply(w, map[string]any{"access_token": "t", "expires_in": 1800})
	})
	ask := func(want int64) {
		t.Helper()
		if _, err := r.book.Token(t.Context(), "xero"); err != nil {
			t.Fatal(err)
		}
		if got := r.hits.Load(); got != want {
			t.Errorf("%d requests, want %d", got, want)
		}
	}
	ask(1)
	ask(1)
	r.add(28 * time.Minute)
	ask(1)
	r.add(time.Minute) // one minute before its end it is no longer used
	ask(2)
}

func TestTokensWithoutEnd(t *testing.T) {
	for _, expires := range []any{nil, "", 0, -5, "soon", 1e300} {
		r := newRig(t, func(w http.ResponseWriter, req *http.Request) {
			tokenReply(w, map[string]any{"access_token": "t", "expires_in": expires})
		})
		for range 2 {
			token, err := r.book.Token(t.Context(), "salesforce")
			if err != nil || !token.Expires.IsZero() {
				t.Fatalf("%v: %v, %v", expires, token.Expires, err)
			}
			r.add(1000 * time.Hour)
		}
		if r.hits.Load() != 1 {
			t.Errorf("%v: %d requests", expires, r.hits.Load())
		}
	}
}

func TestRefresh(t *testing.T) {
	r := newRig(t, nil)
	n := atomic.Int64{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		tokenReply(w, map[string]any{"access_token": fmt.Sprint("t", n.Add(1))})
	}))
	defer server.Close()
	c, err := r.book.Get("salesforce")
	if err != nil {
		t.Fatal(err)
	}
	c.Token = server.URL
	if err := r.book.Put(c, clientSecret); err != nil {
		t.Fatal(err)
	}
	first, err := r.book.Token(t.Context(), "salesforce")
	if err != nil {
		t.Fatal(err)
	}
	// Many callers are refused the same token: one new one is fetched.
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			token, err := r.book.Refresh(t.Context(), "salesforce", first)
			if err != nil || bearer(token) != "Bearer t2" {
				t.Errorf("got %v, %v", bearer(token), err)
			}
		})
	}
	wg.Wait()
	if n.Load() != 2 {
		t.Errorf("%d requests", n.Load())
	}
	if token, err := r.book.Token(t.Context(), "salesforce"); err != nil || bearer(token) != "Bearer t2" {
		t.Errorf("got %v, %v", bearer(token), err)
	}
}

func TestOneRequestAtATime(t *testing.T) {
	release := make(chan struct{})
	r := newRig(t, func(w http.ResponseWriter, req *http.Request) {
		<-release
		tokenReply(w, map[string]any{"access_token": "t"})
	})
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := r.book.Token(t.Context(), "xero"); err != nil {
				t.Error(err)
			}
		})
	}
	close(release)
	wg.Wait()
	if r.hits.Load() != 1 {
		t.Errorf("%d requests", r.hits.Load())
	}
}

// TestStoppedCallerDoesNotStopOthers: whoever waits for a request whose maker was stopped
// makes one of its own.
func TestStoppedCallerDoesNotStopOthers(t *testing.T) {
	entered := make(chan struct{}, 2)
	release := make(chan struct{})
	r := newRig(t, func(w http.ResponseWriter, req *http.Request) {
		entered <- struct{}{}
		select {
		case <-release:
			tokenReply(w, map[string]any{"access_token": "t"})
		case <-req.Context().Done():
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		var e *Error
		if _, err := r.book.Token(ctx, "xero"); !errors.As(err, &e) || !e.Temporary {
			t.Errorf("the stopped caller got %v", err)
		}
	})
	<-entered
	wg.Go(func() {
		if _, err := r.book.Token(t.Context(), "xero"); err != nil {
			t.Errorf("the other caller got %v", err)
		}
	})
	cancel()
	<-entered
	close(release)
	wg.Wait()
}

func TestPutAgainDropsTheToken(t *testing.T) {
	r := newRig(t, func(w http.ResponseWriter, req *http.Request) { tokenReply(w, map[string]any{"access_token": "t"}) })
	if _, err := r.book.Token(t.Context(), "xero"); err != nil {
		t.Fatal(err)
	}
	c, err := r.book.Get("xero")
	if err != nil {
		t.Fatal(err)
	}
	c.Tenant = "another"
	if err := r.book.Put(c, clientSecret); err != nil {
		t.Fatal(err)
	}
	if token, err := r.book.Token(t.Context(), "xero"); err != nil || token.Tenant != "another" || r.hits.Load() != 2 {
		t.Errorf("after %d requests: %v, %v", r.hits.Load(), token.Tenant, err)
	}
}

func TestRefusals(t *testing.T) {
	oauth := func(status int, code string) http.HandlerFunc {
		return func(w http.ResponseWriter, req *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			// A careless vendor repeats what it was sent.
			fmt.Fprintf(w, `{"error":%q,"error_description":"secret %s is wrong, header %s"}`, code, clientSecret, req.Header.Get("Authorization"))
		}
	}
	raw := func(status int, media, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, req *http.Request) {
			w.Header().Set("Content-Type", media)
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}
	}
	for _, tc := range []struct {
		name      string
		handler   http.HandlerFunc
		want      string
		temporary bool
	}{
		{"bad secret", oauth(401, "invalid_client"), "answered 401 invalid_client; check client id and secret", false},
		{"bad client", oauth(400, "unauthorized_client"), "check client id and secret", false},
		{"bad scope", oauth(400, "invalid_scope"), "grant the scopes", false},
		{"bad grant", oauth(400, "invalid_grant"), "check the app's rights", false},
		{"inactive", oauth(400, "inactive_org"), "answered 400 inactive_org; type: planwright connect xero", false},
		{"error in a 200", oauth(200, "invalid_client"), "invalid_client", false},
		{"code that is no code", oauth(400, clientSecret), "answered 400; type", false},
		{"rate limit", oauth(400, "rate_limit_exceeded"), "rate_limit_exceeded", true},
		{"too many", raw(429, "", ""), "answered 429", true},
		{"server error", raw(503, "text/html", "<html>"+clientSecret), "answered 503", true},
		{"page instead of token", raw(200, "text/html", `{"access_token":"x"}`), "without a token", true},
		{"not JSON", raw(200, "application/json", "oops"), "without a token", true},
		{"empty", raw(200, "application/json", ""), "without a token", true},
		{"token that is none", raw(200, "application/json", `{"access_token":"a\r\nX: y"}`), "without a token", true},
		{"another kind of token", raw(200, "application/json", `{"access_token":"a","token_type":"mac"}`), "not a bearer token", false},
		{"another host", raw(200, "application/json", `{"access_token":"a","instance_url":"https://evil.test"}`), "another host than the pinned", false},
		{"too long", raw(200, "application/json", `{"x":"`+strings.Repeat("x", maxTokenAnswer)+`"}`), "too long", true},
		{"redirect", func(w http.ResponseWriter, req *http.Request) {
			http.Redirect(w, req, "https://evil.test", http.StatusTemporaryRedirect)
		}, "redirects are not followed", false},
		{"no answer", func(w http.ResponseWriter, req *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				conn.Close()
			}
		}, "could not be reached", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t, tc.handler)
			name := "xero"
			if tc.name == "another host" {
				name = "salesforce"
			}
			token, err := r.book.Token(t.Context(), name)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, %v", token, err)
			}
			if e.Temporary != tc.temporary || !strings.Contains(err.Error(), tc.want) || !strings.HasPrefix(err.Error(), "connection "+name+": ") {
				t.Errorf("got %v (temporary %v), want %q", err, e.Temporary, tc.want)
			}
			if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, e), "S3CR3T") {
				t.Errorf("the error tells the secret: %#v", e)
			}
			if r.hits.Load() > 1 {
				t.Errorf("%d requests", r.hits.Load())
			}
		})
	}
}

func TestPrivateTokenAddress(t *testing.T) {
	r := newRig(t, nil)
	list, err := r.book.file.read()
	if err != nil {
		t.Fatal(err)
	}
	for i := range list { // by hand, past Put's judgement
		list[i].AllowPrivate = false
	}
	if err := r.book.file.write(list); err != nil {
		t.Fatal(err)
	}
	if _, err := r.book.Token(t.Context(), "xero"); !errors.Is(err, ErrPrivate) || r.hits.Load() != 0 {
		t.Errorf("after %d requests: %v", r.hits.Load(), err)
	}
	auth := catalog.Auth{Client: "basic"}
	c := Connection{Name: "x", Token: r.url}
	if _, err := fetch(t.Context(), NewTransport(false), c, auth, clientSecret, now); err == nil || !strings.Contains(err.Error(), "private") {
		t.Errorf("the transport let it through: %v", err)
	}
}

// TestTokensPrintNothing tries every way in which a token might slip into a log.
func TestTokensPrintNothing(t *testing.T) {
	token := NewToken(accessToken, xero())
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("token", "token", token, "pointer", &token, "list", []Token{token})
	slog.New(slog.NewTextHandler(&log, nil)).Info("token", "token", token, "in", struct{ T Token }{token})
	text, err := json.Marshal(map[string]any{"token": token})
	if err != nil {
		t.Fatal(err)
	}
	all := log.String() + string(text) + fmt.Sprintf("%v %+v %#v %s %q %v", token, token, token, token, token, &token)
	all += fmt.Sprintf("%v %+v %#v", struct{ T Token }{token}, []Token{token}, map[string]Token{"a": token})
	all += fmt.Sprintf("%v %+v %#v", struct{ t Token }{token}, &struct{ t []Token }{[]Token{token}}, struct{ p *Token }{&token})
	if strings.Contains(all, "S3CR3T") {
		t.Errorf("a token is told: %s", all)
	}
	if got := token.Scrub("a " + accessToken + " b"); got != "a hidden b" {
		t.Errorf("got %q", got)
	}
	if got := (Token{}).Scrub("abc"); got != "abc" {
		t.Errorf("got %q", got)
	}
}
