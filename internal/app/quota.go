package app

import (
	"cmp"
	"slices"
	"time"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/engine"
)

// Quota is what was used and is left of each connection's allowance, and what waits for it.
type Quota struct {
	Connections []apicall.Quota `json:"connections"`
	// Costs are the calls that one event of an approved plan takes at most, without pages.
	Costs []Cost `json:"costs"`
	// Waiting are runs that are held until a time, by the vendor's allowance or absence.
	Waiting int       `json:"waiting"`
	Next    time.Time `json:"next,omitzero"` // when the first of them goes on
}

// Cost is what one event of a plan takes of one API.
type Cost struct {
	Plan  string `json:"plan"`
	API   string `json:"api"`
	Calls int    `json:"calls"`
	Lane  string `json:"lane"`
	// Events is how many more events the rest of the day's allowance is enough for; -1 when
	// nobody knows.
	Events int `json:"events"`
}

// Quota tells what was used and is left of the connections' allowances.
func (a *App) Quota() (Quota, error) {
	out := Quota{Connections: []apicall.Quota{}, Costs: []Cost{}}
	l, err := a.open()
	if err != nil {
		return out, err
	}
	left := map[string]int{}
	for _, api := range l.cat.APIs() {
		if l.Tenant(api.Name) == "" {
			continue // not connected
		}
		q := l.caller.Quota(api)
		out.Connections, left[api.Name] = append(out.Connections, q), q.DayLeft
	}
	for _, name := range l.approved() {
		w, err := l.watch(name)
		if err != nil {
			continue // it is stale and starts nothing
		}
		prog, err := l.Program(w.Checked.Digest)
		if err != nil {
			continue
		}
		for _, api := range w.Checked.Sheet().APIs {
			c := Cost{Plan: name, API: api.Name, Calls: api.Calls, Lane: prog.Lane().String(), Events: -1}
			if n, ok := left[api.Name]; ok && n >= 0 && c.Calls > 0 {
				c.Events = n / c.Calls
			}
			out.Costs = append(out.Costs, c)
		}
	}
	slices.SortFunc(out.Costs, func(x, y Cost) int { return cmp.Or(cmp.Compare(x.Plan, y.Plan), cmp.Compare(x.API, y.API)) })
	held, err := a.Runs(engine.Held, "")
	for _, v := range held {
		if v.Hold.Code != engine.HoldVendor && v.Hold.API == "" {
			continue
		}
		out.Waiting++
		if out.Next.IsZero() || v.Hold.Until.Before(out.Next) {
			out.Next = v.Hold.Until
		}
	}
	return out, err
}
