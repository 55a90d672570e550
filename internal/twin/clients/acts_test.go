package clients_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/internal/twin/xero"
)

// The credentials of an app that a person connects to Xero.
const (
	webID     = "WEB00000000000000000000000000001"
	webSecret = "web-app-credential"
)

// options makes both twins.
func (h *host) options(t *testing.T, company world.World) {
	t.Helper()
	var err error
	if h.sf, err = salesforce.New(salesforce.Options{
		Now: h.clock.Now, World: company, BaseURL: "https://twin.my.salesforce.com", BatchSize: 200,
		App: salesforce.App{Callbacks: []string{"https://app.example/callback"}, Certificate: h.certificate, AutoApprove: true},
	}); err != nil {
		t.Fatal(err)
	}
	org, books := company.Books()
	if h.xero, err = xero.New(xero.Options{
		Now: h.clock.Now, Region: "NZ", Organisation: org, Collections: books, RequireTenant: true, MinuteLimit: 60, Inside: h.inside, Approve: true,
		Apps: []xero.App{{
			ID: webID, Secret: webSecret, Kind: xero.WebApp, Name: "Web app",
			Redirects: []string{"https://app.example/callback"},
		}},
	}); err != nil {
		t.Fatal(err)
	}
}

// inside makes calls that passed the limits wait while a script has them held.
func (h *host) inside(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.holds.Lock()
		held := h.held
		h.holds.Unlock()
		if held != nil {
			<-held
		}
		next.ServeHTTP(w, r)
	})
}

func (h *host) hold(on bool) {
	h.holds.Lock()
	defer h.holds.Unlock()
	if on {
		h.held = make(chan struct{})
		return
	}
	close(h.held)
	h.held = nil
}

// act does what a script asks of the people at the twins, or of time.
func (h *host) act(name string, argument []byte) (any, error) {
	switch name {
	case "advance":
		var text string
		if err := json.Unmarshal(argument, &text); err != nil {
			return nil, err
		}
		d, err := time.ParseDuration(text)
		if err != nil {
			return nil, err
		}
		return h.clock.Advance(d), nil
	case "expire-sessions":
		h.sf.ExpireSessions()
	case "revoke-tokens":
		h.xero.RevokeTokens()
	case "usage":
		var n int
		if err := json.Unmarshal(argument, &n); err != nil {
			return nil, err
		}
		h.sf.SetUsage(n)
	case "hold", "release":
		h.hold(name == "hold")
	case "faults":
		var rules []wire.Fault
		if err := json.Unmarshal(argument, &rules); err != nil {
			return nil, err
		}
		return nil, h.faults.Set(rules)
	default:
		return nil, fmt.Errorf("no act %q", name)
	}
	return nil, nil
}
