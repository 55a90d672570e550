package apicall

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"

	"github.com/planwright/planwright/runtime/connection"
	"github.com/planwright/planwright/specs/catalog"
)

// attempt makes one HTTP exchange.
func (x *exchange) attempt(ctx context.Context, req Request, token connection.Token) (said Outcome, next string) {
	if ctx.Err() != nil {
		return stopped(), ""
	}
	if wait := x.line.troubled(x.caller.cfg.Now()); wait > 0 {
		return Outcome{Class: catalog.ClassRetry, Code: "trouble", RetryAfter: wait, Message: fmt.Sprintf("%s fails again and again, and one call at a time tries whether it is back; nothing was sent", x.name)}, ""
	}
	ticket, wait, why := x.line.reserve(x.caller.cfg.Now(), x.lane)
	defer func() { x.line.went(said, x.caller.cfg.Now()) }()
	if wait > 0 {
		return Outcome{Class: catalog.ClassLimit, Code: why, RetryAfter: wait, Message: fmt.Sprintf("the %s's allowance of %s is used up; nothing was sent", why, x.name)}, ""
	}
	defer x.line.sent(ticket)
	ctx, cancel := context.WithTimeout(ctx, x.caller.cfg.Timeout)
	defer cancel()
	var seen sending
	hreq, err := x.request(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: seen.got}), req, token)
	if errors.Is(err, errElsewhere) {
		return Outcome{Class: catalog.ClassPerson, Message: err.Error() + "; nothing was sent"}, ""
	}
	if err != nil {
		return Outcome{Class: catalog.ClassBug, Message: "the request cannot be built"}, ""
	}
	rt := x.caller.outside
	if token.AllowPrivate {
		rt = x.caller.local
	}
	res, err := rt.RoundTrip(hreq)
	if err != nil {
		return x.lost(ctx, err, x.caller.traced && seen.nothing() || neverConnected(err)), ""
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, x.caller.cfg.MaxBody+1))
	if err != nil {
		out := x.lost(ctx, err, false)
		out.Status, out.Message = res.StatusCode, "the answer was cut short"
		return out, ""
	}
	if int64(len(body)) > x.caller.cfg.MaxBody {
		return x.tooLarge(res.StatusCode), ""
	}
	out, next := decode(x.api, x.op, x.caller.cfg.Catalog, Answer{Status: res.StatusCode, Header: res.Header, Body: body, Object: req.Object})
	out.Message, out.Code, out.TraceID = token.Scrub(out.Message), token.Scrub(out.Code), token.Scrub(out.TraceID)
	x.line.note(ticket, res.Header, out, x.caller.cfg.Now())
	return out, next
}

// request builds the HTTP request: API headers first, the operation's over them, access last.
func (x *exchange) request(ctx context.Context, req Request, token connection.Token) (*http.Request, error) {
	var body io.Reader
	if len(req.Body) > 0 {
		body = bytes.NewReader(req.Body)
	}
	address, ok := x.api.Address(x.op, token.Base)
	if !ok {
		return nil, errElsewhere
	}
	hreq, err := http.NewRequestWithContext(ctx, req.Method, address+req.Path, body)
	if err != nil {
		return nil, err
	}
	if isWrite(x.op) {
		// Go's transport repeats requests that it can rewind and believes safe, an
		// Idempotency-Key header being one sign. What is sent twice is ours to decide and
		// to journal, so a write cannot be rewound.
		hreq.GetBody = nil
		if len(req.Body) == 0 {
			hreq.Body = io.NopCloser(strings.NewReader(""))
		}
	}
	hreq.Header.Set("User-Agent", "planwright")
	for name, v := range x.api.Auth.Headers {
		hreq.Header.Set(name, v)
	}
	for name, v := range req.Header {
		if isHeader(name) {
			hreq.Header.Set(name, v)
		}
	}
	if x.api.Auth.Tenant != "" && token.Tenant != "" {
		hreq.Header.Set(x.api.Auth.Tenant, token.Tenant)
	}
	token.Authorize(hreq)
	return hreq, nil
}

// errElsewhere stops a call of an operation that lies outside the connection's address.
var errElsewhere = errors.New("the operation is not served at the connection's address")

// lost is the outcome of a request that got no whole answer. Only what was certainly not
// sent may be called retry for a write.
func (x *exchange) lost(ctx context.Context, err error, nothingSent bool) Outcome {
	out := Outcome{Class: catalog.ClassRetry, Message: why(ctx, err)}
	if isWrite(x.op) && !nothingSent {
		out.Class = catalog.ClassUnknown
		return out
	}
	var untrusted *tls.CertificateVerificationError
	if errors.Is(err, connection.ErrPrivate) || errors.As(err, &untrusted) {
		out.Class = catalog.ClassPerson
	}
	return out
}

func (x *exchange) tooLarge(status int) Outcome {
	out := Outcome{Class: catalog.ClassPerson, Status: status, Message: fmt.Sprintf("the answer is larger than %d bytes", x.caller.cfg.MaxBody)}
	if isWrite(x.op) {
		out.Class = catalog.ClassUnknown
	}
	return out
}

// why words a transport error in our own text: the error's may hold an address with a
// customer's values in its query.
func why(ctx context.Context, err error) string {
	var untrusted *tls.CertificateVerificationError
	var name *net.DNSError
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, connection.ErrPrivate):
		return connection.ErrPrivate.Error()
	case errors.As(err, &untrusted):
		return "the certificate of the vendor's host is not trusted"
	case errors.As(err, &name):
		return "the name of the vendor's host is not known"
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return "no answer came in time"
	case ctx.Err() != nil:
		return "stopped while waiting for the answer"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "no answer came in time"
	case neverConnected(err):
		return "the vendor's host does not accept connections"
	}
	return "the connection broke before the answer was whole"
}

// neverConnected reports whether dialling failed.
func neverConnected(err error) bool {
	var e *net.OpError
	return errors.As(err, &e) && e.Op == "dial"
}

// sending watches whether anything of a request reached the network. The transport calls
// got from its own goroutine.
type sending struct {
	mu     sync.Mutex
	conn   net.Conn
	before int64
	exact  bool // bytes of conn are counted
}

func (s *sending) got(info httptrace.GotConnInfo) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn = info.Conn
	s.before, s.exact = connection.Written(info.Conn)
}

// nothing reports that certainly no byte was written. It is asked after the transport gave
// up, and that waits for the end of its writing goroutine before it does.
func (s *sending) nothing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil {
		return true
	}
	after, _ := connection.Written(s.conn)
	return s.exact && after == s.before
}
