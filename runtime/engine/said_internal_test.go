package engine

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/specs/catalog"
)

// TestSaidIsRead holds what a state takes without decoding to what decoding gives, to the last
// bit; wants says that it must be taken, because runs do that at every step.
func TestSaidIsRead(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.UTC)
	value := map[string]any{"id": "x<&>\u2028ü", "n": json.Number("1.50"), "list": []any{nil, true, map[string]any{}, []any{}}}
	ok := apicall.Outcome{Class: catalog.ClassOK, Status: 200, Value: value, TraceID: "t", RetryAfter: time.Minute}
	req := apicall.Request{Operation: "a.b", Method: "PUT", Path: "/x?y=1", Header: map[string]string{"K": "v"}, Body: []byte(`{"a":1}`), Pages: true}
	bare := apicall.Request{Operation: "a.b", Method: "PUT", Path: "/x", Header: map[string]string{}, Body: []byte{}}
	bad := req
	bad.Header = map[string]string{"K": "\xff"}
	tests := []struct {
		name  string
		kind  Kind
		v     any
		wants bool
	}{
		{"answer", KindAnswered, Answered{Path: "trigger", Asked: at, Outcome: ok}, true},
		{"answer by a clock elsewhere", KindAnswered, Answered{Path: "trigger", Asked: at.In(time.FixedZone("x", 3600)), Outcome: ok}, false},
		{"answer by a running clock", KindAnswered, Answered{Path: "trigger", Asked: time.Now(), Outcome: ok}, false},
		{"answer of nothing", KindAnswered, Answered{}, true},
		{"outcome", KindOutcome, WriteOutcome{Path: "x", Attempt: 2, Outcome: ok}, true},
		{"outcome with a broken text", KindOutcome, WriteOutcome{Path: "x", Outcome: apicall.Outcome{Message: "a\xffb"}}, false},
		{"outcome with a number of Go", KindOutcome, WriteOutcome{Path: "x", Outcome: apicall.Outcome{Value: 1.5}}, false},
		{"intent", KindIntent, Intent{Path: "x", Attempt: 1, Request: req, Digest: "d", Natural: "n", Body: value}, true},
		{"intent without a body", KindIntent, Intent{Path: "x", Attempt: 1, Request: bare}, true},
		{"intent with a broken header", KindIntent, Intent{Path: "x", Attempt: 1, Request: bad}, false},
		{"intent with an empty number", KindIntent, Intent{Path: "x", Body: []any{json.Number("")}}, false},
		{"intent with a list that is none", KindIntent, Intent{Path: "x", Body: map[string]any{"l": []any(nil)}}, false},
		{"intent with a record that is none", KindIntent, Intent{Path: "x", Body: map[string]any(nil)}, false},
		{"intent with a broken name", KindIntent, Intent{Path: "x", Body: map[string]any{"\xff": "x"}}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := same(t, tt.kind, tt.v); got != tt.wants {
				t.Errorf("taken as it was said: %v, want %v", got, tt.wants)
			}
		})
	}
	rng := rand.New(rand.NewPCG(7, 7)) //nolint:gosec // trees, not secrets
	for range 2000 {
		v := tree(rng, 4)
		same(t, KindIntent, Intent{Path: "x", Body: v})
		same(t, KindOutcome, WriteOutcome{Path: "x", Outcome: apicall.Outcome{Value: v}})
	}
}

// same compares an entry that was said with the same one read back, and reports whether it was
// taken as it was said.
func same(t *testing.T, kind Kind, v any) bool {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	e := Said(time.Time{}, kind, v, data)
	got, want := reflect.New(reflect.TypeOf(v)), reflect.New(reflect.TypeOf(v))
	took := e.taken(got.Interface())
	if err := decode(Entry{Data: data}, want.Interface()); err != nil {
		t.Fatal(err)
	}
	if took && !reflect.DeepEqual(got.Interface(), want.Interface()) {
		t.Errorf("said %#v, read back %#v", got.Elem(), want.Elem())
	}
	return took
}

// tree makes a value of what may stand in one, and of what may not.
func tree(rng *rand.Rand, depth int) any {
	leaves := []any{
		nil, true, "", "text", "\u2028", "a\xffb", json.Number("12.300"), json.Number("1e3"), json.Number(""), 1, 2.5,
		[]any(nil), map[string]any(nil),
		[]string{"x"},
		time.Unix(0, 0), json.RawMessage(`{"a": 1}`),
	}
	switch n := rng.IntN(4); {
	case depth > 0 && n == 0:
		out := []any{}
		for range rng.IntN(4) {
			out = append(out, tree(rng, depth-1))
		}
		return out
	case depth > 0 && n < 3:
		out := map[string]any{}
		for i := range rng.IntN(4) {
			out[fmt.Sprintf("k%d", i)] = tree(rng, depth-1)
		}
		return out
	}
	return leaves[rng.IntN(len(leaves))]
}
