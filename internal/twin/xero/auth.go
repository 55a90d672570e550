package xero

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/planwright/planwright/internal/twin/wire"
)

// tokenLife is how long an access token is good for.
const tokenLife = 30 * time.Minute

// grant is what an issued access token stands for.
type grant struct {
	client  string
	scopes  []string
	expires time.Time
}

// scopesKnown are the scopes a client may ask for, granular and (until September 2027)
// broad.
func scopesKnown() []string {
	var out []string
	for _, s := range []string{
		"accounting.invoices", "accounting.payments", "accounting.banktransactions", "accounting.manualjournals",
		"accounting.contacts", "accounting.settings", "accounting.attachments", "accounting.transactions",
	} {
		out = append(out, s, s+".read")
	}
	return append(out, "accounting.reports.read", "accounting.budgets.read", "accounting.journals.read",
		"offline_access", "openid", "profile", "email")
}

// scopesFor lists the scopes of which one is needed to read or write a collection. That
// accounting.invoices covers Items is the scope page's word; the spec says otherwise.
func scopesFor(collection string, write bool) []string {
	var base []string
	switch collection {
	case "Invoices":
		base = []string{"accounting.invoices", "accounting.transactions"}
	case "Payments":
		base = []string{"accounting.payments", "accounting.transactions"}
	case "Contacts":
		base = []string{"accounting.contacts"}
	case "Items":
		base = []string{"accounting.settings", "accounting.invoices"}
	default:
		base = []string{"accounting.settings"}
	}
	if write {
		return base
	}
	for _, s := range slices.Clone(base) {
		base = append(base, s+".read")
	}
	return base
}

// token answers the identity host's POST /connect/token for the client_credentials
// grant of a custom connection.
func (t *Twin) token(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	if err := r.ParseForm(); err != nil {
		oauthError(w, "invalid_request")
		return
	}
	id, secret, ok := r.BasicAuth()
	if !ok {
		oauthError(w, "invalid_client")
		return
	}
	right := subtle.ConstantTimeCompare([]byte(secret), []byte(t.o.ClientSecret)) == 1
	if id != t.o.ClientID || !right {
		oauthError(w, "invalid_client")
		return
	}
	switch r.PostForm.Get("grant_type") {
	case "client_credentials":
	case "authorization_code", "refresh_token":
		oauthError(w, "unauthorized_client") // a custom connection has neither
		return
	default:
		oauthError(w, "unsupported_grant_type")
		return
	}
	scopes := strings.Fields(r.PostForm.Get("scope"))
	for _, s := range scopes {
		if !slices.Contains(t.o.Scopes, s) {
			oauthError(w, "invalid_scope")
			return
		}
	}
	if len(scopes) == 0 {
		scopes = t.o.Scopes
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusOK, map[string]any{
		"access_token": t.issue(scopes), "expires_in": int(tokenLife / time.Second),
		"token_type": "Bearer", "scope": strings.Join(scopes, " "),
	})
}

func oauthError(w http.ResponseWriter, code string) {
	writeJSON(w, http.StatusBadRequest, map[string]any{"error": code})
}

// issue makes an access token that looks like the vendor's: a JWT whose scope claim a
// client may read. Its signature is of no use to anybody but the twin, which knows its
// tokens by heart.
func (t *Twin) issue(scopes []string) string {
	now := t.o.Now()
	g := grant{client: t.o.ClientID, scopes: scopes, expires: now.Add(tokenLife)}
	claims, err := json.Marshal(map[string]any{
		"nbf": now.Unix(), "exp": g.expires.Unix(), "iss": "https://identity.xero.com",
		"aud": "https://identity.xero.com/resources", "client_id": g.client, "scope": scopes, "jti": t.answerID(),
	})
	if err != nil {
		panic(err) // unreachable: plain values
	}
	enc := base64.RawURLEncoding
	signed := enc.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + enc.EncodeToString(claims)
	mac := hmac.New(sha256.New, []byte(t.o.ClientSecret))
	mac.Write([]byte(signed))
	token := signed + "." + enc.EncodeToString(mac.Sum(nil))
	t.tokensMu.Lock()
	defer t.tokensMu.Unlock()
	t.tokens[token] = g
	return token
}

// authorise finds the grant behind a request's bearer token. A late request is judged
// by the moment it arrived.
func (t *Twin) authorise(r *http.Request) (grant, error) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	t.tokensMu.Lock()
	g, known := t.tokens[token]
	t.tokensMu.Unlock()
	if !ok || !known {
		return grant{}, refuseToken("AuthenticationUnsuccessful")
	}
	if t.arrival(r).Before(g.expires) {
		return g, nil
	}
	return grant{}, refuseToken("TokenExpired: token expired at " + g.expires.UTC().Format("01/02/2006 15:04:05"))
}

// admit judges tenant and scope once the token is known. A custom connection belongs
// to one organisation, so the tenant header may be missing, but never wrong.
func (t *Twin) admit(r *http.Request, g grant, collection string) error {
	tenant := r.Header.Get("Xero-Tenant-Id")
	if t.disconnected.Load() || tenant == "" && t.o.RequireTenant || tenant != "" && !strings.EqualFold(tenant, t.tenant) {
		return refuseTenant()
	}
	needed := scopesFor(collection, r.Method != http.MethodGet)
	if !slices.ContainsFunc(needed, func(s string) bool { return slices.Contains(g.scopes, s) }) {
		return refuseScope()
	}
	return nil
}

// connections answers GET /connections and DELETE /connections/{id}. Neither belongs
// to a tenant, so no limits apply.
func (t *Twin) connections(w http.ResponseWriter, r *http.Request, id string) {
	if _, err := t.authorise(r); err != nil {
		t.refuse(w, r, err)
		return
	}
	switch {
	case r.Method == http.MethodGet && id == "":
		list := []any{}
		if !t.disconnected.Load() {
			at := t.made.UTC().Format("2006-01-02T15:04:05.0000000")
			list = append(list, map[string]any{
				"id": t.connection, "authEventId": t.authEvent, "tenantId": t.tenant, "tenantType": "ORGANISATION",
				"tenantName": t.organisationName(), "createdDateUtc": at, "updatedDateUtc": at,
			})
		}
		writeJSON(w, http.StatusOK, list)
	case r.Method == http.MethodDelete && id == t.connection && !t.disconnected.Load():
		t.Disconnect()
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodDelete:
		t.refuse(w, r, refuseAbsent())
	default:
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

// arrival is the moment by which tokens and limits judge a request.
func (t *Twin) arrival(r *http.Request) time.Time {
	if at, late := wire.Arrival(r); late {
		return at
	}
	return t.o.Now()
}
