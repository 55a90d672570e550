package world

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func small() World {
	return World{
		Start: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC),
		Salesforce: map[string][]Record{
			"Account": {{"Id": "001", "Name": `Smith & "Sons" <b>Ltd</b>`, "AnnualRevenue": json.Number("12.50"), "Phone": nil}},
		},
		Xero: map[string][]Record{
			"Items": {{"Code": "A", "SalesDetails": map[string]any{"UnitPrice": json.Number("1.10")}, "Tags": []any{"x", true}}},
		},
	}
}

func TestEncodeThenDecodeKeepsEverything(t *testing.T) {
	want := small()
	data, err := want.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(data)
	if err != nil {
		t.Fatalf("Decode: %v\n%s", err, data)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("world after a round trip (-want +got):\n%s", diff)
	}
	if !strings.Contains(string(data), `<b>Ltd</b>`) {
		t.Errorf("angle brackets were escaped, want them as written:\n%s", data)
	}
	again, err := got.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(data), string(again)); diff != "" {
		t.Errorf("encoding the same world twice differs (-first +second):\n%s", diff)
	}
}

func TestDecodeRefuses(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"unknown member":      {`{"start":"2026-11-22T10:00:00Z","salesfroce":{}}`, `unknown member "salesfroce"`},
		"other case":          {`{"Salesforce":{}}`, `unknown member "Salesforce"`},
		"duplicate object":    {`{"salesforce":{"Account":[],"Account":[]}}`, "/salesforce/Account: given twice"},
		"duplicate in record": {`{"xero":{"Items":[{"Code":"A","Code":"B"}]}}`, "/xero/Items/0/Code: given twice"},
		"trailing text":       {`{} {}`, "text after the end"},
		"null record":         {`{"xero":{"Items":[null]}}`, "Items: record 0 is null"},
		"not an object":       {`[]`, "it: an array is not what belongs there"},
		"cut short":           {`{"xero":{`, "it ends before the JSON does"},
		"empty":               {``, "it ends before the JSON does"},
		"bad instant":         {`{"start":"yesterday"}`, "parsing time"},
		"too deep":            {`{"xero":{"Items":[{"a":` + strings.Repeat("[", 60) + strings.Repeat("]", 60) + `}]}}`, "nested deeper"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Decode([]byte(tt.in))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Decode(%s) error = %v, want one with %q", tt.in, err, tt.want)
			}
		})
	}
}

func TestCloneSharesNothing(t *testing.T) {
	w := small()
	c := w.Clone()
	c.Salesforce["Account"][0]["Name"] = "changed"
	c.Xero["Items"][0]["SalesDetails"].(map[string]any)["UnitPrice"] = json.Number("9")
	c.Xero["Items"][0]["Tags"].([]any)[0] = "changed"
	c.Salesforce["Contact"] = nil
	if diff := cmp.Diff(small(), w); diff != "" {
		t.Errorf("changing the copy changed the original (-want +got):\n%s", diff)
	}
	lines := Record{"LineItems": []any{Record{"Quantity": "1"}}}
	CloneRecord(lines)["LineItems"].([]any)[0].(map[string]any)["Quantity"] = "2"
	if diff := cmp.Diff(Record{"LineItems": []any{Record{"Quantity": "1"}}}, lines); diff != "" {
		t.Errorf("changing a line of the copy changed the original (-want +got):\n%s", diff)
	}
	if got := (World{}).Clone(); got.Salesforce != nil || got.Xero != nil {
		t.Errorf("clone of an empty world = %v, want nil maps", got)
	}
	if CloneRecord(nil) != nil {
		t.Error("CloneRecord(nil) is not nil")
	}
}

func TestBooks(t *testing.T) {
	w := small()
	if org, _ := w.Books(); org != nil {
		t.Errorf("organisation of a world without one = %v, want none", org)
	}
	w.Xero["Organisation"] = []Record{{"Name": "Kea"}}
	org, collections := w.Books()
	if diff := cmp.Diff(Record{"Name": "Kea"}, org); diff != "" {
		t.Errorf("organisation (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string][]Record{"Items": small().Xero["Items"]}, collections); diff != "" {
		t.Errorf("collections (-want +got):\n%s", diff)
	}
	if w.Xero["Organisation"] == nil {
		t.Error("splitting the books took the organisation out of the world")
	}
	if org, collections := (World{}).Books(); org != nil || len(collections) != 0 {
		t.Errorf("books of an empty world = %v, %v", org, collections)
	}
}

func FuzzDecode(f *testing.F) {
	data, err := small().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"salesforce":{"A":[{}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		w, err := Decode(data)
		if err != nil {
			return
		}
		w.Start = w.Start.UTC()
		out, err := w.Encode()
		if err != nil {
			t.Skip("the instant has no JSON form")
		}
		again, err := Decode(out)
		if err != nil {
			t.Fatalf("own encoding is refused: %v\n%s", err, out)
		}
		if diff := cmp.Diff(w, again); diff != "" {
			t.Fatalf("second decoding differs (-first +second):\n%s", diff)
		}
	})
}
