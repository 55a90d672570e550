package xero

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/planwright/planwright/internal/twin/wire"
)

type grantKey struct{}

// granted returns the grant a call was let in by.
func granted(r *http.Request) grant {
	g, _ := r.Context().Value(grantKey{}).(grant)
	return g
}

// within remembers the grant of a call that is let in.
func within(r *http.Request, g grant) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), grantKey{}, g))
}

// authorise finds the grant behind a request's bearer token. A late request is judged
// by the moment it arrived.
func (h *house) authorise(r *http.Request) (grant, error) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	h.mu.Lock()
	g, known := h.tokens[token]
	h.mu.Unlock()
	if !ok || !known {
		return grant{}, refuseToken("AuthenticationUnsuccessful")
	}
	if h.arrival(r).Before(g.expires) {
		return g, nil
	}
	return grant{}, refuseToken("TokenExpired: token expired at " + g.expires.UTC().Format("01/02/2006 15:04:05"))
}

// locate finds the organisation a call is about. A custom connection belongs to one, so the
// tenant header may be missing, but never wrong; others must name a tenant they are connected
// to.
func (h *house) locate(r *http.Request, g grant) (*Twin, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	tenant := r.Header.Get("Xero-Tenant-Id")
	if tenant == "" && g.app.Kind == CustomConnection && !h.o.RequireTenant && len(g.app.connections) > 0 {
		tenant = g.app.connections[0].tenant.ID
	}
	t := h.member(tenant)
	if t == nil || t.disconnected.Load() || g.app.connection(tenant) == nil {
		return nil, refuseTenant()
	}
	return t, nil
}

// admit judges the scope once token and tenant are known.
func (t *Twin) admit(r *http.Request, g grant, path string) error {
	if t.permitted(g.scopes, strings.Split(path, "/"), r.Method != http.MethodGet, t.house.arrival(r)) {
		return nil
	}
	return refuseScope(t.otherwise[doubtScopeStatus])
}

// connections answers GET /connections and DELETE /connections/{id}. Neither belongs
// to a tenant, so no limits apply.
func (h *house) connections(w http.ResponseWriter, r *http.Request, id string) error {
	g, err := h.authorise(r)
	if err != nil {
		return err
	}
	switch {
	case r.Method == http.MethodGet && id == "":
		writeJSON(w, http.StatusOK, h.listed(g.app, r.URL.Query().Get("authEventId")))
	case r.Method == http.MethodDelete && h.disconnect(g.app, id):
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodDelete:
		return refuseAbsent()
	default:
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
	return nil
}

// listed renders the connections of an app, those of one consent if it is named.
func (h *house) listed(a *app, event string) []any {
	var links []link
	h.mu.Lock()
	for _, l := range a.connections {
		if !l.off {
			links = append(links, *l)
		}
	}
	h.mu.Unlock() // a twin's lock may be taken first, never second
	list := []any{}
	for _, l := range links {
		t := h.member(l.tenant.ID)
		if event != "" && !strings.EqualFold(event, l.event) || t != nil && t.disconnected.Load() {
			continue
		}
		name := l.tenant.Name
		if t != nil {
			name = t.organisationName()
		}
		list = append(list, map[string]any{
			"id": l.id, "authEventId": l.event, "tenantId": l.tenant.ID, "tenantType": l.tenant.Type, "tenantName": name,
			"createdDateUtc": l.created.UTC().Format(connectionLayout), "updatedDateUtc": l.updated.UTC().Format(connectionLayout),
		})
	}
	return list
}

// connectionLayout is the text of instants among connections.
const connectionLayout = "2006-01-02T15:04:05.0000000"

// disconnect ends a connection by its own id, which is not the tenant's.
func (h *house) disconnect(a *app, id string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	i := slices.IndexFunc(a.connections, func(l *link) bool { return l.id == id })
	if i < 0 {
		return false
	}
	l := a.connections[i]
	if t := h.member(l.tenant.ID); l.off || t != nil && t.disconnected.Load() {
		return false
	}
	if l.off = true; a.Kind != CustomConnection {
		a.connections = slices.Delete(a.connections, i, i+1)
	}
	return true
}

// arrival is the moment by which tokens and limits judge a request.
func (h *house) arrival(r *http.Request) time.Time {
	if at, late := wire.Arrival(r); late {
		return at
	}
	return h.o.Now()
}
