package pubsub

import (
	"time"

	"github.com/planwright/planwright/internal/twin/wire"
)

// Names of the doubts, see Doubts.
const (
	doubtIdleStream   = "idle-event-stream-stays"
	doubtFirstAnswer  = "event-stream-answers-at-once"
	doubtPlainRefusal = "event-refusals-of-unknown-status"
)

// idleLife is how long a stream lives for which nothing is owed.
const idleLife = time.Minute

// Doubts lists what the bus does because it is believed of the vendor, not known.
func Doubts() []wire.Doubt {
	return []wire.Doubt{
		{
			Name:      doubtIdleStream,
			Believed:  "A stream of events whose client has asked for no more is ended after a minute.",
			Otherwise: "A stream of events whose client has asked for no more stays, with its signs of life.",
		},
		{
			Name:      doubtFirstAnswer,
			Believed:  "A stream that has no event yet says nothing before its first sign of life is due.",
			Otherwise: "A stream that has no event yet begins with a sign of life.",
		},
		{
			Name:      doubtPlainRefusal,
			Believed:  "A refusal of the event bus has the status of gRPC that fits its code.",
			Otherwise: "A refusal of the event bus has the status UNKNOWN; its code alone tells what it is.",
		},
	}
}
