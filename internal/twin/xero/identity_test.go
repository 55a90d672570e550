package xero_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/xero"
	"github.com/planwright/planwright/specs/openapi"
)

const (
	webID, webSecret = "WEB00000000000000000000000000001", "web-secret"
	pkceID           = "PKCE0000000000000000000000000001"
	back             = "https://app.example/callback"
	verifier         = "a-verifier-of-at-least-forty-three-characters"
	everything       = "openid profile email offline_access accounting.invoices accounting.contacts accounting.settings"
)

// apps adds a web app and one with PKCE, whom everybody lets in.
func apps(o *xero.Options) {
	o.Approve = true
	o.Apps = []xero.App{
		{ID: webID, Secret: webSecret, Kind: xero.WebApp, Name: "Web App", Redirects: []string{back, "http://localhost:3000/cb"}},
		{ID: pkceID, Kind: xero.PKCEApp, Redirects: []string{back}},
	}
}

// visit opens an address as a browser that follows nothing.
func (b *bench) visit(method, path string, q url.Values) answer {
	b.t.Helper()
	r := b.request(method, path+"?"+q.Encode(), "")
	if method == http.MethodPost {
		r = b.request(method, path, q.Encode())
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Del("Authorization")
	b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return b.send(r)
}

// ask asks for consent and returns what came back to the app.
func (b *bench) ask(q url.Values) url.Values {
	b.t.Helper()
	a := b.visit(http.MethodGet, "/identity/connect/authorize", q).want(302)
	u, err := url.Parse(a.header.Get("Location"))
	if err != nil || !strings.HasPrefix(u.String(), q.Get("redirect_uri")) {
		b.t.Fatalf("sent back to %s, %v", u, err)
	}
	return u.Query()
}

// consent is a request for consent, with changes as name and value in turn.
func consentOf(client string, change ...string) url.Values {
	q := url.Values{
		"response_type": {"code"}, "client_id": {client}, "redirect_uri": {back}, "scope": {everything}, "state": {"s1"}, "nonce": {"n1"},
	}
	if client == pkceID {
		sum := sha256.Sum256([]byte(verifier))
		q.Set("code_challenge", base64.RawURLEncoding.EncodeToString(sum[:]))
		q.Set("code_challenge_method", "S256")
	}
	for i := 0; i+1 < len(change); i += 2 {
		q.Set(change[i], change[i+1])
	}
	return q
}

// exchange calls the token endpoint; a client with a secret uses Basic authentication.
func (b *bench) exchange(id, secret string, form url.Values) answer {
	b.t.Helper()
	if secret == "" {
		form.Set("client_id", id)
	}
	r := b.request(http.MethodPost, "/connect/token", form.Encode())
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Del("Authorization")
	if secret != "" {
		r.SetBasicAuth(id, secret)
	}
	return b.send(r)
}

func codeForm(code string, change ...string) url.Values {
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {back}}
	for i := 0; i+1 < len(change); i += 2 {
		form.Set(change[i], change[i+1])
	}
	return form
}

func refreshForm(token string) url.Values {
	return url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
}

// connect signs in as the web app and returns the token answer.
func (b *bench) connect(change ...string) answer {
	b.t.Helper()
	code := b.ask(consentOf(webID, change...)).Get("code")
	return b.exchange(webID, webSecret, codeForm(code)).want(200)
}

// claims decodes a JWT without looking at its signature.
func claims(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	var out map[string]any
	if err != nil || json.Unmarshal(b, &out) != nil {
		t.Fatalf("token %s", token)
	}
	return out
}

func TestConsentToTokens(t *testing.T) {
	b := open(t, apps)
	q := b.ask(consentOf(webID))
	if q.Get("state") != "s1" || q.Get("code") == "" {
		t.Fatalf("sent back %v", q)
	}
	a := b.exchange(webID, webSecret, codeForm(q.Get("code"))).want(200)
	if a.text("expires_in") != "1800" || a.text("token_type") != "Bearer" || a.text("scope") != everything || a.text("refresh_token") == "" {
		t.Errorf("answer %s", a.body)
	}
	b.exchange(webID, webSecret, codeForm(q.Get("code"))).want(400) // a code works once
	access, id := claims(t, a.text("access_token")), claims(t, a.text("id_token"))
	if access["client_id"] != webID || access["xero_userid"] == nil || access["authentication_event_id"] == nil || access["exp"].(float64)-access["nbf"].(float64) != 1800 {
		t.Errorf("access token %v", access)
	}
	if id["aud"] != webID || id["nonce"] != "n1" || id["iss"] != "https://identity.xero.com" || id["email"] == nil || id["given_name"] == nil || id["exp"].(float64)-id["iat"].(float64) != 300 {
		t.Errorf("id token %v", id)
	}
	b.token = a.text("access_token")
	b.get("/Items").want(403) // a web app must name its tenant
	b.get("/Items", "xero-tenant-id", b.twin.Tenant()).want(200)
	if plain := b.connect("scope", "accounting.contacts"); plain.at("refresh_token") != nil || plain.at("id_token") != nil {
		t.Errorf("tokens nobody asked for: %s", plain.body)
	}
}

func TestCodeWithPKCE(t *testing.T) {
	b := open(t, apps)
	code := func() string { return b.ask(consentOf(pkceID)).Get("code") }
	b.exchange(pkceID, "", codeForm(code(), "code_verifier", verifier)).want(200)
	for fact, form := range map[string]url.Values{
		"no verifier":      codeForm(code()),
		"another verifier": codeForm(code(), "code_verifier", strings.Repeat("x", 43)),
		"another way back": codeForm(code(), "code_verifier", verifier, "redirect_uri", "https://app.example/other"),
		"an unknown code":  codeForm("x", "code_verifier", verifier),
	} {
		if a := b.exchange(pkceID, "", form); a.code != 400 || a.text("error") != "invalid_grant" {
			t.Errorf("%s: %d %s", fact, a.code, a.body)
		}
	}
	stolen := codeForm(b.ask(consentOf(webID)).Get("code"))
	if a := b.exchange(pkceID, "", stolen); a.text("error") != "invalid_grant" {
		t.Errorf("the code of another app: %s", a.body)
	}
	late := code()
	b.clock.Advance(5 * time.Minute)
	b.exchange(pkceID, "", codeForm(late, "code_verifier", verifier)).want(400)
	for fact, change := range map[string][]string{
		"no challenge": {"code_challenge", ""}, "a plain challenge": {"code_challenge_method", "plain"},
	} {
		if got := b.ask(consentOf(pkceID, change...)).Get("error"); got != "invalid_request" {
			t.Errorf("%s: error %q", fact, got)
		}
	}
}

func TestConsentIsRefused(t *testing.T) {
	b := open(t, apps)
	for fact, q := range map[string]url.Values{
		"an unknown app":             consentOf("x"),
		"a custom connection":        consentOf(xero.DefaultClientID),
		"a way back with a slash":    consentOf(webID, "redirect_uri", back+"/"),
		"a way back of somebody":     consentOf(webID, "redirect_uri", "https://evil.example"),
		"the right way back in caps": consentOf(webID, "redirect_uri", "https://APP.example/callback"),
	} {
		if a := b.visit(http.MethodGet, "/identity/connect/authorize", q); a.code != 400 || a.header.Get("Location") != "" {
			t.Errorf("%s: %d to %q", fact, a.code, a.header.Get("Location"))
		}
	}
	for want, change := range map[string][]string{
		"invalid_scope": {"scope", "accounting.everything"}, "unsupported_response_type": {"response_type", "token"},
	} {
		if q := b.ask(consentOf(webID, change...)); q.Get("error") != want || q.Get("state") != "s1" {
			t.Errorf("sent back %v, want %s", q, want)
		}
	}
}

func TestConsentPage(t *testing.T) {
	other := xero.Tenant{ID: "99999999-0000-4000-8000-000000000001", Name: "Practice <1>", Type: "PRACTICE"}
	b := open(t, func(o *xero.Options) { apps(o); o.Approve = false; o.Others = []xero.Tenant{other} })
	page := b.visit(http.MethodGet, "/identity/connect/authorize", consentOf(webID)).want(200)
	if page.header.Get("X-Frame-Options") != "DENY" {
		t.Error("the page can be framed")
	}
	for _, want := range []string{"Demo Company (NZ)", "Practice &lt;1&gt; (PRACTICE)", `type="radio"`, "accounting.invoices", `name="state" value="s1"`} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page does not show %s: %s", want, page.body)
		}
	}
	decide := func(change ...string) answer {
		return b.visit(http.MethodPost, "/identity/connect/authorize", consentOf(webID, change...))
	}
	if a := decide("decision", "deny", "tenant", b.twin.Tenant()).want(302); !strings.Contains(a.header.Get("Location"), "error=access_denied&state=s1") {
		t.Errorf("denied: %s", a.header.Get("Location"))
	}
	decide("decision", "allow").want(200)                                 // nothing chosen: the page again
	decide("decision", "allow", "tenant", xero.DefaultClientID).want(200) // nothing that is there
	a := decide("decision", "allow", "tenant", other.ID).want(302)
	if !strings.Contains(a.header.Get("Location"), "code=") {
		t.Errorf("allowed: %s", a.header.Get("Location"))
	}
}

// TestTokensVerify checks both tokens as a client does that knows the issuer alone.
func TestTokensVerify(t *testing.T) {
	b := open(t, apps)
	found := b.visit(http.MethodGet, "/.well-known/openid-configuration", nil).want(200)
	if found.text("issuer") != "https://identity.xero.com" || found.text("authorization_endpoint") != "https://login.xero.com/identity/connect/authorize" ||
		found.text("token_endpoint") != "https://identity.xero.com/connect/token" || found.text("revocation_endpoint") != "https://identity.xero.com/connect/revocation" {
		t.Errorf("discovery %s", found.body)
	}
	keys := b.visit(http.MethodGet, strings.TrimPrefix(found.text("jwks_uri"), "https://identity.xero.com"), nil).want(200)
	n, err := base64.RawURLEncoding.DecodeString(keys.text("keys", 0, "n"))
	if err != nil || keys.text("keys", 0, "e") != "AQAB" || keys.text("keys", 0, "kty") != "RSA" {
		t.Fatalf("keys %s, %v", keys.body, err)
	}
	public := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: 65537}
	a := b.connect()
	for _, name := range []string{"access_token", "id_token"} {
		signed, signature, _ := cutLast(a.text(name))
		sum := sha256.Sum256([]byte(signed))
		raw, err := base64.RawURLEncoding.DecodeString(signature)
		if err != nil || rsa.VerifyPKCS1v15(public, crypto.SHA256, sum[:], raw) != nil {
			t.Errorf("%s does not verify", name)
		}
		head, _ := base64.RawURLEncoding.DecodeString(strings.Split(signed, ".")[0])
		if !strings.Contains(string(head), keys.text("keys", 0, "kid")) || !strings.Contains(string(head), "RS256") {
			t.Errorf("%s has the head %s", name, head)
		}
	}
	b.overSocket()
	if at := b.visit(http.MethodGet, "/.well-known/openid-configuration", nil).text("issuer"); at != b.base {
		t.Errorf("issuer on loopback %s, want %s", at, b.base)
	}
}

func cutLast(token string) (signed, signature string, ok bool) {
	i := strings.LastIndex(token, ".")
	return token[:i], token[i+1:], i > 0
}

func TestRefreshTokens(t *testing.T) {
	b := open(t, apps)
	refresh := func(token string) answer { return b.exchange(webID, webSecret, refreshForm(token)) }
	lost := func(token string) {
		t.Helper()
		if a := refresh(token); a.code != 400 || a.text("error") != "invalid_grant" {
			t.Errorf("%d %s, want invalid_grant", a.code, a.body)
		}
	}
	first := b.connect().text("refresh_token")
	second := refresh(first).want(200).text("refresh_token")
	if second == first || second == "" {
		t.Fatalf("the token did not rotate: %q", second)
	}
	b.clock.Advance(30*time.Minute - time.Second)
	third := refresh(first).want(200).text("refresh_token") // the pair was lost
	b.clock.Advance(time.Second)
	lost(first)
	refresh(third).want(200)
	refresh(second).want(200)
	b.clock.Advance(30 * time.Minute)
	lost(second)

	lost("unknown")
	other := b.connect().text("refresh_token")
	if a := b.exchange(pkceID, "", refreshForm(other)); a.text("error") != "invalid_grant" {
		t.Errorf("the refresh token of another app: %s", a.body)
	}
	b.clock.Advance(60*24*time.Hour - time.Second)
	next := refresh(other).want(200).text("refresh_token")
	b.clock.Advance(60 * 24 * time.Hour)
	lost(next)

	early := b.connect().text("refresh_token")
	used := refresh(early).text("refresh_token")
	refresh(used).want(200)
	lost(early) // its successor was used
}

func TestRevocation(t *testing.T) {
	b := open(t, apps)
	a := b.connect()
	revoke := func(token, secret string) answer {
		r := b.request(http.MethodPost, "/connect/revocation", url.Values{"token": {token}}.Encode())
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.SetBasicAuth(webID, secret)
		return b.send(r)
	}
	if got := revoke(a.text("refresh_token"), "wrong").want(400).text("error"); got != "invalid_client" {
		t.Errorf("error %q", got)
	}
	revoke("unknown", webSecret).want(200)
	b.token = a.text("access_token")
	b.get("/Items", "xero-tenant-id", b.twin.Tenant()).want(200)
	if done := revoke(a.text("refresh_token"), webSecret).want(200); done.body != "" {
		t.Errorf("answer %q, want none", done.body)
	}
	b.get("/Items", "xero-tenant-id", b.twin.Tenant()).want(403)
	if got := b.send(b.request(http.MethodGet, "/connections", "")).want(200).body; got != "[]" {
		t.Errorf("connections %s", got)
	}
	b.exchange(webID, webSecret, refreshForm(a.text("refresh_token"))).want(400)
}

func TestAppsAreJudged(t *testing.T) {
	for fact, change := range map[string]func(*xero.Options){
		"a way back on an address":  func(o *xero.Options) { o.Apps[0].Redirects = []string{"http://127.0.0.1:3000/cb"} },
		"a way back without TLS":    func(o *xero.Options) { o.Apps[0].Redirects = []string{"http://app.example/cb"} },
		"two apps of one id":        func(o *xero.Options) { o.Apps[1].ID = webID },
		"a kind that there is not":  func(o *xero.Options) { o.Apps[0].Kind = "desktop" },
		"a connection, no secret":   func(o *xero.Options) { o.Apps[1].Kind = xero.CustomConnection },
		"webhooks, no transport":    func(o *xero.Options) { o.Hooks = &xero.Hooks{URL: back} },
		"a first app of a bad kind": func(o *xero.Options) { o.Kind = "x" },
	} {
		o := xero.Options{Now: func() time.Time { return start }}
		apps(&o)
		change(&o)
		if _, err := xero.New(o); err == nil {
			t.Errorf("%s was taken", fact)
		}
	}
}

func TestManyTenants(t *testing.T) {
	practice := xero.Tenant{ID: "99999999-0000-4000-8000-000000000001", Name: "Practice", Type: "PRACTICE"}
	second := twinOf(t, func(o *xero.Options) { o.Seed = 2; o.Region = "GB" })
	b := open(t, func(o *xero.Options) { apps(o); o.Others = []xero.Tenant{practice} })
	if err := b.twin.Join(second); err != nil {
		t.Fatal(err)
	}
	if b.twin.Join(second) == nil {
		t.Error("one organisation joined twice")
	}
	b.token = b.connect().text("access_token")
	firstEvent := claims(t, b.token)["authentication_event_id"].(string)
	b.get("/Organisation", "xero-tenant-id", second.Tenant()).want(403) // not connected yet
	b.token = b.connect().text("access_token")
	b.token = b.connect().text("access_token")
	list := b.send(b.request(http.MethodGet, "/connections", "")).want(200)
	if n := len(list.json.([]any)); n != 3 || list.text(2, "tenantType") != "PRACTICE" || list.text(1, "tenantName") != "Demo Company (UK)" {
		t.Fatalf("connections %s", list.body)
	}
	only := b.send(b.request(http.MethodGet, "/connections?authEventId="+firstEvent, "")).want(200)
	if n := len(only.json.([]any)); n != 1 || only.text(0, "tenantId") != b.twin.Tenant() {
		t.Errorf("connections of one consent %s", only.body)
	}
	for tenant, want := range map[string]string{b.twin.Tenant(): "Demo Company (NZ)", second.Tenant(): "Demo Company (UK)"} {
		if got := b.get("/Organisation", "xero-tenant-id", tenant).want(200).text("Organisations", 0, "Name"); got != want {
			t.Errorf("organisation %s, want %s", got, want)
		}
	}
	b.get("/Organisation", "xero-tenant-id", practice.ID).want(403) // nobody serves it
	b.send(b.request(http.MethodDelete, "/connections/"+list.text(1, "id"), "")).want(204)
	b.get("/Organisation", "xero-tenant-id", second.Tenant()).want(403)
	b.send(b.request(http.MethodDelete, "/connections/"+list.text(1, "id"), "")).want(404)
}

// twinOf makes a twin without a bench around it.
func twinOf(t *testing.T, change func(*xero.Options)) *xero.Twin {
	t.Helper()
	o := xero.Options{Now: func() time.Time { return start }, Region: "NZ"}
	change(&o)
	twin, err := xero.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return twin
}

func TestBulkConnections(t *testing.T) {
	practice := xero.Tenant{ID: "99999999-0000-4000-8000-000000000001", Name: "Practice", Type: "PRACTICE"}
	b := open(t, func(o *xero.Options) {
		apps(o)
		o.Apps[0].Tier = xero.Advanced
		o.Others = []xero.Tenant{practice}
		o.Approve = false
	})
	q := consentOf(webID, "decision", "allow")
	q["tenant"] = []string{b.twin.Tenant(), practice.ID}
	b.visit(http.MethodPost, "/identity/connect/authorize", q).want(302)
	q.Set("acr_values", "bulk_connect:false")
	b.visit(http.MethodPost, "/identity/connect/authorize", q).want(200)
}

func TestTokenWithoutOrganisation(t *testing.T) {
	b := open(t, apps)
	form := func(scope string) url.Values {
		return url.Values{"grant_type": {"client_credentials"}, "scope": {scope}}
	}
	if got := b.exchange(webID, webSecret, form("accounting.contacts")).want(400).text("error"); got != "invalid_scope" {
		t.Errorf("error %s", got)
	}
	b.connect()
	b.token = b.exchange(webID, webSecret, form("app.connections")).want(200).text("access_token")
	if got := b.send(b.request(http.MethodGet, "/connections", "")).want(200).text(0, "tenantId"); got != b.twin.Tenant() {
		t.Errorf("tenant %s", got)
	}
	b.get("/Items", "xero-tenant-id", b.twin.Tenant()).want(401)
	if got := b.exchange(pkceID, "", form("app.connections")).want(400).text("error"); got != "unauthorized_client" {
		t.Errorf("error %s", got)
	}
	secretInForm := form("accounting.contacts")
	secretInForm.Set("client_secret", xero.DefaultClientSecret)
	b.exchange(xero.DefaultClientID, "", secretInForm).want(200)
}

// TestIdentityDescription holds the list of connections up to the vendor's description of its
// identity host, where that is there.
func TestIdentityDescription(t *testing.T) {
	data, err := os.ReadFile("../../../../shared/specs/xero-identity.yaml")
	if err != nil {
		t.Skip("the description is not here")
	}
	judge, err := openapi.NewValidator(data)
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, apps)
	a := b.connect()
	event := claims(t, a.text("access_token"))["authentication_event_id"].(string)
	b.token = a.text("access_token")
	list := b.send(b.request(http.MethodGet, "/connections?authEventId="+event, "")).want(200)
	b.send(b.request(http.MethodDelete, "/connections/"+list.text(0, "id"), "")).want(204)
	judged := 0
	for _, e := range b.rec.Exchanges() {
		path, isList := strings.CutPrefix(e.URL, "/connections")
		if !isList {
			continue
		}
		judged++
		if err := judge.Check(openapi.Exchange{
			Method: e.Method, URL: "https://api.xero.com/Connections" + path, Header: e.Header, Status: e.Status, AnswerHeader: e.AnswerHeader, Answer: e.Answer,
		}); err != nil {
			t.Errorf("%s %s: %v: %s", e.Method, e.URL, err, e.Answer)
		}
	}
	if judged != 2 {
		t.Errorf("%d exchanges judged, want 2", judged)
	}
}

func TestOldTokensAreForgotten(t *testing.T) {
	b := open(t, nil)
	old := b.token
	detail := func() string {
		b.token = old
		return b.get("/Items").want(401).text("Detail")
	}
	b.clock.Advance(24 * time.Hour)
	b.signIn("")
	if got := detail(); !strings.HasPrefix(got, "TokenExpired") {
		t.Errorf("detail %q", got)
	}
	b.clock.Advance(24 * time.Hour)
	b.signIn("")
	if got := detail(); got != "AuthenticationUnsuccessful" {
		t.Errorf("detail %q", got)
	}
}
