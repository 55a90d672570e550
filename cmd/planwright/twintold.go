package main

import (
	"fmt"
	"io"

	"github.com/planwright/planwright/internal/twin/xero"
)

// told is what --json prints of twins that serve: addresses, and credentials that open
// nothing but twins.
func (a *twinApps) told(at listening) any {
	type hooks struct {
		URL string `json:"url"`
		Key string `json:"key"`
	}
	first := a.Xero.Apps[0]
	out := struct {
		listening
		SalesforceClient string `json:"salesforce_client"`
		SalesforceSecret string `json:"salesforce_secret"`
		XeroClient       string `json:"xero_client"`
		XeroSecret       string `json:"xero_secret"`
		Webhooks         *hooks `json:"webhooks,omitempty"`
	}{at, a.Salesforce.ClientID, a.Salesforce.ClientSecret, first.ClientID, first.ClientSecret, nil}
	if h := a.Xero.Webhooks; h != nil {
		out.Webhooks = &hooks{h.URL, h.Key}
	}
	return out
}

// describe tells a person where the twins are and how each first app signs in.
func (a *twinApps) describe(w io.Writer, self string, at listening) {
	fmt.Fprintf(w, "Salesforce  %s\nXero        %s\nAdmin       %s\n", at.Salesforce, at.Xero, at.Admin)
	if at.Events != "" {
		fmt.Fprintf(w, "Events      %s (%s serve --events %s)\n", at.Events, self, at.Events)
	}
	if h := a.Xero.Webhooks; h != nil {
		fmt.Fprintf(w, "Webhooks    %s, signed with the key %s\n", h.URL, h.Key)
	}
	fmt.Fprint(w, "\nIn another terminal:\n")
	if !a.Salesforce.NoRunAs {
		fmt.Fprintf(w, "  echo %s | %s connect salesforce --base %s --client %s --allow-private\n",
			a.Salesforce.ClientSecret, self, at.Salesforce, a.Salesforce.ClientID)
	}
	if len(a.Salesforce.Callbacks) > 0 {
		fmt.Fprintf(w, "  a browser signs in at %s/services/oauth2/authorize, the app %s gets tokens at %s/services/oauth2/token\n",
			at.Salesforce, a.Salesforce.ClientID, at.Salesforce)
	}
	for _, app := range a.Xero.Apps {
		if app.Kind == xero.CustomConnection {
			fmt.Fprintf(w, "  echo %s | %s connect xero --base %s/api.xro/2.0 --token-url %s/connect/token --client %s --allow-private\n",
				app.ClientSecret, self, at.Xero, at.Xero, app.ClientID)
			continue
		}
		fmt.Fprintf(w, "  a browser signs in at %s/identity/connect/authorize, the app %s gets tokens at %s/connect/token\n", at.Xero, app.ClientID, at.Xero)
	}
	fmt.Fprintf(w, "\nInterrupt to stop.\n")
}
