package web

import (
	"context"
	"errors"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/planwright/planwright/internal/app"
)

// Config is what the pages need from outside. App, Now, Random and Public are required.
type Config struct {
	App *app.App
	Now func() time.Time
	// Random gives the bytes of session ids and one-time links.
	Random io.Reader
	Log    *slog.Logger
	// Public is the address under which people reach the pages, "http://127.0.0.1:8480".
	// Requests for another host are refused, but for the names of this machine itself;
	// links begin with it, and https makes cookies secure.
	Public *url.URL
	// Planners are the names of planners that a person may choose from. Fewer than two
	// give no choice, and the first, or "auto", is asked.
	Planners []string
	// Version is shown at the foot of every page.
	Version string
	// Tick makes the beats that keep an idle event stream open; nil is every 15 seconds.
	// The function it returns stops them.
	Tick func() (beats <-chan time.Time, stop func())
}

// Web serves the pages of one App. Its methods may be called by several goroutines.
type Web struct {
	cfg    Config
	app    *app.App
	log    *slog.Logger
	people *people
	static *static
	pages  map[string]*template.Template
	zone   *time.Location // of the clock
	routes *chi.Mux

	outlooks outlooks

	closing sync.Once
	closed  chan struct{} // closed by Close: event streams end
}

// New returns the pages of an App. Nothing listens yet: [Web.Handler] is for a server of
// the caller.
func New(cfg Config) (*Web, error) {
	switch {
	case cfg.App == nil || cfg.Now == nil || cfg.Random == nil:
		return nil, errors.New("web: App, Now and Random are required")
	case cfg.Public == nil || cfg.Public.Host == "" || cfg.Public.Scheme != "http" && cfg.Public.Scheme != "https":
		return nil, errors.New("web: Public must be an http or https address with a host")
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Tick == nil {
		cfg.Tick = func() (<-chan time.Time, func()) {
			t := time.NewTicker(15 * time.Second)
			return t.C, t.Stop
		}
	}
	w := &Web{
		cfg: cfg, app: cfg.App, log: cfg.Log, closed: make(chan struct{}),
		zone: cfg.Now().Location(), people: newPeople(cfg.Now, cfg.Random),
	}
	var err error
	if w.static, err = newStatic(); err != nil {
		return nil, err
	}
	if w.pages, err = parsePages(w.static, w.zone); err != nil {
		return nil, err
	}
	w.routes = w.router()
	return w, nil
}

// Handler serves the pages. The server around it sets the time limits; they do not bind
// event streams, which last as long as their reader, or until Close.
func (s *Web) Handler() http.Handler { return s.routes }

// Link makes a one-time link by which the named person signs in. It is good for one
// sign-in within 15 minutes.
func (s *Web) Link(person string) (string, error) {
	token, err := s.people.invite(person)
	if err != nil {
		return "", err
	}
	return s.address("/sign-in", url.Values{"token": {token}}), nil
}

// Close ends the event streams, so that a server can shut down without waiting for
// browsers. It may be called any number of times.
func (s *Web) Close() { s.closing.Do(func() { close(s.closed) }) }

// address returns a full address of a page.
func (s *Web) address(path string, query url.Values) string {
	u := *s.cfg.Public
	u.Path = strings.TrimSuffix(u.Path, "/") + path
	u.RawQuery = query.Encode()
	return u.String()
}

// secure reports whether people reach the pages by TLS.
func (s *Web) secure() bool { return s.cfg.Public.Scheme == "https" }

// planner returns the planner a form asked for, if it may be chosen.
func (s *Web) planner(asked string) string {
	for _, p := range s.cfg.Planners {
		if p == asked {
			return p
		}
	}
	if len(s.cfg.Planners) > 0 {
		return s.cfg.Planners[0]
	}
	return "auto"
}

// visitor is the signed-in person a request comes from.
type visitor struct {
	Name    string
	session *session
}

type visitorKey struct{}

// who returns the person a request comes from; the zero visitor for nobody.
func who(ctx context.Context) visitor {
	v, _ := ctx.Value(visitorKey{}).(visitor)
	return v
}
