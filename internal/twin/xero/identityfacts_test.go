package xero_test

import (
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/xero"
)

// either picks the status of a doubt.
func either(otherwise bool, believed, other int) int {
	if otherwise {
		return other
	}
	return believed
}

// identityFacts are what is known of sign-in, connections and scopes.
func identityFacts() []fact {
	const flow, scopes = "documentation/guides/oauth2/auth-flow", "documentation/guides/oauth2/scopes"
	return []fact{
		{
			name: "a token works for 30 minutes", source: "documentation/guides/oauth2/token-types",
			check: func(t *testing.T, change func(*xero.Options), _ bool) {
				b := open(t, change)
				b.clock.Advance(30*time.Minute - time.Millisecond)
				b.get("/Items").want(200)
				b.clock.Advance(time.Millisecond)
				if got := b.get("/Items").want(401).text("Detail"); got != "TokenExpired: token expired at 11/22/2026 10:38:01" {
					t.Errorf("detail %q", got)
				}
			},
		},
		{
			name: "a refresh token is replaced by every use", source: "documentation/guides/oauth2/token-types",
			check: func(t *testing.T, change func(*xero.Options), _ bool) {
				b := open(t, func(o *xero.Options) { apps(o); change(o) })
				old := b.connect().text("refresh_token")
				if next := b.exchange(webID, webSecret, refreshForm(old)).want(200).text("refresh_token"); next == old || next == "" {
					t.Errorf("refresh token %q after %q", next, old)
				}
				b.clock.Advance(30 * time.Minute)
				if got := b.exchange(webID, webSecret, refreshForm(old)).want(400).text("error"); got != "invalid_grant" {
					t.Errorf("error %q", got)
				}
			},
		},
		{
			name: "a refresh token that was used works for 30 minutes more", source: "documentation/guides/oauth2/token-types",
			check: func(t *testing.T, change func(*xero.Options), _ bool) {
				b := open(t, func(o *xero.Options) { apps(o); change(o) })
				old := b.connect().text("refresh_token")
				b.exchange(webID, webSecret, refreshForm(old)).want(200)
				b.clock.Advance(30*time.Minute - time.Second)
				b.exchange(webID, webSecret, refreshForm(old)).want(200)
			},
		},
		{
			name: "a code works once and for 5 minutes", source: flow,
			check: func(t *testing.T, change func(*xero.Options), _ bool) {
				b := open(t, func(o *xero.Options) { apps(o); change(o) })
				code := b.ask(consentOf(webID)).Get("code")
				b.exchange(webID, webSecret, codeForm(code)).want(200)
				b.exchange(webID, webSecret, codeForm(code)).want(400)
				code = b.ask(consentOf(webID)).Get("code")
				b.clock.Advance(5 * time.Minute)
				b.exchange(webID, webSecret, codeForm(code)).want(400)
			},
		},
		{
			name: "a custom connection has no refresh token and needs no tenant header", source: "faq/custom-integration",
			check: func(t *testing.T, change func(*xero.Options), _ bool) {
				b := open(t, change)
				b.get("/Items").want(200)
				form := map[string][]string{"grant_type": {"client_credentials"}}
				if a := b.exchange(xero.DefaultClientID, xero.DefaultClientSecret, form).want(200); a.at("refresh_token") != nil {
					t.Errorf("answer %s", a.body)
				}
			},
		},
		{
			name: "a wrong client secret is invalid_client", source: "not confirmed with which status", doubt: "client-status",
			check: func(t *testing.T, change func(*xero.Options), otherwise bool) {
				b := open(t, change)
				a := b.exchange(xero.DefaultClientID, "wrong", map[string][]string{"grant_type": {"client_credentials"}})
				if got := a.want(either(otherwise, 400, 401)).text("error"); got != "invalid_client" {
					t.Errorf("error %q", got)
				}
			},
		},
		{
			name: "an unknown client id is unauthorized_client", source: "the vendor's prompt library",
			check: func(t *testing.T, change func(*xero.Options), _ bool) {
				b := open(t, change)
				a := b.exchange("x", xero.DefaultClientSecret, map[string][]string{"grant_type": {"client_credentials"}})
				if got := a.want(400).text("error"); got != "unauthorized_client" {
					t.Errorf("error %q", got)
				}
			},
		},
		{
			name: "a connection is deleted by its own id, and its tenant then answers 403", source: "xero-identity.yaml deleteConnection",
			check: func(t *testing.T, change func(*xero.Options), _ bool) {
				b := open(t, func(o *xero.Options) { apps(o); change(o) })
				b.token = b.connect().text("access_token")
				id := b.send(b.request(http.MethodGet, "/connections", "")).text(0, "id")
				b.send(b.request(http.MethodDelete, "/connections/"+b.twin.Tenant(), "")).want(404)
				b.send(b.request(http.MethodDelete, "/connections/"+id, "")).want(204)
				if got := b.get("/Items", "xero-tenant-id", b.twin.Tenant()).want(403).text("Title"); got != "Forbidden" {
					t.Errorf("title %q", got)
				}
			},
		},
		{
			name: "a call without its scope says so", source: "faq/granular-scopes; not confirmed with which status", doubt: "scope-status",
			check: func(t *testing.T, change func(*xero.Options), otherwise bool) {
				b := open(t, change)
				b.token = b.signIn("accounting.contacts.read")
				b.get("/Contacts").want(200)
				a := b.call("PUT", "/Contacts", `{"Contacts":[{"Name":"A"}]}`).want(either(otherwise, 401, 403))
				if got := a.header.Get("WWW-Authenticate"); got != `Bearer error="insufficient_scope"` {
					t.Errorf("WWW-Authenticate %q", got)
				}
			},
		},
		{
			name: "the invoices scope covers items", source: scopes + "; the description says otherwise", doubt: "items-scope",
			check: func(t *testing.T, change func(*xero.Options), otherwise bool) {
				b := open(t, change)
				b.token = b.signIn("accounting.invoices")
				b.get("/Items").want(either(otherwise, 200, 401))
			},
		},
		{
			name: "broad scopes work until 13 September 2027", source: "changelog of 6 August 2026", doubt: "broad-scopes",
			check: func(t *testing.T, change func(*xero.Options), otherwise bool) {
				b := open(t, change)
				ask := func(want int) answer {
					return b.exchange(xero.DefaultClientID, xero.DefaultClientSecret, map[string][]string{
						"grant_type": {"client_credentials"}, "scope": {"accounting.transactions"},
					}).want(want)
				}
				b.clock.Set(time.Date(2027, 9, 12, 23, 59, 0, 0, time.UTC))
				a := ask(either(otherwise, 200, 400))
				if otherwise {
					return
				}
				b.token = a.text("access_token")
				b.get("/Invoices").want(200)
				b.clock.Advance(time.Minute)
				b.get("/Invoices").want(401)
				ask(400)
			},
		},
	}
}

// limitFacts are what is known of limits and of idempotency keys.
func limitFacts() []fact {
	const limits, keys = "faq/limits", "documentation/guides/idempotent-requests/idempotency"
	put := func(b *bench, name, key string) answer {
		return b.call("PUT", "/Contacts", `{"Contacts":[{"Name":"`+name+`"}]}`, "Idempotency-Key", key)
	}
	return []fact{
		{
			name: "an app makes 60 calls a minute to an organisation", source: limits,
			check: func(t *testing.T, change func(*xero.Options), _ bool) {
				b := open(t, func(o *xero.Options) { o.MinuteLimit = 0; change(o) })
				for range 60 {
					b.get("/Items").want(200)
				}
				a := b.get("/Items").want(429)
				if wait, err := strconv.Atoi(a.header.Get("Retry-After")); err != nil || wait < 1 || wait > 60 || a.header.Get("X-Rate-Limit-Problem") != "minute" {
					t.Errorf("headers %v", a.header)
				}
			},
		},
		{
			name: "the minute of an organisation begins at a moment of its own", source: limits,
			check: func(t *testing.T, change func(*xero.Options), _ bool) {
				waits := map[string]bool{}
				for _, tenant := range []string{"1a000000-0000-4000-8000-000000000001", "2b000000-0000-4000-8000-000000000002"} {
					b := open(t, func(o *xero.Options) {
						o.MinuteLimit, o.Organisation = 1, object{"OrganisationID": tenant}
						change(o)
					})
					b.get("/Items").want(200)
					waits[b.get("/Items").want(429).header.Get("Retry-After")] = true
				}
				if len(waits) != 2 {
					t.Errorf("two organisations' minutes end in %v seconds", waits)
				}
			},
		},
		{
			name: "an app makes 1,000 calls a day on Starter and 5,000 on the other tiers", source: "documentation/guides/oauth2/limits",
			check: func(t *testing.T, change func(*xero.Options), _ bool) {
				for tier, want := range map[xero.Tier]string{"": "4999", xero.Core: "4999", xero.Starter: "999", xero.Plus: "4999", xero.Enterprise: "4999"} {
					b := open(t, func(o *xero.Options) { o.DayLimit, o.Tier = 0, tier; change(o) })
					if got := b.get("/Items").header.Get("X-DayLimit-Remaining"); got != want {
						t.Errorf("tier %q leaves %s, want %s", tier, got, want)
					}
				}
			},
		},
		{
			name: "an app's calls to all organisations are limited a minute", source: limits + "; whether with Retry-After is not confirmed", doubt: "app-minute-wait",
			check: func(t *testing.T, change func(*xero.Options), otherwise bool) {
				second := twinOf(t, func(o *xero.Options) { o.Seed = 2 })
				b := open(t, func(o *xero.Options) { apps(o); o.AppMinuteLimit = 2; change(o) })
				if err := b.twin.Join(second); err != nil {
					t.Fatal(err)
				}
				b.connect()
				b.token = b.connect().text("access_token")
				if a := b.get("/Items", "xero-tenant-id", b.twin.Tenant()).want(200); a.header.Get("X-AppMinLimit-Remaining") != "1" {
					t.Errorf("headers %v", a.header)
				}
				b.get("/Items", "xero-tenant-id", second.Tenant()).want(200)
				a := b.get("/Items", "xero-tenant-id", second.Tenant()).want(429)
				if a.header.Get("X-Rate-Limit-Problem") != "appminute" || (a.header.Get("Retry-After") != "") != otherwise || a.body != "" {
					t.Errorf("headers %v, body %q", a.header, a.body)
				}
				b.clock.Advance(time.Minute)
				b.get("/Items", "xero-tenant-id", second.Tenant()).want(200)
			},
		},
		{
			name: "another app has limits of its own", source: limits,
			check: func(t *testing.T, change func(*xero.Options), _ bool) {
				b := open(t, func(o *xero.Options) { apps(o); o.MinuteLimit = 1; change(o) })
				b.get("/Items").want(200)
				b.get("/Items").want(429)
				b.token = b.connect().text("access_token")
				b.get("/Items", "xero-tenant-id", b.twin.Tenant()).want(200)
			},
		},
		{
			name: "a new connection of a certified app is not limited for half an hour", source: "documentation/guides/oauth2/limits",
			check: func(t *testing.T, change func(*xero.Options), _ bool) {
				b := open(t, func(o *xero.Options) { o.MinuteLimit, o.RapidSync = 1, true; change(o) })
				b.clock.Advance(30*time.Minute - time.Second)
				for range 3 {
					if got := b.get("/Items").want(200).header.Get("X-MinLimit-Remaining"); got != "1" {
						t.Errorf("%s calls left, want the full 1", got)
					}
				}
				b.clock.Advance(time.Second)
				b.token = b.signIn("")
				b.get("/Items").want(200)
				b.get("/Items").want(429)
			},
		},
		{
			name: "a key is known for 6 minutes from its first call", source: keys,
			check: func(t *testing.T, change func(*xero.Options), _ bool) {
				b := open(t, change)
				body := put(b, "A", "k").want(200).body
				b.clock.Advance(6*time.Minute - time.Millisecond)
				if again := put(b, "A", "k").want(200).body; again != body {
					t.Errorf("replay %s, want %s", again, body)
				}
				b.clock.Advance(time.Millisecond)
				put(b, "A", "k").want(400) // runs again: the name is taken now
			},
		},
		{
			name: "a key counts for PUT and POST only", source: keys,
			check: func(t *testing.T, change func(*xero.Options), _ bool) {
				b := open(t, func(o *xero.Options) { shop(o); change(o) })
				b.get("/Contacts", "Idempotency-Key", "k", "X-Off-Spec", "ignored on GET").want(200)
				b.call("DELETE", "/Items/SAW", "", "Idempotency-Key", "k").want(204)
				b.call("DELETE", "/Items/SAW", "", "Idempotency-Key", "k").want(404)
				b.call("POST", "/Contacts", `{"Contacts":[{"Name":"A"}]}`, "Idempotency-Key", "k").want(200)
				b.call("PUT", "/Contacts", `{"Contacts":[{"Name":"A"}]}`, "Idempotency-Key", "k").want(400)
			},
		},
		{
			name: "a key belongs to an app and not to a tenant", source: keys,
			check: func(t *testing.T, change func(*xero.Options), _ bool) {
				second := twinOf(t, func(o *xero.Options) { o.Seed = 2 })
				b := open(t, func(o *xero.Options) { apps(o); change(o) })
				if err := b.twin.Join(second); err != nil {
					t.Fatal(err)
				}
				put(b, "A", "k").want(200) // another app's key
				b.connect()
				b.token = b.connect().text("access_token")
				to := func(tenant string) answer {
					return b.call("PUT", "/Contacts", `{"Contacts":[{"Name":"B"}]}`, "Idempotency-Key", "k", "xero-tenant-id", tenant)
				}
				body := to(b.twin.Tenant()).want(200).body
				if got := to(second.Tenant()).want(200).body; got != body || len(second.Contacts()) != 0 {
					t.Errorf("the second tenant holds %d contacts and answered %s", len(second.Contacts()), got)
				}
			},
		},
		{
			name: "a key used for another request is refused", source: keys + "; where the message sits is not confirmed", doubt: "key-message",
			check: func(t *testing.T, change func(*xero.Options), otherwise bool) {
				b := open(t, change)
				put(b, "A", "k").want(200)
				a := put(b, "B", "k").want(400)
				got := a.text("Message")
				if otherwise {
					got = a.text("Elements", 0, "ValidationErrors", 0, "Message")
				}
				if got != "Idempotency Key: k is used with a different request." {
					t.Errorf("answer %s", a.body)
				}
			},
		},
		{
			name: "a refusal is kept under its key", source: keys + "; not confirmed of 400", doubt: "kept-400",
			check: func(t *testing.T, change func(*xero.Options), otherwise bool) {
				b := open(t, func(o *xero.Options) { shop(o); change(o) })
				name := b.twin.Contacts()[0]["Name"].(string)
				put(b, name, "k").want(400)
				if err := b.twin.Archive(b.twin.Contacts()[0]["ContactID"].(string)); err != nil {
					t.Fatal(err)
				}
				put(b, name, "k").want(either(otherwise, 400, 200))
			},
		},
		{
			name: "a second call under a key waits for the first", source: "not confirmed", doubt: "key-waits",
			check: func(t *testing.T, change func(*xero.Options), otherwise bool) {
				hold, entered := make(chan struct{}), make(chan struct{}, 1)
				b := open(t, func(o *xero.Options) {
					o.Inside = func(next http.Handler) http.Handler {
						return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
							entered <- struct{}{}
							<-hold
							next.ServeHTTP(w, r)
						})
					}
					change(o)
				})
				var wg sync.WaitGroup
				wg.Go(func() { put(b, "A", "k").want(200) })
				<-entered
				if otherwise {
					put(b, "A", "k").want(409)
				} else {
					wg.Go(func() { put(b, "A", "k").want(200) })
				}
				close(hold)
				wg.Wait()
				put(b, "A", "k").want(200)
				if n := len(b.twin.Contacts()); n != 1 {
					t.Errorf("%d contacts", n)
				}
			},
		},
	}
}
