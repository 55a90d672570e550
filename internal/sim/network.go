package sim

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"strings"
	"time"
)

// network is what a process reaches the vendors by. Each request waits at the gate of its
// process; a dead process sends nothing and hears nothing.
type network struct {
	p *play
	g *gate
}

// request is a request on its way, as the product sent it.
type request struct {
	method, path string // path and query
	key          string // its idempotency key
	tenant       string
	body         []byte
	person       bool
	at           time.Time // when it left
	in           *intent
}

// RoundTrip implements [http.RoundTripper].
func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	q := &request{method: r.Method, path: r.URL.RequestURI(), key: r.Header.Get("Idempotency-Key"), tenant: r.Header.Get("Xero-Tenant-Id")}
	q.person = r.Context().Value(personal{}) != nil
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		q.body = body
		r = r.Clone(r.Context()) // a transport leaves the request as it is
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	if !q.person {
		if err := n.g.pass(q.name()); err != nil {
			return nil, err
		}
	}
	q.at = n.p.now()
	n.p.watch.sending(q)
	res, err := n.p.o.Tamper.carry(n.p.v, r)
	heard := n.p.watch.answered(q, res, err)
	if !q.person {
		if dead := n.g.after(); dead != nil {
			n.p.watch.unheard(q)
			return nil, dead
		}
	}
	return heard, err
}

// name tells the requests of a moment apart.
func (q *request) name() string {
	h := fnv.New32a()
	_, _ = h.Write(q.body) // a hash takes everything
	return fmt.Sprintf("%s %s %08x", q.method, q.path, h.Sum32())
}

// isToken reports whether somebody signs in; what is a waiter's.
func isToken(what string) bool {
	return strings.HasPrefix(what, "POST ") && strings.Contains(what, "/token ")
}

// isWrite reports whether a request may change something.
func (q *request) isWrite() bool {
	return q.method != http.MethodGet && !strings.HasSuffix(q.path, "/token")
}
