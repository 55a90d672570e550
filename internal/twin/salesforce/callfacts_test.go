package salesforce

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/twin/world"
)

// callFacts are what is known of a call's outside, whatever it asks for.
func callFacts() []fact {
	return append([]fact{
		{
			name: "a missing token is an ended session, a wrong header an error of its own", source: errorPage,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				c.token = ""
				for header, want := range map[string]string{"": "INVALID_SESSION_ID", "Basic eDp5": "INVALID_AUTH_HEADER", "OAuth x": "INVALID_AUTH_HEADER"} {
					status, body, answered := c.exchange(http.MethodGet, "/limits", "", map[string]string{"Authorization": header})
					if code := body.([]any)[0].(map[string]any)["errorCode"]; status != http.StatusUnauthorized || code != want || answered.Get("Sforce-Limit-Info") != "" {
						t.Errorf("%q: %d %v, want 401 %s and no usage", header, status, code, want)
					}
				}
			},
		},
		{
			name: "a retired version is gone, one to come not found", source: "SOAP API guide, end of life of versions",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				check := func(version string, status int, code string) {
					t.Helper()
					if s, k, _ := c.refused(http.MethodGet, "/services/data/"+version+"/limits", ""); s != status || k != code {
						t.Errorf("%s: %d %s, want %d %s", version, s, k, status, code)
					}
				}
				check("v30.0", http.StatusGone, "GONE")
				check("v69.0", http.StatusNotFound, "NOT_FOUND")
				check("v067.0", http.StatusNotFound, "NOT_FOUND")
				if status, _ := c.do(http.MethodGet, "/services/data/v31.0/limits", ""); status != http.StatusOK {
					t.Errorf("v31.0: %d", status)
				}
				c.clock.Set(time.Date(2028, time.July, 1, 0, 0, 0, 0, time.UTC))
				c.login()
				check("v40.0", http.StatusGone, "GONE")
			},
		},
		{
			name: "the list of versions costs nothing and needs no token", source: "REST API guide, versions",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				c.token = ""
				status, body, header := c.exchange(http.MethodGet, "/services/data/", "", nil)
				list := body.([]any)
				want := map[string]any{"label": "Summer '14", "url": "/services/data/v31.0", "version": "31.0"}
				if diff := cmp.Diff(any(want), list[0]); diff != "" || status != http.StatusOK || len(list) != 38 || header.Get("Sforce-Limit-Info") != "" {
					t.Errorf("%d, %d versions, oldest (-want +got):\n%s", status, len(list), diff)
				}
			},
		},
		{
			name: "a version lists its resources and who asks", source: "REST API guide, resources by version",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				_, body := c.do(http.MethodGet, "/", "")
				want := map[string]any{"identity": c.url + "/id/" + ID("Organization", 1) + "/" + ID("User", 1)}
				for _, name := range []string{"limits", "composite", "query", "queryAll", "sobjects"} {
					want[name] = base + "/" + name
				}
				if diff := cmp.Diff(any(want), body); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			},
		},
		{
			name: "calls of 24 hours count, and over the allocation each is refused with 403", source: limitPages,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, both(change, func(o *Options) { o.DailyLimit, o.SessionLife = 2, 72*time.Hour }))
				c.do(http.MethodGet, "/limits", "")
				c.clock.Advance(time.Hour)
				c.refused(http.MethodGet, "/sobjects/Nope", "") // a refused call counts
				for range 2 {                                   // one over the allocation does not
					if status, code, _ := c.refused(http.MethodGet, "/limits", ""); status != http.StatusForbidden || code != "REQUEST_LIMIT_EXCEEDED" {
						t.Errorf("%d %s", status, code)
					}
				}
				c.clock.Advance(23 * time.Hour) // the first call leaves the window, the second does not
				_, _, header := c.exchange(http.MethodGet, "/limits", "", nil)
				if got := header.Get("Sforce-Limit-Info"); got != "api-usage=2/2" {
					t.Errorf("a day after the first: %s", got)
				}
			},
		},
		{
			name: "the usage header tells the org's calls", source: limitPages, doubt: doubtAppUsage,
			check: func(t *testing.T, change func(*Options), otherwise bool) {
				c := serve(t, change)
				_, _, header := c.exchange(http.MethodGet, "/limits", "", nil)
				want := "api-usage=1/15000"
				if otherwise {
					want += "; per-app-api-usage=1/15000(appName=planwright)"
				}
				if got := header.Get("Sforce-Limit-Info"); got != want {
					t.Errorf("%q, want %q", got, want)
				}
			},
		},
		{
			name: "too many long calls at once refuse every other with 403", source: limitPages,
			check: func(t *testing.T, change func(*Options), _ bool) {
				for kind, limit := range map[string]int{"Developer Edition": 5, "Enterprise Edition": 25} {
					c := serve(t, both(change, func(o *Options) {
						o.World.Salesforce["Organization"] = []world.Record{{"Name": "Kea", "TimeZoneSidKey": "GMT", "DefaultLocaleSidKey": "en_US", "OrganizationType": kind}}
					}))
					c.twin.SetLongCalls(limit - 1)
					if status, _ := c.do(http.MethodGet, "/limits", ""); status != http.StatusOK {
						t.Errorf("%s, one below: %d", kind, status)
					}
					c.twin.SetLongCalls(limit)
					if status, code, _ := c.refused(http.MethodGet, "/limits", ""); status != http.StatusForbidden || code != "REQUEST_LIMIT_EXCEEDED" {
						t.Errorf("%s, at the limit: %d %s", kind, status, code)
					}
				}
			},
		},
		{
			name: "a URI may have 16,384 bytes, with its headers no more", source: errorPage,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				uri := base + "/limits?x="
				fill := func(total int) string { return uri + strings.Repeat("x", total-len(uri)) }
				for size, want := range map[int]int{16385: http.StatusRequestURITooLong, 16384: http.StatusRequestHeaderFieldsTooLarge, 15000: http.StatusOK} {
					if status, _, _ := c.exchange(http.MethodGet, fill(size), "", offSpec()); status != want {
						t.Errorf("a URI of %d bytes: %d, want %d", size, status, want)
					}
				}
			},
		},
		{
			name: "messages are packed both ways", source: "REST API guide, compression headers",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				var packed bytes.Buffer
				z := gzip.NewWriter(&packed)
				fmt.Fprint(z, `{"Fax":"123"}`)
				z.Close()
				status, body, _ := c.exchange(http.MethodPatch, "/sobjects/Account/"+acme, packed.String(), map[string]string{"Content-Encoding": "gzip", "X-Off-Spec": "yes"})
				if row, _ := c.twin.Get("Account", acme); status != http.StatusNoContent || row["Fax"] != "123" {
					t.Errorf("sent packed: %d %v", status, body)
				}
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.url+base+"/sobjects/Account/"+acme, nil)
				if err != nil {
					t.Fatal(err)
				}
				req.Header = http.Header{"Authorization": {"Bearer " + c.token}, "Accept-Encoding": {"gzip"}}
				resp, err := http.DefaultTransport.RoundTrip(req)
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				r, err := gzip.NewReader(resp.Body)
				if err != nil || resp.Header.Get("Content-Encoding") != "gzip" || !strings.HasSuffix(resp.Header.Get("ETag"), `-gzip"`) {
					t.Fatalf("%v, headers %v", err, resp.Header)
				}
				if text, err := io.ReadAll(r); err != nil || !strings.Contains(string(text), `"Fax":"123"`) {
					t.Errorf("%v %s", err, text)
				}
			},
		},
		{
			name: "a POST may say that it is a PATCH", source: "seen in clients behind proxies",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				status, _ := c.do(http.MethodPost, "/sobjects/Account/"+acme+"?_HttpMethod=PATCH", `{"Fax":"9"}`)
				if row, _ := c.twin.Get("Account", acme); status != http.StatusNoContent || row["Fax"] != "9" {
					t.Errorf("%d, Fax %v", status, row["Fax"])
				}
			},
		},
		{
			name: "a body of another type than JSON is refused with 415", source: errorPage,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				for _, header := range []map[string]string{{"Content-Type": "text/plain"}, {"Content-Encoding": "br"}} {
					if status, body, _ := c.exchange(http.MethodPatch, "/sobjects/Account/"+acme, `{"Fax":"9"}`, header); status != http.StatusUnsupportedMediaType {
						t.Errorf("%v: %d %v", header, status, body)
					}
				}
			},
		},
	}, conditionFacts()...)
}

// Instants around the one at which the small world was made and last changed.
const (
	before = "Sun, 22 Nov 2026 10:08:00 GMT"
	same   = "Sun, 22 Nov 2026 03:08:01 MST"
)

func conditionFacts() []fact {
	return append([]fact{
		{
			name: "a row, a describe and the list of objects can be asked for if modified since", source: conditional,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				for _, path := range []string{"/sobjects/Opportunity/" + bare, "/sobjects/Opportunity/describe", "/sobjects"} {
					for _, tt := range []struct {
						header, date string
						want         int
					}{
						{"If-Modified-Since", same, http.StatusNotModified},
						{"If-Modified-Since", before, http.StatusOK},
						{"If-Modified-Since", "yesterday", http.StatusOK},
						{"If-Unmodified-Since", same, http.StatusOK},
						{"If-Unmodified-Since", before, http.StatusPreconditionFailed},
					} {
						status, body, _ := c.exchange(http.MethodGet, path, "", map[string]string{tt.header: tt.date})
						if status != tt.want || status == http.StatusNotModified && body != nil {
							t.Errorf("GET %s, %s %s: %d %v, want %d", path, tt.header, tt.date, status, body, tt.want)
						}
					}
				}
			},
		},
		{
			name: "a describe is modified when a field is hidden or closed", source: conditional,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				for name, do := range map[string]func(object, name string) error{"NextStep": c.twin.Hide, "Type": c.twin.Protect} {
					since := map[string]string{"If-Modified-Since": httpDate(c.clock.Now())}
					c.clock.Advance(time.Hour)
					must(t, do("Opportunity", name))
					if status, _, _ := c.exchange(http.MethodGet, "/sobjects/Opportunity/describe", "", since); status != http.StatusOK {
						t.Errorf("%s: status %d", name, status)
					}
				}
			},
		},
		{
			name: "an update pays no heed to If-Unmodified-Since", source: conditional, doubt: doubtPatchDate,
			check: func(t *testing.T, change func(*Options), otherwise bool) {
				c := serve(t, change)
				status, _, _ := c.exchange(http.MethodPatch, "/sobjects/Opportunity/"+bare, `{"Name":"x"}`, map[string]string{"If-Unmodified-Since": before})
				if (status == http.StatusPreconditionFailed) != otherwise {
					t.Errorf("status %d", status)
				}
			},
		},
		{
			name: "ETags guard accounts and nothing else", source: conditional,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				_, _, header := c.exchange(http.MethodGet, "/sobjects/Account/"+acme, "", nil)
				tag := header.Get("ETag")
				c.do(http.MethodPatch, "/sobjects/Account/"+acme, `{"Fax":"1"}`) // within the same second
				_, _, header = c.exchange(http.MethodGet, "/sobjects/Account/"+acme, "", nil)
				newer := header.Get("ETag")
				for _, tt := range []struct {
					method, path, header, value string
					want                        int
				}{
					{http.MethodPatch, "/sobjects/Account/" + acme, "If-Match", tag, http.StatusPreconditionFailed},
					{http.MethodGet, "/sobjects/Account/" + acme, "If-Match", tag, http.StatusPreconditionFailed},
					{http.MethodGet, "/sobjects/Account/" + acme, "If-None-Match", tag + ", " + newer, http.StatusNotModified},
					{http.MethodGet, "/sobjects/Account/" + acme, "If-None-Match", tag, http.StatusOK},
					{http.MethodPatch, "/sobjects/Account/" + acme, "If-None-Match", newer, http.StatusPreconditionFailed},
					{http.MethodPatch, "/sobjects/Account/" + acme, "If-Match", "*", http.StatusNoContent},
					{http.MethodPatch, "/sobjects/Account/" + acme, "If-Match", "unquoted", http.StatusBadRequest},
					{http.MethodPatch, "/sobjects/Opportunity/" + bare, "If-Match", tag, http.StatusNoContent},
					{http.MethodDelete, "/sobjects/Account/" + bolt, "If-Match", tag, http.StatusNoContent},
				} {
					body := ""
					if tt.method == http.MethodPatch {
						body = `{"Description":"x"}`
					}
					if status, got, _ := c.exchange(tt.method, tt.path, body, map[string]string{tt.header: tt.value}); status != tt.want {
						t.Errorf("%s %s, %s: %d %v, want %d", tt.method, tt.path, tt.header, status, got, tt.want)
					}
				}
				if _, _, header := c.exchange(http.MethodGet, "/sobjects/Opportunity/"+bare, "", nil); header.Get("ETag") != "" {
					t.Error("an opportunity has an ETag")
				}
			},
		},
		{
			name: "a write with a conditional header that cannot be read is refused", source: conditional,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				for _, header := range []map[string]string{{"If-Unmodified-Since": "2026-11-22"}, {"If-None-Match": "x y"}} {
					if status, _, _ := c.exchange(http.MethodPatch, "/sobjects/Opportunity/"+bare, `{"Name":"x"}`, header); status != http.StatusBadRequest {
						t.Errorf("%v: status %d", header, status)
					}
				}
			},
		},
	}, changeFacts()...)
}
