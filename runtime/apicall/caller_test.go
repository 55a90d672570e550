package apicall

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/runtime/connection"
	"github.com/planwright/planwright/specs/catalog"
)

const secretToken = "tok-S3CR3T-first"

// fakeConnections gives tokens named first, second, … and counts what is asked of it.
type fakeConnections struct {
	mu        sync.Mutex
	base      string
	private   bool
	err       error
	refreshes int
}

func (f *fakeConnections) token() connection.Token {
	access := secretToken
	if f.refreshes > 0 {
		access = fmt.Sprintf("tok-S3CR3T-after-%d", f.refreshes)
	}
	return connection.NewToken(access, connection.Connection{Base: f.base, Tenant: "tenant-1", AllowPrivate: f.private})
}

func (f *fakeConnections) Token(context.Context, string) (connection.Token, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.token(), f.err
}

func (f *fakeConnections) Refresh(context.Context, string, connection.Token) (connection.Token, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refreshes++
	return f.token(), f.err
}

// clock is a clock that tests set.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.at }

func (c *clock) add(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.at = c.at.Add(d) }

// rig is a Caller before a server.
type rig struct {
	cat    testCatalog
	conns  *fakeConnections
	clock  *clock
	caller *Caller
	hits   atomic.Int64
}

func newRig(t *testing.T, handler http.HandlerFunc, change ...func(*Config)) *rig {
	t.Helper()
	r := &rig{cat: newTestCatalog(), clock: newClock()}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.hits.Add(1)
		handler(w, req)
	}))
	t.Cleanup(server.Close)
	r.conns = &fakeConnections{base: server.URL, private: true}
	cfg := Config{Catalog: r.cat, Connections: r.conns, Now: r.clock.now}
	for _, f := range change {
		f(&cfg)
	}
	r.caller = NewCaller(cfg)
	t.Cleanup(r.caller.Close)
	return r
}

func (r *rig) render(t *testing.T, name string, a Args) Request {
	t.Helper()
	op := r.cat.ops[name]
	req, err := Render(r.cat.apis[op.API], op, r.cat, a)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func (r *rig) call(t *testing.T, name string, a Args) Outcome {
	t.Helper()
	return r.caller.Call(t.Context(), r.render(t, name, a))
}

func (r *rig) write(t *testing.T) Outcome {
	t.Helper()
	return r.call(t, "xero.createInvoices", Args{Params: map[string]any{"Idempotency-Key": "pw-1"}, Body: invoiceBody()})
}

func (r *rig) read(t *testing.T) Outcome { t.Helper(); return r.call(t, "xero.getContacts", Args{}) }

func reply(status int, body string, pairs ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(pairs); i += 2 {
			w.Header().Set(pairs[i], pairs[i+1])
		}
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

const created = `{"Invoices":[{"InvoiceID":"a1","InvoiceNumber":"SF-1"}]}`

func TestCallSendsWhatWasRendered(t *testing.T) {
	var got http.Request
	var body []byte
	r := newRig(t, func(w http.ResponseWriter, req *http.Request) {
		got = *req
		body, _ = io.ReadAll(req.Body)
		reply(200, created)(w, req)
	})
	req := r.render(t, "xero.createInvoices", Args{Params: map[string]any{"Idempotency-Key": "pw-1"}, Body: invoiceBody()})
	out := r.caller.Call(t.Context(), req)
	want := Outcome{Class: "ok", Status: 200, Value: map[string]any{"InvoiceID": "a1", "InvoiceNumber": "SF-1"}}
	if diff := cmp.Diff(want, out); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if string(body) != string(req.Body) || got.Method != "PUT" || got.RequestURI != req.Path {
		t.Errorf("sent %s %s with %s", got.Method, got.RequestURI, body)
	}
	for name, want := range map[string]string{
		"Authorization": "Bearer " + secretToken, "Xero-Tenant-Id": "tenant-1", "Idempotency-Key": "pw-1",
		"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "planwright",
	} {
		if got.Header.Get(name) != want {
			t.Errorf("header %s is %q, want %q", name, got.Header.Get(name), want)
		}
	}
}

func TestCallUsesPrefixAndAPIHeaders(t *testing.T) {
	var got http.Request
	r := newRig(t, func(w http.ResponseWriter, req *http.Request) { got = *req; w.WriteHeader(204) })
	req := r.render(t, "salesforce.Opportunity.update", Args{Params: map[string]any{"id": "a/b"}, Body: map[string]any{"Name": "x"}})
	req.Header["Authorization"] = "Bearer stolen"
	if out := r.caller.Call(t.Context(), req); out.Class != catalog.ClassOK {
		t.Fatalf("got %+v", out)
	}
	if got.RequestURI != "/services/data/v67.0/sobjects/Opportunity/a%2Fb" || got.Header.Get("Sforce-Call-Options") != "client=planwright" {
		t.Errorf("sent %s with %v", got.RequestURI, got.Header)
	}
	if got.Header.Get("Authorization") != "Bearer "+secretToken || got.Header.Get("xero-tenant-id") != "" {
		t.Errorf("access headers %v", got.Header)
	}
}

func TestRefreshOnceThenReplay(t *testing.T) {
	var bodies []string
	r := newRig(t, func(w http.ResponseWriter, req *http.Request) {
		b, _ := io.ReadAll(req.Body)
		bodies = append(bodies, string(b)+req.Header.Get("Idempotency-Key"))
		if req.Header.Get("Authorization") == "Bearer "+secretToken {
			reply(401, expired)(w, req)
			return
		}
		reply(200, created)(w, req)
	})
	if out := r.write(t); out.Class != catalog.ClassOK {
		t.Fatalf("got %+v", out)
	}
	if r.conns.refreshes != 1 || len(bodies) != 2 || bodies[0] != bodies[1] {
		t.Errorf("%d refreshes, requests %q", r.conns.refreshes, bodies)
	}
}

func TestRefreshThatDoesNotHelp(t *testing.T) {
	r := newRig(t, reply(401, expired))
	out := r.write(t)
	if out.Class != catalog.ClassPerson || r.hits.Load() != 2 || !strings.Contains(out.Message, "connection xero") {
		t.Errorf("after %d requests: %+v", r.hits.Load(), out)
	}
}

func TestNoToken(t *testing.T) {
	for _, tc := range []struct {
		err  error
		want catalog.Class
	}{
		{&connection.Error{Connection: "xero", Cause: "the token address could not be reached", Temporary: true}, catalog.ClassRetry},
		{&connection.Error{Connection: "xero", Cause: "the token address answered 400 invalid_client", Next: "type: planwright connect xero"}, catalog.ClassPerson},
		{errors.New("read connections.json: others may read it"), catalog.ClassPerson},
	} {
		r := newRig(t, reply(200, created))
		r.conns.err = tc.err
		out := r.write(t)
		if out.Class != tc.want || out.Message != tc.err.Error() || r.hits.Load() != 0 {
			t.Errorf("%v: %d requests, %+v", tc.err, r.hits.Load(), out)
		}
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	var stolen atomic.Bool
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { stolen.Store(true) }))
	defer elsewhere.Close()
	r := newRig(t, func(w http.ResponseWriter, req *http.Request) {
		http.Redirect(w, req, elsewhere.URL, http.StatusTemporaryRedirect)
	})
	if out := r.write(t); out.Class != catalog.ClassPerson || stolen.Load() {
		t.Errorf("followed: %v, %+v", stolen.Load(), out)
	}
}

// drain reads a request to its end, or to where its sender gives up.
func drain(req *http.Request) { _, _ = io.Copy(io.Discard, req.Body) }

// hangUp ends the connection without an answer.
func hangUp(w http.ResponseWriter, req *http.Request) {
	drain(req)
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		conn.Close()
	}
}

func TestLostAnswers(t *testing.T) {
	blocked := make(chan struct{})
	defer close(blocked)
	for _, tc := range []struct {
		name    string
		handler http.HandlerFunc
		write   catalog.Class
		read    catalog.Class
	}{
		{"connection broken", hangUp, catalog.ClassUnknown, catalog.ClassRetry},
		{"no answer in time", func(_ http.ResponseWriter, req *http.Request) {
			drain(req)
			select {
			case <-blocked:
			case <-req.Context().Done():
			}
		}, catalog.ClassUnknown, catalog.ClassRetry},
		{"answer cut short", func(w http.ResponseWriter, req *http.Request) {
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, created)
		}, catalog.ClassUnknown, catalog.ClassRetry},
		{"refusal cut short", func(w http.ResponseWriter, req *http.Request) {
			w.Header().Set("Content-Length", "1000")
			w.WriteHeader(400)
		}, catalog.ClassUnknown, catalog.ClassRetry},
		{"answer too large", func(w http.ResponseWriter, req *http.Request) {
			fmt.Fprint(w, strings.Repeat(" ", 5000)+created)
		}, catalog.ClassUnknown, catalog.ClassPerson},
		{"not HTTP", func(w http.ResponseWriter, req *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				fmt.Fprint(conn, "SSH-2.0-OpenSSH\r\n\r\n")
				conn.Close()
			}
		}, catalog.ClassUnknown, catalog.ClassRetry},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t, tc.handler, func(c *Config) { c.Timeout, c.MaxBody = 300*time.Millisecond, 4096 })
			if out := r.write(t); out.Class != tc.write || out.Message == "" {
				t.Errorf("write: %+v", out)
			}
			if n := r.hits.Load(); n != 1 {
				t.Errorf("the write was sent %d times", n)
			}
			if out := r.read(t); out.Class != tc.read || out.Message == "" {
				t.Errorf("read: %+v", out)
			}
		})
	}
}

// TestNothingSent holds that a write which certainly did not leave may be made again.
func TestNothingSent(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + l.Addr().String()
	l.Close()
	untrusted := httptest.NewTLSServer(reply(200, created))
	defer untrusted.Close()
	untrusted.Config.ErrorLog = nil
	r := newRig(t, reply(200, created))
	open := r.conns.base

	r.conns.base = closed
	if out := r.write(t); out.Class != catalog.ClassRetry {
		t.Errorf("nobody listens: %+v", out)
	}
	r.conns.base = untrusted.URL
	if out := r.write(t); out.Class != catalog.ClassPerson || !strings.Contains(out.Message, "certificate") {
		t.Errorf("untrusted certificate: %+v", out)
	}
	r.conns.base, r.conns.private = open, false
	if out := r.write(t); out.Class != catalog.ClassPerson || !strings.Contains(out.Message, "private") {
		t.Errorf("private address: %+v", out)
	}
	r.conns.base, r.conns.private = open, true
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if out := r.caller.Call(ctx, r.render(t, "xero.createInvoices", Args{Body: invoiceBody()})); out.Class != catalog.ClassRetry {
		t.Errorf("stopped before: %+v", out)
	}
	if n := r.hits.Load(); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
}

// TestUnknownTransport: one that cannot tell what was sent is believed to have sent.
func TestUnknownTransport(t *testing.T) {
	r := newRig(t, reply(200, created), func(c *Config) { c.HTTP = failing{errors.New("lost at https://host/?q=customer")} })
	if out := r.write(t); out.Class != catalog.ClassUnknown || strings.Contains(out.Message, "customer") {
		t.Errorf("got %+v", out)
	}
	r = newRig(t, reply(200, created), func(c *Config) { c.HTTP = failing{&net.OpError{Op: "dial", Err: errors.New("refused")}} })
	if out := r.write(t); out.Class != catalog.ClassRetry {
		t.Errorf("got %+v", out)
	}
}

type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

// TestNoSilentRepeat holds that nothing below us repeats a write when a kept-alive
// connection breaks. Go's transport does so for an Idempotency-Key unless it is stopped.
func TestNoSilentRepeat(t *testing.T) {
	for _, name := range []string{"xero.createInvoices", "xero.emailInvoice"} {
		t.Run(name, func(t *testing.T) {
			var r *rig
			r = newRig(t, func(w http.ResponseWriter, req *http.Request) {
				if r.hits.Load() == 1 {
					reply(200, `{"Contacts":[]}`)(w, req)
					return
				}
				hangUp(w, req)
			})
			if out := r.read(t); out.Class != catalog.ClassOK {
				t.Fatalf("got %+v", out)
			}
			a := Args{Params: map[string]any{"Idempotency-Key": "pw-1", "InvoiceID": "a"}}
			if name == "xero.createInvoices" {
				a = Args{Params: map[string]any{"Idempotency-Key": "pw-1"}, Body: invoiceBody()}
			}
			if out := r.call(t, name, a); out.Class != catalog.ClassUnknown {
				t.Errorf("got %+v", out)
			}
			if n := r.hits.Load(); n != 2 {
				t.Errorf("the write was sent %d times", n-1)
			}
		})
	}
}

func TestForeignRequests(t *testing.T) {
	r := newRig(t, reply(200, created))
	for _, req := range []Request{{Operation: "xero.nope", Method: "GET", Path: "/x"}, {Operation: "xero.getContacts", Method: "DELETE", Path: "/Contacts"}} {
		if out := r.caller.Call(t.Context(), req); out.Class != catalog.ClassBug || r.hits.Load() != 0 {
			t.Errorf("%+v: %+v", req, out)
		}
	}
}

// TestNoSecretIsTold has the vendor repeat the token in every place, and looks for it.
func TestNoSecretIsTold(t *testing.T) {
	echo := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, req *http.Request) {
			token := req.Header.Get("Authorization")
			w.Header().Set("X-Request-Id", token)
			w.Header().Set("X-Rate-Limit-Problem", token)
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"Message":"you sent %s","ErrorNumber":"%s"}`, token, token)
		}
	}
	for _, status := range []int{400, 401, 403, 404, 429, 500, 503} {
		r := newRig(t, echo(status))
		for _, out := range []Outcome{r.write(t), r.read(t)} {
			if text := fmt.Sprintf("%+v %#v", out, out); strings.Contains(text, "S3CR3T") {
				t.Errorf("status %d: %s", status, text)
			}
		}
	}
}

func TestRequestsAtOnce(t *testing.T) {
	var now, most atomic.Int64
	release := make(chan struct{})
	r := newRig(t, func(w http.ResponseWriter, req *http.Request) {
		n := now.Add(1)
		defer now.Add(-1)
		for {
			m := most.Load()
			if n <= m || most.CompareAndSwap(m, n) {
				break
			}
		}
		<-release
		reply(200, `{"Contacts":[]}`)(w, req)
	})
	req := r.render(t, "xero.getContacts", Args{})
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if out := r.caller.Call(t.Context(), req); out.Class != catalog.ClassOK {
				t.Errorf("got %+v", out)
			}
		})
	}
	for range 20 {
		release <- struct{}{}
	}
	wg.Wait()
	if most.Load() > 5 || r.hits.Load() != 20 {
		t.Errorf("%d at once, %d in all", most.Load(), r.hits.Load())
	}
}

// blocking answers when it is told to.
type blocking struct{ release chan struct{} }

func (b blocking) RoundTrip(*http.Request) (*http.Response, error) {
	<-b.release
	return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(`{"Contacts":[]}`))}, nil
}

func TestStoppedWhileWaitingForASlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := blocking{make(chan struct{})}
		r := &rig{cat: newTestCatalog(), clock: newClock(), conns: &fakeConnections{base: "https://api.example.test"}}
		r.caller = NewCaller(Config{Catalog: r.cat, Connections: r.conns, Now: r.clock.now, HTTP: b})
		req := r.render(t, "xero.getContacts", Args{})
		for range 5 {
			go func() { // the bubble waits for it
				if out := r.caller.Call(t.Context(), req); out.Class != catalog.ClassOK {
					t.Errorf("got %+v", out)
				}
			}()
		}
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		var out Outcome
		go func() { out = r.caller.Call(ctx, req) }()
		synctest.Wait()
		if out.Class != "" {
			t.Fatalf("a sixth request did not wait: %+v", out)
		}
		cancel()
		synctest.Wait()
		if out.Class != catalog.ClassRetry {
			t.Errorf("got %+v", out)
		}
		close(b.release)
	})
}
