package connection

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestFetch(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/spec.yaml", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Error("a public document was asked for with authorisation")
		}
		fmt.Fprint(w, "openapi: 3.0.0\n")
	})
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/spec.yaml", http.StatusFound) })
	mux.HandleFunc("/long", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("x", 101)) })
	mux.HandleFunc("/endless", func(w http.ResponseWriter, _ *http.Request) {
		for range 101 {
			fmt.Fprint(w, "x")
			w.(http.Flusher).Flush() // no Content-Length
		}
	})
	mux.HandleFunc("/cut", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "90")
		fmt.Fprint(w, "x")
	})
	s := httptest.NewServer(mux)
	defer s.Close()
	data, err := Fetch(context.Background(), nil, s.URL+"/spec.yaml", 100)
	if err != nil || string(data) != "openapi: 3.0.0\n" {
		t.Errorf("got %q, %v", data, err)
	}
	for path, want := range map[string]string{
		"/moved": "redirects", "/long": "more than", "/endless": "more than", "/cut": "cut short", "/nothing": "answers 404",
	} {
		_, err := Fetch(context.Background(), nil, s.URL+path, 100)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v, want one with %q and the address", path, err, want)
		}
	}
	stopped, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Fetch(stopped, nil, s.URL+"/spec.yaml", 100); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestFetchAddresses: what is no public https address is refused before anything is sent,
// and nothing secret in it is shown.
func TestFetchAddresses(t *testing.T) {
	for address, want := range map[string]string{
		"http://example.com/spec.yaml":             "use https",
		"ftp://example.com/spec.yaml":              "not an https address",
		"https://user:hunter2@example.com/s.yaml":  "more than scheme, host and path",
		"https://example.com/s.yaml?token=hunter2": "more than scheme, host and path",
		"https://10.0.0.7/spec.yaml":               ErrPrivate.Error(),
		"https://169.254.169.254/latest":           ErrPrivate.Error(),
		"spec.yaml":                                "not an absolute URL",
	} {
		_, err := Fetch(context.Background(), refuseAll{t}, address, 100)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: error %v, want one with %q and no secret", address, err, want)
		}
	}
}

type refuseAll struct{ t *testing.T }

func (r refuseAll) RoundTrip(*http.Request) (*http.Response, error) {
	r.t.Error("a request was sent")
	return nil, errors.New("refused")
}
