package salesforce

import (
	"net/http"
	"strings"
	"testing"

	"github.com/planwright/planwright/internal/twin/world"
)

const refReference = "Field Reference Guide"

// typed is what admins of a test's org made to show types.
func typed(change func(*Options)) func(*Options) {
	return with(with(change, customObjects, world.Record{"Name": "Sync__c", "Label": "Sync", "Plural": "Syncs", "AutoNumber": "S-{0000}"}),
		customFields,
		world.Record{"Object": "Account", "Name": "Tags__c", "Type": "multipicklist", "Values": []any{"A", "B", "C"}, "Restricted": true},
		world.Record{"Object": "Account", "Name": "Key__c", "Type": "string", "Length": num("20"), "Unique": true, "ExternalId": true, "CaseSensitive": true},
		world.Record{"Object": "Account", "Name": "Loose__c", "Type": "string", "Length": num("20"), "Unique": true},
		world.Record{"Object": "Account", "Name": "Count__c", "Type": "string", "AutoNumber": "C{00}/x"})
}

// typeFacts are what is known of the limits of fields.
func typeFacts() []fact {
	refused := func(t *testing.T, c *client, object, id, body, code string) {
		t.Helper()
		status, item := c.answered(http.MethodPatch, "/sobjects/"+object+"/"+id, body, offSpec())
		got, _ := item["errorCode"].(string)
		if code == "" && status != http.StatusNoContent || got != code {
			t.Errorf("%.60s: %d %v, want %q", body, status, item, code)
		}
	}
	return []fact{
		{
			name: "a text of the length of its field is taken, one longer refused", source: refReference,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				for _, f := range []struct {
					object, id, name string
					length           int
				}{
					{"Opportunity", bare, "Name", 120},
					{"Opportunity", bare, "NextStep", 255},
					{"Opportunity", bare, "Description", 32000},
					{"Account", acme, "Name", 255},
					{"Account", acme, "BillingStreet", 255},
					{"Account", acme, "BillingCity", 40},
					{"Account", acme, "BillingState", 80},
					{"Account", acme, "BillingPostalCode", 20},
					{"Account", acme, "BillingCountry", 80},
					{"Account", acme, "AccountNumber", 40},
					{"Account", acme, "Phone", 40},
					{"Contact", ID("Contact", 1), "LastName", 80},
					{"Contact", ID("Contact", 1), "FirstName", 40},
					{"OpportunityLineItem", line1, "Description", 255},
				} {
					refused(t, c, f.object, f.id, `{"`+f.name+`":"`+strings.Repeat("x", f.length)+`"}`, "")
					refused(t, c, f.object, f.id, `{"`+f.name+`":"`+strings.Repeat("x", f.length+1)+`"}`, "STRING_TOO_LONG")
				}
			},
		},
		{
			name: "a task's description has a refusal of its own", source: refCodes,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				id, err := c.twin.Create("Task", world.Record{"Subject": "x"})
				must(t, err)
				refused(t, c, "Task", id, `{"Description":"`+strings.Repeat("x", 32001)+`"}`, "MAX_TASK_DESCRIPTION_EXCEEEDED")
			},
		},
		{
			name: "a number is rounded to the scale of its field and refused beyond its precision", source: refReference,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				for _, f := range []struct{ object, id, name, sent, kept string }{
					{"Opportunity", bare, "Amount", "1.005", "1.01"},
					{"Opportunity", bare, "Amount", "9999999999999999.99", "9999999999999999.99"},
					{"Opportunity", bare, "Probability", "33.5", "34"},
					{"Account", acme, "AnnualRevenue", "1.5", "2"},
					{"OpportunityLineItem", line1, "Quantity", "1.005", "1.01"},
					{"OpportunityLineItem", line1, "Discount", "12.345", "12.35"},
				} {
					refused(t, c, f.object, f.id, `{"`+f.name+`":`+f.sent+`}`, "")
					if got := c.value(f.object, f.id, f.name); got != num(f.kept) {
						t.Errorf("%s.%s of %s is %v, want %s", f.object, f.name, f.sent, got, f.kept)
					}
				}
				for _, f := range []struct{ object, id, name, sent string }{
					{"Opportunity", bare, "Amount", "10000000000000000"},
					{"Opportunity", bare, "Probability", "1000"},
					{"OpportunityLineItem", line1, "Quantity", "10000000000"},
					{"OpportunityLineItem", line1, "Discount", "1000"},
					{"Account", acme, "NumberOfEmployees", "123456789"},
				} {
					refused(t, c, f.object, f.id, `{"`+f.name+`":`+f.sent+`}`, "NUMBER_OUTSIDE_VALID_RANGE")
				}
			},
		},
		{
			name: "a compound address is read, its parts are written", source: "Object Reference, address compound fields",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				refused(t, c, "Account", acme, `{"BillingAddress":{"city":"x"}}`, "INVALID_FIELD_FOR_INSERT_UPDATE")
				c.patch("Account", acme, `{"BillingStreet":"1 High St\r\nLevel 2"}`)
				address := c.fields("Account", acme, "BillingAddress")["BillingAddress"].(map[string]any)
				if address["street"] != "1 High St\r\nLevel 2" || address["city"] != "Auckland" {
					t.Errorf("address %v", address)
				}
			},
		},
		{
			name: "a multipicklist holds several values of its list", source: "Object Reference, field types",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, typed(change))
				refused(t, c, "Account", acme, `{"Tags__c":"A;C"}`, "")
				if got := c.value("Account", acme, "Tags__c"); got != "A;C" {
					t.Errorf("tags %v", got)
				}
				refused(t, c, "Account", acme, `{"Tags__c":"A;D"}`, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST")
			},
		},
		{
			name: "a list that is not restricted takes any value", source: refFields,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				refused(t, c, "Opportunity", bare, `{"Type":"Anything"}`, "")
				refused(t, c, "Opportunity", bare, `{"StageName":"Anything"}`, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST")
			},
		},
		{
			name: "unique values differ by case only where the field says so", source: refFields,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, typed(change))
				must(t, c.twin.Update("Account", acme, world.Record{"Key__c": "k", "Loose__c": "k"}))
				refused(t, c, "Account", bolt, `{"Key__c":"K"}`, "")
				refused(t, c, "Account", bolt, `{"Key__c":"k"}`, "DUPLICATE_VALUE")
				refused(t, c, "Account", bolt, `{"Loose__c":"K"}`, "DUPLICATE_VALUE")
				must(t, c.twin.Delete("Account", acme))
				refused(t, c, "Account", bolt, `{"Loose__c":"K"}`, "")
				if f := describedFields(c, "Account"); f["Key__c"]["caseSensitive"] != true || f["Loose__c"]["caseSensitive"] != false {
					t.Error("describe does not tell them apart")
				}
			},
		},
		{
			name: "the org counts an automatic number up, and nobody writes it", source: refFields,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, typed(change))
				names := []string{}
				for range 2 {
					id, err := c.twin.Create("Sync__c", world.Record{})
					must(t, err)
					names = append(names, plainText(c.value("Sync__c", id, "Name")))
				}
				if names[0] != "S-0001" || names[1] != "S-0002" || c.value("Account", bolt, "Count__c") != "C02/x" {
					t.Errorf("names %v, count %v", names, c.value("Account", bolt, "Count__c"))
				}
				again := reload(t, c.twin, c.clock)
				id, err := again.Create("Sync__c", world.Record{})
				must(t, err)
				if r, _ := again.Get("Sync__c", id); r["Name"] != "S-0003" {
					t.Errorf("after a load: %v", r["Name"])
				}
				refused(t, c, "Account", bolt, `{"Count__c":"C09/x"}`, "INVALID_FIELD_FOR_INSERT_UPDATE")
				if describedFields(c, "Sync__c")["Name"]["autoNumber"] != true {
					t.Error("described as any text")
				}
			},
		},
		{
			name: "ids of a line and of a contact role differ by the case of one letter", source: "Object Reference, ids",
			check: func(t *testing.T, _ func(*Options), _ bool) {
				line, _ := LongID("00k0000000000aB")
				role, _ := LongID("00K0000000000aB")
				if line == role || strings.EqualFold(line, role) {
					t.Errorf("%s and %s read alike", line, role)
				}
				for _, id := range []string{line, role} {
					if got, ok := LongID(strings.ToLower(id)); !ok || got != id {
						t.Errorf("%s without its case is %s", id, got)
					}
				}
			},
		},
	}
}
