package sim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/internal/twin/xero"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/journal"
)

// TestJudgesSpeak breaks the product, or what is seen of it, in one way after the other:
// each time the judge of that must speak within a few seeds.
func TestJudgesSpeak(t *testing.T) {
	s := stage(t)
	elsewhere := t.TempDir()
	for invariant, break_ := range map[string]Tamper{
		oneInvoice: {Carry: also("PUT", "/Invoices", func(b string) string { return strings.Replace(b, `AAA"`, `AAA-2"`, 1) })},
		noStray: {World: func(_ *salesforce.Twin, b *xero.Twin) {
			add(b, "Invoices", map[string]any{"InvoiceNumber": "SF-nobody"})
		}},
		sameContent:  {Carry: instead("PUT", "/Invoices", func(b string) string { return strings.Replace(b, `"UnitAmount":`, `"UnitAmount":1`, 1) })},
		intentFirst:  {Entry: func(e *journal.Entry) bool { return e.Kind != string(engine.KindIntent) }},
		nothingLost:  {Acked: 1000},
		approvedPlan: {Entry: changed(engine.KindStarted, `"plan":"sha256:`, `"plan":"sha256:0`)},
		oneBody:      {Sent: func(q *request) { q.key = q.key[:min(len(q.key), 1)] }},
		noSecond:     {Sent: blind, Carry: lose("PUT", "/Invoices")},
		oneContact:   {World: twoContacts},
		untouched:    {Carry: overwrite},
		oneTask:      {World: twoTasks},
		noSecret:     {File: func(b []byte) []byte { return append(b, xero.DefaultClientSecret...) }},
		sameReplay:   {Entry: changed(engine.KindIntent, `"digest":"sha256:`, `"digest":"sha256:0`)},
		oneTenant:    {Sent: func(q *request) { q.tenant = "another" }},
		withinLimits: {Carry: storm},
		nothingLeft:  {Carry: answer("GET", "FROM%20Opportunity%20WHERE%20IsWon", 200, `{"totalSize":0,"done":true,"records":[]}`)},
		writtenBack:  {Carry: answer("PATCH", "/Opportunity/", 204, "")},
		paymentShown: {Carry: answerBody("PATCH", "Xero_Payment_Status__c", 204, "")},
		taskRight:    {Carry: answer("POST", "/sobjects/Task", 201, `{"id":"00T5g0000000099AAA","success":true,"errors":[]}`)},
		linked:       {Carry: answer("PATCH", "/Account/", 204, "")},
		onlyPlanned:  {Carry: also("PUT", "/Invoices", nil)},
		audited: {Entry: func(e *journal.Entry) bool {
			return e.Kind != string(engine.KindReleased) || !strings.Contains(string(e.Data), dana)
		}},
		neverFailed: {Runs: restate(engine.Failed)},
		comesToRest: {Runs: restate(engine.Running)},
		noCrash:     {Ended: func(error) error { return errors.New("broken") }},
		oneOwner:    {Intruder: elsewhere},
	} {
		t.Run(invariant, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(120) {
				for _, b := range played(t, s, Options{Seed: seed, Tamper: &break_}).Broken {
					if strings.HasPrefix(b, invariant) {
						return
					}
				}
			}
			t.Error("nobody noticed")
		})
	}
}

// blind hides look-ups.
func blind(q *request) {
	if strings.Contains(q.path, "InvoiceNumbers=") {
		q.path = "/"
	}
}

type carrier = func(next http.RoundTripper, r *http.Request) (*http.Response, error)

func matches(r *http.Request, method, path string) bool {
	return r.Method == method && strings.Contains(r.URL.RequestURI(), path)
}

func body(r *http.Request) string {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(b))
	return string(b)
}

func with(r *http.Request, text string) *http.Request {
	r = r.Clone(r.Context())
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
	r.Header.Del("Idempotency-Key")
	return r
}

// also sends a request again, changed; nil sends a payment.
func also(method, path string, change func(string) string) carrier {
	return func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
		if !matches(r, method, path) {
			return next.RoundTrip(r)
		}
		text := body(r)
		res, err := next.RoundTrip(with(r, text))
		more := with(r, "{}")
		if change != nil {
			more = with(r, change(text))
		} else {
			more.URL.Path = strings.Replace(more.URL.Path, "/Invoices", "/Payments", 1)
		}
		if again, err := next.RoundTrip(more); err == nil {
			again.Body.Close()
		}
		return res, err
	}
}

// instead sends a request changed.
func instead(method, path string, change func(string) string) carrier {
	return func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
		if matches(r, method, path) {
			r = with(r, change(body(r)))
		}
		return next.RoundTrip(r)
	}
}

// lose loses every first sending.
func lose(method, path string) carrier {
	seen := map[string]bool{}
	return func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
		if matches(r, method, path) {
			if text := body(r); !seen[text] {
				seen[text] = true
				return nil, errors.New("lost")
			}
		}
		return next.RoundTrip(r)
	}
}

func answer(method, path string, code int, text string) carrier {
	return answerIf(func(r *http.Request) bool { return matches(r, method, path) }, code, text)
}

func answerBody(method, part string, code int, text string) carrier {
	return answerIf(func(r *http.Request) bool { return r.Method == method && strings.Contains(body(r), part) }, code, text)
}

// answerIf answers without a vendor.
func answerIf(is func(*http.Request) bool, code int, text string) carrier {
	return func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
		if !is(r) {
			return next.RoundTrip(r)
		}
		return &http.Response{
			StatusCode: code, ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{"Content-Type": {"application/json"}},
			Body: io.NopCloser(strings.NewReader(text)), Request: r,
		}, nil
	}
}

// overwrite renames a contact whenever one is made.
func overwrite(next http.RoundTripper, r *http.Request) (*http.Response, error) {
	if !matches(r, "PUT", "/Contacts") {
		return next.RoundTrip(r)
	}
	list := r.Clone(r.Context())
	list.Method, list.Body = "GET", http.NoBody
	list.URL.RawQuery = ""
	res, err := next.RoundTrip(list)
	if err == nil {
		var all struct{ Contacts []struct{ ContactID string } }
		if json.NewDecoder(res.Body).Decode(&all) == nil && len(all.Contacts) > 0 {
			write := with(r, `{"Contacts":[{"Name":"Overwritten"}]}`)
			write.Method = "POST"
			write.URL.Path += "/" + all.Contacts[0].ContactID
			if again, err := next.RoundTrip(write); err == nil {
				again.Body.Close()
			}
		}
		res.Body.Close()
	}
	return next.RoundTrip(r)
}

// storm asks the books far too often.
func storm(next http.RoundTripper, r *http.Request) (*http.Response, error) {
	if matches(r, "GET", "/api.xro/") {
		for range 70 {
			if res, err := next.RoundTrip(r.Clone(r.Context())); err == nil {
				res.Body.Close()
			}
		}
	}
	return next.RoundTrip(r)
}

func changed(kind engine.Kind, from, to string) func(*journal.Entry) bool {
	return func(e *journal.Entry) bool {
		if e.Kind == string(kind) {
			e.Data = []byte(strings.Replace(string(e.Data), from, to, 1))
		}
		return true
	}
}

func restate(to engine.RunState) func([]app.RunView) {
	return func(runs []app.RunView) {
		for i := range runs {
			runs[i].State, runs[i].Hold = to, nil
		}
	}
}

func add(b *xero.Twin, collection string, more map[string]any) {
	rec := map[string]any{
		"Type": "ACCREC", "Contact": map[string]any{"ContactID": b.Contacts()[0]["ContactID"]}, "Status": "DRAFT", "Date": "2026-11-02",
		"LineItems": []any{map[string]any{"Description": "x", "Quantity": json.Number("1"), "UnitAmount": json.Number("1"), "AccountCode": "200"}},
	}
	maps.Copy(rec, more)
	if _, err := b.Add(collection, rec); err != nil {
		panic(err)
	}
}

func twoContacts(_ *salesforce.Twin, b *xero.Twin) {
	for i := range 2 {
		if _, err := b.Add("Contacts", map[string]any{"Name": fmt.Sprintf("Twin %d", i), "ContactNumber": "same", "ContactStatus": "ACTIVE"}); err != nil {
			panic(err)
		}
	}
}

func twoTasks(sf *salesforce.Twin, _ *xero.Twin) {
	for range 2 {
		if _, err := sf.Create("Task", world.Record{"Subject": "x", "Status": "Not Started", "Priority": "High", "Xero_Follow_Up__c": "same"}); err != nil {
			panic(err)
		}
	}
}
