package salesforce

import "github.com/planwright/planwright/internal/twin/wire"

// Names of the doubts, see Doubts.
const (
	doubtAbsentChildren = "absent-children-empty"
	doubtTextNumbers    = "text-numbers-refused"
	doubtEmptyText      = "empty-text-kept"
	doubtTextLength     = "text-length-in-characters"
	doubtIdleSave       = "idle-save-unstamped"
)

// Doubts lists what this twin does because it is believed of the vendor, not known.
func Doubts() []wire.Doubt {
	return append([]wire.Doubt{
		{
			Name:      doubtAbsentChildren,
			Believed:  "A child query that finds nothing is null.",
			Otherwise: "A child query that finds nothing is a result without records.",
		},
	}, recordDoubts()...)
}

// recordDoubts are those about saving records.
func recordDoubts() []wire.Doubt {
	return []wire.Doubt{
		{
			Name:      doubtTextNumbers,
			Believed:  "A number in a body may be written as a text.",
			Otherwise: "A number written as a text is of the wrong type.",
		},
		{
			Name:      doubtEmptyText,
			Believed:  "An empty text is stored as null.",
			Otherwise: "An empty text is stored as it is.",
		},
		{
			Name:      doubtTextLength,
			Believed:  "The length of a text counts UTF-16 units, an emoji two.",
			Otherwise: "The length of a text counts characters.",
		},
		{
			Name:      doubtIdleSave,
			Believed:  "A save that changes nothing moves the stamps.",
			Otherwise: "A save that changes nothing leaves the stamps.",
		},
	}
}
