package salesforce

import (
	"slices"
	"strings"
	"testing"
)

func TestLongID(t *testing.T) {
	tests := []struct {
		in, want string
		ok       bool
	}{
		// Pairs that the vendor publishes.
		{"001R0000005hDFY", "001R0000005hDFYIA2", true},
		{"006R00000024gDt", "006R00000024gDtIAI", true},
		{"003RO0000035WQg", "003RO0000035WQgYAM", true},
		{"001R0000005hDFYIA2", "001R0000005hDFYIA2", true},
		{"001r0000005hdfyia2", "001R0000005hDFYIA2", true}, // case lost and restored
		{"001R0000005HDFYIA2", "001R0000005hDFYIA2", true},
		{"001R0000005hDFYIA9", "", false}, // 9 is no checksum letter
		{"001R0000005hDFYZZZ", "", false}, // claims that digits are upper case
		{"001R0000005hDF", "", false},
		{"001R0000005hDFYI", "", false},
		{"001R0000005hDF'", "", false},
		{"", "", false},
	}
	for _, tt := range tests {
		got, ok := LongID(tt.in)
		if got != tt.want || ok != tt.ok {
			t.Errorf("LongID(%q) = %q, %v, want %q, %v", tt.in, got, ok, tt.want, tt.ok)
		}
	}
}

func TestMadeUpIDs(t *testing.T) {
	var ids []string
	for _, n := range []uint64{0, 1, 9, 10, 61, 62, 3843, 3844, 1 << 40} {
		id := ID("Opportunity", n)
		if long, ok := LongID(id[:15]); !ok || long != id || !strings.HasPrefix(id, "006") {
			t.Errorf("ID(%d) = %q, long form of its first 15 is %q", n, id, long)
		}
		ids = append(ids, id)
	}
	if !slices.IsSorted(ids) {
		t.Errorf("ids are not in the order of their numbers: %v", ids)
	}
}

// TestPrefixesAreUnique guards against two objects whose ids cannot be told apart.
func TestPrefixesAreUnique(t *testing.T) {
	seen := map[string]string{}
	for _, p := range prefixes() {
		if other := seen[p[1]]; other != "" || len(p[1]) != 3 {
			t.Errorf("%s has prefix %q, as has %q", p[0], p[1], other)
		}
		seen[p[1]] = p[0]
	}
}

func FuzzLongID(f *testing.F) {
	f.Add("001R0000005hDFY")
	f.Add("001r0000005hdfyia2")
	f.Fuzz(func(t *testing.T, s string) {
		long, ok := LongID(s)
		if !ok {
			return
		}
		if again, ok := LongID(long); !ok || again != long {
			t.Errorf("LongID(%q) = %q, whose long form is %q, %v", s, long, again, ok)
		}
		if again, ok := LongID(strings.ToLower(long)); !ok || again != long {
			t.Errorf("LongID of %q in lower case = %q, %v", long, again, ok)
		}
	})
}
