package connection

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/specs/catalog"
)

const carriedSecret = "k+/S3CR3T~carried=="

// thirdAPIs is one API for each way of signing in without a token endpoint.
func thirdAPIs() apis {
	out := apis{}
	for name, a := range map[string]catalog.Auth{
		"header": {Flow: catalog.FlowAPIKey, In: catalog.InHeader, Name: "X-Api-Key"},
		"word":   {Flow: catalog.FlowAPIKey, In: catalog.InHeader, Name: "Authorization", Word: "Token"},
		"query":  {Flow: catalog.FlowAPIKey, In: catalog.InQuery, Name: "api_key"},
		"bearer": {Flow: catalog.FlowBearer},
		"basic":  {Flow: catalog.FlowBasic},
		"none":   {Flow: catalog.FlowNone},
	} {
		out[name] = &catalog.API{Name: name, Server: "https://api.example.test/v1/", Auth: a}
	}
	return out
}

// third puts a connection to the API of that name, as its spec describes it.
func third(t *testing.T, b *Book, name string) {
	t.Helper()
	c, err := For(thirdAPIs()[name], name, "")
	if err != nil {
		t.Fatal(err)
	}
	secret := carriedSecret
	switch name {
	case "basic":
		c.Client = "dana"
	case "none":
		secret = ""
	}
	if err := b.Put(c, secret); err != nil {
		t.Fatal(err)
	}
}

// TestCarried signs a request as each way wants, from a book that was opened anew.
func TestCarried(t *testing.T) {
	dir := t.TempDir()
	with := func(c *Config) { c.APIs = thirdAPIs() }
	for name, want := range map[string]struct{ header, value, query string }{
		"header": {"X-Api-Key", carriedSecret, "a=1&api_key=echo&b=x%20y"},
		"word":   {"Authorization", "Token " + carriedSecret, "a=1&api_key=echo&b=x%20y"},
		"query":  {"", "", "a=1&b=x%20y&api_key=k%2B%2FS3CR3T~carried%3D%3D"},
		"bearer": {"Authorization", "Bearer " + carriedSecret, "a=1&api_key=echo&b=x%20y"},
		"basic":  {"Authorization", "Basic ZGFuYTprKy9TM0NSM1R+Y2FycmllZD09", "a=1&api_key=echo&b=x%20y"},
		"none":   {"", "", "a=1&api_key=echo&b=x%20y"},
	} {
		t.Run(name, func(t *testing.T) {
			third(t, openBook(t, dir, with), name)
			token, err := openBook(t, dir, with).Token(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			if token.Base != "https://api.example.test/v1" {
				t.Errorf("base %s", token.Base)
			}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, token.Base+"/x?a=1&api_key=echo&b=x%20y", nil)
			if err != nil {
				t.Fatal(err)
			}
			token.Authorize(req)
			if got := req.Header.Get(want.header); want.header != "" && got != want.value {
				t.Errorf("%s: %q", want.header, got)
			}
			if want.header == "" && len(req.Header) > 0 {
				t.Errorf("headers %v", req.Header)
			}
			if diff := cmp.Diff(want.query, req.URL.RawQuery); diff != "" {
				t.Errorf("query (-want +got):\n%s", diff)
			}
		})
	}
}

// TestCarriedIsHidden holds that a secret that is the token shows nowhere: not in the file,
// not in print, and not in text that a vendor echoes, however it was written.
func TestCarriedIsHidden(t *testing.T) {
	dir := t.TempDir()
	b := openBook(t, dir, func(c *Config) { c.APIs = thirdAPIs() })
	for name := range thirdAPIs() {
		third(t, b, name)
		token, err := b.Token(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		shown := fmt.Sprintf("%v %+v %#v %s", token, token, token, token)
		shown += token.Scrub("you sent " + carriedSecret + " or k%2B%2FS3CR3T~carried%3D%3D or Basic ZGFuYTprKy9TM0NSM1R+Y2FycmllZD09 to k+%2FS3CR3T~carried==")
		if name != "none" && (strings.Contains(shown, "S3CR3T") || name == "basic" && strings.Contains(shown, "ZGFuYTpr")) {
			t.Errorf("%s: %s", name, shown)
		}
	}
	file, err := os.ReadFile(filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(file), "S3CR3T") {
		t.Error("the file holds the secret")
	}
}

// TestCarriedIsRefused holds that a refused secret waits for a person, at once, until another
// is put.
func TestCarriedIsRefused(t *testing.T) {
	b := openBook(t, t.TempDir(), func(c *Config) { c.APIs = thirdAPIs() })
	third(t, b, "header")
	token, err := b.Token(t.Context(), "header")
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Refresh(t.Context(), "header", token)
	var e *Error
	if !errors.As(err, &e) || e.Temporary || !strings.Contains(err.Error(), "planwright connect header") || strings.Contains(err.Error(), "S3CR3T") {
		t.Errorf("got %v", err)
	}
	c, err := b.Get("header")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Put(c, "another"); err != nil {
		t.Fatal(err)
	}
	again, err := b.Refresh(t.Context(), "header", token)
	if err != nil || again.text() != "another" {
		t.Errorf("got %q, %v", again.text(), err)
	}
}

// TestPinnedKey holds that a changed spec cannot move a key to another place.
func TestPinnedKey(t *testing.T) {
	known := thirdAPIs()
	b := openBook(t, t.TempDir(), func(c *Config) { c.APIs = known })
	third(t, b, "header")
	known["header"].Auth = catalog.Auth{Flow: catalog.FlowAPIKey, In: catalog.InQuery, Name: "q"}
	token, err := b.Token(t.Context(), "header")
	if err != nil {
		t.Fatal(err)
	}
	req := httptest.NewRequest(http.MethodGet, "https://api.example.test/v1/x", nil)
	token.Authorize(req)
	if req.URL.RawQuery != "" || req.Header.Get("X-Api-Key") != carriedSecret {
		t.Errorf("query %q, header %q", req.URL.RawQuery, req.Header.Get("X-Api-Key"))
	}
}

// TestFlowsAreChecked refuses connections and secrets that could not be sent, without a word
// of the secret.
func TestFlowsAreChecked(t *testing.T) {
	b := openBook(t, t.TempDir(), func(c *Config) { c.APIs = thirdAPIs() })
	for _, c := range []struct {
		name, secret string
		change       func(*Connection)
		want         string
	}{
		{"header", "", nil, "empty"},
		{"header", "S3CR3T\r\nX: y", nil, "cannot travel"},
		{"header", "S3CR3T key", nil, "cannot travel"},
		{"query", "S3CR3Té", nil, "cannot travel"},
		{"bearer", "S3CR3T token", nil, "cannot travel"},
		{"basic", "S3CR3T", nil, "client id is missing"},
		{"basic", "S3CR3T", func(c *Connection) { c.Client = "a:b" }, "no colon"},
		{"none", "S3CR3T", nil, "takes no secret"},
		{"header", "S3CR3T", func(c *Connection) { c.Key = "" }, "in which header"},
		{"header", "S3CR3T", func(c *Connection) { c.Key = "Host" }, "in which header"},
		{"header", "S3CR3T", func(c *Connection) { c.Key = "a b" }, "in which header"},
		{"header", "S3CR3T", func(c *Connection) { c.In = "cookie" }, "in which header"},
		{"header", "S3CR3T", func(c *Connection) { c.Flow = "magic" }, `"magic"`},
		{"header", "S3CR3T", func(c *Connection) { c.Base = "http://api.example.test" }, "plain http"},
		{"header", "S3CR3T", func(c *Connection) { c.Base = "https://10.0.0.1" }, "private"},
	} {
		conn, err := For(thirdAPIs()[c.name], c.name, "")
		if err != nil {
			t.Fatal(err)
		}
		if c.change != nil {
			c.change(&conn)
		}
		if err = b.Put(conn, c.secret); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "S3CR3T") {
			t.Errorf("%s %q: got %v, want %q", c.name, c.secret, err, c.want)
		}
	}
}

func TestDownload(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		switch req.URL.Path {
		case "/spec.yaml":
			fmt.Fprint(w, "openapi: 3.1.0")
		case "/cut":
			w.Header().Set("Content-Length", "90")
			fmt.Fprint(w, "x")
		case "/endless":
			for range 101 {
				fmt.Fprint(w, "x")
				w.(http.Flusher).Flush() // no Content-Length
			}
		case "/moved":
			http.Redirect(w, req, "https://elsewhere.test/spec?token=S3CR3T", http.StatusFound)
		default:
			http.NotFound(w, req)
		}
	}))
	defer server.Close()
	get := func(address string, limit int64, private bool) (string, error) {
		data, err := Download(t.Context(), nil, address, limit, private)
		return string(data), err
	}
	if got, err := get(server.URL+"/spec.yaml?v=1", 100, true); err != nil || got != "openapi: 3.1.0" {
		t.Errorf("got %q, %v", got, err)
	}
	for address, want := range map[string]string{
		server.URL + "/spec.yaml":           "larger than",
		server.URL + "/cut":                 "cut short",
		server.URL + "/endless":             "larger than",
		server.URL + "/moved":               "to elsewhere.test, and redirects",
		server.URL + "/none?token=S3CR3T":   "answered 404",
		"http://api.example.test/x":         "plain http",
		"https://user:S3CR3T@example.test/": "holds a user",
		"file:///etc/passwd":                "not an absolute URL",
		"http://127.0.0.1:1/x?token=S3CR3T": "could not be reached",
	} {
		if _, err := get(address, 4, true); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "S3CR3T") {
			t.Errorf("%s: got %v, want %q", address, err, want)
		}
	}
	if _, err := get(server.URL+"/spec.yaml", 100, false); !errors.Is(err, ErrPrivate) {
		t.Errorf("a private address: %v", err)
	}
}

// TestInterruptedDownload: whoever stops a download half-way is not told that the vendor
// cut it short.
func TestInterruptedDownload(t *testing.T) {
	begun := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Length", "90")
		fmt.Fprint(w, "openapi: ")
		_ = http.NewResponseController(w).Flush()
		begun <- struct{}{}
		<-req.Context().Done()
	}))
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { <-begun; cancel() }()
	if _, err := Download(ctx, nil, server.URL, 100, true); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
