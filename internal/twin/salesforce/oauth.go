package salesforce

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// App is the app that clients sign in through: what its developer set and the org's
// admin allows. The zero value is an app as the vendor now makes them, with client
// credentials only: the web server flow needs a callback, JWT bearer a certificate.
type App struct {
	// Scopes are what the app may ask for; nil means api and refresh_token.
	Scopes []string
	// Callbacks are the addresses that the web server flow may send a browser back to.
	Callbacks []string
	// Certificate is the certificate, or bare RSA public key, that JWT assertions are
	// verified with, as PEM.
	Certificate []byte
	// AutoApprove answers /authorize with the code at once, as for a person who has
	// already allowed the app, instead of a page with Allow and Deny.
	AutoApprove bool
	// Rotate makes each use of a refresh token give a new one and end the old.
	Rotate bool
	// RefreshIdle is how long a refresh token works without being used; 0 is for ever.
	RefreshIdle time.Duration
	// NoSecret lets web server and refresh calls leave the client secret out, as an app
	// on a person's device does; NoPKCE lets them go without a code challenge.
	NoSecret, NoPKCE bool
	// Approved are the usernames for which an admin approved the app in advance, as JWT
	// bearer needs; nil means all.
	Approved []string
	// NoRunAs says that no user is configured for client credentials.
	NoRunAs bool
}

// codeLife is how long an authorization code works.
const codeLife = 15 * time.Minute

// oauthError is the body of a refused OAuth call: an object, unlike REST errors.
type oauthError struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

func (e *oauthError) answer() answer { return answer{status: http.StatusBadRequest, body: *e} }

func invalidGrant(text string) *oauthError { return &oauthError{"invalid_grant", text} }

// The refusals that several flows share, in the vendor's words as far as they are known.
func errSpentRefresh() *oauthError { return invalidGrant("expired access/refresh token") }
func errSpentCode() *oauthError    { return invalidGrant("expired authorization code") }
func errClientID() *oauthError {
	return &oauthError{"invalid_client_id", "client identifier invalid"}
}

func errClientSecret() *oauthError {
	return &oauthError{"invalid_client", "invalid client credentials"}
}

func errCallback() *oauthError {
	return &oauthError{"redirect_uri_mismatch", "redirect_uri must match configuration"}
}

// oauth answers everything below /services/oauth2.
func (t *Twin) oauth(q *request) answer {
	switch strings.TrimPrefix(q.route, "/services/oauth2/") {
	case "token":
		return t.token(q)
	case "authorize":
		return t.authorize(q)
	case "revoke":
		return t.revoke(q)
	case "introspect":
		return t.introspect(q)
	case "userinfo":
		return t.userinfo(q)
	}
	return errNotFound().answer()
}

// token answers the token call. The answer has no expires_in: a client learns that a
// token is dead from a 401.
func (t *Twin) token(q *request) answer {
	if q.method != http.MethodPost {
		return answer{status: http.StatusMethodNotAllowed, body: oauthError{"invalid_request", "must use HTTP POST"}}
	}
	form, refusal := q.form()
	if refusal != nil {
		return refusal.answer()
	}
	a, refusal := t.flow(q, form)
	if refusal != nil {
		return refusal.answer()
	}
	return a
}

func (t *Twin) flow(q *request, form url.Values) (answer, *oauthError) {
	switch form.Get("grant_type") {
	case "client_credentials":
		return t.clientCredentials(q, form)
	case "urn:ietf:params:oauth:grant-type:jwt-bearer":
		return t.jwtBearer(q, form)
	case "authorization_code":
		return t.redeem(q, form)
	case "refresh_token":
		return t.refresh(q, form)
	case "password":
		return answer{}, invalidGrant("authentication failure") // orgs made since 2023 block it
	}
	return answer{}, &oauthError{"unsupported_grant_type", "grant type not supported"}
}

// form reads the body of an OAuth call.
func (q *request) form() (url.Values, *oauthError) {
	media, _, _ := mime.ParseMediaType(q.header.Get("Content-Type"))
	if media != "application/x-www-form-urlencoded" {
		return url.Values{}, nil // not read, so that nothing in it is found
	}
	form, err := url.ParseQuery(string(q.body))
	if err != nil {
		return nil, &oauthError{"invalid_request", "malformed form"}
	}
	return form, nil
}

// client checks who makes an OAuth call. The secret may be left out only where the app
// allows it; a wrong one never passes.
func (t *Twin) client(q *request, form url.Values, optional bool) *oauthError {
	id, secret := form.Get("client_id"), form.Get("client_secret")
	r := http.Request{Header: q.header}
	if user, pass, ok := r.BasicAuth(); ok {
		id, secret = user, pass
	}
	switch {
	case id != t.opt.ClientID:
		return errClientID()
	case optional && secret == "":
		return nil
	case subtle.ConstantTimeCompare([]byte(secret), []byte(t.opt.ClientSecret)) != 1:
		return errClientSecret()
	}
	return nil
}

// clientCredentials gives the app itself a token, which acts as the run-as user. The
// general login hosts do not know the org, so only its own host answers.
func (t *Twin) clientCredentials(q *request, form url.Values) (answer, *oauthError) {
	if refusal := t.client(q, form, false); refusal != nil {
		return answer{}, refusal
	}
	switch {
	case slices.ContainsFunc([]string{loginHost, sandboxLoginHost}, q.madeTo):
		return answer{}, invalidGrant("request not supported on this domain")
	case t.opt.App.NoRunAs:
		return answer{}, invalidGrant("no client credentials user enabled")
	case !t.active(t.runAs):
		return answer{}, errInactive()
	}
	return t.tokenAnswer(q, t.runAs, withoutRefresh(t.opt.App.Scopes), nil), nil
}

// madeTo says whether a call was made to the host of an address.
func (q *request) madeTo(address string) bool {
	_, host, _ := strings.Cut(address, "//")
	return strings.HasSuffix(q.origin, "//"+host)
}

func errInactive() *oauthError { return &oauthError{"inactive_user", "user is inactive"} }

// redeem exchanges an authorization code. A code that was shown once, for better or
// worse, is spent.
func (t *Twin) redeem(q *request, form url.Values) (answer, *oauthError) {
	if refusal := t.client(q, form, t.opt.App.NoSecret); refusal != nil {
		return answer{}, refusal
	}
	c := t.auth.codes[form.Get("code")]
	switch {
	case c == nil:
		return answer{}, invalidGrant("invalid authorization code")
	case c.spent || t.opt.Now().Sub(c.made) > codeLife:
		return answer{}, errSpentCode()
	}
	c.spent = true
	switch {
	case form.Get("redirect_uri") != c.callback:
		return answer{}, errCallback()
	case c.challenge != "" && !verified(form.Get("code_verifier"), c.challenge):
		return answer{}, invalidGrant("invalid code verifier")
	case !t.active(c.user):
		return answer{}, errInactive()
	}
	var from *consent
	if slices.ContainsFunc(c.scopes, isRefresh) { // full does not include it
		from = &consent{user: c.user, scopes: c.scopes}
		t.grant(from)
	}
	a := t.tokenAnswer(q, c.user, c.scopes, from)
	if from != nil {
		a.body = append(a.body.(ordered), member{"refresh_token", from.current})
	}
	return a, nil
}

// verified compares a PKCE verifier with its S256 challenge. The vendor asks for 128 random
// bytes in base64url, 171 characters, which is more than RFC 7636 allows; jsforce sends them.
func verified(verifier, challenge string) bool {
	sum := sha256.Sum256([]byte(verifier))
	return len(verifier) >= 43 && len(verifier) <= 171 && base64.RawURLEncoding.EncodeToString(sum[:]) == challenge
}

// refresh gives a new access token. With rotation it gives a new refresh token, too, and
// the old one is spent; it coming back means that somebody else has a copy.
func (t *Twin) refresh(q *request, form url.Values) (answer, *oauthError) {
	if refusal := t.client(q, form, t.opt.App.NoSecret); refusal != nil {
		return answer{}, refusal
	}
	shown := form.Get("refresh_token")
	c := t.auth.refresh[shown]
	idle := t.opt.App.RefreshIdle
	switch {
	case c == nil:
		return answer{}, errSpentRefresh()
	case c.current != shown:
		if !t.otherwise[doubtReuse] {
			t.withdraw(c)
		}
		return answer{}, errSpentRefresh()
	case idle > 0 && t.opt.Now().Sub(c.used) > idle:
		return answer{}, errSpentRefresh()
	case !t.active(c.user):
		return answer{}, errInactive()
	}
	c.used = t.opt.Now()
	a := t.tokenAnswer(q, c.user, c.scopes, c)
	if t.opt.App.Rotate {
		a.body = append(a.body.(ordered), member{"refresh_token", t.grant(c)})
	}
	return a, nil
}

// tokenAnswer opens a session and answers with its token.
func (t *Twin) tokenAnswer(q *request, user string, scopes []string, from *consent) answer {
	identity := t.identityURL(q, user)
	issued := strconv.FormatInt(t.opt.Now().UnixMilli(), 10)
	return answer{status: http.StatusOK, body: ordered{
		{"access_token", t.open(user, scopes, from)},
		{"signature", t.sign(identity + issued)},
		{"scope", strings.Join(scopes, " ")},
		{"instance_url", t.base(q)},
		{"id", identity},
		{"token_type", "Bearer"},
		{"issued_at", issued},
	}}
}

func isRefresh(scope string) bool { return scope == "refresh_token" || scope == "offline_access" }

// withoutRefresh is what a flow without refresh tokens grants.
func withoutRefresh(scopes []string) []string {
	return slices.DeleteFunc(slices.Clone(scopes), isRefresh)
}
