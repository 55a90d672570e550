package salesforce

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/twin/world"
)

// admin is what the admins of a test's org made.
func admin(o *Options) {
	o.World.Salesforce[customObjects] = []world.Record{{"Name": "Sync__c", "Label": "Sync", "Plural": "Syncs"}}
	o.World.Salesforce[customFields] = []world.Record{
		{"Object": "Opportunity", "Name": "Region__c", "Type": "picklist", "Values": []any{"North", "South"}, "Restricted": true, "Label": "Region", "Help": "Where"},
		{"Object": "Opportunity", "Name": "Rate__c", "Type": "double", "Precision": json.Number("7"), "Scale": json.Number("4")},
		{"Object": "Opportunity", "Name": "NextStep", "Hidden": true},
		{"Object": "Sync__c", "Name": "Key__c", "Type": "string", "Length": json.Number("40"), "ExternalId": true, "Unique": true, "Required": true},
		{"Object": "Sync__c", "Name": "Deal__c", "Type": "reference", "ReferenceTo": "Opportunity", "Children": "Syncs__r"},
	}
}

// off makes a call that the embedded description does not speak of: its answer alone is
// judged.
func (c *client) off(method, path, body string) (int, any) {
	c.t.Helper()
	status, got, _ := c.exchange(method, path, body, offSpec())
	return status, got
}

func TestAdminsFields(t *testing.T) {
	c := serve(t, admin)
	fields := describedFields(c, "Opportunity")
	region := fields["Region__c"]
	if region["type"] != "picklist" || region["restrictedPicklist"] != true || region["custom"] != true || region["inlineHelpText"] != "Where" ||
		region["label"] != "Region" || len(region["picklistValues"].([]any)) != 2 {
		t.Errorf("Region__c: %v", region)
	}
	if r := fields["Rate__c"]; r["precision"] != num("7") || r["scale"] != num("4") {
		t.Errorf("Rate__c: %v", r)
	}
	if fields["NextStep"] != nil {
		t.Error("a hidden field is described")
	}
	sync := describedFields(c, "Sync__c")
	if k := sync["Key__c"]; k["unique"] != true || k["externalId"] != true || k["idLookup"] != true || k["nillable"] != false {
		t.Errorf("Key__c: %v", k)
	}
	if d := sync["Deal__c"]; d["relationshipName"] != "Deal__r" || !cmp.Equal(d["referenceTo"], []any{"Opportunity"}) {
		t.Errorf("Deal__c: %v", d)
	}
	_, body := c.do(http.MethodGet, "/sobjects/Opportunity/describe", "")
	var names strings.Builder
	for _, r := range body.(map[string]any)["childRelationships"].([]any) {
		names.WriteString(r.(map[string]any)["relationshipName"].(string) + " ")
	}
	if !strings.Contains(names.String(), "Syncs__r") {
		t.Errorf("children of Opportunity: %s", names.String())
	}
	_, body = c.do(http.MethodGet, "/sobjects", "")
	list := body.(map[string]any)["sobjects"].([]any)
	if o := list[len(list)-1].(map[string]any); o["name"] != "Sync__c" || o["custom"] != true || o["keyPrefix"] != "a00" {
		t.Errorf("the org's own object: %v", o)
	}
}

// TestUpsert: one record for each value of the key, whatever is repeated.
func TestUpsert(t *testing.T) {
	c := serve(t, admin)
	path := "/sobjects/Sync__c/Key__c/sf-1"
	status, body := c.off(http.MethodGet, path, "")
	if status != http.StatusNotFound {
		t.Errorf("before: %d %v", status, body)
	}
	status, body = c.off(http.MethodPatch, path, `{"Name":"first","Deal__c":"`+deal+`"}`)
	made := body.(map[string]any)
	if status != http.StatusCreated || made["created"] != true || made["success"] != true || !strings.HasPrefix(made["id"].(string), "a00") {
		t.Fatalf("create: %d %v", status, body)
	}
	status, body = c.off(http.MethodPatch, path, `{"Name":"second"}`)
	if again := body.(map[string]any); status != http.StatusOK || again["created"] != false || again["id"] != made["id"] {
		t.Errorf("again: %d %v", status, body)
	}
	status, body = c.off(http.MethodGet, path, "")
	if row := body.(map[string]any); status != http.StatusOK || row["Name"] != "second" || row["Key__c"] != "sf-1" || row["Deal__c"] != deal {
		t.Errorf("after: %d %v", status, body)
	}
	if n := len(c.twin.All("Sync__c")); n != 1 {
		t.Errorf("%d records, want 1", n)
	}
	if n := c.twin.Count(http.MethodPatch, "/sobjects/Sync__c/Key__c/{value}"); n != 2 {
		t.Errorf("%d upserts counted, want 2", n)
	}
}

func TestUpsertRefuses(t *testing.T) {
	c := serve(t, admin)
	for _, key := range []string{"a", "b"} {
		if status, body := c.off(http.MethodPost, "/sobjects/Sync__c", `{"Name":"x","Key__c":"`+key+`"}`); status != http.StatusCreated {
			t.Fatalf("create %s: %d %v", key, status, body)
		}
	}
	c.patch("Opportunity", deal, `{"Xero_Invoice_Id__c":"same"}`)
	second := ID("Opportunity", 2)
	c.patch("Opportunity", second, `{"Xero_Invoice_Id__c":"same"}`)
	for what, call := range map[string]struct {
		method, path, body string
		status             int
		code               string
	}{
		"key in the body":    {http.MethodPatch, "/sobjects/Sync__c/Key__c/c", `{"Name":"x","key__c":"c"}`, 400, "INVALID_FIELD"},
		"no key":             {http.MethodPatch, "/sobjects/Sync__c/Name/x", `{}`, 404, "NOT_FOUND"},
		"no field":           {http.MethodPatch, "/sobjects/Sync__c/Ref__c/x", `{}`, 404, "NOT_FOUND"},
		"update only":        {http.MethodPatch, "/sobjects/Sync__c/Key__c/c?updateOnly=true", `{"Name":"x"}`, 404, "NOT_FOUND"},
		"missing":            {http.MethodPatch, "/sobjects/Sync__c/Key__c/c", `{}`, 400, "REQUIRED_FIELD_MISSING"},
		"taken on create":    {http.MethodPost, "/sobjects/Sync__c", `{"Name":"x","Key__c":"A"}`, 400, "DUPLICATE_VALUE"},
		"method":             {http.MethodPut, "/sobjects/Sync__c/Key__c/a", "", 405, "METHOD_NOT_ALLOWED"},
		"ambiguous":          {http.MethodPatch, "/sobjects/Opportunity/Xero_Invoice_Id__c/same", `{"NextStep":null}`, 300, ""},
		"object that is not": {http.MethodPatch, "/sobjects/Nothing__c/Key__c/a", `{}`, 404, "NOT_FOUND"},
	} {
		status, body := c.off(call.method, call.path, call.body)
		code := ""
		if list, ok := body.([]any); ok && len(list) > 0 {
			if m, ok := list[0].(map[string]any); ok {
				code, _ = m["errorCode"].(string)
			}
		}
		if status != call.status || code != call.code {
			t.Errorf("%s: %d %s %v, want %d %s", what, status, code, body, call.status, call.code)
		}
	}
	taken := c.twin.All("Sync__c")[1]["Id"].(string)
	if status, body := c.off(http.MethodPatch, "/sobjects/Sync__c/"+taken, `{"Key__c":"a"}`); status != http.StatusBadRequest {
		t.Errorf("taken on update: %d %v", status, body)
	}
	if status, body := c.off(http.MethodPatch, "/sobjects/Sync__c/"+taken, `{"Key__c":"b"}`); status != http.StatusNoContent {
		t.Errorf("its own value again: %d %v", status, body)
	}
}

func TestWorldsOfAdmins(t *testing.T) {
	for what, c := range map[string]struct {
		collection string
		record     world.Record
		want       string
	}{
		"misspelt":          {customFields, world.Record{"Object": "Account", "Name": "A__c", "Tpye": "string"}, "Tpye"},
		"no object":         {customFields, world.Record{"Object": "Nothing", "Name": "A__c", "Type": "string"}, "no such object"},
		"no type":           {customFields, world.Record{"Object": "Account", "Name": "A__c", "Type": "text"}, `"text"`},
		"no ending":         {customFields, world.Record{"Object": "Account", "Name": "A", "Type": "string"}, "__c"},
		"reference nowhere": {customFields, world.Record{"Object": "Account", "Name": "A__c", "Type": "reference"}, "ReferenceTo"},
		"object's ending":   {customObjects, world.Record{"Name": "Sync"}, "__c"},
		"object twice":      {customObjects, world.Record{"Name": "Account"}, "taken"},
	} {
		w := smallWorld()
		w.Salesforce[c.collection] = []world.Record{c.record}
		_, err := New(Options{World: w})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.collection+" 0") {
			t.Errorf("%s: error %v, want one with %q and the place", what, err, c.want)
		}
	}
	w := smallWorld()
	admin(&Options{World: w})
	w.Salesforce["Sync__c"] = []world.Record{{"Name": "n", "Key__c": "k"}}
	twin, err := New(Options{World: w})
	if err != nil {
		t.Fatal(err)
	}
	if rows := twin.Snapshot()["Sync__c"]; len(rows) != 1 || rows[0]["Key__c"] != "k" {
		t.Errorf("records of the org's own object: %v", rows)
	}
}
