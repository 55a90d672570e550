package openapi

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/diag"
)

func TestOverlayActions(t *testing.T) {
	const spec = `{"openapi":"3.0.0","a":{"x":1,"l":[1]},"b":[{"k":1},{"k":2}],"c":{"a":{}}}`
	for _, c := range []struct{ name, actions, want string }{
		{"merge", "- {target: $.a, update: {y: {z: 1}, x: 2, l: [2]}}", `"a":{"x":2,"l":[1,2],"y":{"z":1}},"b":[{"k":1},{"k":2}],"c":{"a":{}}`},
		{"append to a list", "- {target: $.b, update: {k: 3}}", `"a":{"x":1,"l":[1]},"b":[{"k":1},{"k":2},{"k":3}],"c":{"a":{}}`},
		{"each match gets its own copy", "- {target: '$.b[*]', update: {o: {}}}\n- {target: '$.b[0].o', update: {only: here}}", `"a":{"x":1,"l":[1]},"b":[{"k":1,"o":{"only":"here"}},{"k":2,"o":{}}],"c":{"a":{}}`},
		{"remove", "- {target: '$.b[?@.k == 1]', remove: true}\n- {target: $.a.l, remove: true}", `"a":{"x":1},"b":[{"k":2}],"c":{"a":{}}`},
		{"remove all of a list", "- {target: '$.b[*]', remove: true}", `"a":{"x":1,"l":[1]},"b":[],"c":{"a":{}}`},
		{"removing wins over updating", "- {target: $.a, remove: true, update: {y: 1}}", `"b":[{"k":1},{"k":2}],"c":{"a":{}}`},
		{"later actions see earlier ones", "- {target: $.a, update: {new: {}}}\n- {target: $.a.new, update: {deep: 1}}", `"a":{"x":1,"l":[1],"new":{"deep":1}},"b":[{"k":1},{"k":2}],"c":{"a":{}}`},
		{"an optional target may be absent", "- {target: $.nothing, x-pw-optional: true, update: {y: 1}}", `"a":{"x":1,"l":[1]},"b":[{"k":1},{"k":2}],"c":{"a":{}}`},
		{"other extensions are ignored", "- {target: $.c, x-note: hello, description: why, update: {d: 1}}", `"a":{"x":1,"l":[1]},"b":[{"k":1},{"k":2}],"c":{"a":{},"d":1}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := load(t, spec, "overlay: 1.0.0\ninfo: {title: T, version: '1'}\nactions:\n"+c.actions+"\n")
			if diff := cmp.Diff(`{"openapi":"3.0.0",`+c.want+`}`, string(d.JSON())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOverlayFindings(t *testing.T) {
	for _, c := range []struct {
		name, overlay string
		code          diag.Code
		severity      diag.Severity
		line          int
		part          string
	}{
		{"no match", "overlay: 1.0.0\nactions:\n- target: $.paths['/nothing']\n  update: {}\n", CodeNoMatch, diag.Warning, 3, "/nothing"},
		{"broken target", "overlay: 1.0.0\nactions:\n- target: paths\n  update: {}\n", CodeOverlayTarget, diag.Error, 3, "column 1"},
		{"version", "overlay: 2.0.0\nactions: []\n", CodeOverlaySyntax, diag.Error, 1, "2.0.0"},
		{"not an overlay", "openapi: 3.0.0\n", CodeOverlaySyntax, diag.Error, 1, "overlay version"},
		{"unknown member", "overlay: 1.0.0\nactions: []\naction: []\n", CodeOverlaySyntax, diag.Error, 3, `"action"`},
		{"no actions", "overlay: 1.0.0\n", CodeOverlaySyntax, diag.Error, 1, "actions"},
		{"unknown action member", "overlay: 1.0.0\nactions:\n- target: $\n  updat: {}\n", CodeOverlaySyntax, diag.Error, 4, `"updat"`},
		{"unknown keyword on an action", "overlay: 1.0.0\nactions:\n- {target: $, x-pw-optionl: true, update: {}}\n", CodeOverlaySyntax, diag.Error, 3, "x-pw-optionl"},
		{"neither update nor remove", "overlay: 1.0.0\nactions:\n- target: $\n", CodeOverlaySyntax, diag.Error, 3, "update or remove"},
		{"update of an object by a list", "overlay: 1.0.0\nactions:\n- {target: $, update: [1]}\n", CodeOverlaySyntax, diag.Error, 3, "must be an object"},
		{"scalar target", "overlay: 1.0.0\nactions:\n- {target: $.openapi, update: {}}\n", CodeOverlaySyntax, diag.Error, 3, "neither"},
		{"action that is text", "overlay: 1.0.0\nactions:\n- hello\n", CodeOverlaySyntax, diag.Error, 3, "object"},
		{"unreadable", "overlay: [\n", CodeOverlaySyntax, diag.Error, 1, ""},
		{"unknown keyword at the root", "overlay: 1.0.0\nactions:\n- target: $\n  update:\n    x-pw-aut: {}\n", CodeKeyword, diag.Error, 5, "x-pw-aut"},
		{"keyword on the wrong level", "overlay: 1.0.0\nactions:\n- target: $.paths['/things/{id}'].get\n  update:\n    x-pw-natural: [Name]\n", CodeKeyword, diag.Error, 5, "an operation"},
		{"wrong shape of names", "overlay: 1.0.0\nactions:\n- target: $.components.schemas.Thing\n  update: {x-pw-always: id}\n", CodeKeyword, diag.Error, 4, "list of property names"},
		{"wrong shape of ids", "overlay: 1.0.0\nactions:\n- target: $.components.schemas.Thing\n  update: {x-pw-ids: {id: Thing}}\n", CodeKeyword, diag.Error, 4, "wrong shape"},
		{"wrong shape of lengths", "overlay: 1.0.0\nactions:\n- target: $.components.schemas.Thing\n  update: {x-pw-lengths: {id: long}}\n", CodeKeyword, diag.Error, 4, "wrong shape"},
		{"wrong shape of decimals", "overlay: 1.0.0\nactions:\n- target: $.components.schemas.Thing\n  update: {x-pw-decimals: {size: 2}}\n", CodeKeyword, diag.Error, 4, "wrong shape"},
		{"wrong shape of a key", "overlay: 1.0.0\nactions:\n- target: $.components.schemas.Thing\n  update: {x-pw-key: [id]}\n", CodeKeyword, diag.Error, 4, "name of a property"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, list := Load("api", []byte(minimal), []byte(c.overlay), Limits{})
			if d == nil || len(list) == 0 {
				t.Fatalf("document %v, findings %v", d != nil, list)
			}
			f := list[0]
			if f.Code != c.code || f.Severity != c.severity || f.Line != c.line || !strings.Contains(f.Message, c.part) || f.Hint == "" || f.File != "api overlay" {
				t.Errorf("got %+v\nwant %s %s line %d with %q", f, c.code, c.severity, c.line, c.part)
			}
		})
	}
}

func TestOverlayCannotImport(t *testing.T) {
	d, list := Load("api", []byte(minimal), []byte("overlay: 1.0.0\nactions:\n- {target: $.components.schemas.Thing.properties, update: {evil: {$ref: 'file:///etc/passwd'}}}\n"), Limits{})
	if d != nil || len(list) != 1 || list[0].Code != CodeExternalRef || list[0].File != "api overlay" {
		t.Errorf("document %v, findings %v", d != nil, list)
	}
}
