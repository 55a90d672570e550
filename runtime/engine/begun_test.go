package engine_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRunBegun: a step asks when its run began. The answer stays the same after a wait, when
// everything else is looked at anew.
func TestRunBegun(t *testing.T) {
	skipped := []string{"read trigger", "hold overdue", "read trigger", "finish"}
	for name, tt := range map[string]struct {
		when string
		want []string
	}{
		"before":     {"run.begun < instant('2026-11-05T00:00:00Z')", append(skipped[:3:3], "read latest", "finish")},
		"not before": {"run.begun >= instant('2026-11-05T00:00:00Z')", skipped},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t, programOf(t, "testdata/begun.yaml", "WHEN", tt.when))
			h.answers = map[string]any{"trigger": tree(due), "latest": tree(due)}
			h.run()
			if diff := cmp.Diff(tt.want, h.took); diff != "" {
				t.Errorf("actions (-want +got):\n%s", diff)
			}
		})
	}
}
