package salesforce

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/world"
)

const (
	oauthPages  = "help pages on OAuth flows"
	conditional = "REST API guide, conditional requests"
	limitPages  = "limits quick reference, API requests"
	errorPage   = "REST API guide, status codes and error responses"
)

// accessFacts are what is known of signing in, of limits and of the outside of a call.
func accessFacts() []fact {
	return append(signInFacts(), callFacts()...)
}

func signInFacts() []fact {
	return []fact{
		{
			name: "a token answer tells no expiry, and no refresh token where there is no person", source: oauthPages,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				_, body := c.ask(url.Values{"grant_type": {"client_credentials"}})
				if body["expires_in"] != nil || body["refresh_token"] != nil || body["issued_at"] != fmt.Sprint(c.clock.Now().UnixMilli()) {
					t.Errorf("answer %v", body)
				}
			},
		},
		{
			name: "client credentials need a run-as user and the org's own host", source: oauthPages,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				_, body := c.form(url.Values{"grant_type": {"client_credentials"}, "client_id": {DefaultClientID}, "client_secret": {DefaultClientSecret}},
					func(r *http.Request) { r.Host = "login.salesforce.com" })
				if got := refusedWith(body.(map[string]any)); got != "invalid_grant: request not supported on this domain" {
					t.Errorf("at the login host: %s", got)
				}
				c.twin.opt.App.NoRunAs = true
				if _, body := c.ask(url.Values{"grant_type": {"client_credentials"}}); refusedWith(body) != "invalid_grant: no client credentials user enabled" {
					t.Errorf("without a user: %v", body)
				}
			},
		},
		{
			name: "an assertion signed with the app's key acts as its subject", source: oauthPages,
			check: func(t *testing.T, change func(*Options), _ bool) {
				other := ID("User", 2)
				c := serve(t, both(change, signing, func(o *Options) {
					o.World.Salesforce["User"] = []world.Record{
						{"Id": ID("User", 1), "Username": "run@as.example", "LastName": "As", "Email": "a@b.example", "Alias": "as", "TimeZoneSidKey": "GMT", "LocaleSidKey": "en_US", "UserType": "Standard"},
						{"Id": other, "Username": "ana@twin.example", "LastName": "Reid", "Email": "a@b.example", "Alias": "ana", "TimeZoneSidKey": "GMT", "LocaleSidKey": "en_US", "UserType": "Standard"},
					}
				}))
				status, body := c.bearer(c.assertion(appKeys()[0], map[string]any{"sub": "ana@twin.example"}))
				if status != http.StatusOK || body["refresh_token"] != nil || body["scope"] != "api" {
					t.Fatalf("%d %v", status, body)
				}
				c.token = body["access_token"].(string)
				_, made := c.do(http.MethodPost, "/sobjects/Account", `{"Name":"New"}`)
				row, _ := c.twin.Get("Account", made.(map[string]any)["id"].(string))
				if row["CreatedById"] != other {
					t.Errorf("created by %v, want %s", row["CreatedById"], other)
				}
				if _, body := c.bearer(c.assertion(appKeys()[1], nil)); body["error"] != "invalid_grant" {
					t.Errorf("another key: %v", body)
				}
			},
		},
		{
			name: "an assertion may expire far ahead", source: "seen of the vendor's command line client; the pages disagree", doubt: doubtFarExpiry,
			check: func(t *testing.T, change func(*Options), otherwise bool) {
				c := serve(t, both(signing, change))
				status, body := c.bearer(c.assertion(appKeys()[0], map[string]any{"exp": c.clock.Now().Unix() + 3600}))
				if (status != http.StatusOK) != otherwise {
					t.Errorf("%d %v", status, body)
				}
			},
		},
		{
			name: "the password grant is blocked", source: "seen in new orgs",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				_, body := c.ask(url.Values{"grant_type": {"password"}, "username": {"integration@twin.example"}, "password": {"x"}})
				if refusedWith(body) != "invalid_grant: authentication failure" {
					t.Errorf("%v", body)
				}
			},
		},
		{
			name: "an authorization code works once, for fifteen minutes", source: oauthPages,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, both(change, signing))
				once, late := c.code(nil), c.code(nil)
				c.clock.Advance(15 * time.Minute)
				if status, body := c.redeem(once, nil); status != http.StatusOK {
					t.Errorf("in time: %v", body)
				}
				if _, body := c.redeem(once, nil); refusedWith(body) != "invalid_grant: expired authorization code" {
					t.Errorf("again: %v", body)
				}
				c.clock.Advance(time.Second)
				if _, body := c.redeem(late, nil); refusedWith(body) != "invalid_grant: expired authorization code" {
					t.Errorf("late: %v", body)
				}
			},
		},
		{
			name: "a code is given out for the verifier of its challenge only", source: "packaging guide, secure code for external client apps",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, both(change, signing))
				code := c.code(nil)
				if _, body := c.redeem(code, url.Values{"code_verifier": {strings.Repeat("x", 43)}}); refusedWith(body) != "invalid_grant: invalid code verifier" {
					t.Errorf("%v", body)
				}
				if status, _ := c.redeem(code, nil); status == http.StatusOK {
					t.Error("a code is good after a wrong verifier")
				}
			},
		},
		{
			name: "the scope full does not itself give a refresh token", source: "generated OpenAPI document, security schemes",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, both(change, signing, func(o *Options) { o.App.Scopes = []string{"full", "refresh_token"} }))
				if body := c.redeemed(url.Values{"scope": {"full"}}); body["refresh_token"] != nil || !c.works(body["access_token"]) {
					t.Errorf("full alone: %v", body)
				}
				if body := c.redeemed(nil); body["refresh_token"] == nil {
					t.Errorf("both: %v", body)
				}
			},
		},
		{
			name: "without rotation a refresh token stays; with it each use ends the old one", source: "help page on the refresh token flow",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, both(change, signing))
				first := c.redeemed(nil)["refresh_token"]
				for range 2 {
					if status, body := c.refresh(first); status != http.StatusOK || body["refresh_token"] != nil || !c.works(body["access_token"]) {
						t.Errorf("without rotation: %d %v", status, body)
					}
				}
				c.twin.opt.App.Rotate = true
				_, body := c.refresh(first)
				second := body["refresh_token"]
				if second == nil || second == first {
					t.Fatalf("with rotation: %v", body)
				}
				if status, body := c.refresh(second); status != http.StatusOK {
					t.Errorf("the new one: %v", body)
				}
				if _, body := c.refresh(second); refusedWith(body) != "invalid_grant: expired access/refresh token" {
					t.Errorf("the spent one: %v", body)
				}
			},
		},
		{
			name: "a spent refresh token that comes back ends the consent", source: "believed of token rotation, RFC 9700 section 4.14", doubt: doubtReuse,
			check: func(t *testing.T, change func(*Options), otherwise bool) {
				c := serve(t, both(signing, change, func(o *Options) { o.App.Rotate = true }))
				first := c.redeemed(nil)
				_, second := c.refresh(first["refresh_token"])
				c.refresh(first["refresh_token"])
				if c.works(second["access_token"]) != otherwise {
					t.Errorf("the newest session works: %v", !otherwise)
				}
				if status, body := c.refresh(second["refresh_token"]); (status == http.StatusOK) != otherwise {
					t.Errorf("the newest refresh token: %d %v", status, body)
				}
			},
		},
		{
			name: "a refresh token that lies idle too long is dead", source: "packaging guide, secure code for external client apps",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, both(change, signing, func(o *Options) { o.App.RefreshIdle = 30 * 24 * time.Hour }))
				token := c.redeemed(nil)["refresh_token"]
				for range 2 {
					c.clock.Advance(29 * 24 * time.Hour)
					if status, body := c.refresh(token); status != http.StatusOK {
						t.Fatalf("in use: %v", body)
					}
				}
				c.clock.Advance(31 * 24 * time.Hour)
				if _, body := c.refresh(token); refusedWith(body) != "invalid_grant: expired access/refresh token" {
					t.Errorf("after 31 days: %v", body)
				}
			},
		},
		{
			name: "revoking a refresh token ends its sessions", source: oauthPages,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, both(change, signing))
				got := c.redeemed(nil)
				if status, body := c.post("/services/oauth2/revoke", url.Values{"token": {got["refresh_token"].(string)}}); status != http.StatusOK || body != nil {
					t.Errorf("revoke: %d %v", status, body)
				}
				if c.works(got["access_token"]) {
					t.Error("a session of a revoked token works")
				}
				if status, _ := c.refresh(got["refresh_token"]); status == http.StatusOK {
					t.Error("a revoked token works")
				}
				if status, body := c.post("/services/oauth2/revoke", url.Values{"token": {"x"}}); status != http.StatusBadRequest {
					t.Errorf("revoking no token: %d %v", status, body)
				}
			},
		},
		{
			name: "a token lives until it was idle for the session's time", source: "help page on session settings",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				for range 3 {
					c.clock.Advance(2 * time.Hour)
					if !c.works(c.token) {
						t.Fatal("a token in use is refused")
					}
				}
				c.clock.Advance(2*time.Hour + time.Second)
				if status, code, text := c.refused(http.MethodGet, "/limits", ""); status != http.StatusUnauthorized || code != "INVALID_SESSION_ID" || text != "Session expired or invalid" {
					t.Errorf("%d %s %s", status, code, text)
				}
			},
		},
		{
			name: "a session without the scope api never opens the REST API", source: "source of jsforce",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, both(change, func(o *Options) { o.App.Scopes = []string{"id", "refresh_token"} }))
				status, code, text := c.refused(http.MethodGet, "/limits", "")
				if status != http.StatusUnauthorized || code != "INVALID_SESSION_ID" || text != "This session is not valid for use with the REST API" {
					t.Errorf("%d %s %s", status, code, text)
				}
			},
		},
		{
			name: "the sessions of a user who is switched off end", source: oauthPages,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, both(change, signing))
				token := c.redeemed(nil)["refresh_token"]
				if err := c.twin.Update("User", ID("User", 1), world.Record{"IsActive": false}); err != nil {
					t.Fatal(err)
				}
				if c.works(c.token) {
					t.Error("the session works")
				}
				if _, body := c.refresh(token); body["error"] != "inactive_user" {
					t.Errorf("refresh: %v", body)
				}
			},
		},
		{
			name: "identity calls refuse a dead token in their own way", source: "seen by users of jsforce", doubt: doubtIdentity,
			check: func(t *testing.T, change func(*Options), otherwise bool) {
				c := serve(t, change)
				c.twin.ExpireSessions()
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.url+"/services/oauth2/userinfo", nil)
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Authorization", "Bearer "+c.token)
				status, text := c.plain(req)
				want := "403 Bad_OAuth_Token"
				if otherwise {
					want = `401 [{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]`
				}
				if got := fmt.Sprintf("%d %s", status, text); got != want {
					t.Errorf("%s, want %s", got, want)
				}
			},
		},
	}
}
