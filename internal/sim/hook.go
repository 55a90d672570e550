package sim

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/xero"
)

// The faults of webhooks.
const (
	hookTwice    = "webhook delivered twice"
	hookMissing  = "webhook never delivered"
	hookDisorder = "webhooks out of order"
	hookForged   = "webhook forged"
)

// deliveries is what the books send webhooks by: to the process that serves, if there is one.
type deliveries struct{ p *play }

var errNobody = errors.New("connection refused")

// RoundTrip implements [http.RoundTripper].
func (x deliveries) RoundTrip(r *http.Request) (*http.Response, error) {
	p := x.p
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(body))
	if p.losing {
		return &http.Response{StatusCode: http.StatusOK, ProtoMajor: 1, ProtoMinor: 1, Body: http.NoBody, Header: http.Header{}, Request: r}, nil
	}
	if p.proc == nil || p.proc.gate.isDead() {
		return nil, errNobody
	}
	receiver, err := p.proc.app.Hooks()
	if err != nil {
		return nil, errNobody
	}
	p.delivered, p.signature = body, r.Header.Get("X-Xero-Signature")
	return wire.RoundTripper(receiver).RoundTrip(r)
}

// hooks are the webhooks of a seed that has them.
func (p *play) hooks(d dice) *xero.Hooks {
	if !p.serving || d.one(2) {
		return nil
	}
	p.hooked = true
	return &xero.Hooks{URL: "http://127.0.0.1:8403/hooks/xero", Key: xero.DefaultWebhookKey, Transport: deliveries{p}, Backwards: d.one(2)}
}

// deliver lets the books send what they have to tell, or lose it, or keep it for later; and
// now and then somebody else sends something.
func (p *play) deliver() {
	if !p.hooked || p.proc == nil || p.proc.done == nil || p.proc.gate.isDead() {
		return
	}
	what := p.luck.IntN(6)
	p.act(func(ctx context.Context) {
		switch what {
		case 0: // later
		case 1:
			p.losing = true
			if d, err := p.v.books.Deliver(ctx); err == nil && d.Events > 0 {
				p.res.Fired[hookMissing]++
			}
			p.losing = false
		case 2:
			p.post(ctx, p.delivered, p.signature, hookTwice)
		case 3:
			p.post(ctx, []byte(`{"events":[],"entropy":"X"}`), "Zm9yZ2Vk", hookForged)
		default:
			if !p.introduced {
				in, err := p.v.books.Intent(ctx)
				p.introduced = err == nil && in.Passed
			}
			if d, err := p.v.books.Deliver(ctx); err == nil && d.Events > 1 {
				p.res.Fired[hookDisorder]++
			}
		}
	})
}

// post sends a delivery that is not the vendor's own doing.
func (p *play) post(ctx context.Context, body []byte, signature, name string) {
	if body == nil {
		return
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://127.0.0.1:8403/hooks/xero", bytes.NewReader(body))
	if err != nil {
		p.broken("stage", "%v", err)
		return
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Xero-Signature", signature)
	was, sign := p.delivered, p.signature
	res, err := deliveries{p}.RoundTrip(r)
	p.delivered, p.signature = was, sign
	if err != nil {
		return
	}
	res.Body.Close()
	p.res.Fired[name]++
	if name == hookForged && res.StatusCode != http.StatusUnauthorized {
		p.broken(forgedRefused, "answered %d", res.StatusCode)
	}
}
