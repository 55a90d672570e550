package openapi

import (
	"fmt"
	"slices"
	"strings"
)

// Scheme is one entry of the description's securitySchemes that a request can be signed
// in with. Those it cannot are left out and warned about.
type Scheme struct {
	Name string
	// Kind is "bearer", "basic", "api_key" or "oauth2".
	Kind string
	// In and Param say where an API key travels: "header" or "query", and its name there.
	In, Param string
	// Token is the token endpoint of the client-credentials flow, Scopes what that flow
	// offers. An oauth2 scheme without that flow has no token endpoint: a person signs in
	// elsewhere and brings the token.
	Token  string
	Scopes []string
}

// schemes reads securitySchemes, those that the description asks for first, in the order
// in which it asks.
func (c *compiler) schemes() []Scheme {
	all := c.root.at("components", "securitySchemes")
	if all == nil || all.kind != object {
		return nil
	}
	var out []Scheme
	for i, t := range all.items {
		pointer := "/components/securitySchemes/" + escape(all.keys[i])
		if s, ok := c.scheme(all.keys[i], c.ref(t), pointer); ok {
			out = append(out, s)
		}
	}
	asked := c.asked()
	slices.SortStableFunc(out, func(a, b Scheme) int { return rank(asked, a.Name) - rank(asked, b.Name) })
	return out
}

func rank(asked []string, name string) int {
	if i := slices.Index(asked, name); i >= 0 {
		return i
	}
	return len(asked)
}

func (c *compiler) scheme(name string, t *tree, pointer string) (Scheme, bool) {
	s := Scheme{Name: name}
	switch kind := t.get("type").str(); strings.ToLower(kind) {
	case "apikey":
		s.Kind, s.In, s.Param = "api_key", t.get("in").str(), t.get("name").str()
		if (s.In != "header" && s.In != "query") || s.Param == "" {
			c.r.unread(t, pointer, fmt.Sprintf("an API key in %.20q cannot be sent", s.In))
			return s, false
		}
	case "http":
		s.Kind = strings.ToLower(t.get("scheme").str())
		if s.Kind != "bearer" && s.Kind != "basic" {
			c.r.unread(t, pointer, fmt.Sprintf("the HTTP scheme %.20q is not known", s.Kind))
			return s, false
		}
	case "oauth2":
		s.Kind = "oauth2"
		flow := t.at("flows", "clientCredentials")
		s.Token = flow.get("tokenUrl").str()
		if scopes := flow.get("scopes"); scopes != nil && scopes.kind == object {
			s.Scopes = slices.Clone(scopes.keys)
		}
	case "openidconnect":
		s.Kind = "oauth2"
	default:
		c.r.unread(t, pointer, fmt.Sprintf("signing in by %.20q is not known", kind))
		return s, false
	}
	return s, true
}

// asked lists the names of schemes that requirements mention: those of the root, then
// those of operations.
func (c *compiler) asked() []string {
	var out []string
	add := func(sec *tree) {
		if sec == nil || sec.kind != list {
			return
		}
		for _, alt := range sec.items {
			if alt.kind != object {
				continue
			}
			for _, k := range alt.keys {
				if !slices.Contains(out, k) {
					out = append(out, k)
				}
			}
		}
	}
	add(c.root.get("security"))
	if paths := c.root.get("paths"); paths != nil && paths.kind == object {
		for _, item := range paths.items {
			for _, m := range methods() {
				add(item.get(m).get("security"))
			}
		}
	}
	return out
}

// together warns where the root wants two schemes at once: a connection signs in one way.
func (c *compiler) together() {
	sec := c.root.get("security")
	if sec == nil || sec.kind != list || len(sec.items) == 0 {
		return
	}
	if first := sec.items[0]; first.kind == object && len(first.keys) > 1 {
		c.r.unread(first, "/security/0", "two ways of signing in at once are not sent; only the first is")
	}
}

// server returns the address of the first server with its variables at their defaults, ""
// when there is none or it has no host of its own.
func (c *compiler) server() string {
	s := c.root.get("servers")
	if s == nil || s.kind != list || len(s.items) == 0 {
		return ""
	}
	first := s.items[0]
	address := first.get("url").str()
	vars := first.get("variables")
	if strings.Contains(address, "{") {
		if vars != nil && vars.kind == object {
			for i, k := range vars.keys {
				address = strings.ReplaceAll(address, "{"+k+"}", vars.items[i].get("default").str())
			}
		}
		c.r.server(first, "/servers/0/url", "the server's address has variables; their defaults stand for them")
	}
	if !strings.Contains(address, "://") && address != "" {
		c.r.server(first, "/servers/0/url", fmt.Sprintf("the server's address %.80q names no host", address))
		return ""
	}
	if strings.Contains(address, "{") {
		return ""
	}
	return address
}
