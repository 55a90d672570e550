package approval

import (
	"fmt"

	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/runtime/mapping"
)

// PlanPrefix and MappingPrefix begin the names of the streams of all plans and of all
// mappings.
const (
	PlanPrefix    = "plan/"
	MappingPrefix = "mapping/"
)

// PlanStream names the stream of a plan's proposals and decisions.
func PlanStream(planName string) string { return PlanPrefix + planName }

// MappingStream names the stream of the events of one mapping of a plan. It outlives the
// plan's versions: rows approved for one serve the next.
func MappingStream(planName, mappingName string) string {
	return MappingPrefix + planName + "/" + mappingName
}

// MappingDrafts returns the entries that record the events, in order, after the stream's
// entry of index after. The events must have been applied to the table folded from that
// stream, or to its clone, so that none is refused later.
func MappingDrafts(planName, mappingName string, after uint64, events []mapping.Event) []journal.Draft {
	out := make([]journal.Draft, len(events))
	for i, e := range events {
		out[i] = journal.Draft{
			Stream: MappingStream(planName, mappingName), After: after + uint64(i),
			Kind: string(e.Kind), Data: e,
		}
	}
	return out
}

// MappingEvents reads the events back from the entries of a mapping's stream.
func MappingEvents(entries []journal.Entry) ([]mapping.Event, error) {
	out := make([]mapping.Event, len(entries))
	for i, e := range entries {
		event, err := mapping.DecodeEvent(e.Kind, e.Data)
		if err != nil {
			return nil, fmt.Errorf("read %s: entry %d of the stream: %w", e.Stream, e.Index, err)
		}
		out[i] = event
	}
	return out, nil
}
