// Package world holds the contents of both twins as plain data, so that a starting
// point, a case and an end state are files that people can read and compare.
//
// A [World] is Salesforce records by object and Xero records by collection, each
// record a JSON object as its vendor would show it, plus the instant at which the
// clock starts. Numbers are [json.Number], never float64. What the fields mean, and
// which are needed, is the business of the twin that loads them.
//
// Decoding is strict: unknown members, duplicate members and trailing text are
// refused, because a misspelt member in a case would otherwise make it pass for
// the wrong reason.
package world

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/planwright/planwright/internal/twin/wire"
)

// Record is one record as JSON: string, bool, json.Number, []any, map[string]any, nil.
type Record = map[string]any

// World is what both vendors hold at one instant.
type World struct {
	// Start is where the twins' clock starts, in UTC.
	Start time.Time `json:"start"`
	// Salesforce holds records by object name: "Account", "Opportunity".
	Salesforce map[string][]Record `json:"salesforce,omitempty"`
	// Xero holds records by collection name: "Contacts", "Invoices".
	Xero map[string][]Record `json:"xero,omitempty"`
}

// maxDepth bounds nesting, so that no file can exhaust the stack.
const maxDepth = 32

var (
	errTrailing = errors.New("text after the end of the world")
	errDeep     = fmt.Errorf("nested deeper than %d", maxDepth)
)

// Decode reads a world written as JSON. See the package comment for what it refuses.
func Decode(data []byte) (World, error) {
	if err := checkMembers(data); err != nil {
		return World{}, fmt.Errorf("decode world: %w", wire.Explain(err))
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var w World
	if err := d.Decode(&w); err != nil {
		return World{}, fmt.Errorf("decode world: %w", wire.Explain(err))
	}
	for _, part := range []*map[string][]Record{&w.Salesforce, &w.Xero} {
		if len(*part) == 0 {
			*part = nil // written and read back, the two forms are the same
		}
		for name, records := range *part {
			for i, r := range records {
				if r == nil {
					return World{}, fmt.Errorf("decode world: %s: record %d is null", name, i)
				}
			}
		}
	}
	return w, nil
}

// Encode writes the world as indented JSON with members in alphabetical order, so
// that equal worlds have equal bytes.
func (w World) Encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(w); err != nil {
		return nil, fmt.Errorf("encode world: %w", err)
	}
	return b.Bytes(), nil
}

// Clone returns a copy that shares nothing with w.
func (w World) Clone() World {
	return World{Start: w.Start, Salesforce: cloneRecords(w.Salesforce), Xero: cloneRecords(w.Xero)}
}

func cloneRecords(m map[string][]Record) map[string][]Record {
	if m == nil {
		return nil
	}
	out := make(map[string][]Record, len(m))
	for name, records := range m {
		list := make([]Record, len(records))
		for i, r := range records {
			list[i] = CloneRecord(r)
		}
		out[name] = list
	}
	return out
}

// CloneRecord returns a deep copy of r.
func CloneRecord(r Record) Record {
	if r == nil {
		return nil
	}
	return cloneValue(r).(map[string]any)
}

func cloneValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = cloneValue(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = cloneValue(e)
		}
		return out
	}
	return v
}

// checkMembers refuses what encoding/json lets pass: a member given twice (the last
// would win), text after the value, and nesting without bound.
func checkMembers(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := checkValue(d, "", 0); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errTrailing
	}
	return nil
}

// member reports whether a world has a member of exactly that name; the standard
// decoder would take it in any case of letters.
func member(name string) bool {
	return name == "start" || name == "salesforce" || name == "xero"
}

func checkValue(d *json.Decoder, pointer string, depth int) error {
	if depth > maxDepth {
		return errDeep
	}
	t, err := d.Token()
	if err != nil {
		return err
	}
	switch t {
	case json.Delim('{'):
		seen := map[string]bool{}
		for d.More() {
			k, err := d.Token()
			if err != nil {
				return err
			}
			name := k.(string) // the decoder only yields strings here
			if seen[name] {
				return fmt.Errorf("%s/%s: given twice", pointer, name)
			}
			if depth == 0 && !member(name) {
				return fmt.Errorf("unknown member %q", name)
			}
			seen[name] = true
			if err := checkValue(d, pointer+"/"+name, depth+1); err != nil {
				return err
			}
		}
		_, err = d.Token()
	case json.Delim('['):
		for i := 0; d.More(); i++ {
			if err := checkValue(d, fmt.Sprintf("%s/%d", pointer, i), depth+1); err != nil {
				return err
			}
		}
		_, err = d.Token()
	}
	return err
}
