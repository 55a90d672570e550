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

// ClientCredentials is the one flow so far: a client id and secret, no person present.
const ClientCredentials = "client_credentials"

// Connection is access to one tenant of one API. Its secret is not part of it.
type Connection struct {
	Name string `json:"name"` // "xero", "xero-nz"
	API  string `json:"api"`  // "xero"
	Flow string `json:"flow"` // ClientCredentials
	// Base is the pinned address that the API's paths are appended to, without a slash at
	// its end, "https://api.xero.com/api.xro/2.0".
	Base string `json:"base"`
	// Token is the address of the token endpoint.
	Token  string   `json:"token"`
	Client string   `json:"client"` // client id
	Scopes []string `json:"scopes,omitempty"`
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
	c.Token = api.Auth.Token
	if strings.HasPrefix(c.Token, "/") {
		c.Token = u.Scheme + "://" + u.Host + c.Token
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
	case c.Flow != ClientCredentials:
		return fmt.Errorf("connection %s: flow %q is not known; use %s", c.Name, c.Flow, ClientCredentials)
	case c.Client == "" || len(c.Client) > 512 || strings.ContainsFunc(c.Client, isControl):
		return fmt.Errorf("connection %s: the client id is missing or is not one", c.Name)
	case len(c.Tenant) > 128 || strings.ContainsFunc(c.Tenant, func(r rune) bool { return isControl(r) || r > 0x7e }):
		return fmt.Errorf("connection %s: the tenant is not one", c.Name)
	}
	for _, a := range []struct{ what, address string }{{"address", c.Base}, {"token address", c.Token}} {
		if err := checkAddress(a.address, c.AllowPrivate); err != nil {
			return fmt.Errorf("connection %s: %s: %w", c.Name, a.what, err)
		}
	}
	return nil
}

func isControl(r rune) bool { return r < 0x20 || r >= 0x7f && r <= 0x9f }
