package specs_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/planwright/planwright/specs"
)

// vendorFile reads a vendor's document, or skips the test loudly where it is absent.
func vendorFile(t testing.TB, name string) []byte {
	t.Helper()
	path := filepath.Join("..", "..", "shared", "specs", name)
	f, err := os.Open(path)
	if err != nil {
		t.Skipf("SKIPPED: the vendor's document %s is not here, so nothing is compared with it", name)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(name, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

type node = map[string]any

// vendorDocument reads a vendor's document once for all tests: one has 19 MB.
func vendorDocument(t *testing.T, name string) document {
	t.Helper()
	data := vendorFile(t, name)
	if d, ok := parsed.Load(name); ok {
		return d.(document)
	}
	d := parse(t, data)
	parsed.Store(name, d)
	return d
}

var parsed sync.Map

// document is a description as plain values.
type document struct{ root node }

func parse(t *testing.T, data []byte) document {
	t.Helper()
	var root node
	var err error
	if data[0] == '{' {
		err = json.Unmarshal(data, &root)
	} else {
		err = yaml.Unmarshal(data, &root)
	}
	if err != nil {
		t.Fatal(err)
	}
	return document{root}
}

func embedded(t *testing.T, name string) document {
	t.Helper()
	for _, s := range specs.Embedded() {
		if s.Name == name {
			return parse(t, s.Spec)
		}
	}
	t.Fatalf("%s is not embedded", name)
	return document{}
}

func sub(v any, keys ...string) any {
	for _, k := range keys {
		m, ok := v.(node)
		if !ok {
			return nil
		}
		v = m[k]
	}
	return v
}

// deref follows local references.
func (d document) deref(v any) node {
	for {
		m, _ := v.(node)
		ref, ok := m["$ref"].(string)
		if !ok {
			return m
		}
		v = sub(d.root, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
	}
}

// shape names a schema so that two can be compared: the component it refers to, or its
// type, format and what its elements are.
func shape(v any) string {
	m, _ := v.(node)
	if ref, ok := m["$ref"].(string); ok {
		return ref[strings.LastIndexByte(ref, '/')+1:]
	}
	var s strings.Builder
	fmt.Fprint(&s, m["type"])
	for _, k := range []string{"format", "maxLength", "x-is-msdate", "x-is-msdate-time", "x-is-money", "readOnly"} {
		if x, ok := m[k]; ok {
			fmt.Fprintf(&s, " %s=%v", k, x)
		}
	}
	if items, ok := m["items"]; ok {
		s.WriteString("[" + shape(items) + "]")
	}
	return s.String()
}

func (d document) params(item, op any) map[string]node {
	out := map[string]node{}
	for _, list := range []any{sub(item, "parameters"), sub(op, "parameters")} {
		l, _ := list.([]any)
		for _, p := range l {
			m := d.deref(p)
			out[fmt.Sprint(m["in"], " ", m["name"])] = m
		}
	}
	return out
}

func jsonSchema(v any) any { return sub(v, "content", "application/json", "schema") }

func methodsOf(item any) []string {
	var out []string
	m, _ := item.(node)
	for _, k := range []string{"get", "put", "post", "patch", "delete"} {
		if _, ok := m[k]; ok {
			out = append(out, k)
		}
	}
	return out
}

func compareOperation(t *testing.T, ours, theirs document, path, method string) {
	t.Helper()
	at := strings.ToUpper(method) + " " + path
	item, other := sub(ours.root, "paths", path), sub(theirs.root, "paths", path)
	op, want := sub(item, method), sub(other, method)
	if want == nil {
		t.Errorf("%s: the vendor's file does not have it", at)
		return
	}
	if got, want := sub(op, "operationId"), sub(want, "operationId"); got != nil && got != want {
		t.Errorf("%s: operationId %v, vendor's file %v", at, got, want)
	}
	theirParams := theirs.params(other, want)
	for key, p := range ours.params(item, op) {
		q, ok := theirParams[key]
		switch {
		case !ok:
			t.Errorf("%s: parameter %s is not in the vendor's file", at, key)
		case shape(p["schema"]) != shape(q["schema"]):
			t.Errorf("%s: parameter %s is %s, vendor's file %s", at, key, shape(p["schema"]), shape(q["schema"]))
		case (p["required"] == true) != (q["required"] == true):
			t.Errorf("%s: parameter %s: required differs", at, key)
		}
	}
	for key, q := range theirParams {
		if _, ok := ours.params(item, op)[key]; !ok && q["required"] == true && key != "header Content-Type" {
			t.Errorf("%s: required parameter %s is missing", at, key)
		}
	}
	if got, want := shape(jsonSchema(ours.deref(sub(op, "requestBody")))), shape(jsonSchema(theirs.deref(sub(want, "requestBody")))); got != want {
		t.Errorf("%s: request %s, vendor's file %s", at, got, want)
	}
	for code, r := range sub(op, "responses").(node) {
		q := sub(want, "responses", code)
		if q == nil {
			t.Errorf("%s: answer %s is not in the vendor's file", at, code)
			continue
		}
		if got, want := shape(jsonSchema(ours.deref(r))), shape(jsonSchema(theirs.deref(q))); got != want {
			t.Errorf("%s: answer %s is %s, vendor's file %s", at, code, got, want)
		}
	}
}

// compareSchema holds every property of ours to the same type in theirs. Names in
// extra may be ours alone.
func compareSchema(t *testing.T, at string, ours, theirs any, extra []string) {
	t.Helper()
	o, _ := ours.(node)
	w, _ := theirs.(node)
	if w == nil {
		t.Errorf("%s is not in the vendor's file", at)
		return
	}
	if o["type"] != w["type"] {
		t.Errorf("%s: type %v, vendor's file %v", at, o["type"], w["type"])
	}
	compareEnum(t, at, o["enum"], w["enum"])
	props, _ := o["properties"].(node)
	for name, p := range props {
		if slices.Contains(extra, name) {
			continue
		}
		q := sub(w, "properties", name)
		if q == nil {
			t.Errorf("%s.%s is not in the vendor's file", at, name)
			continue
		}
		if got, want := shape(p), shape(q); got != want {
			t.Errorf("%s.%s is %s, vendor's file %s", at, name, got, want)
		}
		compareEnum(t, at+"."+name, sub(p, "enum"), sub(q, "enum"))
		compareSchemaInside(t, at+"."+name, p, q)
	}
}

// compareSchemaInside goes into objects and lists of objects without a name.
func compareSchemaInside(t *testing.T, at string, p, q any) {
	t.Helper()
	for _, inside := range [][]string{{}, {"items"}} {
		a, b := sub(p, inside...), sub(q, inside...)
		if sub(a, "properties") != nil {
			compareSchema(t, at, a, b, nil)
		}
	}
}

func compareEnum(t *testing.T, at string, ours, theirs any) {
	t.Helper()
	o, _ := ours.([]any)
	w, _ := theirs.([]any)
	for _, e := range o {
		if !slices.Contains(w, e) {
			t.Errorf("%s: enum member %v is not in the vendor's file", at, e)
		}
	}
}

// Fields our description of Salesforce has and a plain Developer Edition org does not.
var orgDependent = []string{
	"RecordTypeId", "CurrencyIsoCode", "Discount", "Subtotal", "Xero_Invoice_Id__c", "Xero_Invoice_Number__c",
	"Xero_Payment_Status__c", "Xero_Amount_Paid__c", "Xero_Payment_Mark__c", "Xero_Contact_Id__c", "Xero_Follow_Up__c",
}

// oursAlone ends the paths that no org's file speaks of: records by external id.
const oursAlone = "/{field}/{value}"

func TestSalesforceAgreesWithOrgFile(t *testing.T) {
	theirs := vendorDocument(t, "salesforce-org-v59.oas.json.gz")
	ours := embedded(t, "salesforce")
	operations, schemas := 0, 0
	for path, item := range ours.root["paths"].(node) {
		if strings.HasSuffix(path, oursAlone) {
			continue
		}
		for _, m := range methodsOf(item) {
			compareOperation(t, ours, theirs, path, m)
			operations++
		}
	}
	for name, s := range sub(ours.root, "components", "schemas").(node) {
		if name == "UpsertResult" {
			continue // what those paths answer
		}
		compareSchema(t, "schema "+name, s, sub(theirs.root, "components", "schemas", name), orgDependent)
		schemas++
	}
	if operations != 42 || schemas != 18 {
		t.Errorf("%d operations and %d schemas compared, want 42 and 18", operations, schemas)
	}
}

// TestSalesforceObjects holds each of the twelve objects to the methods that the org's
// file has for it: what that file lets a user do, ours does.
func TestSalesforceObjects(t *testing.T) {
	theirs := vendorDocument(t, "salesforce-org-v59.oas.json.gz")
	ours := embedded(t, "salesforce")
	for _, object := range []string{
		"Account", "Contact", "Opportunity", "OpportunityLineItem", "OpportunityContactRole", "OpportunityHistory",
		"OpportunityStage", "Product2", "PricebookEntry", "Task", "User", "Organization",
	} {
		root := "/sobjects/" + object
		want := methodsOf(sub(theirs.root, "paths", root+"/{id}"))
		if got := methodsOf(sub(ours.root, "paths", root+"/{id}")); !slices.Equal(got, want) {
			t.Errorf("%s: one record can be %v, in an org's file %v", object, got, want)
		}
		creates := slices.Contains(methodsOf(sub(theirs.root, "paths", root)), "post")
		if got := methodsOf(sub(ours.root, "paths", root)); slices.Contains(got, "post") != creates {
			t.Errorf("%s: create %v, in an org's file %v", object, got, creates)
		}
		if upserts := sub(ours.root, "paths", root+oursAlone) != nil; upserts != creates {
			t.Errorf("%s: upsert %v, create %v", object, upserts, creates)
		}
	}
}

// TestOwnWords holds our descriptions to be ours: no text longer than a label is the
// vendor's.
func TestOwnWords(t *testing.T) {
	for name, file := range map[string]string{"xero": "xero_accounting.yaml", "salesforce": "salesforce-org-v59.oas.json.gz"} {
		t.Run(name, func(t *testing.T) {
			theirs := map[string]bool{}
			texts(vendorDocument(t, file).root, func(s string) { theirs[s] = true })
			n := 0
			texts(embedded(t, name).root, func(s string) {
				n++
				if len(s) > 24 && theirs[s] {
					t.Errorf("%q is the vendor's text", s)
				}
			})
			if n == 0 {
				t.Error("no descriptions found")
			}
		})
	}
}

func texts(v any, visit func(string)) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			texts(e, visit)
		}
	case node:
		for k, e := range v {
			if s, ok := e.(string); ok && (k == "description" || k == "summary") {
				visit(strings.ToLower(strings.TrimRight(strings.TrimSpace(s), ".")))
			}
			texts(e, visit)
		}
	}
}
