package main

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/xero"
	"github.com/planwright/planwright/runtime/connection"
)

// twinApps are the apps that may sign in at the twins, and the webhooks of one of them: what
// --apps names, as JSON. Members left out are the twins' defaults.
type twinApps struct {
	Salesforce salesforceApp `json:"salesforce"`
	Xero       struct {
		// Approve lets everybody who comes to the consent page pass at once.
		Approve  bool          `json:"approve"`
		Apps     []xeroApp     `json:"apps"`
		Webhooks *xeroWebhooks `json:"webhooks"`
	} `json:"xero"`
}

// salesforceApp is salesforce.App with its credentials, as a file has it.
type salesforceApp struct {
	ClientID     string   `json:"client_id"`
	ClientSecret string   `json:"client_secret"`
	Scopes       []string `json:"scopes"`
	Callbacks    []string `json:"callbacks"`
	// CertificateFile lies beside the file of apps unless it is an absolute path.
	CertificateFile string   `json:"certificate_file"`
	AutoApprove     bool     `json:"auto_approve"`
	Rotate          bool     `json:"rotate"`
	RefreshIdle     string   `json:"refresh_idle"` // a duration
	NoSecret        bool     `json:"no_secret"`
	NoPKCE          bool     `json:"no_pkce"`
	Approved        []string `json:"approved"`
	NoRunAs         bool     `json:"no_run_as"`

	app salesforce.App // what the above comes to
}

// xeroApp is xero.App as a file has it.
type xeroApp struct {
	ClientID     string    `json:"client_id"`
	ClientSecret string    `json:"client_secret"`
	Kind         xero.Kind `json:"kind"`
	Name         string    `json:"name"`
	Redirects    []string  `json:"redirects"`
	Scopes       []string  `json:"scopes"`
	Tier         xero.Tier `json:"tier"`
	RapidSync    bool      `json:"rapid_sync"`
}

// xeroWebhooks is xero.Hooks as a file has it.
type xeroWebhooks struct {
	URL        string   `json:"url"`
	Key        string   `json:"key"`
	App        string   `json:"app"`
	Categories []string `json:"categories"`
	Batch      int      `json:"batch"`
	Twice      bool     `json:"twice"`
	Backwards  bool     `json:"backwards"`

	transport http.RoundTripper // one for all twins that are made
}

const appsHint = "mend the file; docs/twins.md lists what it may hold"

// readApps reads the file of apps, lays the flags of webhooks over it, and fills in the
// credentials that were left out.
func (f twinFlags) readApps() (twinApps, error) {
	var a twinApps
	if f.apps != "" {
		data, err := os.ReadFile(f.apps)
		if err != nil {
			return a, usagef("check the path", "--apps %s: %v", f.apps, err)
		}
		if err := wire.Strict(data, &a); err != nil {
			return a, usagef(appsHint, "--apps %s: %v", f.apps, err)
		}
	}
	if err := a.Salesforce.settle(filepath.Dir(f.apps)); err != nil {
		return a, usagef(appsHint, "--apps %s: salesforce: %v", f.apps, err)
	}
	if err := a.settleXero(); err != nil {
		return a, usagef(appsHint, "--apps %s: xero: %v", f.apps, err)
	}
	return a, a.settleWebhooks(f)
}

func (s *salesforceApp) settle(dir string) error {
	s.ClientID = cmp.Or(s.ClientID, salesforce.DefaultClientID)
	s.ClientSecret = cmp.Or(s.ClientSecret, salesforce.DefaultClientSecret)
	s.app = salesforce.App{
		Scopes: s.Scopes, Callbacks: s.Callbacks, AutoApprove: s.AutoApprove, Rotate: s.Rotate,
		NoSecret: s.NoSecret, NoPKCE: s.NoPKCE, Approved: s.Approved, NoRunAs: s.NoRunAs,
	}
	for _, callback := range s.Callbacks {
		if u, err := url.Parse(callback); err != nil || !u.IsAbs() {
			return fmt.Errorf("callback %q: not an address", callback)
		}
	}
	if s.RefreshIdle != "" {
		idle, err := time.ParseDuration(s.RefreshIdle)
		if err != nil || idle <= 0 {
			return fmt.Errorf("refresh_idle %q: a duration like 720h is needed", s.RefreshIdle)
		}
		s.app.RefreshIdle = idle
	}
	if s.CertificateFile == "" {
		return nil
	}
	file := s.CertificateFile
	if !filepath.IsAbs(file) {
		file = filepath.Join(dir, file)
	}
	data, err := os.ReadFile(file)
	if err == nil && len(data) == 0 {
		err = fmt.Errorf("%s is empty", file)
	}
	if err != nil {
		return fmt.Errorf("certificate_file: %w", err)
	}
	s.app.Certificate = data
	_, err = salesforce.New(salesforce.Options{App: s.app}) // judges the certificate
	return err
}

func (a *twinApps) settleXero() error {
	x := &a.Xero
	if len(x.Apps) == 0 {
		x.Apps = []xeroApp{{}}
	}
	seen := map[string]bool{}
	for i := range x.Apps {
		app := &x.Apps[i]
		app.Kind = cmp.Or(app.Kind, xero.CustomConnection)
		if i == 0 {
			app.ClientID = cmp.Or(app.ClientID, xero.DefaultClientID)
			if app.Kind != xero.PKCEApp {
				app.ClientSecret = cmp.Or(app.ClientSecret, xero.DefaultClientSecret)
			}
		}
		tiers := []xero.Tier{"", xero.Starter, xero.Core, xero.Plus, xero.Advanced, xero.Enterprise}
		switch {
		case app.ClientID == "" || seen[app.ClientID]:
			return fmt.Errorf("app %d: it needs a client_id of its own", i+1)
		case app.ClientSecret == "" && app.Kind != xero.PKCEApp:
			return fmt.Errorf("app %s: it needs a client_secret", app.ClientID)
		case !slices.Contains(tiers, app.Tier):
			return fmt.Errorf("app %s: unknown tier %q", app.ClientID, app.Tier)
		}
		seen[app.ClientID] = true
	}
	if h := x.Webhooks; h != nil && h.App != "" && !seen[h.App] {
		return fmt.Errorf("webhooks: there is no app %q", h.App)
	}
	_, err := xero.New(xero.Options{
		Now: now, ClientID: x.Apps[0].ClientID, ClientSecret: x.Apps[0].ClientSecret, Kind: x.Apps[0].Kind, Redirects: x.Apps[0].Redirects, Apps: a.more(),
	}) // judges kinds and redirects
	return err
}

// settleWebhooks lays the flags over the file and judges what comes of it.
func (a *twinApps) settleWebhooks(f twinFlags) error {
	h := a.Xero.Webhooks
	if f.webhookURL != "" && h == nil {
		h = &xeroWebhooks{}
		a.Xero.Webhooks = h
	}
	if h == nil {
		if f.webhookKey != "" {
			return usagef("add --webhook-url URL", "--webhook-key signs what is sent to an address, and there is none")
		}
		return nil
	}
	h.transport = connection.NewTransport(true)
	h.URL = cmp.Or(f.webhookURL, h.URL)
	h.Key = cmp.Or(f.webhookKey, h.Key, xero.DefaultWebhookKey)
	u, err := url.Parse(h.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" {
		return usagef("give an address like http://127.0.0.1:9000/hook", "webhooks to %q: not an http address that can be sent to", h.URL)
	}
	categories := []string{"INVOICE", "CONTACT", "CREDITNOTE", "PREPAYMENT", "OVERPAYMENT"}
	for _, c := range h.Categories {
		if !slices.Contains(categories, c) {
			return usagef(appsHint, "webhooks: unknown category %q", c)
		}
	}
	if h.Batch < 0 {
		return usagef(appsHint, "webhooks: batch %d is less than 0", h.Batch)
	}
	return nil
}

// more are the apps of Xero after the first.
func (a *twinApps) more() (out []xero.App) {
	for _, app := range a.Xero.Apps[1:] {
		out = append(out, xero.App{
			ID: app.ClientID, Secret: app.ClientSecret, Kind: app.Kind, Name: app.Name,
			Redirects: app.Redirects, Scopes: app.Scopes, Tier: app.Tier, RapidSync: app.RapidSync,
		})
	}
	return out
}

// lend gives the apps to the options of both twins.
func (a *twinApps) lend(sf *salesforce.Options, x *xero.Options) {
	sf.ClientID, sf.ClientSecret, sf.App = a.Salesforce.ClientID, a.Salesforce.ClientSecret, a.Salesforce.app
	first := a.Xero.Apps[0]
	x.ClientID, x.ClientSecret, x.Kind, x.App = first.ClientID, first.ClientSecret, first.Kind, first.Name
	x.Redirects, x.Scopes, x.Tier, x.RapidSync = first.Redirects, first.Scopes, first.Tier, first.RapidSync
	x.Apps, x.Approve = a.more(), a.Xero.Approve
	if h := a.Xero.Webhooks; h != nil {
		x.Hooks = &xero.Hooks{
			URL: h.URL, Key: h.Key, App: h.App, Transport: h.transport,
			Categories: h.Categories, Batch: h.Batch, Twice: h.Twice, Backwards: h.Backwards,
		}
	}
}
