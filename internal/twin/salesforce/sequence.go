package salesforce

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/planwright/planwright/internal/twin/world"
)

// sequences is a collection of a world that is no object of the API: how far the org has
// counted, where its records do not show it because some are gone for good. No id and no
// automatic number is given twice.
//
//	"Sequence": [{"Object": "Account", "Last": 12}, {"Object": "Sync__c", "Field": "Name", "Last": 7}]
const sequences = "Sequence"

// sequence is one of them; without a field it is of the ids.
type sequence struct {
	Object, Field string
	Last          uint64
}

// counted lists the sequences that a load would not find out by itself.
func (t *Twin) counted() []world.Record {
	var out []world.Record
	for _, o := range t.schema.order {
		last := func(n uint64) json.Number { return json.Number(strconv.FormatUint(n, 10)) }
		if n := t.store.next[o.name]; t.store.lacks(o, n) {
			out = append(out, world.Record{"Object": o.name, "Last": last(n)})
		}
		for i := range o.fields {
			f := &o.fields[i]
			n := t.numbers[o.name+"."+f.name]
			if n > 0 && n > t.highest(o, f) {
				out = append(out, world.Record{"Object": o.name, "Field": f.name, "Last": last(n)})
			}
		}
	}
	return out
}

// highest is the largest number that a record of an object shows.
func (t *Twin) highest(o *object, f *field) uint64 {
	var n uint64
	for _, r := range t.store.rows[o.name] {
		n = max(n, numberIn(f.auto, r.str(f.name)))
	}
	return n
}

// lacks reports whether one of the first n ids of an object is no record's.
func (s *store) lacks(o *object, n uint64) bool {
	for i := range n {
		if s.ids[numbered(o.prefix, i+1)] == nil {
			return true
		}
	}
	return false
}

// loadSequences goes on counting where a dumped org had come to.
func (t *Twin) loadSequences() error {
	for i, record := range t.admin[sequences] {
		var s sequence
		if err := decodeCustom(record, &s); err != nil {
			return placed(sequences, i, err)
		}
		o, ok := t.schema.names[strings.ToLower(s.Object)]
		if !ok {
			return placed(sequences, i, fmt.Errorf("%s: no such object", s.Object))
		}
		if s.Field == "" {
			t.store.next[o.name] = s.Last
			continue
		}
		f, err := o.named(s.Field)
		if err != nil {
			return placed(sequences, i, err)
		}
		t.numbers[o.name+"."+f.name] = max(t.numbers[o.name+"."+f.name], s.Last)
	}
	delete(t.admin, sequences) // Dump writes them anew
	return nil
}
