package xero_test

import (
	"encoding/base64"
	"encoding/xml"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/xero"
)

func TestToken(t *testing.T) {
	tests := []struct {
		fact, id, secret, form, want string
	}{
		{"good", xero.DefaultClientID, xero.DefaultClientSecret, "grant_type=client_credentials&scope=accounting.contacts", ""},
		{"wrong secret", xero.DefaultClientID, "x", "grant_type=client_credentials", "invalid_client"},
		{"wrong client", "x", xero.DefaultClientSecret, "grant_type=client_credentials", "unauthorized_client"},
		{"no credentials", "", "", "grant_type=client_credentials", "invalid_client"},
		{"a grant the connection has not", xero.DefaultClientID, xero.DefaultClientSecret, "grant_type=refresh_token&refresh_token=x", "unauthorized_client"},
		{"a grant nobody has", xero.DefaultClientID, xero.DefaultClientSecret, "grant_type=password", "unsupported_grant_type"},
		{"unknown scope", xero.DefaultClientID, xero.DefaultClientSecret, "grant_type=client_credentials&scope=accounting.everything", "invalid_scope"},
	}
	b := open(t, nil)
	for _, tt := range tests {
		t.Run(tt.fact, func(t *testing.T) {
			r := b.request(http.MethodPost, "/connect/token", tt.form)
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Del("Authorization")
			if tt.id != "" {
				r.SetBasicAuth(tt.id, tt.secret)
			}
			a := b.send(r)
			if tt.want != "" {
				if a.code != 400 || a.text("error") != tt.want {
					t.Errorf("%d %s, want error %s", a.code, a.body, tt.want)
				}
				return
			}
			if a.code != 200 || a.text("expires_in") != "1800" || a.text("token_type") != "Bearer" || a.text("scope") != "accounting.contacts" || a.at("refresh_token") != nil {
				t.Errorf("%d %s", a.code, a.body)
			}
			claims, err := base64.RawURLEncoding.DecodeString(strings.Split(a.text("access_token"), ".")[1])
			if err != nil || !strings.Contains(string(claims), `"scope":["accounting.contacts"]`) {
				t.Errorf("claims %s, %v", claims, err)
			}
		})
	}
	if a := b.send(b.request(http.MethodGet, "/connect/token", "")); a.code != http.StatusMethodNotAllowed {
		t.Errorf("GET of the token call: %d", a.code)
	}
}

func TestProblemAnswers(t *testing.T) {
	b := open(t, nil)
	problem := func(a answer, code int, title, detail string) {
		t.Helper()
		a.want(code)
		if a.text("Title") != title || a.text("Detail") != detail || a.text("Status") != strconv.Itoa(code) || a.at("Extensions") == nil || a.text("Instance") == "" {
			t.Errorf("problem %s, want %s: %s", a.body, title, detail)
		}
		if a.header.Get("X-MinLimit-Remaining") != "" {
			t.Error("a call that was not let in must not show limits")
		}
	}
	good := b.token
	b.token = ""
	problem(b.get("/Items"), 401, "Unauthorized", "AuthenticationUnsuccessful")
	b.token = "stolen"
	problem(b.get("/Items"), 401, "Unauthorized", "AuthenticationUnsuccessful")
	b.token = good
	b.get("/Items", "xero-tenant-id", strings.ToUpper(b.twin.Tenant())).want(200)
	problem(b.get("/Items", "xero-tenant-id", harbour), 403, "Forbidden", "AuthenticationUnsuccessful")
	b.clock.Advance(30*time.Minute - time.Millisecond)
	b.get("/Items").want(200)
	b.clock.Advance(time.Millisecond)
	problem(b.get("/Items"), 401, "Unauthorized", "TokenExpired: token expired at 11/22/2026 10:38:01")

	b.token = b.signIn("accounting.contacts.read accounting.invoices")
	b.get("/Contacts").want(200)
	b.get("/Invoices").want(200)
	b.get("/Items").want(200) // the invoices scope covers items
	a := b.call("PUT", "/Contacts", `{"Contacts":[{"Name":"A"}]}`).want(401)
	if got := a.header.Get("WWW-Authenticate"); got != `Bearer error="insufficient_scope"` {
		t.Errorf("WWW-Authenticate %q", got)
	}
	b.get("/TaxRates").want(401)

	b.twin.RevokeTokens()
	problem(b.get("/Contacts"), 401, "Unauthorized", "AuthenticationUnsuccessful")
}

func TestTenantHeaderOfWebApps(t *testing.T) {
	b := open(t, func(o *xero.Options) { o.RequireTenant = true })
	b.get("/Items").want(403)
	b.get("/Items", "xero-tenant-id", b.twin.Tenant()).want(200)
}

func TestConnections(t *testing.T) {
	b := open(t, nil)
	a := b.send(b.request(http.MethodGet, "/connections", "")).want(200)
	id := a.text(0, "id")
	if a.text(0, "tenantId") != b.twin.Tenant() || a.text(0, "tenantType") != "ORGANISATION" || a.text(0, "createdDateUtc") != "2026-11-22T10:08:01.1600000" || a.text(0, "tenantName") != "Demo Company (NZ)" {
		t.Errorf("connections %s", a.body)
	}
	b.send(b.request(http.MethodDelete, "/connections/"+b.twin.Tenant(), "")).want(404) // not the tenant's id
	b.send(b.request(http.MethodDelete, "/connections/"+id, "")).want(204)
	b.get("/Items").want(403)
	if got := b.send(b.request(http.MethodGet, "/connections", "")).want(200).body; got != "[]" {
		t.Errorf("connections %s", got)
	}
	b.send(b.request(http.MethodDelete, "/connections/"+id, "")).want(404) // it is gone
	b.twin.Reconnect()
	b.get("/Items").want(200)
	b.twin.Disconnect()
	b.get("/Items").want(403)
	if got := b.send(b.request(http.MethodGet, "/connections", "")).want(200).body; got != "[]" {
		t.Errorf("connections %s", got)
	}
	b.twin.Reconnect()
	b.token = "stolen"
	b.send(b.request(http.MethodGet, "/connections", "")).want(401)
	b.send(b.request(http.MethodPost, "/connections", "")).want(401)
}

func TestAnswersOtherThanJSON(t *testing.T) {
	b := open(t, shop)
	a := b.get("/Invoices/" + harbour).want(404)
	if a.body != "" || a.header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("404 with %q %q", a.header.Get("Content-Type"), a.body)
	}
	for _, path := range []string{"/Nowhere", "/Invoices/", "/Invoices/a/b", "/Currencies/NZD", "/History", "/Organisation/x"} {
		b.get(path).want(404)
	}
	b.send(b.request(http.MethodGet, "/", "")).want(404)
	if got := b.call("DELETE", "/Currencies", "", "X-Off-Spec", "no such operation").want(501).text("ErrorNumber"); got != "20" {
		t.Errorf("error number %s, want 20", got)
	}

	a = b.get("/Contacts?where=Colour==1", "Accept", "*/*").want(400)
	if !strings.HasPrefix(a.body, "<ApiException ") || !strings.Contains(a.body, "><ErrorNumber>16</ErrorNumber><Type>QueryParseException</Type>") {
		t.Errorf("error as XML: %s", a.body)
	}
	a = b.get("/Contacts", "Accept", "application/xml").want(200)
	var doc struct {
		XMLName  xml.Name `xml:"Response"`
		Status   string
		Contacts []struct{ Name string } `xml:"Contacts>Contact"`
	}
	if err := xml.Unmarshal([]byte(a.body), &doc); err != nil || doc.Status != "OK" || len(doc.Contacts) != 2 || !strings.HasPrefix(a.header.Get("Content-Type"), "text/xml") {
		t.Errorf("XML %+v, %v: %s", doc, err, a.body)
	}

	b.twin.SetOffline(true)
	if a = b.get("/Items").want(503); a.body != "The Organisation is offline" {
		t.Errorf("503 with %q", a.body)
	}
	b.twin.SetOffline(false)
	b.get("/Items").want(200)
}
