package app

import (
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

// slowly has the house's vendor answer reads of a collection when the returned function is
// called and not before; the channel tells of each that waits.
func (h *house) slowly(collection string) (waits <-chan struct{}, answer func()) {
	h.t.Helper()
	h.must(h.app.Close())
	network := h.network()
	waiting, open := make(chan struct{}, 100), make(chan struct{})
	h.app = New(Config{
		Dir: h.dir, Now: h.clock.Now, Random: rand.Reader,
		HTTP: roundTrip(func(r *http.Request) (*http.Response, error) {
			if strings.HasSuffix(r.URL.Path, "/"+collection) {
				waiting <- struct{}{}
				<-open
			}
			return network.RoundTrip(r)
		}),
	})
	h.t.Cleanup(func() { h.app.Close() })
	return waiting, func() { close(open) }
}

// TestSlowVendorHoldsNobodyUp has a person decide a row while the vendor takes its time: the
// pages go on, a second person decides the same row meanwhile, and the first is told.
func TestSlowVendorHoldsNobodyUp(t *testing.T) {
	h := newHouse(t)
	h.approved(goal)
	waits, answer := h.slowly("Items")
	p := h.company.Products[0]
	decide := func(by string) chan error {
		done, open := make(chan error, 1), ""
		go func() {
			_, err := h.app.DecideRow(t.Context(), h.name, "product", []string{p.Product}, RowDecision{Approve: true, To: p.Item, Row: &open, By: by})
			done <- err
		}()
		return done
	}
	first := decide(dana)
	<-waits
	second := decide("Kim Lee")
	seen := make(chan error, 1)
	go func() {
		_, err := h.app.Mappings(t.Context(), h.name)
		seen <- err
	}()
	select {
	case err := <-seen:
		h.must(err)
	case <-time.After(20 * time.Second):
		t.Error("the list of rows waits for the vendor")
	}
	answer()
	var told, done int
	for _, err := range []error{<-first, <-second} {
		switch {
		case err == nil:
			done++
		case errors.Is(err, ErrMoved):
			told++
		default:
			t.Error(err)
		}
	}
	if done != 1 || told != 1 {
		t.Errorf("%d decided and %d were told that it moved, want 1 and 1", done, told)
	}
}
