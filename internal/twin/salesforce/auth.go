package salesforce

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// oauthError is the body of a refused token call: an object, unlike REST errors.
type oauthError struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

// token answers POST /services/oauth2/token for the client credentials grant. The
// answer has no expires_in: a client learns that a token is dead from a 401.
func (t *Twin) token(q *request) answer {
	refuse := func(code, text string) answer {
		return answer{status: http.StatusBadRequest, body: oauthError{Error: code, Description: text}}
	}
	if q.method != http.MethodPost {
		return answer{status: http.StatusMethodNotAllowed, body: oauthError{"invalid_request", "must use HTTP POST"}}
	}
	form, err := url.ParseQuery(string(q.body))
	if err != nil {
		return refuse("invalid_request", "malformed form")
	}
	id, secret := form.Get("client_id"), form.Get("client_secret")
	if user, pass, ok := basicAuth(q.header); ok {
		id, secret = user, pass
	}
	switch {
	case form.Get("grant_type") != "client_credentials":
		return refuse("unsupported_grant_type", "grant type not supported")
	case id != t.opt.ClientID:
		return refuse("invalid_client_id", "client identifier invalid")
	case subtle.ConstantTimeCompare([]byte(secret), []byte(t.opt.ClientSecret)) != 1:
		return refuse("invalid_client", "invalid client credentials")
	}
	t.issued++
	now := t.opt.Now()
	token := t.newToken()
	t.sessions[token] = now
	base := t.base(q)
	identity := base + "/id/" + t.orgID + "/" + t.userID
	issued := strconv.FormatInt(now.UnixMilli(), 10)
	return answer{status: http.StatusOK, body: ordered{
		{"access_token", token},
		{"signature", t.sign(identity + issued)},
		{"scope", "api"},
		{"instance_url", base},
		{"id", identity},
		{"token_type", "Bearer"},
		{"issued_at", issued},
	}}
}

// basicAuth reads client credentials from the Authorization header.
func basicAuth(h http.Header) (user, pass string, ok bool) {
	r := http.Request{Header: h}
	return r.BasicAuth()
}

// newToken makes a token in the vendor's form: the organisation, "!", and a secret.
// It is derived from the client secret, so that runs can be repeated exactly.
func (t *Twin) newToken() string {
	mac := hmac.New(sha256.New, []byte(t.opt.ClientSecret))
	mac.Write([]byte("token " + strconv.FormatUint(t.issued, 10)))
	return t.orgID[:15] + "!AQ" + hex.EncodeToString(mac.Sum(nil))
}

func (t *Twin) sign(s string) string {
	mac := hmac.New(sha256.New, []byte(t.opt.ClientSecret))
	mac.Write([]byte(s))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func (t *Twin) base(q *request) string {
	if t.opt.BaseURL != "" {
		return t.opt.BaseURL
	}
	return q.origin
}

// authorise checks the bearer token of a call. Use renews a session.
func (t *Twin) authorise(q *request) *apiError {
	header := q.header.Get("Authorization")
	token, ok := strings.CutPrefix(header, "Bearer ")
	switch {
	case header == "":
		return errSession()
	case !ok || token == "":
		return refuse(http.StatusUnauthorized, "INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE")
	}
	now := t.opt.Now()
	used, ok := t.sessions[token]
	if !ok {
		return errSession()
	}
	if now.Sub(used) > t.opt.SessionLife {
		delete(t.sessions, token)
		return errSession()
	}
	t.sessions[token] = now
	return nil
}

// spend counts one API call against the last 24 hours, or refuses it.
func (t *Twin) spend() *apiError {
	now := t.opt.Now().Unix()
	old := 0
	for old < len(t.calls) && t.calls[old] <= now-24*60*60 {
		old++
	}
	t.calls = t.calls[old:]
	if len(t.calls) >= t.opt.DailyLimit {
		return errLimit()
	}
	t.calls = append(t.calls, now)
	return nil
}

// userinfo answers GET /services/oauth2/userinfo, where a client learns which
// organisation it talks to.
func (t *Twin) userinfo(q *request) (answer, *apiError) {
	u, ok := t.store.live(t.userID)
	if !ok {
		return answer{}, errSession()
	}
	return answer{status: http.StatusOK, body: ordered{
		{"sub", t.base(q) + "/id/" + t.orgID + "/" + t.userID},
		{"user_id", t.userID},
		{"organization_id", t.orgID},
		{"preferred_username", u.v["Username"]},
		{"name", u.v["Name"]},
		{"email", u.v["Email"]},
		{"active", u.is("IsActive")},
	}}, nil
}
