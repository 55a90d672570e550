package wire_test

import (
	"strings"
	"testing"

	"github.com/planwright/planwright/internal/twin/wire"
)

func TestStrict(t *testing.T) {
	type inner struct {
		B []map[string]int `json:"b"`
	}
	for _, tt := range []struct{ text, problem string }{
		{`{"a": {"b": [{"x": 1}, {"x": 2}]}}`, ""},
		{`{"a": {}, "a": {}}`, "/a: given twice"},
		{`{"a": {}, "A": {}}`, "/A: given twice"},
		{`{"a": {"b": [{}, {"x": 1, "x": 2}]}}`, "/a/b/1/x: given twice"},
		{`{"c": 1}`, `unknown field "c"`},
		{`{"a": {}} {}`, "text after the end"},
		{``, "it ends before the JSON does"},
		{`{"a": {`, "it ends before the JSON does"},
		{`{"a": 3}`, "/a: a number is not what belongs there"},
		{`{"a": {"b": [7]}}`, "/a/b: a number is not what belongs there"},
		{`[]`, "it: an array is not what belongs there"},
		{`{"a": x}`, "invalid character 'x' looking for beginning of value, at byte 7"},
	} {
		var v struct {
			A inner `json:"a"`
		}
		err := wire.Strict([]byte(tt.text), &v)
		if (err == nil) != (tt.problem == "") || err != nil && !strings.Contains(err.Error(), tt.problem) {
			t.Errorf("%s: %v, want %q", tt.text, err, tt.problem)
		}
	}
}

func TestFaultsAreDecodedStrictly(t *testing.T) {
	for _, text := range []string{
		`[{"operation": "*", "kind": "reset", "kind": "slow"}]`,
		`[{"operation": "*", "kind": "rewrite", "drift": {"set": {"Status": "A", "Status": "B"}}}]`,
	} {
		if _, err := wire.DecodeFaults([]byte(text), nil); err == nil || !strings.Contains(err.Error(), "given twice") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
