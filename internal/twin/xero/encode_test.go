package xero

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAnswersAreEncodedAsTheStandardLibraryDoes(t *testing.T) {
	wide := map[string]any{}
	for i := range 60 {
		wide[strings.Repeat("m", i+1)] = i
	}
	for _, v := range []any{
		nil, true, "", "plain", `a "quoted" \ text`, "line\nbreak\tand \x01", "Rātā & <b>Rimu</b>", "\u2028 \xff", -3, json.Number("1.50"),
		[]any{},
		[]any(nil),
		[]any{1, "b", nil, []any{false}},
		map[string]any{},
		map[string]any(nil),
		map[string]any{"b": json.Number("2"), "a": map[string]any{"Ā": []any{}}},
		wide,
		[]string{"x"},
		uint64(7),
	} {
		want, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		got, err := appendJSON(nil, v)
		if err != nil {
			t.Fatalf("%v: %v", v, err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", v, diff)
		}
	}
	if _, err := appendJSON(nil, map[string]any{"a": func() {}}); err == nil {
		t.Error("a value without a JSON form was encoded")
	}
}

// TestIndexesFindWhatAScanFinds holds that an expression which an index narrows gives the
// rows that judging every row gives.
func TestIndexesFindWhatAScanFinds(t *testing.T) {
	tb := newTable("Contacts", "ContactID", newShapes().contact, "Name", "ContactNumber")
	for i, name := range []string{"A", "a", "A  b", "A b", "", "B", "Café", "cafe", "\u212aſ", "ks", "ΣΑΣ", "σας"} {
		tb.put(record{
			"ContactID": guid(1, 'r', uint64(i)), "Name": name, "ContactNumber": "N" + name, "ContactStatus": "ACTIVE",
			"UpdatedDateUTC": []string{"2026-01-02T00:00:00", "2026-01-01T00:00:00"}[i%2],
		}, "")
	}
	tw := &Twin{}
	for _, text := range []string{
		`Name=="A"`, `Name=="a"`, `Name=="A b"`, `Name==""`, `Name=="A" AND ContactStatus=="ACTIVE"`, `ContactStatus=="ACTIVE" AND Name=="B"`,
		`ContactStatus=="ARCHIVED" AND Name=="B"`, `Name=="A" OR Name=="B"`, `!(Name=="A")`, `Name!="A"`, `Name.ToLower()=="a"`,
		`Name=="cafe"`, `Name=="CAFÉ"`, `Name=="ks"`, `Name=="KS"`, `Name=="σας"`, `Name=="ΣΑΣ"`, `ContactNumber=="NA"`, `ContactID==guid("` + guid(1, 'r', 2) + `")`, `ContactID==guid("` + guid(9, 'r', 2) + `")`,
	} {
		n, err := parseWhere(tb.shape, text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		judge := func(rows []*row) (ids []string) {
			for _, r := range rows {
				if n.holds(tw.lookup(tb, r)) {
					ids = append(ids, r.id)
				}
			}
			return ids
		}
		if diff := cmp.Diff(judge(tb.ordered), judge(tb.narrow(n, tb.ordered))); diff != "" {
			t.Errorf("%s (-scan +index):\n%s", text, diff)
		}
	}
}
