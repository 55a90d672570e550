package salesforce

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/twin/world"
)

const describePages = "REST API guide, describe; generated OpenAPI document"

// describeFacts are what is known of describe.
func describeFacts() []fact {
	return []fact{
		{
			name: "a field that is hidden from the user is absent from describe", source: describePages,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, both(change, func(o *Options) {
					o.World.Salesforce["CustomField"] = []world.Record{{"Object": "Opportunity", "Name": "NextStep", "Hidden": true}}
				}))
				got := describedFields(c, "Opportunity")
				if got["NextStep"] != nil || got["StageName"] == nil {
					t.Errorf("NextStep is %v", got["NextStep"])
				}
			},
		},
		{
			name: "what a create must bring is createable, not nillable and not defaulted", source: describePages,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, both(change, func(o *Options) {
					o.World.Salesforce["CustomField"] = []world.Record{
						{"Object": "Opportunity", "Name": "Region__c", "Type": "picklist", "Values": []any{"North"}, "Required": true},
						{"Object": "Opportunity", "Name": "Tier__c", "Type": "picklist", "Values": []any{"A", "B"}, "Required": true, "Default": "B"},
					}
					delete(o.World.Salesforce, "Opportunity")
					delete(o.World.Salesforce, "OpportunityLineItem")
				}))
				var names []string
				for name, f := range describedFields(c, "Opportunity") {
					if f["createable"] == true && f["nillable"] == false && f["defaultedOnCreate"] == false {
						names = append(names, name)
					}
				}
				slices.Sort(names)
				if diff := cmp.Diff([]string{"CloseDate", "Name", "Region__c", "StageName"}, names); diff != "" {
					t.Errorf("required (-want +got):\n%s", diff)
				}
				_, made, _ := c.exchange(http.MethodPost, "/sobjects/Opportunity", `{"Name":"x","CloseDate":"2026-12-01","StageName":"Prospecting","Region__c":"North"}`, offSpec())
				if row, _ := c.twin.Get("Opportunity", made.(map[string]any)["id"].(string)); row["Tier__c"] != "B" {
					t.Errorf("the default: %v", row["Tier__c"])
				}
			},
		},
		{
			name: "a picklist value that was switched off is described as such, and refused where the list is restricted", source: describePages,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, both(change, func(o *Options) {
					o.World.Salesforce["CustomField"] = []world.Record{
						{"Object": "Account", "Name": "Region__c", "Type": "picklist", "Values": []any{"North", "South"}, "Inactive": []any{"West"}, "Restricted": true, "Default": "South"},
					}
				}))
				var got []string
				for _, v := range describedFields(c, "Account")["Region__c"]["picklistValues"].([]any) {
					m := v.(map[string]any)
					got = append(got, fmt.Sprintf("%v %v %v", m["value"], m["active"], m["defaultValue"]))
				}
				if diff := cmp.Diff([]string{"North true false", "South true true", "West false false"}, got); diff != "" {
					t.Errorf("values (-want +got):\n%s", diff)
				}
				if _, code, _ := c.refused(http.MethodPatch, "/sobjects/Account/"+acme, `{"Region__c":"West"}`); code != "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST" {
					t.Errorf("West: %s", code)
				}
			},
		},
		{
			name: "a dependent picklist says by bits for which values each of its own is", source: describePages,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, both(change, func(o *Options) {
					o.World.Salesforce["CustomField"] = []world.Record{{
						"Object": "Account", "Name": "Band__c", "Type": "picklist", "Values": []any{"Low", "High"},
						"Controller": "Rating", "ValidFor": map[string]any{"Hot": []any{"High"}, "Warm": []any{"High", "Low"}},
					}}
				}))
				f := describedFields(c, "Account")["Band__c"]
				values := f["picklistValues"].([]any)
				// Of Hot, Warm and Cold, Low goes with the second, High with the first two.
				if f["dependentPicklist"] != true || f["controllerName"] != "Rating" || values[0].(map[string]any)["validFor"] != "QA==" || values[1].(map[string]any)["validFor"] != "wA==" {
					t.Errorf("%v", f)
				}
			},
		},
		{
			name: "a relationship without a name cannot be gone down", source: describePages,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				_, body := c.do(http.MethodGet, "/sobjects/Account/describe", "")
				got := map[string]any{}
				for _, r := range body.(map[string]any)["childRelationships"].([]any) {
					m := r.(map[string]any)
					got[m["childSObject"].(string)+"."+m["field"].(string)] = m["relationshipName"]
				}
				want := map[string]any{
					"Contact.AccountId": "Contacts", "Opportunity.AccountId": "Opportunities", "Account.ParentId": "ChildAccounts", "Account.MasterRecordId": nil,
				}
				for name, relation := range want {
					if has, ok := got[name]; !ok || has != relation {
						t.Errorf("%s: %v, want %v", name, has, relation)
					}
				}
			},
		},
		{
			name: "every object has the master record type", source: describePages,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				_, body := c.do(http.MethodGet, "/sobjects/Opportunity/describe", "")
				infos := body.(map[string]any)["recordTypeInfos"].([]any)
				last := infos[len(infos)-1].(map[string]any)
				if last["master"] != true || last["recordTypeId"] != "012000000000000AAA" || last["defaultRecordTypeMapping"] != (len(infos) == 1) {
					t.Errorf("%v", infos)
				}
			},
		},
	}
}

// TestDescribeHasTheVendorsMembers holds the members of describe, at every depth, up to
// a description that a real org generated.
func TestDescribeHasTheVendorsMembers(t *testing.T) {
	schemas := vendorSchemas(t)
	c := serve(t, func(o *Options) {
		o.World.Salesforce["CustomField"] = []world.Record{{"Object": "Account", "Name": "Band__c", "Type": "picklist", "Values": []any{"Low"}}}
	})
	for path, name := range map[string]string{
		"/sobjects/Account/describe": "DescribeSObjectResult", "/sobjects": "DescribeGlobalResult", "/sobjects/Account": "SObjectRootInfo",
	} {
		_, body := c.do(http.MethodGet, path, "")
		differences := map[string]bool{}
		compare(name, schemas[name], body, differences)
		want := []string{}
		if name == "DescribeSObjectResult" {
			want = []string{"DescribeSObjectResult.fields[].defaultValue: not the vendor's"} // seen in orgs, not in their files
		}
		if diff := cmp.Diff(want, slices.AppendSeq([]string{}, maps.Keys(differences))); diff != "" {
			t.Errorf("GET %s (-want +got):\n%s", path, diff)
		}
	}
}

// compare notes where an answer and the vendor's schema for it differ.
func compare(at string, s shape, v any, differences map[string]bool) {
	kinds := map[string]string{"string": "string", "bool": "boolean", "json.Number": "integer", "map[string]interface {}": "object", "[]interface {}": "array", "<nil>": s.Type}
	if kind := kinds[fmt.Sprintf("%T", v)]; kind != s.Type {
		differences[at+": a "+kind+", the vendor has a "+s.Type] = true
		return
	}
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			compare(at+"[]", *s.Items, e, differences)
		}
	case map[string]any:
		if s.Properties == nil {
			return // free, as urls are
		}
		for name, e := range v {
			p, ok := s.Properties[name]
			if !ok {
				differences[at+"."+name+": not the vendor's"] = true
				continue
			}
			compare(at+"."+name, p, e, differences)
		}
		for name := range s.Properties {
			if _, ok := v[name]; !ok {
				differences[at+"."+name+": missing"] = true
			}
		}
	}
}

func TestStagesSwitchedOff(t *testing.T) {
	c := serve(t, func(o *Options) {
		stages := defaultStages()
		stages[2]["IsActive"] = false
		o.World.Salesforce["OpportunityStage"] = stages
	})
	var off []string
	for _, v := range describedFields(c, "Opportunity")["StageName"]["picklistValues"].([]any) {
		if m := v.(map[string]any); m["active"] == false {
			off = append(off, m["value"].(string))
		}
	}
	if diff := cmp.Diff([]string{"Needs Analysis"}, off); diff != "" {
		t.Errorf("stages switched off (-want +got):\n%s", diff)
	}
}

func TestRecordTypeInfos(t *testing.T) {
	c := serve(t, nil)
	// The store is asked, whoever filled it.
	for i, r := range []map[string]any{
		{"Name": "Old", "DeveloperName": "Old", "SobjectType": "Opportunity", "IsActive": false},
		{"Name": "New deals", "DeveloperName": "New_Deals", "SobjectType": "Opportunity", "IsActive": true},
		{"Name": "Firms", "DeveloperName": "Firms", "SobjectType": "Account", "IsActive": true},
	} {
		r["Id"] = fmt.Sprintf("01200000000000%dAAA", i)
		c.twin.store.rows["RecordType"] = append(c.twin.store.rows["RecordType"], &row{o: &object{name: "RecordType"}, v: r})
	}
	o, _ := c.twin.schema.find("Opportunity")
	data, err := json.Marshal(c.twin.recordTypeInfos(o, "/x"))
	if err != nil {
		t.Fatal(err)
	}
	var got []struct {
		DeveloperName                                       string
		Active, Available, DefaultRecordTypeMapping, Master bool
	}
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	var text []string
	for _, g := range got {
		text = append(text, fmt.Sprint(g.DeveloperName, " ", g.Active, g.Available, g.DefaultRecordTypeMapping, g.Master))
	}
	want := "Old false false false false, New_Deals true true true false, Master true true false true"
	if s := strings.Join(text, ", "); s != want {
		t.Errorf("%s, want %s", s, want)
	}
}

func TestDependsOnNothing(t *testing.T) {
	w := smallWorld()
	w.Salesforce["CustomField"] = []world.Record{{"Object": "Account", "Name": "Band__c", "Type": "picklist", "Controller": "Nope"}}
	if _, err := New(Options{World: w}); err == nil || !strings.Contains(err.Error(), "no picklist Nope") {
		t.Errorf("error %v", err)
	}
	w.Salesforce["CustomField"] = []world.Record{{"Object": "Account", "Name": "Band__c", "Type": "picklist", "Values": []any{"A"}, "Restricted": true, "Default": "B"}}
	if _, err := New(Options{World: w}); err == nil || !strings.Contains(err.Error(), "PICKLIST") {
		t.Errorf("error %v", err)
	}
}
