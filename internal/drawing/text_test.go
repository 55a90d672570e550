package drawing

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                            "plain",
		"  two\n\n lines\t ":               "two lines",
		"a\u202Eb":                         "a⟨U+202E⟩b",
		"\x00\x1b\xff":                     "\uFFFD\uFFFD\uFFFD",
		"e\u0301":                          "e\u0301",
		"e" + strings.Repeat("\u0301", 50): "e\u0301\u0301\u0301",
		strings.Repeat("x", 700):           strings.Repeat("x", 600) + "…",
		"soft\u00ADhyphen":                 "soft⟨U+00AD⟩hyphen",
		"\U000E0041":                       "⟨U+E0041⟩",
		"\u3164":                           "⟨U+3164⟩",
	} {
		if got := clean(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestMeasure(t *testing.T) {
	if a, b := measure("iiii", 14), measure("WWWW", 14); a >= b {
		t.Errorf("iiii is %d, WWWW %d", a, b)
	}
	if a, b := measure("e\u0301", 14), measure("e", 14); a != b {
		t.Errorf("a mark takes room: %d, %d", a, b)
	}
	if a, b := measure("請求", 14), measure("ab", 14); a <= b {
		t.Errorf("wide letters are %d, narrow ones %d", a, b)
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		in    string
		width int
		limit int
		want  []string
	}{
		{"", 100, 3, nil},
		{"one two three", 60, 5, []string{"one two", "three"}},
		{"one two three", 60, 1, []string{"one…"}},
		{"unbreakableword", 50, 2, []string{"unbre", "akab…"}},
		{"請求書請求書", 50, 9, []string{"請求書", "請求書"}},
		{"x", 1, 2, []string{"x"}},
	} {
		got := wrap(c.in, 14, c.width, c.limit)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q in %d (-want +got):\n%s", c.in, c.width, diff)
		}
	}
}

// FuzzWrap holds wrapping to whole characters, the number of lines, and, without an
// ellipsis, every letter of the text.
func FuzzWrap(f *testing.F) {
	f.Add("some words to wrap", 80, 3)
	f.Add("日本語 and more", 1, 1)
	f.Fuzz(func(t *testing.T, s string, width, limit int) {
		limit = 1 + max(limit, 0)%9
		lines := wrap(s, 14, width%1000, limit)
		if len(lines) > limit {
			t.Fatalf("%d lines, want at most %d", len(lines), limit)
		}
		joined := strings.Join(lines, "")
		if !utf8.ValidString(joined) {
			t.Fatalf("a character was cut: %q", lines)
		}
		squeeze := strings.NewReplacer(" ", "")
		if !strings.HasSuffix(joined, "…") && squeeze.Replace(joined) != squeeze.Replace(clean(s)) {
			t.Fatalf("lost: %q of %q", joined, s)
		}
	})
}
