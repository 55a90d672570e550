package salesforce

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// describedFields returns the fields of an object's describe by name.
func describedFields(c *client, object string) map[string]map[string]any {
	c.t.Helper()
	status, body := c.do(http.MethodGet, "/sobjects/"+object+"/describe", "")
	if status != http.StatusOK {
		c.t.Fatalf("describe %s: %d %v", object, status, body)
	}
	out := map[string]map[string]any{}
	for _, f := range body.(map[string]any)["fields"].([]any) {
		m := f.(map[string]any)
		out[m["name"].(string)] = m
	}
	return out
}

// TestDescribedFields holds figures up to the vendor's field reference.
func TestDescribedFields(t *testing.T) {
	c := serve(t, nil)
	none := num("0")
	tests := []struct {
		object, field string
		want          map[string]any
	}{
		{"Opportunity", "Name", map[string]any{"type": "string", "length": num("120"), "nillable": false, "createable": true, "updateable": true, "nameField": true, "label": "Name"}},
		{"Opportunity", "Amount", map[string]any{"type": "currency", "precision": num("18"), "scale": num("2"), "nillable": true, "soapType": "xsd:double"}},
		{"Opportunity", "IsWon", map[string]any{"type": "boolean", "nillable": false, "defaultedOnCreate": true, "createable": false, "updateable": false, "label": "Is Won"}},
		{"Opportunity", "OwnerId", map[string]any{"type": "reference", "nillable": false, "defaultedOnCreate": true, "referenceTo": []any{"User"}, "relationshipName": "Owner", "label": "Owner ID"}},
		{"Opportunity", "Description", map[string]any{"type": "textarea", "length": num("32000"), "filterable": false, "sortable": false}},
		{"Opportunity", "Xero_Invoice_Id__c", map[string]any{"type": "string", "length": num("36"), "custom": true, "externalId": true, "unique": false, "idLookup": true, "label": "Xero Invoice Id"}},
		{"Opportunity", "Xero_Invoice_Number__c", map[string]any{"length": num("255"), "custom": true, "externalId": false}},
		{"Opportunity", "LastStageChangeDate", map[string]any{"type": "datetime", "createable": false}},
		{"Opportunity", "ContactId", map[string]any{"createable": true, "updateable": false}},
		{"Opportunity", "Probability", map[string]any{"type": "percent", "precision": num("3"), "scale": none}},
		{"Opportunity", "FiscalYear", map[string]any{"type": "int", "digits": num("9"), "precision": none}},
		{"OpportunityLineItem", "Quantity", map[string]any{"type": "double", "precision": num("12"), "scale": num("2"), "nillable": false}},
		{"OpportunityLineItem", "Discount", map[string]any{"type": "percent", "precision": num("5"), "scale": num("2")}},
		{"OpportunityLineItem", "OpportunityId", map[string]any{"cascadeDelete": true, "updateable": false, "relationshipName": "Opportunity"}},
		{"Account", "BillingCountry", map[string]any{"length": num("80"), "compoundFieldName": "BillingAddress"}},
		{"Account", "BillingAddress", map[string]any{"type": "address", "createable": false, "filterable": false}},
		{"Account", "AnnualRevenue", map[string]any{"precision": num("18"), "scale": none}},
		{"Contact", "Email", map[string]any{"type": "email", "length": num("80")}},
		{"Product2", "Family", map[string]any{"type": "picklist", "restrictedPicklist": true}},
		{"Task", "WhatId", map[string]any{"polymorphicForeignKey": true, "referenceTo": []any{"Account", "Opportunity"}, "relationshipName": "What"}},
		{"Organization", "Country", map[string]any{"compoundFieldName": nil}},
	}
	for _, tt := range tests {
		got := describedFields(c, tt.object)[tt.field]
		if len(got) != 58 {
			t.Errorf("%s.%s has %d properties, want the 58 of the vendor's describe", tt.object, tt.field, len(got))
		}
		for name, want := range tt.want {
			if diff := cmp.Diff(want, got[name]); diff != "" {
				t.Errorf("%s.%s: %s (-want +got):\n%s", tt.object, tt.field, name, diff)
			}
		}
	}
}

func TestPicklistIsTheOrgsStages(t *testing.T) {
	c := serve(t, nil)
	var names []any
	for _, v := range describedFields(c, "Opportunity")["StageName"]["picklistValues"].([]any) {
		m := v.(map[string]any)
		if m["active"] != true || m["label"] != m["value"] {
			t.Errorf("picklist value %v", m)
		}
		names = append(names, m["value"])
	}
	var stages []any
	for _, r := range c.twin.All("OpportunityStage") {
		stages = append(stages, r["ApiName"])
	}
	if diff := cmp.Diff(stages, names); diff != "" || len(names) != 8 {
		t.Errorf("values of StageName (-stages +describe):\n%s", diff)
	}
}

func TestDescribeGlobalAndChildren(t *testing.T) {
	c := serve(t, nil)
	_, body := c.do(http.MethodGet, "/sobjects", "")
	var names []string
	for _, o := range body.(map[string]any)["sobjects"].([]any) {
		names = append(names, o.(map[string]any)["name"].(string)+" "+o.(map[string]any)["keyPrefix"].(string))
	}
	want := []string{
		"Organization 00D", "User 005", "Account 001", "Contact 003", "Product2 01t", "Pricebook2 01s", "PricebookEntry 01u",
		"OpportunityStage 01J", "Opportunity 006", "OpportunityLineItem 00k", "Task 00T",
		"OpportunityContactRole 00K", "OpportunityHistory 008", "OpportunityFieldHistory 017", "RecordType 012",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
	_, body = c.do(http.MethodGet, "/sobjects/opportunity/describe/", "")
	var children []string
	for _, r := range body.(map[string]any)["childRelationships"].([]any) {
		m := r.(map[string]any)
		children = append(children, m["relationshipName"].(string)+" "+m["childSObject"].(string)+"."+m["field"].(string))
	}
	want = []string{
		"OpportunityLineItems OpportunityLineItem.OpportunityId", "Tasks Task.WhatId", "OpportunityContactRoles OpportunityContactRole.OpportunityId",
		"OpportunityHistories OpportunityHistory.OpportunityId", "Histories OpportunityFieldHistory.OpportunityId",
	}
	if diff := cmp.Diff(want, children); diff != "" {
		t.Errorf("children of Opportunity (-want +got):\n%s", diff)
	}
	status, body := c.do(http.MethodGet, "/sobjects/Opportunity", "")
	if status != http.StatusOK || body.(map[string]any)["objectDescribe"].(map[string]any)["name"] != "Opportunity" {
		t.Errorf("basic information: %d %v", status, body)
	}
}
