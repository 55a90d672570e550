package journal

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestEncoded commits the same data encoded before and encoded by the commit: the entries
// hold the same bytes. The zero Encoded is no way past the encoder.
func TestEncoded(t *testing.T) {
	j, err := Open(file(t), Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	for _, v := range []any{map[string]any{"a": "<&>\u2028", "n": json.Number("1.10")}, json.RawMessage(`{ "b": 1.0 }`), nil} {
		enc, err := Encode(v)
		if err != nil {
			t.Fatal(err)
		}
		got, err := j.Commit(t.Context(), Batch{Entries: []Draft{
			{Stream: "s", After: Any, Kind: "k", Data: v}, {Stream: "s", After: Any, Kind: "k", Data: enc},
		}})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(got[0].Data), string(got[1].Data)); diff != "" {
			t.Errorf("encoded before (-want +got):\n%s", diff)
		}
		if !json.Valid(enc.JSON()) {
			t.Errorf("Encode(%v) = %s", v, enc.JSON())
		}
	}
	if _, err := Encode(func() {}); err == nil {
		t.Error("a function was encoded")
	}
	got, err := j.Commit(t.Context(), Batch{Entries: []Draft{{Stream: "s", After: Any, Kind: "k", Data: Encoded{}}}})
	if err != nil || !json.Valid(got[0].Data) {
		t.Errorf("the zero Encoded gives %s, %v", got[0].Data, err)
	}
}
