package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/planwright/planwright/runtime/connection"
	"github.com/planwright/planwright/runtime/localengine"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/runtime/trigger"
	"github.com/planwright/planwright/specs/catalog"
)

// Hooks takes deliveries of webhooks at POST /hooks/NAME, for every connection whose
// overlay says how they are signed and for which a key was added. It may be served while
// [App.Serve] runs; what it takes waits in the journal for it.
func (a *App) Hooks() (http.Handler, error) {
	l, err := a.open()
	if err != nil {
		return nil, err
	}
	return l.receiver, nil
}

// receive makes the receiver of a live part.
func (l *live) receive() *trigger.Receiver {
	return &trigger.Receiver{
		API: func(name string) (*catalog.API, bool) {
			c, err := l.book.Get(name)
			if err != nil || c.API != name { // plans use the connections that are called like their API
				return nil, false
			}
			return l.cat.API(c.API)
		},
		Keys: l.book.HookKeys,
		Tenant: func(name, tenant string) bool {
			c, err := l.book.Get(name)
			return err == nil && tenant != "" && (tenant == c.Tenant || tenant == c.Identity)
		},
		Keep: l.hints.Keep, Log: l.app.cfg.Log,
	}
}

// heed looks at hinted records as soon as hints come, until ctx ends.
func (l *live) heed(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-l.hints.Come():
		}
		if err := l.lookAtHints(ctx); err != nil {
			return err
		}
	}
}

// lookAtHints fetches every hinted record and admits it where it qualifies, as a poll would.
// A vendor that is away keeps its hints for the next time.
func (l *live) lookAtHints(ctx context.Context) error {
	select {
	case l.hinting <- struct{}{}:
		defer func() { <-l.hinting }()
	case <-ctx.Done():
		return ctx.Err()
	}
	var watches map[string][]trigger.Watch
	away := map[string]bool{}
	return l.hints.Work(ctx, func(h trigger.Hint) (bool, error) {
		if watches == nil {
			watches = l.watches()
		}
		waiting := watches[h.API+"."+h.Object]
		if len(waiting) == 0 {
			return true, nil // a plan that comes to wait for it is told by its poll
		}
		if away[h.API] || !l.mayFetch(h.API) {
			return false, nil
		}
		err := l.consider(ctx, waiting, h)
		var u *trigger.Unreachable
		if errors.As(err, &u) {
			l.app.cfg.Log.Warn("hint not looked at", "object", h.API+"."+h.Object, "err", err)
			away[h.API] = true
			return false, nil
		}
		return err == nil, err
	})
}

// consider fetches one record for all plans that wait for changes of its kind.
func (l *live) consider(ctx context.Context, waiting []trigger.Watch, h trigger.Hint) error {
	var fields []string
	for _, w := range waiting {
		more, err := l.poller.Fields(w)
		if err != nil {
			return err
		}
		fields = append(fields, more...)
	}
	slices.Sort(fields)
	record, err := l.poller.Fetch(ctx, h.API, h.Object, h.Record, slices.Compact(fields))
	if err != nil || record.Gone {
		return err
	}
	for _, w := range waiting {
		if _, _, err := l.poller.Consider(ctx, w, record.Fields, localengine.SeenWebhook); err != nil {
			return err
		}
	}
	return nil
}

// watches are the approved plans that may start runs and wait for changes, by object.
func (l *live) watches() map[string][]trigger.Watch {
	out := map[string][]trigger.Watch{}
	for _, name := range l.approved() {
		w, err := l.ready(name)
		if err != nil {
			continue // its poll says why
		}
		if t := w.Checked.Plan.Trigger; t.Kind == plan.OnChange {
			out[t.API+"."+t.Object] = append(out[t.API+"."+t.Object], w)
		}
	}
	return out
}

// mayFetch counts a fetch for a hint: of an API that allows few calls a day, hints use no
// more of them than polling does. What waits then is seen by the poll, or the next day.
func (l *live) mayFetch(api string) bool {
	a, ok := l.cat.API(api)
	if !ok || a.Limits.Day == 0 {
		return true
	}
	day := l.app.cfg.Now().UTC().Format(time.DateOnly)
	if l.fetched.day != day {
		l.fetched.day, l.fetched.n = day, map[string]int{}
	}
	l.fetched.n[api]++
	return l.fetched.n[api] <= a.Limits.Day/pollShare
}

// AddHookKey accepts webhooks of a connection that are signed with the key, beside those
// accepted so far, or with only in their place.
func (a *App) AddHookKey(name, key string, only bool) error {
	cat, err := a.Catalog()
	if err != nil {
		return err
	}
	book, err := a.Book()
	if err != nil {
		return err
	}
	c, err := book.Get(name)
	if errors.Is(err, connection.ErrNone) {
		return problem(fmt.Errorf("webhook key of %s: it is not connected", name), "planwright connect "+name+" --help")
	}
	if err != nil {
		return err
	}
	if api, ok := cat.API(c.API); !ok || api.Webhooks == nil {
		return problem(fmt.Errorf("webhook key of %s: its overlay does not say how webhooks are signed", name), "docs/overlay.md: x-pw-webhooks; changes are polled without")
	}
	return book.AddHookKey(name, key, only)
}

// RemoveHookKeys accepts no webhooks of a connection any more.
func (a *App) RemoveHookKeys(name string) error {
	book, err := a.Book()
	if err != nil {
		return err
	}
	return book.RemoveHookKeys(name)
}

// HookView says what is known of the webhooks of a connection.
type HookView struct {
	Name string `json:"name"`
	// Keys is how many keys are accepted, Since when the newest was added.
	Keys  int       `json:"keys"`
	Since time.Time `json:"since"`
	// Path is what the address given to the vendor ends with.
	Path string `json:"path"`
	// Tally counts what came since serve began; zero for a command of its own.
	Tally trigger.Tally `json:"tally"`
}

// HookViews lists the connections that take webhooks.
func (a *App) HookViews() ([]HookView, error) {
	l, err := a.open()
	if err != nil {
		return nil, err
	}
	keys, err := l.book.ListHookKeys()
	if err != nil {
		return nil, err
	}
	tally := l.receiver.Tally()
	out := []HookView{}
	for _, k := range keys {
		i := slices.IndexFunc(out, func(v HookView) bool { return v.Name == k.Connection })
		if i < 0 {
			i = len(out)
			out = append(out, HookView{Name: k.Connection, Path: "/hooks/" + k.Connection, Tally: tally[k.Connection]})
		}
		out[i].Keys++
		out[i].Since = k.Added
	}
	return out, nil
}
