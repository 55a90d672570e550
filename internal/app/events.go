package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/planwright/planwright/runtime/connection"
	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/runtime/pubsub"
	"github.com/planwright/planwright/runtime/trigger"
)

// EventsOn as [Config.Events] follows change events at the address that an overlay names.
const EventsOn = "on"

// Follow has [App.Serve] follow change events, as [Config.Events] does. It is called before.
func (a *App) Follow(events string) { a.cfg.Events = events }

// Subscription is how the following of an object's change events stands.
type Subscription = pubsub.Place

// Subscriptions lists the objects whose change events are followed, or were; polling finds
// everything without them, only later.
func (a *App) Subscriptions() ([]Subscription, error) {
	j, err := a.Journal()
	if err != nil {
		return nil, err
	}
	return pubsub.Places(j)
}

// RetryEvents has every stream of change events that waits, or has stopped, tried at once. It
// says whether any are followed now.
func (a *App) RetryEvents() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, b := range a.buses {
		b.Retry()
	}
	return len(a.buses) > 0
}

// followAll follows the change events of every object that an approved plan watches, as far
// as its API has such. Objects of plans approved later are taken up at the next interval.
// Only an error of the journal ends it.
func (l *live) followAll(ctx context.Context, interval time.Duration, names []string) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var group sync.WaitGroup
	buses, followed := map[string]*pubsub.Bus{}, map[string]bool{}
	defer func() {
		cancel(nil)
		group.Wait()
		l.app.followOn(nil)
		for _, b := range buses {
			_ = b.Close() // what it carried has ended
		}
	}()
	for {
		now := names
		if len(now) == 0 {
			now = l.approved()
		}
		for _, name := range now {
			w, err := l.ready(name)
			if err != nil {
				continue // the poll says so
			}
			t := w.Checked.Plan.Trigger
			api, ok := l.cat.API(t.API)
			if !ok || api.Events == nil || api.Events.Topics[t.Object] == "" || followed[t.API+"."+t.Object] {
				continue
			}
			bus := buses[t.API]
			if bus == nil {
				if bus, err = l.openBus(t.API); err != nil {
					l.app.cfg.Log.Warn("change events are not followed", "connection", t.API, "err", err)
					continue
				}
				buses[t.API] = bus
				l.app.followOn(slices.Collect(maps.Values(buses)))
			}
			followed[t.API+"."+t.Object] = true
			group.Go(func() {
				if err := bus.Follow(ctx, l.journal, t.Object, &hints{l, names}); err != nil && ctx.Err() == nil {
					cancel(err)
				}
			})
		}
		if err := l.app.cfg.Wait(ctx, interval); err != nil {
			return context.Cause(ctx)
		}
	}
}

func (a *App) followOn(buses []*pubsub.Bus) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.buses = buses
}

func (l *live) openBus(name string) (*pubsub.Bus, error) {
	api, _ := l.cat.API(name)
	c, err := l.book.Get(name)
	if err != nil {
		return nil, err
	}
	address := l.app.cfg.Events
	if address == EventsOn {
		address = api.Events.Address
	}
	dial := l.app.cfg.Dial
	if dial == nil {
		dial = connection.NewTransport(c.AllowPrivate).DialContext
	}
	var last connection.Token // that was handed out
	var mu sync.Mutex
	return pubsub.Open(pubsub.Config{
		API: api, Address: address, Dial: dial, Now: l.app.cfg.Now, Wait: l.app.cfg.Wait, Jitter: l.jitter, Log: l.app.cfg.Log,
		Access: func(ctx context.Context, refused *pubsub.Access) (pubsub.Access, error) {
			mu.Lock()
			defer mu.Unlock()
			token, err := l.book.Token(ctx, name)
			if err == nil && refused != nil {
				token, err = l.book.Refresh(ctx, name, last)
			}
			if err != nil {
				return pubsub.Access{}, err
			}
			last = token
			c, err := l.book.Get(name) // it may have been made anew since
			if err != nil {
				return pubsub.Access{}, err
			}
			base, err := url.Parse(c.Base)
			if err != nil {
				return pubsub.Access{}, err // unreachable: it was read when it was put
			}
			e := api.Events
			return pubsub.Access{User: token.User, Headers: token.Headers(e.Token, map[string]string{
				e.Instance: base.Scheme + "://" + base.Host, e.Tenant: token.Org,
			})}, nil
		},
	})
}

func (l *live) jitter() float64 {
	if l.app.cfg.Jitter == nil {
		return 0
	}
	return l.app.cfg.Jitter()
}

// hints take what events say to the inbox, for the named plans or all.
type hints struct {
	*live
	names []string
}

// watches returns the plans that watch an object.
func (h *hints) watches(api, object string) (out []trigger.Watch) {
	names := h.names
	if len(names) == 0 {
		names = h.approved()
	}
	for _, name := range names {
		w, err := h.ready(name)
		if err == nil && w.Checked.Plan.Trigger.API == api && w.Checked.Plan.Trigger.Object == object {
			out = append(out, w)
		}
	}
	return out
}

// Hint implements [pubsub.Sink]. The place is stored with the last of the plans' events: those
// of the others are safe by then.
func (h *hints) Hint(ctx context.Context, hint pubsub.Hint, place journal.Pair) error {
	var look []trigger.Watch
	for _, w := range h.watches(hint.API, hint.Object) {
		switch deletes := w.Checked.Plan.Trigger.Kind == plan.OnDelete; {
		case deletes && len(hint.Gone) > 0:
			if _, err := h.poller.Poll(ctx, w); err != nil {
				return notNow(err)
			}
		case !deletes && len(hint.IDs) > 0:
			look = append(look, w)
		}
	}
	for i, w := range look {
		pair := &place
		if i < len(look)-1 {
			pair = nil
		}
		if _, err := h.poller.Look(ctx, w, hint.IDs, "event", pair); err != nil {
			return notNow(err)
		}
	}
	if len(look) > 0 {
		return nil
	}
	_, err := h.engine.Admit(ctx, nil, &place)
	return err
}

// Sweep implements [pubsub.Sink].
func (h *hints) Sweep(ctx context.Context, api, object string) error {
	for _, w := range h.watches(api, object) {
		if _, err := h.poller.Poll(ctx, w); err != nil {
			return notNow(err)
		}
	}
	return nil
}

// notNow tells a vendor that did not answer from a journal that does not take any more.
func notNow(err error) error {
	var u *trigger.Unreachable
	if errors.As(err, &u) {
		return fmt.Errorf("%w: %w", pubsub.ErrLater, err)
	}
	return err
}
