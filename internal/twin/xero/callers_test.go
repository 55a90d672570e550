package xero_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// reluctant is a client that takes nothing of an answer before it is let.
type reluctant struct {
	http.ResponseWriter

	begun, let chan struct{}
}

func (r *reluctant) Write(p []byte) (int, error) {
	close(r.begun)
	<-r.let
	return r.ResponseWriter.Write(p)
}

func TestSlowReaderHoldsUpNobody(t *testing.T) {
	b := open(t, shop)
	slow := &reluctant{ResponseWriter: httptest.NewRecorder(), begun: make(chan struct{}), let: make(chan struct{})}
	read := make(chan struct{})
	r := b.request("GET", "/api.xro/2.0/Contacts", "")
	go func() {
		b.twin.ServeHTTP(slow, r)
		close(read)
	}()
	<-slow.begun
	wrote := make(chan int, 1)
	go func() {
		a, _ := b.try(b.request("PUT", "/api.xro/2.0/Contacts", `{"Contacts":[{"Name":"A"}]}`))
		wrote <- a.code
	}()
	select {
	case code := <-wrote:
		if code != http.StatusOK {
			t.Errorf("status %d", code)
		}
	case <-time.After(10 * time.Second):
		t.Error("a write waits until a slow client has read the answer of another call")
	}
	close(slow.let)
	<-read
}

func TestMergeIsOneMoment(t *testing.T) {
	for range 5 {
		b := open(t, shop)
		b.call("PUT", "/Invoices", put(sale("A", line("1", "1")))).want(200)
		merged := make(chan error, 1)
		begun := make(chan struct{})
		go func() {
			close(begun)
			merged <- b.twin.Merge(harbour, northern)
		}()
		<-begun
		for done := false; !done; {
			select {
			case err := <-merged:
				b.must(err)
				done = true
			default:
			}
			world := b.twin.Snapshot()
			owner := world["Invoices"][0]["Contact"].(object)["ContactID"]
			for _, c := range world["Contacts"] {
				if c["ContactID"] == harbour && c["ContactStatus"] == "ARCHIVED" && owner == harbour {
					t.Fatal("a merged contact was seen with its invoice")
				}
			}
		}
	}
}
