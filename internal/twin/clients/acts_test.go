package clients_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/decimal"
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

// hookKey signs Xero's webhooks.
const hookKey = "webhook-signing-key"

// receiver carries webhooks to the script's own server.
type receiver struct{ h *host }

func (c receiver) RoundTrip(r *http.Request) (*http.Response, error) {
	to, err := url.Parse(c.h.hooks)
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.URL, r.Host = to, to.Host
	return http.DefaultTransport.RoundTrip(r)
}

// options makes both twins.
func (h *host) options(t *testing.T, company world.World) {
	t.Helper()
	company.Salesforce["ValidationRule"] = []world.Record{{
		"EntityDefinition": "Opportunity", "ValidationName": "Won_needs_amount", "Active": true,
		"ErrorMessage": "A won deal needs an amount.", "ErrorDisplayField": "Amount",
		"ErrorCondition": []any{map[string]any{"Field": "IsWon", "Op": "=", "Value": true}, map[string]any{"Field": "Amount", "Op": "=", "Value": nil}},
	}}
	company.Salesforce["DuplicateRule"] = []world.Record{{
		"SobjectType": "Account", "DeveloperName": "Accounts_by_name", "IsActive": true, "Folded": []any{"Name"}, "Action": "Allow",
		"AlertText": "Use one of these records?",
	}}
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
		Hooks: &xero.Hooks{URL: "https://app.example/hooks", Key: hookKey, Transport: receiver{h}},
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

// text reads an argument that is text; another reads as none.
func text(argument []byte) string {
	var s string
	_ = json.Unmarshal(argument, &s)
	return s
}

// act does what a script asks of the people at the twins, or of time.
func (h *host) act(name string, argument []byte) (any, error) {
	switch name {
	case "advance":
		d, err := time.ParseDuration(text(argument))
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
	case "lock", "unlock":
		return nil, h.sf.SetApproval(text(argument), name == "lock")
	case "hold-row":
		return nil, h.sf.Hold(text(argument), h.clock.Now().Add(time.Minute))
	case "merge":
		var ids []string
		if err := json.Unmarshal(argument, &ids); err != nil {
			return nil, err
		}
		return nil, h.sf.Merge("Account", ids[0], ids[1:]...)
	case "hooks":
		h.hooks = text(argument)
	case "intent":
		return h.xero.Intent(context.Background())
	case "deliver":
		return h.xero.Deliver(context.Background())
	case "pay":
		return nil, h.xero.Pay(text(argument), decimal.Must("1.00"), "")
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
