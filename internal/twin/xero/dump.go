package xero

import (
	"strings"
)

// byMyApp is the member that a dump has beside the vendor's: the app made the record, which
// lists with createdByMyApp ask for.
const byMyApp = "CreatedByMyApp"

// Dump returns every collection as a world that loads again to the same behaviour. Unlike a
// Snapshot it says of records whether the app made them.
func (t *Twin) Dump() map[string][]map[string]any {
	t.mu.RLock()
	defer t.mu.RUnlock()
	out := make(map[string][]map[string]any, len(t.tables))
	for name, tb := range t.tables {
		list := t.all(name)
		for i, r := range tb.ordered {
			if r.app == t.o.ClientID {
				list[i][byMyApp] = true
			}
		}
		out[name] = list
	}
	return out
}

// Ids are made in a row. A world that is a dump holds ids of an earlier life: those of
// lines and of what was taken away lie between those of records.
const (
	idGap  = 1000      // most ids between those of two records
	idMiss = 2 * idGap // how far to look for the next
)

// resumeIDs goes on making ids behind those that an earlier life of the twin gave to the
// records of the options.
func (t *Twin) resumeIDs() {
	known := map[string]bool{}
	for name, records := range t.o.Collections {
		if tb := t.tables[name]; tb != nil {
			for _, r := range records {
				known[strings.ToLower(str(r, tb.key))] = true
			}
		}
	}
	delete(known, "")
	if len(known) == 0 {
		return
	}
	last := uint64(0)
	for n := uint64(1); n <= last+idMiss; n++ {
		if known[guid(t.o.Seed, 'r', n)] {
			last = n
		}
	}
	if last > 0 {
		t.ids = last + idGap
	}
}
