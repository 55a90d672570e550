package salesforce

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestCountsStayBounded asks for more addresses than are counted; what answers is counted
// none the less.
func TestCountsStayBounded(t *testing.T) {
	twin, err := New(Options{World: smallWorld()})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(path string) {
		twin.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, http.NoBody))
	}
	for i := range maxRoutes + 100 {
		ask(fmt.Sprint("/services/data/v67.0/sobjects/Opportunity/", i))
	}
	ask("/services/data")
	ask("/services/data")
	if n := twin.Count("GET", "/services/data"); n != 2 {
		t.Errorf("a route that answers was counted %d times, want 2", n)
	}
	if n := len(twin.counts); n != maxRoutes+1 {
		t.Errorf("%d routes are counted, want %d", n, maxRoutes+1)
	}
}
