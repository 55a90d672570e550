package specs_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/openapi"
)

// shrunk is the org's file as the org makes it when only some resources and objects are
// asked for, which its makers advise.
func shrunk(t *testing.T, keepPath func(string) bool, objects ...string) catalog.Source {
	t.Helper()
	whole := vendorDocument(t, "salesforce-org-v59.oas.json.gz").root
	paths, schemas := node{}, node{}
	for path, item := range whole["paths"].(node) {
		parts := strings.Split(path, "/")
		own := len(parts) > 2 && !strings.HasPrefix(parts[2], "{")
		if keepPath(path) && (!own || slices.Contains(objects, parts[2])) {
			paths[path] = item
		}
	}
	for name, s := range sub(whole, "components", "schemas").(node) {
		if object, own := strings.CutSuffix(name, "SObject"); !own || slices.Contains(objects, object) {
			schemas[name] = s
		}
	}
	data, err := json.Marshal(node{
		"openapi": whole["openapi"], "info": whole["info"], "paths": paths, "components": node{"schemas": schemas},
	})
	if err != nil {
		t.Fatal(err)
	}
	overlay, _ := specs.Overlay("salesforce")
	return catalog.Source{Name: "salesforce", Spec: data, Overlay: overlay}
}

// TestShrunkOrgFiles: whatever part of its file an org made, the overlay fits it; what the
// part lacks is not there, and what is there means the same.
func TestShrunkOrgFiles(t *testing.T) {
	all := func(string) bool { return true }
	for name, c := range map[string]struct {
		src      catalog.Source
		has, not []string
	}{
		"two objects": {
			shrunk(t, all, "Account", "Opportunity"),
			[]string{"Opportunity.update", "Account.delete", "query", "describe", "limits", "collections.upsert"},
			[]string{"Task.create", "OpportunityLineItem.get"},
		},
		"one family": {
			shrunk(t, func(p string) bool { return strings.HasSuffix(p, "/{id}") }, "Opportunity", "User"),
			[]string{"Opportunity.get", "User.update", "queryMore", "updated", "deleted", "describe", "describeGlobal"},
			[]string{"Opportunity.create", "Account.get"},
		},
		"an object of the org's own": {
			shrunk(t, all, "Account", "AccountFeed"), []string{"AccountFeed.get"}, []string{"Opportunity.get"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			cat, found := catalog.Open("", []catalog.Source{c.src})
			for _, d := range found {
				if d.Code != openapi.CodeNoMatch {
					t.Errorf("finding %v", d)
				}
			}
			for _, id := range c.has {
				if _, ok := cat.Operation("salesforce." + id); !ok {
					t.Errorf("%s is missing", id)
				}
			}
			for _, id := range c.not {
				if _, ok := cat.Operation("salesforce." + id); ok {
					t.Errorf("%s is there", id)
				}
			}
			api, _ := cat.API("salesforce")
			for object, e := range api.Entities {
				for _, id := range []string{e.Get, e.List, e.Create, e.Update} {
					if _, ok := cat.Operation("salesforce." + id); id != "" && !ok {
						t.Errorf("%s goes by %s, which is not there", object, id)
					}
				}
			}
			if api.Describe == nil {
				t.Error("a spec cannot be made of what this org tells")
			}
		})
	}
}
