package diag_test

import (
	"testing"

	"github.com/planwright/planwright/internal/diag"
)

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"":                        "",
		"plain, ünïcode, 日本\n\tx": "plain, ünïcode, 日本\n\tx",
		"red\x1b[31m":             "red⟨U+001B⟩[31m",
		"a\rb":                    "a⟨U+000D⟩b",
		"pay \u202Etsoc\u202C":    "pay ⟨U+202E⟩tsoc⟨U+202C⟩",
		"zero\u200Bwidth\uFEFF":   "zero⟨U+200B⟩width⟨U+FEFF⟩",
		"c1\u0085\u009b31m":       "c1⟨U+0085⟩⟨U+009B⟩31m",
		"\u2028\uE000\U000E0041":  "⟨U+2028⟩⟨U+E000⟩⟨U+E0041⟩",
		"blank\u3164":             "blank⟨U+3164⟩",
		"\xff\x7f":                "⟨U+FFFD⟩⟨U+007F⟩",
	} {
		if got := diag.Visible(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// TestFindingsAreInert holds that a finding that quotes a plan cannot move a terminal.
func TestFindingsAreInert(t *testing.T) {
	d := diag.Diagnostic{File: "a\x1b.yaml", Severity: diag.Error, Code: "x", Message: "no \x1b[2J field"}
	if got, want := d.String(), "a⟨U+001B⟩.yaml: error x: no ⟨U+001B⟩[2J field"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
