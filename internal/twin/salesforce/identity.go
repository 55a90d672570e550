package salesforce

import (
	"net/http"
	"strings"
)

// base is where the org answers.
func (t *Twin) base(q *request) string {
	if t.opt.BaseURL != "" {
		return t.opt.BaseURL
	}
	return q.origin
}

func (t *Twin) identityURL(q *request, user string) string {
	return t.base(q) + "/id/" + t.orgID + "/" + user
}

// whoIs returns the user of the token of an identity call, which is judged by other
// rules than the REST API's.
func (t *Twin) whoIs(q *request) (*row, *session, *answer) {
	token, ok := strings.CutPrefix(q.header.Get("Authorization"), "Bearer ")
	if !ok {
		token = q.query.Get("oauth_token")
	}
	s := t.session(token)
	switch {
	case s != nil:
		s.used = t.opt.Now()
		u, _ := t.store.live(s.user) // session has seen that it is
		return u, s, nil
	case t.otherwise[doubtIdentity]:
		a := errSession().answer()
		return nil, nil, &a
	case token == "":
		a := htmlPage(http.StatusForbidden, "Missing_OAuth_Token")
		return nil, nil, &a
	}
	a := htmlPage(http.StatusForbidden, "Bad_OAuth_Token")
	return nil, nil, &a
}

// userinfo tells a client who it acts as and in which organisation.
func (t *Twin) userinfo(q *request) answer {
	u, _, refusal := t.whoIs(q)
	if refusal != nil {
		return *refusal
	}
	return answer{status: http.StatusOK, body: ordered{
		{"sub", t.identityURL(q, u.id())},
		{"user_id", u.id()},
		{"organization_id", t.orgID},
		{"preferred_username", u.v["Username"]},
		{"nickname", u.v["Alias"]},
		{"name", u.v["Name"]},
		{"email", u.v["Email"]},
		{"email_verified", true},
		{"given_name", u.v["FirstName"]},
		{"family_name", u.v["LastName"]},
		{"zoneinfo", u.v["TimeZoneSidKey"]},
		{"profile", t.base(q) + "/" + u.id()},
		{"active", u.is("IsActive")},
		{"user_type", userType(u)},
		{"language", u.v["LanguageLocaleKey"]},
		{"locale", u.v["LocaleSidKey"]},
		{"updated_at", u.v["LastModifiedDate"]},
		{"urls", t.places(q, "{version}")},
	}}
}

// whoami answers the address that token answers call id.
func (t *Twin) whoami(q *request) answer {
	u, _, refusal := t.whoIs(q)
	if refusal != nil {
		return *refusal
	}
	org, okOrg := LongID(q.segs[1])
	user, okUser := LongID(q.segs[2])
	if !okOrg || !okUser || org != t.orgID || user != u.id() { // a token opens its own user's only
		return htmlPage(http.StatusForbidden, "Wrong_Id")
	}
	version := "{version}"
	if asked := q.query.Get("version"); asked == "latest" {
		version = versionText(newestVersion)
	} else if asked != "" {
		version = asked
	}
	return answer{status: http.StatusOK, body: ordered{
		{"id", t.identityURL(q, u.id())},
		{"asserted_user", true},
		{"user_id", u.id()},
		{"organization_id", t.orgID},
		{"username", u.v["Username"]},
		{"nick_name", u.v["Alias"]},
		{"display_name", u.v["Name"]},
		{"email", u.v["Email"]},
		{"email_verified", true},
		{"first_name", u.v["FirstName"]},
		{"last_name", u.v["LastName"]},
		{"timezone", u.v["TimeZoneSidKey"]},
		{"urls", t.places(q, version)},
		{"active", u.is("IsActive")},
		{"user_type", userType(u)},
		{"language", u.v["LanguageLocaleKey"]},
		{"locale", u.v["LocaleSidKey"]},
		{"last_modified_date", u.v["LastModifiedDate"]},
		{"is_app_installed", true},
	}}
}

func userType(u *row) string { return strings.ToUpper(u.str("UserType")) }

// places lists the addresses of the org's resources.
func (t *Twin) places(q *request, version string) ordered {
	rest := t.base(q) + "/services/data/v" + version + "/"
	return ordered{{"rest", rest}, {"sobjects", rest + "sobjects/"}, {"query", rest + "query/"}}
}

// revoke ends a token: an access token's session, or a refresh token with every session
// that came of it. Anyone who has the token may.
func (t *Twin) revoke(q *request) answer {
	form := q.query
	if q.method == http.MethodPost {
		var refusal *oauthError
		if form, refusal = q.form(); refusal != nil {
			return refusal.answer()
		}
	}
	token := form.Get("token")
	if c := t.auth.refresh[token]; c != nil && c.current == token {
		t.withdraw(c)
		return answer{status: http.StatusOK}
	}
	if t.session(token) == nil {
		e := oauthError{"invalid_token", "token invalid"}
		return e.answer()
	}
	delete(t.auth.sessions, token)
	return answer{status: http.StatusOK}
}

// introspect tells the app about one of its tokens. Asking does not renew a session.
func (t *Twin) introspect(q *request) answer {
	form, refusal := q.form()
	if refusal == nil {
		refusal = t.client(q, form, false)
	}
	if refusal != nil {
		return refusal.answer()
	}
	token := form.Get("token")
	about := ordered{{"active", true}, {"client_id", t.opt.ClientID}}
	if s := t.session(token); s != nil {
		return answer{status: http.StatusOK, body: append(about, t.told(q, s.user, s.scopes, "access_token",
			member{"iat", s.begun.Unix()}, member{"nbf", s.begun.Unix()}, member{"exp", s.used.Add(t.opt.SessionLife).Unix()})...)}
	}
	if c := t.auth.refresh[token]; c != nil && c.current == token && t.active(c.user) {
		return answer{status: http.StatusOK, body: append(about, t.told(q, c.user, c.scopes, "refresh_token")...)}
	}
	return answer{status: http.StatusOK, body: ordered{{"active", false}}}
}

// told is what introspection tells of both kinds of token.
func (t *Twin) told(q *request, user string, scopes []string, kind string, more ...member) ordered {
	u, _ := t.store.live(user)
	return append(ordered{
		{"scope", strings.Join(scopes, " ")}, {"username", u.v["Username"]}, {"sub", t.identityURL(q, user)}, {"token_type", kind},
	}, more...)
}
