package transport_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/agent/llm"
	"github.com/planwright/planwright/agent/llm/transport"
	"github.com/planwright/planwright/internal/twin/wire"
)

// call sends one request to a handler in process and returns what the transport noted.
func call(t *testing.T, o transport.Options, url string, key string, h http.HandlerFunc) (*transport.Exchange, string, []time.Duration, error) {
	t.Helper()
	var waited []time.Duration
	if o.Base == nil {
		o.Base = wire.RoundTripper(h)
	}
	o.Wait = func(ctx context.Context, d time.Duration) error {
		waited = append(waited, d)
		return ctx.Err()
	}
	ctx, x := transport.Watch(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader("question"))
	if err != nil {
		t.Fatal(err)
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	resp, err := transport.New(o).Client().Do(req)
	if err != nil {
		return x, "", waited, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return x, string(body), waited, nil
}

const home = "https://model.example.com/v1"

func TestRetryAfter(t *testing.T) {
	for _, tc := range []struct {
		header string // name: value; …
		want   time.Duration
		waits  time.Duration // the first one
	}{
		{"Retry-After: 3", 3 * time.Second, 3 * time.Second},
		{"Retry-After: 0.5", 500 * time.Millisecond, 500 * time.Millisecond},
		{"Retry-After: 0", 0, 0},
		{"Retry-After: -5", 0, 0},
		{"Retry-After: 3; Retry-After-Ms: 2500", 2500 * time.Millisecond, 2500 * time.Millisecond},
		{"Retry-After: Sun, 22 Nov 2026 12:00:30 GMT; Date: Sun, 22 Nov 2026 12:00:00 GMT", 30 * time.Second, 30 * time.Second},
		{"Retry-After: Sun, 22 Nov 2026 11:00:00 GMT; Date: Sun, 22 Nov 2026 12:00:00 GMT", 0, 0},
		{"Retry-After: Sun, 22 Nov 2026 12:00:30 GMT", 0, 500 * time.Millisecond}, // no date to measure by
		{"Retry-After: soon", 0, 500 * time.Millisecond},
		{"Retry-After: 1m3", 0, 500 * time.Millisecond},
		{"Retry-After: 1.2.3", 0, 500 * time.Millisecond},
		{"Retry-After: .", 0, 500 * time.Millisecond},
		{"Retry-After: 99999999999999999999", 24 * time.Hour, -1},
		{"Retry-After: 61", 61 * time.Second, -1}, // longer than our patience
		{"X-Should-Retry: false", 0, -1},
	} {
		t.Run(tc.header, func(t *testing.T) {
			h := func(w http.ResponseWriter, _ *http.Request) {
				for line := range strings.SplitSeq(tc.header, "; ") {
					name, value, _ := strings.Cut(line, ": ")
					w.Header().Set(name, value)
				}
				w.WriteHeader(http.StatusTooManyRequests)
			}
			x, _, waited, err := call(t, transport.Options{Attempts: 2, Jitter: func() float64 { return 0 }}, home, "", h)
			if err != nil {
				t.Fatal(err)
			}
			if x.RetryAfter != tc.want {
				t.Errorf("asks for %v, want %v", x.RetryAfter, tc.want)
			}
			got := time.Duration(-1)
			if len(waited) > 0 {
				got = waited[0]
			}
			if got != tc.waits {
				t.Errorf("waited %v, want %v", got, tc.waits)
			}
		})
	}
}

func TestPausesGrowAndSpread(t *testing.T) {
	fails := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }
	for jitter, want := range map[float64][]time.Duration{
		0:   {500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 10 * time.Second, 10 * time.Second},
		0.5: {750 * time.Millisecond, 1500 * time.Millisecond, 3 * time.Second, 6 * time.Second, 12 * time.Second, 15 * time.Second, 15 * time.Second},
	} {
		x, _, waited, err := call(t, transport.Options{Attempts: 8, Jitter: func() float64 { return jitter }}, home, "", fails)
		if err != nil || x.Attempts != 8 || x.Status != http.StatusBadGateway {
			t.Fatalf("got %+v, %v", x, err)
		}
		if diff := cmp.Diff(want, waited); diff != "" {
			t.Error(diff)
		}
	}
}

func TestBodyIsSentAgain(t *testing.T) {
	n := 0
	x, body, _, err := call(t, transport.Options{}, home, "", func(w http.ResponseWriter, r *http.Request) {
		n++
		sent, err := io.ReadAll(r.Body)
		if err != nil || string(sent) != "question" {
			t.Errorf("attempt %d carried %q (%v)", n, sent, err)
		}
		if n < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		fmt.Fprint(w, "answer")
	})
	if err != nil || body != "answer" || x.Attempts != 3 || x.Status != 200 || string(x.Body) != "answer" {
		t.Errorf("got %q, %+v, %v", body, x, err)
	}
}

func TestWhatIsNotRepeated(t *testing.T) {
	for _, tc := range []struct {
		name   string
		status int
		body   string
		want   error
	}{
		{"not found", 404, "{}", &llm.BadRequest{Status: 404}},
		{"no quota", 429, `{"error": {"message": "You exceeded your current quota", "type": "insufficient_quota", "code": "insufficient_quota"}}`, &llm.BadRequest{Status: 429}},
		{"filtered", 400, `{"error": {"message": "The response was filtered", "code": "content_filter", "innererror": {"code": "ResponsibleAIPolicyViolation"}}}`, &llm.Refused{}},
		{"too long", 400, `{"error": {"message": "This model's maximum context length is 8192 tokens", "code": "context_length_exceeded"}}`, &llm.BadRequest{Status: 400}},
		{"unknown model, as 400", 400, `{"error": {"message": "x", "code": "model_not_found"}}`, &llm.UnknownModel{Name: "m"}},
		{"code is a number", 400, `{"error": {"message": "x", "code": 400}}`, &llm.BadRequest{Status: 400}},
		{"error is a list", 400, `{"error": ["x"]}`, &llm.BadRequest{Status: 400}},
		{"forbidden", 403, "<html>", &llm.Auth{Status: 403}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			x, _, waited, err := call(t, transport.Options{}, home, "", func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tc.status)
				fmt.Fprint(w, tc.body)
			})
			if err != nil || len(waited) > 0 {
				t.Fatalf("waited %v, %v", waited, err)
			}
			got := x.Failure("m", nil)
			switch e := got.(type) { //nolint:errorlint // Failure returns these themselves
			case *llm.BadRequest:
				e.What = ""
			case *llm.Refused:
				e.What = ""
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestKeyOverPlainHTTP(t *testing.T) {
	for url, fine := range map[string]bool{
		"http://model.example.com/v1": false, "http://192.168.1.7:8000/v1": false, "http://localhost.example.com/": false,
		"http://localhost:8000/v1": true, "http://127.0.0.1/v1": true, "http://[::1]:1/v1": true, "https://model.example.com/v1": true,
	} {
		asked := 0
		h := func(http.ResponseWriter, *http.Request) { asked++ }
		x, _, _, err := call(t, transport.Options{}, url, "sk-1234", h)
		if fine != (err == nil) || fine != (asked == 1) {
			t.Errorf("%s: %v after %d requests", url, err, asked)
		}
		var bad *llm.BadRequest
		if !fine && !errors.As(x.Failure("m", err), &bad) {
			t.Errorf("%s: %v", url, x.Failure("m", err))
		}
		if _, _, _, err = call(t, transport.Options{}, url, "", h); err != nil {
			t.Errorf("%s without a key: %v", url, err)
		}
	}
}

func TestLimit(t *testing.T) {
	h := func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("x", 100)) }
	if _, body, _, err := call(t, transport.Options{Limit: 100}, home, "", h); err != nil || len(body) != 100 {
		t.Errorf("at the limit: %d bytes, %v", len(body), err)
	}
	x, _, waited, err := call(t, transport.Options{Limit: 99}, home, "", h)
	var long *llm.TooLong
	if !errors.As(err, &long) || long.Limit != 99 || len(waited) > 0 || !errors.As(x.Failure("m", err), &long) {
		t.Errorf("over the limit: %v after %v", err, waited)
	}
}

func TestKeyIsBlanked(t *testing.T) {
	const key = "sk-marker-77"
	x, body, _, err := call(t, transport.Options{Attempts: 1}, home, key, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "you sent ", r.Header.Get("Authorization"))
	})
	if err != nil || body != "you sent Bearer [hidden]" || strings.Contains(string(x.Body), key) {
		t.Errorf("got %q, %q, %v", body, x.Body, err)
	}
	x, _, _, err = call(t, transport.Options{Attempts: 1, Base: failing{errors.New("proxy says no to Bearer " + key)}}, home, key, nil)
	if text := fmt.Sprint(err, x.Failure("m", err)); strings.Contains(text, key) || !strings.Contains(text, "proxy says no to Bearer [hidden]") {
		t.Errorf("got %s", text)
	}
}

type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

func TestBadCertificateIsNotRepeated(t *testing.T) {
	x, _, waited, err := call(t, transport.Options{Base: failing{&tls.CertificateVerificationError{Err: errors.New("signed by nobody")}}}, home, "", nil)
	var down *llm.Unavailable
	if err == nil || len(waited) > 0 || !errors.As(x.Failure("m", err), &down) || !strings.Contains(down.What, "signed by nobody") {
		t.Errorf("got %v after %v", err, waited)
	}
}

func TestCallerLosesPatience(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	ctx, x := transport.Watch(ctx)
	busy := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(529) })
	rt := transport.New(transport.Options{Base: wire.RoundTripper(busy), Wait: func(ctx context.Context, _ time.Duration) error {
		cancel()
		return ctx.Err()
	}})
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, home, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := rt.Client().Do(req)
	if err == nil {
		resp.Body.Close()
	}
	if !errors.Is(err, context.Canceled) || !errors.Is(x.Failure("m", err), context.Canceled) || x.Attempts != 1 {
		t.Errorf("got %v, %+v", err, x)
	}
}

// TestOwnConnections runs the default base over real sockets, and refuses a certificate
// that nobody signed.
func TestOwnConnections(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") })
	plain, secure := httptest.NewServer(h), httptest.NewTLSServer(h)
	defer plain.Close()
	defer secure.Close()
	rt := transport.New(transport.Options{Wait: func(context.Context, time.Duration) error { return nil }})
	resp, err := rt.Client().Get(plain.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "hello" || resp.ContentLength != 5 {
		t.Errorf("got %q, %v", body, err)
	}
	resp, err = rt.Client().Get(secure.URL)
	if err == nil {
		resp.Body.Close()
		t.Error("an unsigned certificate was taken")
	}
}

func TestFailureOfWhatWasNeverSent(t *testing.T) {
	_, x := transport.Watch(t.Context())
	var bad *llm.BadRequest
	if err := x.Failure("m", errors.New("the library refuses")); !errors.As(err, &bad) || bad.What != "the library refuses" {
		t.Errorf("got %v", err)
	}
}
