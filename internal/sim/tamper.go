package sim

import (
	"net/http"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/internal/twin/xero"
	"github.com/planwright/planwright/runtime/journal"
)

// Tamper breaks the product, a vendor's record of it, or what is seen of either, so that a
// test sees the judge of it speak. Each member may be nil.
type Tamper struct {
	// Carry replaces how a request reaches the vendors.
	Carry func(next http.RoundTripper, r *http.Request) (*http.Response, error)
	// World is given both twins before the end is judged.
	World func(sf *salesforce.Twin, books *xero.Twin)
	// Sent changes what is seen of a request.
	Sent func(q *request)
	// Entry changes an entry as it is read, or hides it.
	Entry func(e *journal.Entry) bool
	// Runs changes the runs as they are listed.
	Runs func(runs []app.RunView)
	// File changes the bytes of the journal as they are read.
	File func(data []byte) []byte
	// Ended changes how a process ended.
	Ended func(err error) error
	// Intruder is where a second process looks for the journal.
	Intruder string
	// Acked is added to what the journal promised.
	Acked uint64
}

func (t *Tamper) carry(next http.RoundTripper, r *http.Request) (*http.Response, error) {
	if t.Carry != nil {
		return t.Carry(next, r)
	}
	return next.RoundTrip(r)
}

func (t *Tamper) sent(q *request) {
	if t.Sent != nil {
		t.Sent(q)
	}
}

func (t *Tamper) entry(e *journal.Entry) bool { return t.Entry == nil || t.Entry(e) }

func (t *Tamper) runs(runs []app.RunView) []app.RunView {
	if t.Runs != nil {
		t.Runs(runs)
	}
	return runs
}

func (t *Tamper) file(data []byte) []byte {
	if t.File != nil {
		return t.File(data)
	}
	return data
}

func (t *Tamper) ended(err error) error {
	if t.Ended != nil {
		return t.Ended(err)
	}
	return err
}
