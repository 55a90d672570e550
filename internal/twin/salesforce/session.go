package salesforce

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// session is what an access token stands for. Use renews it.
type session struct {
	user        string // id of whom it acts as
	scopes      []string
	begun, used time.Time
	from        *consent // nil for a flow without refresh tokens
}

// consent is a person's leave for the app to act for them: what refresh tokens stand for.
type consent struct {
	user    string
	scopes  []string
	current string // the refresh token that works; others of the consent are spent
	used    time.Time
}

// code is an authorization code on its way to the token call.
type code struct {
	user, callback, challenge string
	scopes                    []string
	made                      time.Time
	spent                     bool
}

// signIns is every token and code given out. It is bookkeeping, no part of a world.
type signIns struct {
	issued   uint64 // so far
	sessions map[string]*session
	refresh  map[string]*consent // by refresh token, spent ones too
	codes    map[string]*code
}

func newSignIns() signIns {
	return signIns{sessions: map[string]*session{}, refresh: map[string]*consent{}, codes: map[string]*code{}}
}

// maxSessions is how many sessions are kept before idle ones are swept out.
const maxSessions = 1000

// open begins a session and returns its token.
func (t *Twin) open(user string, scopes []string, from *consent) string {
	now := t.opt.Now()
	if len(t.auth.sessions) >= maxSessions {
		for token := range t.auth.sessions {
			t.session(token)
		}
	}
	token := t.orgID[:15] + "!AQ" + t.secret("token")
	t.auth.sessions[token] = &session{user: user, scopes: scopes, begun: now, used: now, from: from}
	return token
}

// grant makes a refresh token for a consent, which becomes the one that works.
func (t *Twin) grant(c *consent) string {
	c.current = "5Aep861" + t.secret("refresh")
	c.used = t.opt.Now()
	t.auth.refresh[c.current] = c
	return c.current
}

// withdraw ends a consent and every session that came of it.
func (t *Twin) withdraw(c *consent) {
	c.current = ""
	for token, s := range t.auth.sessions {
		if s.from == c {
			delete(t.auth.sessions, token)
		}
	}
}

// session returns what a token stands for, nil when it has expired, was revoked, or its
// user is no longer active.
func (t *Twin) session(token string) *session {
	s := t.auth.sessions[token]
	if s == nil {
		return nil
	}
	if t.opt.Now().Sub(s.used) > t.opt.SessionLife || !t.active(s.user) {
		delete(t.auth.sessions, token)
		return nil
	}
	return s
}

func (t *Twin) active(user string) bool {
	u, ok := t.store.live(user)
	return ok && u.is("IsActive")
}

// may says whether the session has one of the scopes.
func (s *session) may(scopes ...string) bool {
	return slices.ContainsFunc(scopes, func(scope string) bool { return slices.Contains(s.scopes, scope) })
}

// authorise checks the bearer token of a call to the REST API, which then acts as the
// token's user.
func (t *Twin) authorise(q *request) *apiError {
	header := q.header.Get("Authorization")
	token, ok := strings.CutPrefix(header, "Bearer ")
	switch {
	case header == "":
		return errSession()
	case !ok || token == "":
		return refuse(http.StatusUnauthorized, "INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE")
	}
	s := t.session(token)
	if s == nil {
		return errSession()
	}
	s.used = t.opt.Now()
	if !s.may("api", "full") { // a new token would not help
		return refuse(http.StatusUnauthorized, "INVALID_SESSION_ID", "This session is not valid for use with the REST API")
	}
	t.userID, t.store.origin = s.user, originOf(q)
	return nil
}

// secret makes up a text nobody can guess who does not know the client secret. Runs can
// be repeated exactly: it depends on how many were made before.
func (t *Twin) secret(purpose string) string {
	t.auth.issued++
	return hex.EncodeToString(t.mac(purpose + " " + strconv.FormatUint(t.auth.issued, 10)))
}

func (t *Twin) sign(s string) string { return base64.StdEncoding.EncodeToString(t.mac(s)) }

func (t *Twin) mac(s string) []byte {
	mac := hmac.New(sha256.New, []byte(t.opt.ClientSecret))
	mac.Write([]byte(s))
	return mac.Sum(nil)
}
