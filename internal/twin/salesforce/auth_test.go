package salesforce

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTokenAnswer(t *testing.T) {
	c := serve(t, nil)
	status, body := c.form(url.Values{"grant_type": {"client_credentials"}}, func(r *http.Request) {
		r.SetBasicAuth(DefaultClientID, DefaultClientSecret)
	})
	if status != http.StatusOK {
		t.Fatalf("status %d, body %v, want 200 with credentials in the header", status, body)
	}
	got := body.(map[string]any)
	token, signature := got["access_token"].(string), got["signature"].(string)
	delete(got, "access_token")
	delete(got, "signature")
	want := map[string]any{
		"instance_url": c.url, "id": c.url + "/id/" + ID("Organization", 1) + "/" + ID("User", 1),
		"token_type": "Bearer", "issued_at": fmt.Sprint(c.clock.Now().UnixMilli()), "scope": "api",
	}
	if diff := cmp.Diff(want, got); diff != "" { // no expires_in among them
		t.Errorf("token answer (-want +got):\n%s", diff)
	}
	if !strings.HasPrefix(token, ID("Organization", 1)[:15]+"!") || token == c.token || signature == "" {
		t.Errorf("token %q after %q, signature %q: want a fresh token that begins with the organisation", token, c.token, signature)
	}
}

func TestTokenRefusals(t *testing.T) {
	c := serve(t, nil)
	good := url.Values{"grant_type": {"client_credentials"}, "client_id": {DefaultClientID}, "client_secret": {DefaultClientSecret}}
	tests := map[string]struct {
		name, value, want string
	}{
		"secret": {"client_secret", "wrong", "invalid_client"},
		"client": {"client_id", "wrong", "invalid_client_id"},
		"grant":  {"grant_type", "password", "invalid_grant"},
		"other":  {"grant_type", "device", "unsupported_grant_type"},
		"none":   {"grant_type", "", "unsupported_grant_type"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			form := url.Values{}
			for k := range good {
				form.Set(k, good.Get(k))
			}
			form.Set(tt.name, tt.value)
			status, body := c.form(form, nil)
			m, ok := body.(map[string]any) // an object, not an array
			if status != http.StatusBadRequest || !ok || m["error"] != tt.want || m["error_description"] == "" {
				t.Errorf("status %d, body %v, want 400 with error %q", status, body, tt.want)
			}
		})
	}
	if status, _ := c.do(http.MethodGet, "/services/oauth2/token", ""); status != http.StatusMethodNotAllowed {
		t.Errorf("GET of the token resource: status %d, want 405", status)
	}
}

func TestBaseURLAndOrganisationCanBeSet(t *testing.T) {
	org := ID("Organization", 77)
	c := serve(t, func(o *Options) { o.BaseURL, o.OrgID = "https://kea.my.salesforce.com", org[:15] })
	_, body := c.do(http.MethodGet, "/services/oauth2/userinfo", "")
	got := body.(map[string]any)
	if got["organization_id"] != org || got["sub"] != "https://kea.my.salesforce.com/id/"+org+"/"+ID("User", 1) {
		t.Errorf("userinfo = %v, want organisation %s at the base URL", got, org)
	}
}

func TestSessions(t *testing.T) {
	c := serve(t, func(o *Options) { o.SessionLife = time.Hour })
	ok := func() bool {
		status, _ := c.do(http.MethodGet, "/limits", "")
		return status == http.StatusOK
	}
	c.clock.Advance(50 * time.Minute)
	if !ok() {
		t.Fatal("a session of 50 minutes is refused, want it good for an hour")
	}
	c.clock.Advance(50 * time.Minute)
	if !ok() {
		t.Error("a session used 50 minutes ago is refused, want use to renew it")
	}
	c.clock.Advance(61 * time.Minute)
	if status, code, _ := c.refused(http.MethodGet, "/limits", ""); status != http.StatusUnauthorized || code != "INVALID_SESSION_ID" {
		t.Errorf("an idle session: %d %s, want 401 INVALID_SESSION_ID", status, code)
	}
	c.login()
	c.twin.ExpireSessions()
	if status, code, _ := c.refused(http.MethodGet, "/limits", ""); status != http.StatusUnauthorized || code != "INVALID_SESSION_ID" {
		t.Errorf("after ExpireSessions: %d %s, want 401 INVALID_SESSION_ID", status, code)
	}
	c.login()
	if !ok() {
		t.Error("a fresh token is refused")
	}
	for header, want := range map[string]string{"": "INVALID_SESSION_ID", "Bearer ": "INVALID_SESSION_ID", "Token x": "INVALID_AUTH_HEADER", "Bearer x": "INVALID_SESSION_ID"} {
		c.token = ""
		status, body, _ := c.exchange(http.MethodGet, "/limits", "", map[string]string{"Authorization": header})
		code := body.([]any)[0].(map[string]any)["errorCode"]
		if header == "Bearer " {
			want = "INVALID_AUTH_HEADER" // net/http trims it to "Bearer"
		}
		if status != http.StatusUnauthorized || code != want {
			t.Errorf("Authorization %q: %d %v, want 401 %s", header, status, code, want)
		}
	}
}

func TestDailyLimit(t *testing.T) {
	c := serve(t, func(o *Options) { o.DailyLimit, o.SessionLife = 4, 48*time.Hour })
	for n := 1; n <= 4; n++ {
		status, _, header := c.exchange(http.MethodGet, "/sobjects/Account/"+acme, "", nil)
		if want := fmt.Sprintf("api-usage=%d/4", n); status != http.StatusOK || header.Get("Sforce-Limit-Info") != want {
			t.Errorf("call %d: status %d, Sforce-Limit-Info %q, want 200 and %q", n, status, header.Get("Sforce-Limit-Info"), want)
		}
	}
	status, body, header := c.exchange(http.MethodGet, "/limits", "", nil)
	if status != http.StatusForbidden || body.([]any)[0].(map[string]any)["errorCode"] != "REQUEST_LIMIT_EXCEEDED" || header.Get("Sforce-Limit-Info") != "api-usage=4/4" {
		t.Errorf("call 5: %d %v %q, want 403 REQUEST_LIMIT_EXCEEDED at 4/4", status, body, header.Get("Sforce-Limit-Info"))
	}
	if status, _ := c.do(http.MethodGet, "/services/data/", ""); status != http.StatusOK {
		t.Errorf("the list of versions: status %d, want 200 without a call being spent", status)
	}
	c.clock.Advance(24 * time.Hour)
	_, body, _ = c.exchange(http.MethodGet, "/limits", "", nil)
	daily := body.(map[string]any)["DailyApiRequests"]
	if diff := cmp.Diff(any(map[string]any{"Max": num("4"), "Remaining": num("3")}), daily); diff != "" {
		t.Errorf("allocation a day later (-want +got):\n%s", diff)
	}
	c.twin.SetUsage(4)
	if status, code, _ := c.refused(http.MethodGet, "/limits", ""); status != http.StatusForbidden || code != "REQUEST_LIMIT_EXCEEDED" {
		t.Errorf("after SetUsage(4): %d %s, want 403 REQUEST_LIMIT_EXCEEDED", status, code)
	}
}

func TestVersions(t *testing.T) {
	c := serve(t, nil)
	token := c.token
	c.token = ""
	_, body := c.do(http.MethodGet, "/services/data", "")
	list := body.([]any)
	last := list[len(list)-1]
	if diff := cmp.Diff(any(map[string]any{"label": "Winter '27", "url": "/services/data/v68.0", "version": "68.0"}), last); diff != "" {
		t.Errorf("newest version (-want +got):\n%s", diff)
	}
	c.token = token
	for path, want := range map[string]int{
		"/services/data/v67.0": 200, "/services/data/v67.0/": 200, "/services/data/v40.0/limits": 200, "/services/data/v30.0/limits": 410,
		"/services/data/v99.0/limits": 404, "/services/data/67/limits": 404, "/services/data/v67/limits": 404, "/services/soap": 404,
	} {
		if status, _ := c.do(http.MethodGet, path, ""); status != want {
			t.Errorf("GET %s: status %d, want %d", path, status, want)
		}
	}
}

func TestSizeOfRequests(t *testing.T) {
	c := serve(t, nil)
	long := strings.Repeat("x", 16400)
	if status, _ := c.do(http.MethodGet, "/query?q="+long, ""); status != http.StatusRequestURITooLong {
		t.Errorf("a URI of 16,4xx bytes: status %d, want 414", status)
	}
	if status, _, _ := c.exchange(http.MethodGet, "/limits", "", map[string]string{"X-Long": long}); status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("headers of 16,4xx bytes: status %d, want 431", status)
	}
}

func TestRequestsAndCounts(t *testing.T) {
	c := serve(t, nil)
	c.do(http.MethodGet, "/sobjects/Account/"+acme, "")
	c.do(http.MethodGet, "/sobjects/account/"+bolt+"?fields=Name", "")
	c.do(http.MethodPatch, "/sobjects/Account/"+bolt, `{"Nope":1}`)
	var got []string
	for _, r := range c.twin.Requests() {
		got = append(got, fmt.Sprintf("%s %s %d %s", r.Method, r.Path, r.Status, r.Code))
	}
	want := []string{
		"POST /services/oauth2/token 200 ",
		"GET " + base + "/sobjects/Account/" + acme + " 200 ",
		"GET " + base + "/sobjects/account/" + bolt + "?fields=Name 200 ",
		"PATCH " + base + "/sobjects/Account/" + bolt + " 400 INVALID_FIELD",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	if gets, patches := c.twin.Count("GET", "/sobjects/Account/{id}"), c.twin.Count("PATCH", "/sobjects/Account/{id}"); gets != 2 || patches != 1 {
		t.Errorf("counts: %d GET, %d PATCH, want 2 and 1", gets, patches)
	}
}
