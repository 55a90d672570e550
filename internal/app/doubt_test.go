package app

import (
	"slices"
	"testing"

	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/internal/twin/xero"
)

// TestDoubts lives the story of all four automations at vendors that are not as believed,
// in one thing at a time and in all at once.
func TestDoubts(t *testing.T) {
	var all []string
	for _, d := range slices.Concat(salesforce.Doubts(), xero.Doubts()) {
		all = append(all, d.Name)
		t.Run(d.Name, func(t *testing.T) { t.Parallel(); story(automated(t, d.Name)) })
	}
	t.Run("all", func(t *testing.T) { t.Parallel(); story(automated(t, all...)) })
}
