package salesforce

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// The general login hosts: assertions are made out to one of them or to the org's own host.
const (
	loginHost        = "https://login.salesforce.com"
	sandboxLoginHost = "https://test.salesforce.com"
)

// farExpiry is the longest life of an assertion, if the vendor does bound it.
const farExpiry = 5 * time.Minute

// claims is what an assertion says. One audience may come as a text.
type claims struct {
	Issuer   string      `json:"iss"`
	Subject  string      `json:"sub"`
	Audience audience    `json:"aud"`
	Expires  json.Number `json:"exp"`
}

type audience []string

// UnmarshalJSON reads one audience or several.
func (a *audience) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(a))
}

// jwtBearer gives a token for a signed assertion. There is no refresh token: a client
// signs anew.
func (t *Twin) jwtBearer(q *request, form url.Values) (answer, *oauthError) {
	c, refusal := t.readAssertion(form.Get("assertion"))
	if refusal != nil {
		return answer{}, refusal
	}
	seconds, err := c.Expires.Int64()
	left := time.Unix(seconds, 0).Sub(t.opt.Now())
	user, known := t.store.first("User", func(r *row) bool { return strings.EqualFold(r.str("Username"), c.Subject) })
	switch {
	case !t.audienceFits(q, c.Audience):
		return answer{}, invalidGrant("audience is invalid")
	case err != nil || left <= 0:
		return answer{}, errSpentCode() // the vendor's words for a stale assertion, too
	case left > farExpiry && t.otherwise[doubtFarExpiry]:
		return answer{}, invalidGrant("invalid assertion")
	case !known || !t.approved(user):
		return answer{}, invalidGrant("user hasn't approved this consumer")
	case !user.is("IsActive"):
		return answer{}, errInactive()
	}
	return t.tokenAnswer(q, user.id(), withoutRefresh(t.opt.App.Scopes), nil), nil
}

// readAssertion verifies a compact JWT. The issuer is judged before the signature, which
// is checked with that app's key.
func (t *Twin) readAssertion(compact string) (claims, *oauthError) {
	bad := invalidGrant("invalid assertion")
	parts := strings.Split(compact, ".")
	if len(parts) != 3 {
		return claims{}, bad
	}
	var header struct {
		Algorithm string `json:"alg"`
	}
	var c claims
	if decodePart(parts[0], &header) != nil || decodePart(parts[1], &c) != nil {
		return claims{}, bad
	}
	if c.Issuer != t.opt.ClientID {
		return claims{}, errClientID()
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || header.Algorithm != "RS256" || t.key == nil {
		return claims{}, bad
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if rsa.VerifyPKCS1v15(t.key, crypto.SHA256, sum[:], signature) != nil {
		return claims{}, bad
	}
	return c, nil
}

func decodePart(part string, into any) error {
	data, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, into)
}

// audienceFits takes the org's own host, and the login host for its kind of org.
func (t *Twin) audienceFits(q *request, said audience) bool {
	general := loginHost
	if org, ok := t.store.live(t.orgID); ok && org.is("IsSandbox") {
		general = sandboxLoginHost
	}
	return slices.Contains(said, general) || slices.Contains(said, t.base(q))
}

// approved says whether an admin let the app act for a user in advance.
func (t *Twin) approved(user *row) bool {
	names := t.opt.App.Approved
	return names == nil || slices.Contains(names, user.str("Username"))
}

// publicKey reads a PEM certificate or public key; no data is no key.
func publicKey(data []byte) (*rsa.PublicKey, error) {
	if len(data) == 0 {
		return nil, nil
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New("app certificate: not PEM")
	}
	var key any
	var err error
	switch block.Type {
	case "CERTIFICATE":
		var cert *x509.Certificate
		if cert, err = x509.ParseCertificate(block.Bytes); err == nil {
			key = cert.PublicKey
		}
	case "RSA PUBLIC KEY":
		key, err = x509.ParsePKCS1PublicKey(block.Bytes)
	default:
		key, err = x509.ParsePKIXPublicKey(block.Bytes)
	}
	if err != nil {
		return nil, fmt.Errorf("app certificate: %w", err)
	}
	public, ok := key.(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("app certificate: not an RSA key")
	}
	return public, nil
}
