package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/app"
)

func TestAskBegin(t *testing.T) {
	day := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name, typed string
		again       bool
		want        app.Begin
		refused     bool
	}{
		{name: "now", typed: "now\n", want: app.Begin{How: "now"}},
		{name: "nothing typed", typed: "\n", want: app.Begin{How: "now"}},
		{name: "adopt", typed: "Adopt\n", want: app.Begin{How: "adopt"}},
		{name: "backfill", typed: "backfill\nyesterday\n2026-10-01\ny\n", want: app.Begin{How: "backfill", Since: day}},
		{name: "too many", typed: "backfill\n2026-10-01\n\nnow\n", want: app.Begin{How: "now"}},
		{name: "nobody", refused: true},
		{name: "left in the middle", typed: "backfill\n", refused: true},
		{name: "a yes is not taken for granted", typed: "backfill\n2026-10-01\n", refused: true},
		{name: "again needs a word", typed: "\n", again: true, refused: true},
		{name: "again", typed: "\ngo on\n", again: true},
		{name: "not before it began", typed: "go on\nnow\n", want: app.Begin{How: "now"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			got, err := askBegin(&asker{in: strings.NewReader(tt.typed), out: &out}, app.Outlook{Asked: true, Again: tt.again, Object: "Opportunity", Records: 29, Behind: 4})
			if (err != nil) != tt.refused {
				t.Fatalf("got error %v, want one: %v\n%s", err, tt.refused, &out)
			}
			if diff := cmp.Diff(tt.want, got); !tt.refused && diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if !strings.Contains(out.String(), "29 Opportunities qualify now") || tt.again != strings.Contains(out.String(), "the 4 that changed") {
				t.Errorf("it asked:\n%s", &out)
			}
		})
	}
}
