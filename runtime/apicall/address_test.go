package apicall

import (
	"net/http"
	"strings"
	"testing"

	"github.com/planwright/planwright/specs/catalog"
)

// TestOtherAddress calls an operation that its spec serves beside the API, and one that it
// serves at another host: the token goes to the connection's own host or nowhere.
func TestOtherAddress(t *testing.T) {
	for _, c := range []struct{ server, path string }{
		{"", "/api.xro/2.0/Connections"},
		{"https://api.xero.com/", "/Connections"},
		{"https://api.xero.com/identity", "/identity/Connections"},
		{"https://identity.xero.com", ""},
	} {
		var paths []string
		r := newRig(t, func(w http.ResponseWriter, req *http.Request) {
			paths = append(paths, req.URL.Path)
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`[]`))
		})
		r.conns.base += "/api.xro/2.0"
		r.cat.apis["xero"].Server = "https://api.xero.com/api.xro/2.0"
		op := &catalog.Operation{API: "xero", ID: "getConnections", Method: "GET", Path: "/Connections", Server: c.server, Effect: catalog.EffectNone}
		r.cat.ops[op.Name()] = op
		out := r.call(t, op.Name(), Args{})
		switch {
		case c.path == "" && (len(paths) > 0 || out.Class != catalog.ClassPerson || !strings.Contains(out.Message, "nothing was sent")):
			t.Errorf("server %q: %v reached, outcome %+v", c.server, paths, out)
		case c.path != "" && (len(paths) != 1 || paths[0] != c.path || out.Class != catalog.ClassOK):
			t.Errorf("server %q: %v reached, want %s; outcome %+v", c.server, paths, c.path, out)
		}
	}
}
