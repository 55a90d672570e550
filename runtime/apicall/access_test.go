package apicall

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/planwright/planwright/runtime/connection"
	"github.com/planwright/planwright/specs/catalog"
)

// TestWithBook puts a Caller on a real book, before a vendor whose tokens end whenever it
// likes and which repeats all it is sent, and looks for the secrets everywhere.
func TestWithBook(t *testing.T) {
	const clientSecret = "cs-S3CR3T"
	var tokens, writes atomic.Int64
	var mu sync.Mutex
	valid := ""
	mux := http.NewServeMux()
	mux.HandleFunc("/connect/token", func(w http.ResponseWriter, req *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		valid = fmt.Sprintf("at-S3CR3T-%d", tokens.Add(1))
		fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer","expires_in":1800}`, valid)
	})
	mux.HandleFunc("/api/Invoices", func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		mu.Lock()
		ok := req.Header.Get("Authorization") == "Bearer "+valid
		mu.Unlock()
		switch {
		case !ok:
			reply(401, `{"Detail":"TokenExpired: `+req.Header.Get("Authorization")+`"}`)(w, req)
		case strings.Contains(string(body), "bad"):
			reply(400, `{"ErrorNumber":10,"Message":"refused `+req.Header.Get("Authorization")+`"}`)(w, req)
		default:
			writes.Add(1)
			reply(200, created)(w, req)
		}
	})
	server := httptest.NewServer(mux)
	defer server.Close()

	cat, clk, dir := newTestCatalog(), newClock(), t.TempDir()
	book, err := connection.Open(connection.Config{Dir: dir, APIs: cat, Now: clk.now})
	if err != nil {
		t.Fatal(err)
	}
	c, err := connection.For(cat.apis["xero"], "books", server.URL+"/api")
	if err != nil {
		t.Fatal(err)
	}
	c.Client, c.AllowPrivate = "client-1", true
	if err := book.Put(c, clientSecret); err != nil {
		t.Fatal(err)
	}
	caller := NewCaller(Config{Catalog: cat, Connections: book, Now: clk.now, Names: map[string]string{"xero": "books"}})
	defer book.Close()
	defer caller.Close()
	r := &rig{cat: cat}
	good, bad := r.render(t, "xero.createInvoices", Args{Body: invoiceBody()}), r.render(t, "xero.createInvoices", Args{Body: map[string]any{"Reference": "bad"}})

	var told strings.Builder
	call := func(req Request, want ...catalog.Class) {
		t.Helper()
		out := caller.Call(t.Context(), req)
		fmt.Fprintf(&told, "%+v %#v\n", out, out)
		if !slices.Contains(want, out.Class) {
			t.Errorf("got %+v, want %s", out, want)
		}
	}
	call(good, catalog.ClassOK)
	call(bad, catalog.ClassData)
	mu.Lock()
	valid = "revoked by the vendor"
	mu.Unlock()
	call(good, catalog.ClassOK)
	if tokens.Load() != 2 || writes.Load() != 2 {
		t.Errorf("%d tokens, %d writes", tokens.Load(), writes.Load())
	}
	server.Close()
	// Which of the two depends on whether the closed connection was noticed in time.
	call(good, catalog.ClassRetry, catalog.ClassUnknown)
	fmt.Fprintf(&told, "%+v %#v %v %s", caller, caller, caller.Budgets(), good.Digest())
	for _, name := range []string{"connections.json", "key"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		told.Write(text)
	}
	if strings.Contains(told.String(), "S3CR3T") {
		t.Errorf("a secret is told:\n%s", told.String())
	}
}
