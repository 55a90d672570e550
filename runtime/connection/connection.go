// Package connection holds authorised access to tenants: which API, at which address, with
// which client, and the access tokens that come of it.
//
// A [Book] keeps the connections of one data folder:
//
//   - connections.json (mode 0600) holds them as JSON, {"version": 1, "connections": [...]},
//     each with its client secret sealed: AES-256-GCM under the folder's key, with the
//     connection's name, API and the purpose as additional data, so that a sealed text
//     moved to another connection does not open.
//   - key (mode 0600) holds the 32 random bytes of that key. A key given by the caller
//     takes its place, and then none is written.
//
// Both are replaced by writing a new file beside them and renaming it. A file that others may
// read is refused.
//
// Tokens live in memory only. One request at a time is under way for each connection; callers
// that come meanwhile wait for it. A token is used until shortly before it expires, or until
// a caller reports by [Book.Refresh] that the vendor refused it.
//
// Addresses are pinned: a token answer that names another host is refused, redirects
// are not followed, addresses of private networks are refused unless the connection
// allows them, and plain http is for this machine only.
//
// Most APIs are signed in to without a token endpoint: an API key in a header or in the query,
// a token that a person brings, user name and password. The secret itself then is the token,
// and where it travels is pinned with the connection, so that a changed spec cannot send it
// elsewhere.
//
// The client-credentials exchange of OAuth 2.0 (RFC 6749, 4.4) is written out here: it
// is one form post, and golang.org/x/oauth2 would bring a second token cache, its own
// error texts that quote answers, and no say over redirects.
package connection

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/planwright/planwright/specs/catalog"
)

// ClientCredentials is the flow with a token endpoint: a client id and secret, no person
// present. In the others the secret goes with every request: see [catalog.Auth].
const ClientCredentials = catalog.FlowClientCredentials

// Connection is access to one tenant of one API. Its secret is not part of it.
type Connection struct {
	Name string `json:"name"` // "xero", "xero-nz"
	API  string `json:"api"`  // "xero"
	Flow string `json:"flow"` // one of package catalog's Flow… constants
	// Base is the pinned address that the API's paths are appended to, without a slash at
	// its end, "https://api.xero.com/api.xro/2.0".
	Base string `json:"base"`
	// Token is the address of the token endpoint; ClientCredentials only.
	Token string `json:"token,omitempty"`
	// Client is the client id of ClientCredentials, the user name of basic.
	Client string   `json:"client,omitempty"`
	Scopes []string `json:"scopes,omitempty"`
	// In and Key say where an API key travels, "header" and its name, and Word what stands
	// before it there.
	In   catalog.In `json:"in,omitempty"`
	Key  string     `json:"key,omitempty"`
	Word string     `json:"word,omitempty"`
	// Tenant is sent with every request in the header that the API's overlay names.
	Tenant string `json:"tenant,omitempty"`
	// Identity is the tenant as the API itself names it, when its overlay says how to ask.
	Identity string `json:"identity,omitempty"`
	// AllowPrivate lets the connection reach loopback and private addresses.
	AllowPrivate bool `json:"allowPrivate,omitempty"`
}

// For returns a connection to api as its overlay describes it: flow, scopes and token
// endpoint. An empty base is the server that the spec names.
func For(api *catalog.API, name, base string) (Connection, error) {
	if base == "" {
		base = api.Server
	}
	c := Connection{Name: name, API: api.Name, Flow: api.Auth.Flow, Base: strings.TrimRight(base, "/"), Scopes: api.Auth.Scopes}
	if c.Base == "" {
		return Connection{}, fmt.Errorf("connection %s: the spec of %s names no server; give the address of yours", name, api.Name)
	}
	u, err := url.Parse(c.Base)
	if err != nil {
		return Connection{}, fmt.Errorf("connection %s: the address cannot be read", name)
	}
	switch c.Flow {
	case ClientCredentials:
		c.Token = api.Auth.Token
		if strings.HasPrefix(c.Token, "/") {
			c.Token = u.Scheme + "://" + u.Host + c.Token
		}
	case catalog.FlowAPIKey:
		c.In, c.Key, c.Word = api.Auth.In, api.Auth.Name, api.Auth.Word
	}
	return c, nil
}

var connectionNames = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}$`)

// validate reports the first thing that makes a connection unusable.
func (c Connection) validate() error {
	switch {
	case !connectionNames.MatchString(c.Name):
		return errors.New("a connection's name is a lower-case letter, then letters, digits, _ and -, at most 63")
	case c.API == "":
		return fmt.Errorf("connection %s: it names no API", c.Name)
	case len(c.Tenant) > 128 || strings.ContainsFunc(c.Tenant, func(r rune) bool { return isControl(r) || r > 0x7e }):
		return fmt.Errorf("connection %s: the tenant is not one", c.Name)
	}
	if err := c.validateFlow(); err != nil {
		return fmt.Errorf("connection %s: %w", c.Name, err)
	}
	if err := checkAddress(c.Base, c.AllowPrivate); err != nil {
		return fmt.Errorf("connection %s: address: %w", c.Name, err)
	}
	return nil
}

func isControl(r rune) bool { return r < 0x20 || r >= 0x7f && r <= 0x9f }
