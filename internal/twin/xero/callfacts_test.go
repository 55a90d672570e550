package xero_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/xero"
)

// limitedFact is a row about an organisation with a limit.
func limitedFact(name, source string, limit func(*xero.Options), check func(t *testing.T, b *bench)) fact {
	return fact{name: name, source: source, check: func(t *testing.T, change func(*xero.Options), _ bool) {
		check(t, open(t, func(o *xero.Options) { shop(o); limit(o); change(o) }))
	}}
}

// left is what an answer says of the limits: of a minute, of a day, and of the app.
func (a answer) left() string {
	return a.header.Get("X-MinLimit-Remaining") + "/" + a.header.Get("X-DayLimit-Remaining") + "/" + a.header.Get("X-AppMinLimit-Remaining")
}

// callFacts are what the product leans on when it repeats, batches and paces its calls.
func callFacts() []fact {
	return append(append(paceFacts(), keyFacts()...), batchFacts()...)
}

func paceFacts() []fact {
	const limits = "faq/limits"
	three := func(o *xero.Options) { o.MinuteLimit, o.DayLimit, o.AppMinuteLimit = 3, 10, 20 }
	return []fact{
		limitedFact("every answer of an organisation says what is left, refusals too, and each call is one less", limits, three, func(t *testing.T, b *bench) {
			equal(t, b.get("/Items").want(200).left()+" "+b.get("/Items/NONE").want(404).left()+" "+
				b.call("PUT", "/Contacts", `{"Contacts":[{"Name":"Harbour Tools Ltd"}]}`).want(400).left(), "2/9/19 1/8/18 0/7/17")
		}),
		limitedFact("a 429 has neither body nor content type, and is not counted", "recorded", three, func(t *testing.T, b *bench) {
			for range 3 {
				b.get("/Items").want(200)
			}
			for range 2 {
				a := b.get("/Items").want(429)
				equal(t, fmt.Sprintf("%q %v %s", a.body, a.header["Content-Type"], a.left()), `"" [] 0/7/17`)
			}
		}),
		limitedFact("a minute is a window that ends when Retry-After says, not a minute after the call", "documentation/guides/oauth2/limits", three, func(t *testing.T, b *bench) {
			b.get("/Items").want(200)
			b.clock.Advance(40 * time.Second)
			for b.get("/Items").code == 200 {
				continue
			}
			wait, err := time.ParseDuration(b.get("/Items").want(429).header.Get("Retry-After") + "s")
			b.must(err)
			b.clock.Advance(wait - time.Second)
			b.get("/Items").want(429)
			b.clock.Advance(time.Second)
			for range 3 {
				b.get("/Items").want(200)
			}
			b.get("/Items").want(429)
		}),
		limitedFact("the limit of a day says how many hours to wait", "help.codat.io", func(o *xero.Options) { o.DayLimit = 1 }, func(t *testing.T, b *bench) {
			b.get("/Items").want(200)
			a := b.get("/Items").want(429)
			wait, err := time.ParseDuration(a.header.Get("Retry-After") + "s")
			b.must(err)
			if wait > 24*time.Hour || wait < time.Minute || a.header.Get("X-Rate-Limit-Problem") != "day" {
				t.Errorf("headers %v", a.header)
			}
			b.clock.Advance(wait)
			b.token = b.signIn("")
			b.get("/Items").want(200)
		}),
		{
			name: "five calls run at once, and the sixth is not told when to come back", source: limits,
			check: func(t *testing.T, change func(*xero.Options), _ bool) {
				hold, entered := make(chan struct{}), make(chan struct{})
				b := open(t, func(o *xero.Options) {
					o.Concurrent = 0
					o.Inside = func(http.Handler) http.Handler {
						return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
							entered <- struct{}{}
							<-hold
							w.WriteHeader(http.StatusNoContent)
						})
					}
					change(o)
				})
				done := make(chan int, 5)
				for range 5 {
					r := b.request("DELETE", "/api.xro/2.0/Items/X", "")
					go func() {
						a, _ := b.try(r)
						done <- a.code
					}()
					<-entered
				}
				a := b.get("/Items").want(429)
				equal(t, fmt.Sprintf("%s %q", a.header.Get("X-Rate-Limit-Problem"), a.header["Retry-After"]), "concurrent []")
				close(hold)
				for range 5 {
					<-done
				}
			},
		},
		limitedFact("connections are no organisation's and know no limit", "XeroAPI/Xero-OpenAPI, xero-identity.yaml", func(o *xero.Options) { o.MinuteLimit = 1 }, func(t *testing.T, b *bench) {
			for range 2 {
				a := b.send(b.request(http.MethodGet, "/connections", "")).want(200)
				equal(t, a.text(0, "tenantId")+a.text(0, "tenantType")+fmt.Sprint(len(a.text(0, "createdDateUtc"))), b.twin.Tenant()+"ORGANISATION27")
			}
			equal(t, b.get("/Organisation").want(200).text("Organisations", 0, "OrganisationID"), b.twin.Tenant())
		}),
	}
}

func keyFacts() []fact {
	const keys = "documentation/guides/idempotent-requests/idempotency"
	const body = `{"Contacts":[{"Name":"A"}]}`
	write := func(b *bench, method, path, body, key string) answer {
		return b.call(method, path, body, "Idempotency-Key", key, "X-Off-Spec", "keys alone")
	}
	inside := func(kind wire.Kind) func(*xero.Options) {
		return func(o *xero.Options) {
			faults, err := wire.NewFaults([]wire.Fault{{Operation: "PUT */Contacts", Kind: kind, Code: 500, Nth: 1}}, wire.FaultOptions{})
			if err != nil {
				panic(err)
			}
			o.Inside = faults.Wrap
		}
	}
	return []fact{
		storyFact("a key is bound to method, address and every byte of the body", keys, func(t *testing.T, b *bench) {
			write(b, "PUT", "/Contacts", body, "k").want(200)
			for _, other := range [][3]string{{"POST", "/Contacts", body}, {"PUT", "/Contacts?summarizeErrors=false", body}, {"PUT", "/Contacts", body + " "}, {"PUT", "/Items", body}} {
				equal(t, write(b, other[0], other[1], other[2], "k").want(400).text("Message"), "Idempotency Key: k is used with a different request.")
			}
			write(b, "PUT", "/Contacts", body, "k").want(200)
			equal(t, fmt.Sprint(len(b.twin.Contacts())), "4")
		}),
		storyFact("a key has at most 128 characters", "XeroAPI/Xero-OpenAPI, idempotencyKey", func(_ *testing.T, b *bench) {
			write(b, "PUT", "/Contacts", `{"Contacts":[{"Name":"B"}]}`, strings.Repeat("k", 129)).want(400)
			write(b, "PUT", "/Contacts", `{"Contacts":[{"Name":"B"}]}`, strings.Repeat("k", 128)).want(200)
		}),
		limitedFact("an internal error is kept under its key when its cause is gone", keys, inside(wire.Status), func(_ *testing.T, b *bench) {
			write(b, "PUT", "/Contacts", body, "k").want(500)
			b.clock.Advance(6*time.Minute - time.Second)
			write(b, "PUT", "/Contacts", body, "k").want(500)
			write(b, "PUT", "/Contacts", body, "k2").want(200)
			b.clock.Advance(time.Second)
			write(b, "PUT", "/Contacts", body, "k").want(400) // runs at last: the name is taken
		}),
		limitedFact("an internal error may hide what was stored", "an integrator's incident note", inside(wire.StatusAfter), func(t *testing.T, b *bench) {
			write(b, "PUT", "/Contacts", `{"Contacts":[{"Name":"A"},{"Name":"B"}]}`, "k").want(500)
			equal(t, fmt.Sprint(len(b.twin.Contacts())), "5")
		}),
		limitedFact("a replay is a call like any other, and a 429 is not kept", keys, func(o *xero.Options) { o.MinuteLimit = 2 }, func(t *testing.T, b *bench) {
			write(b, "PUT", "/Contacts", body, "k").want(200)
			write(b, "PUT", "/Contacts", body, "k").want(200)
			write(b, "PUT", "/Contacts", `{"Contacts":[{"Name":"B"}]}`, "k2").want(429)
			b.clock.Advance(time.Minute)
			write(b, "PUT", "/Contacts", `{"Contacts":[{"Name":"B"}]}`, "k2").want(200)
			equal(t, fmt.Sprint(len(b.twin.Contacts())), "5")
		}),
	}
}

func batchFacts() []fact {
	const requests = "documentation/api/accounting/requests-and-responses"
	return []fact{
		storyFact("with summarizeErrors=false every element says what became of it", requests, func(t *testing.T, b *bench) {
			a := b.call("PUT", "/Contacts?summarizeErrors=false", `{"Contacts":[{"Name":"Harbour Tools Ltd"},{"Name":"New"}]}`).want(200)
			var got strings.Builder
			got.WriteString(a.text("Status"))
			for i := range 2 {
				got.WriteString(" " + a.text("Contacts", i, "StatusAttributeString") + " " + a.text("Contacts", i, "HasValidationErrors") + " " + a.text("Contacts", i, "ContactID")[:8])
			}
			equal(t, got.String(), "OK ERROR true 00000000 OK false "+b.twin.Contacts()[3]["ContactID"].(string)[:8])
		}),
		storyFact("without it a success has no status of its own", "recorded", func(t *testing.T, b *bench) {
			a := b.call("PUT", "/Contacts", `{"Contacts":[{"Name":"New"}]}`).want(200)
			equal(t, fmt.Sprint(a.at("Contacts", 0, "StatusAttributeString")), "<nil>")
		}),
		storyFact("summarizeErrors=true is as none: a 400 of the bad ones alone", "recorded", func(t *testing.T, b *bench) {
			a := b.call("PUT", "/Contacts?summarizeErrors=true", `{"Contacts":[{"Name":"Harbour Tools Ltd"},{"Name":"New"}]}`).want(400)
			equal(t, fmt.Sprint(a.text("ErrorNumber"), a.text("Type"), a.text("Message"), len(a.list("Elements")), len(b.twin.Contacts())), "10ValidationExceptionA validation exception occurred1 4")
		}),
		storyFact("parameters are heard in any case, as is what they are set to", "clients that spell them in several ways", func(t *testing.T, b *bench) {
			b.call("PUT", "/Contacts?SummarizeErrors=False", `{"Contacts":[{"Name":"Harbour Tools Ltd"}]}`, "X-Off-Spec", "case").want(200)
			a := b.get("/Contacts?summaryonly=True&IncludeArchived=True&Pagesize=2", "X-Off-Spec", "case").want(200)
			equal(t, fmt.Sprint(len(a.list("Contacts")), a.text("pagination", "itemCount")), "23")
		}),
		storyFact("an update of one record knows no summarizeErrors", "XeroAPI/Xero-OpenAPI, updateInvoice", func(t *testing.T, b *bench) {
			b.call("PUT", "/Invoices", put(sale("A", line("1", "10")))).want(200)
			b.call("POST", "/Invoices/A?summarizeErrors=false", put(`{"Status":"DELETED"}`), "X-Off-Spec", "a parameter it has not").want(400)
		}),
		storyFact("an unknown id among the updates stops the whole call", "a client's code", func(t *testing.T, b *bench) {
			unknown := `{"InvoiceID":"` + harbour + `","Reference":"x"}`
			b.call("POST", "/Invoices?summarizeErrors=false", put(sale("A", line("1", "10")), unknown)).want(404)
			b.call("POST", "/Invoices/NONE", put(`{"Reference":"x"}`)).want(404)
			equal(t, fmt.Sprint(len(b.twin.Invoices())), "0")
		}),
		storyFact("a client does not choose the id of what it makes", "XeroAPI/xero-node#204", func(t *testing.T, b *bench) {
			b.call("PUT", "/Invoices", put(with(sale("A", line("1", "10")), `"Type"`, `"InvoiceID":"`+harbour+`","Type"`))).want(400)
			equal(t, fmt.Sprint(len(b.twin.Invoices())), "0")
		}),
		storyFact("elements of one call see each other", requests, func(t *testing.T, b *bench) {
			a := b.call("PUT", "/Invoices", put(sale("A", line("1", "1")), sale("A", line("1", "1")))).want(400)
			equal(t, fmt.Sprint(a.problems(), len(b.twin.Invoices())), "[Invoice # must be unique.] 1")
		}),
		storyFact("a bare object and names in any case are heard as well", requests, func(t *testing.T, b *bench) {
			b.call("PUT", "/Contacts", `{"name":"Bare"}`, "X-Off-Spec", "bare").want(200)
			b.call("PUT", "/Contacts", `{"contacts":[{"NAME":"Small"}]}`, "X-Off-Spec", "case").want(200)
			equal(t, fmt.Sprint(b.twin.Contacts()[3]["Name"], b.twin.Contacts()[4]["Name"]), "BareSmall")
		}),
		storyFact("what cannot be read is a 400, what is not there a 404 without words", "recorded", func(t *testing.T, b *bench) {
			equal(t, b.call("PUT", "/Invoices", `{"Invoices":[`, "X-Off-Spec", "broken").want(400).text("Type"), "PostDataInvalidException")
			equal(t, b.get(where("Invoices", `Nonsense==`)).want(400).text("Type"), "QueryParseException")
			a := b.get("/Invoices/" + harbour).want(404)
			equal(t, a.body+a.header.Get("Content-Type"), "text/html; charset=utf-8")
		}),
		storyFact("only the first of several accounts or tax rates is looked at", "documentation/guides/oauth2/limits", func(t *testing.T, b *bench) {
			rate := func(name string) string {
				return `{"Name":"` + name + `","ReportTaxType":"OUTPUT","TaxComponents":[{"Name":"T","Rate":5}]}`
			}
			a := b.call("PUT", "/TaxRates", `{"TaxRates":[`+rate("One")+`,`+rate("Two")+`]}`).want(200)
			equal(t, fmt.Sprint(a.text("TaxRates", 0, "TaxType"), len(a.list("TaxRates")), len(b.get(where("TaxRates", `Name=="Two"`)).list("TaxRates"))), "TAX0011 0")
		}),
		storyFact("an organisation that is off line says so in plain text", "documentation/getting-started/http-response-codes", func(t *testing.T, b *bench) {
			b.twin.SetOffline(true)
			a := b.get("/Items").want(503)
			equal(t, a.body, "The Organisation is offline")
		}),
		storyFact("a user who ends the connection is a 403", "certification checkpoints", func(t *testing.T, b *bench) {
			b.twin.Disconnect()
			a := b.get("/Items").want(403)
			equal(t, a.text("Title")+a.text("Detail"), "ForbiddenAuthenticationUnsuccessful")
		}),
	}
}
