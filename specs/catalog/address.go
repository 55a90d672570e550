package catalog

import (
	"net/url"
	"strings"
)

// Address returns what the path of an operation is appended to, for a connection that is
// pinned to the given address of the API. An operation with a server of its own is called
// below the same host; ok is false when its server is another host, or when the address
// does not end as the API's own does, so that nothing tells where the other would be.
func (a *API) Address(o *Operation, pinned string) (address string, ok bool) {
	if o.Server == "" || o.Server == a.Server {
		return pinned + a.Auth.Prefix, true
	}
	own, err := url.Parse(a.Server)
	if err != nil {
		return "", false
	}
	other, err := own.Parse(o.Server)
	if err != nil || other.Scheme != own.Scheme || other.Host != own.Host {
		return "", false
	}
	root, ok := strings.CutSuffix(strings.TrimRight(pinned, "/"), strings.TrimRight(own.Path, "/"))
	return root + strings.TrimRight(other.Path, "/"), ok
}
