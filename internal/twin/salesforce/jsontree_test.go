package salesforce

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestParseJSON(t *testing.T) {
	text := ` { "a" : [1, -2.50e3 , true,false,null, "q\"\u00e9😀"], "a":{ }, "b":[ ] }`
	n, refusal := parseJSON([]byte(text))
	if refusal != nil {
		t.Fatal(refusal)
	}
	want := map[string]any{"a": map[string]any{}, "b": []any{}}
	if got := n.value(); !reflect.DeepEqual(got, want) {
		t.Errorf("value %v, want %v", got, want)
	}
	first := n.members[0].value.value()
	if list := []any{json.Number("1"), json.Number("-2.50e3"), true, false, nil, "q\"é😀"}; !reflect.DeepEqual(first, list) {
		t.Errorf("first member %v, want %v", first, list)
	}
	if got := n.member("b").place; got != (place{1, 72}) {
		t.Errorf("place of b: %+v", got)
	}
}

func TestParseJSONRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "is required, but this request has no entity body.",
		" \n":                    "is required, but this request has no entity body.",
		`{"a":1`:                 "Unexpected end-of-input: was expecting comma to separate OBJECT entries at [line:1, column:7]",
		`{"a":1 "b":2}`:          "Unexpected character ('\"' (code 34)): was expecting comma to separate OBJECT entries at [line:1, column:8]",
		`{"a":1,}`:               "Unexpected character ('}' (code 125)): was expecting double-quote to start field name at [line:1, column:8]",
		"{\n\"a\" 1}":            "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value at [line:2, column:5]",
		`{"a":yes}`:              "Unrecognized token 'yes': was expecting 'null', 'true', 'false' or NaN at [line:1, column:6]",
		`{"a":01}`:               "Invalid numeric value: 01 at [line:1, column:6]",
		`{"a":}`:                 "Unexpected character ('}' (code 125)): expected a valid value",
		`[1 2]`:                  "was expecting comma to separate ARRAY entries at [line:1, column:4]",
		`{"a":"b`:                "Unexpected end-of-input: was expecting closing quote for a string value",
		"{\"a\":\"b\nc\"}":       "Illegal unquoted character ((CTRL-CHAR, code 10))",
		`{"a":"\x"}`:             "Unrecognized character escape",
		`{} {}`:                  "Unexpected character ('{' (code 123)): Expected end of input at [line:1, column:4]",
		"{\"a\":\"\xff\"}":       "Invalid UTF-8",
		strings.Repeat("[", 200): "nested too deeply",
	} {
		_, refusal := parseJSON([]byte(text))
		if refusal == nil || refusal.items[0].Code != "JSON_PARSER_ERROR" || !strings.Contains(refusal.items[0].Message, want) {
			t.Errorf("%q: %v, want %q", text, refusal, want)
		}
	}
}

// TestMembersAreReadInOrder: the first thing that cannot be taken ends it, whatever follows.
func TestMembersAreReadInOrder(t *testing.T) {
	c := serve(t, nil)
	for body, want := range map[string]string{
		`{"Nope":1,"Name":5}`:           "INVALID_FIELD",
		`{"Name":5,"Nope":1}`:           "JSON_PARSER_ERROR",
		`{"Name":"x","name":"y"}`:       "JSON_PARSER_ERROR",
		`{"Name":"x","IsDeleted":"no"}`: "JSON_PARSER_ERROR",
		`{"Name":"` + strings.Repeat("x", 256) + `","AnnualRevenue":[]}`: "JSON_PARSER_ERROR",
		`{"Parent":5}`:            "INVALID_FIELD",
		`{"Parent":{"Name":"x"}}`: "INVALID_FIELD",
		`{"Parent":{}}`:           "INVALID_FIELD",
		`{"Parent":{"Id":"` + ID("Account", 99) + `"}}`: "INVALID_FIELD",
	} {
		if _, code, message := c.refused("POST", "/sobjects/Account", body); code != want {
			t.Errorf("%s: %s %s, want %s", body, code, message, want)
		}
	}
}
