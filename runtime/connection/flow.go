package connection

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/planwright/planwright/specs/catalog"
)

// carried reports whether the secret itself goes with every request: there is no token
// endpoint, and nothing to refresh.
func (c Connection) carried() bool { return c.Flow != ClientCredentials }

var keyNames = regexp.MustCompile(`^[A-Za-z0-9_.$\[\]-]{1,80}$`)

// notKeys are headers that say something else than who signs in.
func notKeys() []string {
	return []string{"host", "connection", "content-length", "content-type", "transfer-encoding", "upgrade", "te", "trailer", "accept", "user-agent"}
}

// validateFlow reports what the flow lacks.
func (c Connection) validateFlow() error {
	switch c.Flow {
	case ClientCredentials, catalog.FlowBasic:
		if c.Client == "" || len(c.Client) > 512 || strings.ContainsFunc(c.Client, isControl) {
			return errors.New("the client id is missing or is not one")
		}
		if c.Flow == catalog.FlowBasic {
			if strings.Contains(c.Client, ":") {
				return errors.New("a user name holds no colon")
			}
			return nil
		}
		if err := checkAddress(c.Token, c.AllowPrivate); err != nil {
			return fmt.Errorf("token address: %w", err)
		}
	case catalog.FlowAPIKey:
		if c.In != catalog.InHeader && c.In != catalog.InQuery || !keyNames.MatchString(c.Key) ||
			c.In == catalog.InHeader && (strings.ContainsAny(c.Key, ".$[]") || slices.Contains(notKeys(), strings.ToLower(c.Key))) {
			return errors.New("the spec does not say in which header or parameter the key travels")
		}
	case catalog.FlowBearer, catalog.FlowNone:
	default:
		return fmt.Errorf("flow %q is not known", c.Flow)
	}
	return nil
}

// validateSecret reports a secret that cannot be sent as the flow wants. The text of the
// error holds nothing of it.
func (c Connection) validateSecret(secret string) error {
	switch c.Flow {
	case catalog.FlowNone:
		if secret != "" {
			return errors.New("the API takes no secret")
		}
		return nil
	case catalog.FlowBearer:
		if secret != "" && !isBearer(secret) {
			return errors.New("the token holds a character that cannot travel in a header")
		}
	case catalog.FlowAPIKey, catalog.FlowBasic:
		if len(secret) > 4096 || strings.ContainsFunc(secret, isControl) || c.Flow == catalog.FlowAPIKey && strings.ContainsFunc(secret, func(r rune) bool { return r > '~' || r == ' ' }) {
			return errors.New("the secret holds a character that cannot travel in a header")
		}
	}
	if secret == "" {
		return errors.New("the secret is empty")
	}
	return nil
}

// carry returns the token that is the secret itself.
func carry(c Connection, secret string) Token {
	t := NewToken(secret, c)
	t.how = carrying{flow: c.Flow, in: c.In, key: c.Key, word: c.Word, user: c.Client}
	return t
}

// carrying is how a secret travels with a request; the zero value is a bearer token.
type carrying struct {
	flow, key, word, user string
	in                    catalog.In
}

// Authorize signs a request: it sets a header, or a parameter of the query.
func (t Token) Authorize(req *http.Request) {
	switch t.how.flow {
	case catalog.FlowNone:
	case catalog.FlowBasic:
		req.SetBasicAuth(t.how.user, t.text())
	case catalog.FlowAPIKey:
		if t.how.in == catalog.InQuery {
			req.URL.RawQuery = withKey(req.URL.RawQuery, t.how.key, t.text())
			return
		}
		value := t.text()
		if t.how.word != "" {
			value = t.how.word + " " + value
		}
		req.Header.Set(t.how.key, value)
	default:
		req.Header.Set("Authorization", "Bearer "+t.text())
	}
}

// withKey appends the key to a query that is otherwise left as it was rendered, byte for
// byte; a parameter of that name, such as a vendor's next URL may repeat, is taken out.
func withKey(query, name, value string) string {
	var parts []string
	for part := range strings.SplitSeq(query, "&") {
		given, _, _ := strings.Cut(part, "=")
		if plain, err := url.QueryUnescape(given); part != "" && (err != nil || plain != name) {
			parts = append(parts, part)
		}
	}
	return strings.Join(append(parts, url.QueryEscape(name)+"="+url.QueryEscape(value)), "&")
}

// Scrub takes the token out of a text that came from elsewhere, however it was written.
func (t Token) Scrub(s string) string {
	secret := t.text()
	if secret == "" {
		return s
	}
	pair := t.how.user + ":" + secret
	for _, form := range []string{
		base64.StdEncoding.EncodeToString([]byte(pair)), base64.URLEncoding.EncodeToString([]byte(pair)),
		secret, url.QueryEscape(secret), url.PathEscape(secret),
	} {
		s = strings.ReplaceAll(s, form, "hidden")
	}
	return s
}
