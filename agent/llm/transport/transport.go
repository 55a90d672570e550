// Package transport is the road to a model's endpoint, below the client libraries.
//
// The libraries that adapters use send once, wait for ever, read without end and lose what
// the headers said. A [Transport] is an http.RoundTripper that mends that for all of them:
//
//   - it retries what is worth retrying (429, 408, 5xx, 529, lost connections), as long as
//     the endpoint asks for patience or with growing pauses, and bounded by attempts;
//   - it bounds each attempt in time and each answer in size, and reads the answer whole, so
//     that one that breaks off half way is retried too;
//   - it follows no redirect, and sends no key over plain http to another machine;
//   - it blanks the key wherever an answer repeats it, so that nothing above can show it.
//
// [Watch] lets an adapter see what really happened on the wire below its library, and
// [Exchange.Failure] turns that into the failures of package llm, for every dialect alike.
//
// What to ask and how to read an answer is left to the adapters.
package transport

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/planwright/planwright/agent/llm"
)

// Options are what a Transport needs from outside. Wait is required.
type Options struct {
	// Base carries single requests; nil means connections of our own: TLS 1.2 or newer, no proxy.
	Base http.RoundTripper
	// Attempts is how often a request is sent at most; 0 means 4.
	Attempts int
	// Timeout bounds one attempt, from the dial to the last byte; 0 means two minutes.
	Timeout time.Duration
	// Limit bounds the bytes of one answer; 0 means 8 MB.
	Limit int64
	// Patience is the longest pause that is waited for; an endpoint that asks for more gets
	// no further attempt. 0 means one minute.
	Patience time.Duration
	// Wait returns after d, or earlier with ctx's error.
	Wait func(ctx context.Context, d time.Duration) error
	// Jitter returns a number in [0, 1) that spreads the pauses; nil means 0.5.
	Jitter func() float64
}

// Transport is an http.RoundTripper for calls to a model. Several goroutines may use it.
type Transport struct{ o Options }

// New returns a transport.
func New(o Options) *Transport {
	o.Attempts = cmp.Or(o.Attempts, 4)
	o.Timeout = cmp.Or(o.Timeout, 2*time.Minute)
	o.Limit = cmp.Or(o.Limit, 8<<20)
	o.Patience = cmp.Or(o.Patience, time.Minute)
	if o.Jitter == nil {
		o.Jitter = func() float64 { return 0.5 }
	}
	if o.Base == nil {
		o.Base = &http.Transport{
			DialContext:         (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
			TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout: 10 * time.Second,
			IdleConnTimeout:     30 * time.Second,
			MaxIdleConnsPerHost: 4,
		}
	}
	return &Transport{o}
}

// Client returns an http.Client that uses the transport and follows no redirect: a key must
// not travel to wherever an endpoint points.
func (t *Transport) Client() *http.Client {
	return &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// RoundTrip implements http.RoundTripper. The answer it returns is whole and in memory.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	x := exchangeOf(req.Context())
	body, err := drain(req)
	if err != nil {
		return nil, x.fail(err) // unreachable: the libraries send from memory
	}
	keys := keysOf(req.Header)
	if len(keys) > 0 && req.URL.Scheme != "https" && !IsLoopback(req.URL.Hostname()) {
		return nil, x.fail(&llm.BadRequest{What: "a key is never sent over plain http to another machine: use https"})
	}
	for n := 1; ; n++ {
		resp, err := t.attempt(req, body, keys)
		x.note(n, resp, err)
		pause, again := t.again(n, resp, err)
		if ctxErr := req.Context().Err(); ctxErr != nil {
			return nil, x.fail(ctxErr)
		}
		if !again {
			return resp, err
		}
		if err := t.o.Wait(req.Context(), pause); err != nil {
			return nil, x.fail(err)
		}
	}
}

// attempt sends once and reads the answer to its end.
func (t *Transport) attempt(req *http.Request, body []byte, keys []string) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(req.Context(), t.o.Timeout)
	defer cancel()
	out := req.Clone(ctx)
	out.Body, out.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	out.GetBody = nil // what is repeated is decided here
	resp, err := t.o.Base.RoundTrip(out)
	if err != nil {
		return nil, t.lost(ctx, err, keys)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, t.o.Limit+1))
	switch {
	case err != nil:
		return nil, t.lost(ctx, err, keys)
	case int64(len(data)) > t.o.Limit:
		return nil, &llm.TooLong{Limit: t.o.Limit}
	}
	for _, k := range keys {
		data = bytes.ReplaceAll(data, []byte(k), []byte("[hidden]"))
	}
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(data)), int64(len(data))
	resp.Request = req
	return resp, nil
}

// lostError is an attempt without a whole answer.
type lostError struct {
	what      string
	permanent bool
}

func (e *lostError) Error() string { return e.what }

func (t *Transport) lost(ctx context.Context, err error, keys []string) error {
	var certificate *tls.CertificateVerificationError
	switch {
	case ctx.Err() != nil:
		return &lostError{what: fmt.Sprintf("no whole answer within %v", t.o.Timeout)}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &lostError{what: "the connection broke off"}
	}
	text := err.Error()
	for _, k := range keys {
		text = strings.ReplaceAll(text, k, "[hidden]")
	}
	return &lostError{what: llm.Brief(text), permanent: errors.As(err, &certificate)}
}

// again says whether another attempt is worth it, and after which pause.
func (t *Transport) again(n int, resp *http.Response, err error) (time.Duration, bool) {
	if n >= t.o.Attempts {
		return 0, false
	}
	var lost *lostError
	if err != nil {
		return t.pause(n), errors.As(err, &lost) && !lost.permanent
	}
	if !isPassing(resp.StatusCode) || resp.Header.Get("X-Should-Retry") == "false" || isSpent(resp) {
		return 0, false
	}
	asked, ok := retryAfter(resp.Header)
	if !ok {
		return t.pause(n), true
	}
	return asked + time.Duration(t.o.Jitter()*float64(250*time.Millisecond)), asked <= t.o.Patience
}

// pause grows from half a second, doubling, to twenty seconds, and keeps at least half of
// its length whatever the jitter.
func (t *Transport) pause(n int) time.Duration {
	full := min(time.Second<<min(n-1, 10), 20*time.Second)
	return full/2 + time.Duration(t.o.Jitter()*float64(full/2))
}

// isPassing says that a status speaks of now rather than of the request.
func isPassing(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
		return true
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return false
	}
	return status >= 500
}

// keysOf returns what must not show of a request's headers.
func keysOf(h http.Header) (keys []string) {
	for _, name := range []string{"Authorization", "Api-Key", "X-Api-Key"} {
		key := strings.TrimSpace(strings.TrimPrefix(h.Get(name), "Bearer "))
		if len(key) >= 4 { // shorter ones are place holders, and would blank half of the text
			keys = append(keys, key)
		}
	}
	return keys
}

// IsLoopback reports whether a host is this machine, where a key may travel over plain http.
func IsLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

func drain(req *http.Request) ([]byte, error) {
	if req.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(req.Body)
	return body, errors.Join(err, req.Body.Close())
}
