package web

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// bodyLimit is more than any form of ours can need.
const bodyLimit = 256 << 10

// policy is the content policy of every answer: nothing but our own files, no inline
// script or style, no framing, no plug-ins, and text becomes HTML in one place of the
// script only.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types planwright"

// guard stands before every route: headers that bind the browser, the host that was asked
// for, where the request comes from, and how much it may send. Its order matters: nothing
// is read of a request that is refused for where it comes from.
func (s *Web) guard(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, &httpError{
			Status: http.StatusForbidden, Title: "This came from another site",
			Text: "A form was sent here by a page that is not ours. Nothing was done.", Next: "Open the page here and decide on it.",
		})
	}))
	inner := cross.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		h.Add("Vary", "Accept")
		h.Add("Vary", "Cookie")
		if s.secure() {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if !s.known(r.Host) {
			// Not a page of ours: its links would lead to the name that was asked for.
			http.Error(w, "421 planwright is not reached by this name. Open the address that planwright serve printed; a proxy's name is given with --public.", http.StatusMisdirectedRequest)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, bodyLimit)
		inner.ServeHTTP(w, r)
	})
}

// known reports whether a Host header names these pages: the public host, or this machine
// by its own name. Any other name means that somebody's page pointed its own domain here,
// and would be same-origin with us.
func (s *Web) known(host string) bool {
	if strings.EqualFold(host, s.cfg.Public.Host) {
		return true
	}
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.Trim(name, "[]")
	if strings.EqualFold(name, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(name)
	return err == nil && ip.Unmap().IsLoopback()
}

// cookieName returns what the session cookie is called. Cookies do not know ports, so the
// name does: two programs on one machine do not sign each other's people out.
func (s *Web) cookieName() string {
	if s.secure() {
		return "__Host-planwright"
	}
	if port := s.cfg.Public.Port(); port != "" {
		return "planwright-" + port
	}
	return "planwright"
}

// wantedName is the cookie that remembers which page somebody wanted before signing in.
func (s *Web) wantedName() string { return s.cookieName() + "-wanted" }

// cookie returns a cookie of ours; an empty value takes it away.
func (s *Web) cookie(name, value string) *http.Cookie {
	c := &http.Cookie{
		Name: name, Value: value, Path: "/", HttpOnly: true, Secure: s.secure(), SameSite: http.SameSiteLaxMode,
	}
	if value == "" {
		c.MaxAge = -1
	}
	return c
}

// known sessions are put into the context of their requests; whether a route needs one is
// said where the route is.
func (s *Web) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, err := r.Cookie(s.cookieName()); err == nil {
			byHand := r.Header.Get(liveHeader) == "" && r.URL.Path != "/events"
			if v, ok := s.people.find(c.Value, byHand); ok {
				r = r.WithContext(context.WithValue(r.Context(), visitorKey{}, v))
			}
		}
		next.ServeHTTP(w, r)
	})
}

// localPath returns text as the address of a page of ours, or "/" when it is anything else.
func localPath(text string) string {
	if !strings.HasPrefix(text, "/") || strings.HasPrefix(text, "//") || strings.ContainsAny(text, "\\\r\n\t") || len(text) > 2000 {
		return "/"
	}
	return text
}
