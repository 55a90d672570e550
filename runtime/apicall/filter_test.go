package apicall

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

func TestFilter(t *testing.T) {
	guid := "11111111-2222-3333-4444-555555555555"
	for _, tc := range []struct {
		name   string
		fields map[string]any
		want   string
	}{
		{"text", map[string]any{"Reference": "SF-1"}, `Reference=="SF-1"`},
		{"quotes and backslashes", map[string]any{"Reference": `a"b\c\"`}, `Reference=="a\"b\\c\\\""`},
		{"key", map[string]any{"InvoiceID": guid}, `InvoiceID==guid("` + guid + `")`},
		{"nested key", map[string]any{"Contact.ContactID": guid}, `Contact.ContactID==guid("` + guid + `")`},
		{"key that is no guid", map[string]any{"InvoiceID": `x" OR true`}, `InvoiceID=="x\" OR true"`},
		{"text like a guid", map[string]any{"Reference": guid}, `Reference=="` + guid + `"`},
		{"date", map[string]any{"Date": "2026-01-31"}, `Date==DateTime(2026, 01, 31)`},
		{"instant", map[string]any{"UpdatedDateUTC": "2026-01-31T10:08:01+01:00"}, `UpdatedDateUTC==DateTime(2026, 01, 31, 09, 08, 01)`},
		{"bool", map[string]any{"Contact.IsCustomer": true}, `Contact.IsCustomer==true`},
		{"number", map[string]any{"Total": num("1.50E1")}, `Total==15.0`},
		{"number in text", map[string]any{"Total": "15.0"}, `Total==15.0`},
		{"unknown field", map[string]any{"Other": "x"}, `Other=="x"`},
		{"several", map[string]any{"Type": "ACCREC", "Status": "PAID"}, `Status=="PAID" AND Type=="ACCREC"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := filter(catalog.FilterXero, equal(tc.fields), schema.ObjectOf("xero.Invoice"), testObjects())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFilterRefuses(t *testing.T) {
	for name, fields := range map[string]map[string]any{
		"nothing":           {},
		"absent":            {"Reference": nil},
		"empty":             {"Reference": ""},
		"control character": {"Reference": "a\nb"},
		"not UTF-8":         {"Reference": "a\xff"},
		"date is text":      {"Date": "yesterday"},
		"instant is text":   {"UpdatedDateUTC": "now"},
		"bool is text":      {"Contact.IsCustomer": "true || true"},
		"number is text":    {"Total": "1 OR true"},
		"list":              {"Reference": []any{"a"}},
		"name breaks out":   {`a=="" OR b`: "x"},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := filter(catalog.FilterXero, equal(fields), schema.ObjectOf("xero.Invoice"), testObjects()); err == nil {
				t.Errorf("got %q, want an error", got)
			}
		})
	}
}

// filterString reads one literal in double quotes, as the vendor documents it: a backslash
// keeps the next character from ending the text.
func filterString(s string) (value, rest string, err error) {
	if !strings.HasPrefix(s, `"`) {
		return "", "", fmt.Errorf("%q does not begin with a quote", s)
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), s[i+1:], nil
		case '\\':
			i++
			if i == len(s) {
				return "", "", fmt.Errorf("a lone backslash")
			}
		}
		b.WriteByte(s[i])
	}
	return "", "", fmt.Errorf("a text without end")
}

// FuzzFilter holds that a value is one literal and arrives as it was.
func FuzzFilter(f *testing.F) {
	for _, s := range []string{"a", `"`, `\`, `\"`, `" OR Name!="`, `x" AND true`, "\x00", "é", "11111111-2222-3333-4444-555555555555", "1e5", "true"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := filter(catalog.FilterXero, equal(map[string]any{"Name": s, "ContactNumber": "tail"}), schema.ObjectOf("xero.Contact"), testObjects())
		if err != nil {
			return
		}
		rest, ok := strings.CutPrefix(got, `ContactNumber=="tail" AND Name==`)
		if !ok {
			t.Fatalf("%q", got)
		}
		value, rest, err := filterString(rest)
		if err != nil || rest != "" || value != s {
			t.Fatalf("%q was written as %q and reads as %q, rest %q (%v)", s, got, value, rest, err)
		}
	})
}

// FuzzFilterKinds holds the same for fields of every other kind: what is not the kind is
// refused, and no literal holds an operator.
func FuzzFilterKinds(f *testing.F) {
	f.Add("2026-01-31")
	f.Add("1) OR (1")
	f.Add("11111111-2222-3333-4444-555555555555")
	f.Fuzz(func(t *testing.T, s string) {
		for _, field := range []string{"Date", "UpdatedDateUTC", "Total", "InvoiceID"} {
			got, err := filter(catalog.FilterXero, equal(map[string]any{field: s}), schema.ObjectOf("xero.Invoice"), testObjects())
			if err != nil {
				continue
			}
			literal := strings.TrimPrefix(got, field+"==")
			if strings.HasPrefix(literal, `"`) {
				if value, rest, err := filterString(literal); err != nil || rest != "" || value != s {
					t.Fatalf("%q was written as %q (%v)", s, got, err)
				}
				continue
			}
			if strings.ContainsAny(strings.TrimPrefix(literal, "-"), `=<>&|!`) || strings.Contains(strings.ToUpper(literal), " OR ") {
				t.Fatalf("%q was written as %q", s, got)
			}
		}
	})
}
