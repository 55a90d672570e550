package web

import (
	"net/http"
	"time"

	"github.com/planwright/planwright/internal/app"
)

// inboxPage is what waits for a person.
type inboxPage struct {
	Base     `json:"-"`
	Waiting  app.Waiting `json:"waiting"`
	Examples []string    `json:"-"`
	Held     []runLine   `json:"-"`
	Empty    bool        `json:"empty"`
	New      bool        `json:"new"` // nothing was ever proposed here
}

// inbox is GET /.
func (s *Web) inbox(r *http.Request) (answer, error) {
	waiting, err := s.app.Waiting(r.Context())
	if err != nil {
		return answer{}, err
	}
	p := &inboxPage{Base: s.live("Inbox", "inbox"), Waiting: waiting, Examples: examples, Empty: waiting.Total() == 0}
	for _, h := range waiting.Held {
		p.Held = append(p.Held, s.lineOf(h))
	}
	if p.Empty {
		plans, err := s.app.Plans(r.Context())
		if err != nil {
			return answer{}, err
		}
		p.New = len(plans) == 0
	}
	return show("inbox", p), nil
}

// live returns the base of a page with parts that change by themselves.
func (s *Web) live(head, nav string) Base {
	seq, _, err := s.app.Changed()
	return Base{Head: head, Nav: nav, Live: err == nil, Seq: seq}
}

// examples are goals that a person may begin from.
var examples = []string{
	"When an opportunity is closed-won in Salesforce, create an invoice with the line items in Xero.",
	"When an invoice is paid in Xero, update the opportunity in Salesforce.",
	"When an account is created in Salesforce, create the contact in Xero.",
	"When an invoice is overdue in Xero, create a follow-up task for the owner in Salesforce.",
}

// connectionView is a connection without anything that opens it.
type connectionView struct {
	Name     string   `json:"name"`
	API      string   `json:"api"`
	Base     string   `json:"base"`
	Tenant   string   `json:"tenant"`
	Identity string   `json:"identity"`
	Scopes   []string `json:"scopes"`
	Private  bool     `json:"private"`
}

type connectionsPage struct {
	Base        `json:"-"`
	Connections []connectionView `json:"connections"`
	// Events are the objects whose change events are followed, or were.
	Events []app.Subscription `json:"events"`
}

// connections is GET /connections.
func (s *Web) connections(*http.Request) (answer, error) {
	list, err := s.app.Connections()
	if err != nil {
		return answer{}, err
	}
	p := &connectionsPage{Base: Base{Head: "Connections", Nav: "connections"}, Connections: []connectionView{}}
	for _, c := range list {
		p.Connections = append(p.Connections, connectionView{
			Name: c.Name, API: c.API, Base: c.Base, Tenant: c.Tenant, Identity: c.Identity, Scopes: c.Scopes, Private: c.AllowPrivate,
		})
	}
	if p.Events, err = s.app.Subscriptions(); err != nil {
		return answer{}, err
	}
	return show("connections", p), nil
}

// aboutPage tells what this is. It is open to anybody who reaches the port, so it tells
// nothing about the work.
type aboutPage struct {
	Base    `json:"-"`
	Program string    `json:"program"`
	Release string    `json:"version"`
	Time    time.Time `json:"time"`
}

// about is GET /about.
func (s *Web) about(*http.Request) (answer, error) {
	return show("about", &aboutPage{
		Base: Base{Head: "About", Nav: "about"}, Program: "planwright", Release: s.cfg.Version, Time: s.cfg.Now(),
	}), nil
}
