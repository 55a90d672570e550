package xero

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	_ "embed" // for the test key
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"maps"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"time"
)

// publicTestKey is a key that everybody can read, here. It makes tokens that clients can
// verify, and protects nothing: the twin knows its tokens by heart.
//
//go:embed public-test-key.pem
var publicTestKey []byte

// testKey decodes the key once; it never changes.
var testKey = sync.OnceValue(func() *rsa.PrivateKey {
	block, _ := pem.Decode(publicTestKey)
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		panic(err) // unreachable: the embedded file is a key
	}
	return key
})

// keyID names the signing key in tokens and in the key list.
func (h *house) keyID() string {
	sum := sha1.Sum(x509.MarshalPKCS1PublicKey(&h.key.PublicKey))
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// sign makes a JWT of the claims.
func (h *house) sign(claims map[string]any) string {
	head := map[string]any{"alg": "RS256", "kid": h.keyID(), "typ": "JWT"}
	enc := base64.RawURLEncoding
	signed := enc.EncodeToString(mustJSON(head)) + "." + enc.EncodeToString(mustJSON(claims))
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(nil, h.key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err) // broken invariant: New took the key
	}
	return signed + "." + enc.EncodeToString(signature)
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // unreachable: plain values
	}
	return b
}

// Hosts of the vendor.
const (
	identityHost = "https://identity.xero.com"
	loginHost    = "https://login.xero.com"
)

// issuer is who signs the tokens made for a request: the vendor's identity host when it was
// called by a name of the vendor's, else the address the twin was called by.
func (h *house) issuer(r *http.Request) string {
	if strings.HasSuffix(r.Host, ".xero.com") {
		return identityHost
	}
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	return scheme + r.Host
}

// discovery answers the description of the identity host by which clients find the rest.
func (h *house) discovery(w http.ResponseWriter, r *http.Request) {
	at := h.issuer(r)
	login := at
	if at == identityHost {
		login = loginHost
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"issuer": at, "jwks_uri": at + "/.well-known/openid-configuration/jwks",
		"authorization_endpoint": login + "/identity/connect/authorize", "token_endpoint": at + "/connect/token",
		"revocation_endpoint": at + "/connect/revocation",
		"scopes_supported":    scopesKnown(), "subject_types_supported": []string{"public"},
		"response_types_supported": []string{"code"}, "response_modes_supported": []string{"query"},
		"grant_types_supported":                 []string{"authorization_code", "client_credentials", "refresh_token"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post"},
		"id_token_signing_alg_values_supported": []string{"RS256"}, "code_challenge_methods_supported": []string{"S256"},
		"claims_supported": []string{"sub", "name", "family_name", "given_name", "preferred_username", "email", "xero_userid"},
	})
}

// keyList answers the public half of the signing key.
func (h *house) keyList(w http.ResponseWriter) {
	enc := base64.RawURLEncoding
	writeJSON(w, http.StatusOK, map[string]any{"keys": []any{map[string]any{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": h.keyID(),
		"e": enc.EncodeToString(big.NewInt(int64(h.key.E)).Bytes()), "n": enc.EncodeToString(h.key.N.Bytes()),
	}}})
}

// Lives of tokens.
const (
	tokenLife   = 30 * time.Minute
	idLife      = 5 * time.Minute
	codeLife    = 5 * time.Minute
	refreshLife = 60 * 24 * time.Hour
	tokensKept  = 24 * time.Hour   // for which an expired token is still called so
	refreshWait = 30 * time.Minute // for which a refresh token that was used can be used again
)

// grant is what an issued access token stands for.
type grant struct {
	app     *app
	scopes  []string
	expires time.Time
}

// issue makes an access token: a JWT whose claims a client may read; person says that somebody
// consented. The caller holds the lock.
func (h *house) issue(iss string, a *app, scopes []string, event string, person bool) string {
	now := h.o.Now()
	g := grant{app: a, scopes: scopes, expires: now.Add(tokenLife)}
	claims := map[string]any{
		"nbf": now.Unix(), "exp": g.expires.Unix(), "iss": iss, "aud": iss + "/resources", "client_id": a.ID, "scope": scopes,
		"jti": strings.ToUpper(strings.ReplaceAll(h.newID(), "-", "")), "authentication_event_id": event, "xero_userid": h.user(),
	}
	if person {
		claims["sub"], claims["auth_time"], claims["idp"] = h.subject(), now.Unix(), "local"
		claims["amr"] = []string{"pwd"}
	}
	token := h.sign(claims)
	if now.Sub(h.swept) >= tokensKept {
		h.swept = now
		maps.DeleteFunc(h.tokens, func(_ string, g grant) bool { return now.Sub(g.expires) >= tokensKept })
	}
	h.tokens[token] = g
	return token
}

// user is the id of the person who owns every organisation of the house.
func (h *house) user() string { return guid(h.o.Seed, 'u', 1) }

func (h *house) subject() string { return strings.ReplaceAll(guid(h.o.Seed, 's', 1), "-", "") }

// idToken says who consented, to clients that asked for openid.
func (h *house) idToken(iss string, s *session, access string) string {
	now := h.o.Now()
	half := sha256.Sum256([]byte(access))
	claims := map[string]any{
		"nbf": now.Unix(), "exp": now.Add(idLife).Unix(), "iat": now.Unix(), "iss": iss, "aud": s.app.ID, "sub": h.subject(),
		"at_hash": base64.RawURLEncoding.EncodeToString(half[:16]), "sid": strings.ReplaceAll(s.event, "-", ""),
		"auth_time": s.began.Unix(), "idp": "local", "amr": []string{"pwd"}, "xero_userid": h.user(),
	}
	if s.nonce != "" {
		claims["nonce"] = s.nonce
	}
	if has, person := s.has("profile"), "Twin"; has {
		claims["name"], claims["given_name"], claims["family_name"] = person+" User", person, "User"
		claims["preferred_username"] = "twin.user@example.com"
	}
	if s.has("email") {
		claims["email"] = "twin.user@example.com"
	}
	return h.sign(claims)
}
