package catalog

import (
	"slices"

	"github.com/planwright/planwright/specs/openapi"
)

// The ways of signing in that [Auth.Flow] names.
const (
	FlowClientCredentials = "client_credentials" // OAuth 2: a client id and secret, no person present
	FlowAPIKey            = "api_key"            // a key in a header or in the query
	FlowBearer            = "bearer"             // a token that a person brings
	FlowBasic             = "basic"              // user name and password
	FlowNone              = "none"               // nothing is sent
)

func flows() []string {
	return []string{FlowClientCredentials, FlowAPIKey, FlowBearer, FlowBasic, FlowNone}
}

// auth reads x-pw-auth.
func (c *compiler) auth(k openapi.Keyword) {
	if !c.read(k, &c.api.Auth) {
		return
	}
	switch a := c.api.Auth; {
	case a.Flow == "":
		c.schemes() // the spec says how, the overlay what else travels
	case !slices.Contains(flows(), a.Flow):
		c.fault(k, "flow %q of x-pw-auth is none of %v", a.Flow, flows())
	case a.Flow == FlowClientCredentials && a.Token == "":
		c.fault(k, "x-pw-auth with flow client_credentials needs a token endpoint")
	case a.Flow == FlowAPIKey && (a.Name == "" || a.In != InHeader && a.In != InQuery):
		c.fault(k, "x-pw-auth with flow api_key needs in (header or query) and name")
	}
	if w := c.api.Auth.Word; w != "" && !isWord(w) {
		c.fault(k, "the word of x-pw-auth stands before the key in a header: letters, digits and -_= only")
		c.api.Auth.Word = ""
	}
}

func isWord(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '=' {
			return false
		}
	}
	return len(s) <= 40
}

// schemes takes the way of signing in from the spec's securitySchemes, for an overlay that
// does not say. An API that names none is reached without signing in.
func (c *compiler) schemes() {
	a := &c.api.Auth
	if a.Flow != "" {
		return
	}
	if len(c.doc.Schemes) == 0 {
		a.Flow = FlowNone
		return
	}
	switch s := c.doc.Schemes[0]; {
	case s.Kind == "oauth2" && s.Token != "":
		a.Flow, a.Token = FlowClientCredentials, s.Token
		a.Client = "basic" // what RFC 6749, 2.3.1 makes every server accept
		a.Scopes = nil
		c.scopes(s)
	case s.Kind == "oauth2":
		a.Flow = FlowBearer
	case s.Kind == FlowAPIKey:
		a.Flow, a.In, a.Name = FlowAPIKey, In(s.In), s.Param
	default:
		a.Flow = s.Kind
	}
}

// scopes asks for those of the scheme that some operation needs, each once.
func (c *compiler) scopes(s openapi.Scheme) {
	a := &c.api.Auth
	for _, o := range c.doc.Operations {
		for _, scope := range o.Scopes {
			if slices.Contains(s.Scopes, scope) && !slices.Contains(a.Scopes, scope) {
				a.Scopes = append(a.Scopes, scope)
			}
		}
	}
}

// Secret names what a person brings to sign in, "" when nothing is needed.
func (a Auth) Secret() string {
	switch a.Flow {
	case FlowAPIKey:
		return "API key"
	case FlowBearer:
		return "token"
	case FlowBasic:
		return "password"
	case FlowClientCredentials:
		return "client secret"
	}
	return ""
}

// Who names who signs in beside the secret, "" when that is nobody.
func (a Auth) Who() string {
	switch a.Flow {
	case FlowBasic:
		return "user name"
	case FlowClientCredentials:
		return "client id"
	}
	return ""
}
