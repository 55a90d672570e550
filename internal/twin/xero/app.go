package xero

import (
	"cmp"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Kind is the kind of an app, which decides how it signs in.
type Kind string

// The kinds the vendor's portal offers. A custom connection belongs to one organisation and
// needs nobody's consent; the other two are connected by a person.
const (
	CustomConnection Kind = "custom"
	WebApp           Kind = "web"  // keeps a secret
	PKCEApp          Kind = "pkce" // keeps none
)

// Tier is what the app's maker pays for; it decides the calls a day.
type Tier string

// The vendor's tiers. The zero Tier counts as Core.
const (
	Starter    Tier = "starter"
	Core       Tier = "core"
	Plus       Tier = "plus"
	Advanced   Tier = "advanced"
	Enterprise Tier = "enterprise"
)

// dayLimit is how many calls a day an app may make to one organisation.
func (t Tier) dayLimit() int {
	if t == Starter {
		return 1000
	}
	return 5000
}

// bulk reports whether a person may connect several organisations at once.
func (t Tier) bulk() bool { return t == Advanced || t == Enterprise }

// App is a program that the vendor knows, with the credentials it signs in by.
type App struct {
	ID, Secret string
	Kind       Kind
	// Name is the ProviderName of answers.
	Name string
	// Redirects are where a person may be sent back to, compared byte for byte.
	Redirects []string
	// Scopes are what it may ask for; nil is every scope.
	Scopes []string
	Tier   Tier
	// RapidSync lifts the limits of a minute and of a day for the first half hour of a
	// connection, as certified apps on Plus and above have it.
	RapidSync bool
}

// check reports an app that the vendor's portal would not take.
func (a App) check() error {
	switch a.Kind {
	case CustomConnection, WebApp, PKCEApp:
	default:
		return fmt.Errorf("app %s: unknown kind %q", a.ID, a.Kind)
	}
	for _, redirect := range a.Redirects {
		u, err := url.Parse(redirect)
		if err != nil || u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "localhost") {
			return fmt.Errorf("app %s: redirect %q is neither https nor http://localhost", a.ID, redirect)
		}
	}
	return nil
}

// Tenant is an organisation or a practice that is shown among the connections but that
// nobody serves: calls to it are refused.
type Tenant struct {
	ID, Name string
	Type     string // "ORGANISATION" (when empty), "PRACTICE" or "PRACTICEMANAGER"
}

// house is what organisations share that the same apps are connected to: the identity host,
// the connections, the idempotency keys and the calls an app makes in a minute.
type house struct {
	o       Options
	decided func(string) bool // which doubts are otherwise
	key     *rsa.PrivateKey
	keys    *keyStore
	hooks   *hooks // nil without

	mu      sync.Mutex // may be taken under a twin's lock, not the other way round
	made    uint64
	apps    []*app
	members []*Twin
	tokens  map[string]grant
	swept   time.Time // when tokens of old were last forgotten
	codes   map[string]consent
	refresh map[string]*session
}

// app is an App with what became of it.
type app struct {
	App
	minute      *appMinute
	connections []*link // guarded by the house
}

// link is one connection of an app to a tenant.
type link struct {
	id, event string
	tenant    Tenant
	created   time.Time
	updated   time.Time
	off       bool // a custom connection that the app ended; it is made again in the web pages
}

func (t *Twin) newHouse() (*house, error) {
	o := t.o
	h := &house{
		o: o, decided: func(doubt string) bool { return t.otherwise[doubt] }, members: []*Twin{t},
		key: cmp.Or(o.SigningKey, testKey()), tokens: map[string]grant{}, codes: map[string]consent{}, refresh: map[string]*session{},
		keys: newKeyStore(o.Now, t.otherwise), swept: t.made,
	}
	first := App{
		ID: o.ClientID, Secret: o.ClientSecret, Kind: o.Kind, Name: o.App, Redirects: o.Redirects, Scopes: o.Scopes, Tier: o.Tier, RapidSync: o.RapidSync,
	}
	for i, a := range append([]App{first}, o.Apps...) {
		a.Kind = cmp.Or(a.Kind, CustomConnection)
		if i > 0 && a.Kind == CustomConnection && a.Secret == "" || a.ID == "" || h.app(a.ID) != nil {
			return nil, errors.New("xero twin: an app needs an id of its own, and a custom connection a secret")
		}
		if err := a.check(); err != nil {
			return nil, fmt.Errorf("xero twin: %w", err)
		}
		a.Name = cmp.Or(a.Name, o.App)
		if a.Scopes == nil {
			a.Scopes = scopesKnown()
		}
		made := &app{App: a, minute: &appMinute{limit: o.AppMinuteLimit, wait: t.otherwise[doubtAppMinuteWait]}}
		h.apps = append(h.apps, made)
		if a.Kind == CustomConnection {
			l := &link{id: t.connection, event: t.authEvent, tenant: t.asTenant(), created: t.made, updated: t.made}
			if i > 0 {
				l.id, l.event = h.newID(), h.newID()
			}
			made.connections = []*link{l}
		}
	}
	if o.Hooks != nil && o.Hooks.Transport == nil {
		return nil, errors.New("xero twin: webhooks need a transport")
	}
	if o.Hooks != nil {
		h.hooks = newHooks(*o.Hooks, h)
	}
	return h, nil
}

// Join puts other organisations behind this twin's apps: one identity, one list of
// connections, one set of idempotency keys, one count of the calls an app makes in a minute.
// Each of the twins then serves them all, told apart by the tenant header; a custom
// connection stays with the first. It must be called before any of them serves.
func (t *Twin) Join(others ...*Twin) error {
	h := t.house
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, other := range others {
		if slices.ContainsFunc(h.members, func(m *Twin) bool { return m.tenant == other.tenant }) {
			return fmt.Errorf("join xero twins: tenant %s is there twice", other.tenant)
		}
		h.members = append(h.members, other)
		other.house = h
		other.makeLimits()
	}
	return nil
}

func (t *Twin) asTenant() Tenant {
	return Tenant{ID: t.tenant, Name: t.organisationName(), Type: "ORGANISATION"}
}

// app finds an app by its client id. Apps never change, so no lock is needed.
func (h *house) app(id string) *app {
	i := slices.IndexFunc(h.apps, func(a *app) bool { return a.ID == id })
	if i < 0 {
		return nil
	}
	return h.apps[i]
}

// member finds the twin of a tenant. Members never change once they serve.
func (h *house) member(tenant string) *Twin {
	i := slices.IndexFunc(h.members, func(t *Twin) bool { return strings.EqualFold(t.tenant, tenant) })
	if i < 0 {
		return nil
	}
	return h.members[i]
}

// tenants are all that a person may connect.
func (h *house) tenants() []Tenant {
	var out []Tenant
	for _, m := range h.members {
		out = append(out, m.asTenant())
	}
	for _, other := range h.o.Others {
		other.Type = cmp.Or(other.Type, "ORGANISATION")
		out = append(out, other)
	}
	return out
}

// newID makes an id of the identity host. The caller holds the lock, or is New.
func (h *house) newID() string {
	h.made++
	return guid(h.o.Seed, 'i', h.made)
}

// secret makes the text of a code or a refresh token. The caller holds the lock.
func (h *house) secret() string {
	h.made++
	b := binary.BigEndian.AppendUint64([]byte("secret"), h.o.Seed)
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(b, h.made))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
