package preset_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/planwright/planwright/internal/twin/preset"
	"github.com/planwright/planwright/internal/twin/wire"
)

// TestDocListsPresetsAndKinds holds that docs/twins.md names every preset and kind, and no
// preset that is not there.
func TestDocListsPresetsAndKinds(t *testing.T) {
	text, err := os.ReadFile("../../../docs/twins.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "| presets | |\n| --- | --- |\n")
	table, _, _ := strings.Cut(after, "\n\n")
	var listed []string
	for i, part := range strings.Split(table, "`") {
		if i%2 == 1 {
			listed = append(listed, part)
		}
	}
	slices.Sort(listed)
	if want := slices.Sorted(maps.Keys(preset.Faults())); !slices.Equal(want, listed) {
		t.Errorf("presets of the document:\n%v\nof the code:\n%v", listed, want)
	}
	for _, kind := range []wire.Kind{
		wire.DropBefore, wire.DropAfter, wire.Status, wire.StatusAfter, wire.Late, wire.Reset, wire.Slow, wire.Truncate, wire.HTML,
		wire.Drip, wire.CutGzip, wire.Twice, wire.Repeat, wire.Rewrite,
	} {
		if !strings.Contains(string(text), "`"+string(kind)+"`") {
			t.Errorf("the document does not name the kind %s", kind)
		}
	}
	// The rules shown as an example are rules.
	_, after, _ = strings.Cut(string(text), "```\n[\n")
	example, _, _ := strings.Cut(after, "```")
	if _, err := wire.DecodeFaults([]byte("["+example), preset.Faults()); err != nil {
		t.Errorf("the example: %v", err)
	}
}
