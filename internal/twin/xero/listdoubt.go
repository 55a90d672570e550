package xero

import (
	"time"

	"github.com/planwright/planwright/internal/twin/wire"
)

// Names of the doubts about lists, see Doubts.
const (
	doubtNotModified    = "not-modified"
	doubtSinceInclusive = "since-inclusive"
	doubtPastPage       = "past-page-refused"
	doubtListLag        = "list-lag"
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
		{
			Name:      doubtListLag,
			Believed:  "A new record is in lists at once.",
			Otherwise: "It is in lists after five seconds; by its id or number it is found at once.",
		},
	}
}

// listLag is how long a new record is missing from lists, where it is.
const listLag = 5 * time.Second

// yetListed keeps the records that lists show already. Those that a call names by id or number
// are not looked for in a list.
func (t *Twin) yetListed(tb *table, q *call) []func(*row) bool {
	if !t.otherwise[doubtListLag] {
		return nil
	}
	for name, member := range tb.list.names {
		if (member == tb.key || member == tb.list.alias) && q.params.Get(name) != "" {
			return nil
		}
	}
	now := stamp(q.now)
	return []func(*row) bool{func(r *row) bool { return r.listed <= now }}
}
