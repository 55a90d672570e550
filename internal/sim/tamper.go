package sim

import (
	"net/http"
)

// Tamper breaks something on purpose, so that a test sees the judge of it speak. Each
// member may be nil.
type Tamper struct {
	// Carry replaces how a request reaches the vendors.
	Carry func(next http.RoundTripper, r *http.Request) (*http.Response, error)
}

func (t *Tamper) carry(next http.RoundTripper, r *http.Request) (*http.Response, error) {
	if t.Carry != nil {
		return t.Carry(next, r)
	}
	return next.RoundTrip(r)
}
