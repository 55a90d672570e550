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
		nil, true, "", "plain", `a "quoted" \ text`, "line\nbreak\tand \x01", "Rātā & <b>Rimu</b>", "\u2028 \xff", -3,
		json.Number("1.50"), json.Number("-0.05"), json.Number("0"), json.Number("10"), json.Number("-2"), json.Number(""), json.Number("1e5"),
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
	for _, v := range []any{
		map[string]any{"a": func() {}}, json.Number("01"), json.Number("-"), json.Number("1."), json.Number(".5"), json.Number("1.2.3"), json.Number("1x"),
	} {
		if _, err := appendJSON(nil, v); err == nil {
			t.Errorf("%v, which has no JSON form, was encoded", v)
		}
	}
}

// TestRecordsAreWrittenAsTheirTrees compares what is written straight from records with
// what is written of the trees made of them.
func TestRecordsAreWrittenAsTheirTrees(t *testing.T) {
	s := newShapes()
	line := record{"Description": "a", "Quantity": json.Number("2.0000"), "UnitAmount": json.Number("19.9500"), "Tracking": []any{record{"Name": "N"}}}
	for _, tc := range []written{
		{s.invoice, nil, 2},
		{s.invoice, record{}, 2},
		{s.invoice, record{"Own": true, "Date": "2026-01-02"}, 2},
		{s.invoice, record{
			"InvoiceID": zeroGUID, "Date": "2026-01-02", "DueDate": "2026-02-03", "UpdatedDateUTC": "2026-01-02T03:04:05.678Z",
			"FullyPaidOnDate": "2026-02-03", "Contact": record{"ContactID": zeroGUID, "Phones": []any{}, "HasValidationErrors": false},
			"LineItems": []any{line, record{}, nil}, "Total": json.Number("39.90"), "Payments": []any{record{"Date": "2026-01-03", "Own": "x"}},
		}, 4},
		{s.contact, record{"Name": "Rātā", "UpdatedDateUTC": "2026-01-02T03:04:05.678Z", "ContactGroups": nil, "Addresses": []any{record{"City": "Ōtaki"}}}, 2},
		{s.history, record{"DateUTC": "2026-01-02T03:04:05.000Z", "Changes": "Created"}, 2},
		{s.theme, record{"CreatedDateUTC": "2026-01-02T03:04:05.000Z", "Name": "<b>"}, 2},
	} {
		want, err := json.Marshal(tc.tree())
		if err != nil {
			t.Fatal(err)
		}
		got, err := appendJSON(nil, tc)
		if diff := cmp.Diff(string(want), string(got)); diff != "" || err != nil {
			t.Errorf("%v: %v (-want +got):\n%s", tc.rec, err, diff)
		}
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
