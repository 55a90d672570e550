package salesforce

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAnswersAreEncodedAsTheStandardLibraryDoes(t *testing.T) {
	for _, v := range []any{
		nil, true, "", "plain", `a "quoted" \ text`, "line\nbreak \x01", "Rātā & <b>Rimu</b>", -3, json.Number("1.50"),
		[]any{},
		[]any(nil),
		[]any{1, "b", nil},
		[]ordered(nil),
		[]ordered{},
		map[string]any{"b": "<", "a": 1},
		[]errorItem{},
		oauthError{"a", "<b>"},
	} {
		var want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		if err := e.Encode(v); err != nil {
			t.Fatal(err)
		}
		got, err := encodeJSON(v)
		if err != nil {
			t.Fatalf("%v: %v", v, err)
		}
		if diff := cmp.Diff(string(bytes.TrimSuffix(want.Bytes(), []byte("\n"))), string(got)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", v, diff)
		}
	}
	got, err := encodeJSON(ordered{{"z", ordered{{"<", []ordered{{{"n", 1}}, {}}}}}, {"a", map[string]any{"o": ordered{{"y", 1}, {"x", "&"}}}}})
	if err != nil {
		t.Fatal(err)
	}
	// Within a map the standard encoder does the writing, and members keep their order still.
	if diff := cmp.Diff(`{"z":{"<":[{"n":1},{}]},"a":{"o":{"y":1,"x":"&"}}}`, string(got)); diff != "" {
		t.Errorf("ordered (-want +got):\n%s", diff)
	}
	if _, err := encodeJSON(ordered{{"a", func() {}}}); err == nil {
		t.Error("a value without a JSON form was encoded")
	}
}
