package diff

import (
	"slices"
	"strings"
	"testing"
)

func TestWords(t *testing.T) {
	for in, want := range map[string][]string{
		"a.b  ==  'x  y'": {"a", ".", "b", "=", "=", "'x  y'"},
		`r'a\' + "b\"c"`:  {"r", `'a\'`, "+", `"b\"c"`},
		"a//b":            nil,
		"'''a'''":         nil,
		"'open":           nil,
		"":                nil,
		"ü==1":            {"ü", "=", "=", "1"},
	} {
		if got := words(in); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", in, got, want)
		}
	}
}

func TestInOldNames(t *testing.T) {
	called := map[string]string{"deal": "opportunity"}
	for in, want := range map[string]string{
		"deal.Id":                    "opportunity.Id",
		"x.deal.?deal":               "x.deal.?deal",
		"'deal' + deal.Name":         "'deal'+opportunity.Name",
		"deal.Id + opportunity.Name": "deal.Id+opportunity.Name", // two things must not get one name
	} {
		if got := strings.Join(inOldNames(words(in), called), ""); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

// FuzzParts holds that splitting a condition loses and invents nothing, whatever the text.
func FuzzParts(f *testing.F) {
	for _, s := range []string{"a && b", "a || b && c", "a ? b : c", "f(a && b) && c", "a.?b && c", "&&", "a &&", "((", "'&&' && a", "? &&", ")&&(", "r'&&"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		list := words(s)
		var joined []string
		for i, p := range parts(s) {
			if len(p) == 0 {
				t.Fatalf("%q: an empty part", s)
			}
			if i > 0 {
				joined = append(joined, "&", "&")
			}
			joined = append(joined, p...)
			_ = spell(p)
		}
		if joined != nil && !slices.Equal(joined, list) {
			t.Fatalf("%q: %q is not %q", s, joined, list)
		}
		_ = inOldNames(list, map[string]string{"a": "b"})
		_ = asks(s, "a")
	})
}
