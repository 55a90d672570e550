package salesforce

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"maps"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/world"
)

const (
	callback = "http://127.0.0.1:8710/callback"
	verifier = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJ-._~"
)

// appKeys is the key of the app, and one of somebody else.
var appKeys = sync.OnceValue(func() [2]*rsa.PrivateKey {
	var keys [2]*rsa.PrivateKey
	for i := range keys {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		keys[i] = key
	}
	return keys
})

// signing gives the app a certificate and a callback.
func signing(o *Options) {
	der, err := x509.MarshalPKIXPublicKey(&appKeys()[0].PublicKey)
	if err != nil {
		panic(err)
	}
	o.App.Certificate = pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	o.App.Callbacks = []string{callback}
	o.App.AutoApprove = true
}

// both makes one change of several.
func both(changes ...func(*Options)) func(*Options) {
	return func(o *Options) {
		for _, change := range changes {
			change(o)
		}
	}
}

// assertion signs claims; those of a good one are changed by more.
func (c *client) assertion(key *rsa.PrivateKey, more map[string]any) string {
	c.t.Helper()
	return c.assertionBy("RS256", key, more)
}

// assertionBy says that it is signed by an algorithm, and is by RS256.
func (c *client) assertionBy(algorithm string, key *rsa.PrivateKey, more map[string]any) string {
	c.t.Helper()
	said := map[string]any{
		"iss": DefaultClientID, "sub": "integration@twin.example", "aud": "https://login.salesforce.com", "exp": c.clock.Now().Unix() + 180,
	}
	maps.Copy(said, more)
	body, err := json.Marshal(said)
	if err != nil {
		c.t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(`{"alg":"`+algorithm+`"}`)) + "." + encode(body)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		c.t.Fatal(err)
	}
	return text + "." + encode(signature)
}

// bearer makes a token call with an assertion.
func (c *client) bearer(assertion string) (int, map[string]any) {
	c.t.Helper()
	return c.ask(url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {assertion}})
}

// ask makes a token call as the app, with its secret unless the form says otherwise.
func (c *client) ask(form url.Values) (int, map[string]any) {
	c.t.Helper()
	for name, value := range map[string]string{"client_id": DefaultClientID, "client_secret": DefaultClientSecret} {
		if !form.Has(name) {
			form.Set(name, value)
		}
	}
	status, body := c.form(form, nil)
	return status, body.(map[string]any)
}

// browse opens the authorize page and returns the answer, redirects not followed.
func (c *client) browse(method string, ask url.Values) (int, url.Values, string) {
	c.t.Helper()
	challenge := sha256.Sum256([]byte(verifier))
	full := url.Values{
		"response_type": {"code"}, "client_id": {DefaultClientID}, "redirect_uri": {callback}, "state": {"s 1&x"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"},
	}
	maps.Copy(full, ask)
	address, body := c.url+"/services/oauth2/authorize?"+full.Encode(), ""
	if method == http.MethodPost {
		address, body = c.url+"/services/oauth2/authorize", full.Encode()
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	to, err := resp.Location()
	if err != nil {
		return resp.StatusCode, nil, string(text)
	}
	if !strings.HasPrefix(to.String(), callback+"?") {
		c.t.Errorf("sent to %s, want the callback", to)
	}
	return resp.StatusCode, to.Query(), string(text)
}

// code goes through the browser part of the web server flow.
func (c *client) code(ask url.Values) string {
	c.t.Helper()
	status, back, text := c.browse(http.MethodGet, ask)
	if status != http.StatusFound || back.Get("code") == "" || back.Get("state") != "s 1&x" {
		c.t.Fatalf("authorize: %d %v %s", status, back, text)
	}
	return back.Get("code")
}

// redeemed goes through the whole flow and returns the token answer.
func (c *client) redeemed(ask url.Values) map[string]any {
	c.t.Helper()
	status, body := c.redeem(c.code(ask), nil)
	if status != http.StatusOK {
		c.t.Fatalf("token call: %d %v", status, body)
	}
	return body
}

func (c *client) redeem(code string, more url.Values) (int, map[string]any) {
	c.t.Helper()
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier}}
	maps.Copy(form, more)
	return c.ask(form)
}

func (c *client) refresh(token any) (int, map[string]any) {
	c.t.Helper()
	return c.ask(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token.(string)}})
}

// works says whether an access token opens the REST API.
func (c *client) works(token any) bool {
	c.t.Helper()
	was := c.token
	c.token = token.(string)
	defer func() { c.token = was }()
	status, _ := c.do(http.MethodGet, "/limits", "")
	return status == http.StatusOK
}

func refusedWith(body map[string]any) string {
	text, _ := body["error"].(string)
	more, _ := body["error_description"].(string)
	return text + ": " + more
}

func TestAssertions(t *testing.T) {
	c := serve(t, both(signing, func(o *Options) { o.App.Approved = []string{"integration@twin.example"} }))
	good := appKeys()[0]
	c.clock.Advance(300 * time.Millisecond) // to a full second, at which an assertion may expire
	parts := strings.Split(c.assertion(good, nil), ".")
	tests := map[string]struct{ assertion, want string }{
		"good":              {c.assertion(good, nil), ": "},
		"sub in other case": {c.assertion(good, map[string]any{"sub": "Integration@Twin.example"}), ": "},
		"own host":          {c.assertion(good, map[string]any{"aud": c.url}), ": "},
		"several audiences": {c.assertion(good, map[string]any{"aud": []string{"x", "https://login.salesforce.com"}}), ": "},
		"other key":         {c.assertion(appKeys()[1], nil), "invalid_grant: invalid assertion"},
		"not signed":        {parts[0] + "." + parts[1] + ".", "invalid_grant: invalid assertion"},
		"no algorithm":      {base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + parts[1] + ".", "invalid_grant: invalid assertion"},
		"other algorithm":   {c.assertionBy("RS512", good, nil), "invalid_grant: invalid assertion"},
		"no assertion":      {"", "invalid_grant: invalid assertion"},
		"issuer":            {c.assertion(good, map[string]any{"iss": "x"}), "invalid_client_id: client identifier invalid"},
		"audience":          {c.assertion(good, map[string]any{"aud": "https://test.salesforce.com"}), "invalid_grant: audience is invalid"},
		"expired":           {c.assertion(good, map[string]any{"exp": c.clock.Now().Unix()}), "invalid_grant: expired authorization code"},
		"never expires":     {c.assertion(good, map[string]any{"exp": nil}), "invalid_grant: expired authorization code"},
		"nobody":            {c.assertion(good, map[string]any{"sub": "nobody@twin.example"}), "invalid_grant: user hasn't approved this consumer"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c.t = t
			status, body := c.bearer(tt.assertion)
			if got := refusedWith(body); got != tt.want || (status == http.StatusOK) != (tt.want == ": ") {
				t.Errorf("%d %q, want %q", status, got, tt.want)
			}
		})
	}
}

func TestAssertionNeedsApprovalAndKey(t *testing.T) {
	c := serve(t, both(signing, func(o *Options) { o.App.Approved = []string{} }))
	if _, body := c.bearer(c.assertion(appKeys()[0], nil)); refusedWith(body) != "invalid_grant: user hasn't approved this consumer" {
		t.Errorf("a user nobody approved: %v", body)
	}
	c = serve(t, nil)
	if _, body := c.bearer(c.assertion(appKeys()[0], nil)); refusedWith(body) != "invalid_grant: invalid assertion" {
		t.Errorf("an app without a certificate: %v", body)
	}
	if _, err := New(Options{App: App{Certificate: []byte("x")}}); err == nil {
		t.Error("a certificate that is none is taken")
	}
}

func TestAssertionForASandbox(t *testing.T) {
	c := serve(t, both(signing, func(o *Options) {
		o.World.Salesforce["Organization"] = []world.Record{{"Name": "Kea", "TimeZoneSidKey": "GMT", "DefaultLocaleSidKey": "en_US", "IsSandbox": true}}
	}))
	key := appKeys()[0]
	if _, body := c.bearer(c.assertion(key, nil)); refusedWith(body) != "invalid_grant: audience is invalid" {
		t.Errorf("made out to the login host of production: %v", body)
	}
	test := c.assertion(key, map[string]any{"aud": "https://test.salesforce.com"})
	if status, body := c.bearer(test); status != http.StatusOK {
		t.Errorf("made out to the login host of sandboxes: %v", body)
	}
	if err := c.twin.Update("User", ID("User", 1), world.Record{"IsActive": false}); err != nil {
		t.Fatal(err)
	}
	if _, body := c.bearer(test); body["error"] != "inactive_user" {
		t.Errorf("for a user who is switched off: %v", body)
	}
}

func TestShortVerifier(t *testing.T) {
	c := serve(t, signing)
	short := strings.Repeat("x", 42)
	sum := sha256.Sum256([]byte(short))
	code := c.code(url.Values{"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}})
	if _, body := c.redeem(code, url.Values{"code_verifier": {short}}); refusedWith(body) != "invalid_grant: invalid code verifier" {
		t.Errorf("a verifier of 42 characters: %v", body)
	}
}

func TestCertificates(t *testing.T) {
	key := appKeys()[0]
	template := x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	for kind, data := range map[string][]byte{"CERTIFICATE": der, "RSA PUBLIC KEY": x509.MarshalPKCS1PublicKey(&key.PublicKey)} {
		got, err := publicKey(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data}))
		if err != nil || !got.Equal(&key.PublicKey) {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if _, err := publicKey(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")})); err == nil {
		t.Error("a broken certificate is taken")
	}
}

func TestAuthorize(t *testing.T) {
	c := serve(t, signing)
	tests := map[string]struct {
		ask  url.Values
		want string // error sent back, or in the page with a status before it
	}{
		"denied":              {url.Values{"decision": {"deny"}}, "access_denied: end-user denied authorization"},
		"no challenge":        {url.Values{"code_challenge": nil}, "invalid_request: missing required code challenge"},
		"plain challenge":     {url.Values{"code_challenge_method": {"plain"}}, "invalid_request: invalid code challenge"},
		"short challenge":     {url.Values{"code_challenge": {"x"}}, "invalid_request: invalid code challenge"},
		"implicit flow":       {url.Values{"response_type": {"token"}}, "unsupported_response_type: response type not supported"},
		"scope not the app's": {url.Values{"scope": {"api web"}}, "invalid_scope: the requested scope is not allowed"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c.t = t
			status, back, _ := c.browse(http.MethodGet, tt.ask)
			if got := back.Get("error") + ": " + back.Get("error_description"); status != http.StatusFound || got != tt.want || back.Get("state") != "s 1&x" {
				t.Errorf("%d %v, want %q with the state", status, back, tt.want)
			}
		})
	}
	c.t = t
	for name, ask := range map[string]url.Values{
		"invalid_client_id": {"client_id": {"x"}}, "redirect_uri_mismatch": {"redirect_uri": {callback + "/x"}},
	} {
		status, back, text := c.browse(http.MethodGet, ask)
		if status != http.StatusBadRequest || back != nil || !strings.Contains(text, name) {
			t.Errorf("%s: %d %v, want a page and no redirect", name, status, back)
		}
	}
}

func TestConsentPage(t *testing.T) {
	c := serve(t, both(signing, func(o *Options) { o.App.AutoApprove = false }))
	status, back, text := c.browse(http.MethodGet, url.Values{"state": {`"><script>`}})
	if status != http.StatusOK || back != nil || !strings.Contains(text, "Allow") || strings.Contains(text, "<script>") || !strings.Contains(text, "api, refresh_token") {
		t.Errorf("the page: %d %v\n%s", status, back, text)
	}
	if status, back, _ := c.browse(http.MethodGet, url.Values{"decision": {"allow"}}); status != http.StatusOK || back != nil {
		t.Errorf("a link that allows: %d %v, want the page: only its form may", status, back)
	}
	_, back, _ = c.browse(http.MethodPost, url.Values{"decision": {"deny"}})
	if back.Get("error") != "access_denied" {
		t.Errorf("deny: %v", back)
	}
	_, back, _ = c.browse(http.MethodPost, url.Values{"decision": {"allow"}})
	if status, body := c.redeem(back.Get("code"), nil); status != http.StatusOK {
		t.Errorf("allow: %v, then %v", back, body)
	}
}

func TestCodes(t *testing.T) {
	c := serve(t, signing)
	tests := map[string]struct {
		more url.Values
		want string
	}{
		"other callback": {url.Values{"redirect_uri": {"http://127.0.0.1:8710/other"}}, "redirect_uri_mismatch: redirect_uri must match configuration"},
		"other verifier": {url.Values{"code_verifier": {verifier + "x"}}, "invalid_grant: invalid code verifier"},
		"no verifier":    {url.Values{"code_verifier": nil}, "invalid_grant: invalid code verifier"},
		"other code":     {url.Values{"code": {"x"}}, "invalid_grant: invalid authorization code"},
		"no secret":      {url.Values{"client_secret": {""}}, "invalid_client: invalid client credentials"},
		"wrong secret":   {url.Values{"client_secret": {"x"}}, "invalid_client: invalid client credentials"},
		"other client":   {url.Values{"client_id": {"x"}}, "invalid_client_id: client identifier invalid"},
		"good":           {nil, ": "},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c.t = t
			status, body := c.redeem(c.code(nil), tt.more)
			if got := refusedWith(body); got != tt.want || (status == http.StatusOK) != (tt.want == ": ") {
				t.Errorf("%d %v, want %q", status, body, tt.want)
			}
		})
	}
}

func TestAppOnADevice(t *testing.T) {
	c := serve(t, both(signing, func(o *Options) { o.App.NoSecret, o.App.NoPKCE = true, true }))
	noSecret := url.Values{"client_secret": {""}, "code_verifier": nil}
	status, body := c.redeem(c.code(url.Values{"code_challenge": nil, "code_challenge_method": nil}), noSecret)
	if status != http.StatusOK {
		t.Fatalf("an app without secret and challenge: %d %v", status, body)
	}
	status, body = c.ask(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {body["refresh_token"].(string)}, "client_secret": {""}})
	if status != http.StatusOK || body["refresh_token"] != nil {
		t.Errorf("refresh without secret: %d %v", status, body)
	}
	if status, body := c.redeem(c.code(nil), url.Values{"client_secret": {"x"}}); status == http.StatusOK {
		t.Errorf("a wrong secret passes: %v", body)
	}
	if status, body := c.redeem(c.code(nil), url.Values{"client_secret": {""}, "code_verifier": {verifier + "x"}}); status == http.StatusOK {
		t.Errorf("a wrong verifier passes: %v", body)
	}
}

func TestIntrospect(t *testing.T) {
	c := serve(t, signing)
	got := c.redeemed(nil)
	about := func(token any, more url.Values) map[string]any {
		form := url.Values{"token": {token.(string)}, "client_id": {DefaultClientID}, "client_secret": {DefaultClientSecret}}
		maps.Copy(form, more)
		_, body := c.post("/services/oauth2/introspect", form)
		return body.(map[string]any)
	}
	access := about(got["access_token"], nil)
	if access["active"] != true || access["username"] != "integration@twin.example" || access["scope"] != "api refresh_token" || access["exp"] == nil {
		t.Errorf("an access token: %v", access)
	}
	if b := about(got["refresh_token"], nil); b["active"] != true || b["token_type"] != "refresh_token" {
		t.Errorf("a refresh token: %v", b)
	}
	if b := about("x", nil); len(b) != 1 || b["active"] != false {
		t.Errorf("no token: %v", b)
	}
	if b := about(got["access_token"], url.Values{"client_secret": {"x"}}); b["error"] != "invalid_client" {
		t.Errorf("without the secret: %v", b)
	}
}

func TestIdentity(t *testing.T) {
	c := serve(t, nil)
	path := "/id/" + ID("Organization", 1) + "/" + ID("User", 1)
	get := func(path string) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+c.token)
		return c.plain(req)
	}
	status, text := get(path + "?version=latest")
	var who struct {
		UserID string `json:"user_id"`
		Org    string `json:"organization_id"`
		Urls   map[string]string
	}
	if err := json.Unmarshal([]byte(text), &who); err != nil || status != http.StatusOK {
		t.Fatalf("%d %s", status, text)
	}
	if who.UserID != ID("User", 1) || who.Org != ID("Organization", 1) || who.Urls["sobjects"] != c.url+"/services/data/v68.0/sobjects/" {
		t.Errorf("identity = %+v", who)
	}
	if status, text := get("/id/" + ID("Organization", 2) + "/" + ID("User", 1)); status != http.StatusForbidden || text != "Wrong_Id" {
		t.Errorf("another organisation: %d %s", status, text)
	}
}

func TestTokensAreNotLogged(t *testing.T) {
	c := serve(t, signing)
	got := c.redeemed(nil)
	c.do(http.MethodGet, "/services/oauth2/revoke?token="+got["access_token"].(string), "")
	for _, r := range c.twin.Requests() {
		if strings.Contains(r.Path, "?") {
			t.Errorf("the log has the query of %s", r.Path)
		}
	}
	i := slices.IndexFunc(c.twin.Requests(), func(r Request) bool { return r.Path == "/services/oauth2/revoke" && r.Status == http.StatusOK })
	if i < 0 || c.works(got["access_token"]) {
		t.Error("the token was not revoked")
	}
}
