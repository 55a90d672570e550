package openapi

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestReadJSON(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`1`, `1`},
		{` -0.10e+5 `, `-0.10e+5`},
		{`"a\tb\u00e9\ud83d\ude00/\/"`, `"a\tbé😀//"`},
		{`[ ]`, `[]`},
		{"{\n}\n", `{}`},
		{`{"a":{"b":[1,2,{"c":null}]},"a2":false}`, `{"a":{"b":[1,2,{"c":null}]},"a2":false}`},
	} {
		got, err := readJSON(c.in, DefaultLimits(), fromSpec)
		if err != nil {
			t.Errorf("%q: %v", c.in, err)
			continue
		}
		if diff := cmp.Diff(c.want, string(got.appendJSON(nil))); diff != "" {
			t.Errorf("%q: %s", c.in, diff)
		}
	}
}

func TestBrokenJSON(t *testing.T) {
	for in, want := range map[string]string{
		"":                  "1:1: the document ends too early",
		"{":                 "1:2: the document ends inside an object",
		`{"a"`:              "1:5: expected : after a member name",
		`{"a":`:             "1:6: the document ends too early",
		`{"a":1`:            "1:7: the document ends inside an object",
		`{"a":1 "b":2}`:     "1:8: expected , or }",
		`{a:1}`:             "1:2: expected a member name in quotes",
		"[1,\n 2\n 3]":      "3:2: expected , or ]",
		`[1,]`:              "1:4: not a JSON value",
		`["a`:               "1:4: the document ends inside text",
		"[\"a\nb\"]":        "1:4: control character inside text",
		`["\x"]`:            "1:6: broken text",
		`nul`:               "1:1: not a JSON value",
		`01`:                "1:3: broken number",
		`1.`:                "1:3: broken number",
		`--1`:               "1:4: broken number",
		"{\"a\":\n\n  tru}": "3:3: not a JSON value",
	} {
		_, err := readJSON(in, DefaultLimits(), fromSpec)
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", in, err, want)
		}
	}
}

func TestJSONPlaces(t *testing.T) {
	root, err := readJSON("{\n  \"a\": [\n    1,\n      {\"b\": true}\n  ]\n}", DefaultLimits(), fromOverlay)
	if err != nil {
		t.Fatal(err)
	}
	b := root.get("a").items[1].get("b")
	if b.line != 4 || b.col != 13 || b.from != fromOverlay {
		t.Errorf("b is at %d:%d of %d", b.line, b.col, b.from)
	}
}

// FuzzJSON holds the scanner to the standard library: it takes the same documents and
// means the same by them.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5e3,"x\u0041",null,true]}`, `"\ud800"`, `{"a":1,"a":2}`, `[[[[]]]]`, "\"\xff\""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		lim := Limits{Depth: 1000, Nodes: 1 << 20}
		got, err := readJSON(string(data), lim, fromSpec)
		if !utf8.Valid(data) || bytes.Count(data, []byte("["))+bytes.Count(data, []byte("{")) > 900 {
			return // the library mends broken UTF-8; nesting has its own test
		}
		if json.Valid(data) != (err == nil) {
			t.Fatalf("valid %v, error %v", json.Valid(data), err)
		}
		if err != nil {
			return
		}
		var want, again any
		if a, b := decode(data, &want), decode(got.appendJSON(nil), &again); a != nil || b != nil || !cmp.Equal(want, again) {
			t.Fatalf("%q came back as %q (%v, %v)", data, got.appendJSON(nil), a, b)
		}
	})
}

func decode(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return d.Decode(v)
}

func TestTree(t *testing.T) {
	root, err := readJSON(`{"s":"x","n":12,"big":99999999999999999999,"f":1.5,"b":true,"t":"TRUE","z":null,"l":["a",1,{},null,"b"],"o":{"p":{"q":"deep"}}}`, DefaultLimits(), fromSpec)
	if err != nil {
		t.Fatal(err)
	}
	var none *tree
	for _, c := range []struct {
		name      string
		got, want any
	}{
		{"text", root.get("s").str(), "x"},
		{"number as text", root.get("n").str(), "12"},
		{"object as text", root.get("o").str(), ""},
		{"null as text", root.get("z").str(), ""},
		{"number", root.get("n").num(), 12},
		{"number too large", root.get("big").num(), 0},
		{"fraction", root.get("f").num(), 0},
		{"true", root.get("b").yes(), true},
		{"true as text", root.get("t").yes(), true},
		{"number as truth", root.get("n").yes(), false},
		{"scalars of a list", strings.Join(root.get("l").strs(), " "), "a 1 b"},
		{"texts of an object", len(root.get("o").strs()), 0},
		{"path", root.at("o", "p", "q").str(), "deep"},
		{"path to nothing", root.at("o", "x", "q") == nil, true},
		{"member of nothing", none.get("x") == nil && none.str() == "" && !none.yes() && none.num() == 0, true},
		{"member of text", root.get("s").get("x") == nil, true},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
	copied := root.clone()
	copied.get("o").set("p", &tree{kind: null})
	copied.set("new", &tree{kind: null})
	if root.at("o", "p", "q").str() != "deep" || root.get("new") != nil {
		t.Error("changing a clone changed the original")
	}
}

func TestResolver(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"a/b":{"c~d":[10,{"x":1}]},"many":{`)
	for i := range 40 {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"k` + strings.Repeat("x", i) + `":` + strings.Repeat("1", i+1))
	}
	b.WriteString(`}}`)
	root, err := readJSON(b.String(), DefaultLimits(), fromSpec)
	if err != nil {
		t.Fatal(err)
	}
	r := newResolver(root)
	for ref, want := range map[string]string{
		"#/a~1b/c~0d/1/x": "1", "#/a~1b/c~0d/0": "10", "#/many/k": "1", "#/many/kxx": "111",
		"#/a~1b/c~0d/2": "", "#/a~1b/c~0d/-1": "", "#/a~1b/c~0d/x": "", "#/nothing/x": "", "#x": "", "x#/many/k": "", "": "",
	} {
		for range 2 { // the second time from memory
			if got := r.find(ref).str(); got != want {
				t.Errorf("%s: %q, want %q", ref, got, want)
			}
		}
	}
	if r.find("#") != root {
		t.Error("# is not the root")
	}
}
