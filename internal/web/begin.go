package web

import (
	"context"
	"net/url"
	"sync"
	"time"

	"github.com/planwright/planwright/internal/app"
)

// How long counts of what a plan would begin with are good for, so that looking at a page
// again asks no vendor again; and how long a page waits for them.
const (
	outlookAge      = time.Minute
	outlookPatience = 5 * time.Second
)

// beginForm is what the form asks on how a plan begins.
type beginForm struct {
	app.Outlook
	// Counted is false when the vendor gave no counts; why is in Problem.
	Counted bool     `json:"counted"`
	Problem string   `json:"problem,omitempty"`
	Spans   []lately `json:"spans,omitempty"`
	// What a person chose in a form that could not be taken.
	Start string `json:"-"`
	Since string `json:"-"`
}

// lately is how many records changed in the last days.
type lately struct {
	Days    int `json:"days"`
	Records int `json:"records"`
}

// outlooks keeps counts for a while. The zero value is ready.
type outlooks struct {
	mu    sync.Mutex
	known map[string]beginForm
	at    map[string]time.Time
}

// beginning returns what to ask about a proposal, nil when there is nothing to ask.
func (s *Web) beginning(ctx context.Context, id string) *beginForm {
	o, err := s.app.Activation(id)
	if err != nil || !o.Asked {
		return nil
	}
	s.outlooks.mu.Lock()
	defer s.outlooks.mu.Unlock()
	now := s.cfg.Now()
	if known, ok := s.outlooks.known[id]; ok && now.Sub(s.outlooks.at[id]) < outlookAge && known.Again == o.Again {
		return &known
	}
	ctx, cancel := context.WithTimeout(ctx, outlookPatience)
	defer cancel()
	f := beginForm{Outlook: o, Counted: true}
	if counted, err := s.app.Outlook(ctx, id); err == nil {
		f.Outlook = counted
		for _, days := range []int{7, 30, 365} {
			f.Spans = append(f.Spans, lately{days, counted.Since(now.AddDate(0, 0, -days))})
		}
	} else {
		f.Counted, f.Problem = false, sentence(err.Error())
	}
	if s.outlooks.known == nil {
		s.outlooks.known, s.outlooks.at = map[string]beginForm{}, map[string]time.Time{}
	}
	s.outlooks.known[id], s.outlooks.at[id] = f, now
	return &f
}

// beginOf reads how a plan is to begin from a form; problem says what is wrong with it.
func beginOf(f url.Values) (from app.Begin, problem string) {
	switch start := f.Get("start"); start {
	case "", "on":
		return from, ""
	case "now", "adopt":
		return app.Begin{How: app.Start(start)}, ""
	case "backfill":
		since, err := time.Parse(time.DateOnly, f.Get("since"))
		if err != nil {
			return from, "Say since which day it is to run, as in 2026-10-01."
		}
		return app.Begin{How: "backfill", Since: since}, ""
	default:
		return from, "Choose how the plan begins."
	}
}
