package main

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/planwright/planwright/internal/twin/admin"
	"github.com/planwright/planwright/internal/twin/preset"
	"github.com/planwright/planwright/internal/twin/wire"
)

// TestTwinDocs confirms that docs/twins.md names all that can be written in the files and to
// the admin: kinds of faults, members of rules and apps, presets, and routes.
func TestTwinDocs(t *testing.T) {
	text, err := os.ReadFile("../../docs/twins.md")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, m := range regexp.MustCompile("`([^`\n]+)`").FindAllStringSubmatch(string(text), -1) {
		for word := range strings.FieldsSeq(m[1]) {
			named[word] = true
		}
	}
	want := func(what, name string) {
		if !named[name] {
			t.Errorf("docs/twins.md does not name the %s `%s`", what, name)
		}
	}
	for name := range preset.Faults() {
		want("preset", name)
	}
	for _, of := range []any{wire.Fault{}, twinApps{}, salesforceApp{}, twinApps{}.Xero, xeroApp{}, xeroWebhooks{}} {
		for _, f := range reflect.VisibleFields(reflect.TypeOf(of)) {
			if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "name" {
				want("member", name)
			}
		}
	}
	source := func(file, expression, what string) {
		code, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(expression).FindAllStringSubmatch(string(code), -1)
		if len(found) < 8 {
			t.Errorf("%s: only %d of the kind %s are found", file, len(found), what)
		}
		for _, m := range found {
			want(what, m[1])
		}
	}
	source("../../internal/twin/wire/fault.go", `(?m)^\t\w+ +Kind = "([^"]+)"`, "kind of fault")
	for _, a := range admin.Actions() {
		want("action", a.Name)
		for _, need := range a.Needs {
			if !strings.Contains(string(text), need) {
				t.Errorf("docs/twins.md does not name the argument %s of %s", need, a.Name)
			}
		}
	}
	source("../../internal/twin/admin/api.go", `"(?:GET |POST |DELETE )?(/api/[a-z/]+[a-z])"`, "route")
	if lines := strings.Split(string(text), "\n"); len(lines) > 400 {
		t.Errorf("docs/twins.md has %d lines; nobody reads as many", len(lines))
	}
}
