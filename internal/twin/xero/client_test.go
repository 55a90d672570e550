package xero_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/xero"
)

var start = time.Date(2026, 11, 22, 10, 8, 1, 160e6, time.UTC)

// bench is a twin with everything a test needs around it.
type bench struct {
	t      *testing.T
	twin   *xero.Twin
	clock  *wire.Virtual
	faults *wire.Faults
	rec    *wire.Recorder
	client *http.Client
	base   string
	token  string
}

// open makes a twin in process. What change does to the options comes last.
func open(t *testing.T, change func(*xero.Options)) *bench {
	t.Helper()
	b := &bench{t: t, clock: wire.NewVirtual(start), base: "https://api.xero.com"}
	o := xero.Options{Now: b.clock.Now, Region: "NZ", MinuteLimit: -1, DayLimit: -1, Concurrent: -1}
	if change != nil {
		change(&o)
	}
	twin, err := xero.New(o)
	if err != nil {
		t.Fatal(err)
	}
	b.twin = twin
	b.faults, err = wire.NewFaults(nil, wire.FaultOptions{Now: b.clock.Now, At: b.clock.At})
	if err != nil {
		t.Fatal(err)
	}
	b.rec = &wire.Recorder{Now: b.clock.Now}
	b.client = &http.Client{Transport: wire.RoundTripper(b.rec.Wrap(b.faults.Wrap(twin)))}
	b.token = b.signIn("")
	t.Cleanup(func() { validate(t, b.rec.Exchanges()) })
	return b
}

// overSocket serves the same twin over a real socket from now on.
func (b *bench) overSocket() *bench {
	s := httptest.NewServer(b.rec.Wrap(b.faults.Wrap(b.twin)))
	b.t.Cleanup(s.Close)
	b.client, b.base = s.Client(), s.URL
	return b
}

func (b *bench) signIn(scope string) string {
	b.t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}}
	if scope != "" {
		form.Set("scope", scope)
	}
	r := b.request(http.MethodPost, "/connect/token", form.Encode())
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(xero.DefaultClientID, xero.DefaultClientSecret)
	a := b.send(r)
	if a.code != http.StatusOK {
		b.t.Fatalf("sign in: %d %s", a.code, a.body)
	}
	return a.text("access_token")
}

func (b *bench) request(method, path, body string) *http.Request {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.base+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if strings.HasPrefix(path, "/api.xro") {
		r.Header.Set("Accept", "application/json")
		if body != "" {
			r.Header.Set("Content-Type", "application/json")
		}
	}
	if b.token != "" {
		r.Header.Set("Authorization", "Bearer "+b.token)
	}
	return r
}

// answer is what came back, decoded.
type answer struct {
	t      *testing.T
	code   int
	header http.Header
	body   string
	json   any
}

func (b *bench) try(r *http.Request) (answer, error) {
	b.t.Helper()
	resp, err := b.client.Do(r)
	if err != nil {
		return answer{}, err
	}
	a, err := read(resp)
	a.t = b.t
	return a, err
}

func read(resp *http.Response) (answer, error) {
	body, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return answer{}, err
	}
	a := answer{code: resp.StatusCode, header: resp.Header, body: string(body)}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		d := json.NewDecoder(bytes.NewReader(body))
		d.UseNumber()
		if err := d.Decode(&a.json); err != nil {
			return answer{}, fmt.Errorf("answer is not JSON: %w: %s", err, body)
		}
	}
	return a, nil
}

func (b *bench) send(r *http.Request) answer {
	b.t.Helper()
	a, err := b.try(r)
	if err != nil {
		b.t.Fatal(err)
	}
	return a
}

// call makes one call below the Accounting API's root; headers are pairs.
func (b *bench) call(method, path, body string, headers ...string) answer {
	b.t.Helper()
	r := b.request(method, "/api.xro/2.0"+path, body)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return b.send(r)
}

func (b *bench) get(path string, headers ...string) answer {
	b.t.Helper()
	return b.call(http.MethodGet, path, "", headers...)
}

// odd marks a call whose request leaves the vendor's description on purpose, so that
// only its answer is held up to it.
func odd(why string) (name, value string) { return "X-Off-Spec", why }

// where makes a list path with a filter.
func where(collection, filter string, more ...string) string {
	q := url.Values{"where": {filter}}
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return "/" + collection + "?" + q.Encode()
}

// at walks a decoded answer: names, and numbers for places in lists.
func (a answer) at(path ...any) any {
	v := a.json
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[p]
		case int:
			list, _ := v.([]any)
			if p >= len(list) {
				return nil
			}
			v = list[p]
		}
	}
	return v
}

func (a answer) text(path ...any) string {
	v := a.at(path...)
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

func (a answer) list(name string) []any {
	list, _ := a.at(name).([]any)
	return list
}

// want checks the status.
func (a answer) want(code int) answer {
	a.t.Helper()
	if a.code != code {
		a.t.Fatalf("status %d, want %d: %.2000s", a.code, code, a.body)
	}
	return a
}

// problems collects validation messages, wherever they sit.
func (a answer) problems() []string {
	var out []string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if list, ok := v["ValidationErrors"].([]any); ok {
				for _, e := range list {
					m, _ := e.(map[string]any)
					out = append(out, fmt.Sprint(m["Message"]))
				}
			}
			for _, name := range []string{"Elements", "Invoices", "Contacts", "Items", "Payments", "Contact", "CreditNotes", "Allocations", "BankTransactions", "BatchPayments"} {
				walk(v[name])
			}
		case []any:
			for _, e := range v {
				walk(e)
			}
		}
	}
	walk(a.json)
	return out
}

func dec(text string) decimal.Decimal { return decimal.Must(text) }
