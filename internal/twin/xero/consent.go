package xero

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// consentPage is where a person chooses what to connect.
var consentPage = template.Must(template.New("consent").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{.App}} wants access</title></head>
<body><h1>{{.App}} wants access</h1>
<ul>{{range .Scopes}}<li>{{.}}</li>{{end}}</ul>
<form method="post">{{range .Asked}}<input type="hidden" name="{{.Name}}" value="{{.Value}}">{{end}}
{{range .Tenants}}<p><label><input type="{{$.Choice}}" name="tenant" value="{{.ID}}"> {{.Name}} ({{.Type}})</label></p>{{end}}
<p><button name="decision" value="allow">Allow access</button> <button name="decision" value="deny">Cancel</button></p>
</form></body></html>
`))

// asked are the parameters of an authorization request that the page carries along.
func asked() []string {
	return []string{
		"response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge", "code_challenge_method", "acr_values",
	}
}

// authorize answers the login host's /identity/connect/authorize: with the page, or, when a
// person decided or Options.Approve is set, with the way back to the app.
func (h *house) authorize(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		refuseConsent(w, "invalid_request")
		return
	}
	form := r.Form
	a := h.app(form.Get("client_id"))
	switch {
	case a == nil || a.Kind == CustomConnection:
		refuseConsent(w, "unauthorized_client")
		return
	case !slices.Contains(a.Redirects, form.Get("redirect_uri")):
		refuseConsent(w, "Invalid redirect_uri")
		return
	}
	if problem := h.judgeConsent(a, form); problem != "" {
		sendBack(w, r, form, url.Values{"error": {problem}})
		return
	}
	chosen := form["tenant"]
	switch {
	case r.Method == http.MethodPost && form.Get("decision") != "allow":
		sendBack(w, r, form, url.Values{"error": {"access_denied"}})
		return
	case h.o.Approve && len(chosen) == 0:
		chosen = h.suggest(a)
	case r.Method != http.MethodPost:
		h.showConsent(w, a, form)
		return
	}
	if !h.mayConnect(a, form, chosen) {
		h.showConsent(w, a, form)
		return
	}
	code := h.connect(a, form, chosen)
	sendBack(w, r, form, url.Values{"code": {code}, "scope": {form.Get("scope")}})
}

// judgeConsent reports what is wrong with a request whose app and way back are right.
func (h *house) judgeConsent(a *app, form url.Values) string {
	challenge := form.Get("code_challenge")
	switch {
	case form.Get("response_type") != "code":
		return "unsupported_response_type"
	case form.Get("scope") == "" || !h.mayAsk(a, strings.Fields(form.Get("scope"))):
		return "invalid_scope"
	case challenge == "" && a.Kind == PKCEApp, challenge != "" && form.Get("code_challenge_method") != "S256":
		return "invalid_request"
	}
	return ""
}

// suggest chooses for a person who is not asked: all there is where an app may have it, else
// the first tenant that is not connected yet.
func (h *house) suggest(a *app) []string {
	tenants := h.tenants()
	h.mu.Lock()
	defer h.mu.Unlock()
	var ids []string
	for _, tenant := range tenants {
		ids = append(ids, tenant.ID)
	}
	if a.Tier.bulk() {
		return ids
	}
	for _, id := range ids {
		if a.connection(id) == nil {
			return []string{id}
		}
	}
	return ids[:1]
}

// mayConnect judges a choice: tenants that are there, and one at a time unless the app has
// bulk connections.
func (h *house) mayConnect(a *app, form url.Values, chosen []string) bool {
	if len(chosen) == 0 || len(chosen) > 1 && !mayChooseMany(a, form) {
		return false
	}
	tenants := h.tenants()
	return !slices.ContainsFunc(chosen, func(id string) bool {
		return !slices.ContainsFunc(tenants, func(t Tenant) bool { return t.ID == id })
	})
}

func mayChooseMany(a *app, form url.Values) bool {
	return a.Tier.bulk() && !strings.Contains(form.Get("acr_values"), "bulk_connect:false")
}

// connect makes or renews the connections of one consent, and its code.
func (h *house) connect(a *app, form url.Values, chosen []string) string {
	tenants := h.tenants()
	h.mu.Lock()
	defer h.mu.Unlock()
	now, event := h.o.Now(), h.newID()
	for _, tenant := range tenants {
		if !slices.Contains(chosen, tenant.ID) {
			continue
		}
		l := a.connection(tenant.ID)
		if l == nil {
			l = &link{id: h.newID(), tenant: tenant, created: now}
			a.connections = append(a.connections, l)
			if m := h.member(tenant.ID); m != nil && a.RapidSync {
				m.limits[a.ID].rapid(now)
			}
		}
		l.event, l.updated = event, now
	}
	code := h.secret()
	h.codes[code] = consent{
		session: session{
			app: a, scopes: strings.Fields(form.Get("scope")), event: event, nonce: form.Get("nonce"), began: now, made: now,
		},
		redirect: form.Get("redirect_uri"), challenge: form.Get("code_challenge"),
	}
	return code
}

// connection finds the app's connection to a tenant, unless it ended. The caller holds the house's lock.
func (a *app) connection(tenant string) *link {
	i := slices.IndexFunc(a.connections, func(l *link) bool { return !l.off && strings.EqualFold(l.tenant.ID, tenant) })
	if i < 0 {
		return nil
	}
	return a.connections[i]
}

func (h *house) showConsent(w http.ResponseWriter, a *app, form url.Values) {
	type member struct{ Name, Value string }
	page := struct {
		App, Choice string
		Scopes      []string
		Asked       []member
		Tenants     []Tenant
	}{App: a.Name, Choice: "radio", Scopes: strings.Fields(form.Get("scope")), Tenants: h.tenants()}
	if mayChooseMany(a, form) {
		page.Choice = "checkbox"
	}
	for _, name := range asked() {
		if form.Get(name) != "" {
			page.Asked = append(page.Asked, member{name, form.Get(name)})
		}
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("X-Frame-Options", "DENY")
	w.Header().Set("Content-Security-Policy", "frame-ancestors 'none'")
	_ = consentPage.Execute(w, page) // a reader that went away needs no answer
}

// refuseConsent tells the person, and nobody else, that the request cannot be trusted.
func refuseConsent(w http.ResponseWriter, problem string) {
	http.Error(w, "error: "+problem, http.StatusBadRequest)
}

// sendBack redirects to the app with the outcome and the state it sent.
func sendBack(w http.ResponseWriter, r *http.Request, form, outcome url.Values) {
	if state := form.Get("state"); state != "" {
		outcome.Set("state", state)
	}
	to := form.Get("redirect_uri")
	if strings.Contains(to, "?") {
		to += "&" + outcome.Encode()
	} else {
		to += "?" + outcome.Encode()
	}
	http.Redirect(w, r, to, http.StatusFound)
}
