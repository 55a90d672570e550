package specs_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// subset compares a description of ours with the vendor's and notes where ours says
// anything that theirs does not: ours may leave things out, and may describe them in
// other words, and nothing else.
type subset struct {
	ours, theirs document
	found        []string
	operations   int
	properties   int
}

func (s *subset) notef(format string, args ...any) {
	s.found = append(s.found, fmt.Sprintf(format, args...))
}

// same compares the named members of two nodes.
func (s *subset) same(at string, ours, theirs any, members ...string) {
	for _, m := range members {
		if got, want := sub(ours, m), sub(theirs, m); !reflect.DeepEqual(got, want) {
			s.notef("%s: %s is %v, vendor's file %v", at, m, got, want)
		}
	}
}

func (s *subset) compare() []string {
	s.same("info", sub(s.ours.root, "info"), sub(s.theirs.root, "info"), "version")
	s.same("server", first(s.ours.root["servers"]), first(s.theirs.root["servers"]), "url")
	paths := s.ours.root["paths"].(node)
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		for _, m := range methodsOf(paths[path]) {
			s.operations++
			s.same(path+": server", first(sub(paths[path], "servers")), first(sub(s.theirs.root, "paths", path, "servers")), "url")
			s.operation(strings.ToUpper(m)+" "+path, paths[path], sub(s.theirs.root, "paths", path), m)
		}
	}
	for _, part := range []string{"schemas", "parameters", "responses", "requestBodies"} {
		named, _ := sub(s.ours.root, "components", part).(node)
		for _, name := range slices.Sorted(maps.Keys(named)) {
			at, theirs := part+" "+name, sub(s.theirs.root, "components", part, name)
			switch {
			case theirs == nil:
				s.notef("%s is not in the vendor's file", at)
			case part == "schemas":
				s.schema(at, named[name], theirs)
			case part == "parameters":
				s.parameter(at, named[name].(node), theirs.(node))
			default:
				s.schema(at, jsonSchema(named[name]), jsonSchema(theirs))
			}
		}
	}
	return s.found
}

func first(v any) any {
	if l, _ := v.([]any); len(l) > 0 {
		return l[0]
	}
	return nil
}

func (s *subset) operation(at string, item, other any, method string) {
	op, want := sub(item, method), sub(other, method)
	if want == nil {
		s.notef("%s: the vendor's file does not have it", at)
		return
	}
	s.same(at, op, want, "operationId", "security")
	ours, theirs := s.ours.params(item, op), s.theirs.params(other, want)
	for _, key := range slices.Sorted(maps.Keys(ours)) {
		if q, ok := theirs[key]; ok {
			s.parameter(at+": parameter "+key, ours[key], q)
		} else {
			s.notef("%s: parameter %s is not in the vendor's file", at, key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(theirs)) {
		if _, ok := ours[key]; !ok && (theirs[key]["required"] == true || key == "header Idempotency-Key") {
			s.notef("%s: parameter %s is missing", at, key)
		}
	}
	body, wantBody := s.ours.deref(sub(op, "requestBody")), s.theirs.deref(sub(want, "requestBody"))
	if (body == nil) != (wantBody == nil) {
		s.notef("%s: one has a request body, the other not", at)
	}
	s.same(at+": request", body, wantBody, "required")
	s.schema(at+": request", jsonSchema(body), jsonSchema(wantBody))
	answers, wanted := sub(op, "responses").(node), sub(want, "responses").(node)
	for _, code := range slices.Sorted(maps.Keys(answers)) {
		if wanted[code] == nil {
			s.notef("%s: answer %s is not in the vendor's file", at, code)
			continue
		}
		s.schema(at+": answer "+code, jsonSchema(s.ours.deref(answers[code])), jsonSchema(s.theirs.deref(wanted[code])))
	}
	for _, code := range slices.Sorted(maps.Keys(wanted)) {
		if answers[code] == nil {
			s.notef("%s: answer %s is missing", at, code)
		}
	}
}

func (s *subset) parameter(at string, ours, theirs node) {
	s.same(at, ours, theirs, "name", "in", "required", "style", "explode")
	s.schema(at, ours["schema"], theirs["schema"])
}

// schema compares two schemas that stand in the same place. A reference goes to the same
// component, which is compared where it stands.
func (s *subset) schema(at string, ours, theirs any) {
	if ours == nil && theirs == nil {
		return
	}
	if sub(ours, "$ref") != nil {
		s.same(at, ours, theirs, "$ref", "readOnly") // the vendor writes a type beside some
		return
	}
	s.same(at, ours, theirs, "$ref", "type", "format", "maxLength", "minLength", "maximum", "minimum", "pattern", "nullable",
		"readOnly", "writeOnly", "x-is-money", "x-is-msdate", "x-is-msdate-time", "x-objectArrayKey")
	enum, _ := sub(ours, "enum").([]any)
	wide, _ := sub(theirs, "enum").([]any)
	for _, e := range enum {
		if !slices.Contains(wide, e) {
			s.notef("%s: enum member %v is not in the vendor's file", at, e)
		}
	}
	props, _ := sub(ours, "properties").(node)
	for _, name := range slices.Sorted(maps.Keys(props)) {
		s.properties++
		if want := sub(theirs, "properties", name); want != nil {
			s.schema(at+"."+name, props[name], want)
		} else {
			s.notef("%s.%s is not in the vendor's file", at, name)
		}
	}
	s.required(at, ours, theirs, props)
	s.schema(at+"[]", sub(ours, "items"), sub(theirs, "items"))
}

// required holds ours to demand what theirs demands of the properties ours has.
func (s *subset) required(at string, ours, theirs any, props node) {
	list, _ := sub(ours, "required").([]any)
	want, _ := sub(theirs, "required").([]any)
	for _, n := range list {
		if !slices.Contains(want, n) {
			s.notef("%s: %v is required in ours alone", at, n)
		}
	}
	for _, n := range want {
		if props[fmt.Sprint(n)] != nil && !slices.Contains(list, n) {
			s.notef("%s: %v is required in the vendor's file", at, n)
		}
	}
}

// TestXeroIsTrueSubset holds our description of Xero to say nothing that the vendor's
// does not.
func TestXeroIsTrueSubset(t *testing.T) {
	s := subset{ours: embedded(t, "xero"), theirs: withIdentity(t, vendorDocument(t, "xero_accounting.yaml"))}
	for _, d := range s.compare() {
		t.Error(d)
	}
	if s.operations < 45 || s.properties < 300 {
		t.Errorf("only %d operations and %d properties compared", s.operations, s.properties)
	}
}

// withIdentity adds what the vendor describes in the file of its identity service, with
// the server of that file.
func withIdentity(t *testing.T, accounting document) document {
	t.Helper()
	identity := vendorDocument(t, "xero-identity.yaml")
	paths := maps.Clone(accounting.root["paths"].(node))
	for path, item := range identity.root["paths"].(node) {
		one := maps.Clone(item.(node))
		one["servers"] = identity.root["servers"]
		paths[path] = one
	}
	components := maps.Clone(accounting.root["components"].(node))
	schemas := maps.Clone(components["schemas"].(node))
	maps.Copy(schemas, sub(identity.root, "components", "schemas").(node))
	components["schemas"] = schemas
	root := maps.Clone(accounting.root) // parsed once for all tests
	root["paths"], root["components"] = paths, components
	return document{root}
}

// TestSubsetNotices changes one thing of our description at a time; each change must be
// seen. The original stands for the vendor's file, so that this runs everywhere.
func TestSubsetNotices(t *testing.T) {
	at := func(keys ...string) func(node) node {
		return func(root node) node { return sub(root, keys...).(node) }
	}
	invoice := at("components", "schemas", "Invoice", "properties")
	create := at("paths", "/Invoices", "put")
	data, err := json.Marshal(embedded(t, "xero").root)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what, want string
		where      func(node) node
		key        string
		value      any
	}{
		{"another version", "version is", at("info"), "version", "1.0"},
		{"a path", "POST /Bills: the vendor's file", at("paths"), "/Bills", node{"post": node{"responses": node{}}}},
		{"a method", "DELETE /Invoices: the vendor's file", at("paths", "/Invoices"), "delete", node{"responses": node{}}},
		{"an operation id", "operationId is", create, "operationId", "makeInvoices"},
		{"a scope", "security is", create, "security", []any{}},
		{"a parameter", "parameter query colour is not", create, "parameters", []any{node{"name": "colour", "in": "query"}}},
		{"no key", "header Idempotency-Key is missing", create, "parameters", []any{}},
		{"a parameter's place", "parameter query Idempotency-Key is not", at("components", "parameters", "idempotencyKey"), "in", "query"},
		{"a parameter's type", "parameters unitdp: type is", at("components", "parameters", "unitdp", "schema"), "type", "string"},
		{"a parameter that must be", "required is", at("components", "parameters", "unitdp"), "required", true},
		{"another request", "PUT /Invoices: request: $ref is", at("paths", "/Invoices", "put", "requestBody", "content", "application/json", "schema"), "$ref", "#/components/schemas/Items"},
		{"no request", "one has a request body", create, "requestBody", nil},
		{"an answer", "answer 201 is not", at("paths", "/Invoices", "put", "responses"), "201", node{}},
		{"no answer", "answer 200 is missing", at("paths", "/Invoices", "put", "responses"), "200", nil},
		{"a schema", "schemas Bill2 is not", at("components", "schemas"), "Bill2", node{}},
		{"a property", "schemas Invoice.Colour is not", invoice, "Colour", node{"type": "string"}},
		{"a type", "schemas Invoice.Reference: type is", invoice, "Reference", node{"type": "integer"}},
		{"a format", "schemas Invoice.InvoiceID: format is", invoice, "InvoiceID", node{"type": "string"}},
		{"a mark", "x-is-msdate is", invoice, "Date", node{"type": "string"}},
		{"a length", "maxLength is", at("components", "schemas", "Contact", "properties", "Name"), "maxLength", 500},
		{"an enum member", "enum member OPEN", at("components", "schemas", "Invoice", "properties", "Status"), "enum", []any{"DRAFT", "OPEN"}},
		{"an enum", "enum member A", at("components", "schemas", "Invoice", "properties", "Reference"), "enum", []any{"A"}},
		{"a path's own server", "/Connections: server: url is", func(root node) node { return first(sub(root, "paths", "/Connections", "servers")).(node) }, "url", "https://example.com"},
		{"another server", "server: url is", func(root node) node { return first(root["servers"]).(node) }, "url", "https://example.com"},
		{"an element", "schemas Invoice.LineItems[]: $ref is", at("components", "schemas", "Invoice", "properties", "LineItems", "items"), "$ref", "#/components/schemas/Item"},
		{"a requirement", "Type is required in ours alone", at("components", "schemas", "Invoice"), "required", []any{"Type"}},
		{"no requirement", "Code is required in the vendor's", at("components", "schemas", "Item"), "required", []any{}},
	} {
		t.Run(c.what, func(t *testing.T) {
			changed, original := parse(t, data), parse(t, data)
			if c.value == nil {
				delete(c.where(changed.root), c.key)
			} else {
				c.where(changed.root)[c.key] = c.value
			}
			s := subset{ours: changed, theirs: original}
			if found := s.compare(); !slices.ContainsFunc(found, func(d string) bool { return strings.Contains(d, c.want) }) {
				t.Errorf("noticed %q, want %q", found, c.want)
			}
		})
	}
}
