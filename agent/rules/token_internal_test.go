package rules

import (
	"slices"
	"strings"
	"testing"
)

func TestTokenize(t *testing.T) {
	tests := []struct{ give, want string }{
		{"closed-won", "closed|won"},
		{"The deal's lines", "the|deal|'s|lines"},
		{"opportunities’ lines", "opportunities|'|lines"},
		{"Don’t do it", "do|not|do|it"},
		{"over £10k.", "over|10000:£|."},
		{"NZ$ 5,000 or 1 000.50", "5000:NZ$|or|1000.50"},
		{"NZD5000", "5000:NZD"},
		{"net 30", "net|30"},
		{"THE 30", "the|30"},
		{"1.5m", "1500000"},
		{"2nd 5e3 0x10", "2nd|5e3|0x10"},
		{"10,00", "10|,|00"},
		{"1,0000", "1|,|0000"},
		{"1,000,000.25k", "1000000250"},
		{`"Contract Signed" now`, "<contract signed>|now"},
		{"'Contract Signed' now", "<contract signed>|now"},
		{"it's 'Bob's deal'", "it|'s|<bob's deal>"},
		{"“A” «B» ‘C’", "<a>|<b>|<c>"},
		{`"open`, `"|open`},
		{`""`, `"|"`},
		{"a - b", "a|-|b"},
		{"30-day", "30|day"},
	}
	for _, tt := range tests {
		var got []string
		for _, tok := range tokenize(tt.give) {
			s := strings.TrimSuffix(tok.norm+":"+tok.sign, ":")
			if tok.kind == quoted {
				s = "<" + tok.norm + ">"
			}
			got = append(got, s)
		}
		if want := strings.Split(tt.want, "|"); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", tt.give, got, want)
		}
	}
}

// FuzzTokenize: tokens are in order, do not overlap unless one word gave two, and leave
// out white space and inner hyphens only.
func FuzzTokenize(f *testing.F) {
	for _, s := range []string{"closed-won £10k 'a b' don't", "1,000.5k’s", `"“x”`, "é́ ß ½ ９", "$ £", "a'b'c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		end, left := 0, ""
		for i, tok := range tokenize(s) {
			twin := i > 0 && tok.to == end // the second half of a contraction
			if tok.from < end && !twin || tok.to > len(s) || tok.from >= tok.to {
				t.Fatalf("token %d of %q spans %d to %d after %d", i, s, tok.from, tok.to, end)
			}
			if tok.from > end {
				left += s[end:tok.from]
			}
			end = tok.to
		}
		left += s[end:]
		if rest := strings.Trim(strings.Join(strings.Fields(left), ""), "-‐‑–"); strings.Trim(rest, "-‐‑–") != "" {
			t.Fatalf("%q: %q is in no token", s, rest)
		}
	})
}

func TestNumbers(t *testing.T) {
	tests := []struct {
		give string
		want string
		n    int
	}{
		{"thirty days", "30", 1},
		{"twenty five days", "25", 2},
		{"ninety nine", "99", 2},
		{"a hundred invoices", "100", 2},
		{"five thousand", "5000", 2},
		{"2 million", "2000000", 2},
		{"10k", "10000", 1},
		{"a deal", "", 0},
		{"won", "", 0},
	}
	for _, tt := range tests {
		a, n, ok := numberAt(tokenize(tt.give), 0)
		got := ""
		if ok {
			got = a.value.Canonical()
		}
		if got != tt.want || (ok && n != tt.n) {
			t.Errorf("%q: got %q in %d tokens, want %q in %d", tt.give, got, n, tt.want, tt.n)
		}
	}
}

func TestWords(t *testing.T) {
	for give, want := range map[string]string{
		"StageName": "stage name", "Xero_Invoice_Id__c": "xero invoice id", "OpportunityLineItem": "opportunity line item",
		"CurrencyIsoCode": "currency iso code", "UpdatedDateUTC": "updated date utc", "docNo": "doc no", "IsWon": "is won", "URLOfDoc": "url of doc",
	} {
		if got := strings.Join(words(give), " "); got != want {
			t.Errorf("%s: got %q, want %q", give, got, want)
		}
	}
}
