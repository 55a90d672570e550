package xero

import "github.com/planwright/planwright/internal/twin/wire"

// Names of the doubts about lists, see Doubts.
const (
	doubtNotModified    = "not-modified"
	doubtSinceInclusive = "since-inclusive"
	doubtPastPage       = "past-page-refused"
)

// listDoubts are those about lists.
func listDoubts() []wire.Doubt {
	return []wire.Doubt{
		{
			Name:      doubtNotModified,
			Believed:  "A list of what changed since is empty when nothing did.",
			Otherwise: "A list of what changed since is answered with 304 when nothing did.",
		},
		{
			Name:      doubtSinceInclusive,
			Believed:  "A record that changed at the very instant of If-Modified-Since is left out.",
			Otherwise: "A record that changed at the very instant of If-Modified-Since is in the list.",
		},
		{
			Name:      doubtPastPage,
			Believed:  "A page after the last is empty.",
			Otherwise: "A page after the last is refused.",
		},
	}
}
