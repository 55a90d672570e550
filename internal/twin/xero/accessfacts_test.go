package xero_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/planwright/planwright/internal/twin/xero"
)

// accessFacts are what the product leans on of who may call what, and of how it is told no.
func accessFacts() []fact {
	webFact := func(name, source string, check func(t *testing.T, b *bench, second *xero.Twin)) fact {
		return fact{name: name, source: source, check: func(t *testing.T, change func(*xero.Options), _ bool) {
			second := twinOf(t, func(o *xero.Options) { o.Seed, o.Region = 2, "GB" })
			b := open(t, func(o *xero.Options) { apps(o); change(o) })
			b.must(b.twin.Join(second))
			check(t, b, second)
		}}
	}
	return []fact{
		{
			name: "each operation needs its own scope, and a .read scope reads alone", source: "the vendor's prompt library",
			check: func(t *testing.T, change func(*xero.Options), _ bool) {
				b := open(t, func(o *xero.Options) { shop(o); change(o) })
				for path, scope := range map[string]string{
					"/Invoices": "invoices", "/CreditNotes": "invoices", "/Invoices/1/History": "invoices", "/Contacts": "contacts", "/Payments": "payments",
					"/Overpayments": "payments", "/BatchPayments": "payments", "/BankTransactions": "banktransactions", "/Accounts": "settings",
					"/TaxRates": "settings", "/Currencies": "settings", "/TrackingCategories": "settings", "/Invoices/1/Attachments": "attachments",
				} {
					status := func(scope, method string) bool {
						b.token = b.signIn("accounting." + scope)
						return b.call(method, path, map[string]string{"PUT": "{}"}[method], "X-Off-Spec", "scopes alone").code != 401
					}
					other := "manualjournals"
					if !status(scope, "GET") || !status(scope+".read", "GET") || !status(scope, "PUT") || status(scope+".read", "PUT") || status(other, "GET") {
						t.Errorf("%s is not read and written by %s alone", path, scope)
					}
				}
			},
		},
		storyFact("a call that is not let in is no call of the organisation", "faq/limits", func(t *testing.T, b *bench) {
			good := b.token
			b.token = "stolen"
			a := b.get("/Items").want(401)
			equal(t, a.text("Title")+a.text("Detail")+a.left(), "UnauthorizedAuthenticationUnsuccessful//")
			b.token = good
			b.get("/Items", "xero-tenant-id", harbour).want(403)
			equal(t, fmt.Sprint(b.twin.Stats().Passed), "0")
		}),
		webFact("a token opens every connected organisation, each with its own books", "the vendor's prompt library", func(t *testing.T, b *bench, second *xero.Twin) {
			b.connect()
			b.token = b.connect().text("access_token")
			b.get("/Contacts").want(403) // no tenant named
			b.call("PUT", "/Contacts", contact(`"Name":"A"`), "xero-tenant-id", second.Tenant()).want(200)
			equal(t, fmt.Sprint(len(b.twin.Contacts()), len(second.Contacts())), "0 1")
		}),
		webFact("connections of one consent are found by the token's authentication event", "XeroAPI/Xero-OpenAPI, xero-identity.yaml getConnections", func(t *testing.T, b *bench, second *xero.Twin) {
			b.connect()
			b.token = b.connect().text("access_token")
			event, _ := claims(t, b.token)["authentication_event_id"].(string)
			a := b.send(b.request(http.MethodGet, "/connections?authEventId="+event, "")).want(200)
			all := b.send(b.request(http.MethodGet, "/connections", "")).want(200)
			equal(t, fmt.Sprint(len(a.json.([]any)), len(all.json.([]any)), a.text(0, "tenantId") == second.Tenant()), "1 2 true")
		}),
		webFact("scopes come by a new consent, not by a refresh", "the vendor's prompt library", func(t *testing.T, b *bench, _ *xero.Twin) {
			first := b.connect()
			form := refreshForm(first.text("refresh_token"))
			form.Set("scope", "accounting.settings accounting.attachments")
			a := b.exchange(webID, webSecret, form)
			if a.code == 200 {
				equal(t, fmt.Sprint(claims(t, a.text("access_token"))["scope"]), fmt.Sprint(claims(t, first.text("access_token"))["scope"]))
			}
		}),
		storyFact("a refusal is XML unless JSON is asked for, and a problem JSON whatever is asked", "documentation/api/accounting/requests-and-responses", func(t *testing.T, b *bench) {
			r := b.request("PUT", "/api.xro/2.0/Contacts", contact(`"Name":"Harbour Tools Ltd"`))
			r.Header.Del("Accept")
			r.Header.Set("X-Off-Spec", "XML")
			a := b.send(r).want(400)
			if !strings.HasPrefix(a.header.Get("Content-Type"), "text/xml") && !strings.HasPrefix(a.header.Get("Content-Type"), "application/xml") || !strings.Contains(a.body, "<ErrorNumber>10</ErrorNumber>") {
				t.Errorf("%s %s", a.header.Get("Content-Type"), a.body)
			}
			r = b.request("GET", "/api.xro/2.0/Contacts", "")
			r.Header.Del("Accept")
			r.Header.Set("Authorization", "Bearer stolen")
			equal(t, b.send(r).want(401).text("Title"), "Unauthorized")
		}),
	}
}
