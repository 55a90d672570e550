package admin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/planwright/planwright/internal/twin/xero"
)

// Webhooks is the state of the Xero twin's webhooks, with the last intent to receive.
type Webhooks struct {
	xero.Webhooks
	Intent []xero.IntentCall `json:"intent,omitempty"`
}

var errNoWebhooks = errors.New("webhooks: the twins have none; start them with --webhook-url")

// intent is the last intent to receive, and the twin that sent it.
type intent struct {
	of    *xero.Twin
	calls []xero.IntentCall
}

// webhooks returns the state of the twins' webhooks, nil when they have none.
func (s *Stage) webhooks() *Webhooks {
	x := s.Twins().Xero
	state, ok := x.Webhooks()
	if !ok {
		return nil
	}
	out := &Webhooks{Webhooks: state}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.intent.of == x {
		out.Intent = s.intent.calls
	}
	return out
}

// DeliverWebhooks sends the intent to receive, and then events when they are due by the twins'
// clock, until ctx ends. Twins made over another world begin with an intent of their own. It
// looks for events after each pause, and tells in words what came of what it sent.
func (s *Stage) DeliverWebhooks(ctx context.Context, pause func(context.Context) error, tell func(string)) {
	var greeted *xero.Twin
	for ctx.Err() == nil {
		x := s.Twins().Xero
		if x != greeted {
			greeted = x
			if result, err := s.sendIntent(ctx, x); err == nil {
				tell(describeIntent(result))
			}
		}
		if d, err := x.Deliver(ctx); err == nil && d.Calls > 0 {
			tell(describeDelivery(x, d))
		}
		if pause(ctx) != nil {
			return
		}
	}
}

func (s *Stage) sendIntent(ctx context.Context, x *xero.Twin) (xero.Intent, error) {
	result, err := x.Intent(ctx)
	if err != nil {
		return result, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.intent = intent{x, result.Calls}
	return result, nil
}

// describeIntent says what came of an intent, with the first thing that was wrong.
func describeIntent(i xero.Intent) string {
	if i.Passed {
		return "intent to receive passed; events are sent from now on"
	}
	for _, c := range i.Calls {
		if c.Problem == "" {
			continue
		}
		signed := "signed rightly"
		if !c.Signed {
			signed = "signed wrongly"
		}
		return fmt.Sprintf("intent to receive did not pass: a call that was %s: %s; mend the receiver and send the intent again in the admin", signed, c.Problem)
	}
	return "" // unreachable: what did not pass has a problem
}

func describeDelivery(x *xero.Twin, d xero.Delivered) string {
	if d.Failed == 0 {
		return fmt.Sprintf("%d taken, %d waiting", d.Events, d.Waiting)
	}
	state, _ := x.Webhooks()
	text := fmt.Sprintf("%d taken, %d waiting: %s", d.Events, d.Waiting, cmp.Or(state.Problem, "an attempt failed, a later one did not"))
	switch {
	case !d.Live:
		text += "; a day of failure, nothing is sent before the intent passes again"
	case !state.Next.IsZero():
		text += "; next attempt at " + state.Next.UTC().Format("15:04:05") + " by the twins' clock"
	}
	return text
}

// retryWebhooks sends what waits now, instead of when it is due.
func (s *Stage) retryWebhooks(r *http.Request) (any, error) {
	x := s.Twins().Xero
	state, ok := x.Webhooks()
	switch {
	case !ok:
		return nil, errNoWebhooks
	case !state.Live:
		return nil, errors.New("webhooks: nothing is sent before the intent to receive passes; send that first")
	}
	x.Hurry()
	_, err := x.Deliver(r.Context())
	return nil, err
}

// intendWebhooks sends the intent to receive again.
func (s *Stage) intendWebhooks(r *http.Request) (any, error) {
	x := s.Twins().Xero
	if _, ok := x.Webhooks(); !ok {
		return nil, errNoWebhooks
	}
	result, err := s.sendIntent(r.Context(), x)
	if err == nil && !result.Passed {
		err = errors.New("webhooks: " + describeIntent(result))
	}
	return nil, err
}
