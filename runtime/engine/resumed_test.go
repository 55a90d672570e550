package engine_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRunResumed: a step asks when its run went on. That is when it began until it was held,
// then when the hold ended; whether the answer came late does not count.
func TestRunResumed(t *testing.T) {
	waited := []string{"read trigger", "hold overdue", "read trigger"}
	for name, tt := range map[string]struct {
		due, when string
		want      []string
	}{
		"when it began":               {"2026-10-01", "run.resumed < instant('2026-11-05T00:00:00Z')", []string{"read trigger", "read latest", "finish"}},
		"when the wait ended":         {"2026-11-05", "run.resumed >= instant('2026-11-06T12:00:00Z')", append(waited[:3:3], "read latest", "finish")},
		"no more when it had to wait": {"2026-11-05", "run.resumed < instant('2026-11-05T00:00:00Z')", append(waited[:3:3], "finish")},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t, programOf(t, "testdata/resumed.yaml", "WHEN", tt.when))
			inv := with(tree(due), map[string]any{"DueDate": tt.due})
			h.answers = map[string]any{"trigger": inv, "latest": inv}
			h.run()
			if diff := cmp.Diff(tt.want, h.took); diff != "" {
				t.Errorf("actions (-want +got):\n%s", diff)
			}
			replayed(t, h)
		})
	}
}
