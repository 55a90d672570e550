package xero_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/twin/xero"
)

func TestGroups(t *testing.T) {
	b := open(t, shop)
	groups := func(name string) string { return `{"ContactGroups":[{"Name":"` + name + `"}]}` }
	contacts := func(ids ...string) string {
		return `{"Contacts":[{"ContactID":"` + strings.Join(ids, `"},{"ContactID":"`) + `"}]}`
	}
	tell(b, []step{
		{"made", "PUT", "/ContactGroups", groups("Retail"), ""},
		{"name taken", "PUT", "/ContactGroups", groups("retail"), "A contact group with this name already exists"},
		{"no name", "PUT", "/ContactGroups", groups(""), "The name of the contact group must be specified"},
		{"two join", "PUT", "/ContactGroups/{Retail}/Contacts", contacts(harbour, northern), ""},
		{"joining twice", "PUT", "/ContactGroups/{Retail}/Contacts", contacts(harbour), ""},
		{"nobody", "PUT", "/ContactGroups/{Retail}/Contacts", contacts("99999999-1111-4111-8111-111111111111"), "An existing Contact with the specified ContactID could not be found"},
		{"renamed", "POST", "/ContactGroups/{Retail}", groups("Shops"), ""},
		{"one leaves", "DELETE", "/ContactGroups/{Shops}/Contacts/" + northern, ``, ""},
	})
	id := b.get("/ContactGroups").want(200).text("ContactGroups", 0, "ContactGroupID")
	b.call("DELETE", "/ContactGroups/"+id+"/Contacts/"+northern, "").want(404)
	state := func() string {
		one, many := b.get("/ContactGroups/"+id), b.get("/ContactGroups").want(200)
		return fmt.Sprint(len(many.list("ContactGroups")) > 0, " ", one.code, " ", one.text("ContactGroups", 0, "Contacts", 0, "Name"), " ",
			len(b.get("/Contacts/"+harbour).want(200).at("Contacts", 0, "ContactGroups").([]any)))
	}
	if got := state(); got != "true 200 Harbour Tools Ltd 1" {
		t.Errorf("group %s", got)
	}
	if got := b.get("/Contacts/"+harbour).text("Contacts", 0, "ContactGroups", 0, "Name"); got != "Shops" {
		t.Errorf("the contact calls its group %s", got)
	}
	// A world keeps who is in which group.
	again := open(t, func(o *xero.Options) {
		o.Collections = b.twin.Snapshot()
		o.Organisation = o.Collections["Organisation"][0]
		delete(o.Collections, "Organisation")
	})
	if diff := cmp.Diff(b.twin.Snapshot(), again.twin.Snapshot()); diff != "" {
		t.Error(diff)
	}
	b.call("DELETE", "/ContactGroups/"+id+"/Contacts", "").want(204)
	if got := state(); got != "true 200  0" {
		t.Errorf("group that all have left: %s", got)
	}
	b.call("PUT", "/ContactGroups/"+id+"/Contacts", contacts(harbour)).want(200)
	b.call("POST", "/ContactGroups/"+id, `{"ContactGroups":[{"Status":"DELETED"}]}`).want(200)
	if got := state(); !strings.HasPrefix(got, "false") || !strings.HasSuffix(got, " 0") {
		t.Errorf("deleted group: %s", got)
	}
	b.call("PUT", "/ContactGroups/"+id+"/Contacts", contacts(harbour)).want(404)
}

func TestGroupsOfWorlds(t *testing.T) {
	b := open(t, func(o *xero.Options) {
		shop(o)
		for i := range 100 {
			o.Collections["ContactGroups"] = append(o.Collections["ContactGroups"], map[string]any{"Name": fmt.Sprint("Group ", i)})
		}
		o.Collections["Contacts"][0]["ContactGroups"] = []any{object{"Name": "Group 7"}, object{"Name": "Found in no list"}}
	})
	if got := b.get("/Contacts/"+harbour).text("Contacts", 0, "ContactGroups", 0, "Name"); got != "Group 7" {
		t.Errorf("group %s", got)
	}
	if got := len(b.get("/ContactGroups").list("ContactGroups")); got != 101 {
		t.Errorf("%d groups", got)
	}
	if got := b.call("PUT", "/ContactGroups", `{"ContactGroups":[{"Name":"One more"}]}`).want(400).problems(); !contains(got, []string{"You’ve reached the limit of 100 contact groups."}) {
		t.Errorf("problems %q", got)
	}
}

func TestTermsOfContacts(t *testing.T) {
	b := open(t, func(o *xero.Options) {
		shop(o)
		o.Collections["Contacts"][0]["AccountsReceivableTaxType"] = "GONE" // which the API would refuse today
	})
	for body, want := range map[string]string{
		`"AccountsReceivableTaxType":"MOON"`:                                  "TaxType code 'MOON' does not exist",
		`"AccountsPayableTaxType":"INPUT2"`:                                   "",
		`"SalesDefaultAccountCode":"999"`:                                     "Account code '999' is not a valid code for this document.",
		`"PurchasesDefaultAccountCode":"300"`:                                 "",
		`"PaymentTerms":{"Sales":{"Day":32,"Type":"OFCURRENTMONTH"}}`:         "The payment terms are not valid",
		`"PaymentTerms":{"Bills":{"Day":31,"Type":"OFFOLLOWINGMONTH"}}`:       "",
		`"PaymentTerms":{"Bills":{"Day":-1,"Type":"OFFOLLOWINGMONTH"}}`:       "The payment terms are not valid",
		`"TaxNumberType":"EIN"`:                                               "",
		`"Addresses":[{"AddressType":"STREET","Country":"New Zealand"}]`:      "",
		`"Addresses":[{"AddressType":"STREET","Country":"Area 51"}]`:          "Country must contain letters only",
		`"ContactPersons":[{"EmailAddress":"nobody"}]`:                        "Email address must be valid.",
		`"ContactPersons":[{"EmailAddress":"b@x.test"},{"FirstName":"Only"}]`: "",
	} {
		var off []string
		if strings.Contains(body, "TaxNumberType") || strings.Contains(body, "PurchasesDefault") {
			off = []string{"X-Off-Spec", "the embedded description leaves the member out"}
		}
		a := b.call("POST", "/Contacts", `{"Contacts":[{"ContactID":"`+harbour+`",`+body+`}]}`, off...)
		if got := strings.Join(a.problems(), "\n"); got != want {
			t.Errorf("%s: problems %q, want %q", body, got, want)
		}
	}
	a := b.get("/Contacts/" + harbour).want(200)
	if got := a.text("Contacts", 0, "PaymentTerms", "Bills", "Day") + a.text("Contacts", 0, "PaymentTerms", "Bills", "Type"); got != "31OFFOLLOWINGMONTH" {
		t.Errorf("terms %s", got)
	}
	for body, want := range map[string]string{
		`"PaymentTerms":{"Bills":{"Day":1,"Type":"SOON"}}`: "The payment terms are not valid",
		`"TaxNumberType":"VAT"`:                            "TaxNumberType must be SSN, EIN, ITIN or ATIN",
	} {
		name, why := odd("values that the description does not list")
		a := b.call("POST", "/Contacts", `{"Contacts":[{"ContactID":"`+harbour+`",`+body+`}]}`, name, why)
		if got := strings.Join(a.problems(), "\n"); got != want {
			t.Errorf("%s: problems %q, want %q", body, got, want)
		}
	}
}
