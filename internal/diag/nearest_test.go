package diag_test

import (
	"strings"
	"testing"

	"github.com/planwright/planwright/internal/diag"
)

func TestNearest(t *testing.T) {
	known := []string{"createInvoices", "getInvoices", "Quantity", "UnitAmount", "id"}
	for _, tt := range []struct{ got, want string }{
		{"createInvoice", "createInvoices"},
		{"quantity", "Quantity"},
		{"Quantiyt", "Quantity"}, // neighbours swapped count once
		{"UnitPrice", ""},
		{"", ""},
		{"zzz", ""},
		{strings.Repeat("x", 1000), ""},
	} {
		got := diag.Nearest(tt.got, known)
		if got != tt.want {
			t.Errorf("Nearest(%q) = %q, want %q", tt.got, got, tt.want)
		}
	}
}

func TestDidYouMean(t *testing.T) {
	if got, want := diag.DidYouMean("stpes", []string{"steps", "goal"}), "did you mean steps?"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := diag.DidYouMean("zzz", []string{"steps", "goal"}), "known ones are goal, steps"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	many := strings.Fields("a b c d e f g h i j")
	if got := diag.DidYouMean("zzzzz", many); !strings.HasPrefix(got, "known ones begin with a, b") {
		t.Errorf("got %q", got)
	}
	if got := diag.DidYouMean("x", nil); got != "" {
		t.Errorf("got %q, want nothing", got)
	}
}
