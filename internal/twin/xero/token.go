package xero

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"
)

// session is what one refresh token continues. Every use makes a new one.
type session struct {
	app    *app
	scopes []string
	event  string // of the consent
	nonce  string
	began  time.Time
	made   time.Time
	used   time.Time // first use; zero before
	before string    // the token this one replaced
}

func (s *session) has(scope string) bool { return slices.Contains(s.scopes, scope) }

// consent is an authorization code that waits to be exchanged.
type consent struct {
	session
	redirect  string
	challenge string
}

// token answers the identity host's POST /connect/token.
func (h *house) token(w http.ResponseWriter, r *http.Request) {
	a, ok := h.client(w, r)
	if !ok {
		return
	}
	var out map[string]any
	code := ""
	switch grantType := r.PostForm.Get("grant_type"); grantType {
	case "client_credentials":
		out, code = h.byCredentials(r, a)
	case "authorization_code", "refresh_token":
		switch {
		case a.Kind == CustomConnection:
			code = "unauthorized_client" // a custom connection has neither
		case grantType == "refresh_token":
			out, code = h.byRefresh(r, a)
		default:
			out, code = h.byCode(r, a)
		}
	default:
		code = "unsupported_grant_type"
	}
	if code != "" {
		h.oauthError(w, code)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusOK, out)
}

// client reads the form of a call to the identity host and says which app sent it, by Basic
// authentication or by members of the form. Apps with PKCE prove themselves by their
// verifier alone. When it reports false it has answered.
func (h *house) client(w http.ResponseWriter, r *http.Request) (*app, bool) {
	if r.Method != http.MethodPost {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return nil, false
	}
	if err := r.ParseForm(); err != nil {
		h.oauthError(w, "invalid_request")
		return nil, false
	}
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	a := h.app(id)
	switch {
	case id == "":
		h.oauthError(w, "invalid_client")
	case a == nil:
		h.oauthError(w, "unauthorized_client")
	case a.Kind != PKCEApp && subtle.ConstantTimeCompare([]byte(secret), []byte(a.Secret)) != 1:
		h.oauthError(w, "invalid_client")
	default:
		return a, true
	}
	return nil, false
}

// oauthError writes a refusal of the identity host. That a client's own fault is a 400 like
// the others is believed.
func (h *house) oauthError(w http.ResponseWriter, code string) {
	status := http.StatusBadRequest
	if code == "invalid_client" && h.decided(doubtClientStatus) {
		status = http.StatusUnauthorized
	}
	writeJSON(w, status, map[string]any{"error": code})
}

// byCredentials makes the token of a custom connection; other apps that keep a secret get
// one for what belongs to no organisation.
func (h *house) byCredentials(r *http.Request, a *app) (map[string]any, string) {
	scopes := strings.Fields(r.PostForm.Get("scope"))
	switch {
	case a.Kind == PKCEApp:
		return nil, "unauthorized_client"
	case a.Kind == WebApp:
		if len(scopes) == 0 || slices.ContainsFunc(scopes, func(s string) bool { return !slices.Contains(appScopes(), s) }) {
			return nil, "invalid_scope"
		}
	case len(scopes) == 0:
		scopes = slices.DeleteFunc(slices.Clone(a.Scopes), func(s string) bool { return broad(s) && h.broadGone(h.o.Now()) })
	case !h.mayAsk(a, scopes):
		return nil, "invalid_scope"
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	event := ""
	if len(a.connections) > 0 {
		event = a.connections[0].event
	}
	return tokenAnswer(h.issue(h.issuer(r), a, scopes, event, false), scopes), ""
}

func tokenAnswer(access string, scopes []string) map[string]any {
	return map[string]any{
		"access_token": access, "expires_in": int(tokenLife / time.Second), "token_type": "Bearer", "scope": strings.Join(scopes, " "),
	}
}

// byCode exchanges an authorization code. Any attempt uses it up.
func (h *house) byCode(r *http.Request, a *app) (map[string]any, string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	code := r.PostForm.Get("code")
	c, ok := h.codes[code]
	delete(h.codes, code)
	if !ok || c.app != a || c.redirect != r.PostForm.Get("redirect_uri") || h.o.Now().Sub(c.made) >= codeLife ||
		!verifies(r.PostForm.Get("code_verifier"), c.challenge) {
		return nil, "invalid_grant"
	}
	return h.grantTo(r, &c.session, ""), ""
}

// verifies judges a PKCE verifier (RFC 7636, 4.6, method S256).
func verifies(verifier, challenge string) bool {
	if challenge == "" {
		return verifier == ""
	}
	sum := sha256.Sum256([]byte(verifier))
	return len(verifier) >= 43 && len(verifier) <= 128 && base64.RawURLEncoding.EncodeToString(sum[:]) == challenge
}

// byRefresh exchanges a refresh token for a new pair. The old one works for half an hour
// more, for a client that lost the answer; but not once the new one was used.
func (h *house) byRefresh(r *http.Request, a *app) (map[string]any, string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	token, now := r.PostForm.Get("refresh_token"), h.o.Now()
	s, ok := h.refresh[token]
	if !ok || s.app != a || now.Sub(s.made) >= refreshLife || !s.used.IsZero() && now.Sub(s.used) >= refreshWait {
		return nil, "invalid_grant"
	}
	delete(h.refresh, s.before)
	if s.used.IsZero() {
		s.used = now
	}
	return h.grantTo(r, s, token), ""
}

// grantTo makes the tokens of a session. The caller holds the lock.
func (h *house) grantTo(r *http.Request, s *session, before string) map[string]any {
	iss := h.issuer(r)
	access := h.issue(iss, s.app, s.scopes, s.event, true)
	out := tokenAnswer(access, s.scopes)
	if s.has("openid") {
		out["id_token"] = h.idToken(iss, s, access)
	}
	if s.has("offline_access") {
		next := *s
		next.made, next.used, next.before = h.o.Now(), time.Time{}, before
		token := h.secret()
		h.refresh[token] = &next
		out["refresh_token"] = token
	}
	return out
}

// revoke answers POST /connect/revocation: the person's connections to the app are gone, and
// with them all refresh tokens. A token nobody knows is revoked already.
func (h *house) revoke(w http.ResponseWriter, r *http.Request) {
	a, ok := h.client(w, r)
	if !ok {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if s := h.refresh[r.PostForm.Get("token")]; s != nil && s.app == a {
		a.connections = nil
		for token, other := range h.refresh {
			if other.app == a {
				delete(h.refresh, token)
			}
		}
	}
	w.Header()["Content-Type"] = nil // net/http must not guess one
	w.WriteHeader(http.StatusOK)
}
