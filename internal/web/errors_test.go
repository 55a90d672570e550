package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/runtime/approval"
	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/runtime/localengine"
	"github.com/planwright/planwright/runtime/mapping"
)

func TestErrorOf(t *testing.T) {
	wrap := func(err error) error { return fmt.Errorf("doing a thing: %w", err) }
	for _, tt := range []struct {
		err    error
		status int
		words  string
		log    bool
	}{
		{wrap(app.ErrNotFound), 404, "not found", false},
		{&app.Problem{Err: wrap(app.ErrNotFound), Next: "planwright runs list"}, 404, "Start from the inbox", false},
		{wrap(localengine.ErrNoRun), 404, "no such run", false},
		{wrap(approval.ErrUnknown), 404, "no such proposal", false},
		{wrap(app.ErrMoved), 409, "decide anew", false},
		{&app.Problem{Err: wrap(app.ErrMoved), Next: "look at it again"}, 409, "Look at it again.", false},
		{wrap(mapping.ErrMoved), 409, "decide anew", false},
		{wrap(approval.ErrDecided), 409, "decided", false},
		{wrap(journal.ErrConflict), 409, "Nothing was done", false},
		{wrap(mapping.ErrRow), 422, "not a row", false},
		{&app.Problem{Err: errors.New("xero is not connected"), Next: "planwright connect xero"}, 422, "On the command line: planwright connect xero", false},
		{&http.MaxBytesError{Limit: 1}, 413, "too much", false},
		{wrap(journal.ErrStopped), 503, "Start planwright again", true},
		{wrap(journal.ErrReadOnly), 503, "disk is not full", true},
		{wrap(journal.ErrClosed), 503, "stopping", true},
		{wrap(&journal.Damaged{Path: "/secret/path/journal.db", Seq: 3, What: "entry 3 does not follow"}), 503, "Entry 3 does not follow.", true},
		{wrap(context.DeadlineExceeded), 504, "took too long", true},
		{errors.New("open /home/somebody/key: permission denied"), 500, "This should not happen", true},
	} {
		page, log := errorOf(tt.err)
		text := page.Title + " " + page.Text + " " + page.Next
		if page.Status != tt.status || log != tt.log || !strings.Contains(text, tt.words) {
			t.Errorf("%v: got %d %q, log %v; want %d with %q, log %v", tt.err, page.Status, text, log, tt.status, tt.words, tt.log)
		}
		if page.Title == "" || page.Text == "" || page.Next == "" {
			t.Errorf("%v: got %+v, want a title, what happened and what to do", tt.err, page)
		}
		if page.Status == 500 && strings.Contains(text, "somebody") || strings.Contains(text, "/secret/") {
			t.Errorf("%v: the page tells of the machine: %q", tt.err, text)
		}
	}
}

// TestCancelledRequest is answered by nothing: nobody listens.
func TestCancelledRequest(t *testing.T) {
	h := newHouse(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := httptest.NewRecorder()
	h.web.refuse(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil), context.Canceled)
	if w.Body.Len() != 0 {
		t.Errorf("got %q", w.Body)
	}
}

// TestBrokenTemplate sends no half page.
func TestBrokenTemplate(t *testing.T) {
	h := newHouse(t)
	w := httptest.NewRecorder()
	h.web.write(w, httptest.NewRequest(http.MethodGet, "/", nil), answer{name: "inbox", page: &aboutPage{}})
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "<html") {
		t.Errorf("got %d %q", w.Code, w.Body)
	}
}

func TestNewRefuses(t *testing.T) {
	h := newHouse(t)
	good := h.web.cfg
	for name, spoil := range map[string]func(*Config){
		"no app":     func(c *Config) { c.App = nil },
		"no clock":   func(c *Config) { c.Now = nil },
		"no random":  func(c *Config) { c.Random = nil },
		"no address": func(c *Config) { c.Public = nil },
	} {
		cfg := good
		spoil(&cfg)
		if _, err := New(cfg); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}
