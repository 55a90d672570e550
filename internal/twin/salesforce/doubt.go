package salesforce

import "github.com/planwright/planwright/internal/twin/wire"

// Names of the doubts, see Doubts.
const (
	doubtAbsentChildren = "absent-children-empty"
)

// Doubts lists what this twin does because it is believed of the vendor, not known.
func Doubts() []wire.Doubt {
	return []wire.Doubt{
		{
			Name:      doubtAbsentChildren,
			Believed:  "A child query that finds nothing is null.",
			Otherwise: "A child query that finds nothing is a result without records.",
		},
	}
}
