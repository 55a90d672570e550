package engine_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/journal"
)

// full gives every exported field of what v points to a value other than zero.
func full(t *testing.T, v reflect.Value, text string) {
	t.Helper()
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		*x = time.Date(2026, 11, 22, 10, 0, 0, 123456789, time.UTC)
		return
	case *any:
		*x = map[string]any{"b": []any{json.Number("1.50"), nil, true, map[string]any{}}, "a <&> é": text}
		return
	case *[]byte:
		*x = []byte(text)
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Map:
		v.Set(reflect.ValueOf(map[string]string{"B": text, "a": "", text: "x"}))
	case reflect.Struct:
		for _, field := range v.Fields() {
			full(t, field, text)
		}
	default:
		t.Fatalf("a member of the kind %s is new: say here how it is filled", v.Kind())
	}
}

// TestAppendJSON holds what entries are written by hand beside encoding/json, with every member
// and with none, so that no member is ever forgotten.
func TestAppendJSON(t *testing.T) {
	for _, entry := range []journal.Appender{&engine.Intent{}, &engine.WriteOutcome{}, &engine.Answered{}} {
		v := reflect.ValueOf(entry).Elem()
		for _, text := range []string{"", "plain", "<a href=\"x\">&\n\u2028é\xff"} {
			if text != "" {
				full(t, v, text)
			}
			var want bytes.Buffer
			enc := json.NewEncoder(&want)
			enc.SetEscapeHTML(false)
			if err := enc.Encode(entry); err != nil {
				t.Fatal(err)
			}
			got, err := journal.Encode(v.Interface())
			if err != nil || string(got.JSON())+"\n" != want.String() {
				t.Errorf("%s with %q: %v\n got %s\nwant %s", v.Type(), text, err, got.JSON(), want.String())
			}
		}
	}
	for _, bad := range []journal.Appender{
		engine.Intent{Body: func() {}},
		engine.WriteOutcome{Outcome: apicall.Outcome{Value: map[string]any{"a": json.Number("x")}}},
		engine.Answered{Asked: time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		if got, err := journal.Encode(bad); err == nil {
			t.Errorf("%T is written %s", bad, got.JSON())
		}
	}
}
