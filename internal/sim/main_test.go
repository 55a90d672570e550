package sim

import (
	"os"
	"runtime/debug"
	"testing"
)

// TestMain lets rubbish lie: a seed leaves little alive and much behind.
func TestMain(m *testing.M) {
	debug.SetGCPercent(800)
	debug.SetMemoryLimit(1 << 30)
	os.Exit(m.Run())
}
