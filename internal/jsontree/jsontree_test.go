package jsontree

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// texts are JSON and what is almost JSON.
var texts = []string{
	``, ` `, `null`, `nul`, `nullx`, `true`, `false`, `falsy`, `"a"`, `"a`, `"a\"`, `"\u00e9\n\/"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\x"`, "\"é\"", "\"\xff\"", "\"\x01\"", "\"\x7f\"",
	"\"\u2028\"", `"<a>&"`, `0`, `-0`, `00`, `01`, `-`, `1.`, `.5`, `1.50`, `1e5`, `1E+05`, `1e`, `1e+`, `12345678901234567890.123`, `-1.2e-3`, `+1`, `NaN`,
	`{}`, `{ }`, `{"a":1}`, `{"a":1,"a":{"b":2}}`, `{"a":1,}`, `{"a"}`, `{"a":}`, `{a:1}`, `{1:1}`, `{"a":1 "b":2}`, `{"a\u0062":[]}`, `{"b":null,"a":[1,"x",{}]}`,
	`[]`, `[ ]`, `[1,2]`, `[1,]`, `[,1]`, `[1 2]`, `[[[]]]`, `[`, `]`, `[]]`, `{}{}`, `1 2`, ` [ 1 , { "a" : [ true ] } ] `, "[1]\n", "\ufeff[]", "[1]\x00", `"a" "b"`,
	strings.Repeat("[", 10000) + strings.Repeat("]", 10000), strings.Repeat("[", 10001) + strings.Repeat("]", 10001),
}

// read reads a text as the answers of vendors are read.
func read(text []byte) (v any, ok bool) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return v, d.Decode(&v) == nil
}

func written(t *testing.T, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// same writes what a text holds, and the text itself, beside encoding/json.
func same(t *testing.T, text []byte) {
	t.Helper()
	if v, ok := read(text); ok {
		got, err := Append([]byte("before "), v)
		if err != nil || string(got) != "before "+string(written(t, v)) {
			t.Fatalf("%.80q is written %.200q, %v; want %.200q", text, got, err, written(t, v))
		}
	}
	asText := string(text)
	if got := AppendString(nil, asText); !bytes.Equal(got, written(t, asText)) {
		t.Fatalf("text %.80q is written %.200q; want %.200q", text, got, written(t, asText))
	}
	digits := json.Number(text)
	want, wantErr := json.Marshal(digits)
	if got, err := Append(nil, digits); (err == nil) != (wantErr == nil) || err == nil && !bytes.Equal(got, want) {
		t.Fatalf("number %.80q is written %.200q, %v; want %.200q, %v", text, got, err, want, wantErr)
	}
}

func TestSame(t *testing.T) {
	for _, text := range texts {
		same(t, []byte(text))
		for n := range min(len(text), 40) { // and cut short
			same(t, []byte(text[:n]))
		}
	}
}

func FuzzSame(f *testing.F) {
	for _, text := range texts {
		f.Add([]byte(text))
	}
	f.Fuzz(same)
}

// TestAppendOthers writes what no JSON text becomes.
func TestAppendOthers(t *testing.T) {
	type point struct {
		X int `json:"x"`
	}
	for _, v := range []any{
		[]any(nil), map[string]any(nil), map[string]string(nil),
		map[string]string{"b": "<", "a": "\n"},
		json.Number(""), 7, 1.5,
		point{1},
		[]any{point{2}, []string{"x"}},
		map[string]any{"raw": json.RawMessage(`{"a": 1}`)},
		[]byte("bytes"), json.Number("1.0"),
	} {
		got, err := Append(nil, v)
		if err != nil || !bytes.Equal(got, written(t, v)) {
			t.Errorf("%#v is written %s, %v; want %s", v, got, err, written(t, v))
		}
	}
	for _, v := range []any{func() {}, json.Number("1x"), []any{map[string]any{"a": make(chan int)}}} {
		if got, err := Append(nil, v); err == nil {
			t.Errorf("%T is written %s", v, got)
		}
	}
}
