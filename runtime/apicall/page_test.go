package apicall

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/specs/catalog"
)

// paths records what was asked for.
type paths struct {
	mu  sync.Mutex
	got []string
}

func (p *paths) add(req *http.Request) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got = append(p.got, req.RequestURI)
	return len(p.got)
}

func ids(v any) string {
	rows, _ := v.([]any)
	var s []string
	for _, r := range rows {
		m := r.(map[string]any)
		for _, k := range []string{"Id", "InvoiceID"} {
			if id, ok := m[k].(string); ok {
				s = append(s, id)
			}
		}
	}
	return strings.Join(s, " ")
}

func soqlArgs() Args {
	return Args{Query: &Query{Select: []string{"Id"}, From: "Opportunity"}}
}

func TestQueryPages(t *testing.T) {
	var p paths
	r := newRig(t, func(w http.ResponseWriter, req *http.Request) {
		switch p.add(req) {
		case 1:
			reply(200, `{"totalSize":4,"done":false,"nextRecordsUrl":"/services/data/v67.0/query/01g-2","records":[{"Id":"a"},{"Id":"b","Name":"old"}]}`)(w, req)
		case 2:
			reply(200, `{"totalSize":4,"done":false,"nextRecordsUrl":"/services/data/v67.0/query/01g-3?x=1","records":[]}`)(w, req)
		default:
			reply(200, `{"totalSize":4,"done":true,"records":[{"Id":"b","Name":"new"},{"Id":"c"}]}`)(w, req)
		}
	})
	out := r.call(t, "salesforce.query", soqlArgs())
	want := []any{map[string]any{"Id": "a"}, map[string]any{"Id": "b", "Name": "new"}, map[string]any{"Id": "c"}}
	if diff := cmp.Diff(Outcome{Class: "ok", Status: 200, Value: want}, out); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	wantPaths := []string{"/services/data/v67.0/query?q=SELECT%20Id%20FROM%20Opportunity", "/services/data/v67.0/query/01g-2", "/services/data/v67.0/query/01g-3?x=1"}
	if diff := cmp.Diff(wantPaths, p.got); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

// TestQueryPagesOutside holds that an answer cannot send the token anywhere else.
func TestQueryPagesOutside(t *testing.T) {
	for _, next := range []string{
		"https://elsewhere.test/services/data/v67.0/query/1", "//elsewhere.test/services/data/v67.0/query/1", "/services/oauth2/token",
		"/services/data/v67.0/../../oauth2/token", "/services/data/v67.0x", "query/1", "http://[::1", "/services/data/v67.0", "/services/data/v67.0/%2e%2e/%2e%2e/x",
	} {
		t.Run(next, func(t *testing.T) {
			r := newRig(t, reply(200, fmt.Sprintf(`{"done":false,"nextRecordsUrl":%q,"records":[{"Id":"a"}]}`, next)))
			out := r.call(t, "salesforce.query", soqlArgs())
			if out.Class != catalog.ClassRetry || out.Value != nil || r.hits.Load() != 1 {
				t.Errorf("after %d requests: %+v", r.hits.Load(), out)
			}
		})
	}
}

func TestListPages(t *testing.T) {
	page := func(n string) string {
		return map[string]string{
			"1": `{"Invoices":[{"InvoiceID":"a"},{"InvoiceID":"b"},{"InvoiceID":"c"}]}`,
			"2": `{"Invoices":[{"InvoiceID":"c"},{"InvoiceID":"d"},{"InvoiceID":"e"}]}`,
			"3": `{"Invoices":[{"InvoiceID":"f"}]}`,
		}[n]
	}
	var p paths
	r := newRig(t, func(w http.ResponseWriter, req *http.Request) {
		p.add(req)
		reply(200, page(req.URL.Query().Get("page")))(w, req)
	})
	args := Args{Params: map[string]any{"InvoiceNumbers": []any{"SF 1", "SF-2"}}}
	out := r.call(t, "xero.getInvoices", args)
	if out.Class != catalog.ClassOK || ids(out.Value) != "a b c d e f" {
		t.Errorf("got %+v", out)
	}
	want := []string{"/Invoices?InvoiceNumbers=SF%201%2CSF-2&page=1&pageSize=3", "/Invoices?InvoiceNumbers=SF%201%2CSF-2&page=2&pageSize=3", "/Invoices?InvoiceNumbers=SF%201%2CSF-2&page=3&pageSize=3"}
	if diff := cmp.Diff(want, p.got); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	p.got = nil
	args.Params["page"] = num("2")
	if out := r.call(t, "xero.getInvoices", args); ids(out.Value) != "c d e" || len(p.got) != 1 {
		t.Errorf("one page was asked for: %v, %+v", p.got, out)
	}
}

func TestPagesThatEnd(t *testing.T) {
	full := `{"Invoices":[{"InvoiceID":"a"},{"InvoiceID":"b"},{"InvoiceID":"c"}]}`
	for _, tc := range []struct {
		name, later string
		status      int
		class       catalog.Class
		hits        int64
		rows        string
	}{
		{"with an empty page", `{"Invoices":[]}`, 200, "ok", 2, "a b c"},
		{"with the same page again", full, 200, "ok", 2, "a b c"},
		{"with a refusal", `{"Message":"x"}`, 400, "retry", 2, ""},
		{"with nothing found", ``, 404, "retry", 2, ""},
		{"with a limit", ``, 429, "limit", 2, ""},
		{"with a lock-out", ``, 403, "person", 2, ""},
		{"with a broken page", `{"Invoices":[{"InvoiceID"`, 200, "retry", 2, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t, func(w http.ResponseWriter, req *http.Request) {
				if req.URL.Query().Get("page") == "1" {
					reply(200, full)(w, req)
					return
				}
				reply(tc.status, tc.later)(w, req)
			})
			out := r.call(t, "xero.getInvoices", Args{})
			if out.Class != tc.class || r.hits.Load() != tc.hits || ids(out.Value) != tc.rows {
				t.Errorf("after %d requests: %+v", r.hits.Load(), out)
			}
		})
	}
}

func TestTooManyRows(t *testing.T) {
	var p paths
	r := newRig(t, func(w http.ResponseWriter, req *http.Request) {
		n := p.add(req)
		reply(200, fmt.Sprintf(`{"Invoices":[{"InvoiceID":"%d-1"},{"InvoiceID":"%d-2"},{"InvoiceID":"%d-3"}]}`, n, n, n))(w, req)
	}, func(c *Config) { c.MaxRows = 10 })
	out := r.call(t, "xero.getInvoices", Args{})
	if out.Class != catalog.ClassPerson || out.Value != nil || r.hits.Load() != 4 {
		t.Errorf("after %d requests: %+v", r.hits.Load(), out)
	}
}
