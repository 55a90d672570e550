package engine

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/specs/catalog"
)

// AdoptedVersion is the version of [Adopted] that this program writes. An entry of another
// version is refused.
const AdoptedVersion = 1

// Adopted is a person's word that a record at the vendor is what a write of the run was to
// make: it stands for the outcome of that write, and nothing is sent. It releases the hold.
type Adopted struct {
	Version int    `json:"v"`
	Path    string `json:"path"`    // of the hold, and of the write
	Attempt int    `json:"attempt"` // whose outcome it is
	Record  string `json:"record"`  // id at the vendor
	// Despite lists in what the record is not what was sent, as the person saw and took it.
	Despite []Difference `json:"despite,omitempty"`
	By      string       `json:"by"`
	Why     string       `json:"why,omitempty"` // in the person's words
}

// Difference is one field in which a record is not what a write was to make.
type Difference struct {
	Field string `json:"field"` // "Contact.ContactID"
	Sent  string `json:"sent"`
	There string `json:"there"` // "" where the record has no such value
}

// Adoption is what a person may adopt a record for: the write that a run is held at.
type Adoption struct {
	Path    string
	Attempt int
	Object  string // "xero.Invoice"
	Intent  Intent // what was to be made
	// Seen is the id of the one record that a look-up has found in its place; "" where none was.
	Seen string
	// Held is [Hold.Asked] of the hold.
	Held string
	op   *catalog.Operation
	get  *catalog.Operation
}

// Adoptable returns the write that a held run may adopt a record for: one that makes a
// record which can be read by its id, that was sent or tried, and of which the vendor did not
// say that it was done. What time releases is left to time: it could still arrive.
func (p *Program) Adoptable(s *State) (Adoption, error) {
	if s.Hold == nil {
		return Adoption{}, fmt.Errorf("it is %s, not held", s.Run)
	}
	h := s.Hold
	t, ok := s.tried(h.Path)
	switch {
	case !h.Until.IsZero():
		return Adoption{}, fmt.Errorf("it goes on by itself: %s", h.Message)
	case !ok:
		return Adoption{}, fmt.Errorf("it is held before it wrote anything at %q: there is nothing to take a record for", h.Path)
	case t.outcome == nil || t.taken == nil && t.done():
		return Adoption{}, fmt.Errorf("what was written at %q is not in doubt", h.Path)
	}
	op, ok := p.Catalog.Operation(t.intent.Request.Operation)
	if !ok || op.Effect != catalog.EffectCreate && h.Needs == "" {
		return Adoption{}, fmt.Errorf("what is written at %q creates nothing", h.Path)
	}
	get, ok := p.Catalog.Adopt(op)
	if !ok {
		return Adoption{}, fmt.Errorf("a %s cannot be read by its id", short(op.Entity))
	}
	a := Adoption{Path: h.Path, Attempt: t.intent.Attempt, Object: op.Entity, Intent: t.intent, Held: h.Asked(), op: op, get: get}
	if t.lookup != nil && op.Repeat != nil {
		if found := matching(t.lookup.Outcome.Value, map[string]any{op.Repeat.Key: t.intent.Natural}, nil); len(found) == 1 {
			a.Seen = p.idOf(op.Entity, found[0])
		}
	}
	return a, nil
}

// Read is the read of a record that may be adopted.
func (a Adoption) Read(record string) Action {
	args := apicall.Args{Params: map[string]any{}}
	for _, prm := range a.get.Params {
		if prm.In == catalog.InPath {
			args.Params[prm.Name] = record
		}
	}
	return Action{Kind: DoRead, Path: a.Path + lookupSuffix, Operation: a.get, Args: args, Entity: a.op.Entity, Body: compared(a.op, a.Intent.Body)}
}

// Differences lists every field in which a record is not what the write was to make.
func (a Adoption) Differences(record any) []Difference {
	return differences(a.op, a.Intent.Body, record)
}

// Shown are the fields by which a person knows such a record.
func (a Adoption) Shown(record any) []Shown {
	rec, _ := record.(map[string]any)
	fields := []string{}
	if a.op.Repeat != nil {
		fields = append(fields, a.op.Repeat.Key)
	}
	if a.op.Alike != nil {
		fields = append(fields, a.op.Alike.Show...)
	}
	var out []Shown
	for _, f := range fields {
		if text := shownText(rec[f]); f != "" && text != "" && text != "…" {
			out = append(out, Shown{f, text})
		}
	}
	return out
}

// RecordID is the id of a record of an object; "" when it is none.
func (p *Program) RecordID(object string, record any) string {
	rec, ok := record.(map[string]any)
	if !ok {
		return ""
	}
	return p.idOf(object, rec)
}

func (p *Program) idOf(object string, rec map[string]any) string {
	o, ok := p.Catalog.Object(object)
	if !ok {
		return ""
	}
	return shownText(rec[o.Key])
}

// compared are the fields of a record that an adoption looks at, as the body of a read keeps
// them.
func compared(op *catalog.Operation, body any) any {
	fields := map[string]any{}
	if sent, ok := body.(map[string]any); ok {
		maps.Copy(fields, sent)
	}
	if how := op.Alike; how != nil {
		for _, f := range slices.Concat(how.Must, how.Any, how.Show, []string{how.Total}) {
			if _, has := fields[f]; !has && f != "" {
				fields[f] = true
			}
		}
	}
	return fields
}

// differences compares what was to be made with a record, field by field: what both have,
// what such records are known by, the sum of the lines where the vendor tells one, and a
// state in which the record is nobody's. Lines are compared by their sum alone.
func differences(op *catalog.Operation, body, record any) []Difference {
	sent, _ := body.(map[string]any)
	rec, ok := record.(map[string]any)
	if !ok {
		return nil
	}
	status, known := "", []string{}
	if rep := op.Repeat; rep != nil {
		status, known = rep.Status, append(known, rep.Key)
	}
	if op.Alike != nil {
		known = slices.Concat(known, op.Alike.Must, op.Alike.Any)
	}
	out := unlike("", sent, rec, status, known)
	if rep := op.Repeat; rep != nil && slices.ContainsFunc(rep.Dead, func(d string) bool { return sameText(rec[rep.Status], d) }) {
		out = append(out, Difference{rep.Status, shownText(sent[rep.Status]), shownText(rec[rep.Status])})
	}
	if op.Money != nil && op.Alike != nil && op.Alike.Total != "" {
		want := amount(op.Money, sent)
		if have, err := decimal.Parse(fmt.Sprint(rec[op.Alike.Total])); err != nil || !have.Equal(want) {
			out = append(out, Difference{op.Alike.Total, want.String(), shownText(rec[op.Alike.Total])})
		}
	}
	return out
}

// unlike compares the plain members of two objects, to any depth.
func unlike(prefix string, want, have map[string]any, ignore string, known []string) (out []Difference) {
	for _, k := range slices.Sorted(maps.Keys(want)) {
		got, has := have[k]
		if k == ignore || !has && !slices.Contains(known, k) {
			continue
		}
		switch v := want[k].(type) {
		case map[string]any:
			inner, _ := got.(map[string]any)
			out = append(out, unlike(prefix+k+".", v, inner, ignore, nil)...)
		case []any, nil:
		default:
			if !sameScalar(v, got) {
				out = append(out, Difference{prefix + k, shownText(v), shownText(got)})
			}
		}
	}
	return out
}

// adopted adds a person's word that a record is it. What was read is forgotten, as at every
// release, and so is what was looked up.
func (s *State) adopted(e Entry) error {
	var a Adopted
	if err := decode(e, &a); err != nil {
		return err
	}
	switch {
	case a.Version != AdoptedVersion:
		return fmt.Errorf("adoption version %d is not known to this program; use a newer one", a.Version)
	case s.Hold == nil:
		return fmt.Errorf("adopted while not held")
	case a.Path != s.Hold.Path:
		return fmt.Errorf("adopted at %s while held at %s", a.Path, s.Hold.Path)
	case strings.TrimSpace(a.By) == "" || a.Record == "":
		return fmt.Errorf("an adoption needs a name and a record")
	}
	t, ok := s.tried(a.Path)
	if !ok || t.intent.Attempt != a.Attempt {
		return fmt.Errorf("adopted for attempt %d of %s, which is not the last", a.Attempt, a.Path)
	}
	t.taken, t.said = &a, nil
	s.letGo(e.At, false)
	return nil
}

// takenOver reads the record that a person adopted, as it is now, and takes it for the answer
// of the write, unless it is not any more as the person saw it.
func (w *walk) takenOver(c call, last *attempt) (any, error) {
	get, ok := w.p.Catalog.Adopt(c.op)
	if !ok {
		return nil, hold(HoldPerson, c.path, "a %s cannot be read by its id, so none can be adopted", short(c.op.Entity))
	}
	if last.lookup == nil {
		return nil, do(Adoption{Path: c.path, Intent: last.intent, op: c.op, get: get}.Read(last.taken.Record))
	}
	o := last.lookup.Outcome
	if o.Class != catalog.ClassOK || o.Value == nil {
		return nil, hold(HoldPerson, c.path, "no %s %.80q is found, which was adopted: %s", short(c.op.Entity), last.taken.Record, cmp.Or(o.Message, string(o.Class)))
	}
	for _, d := range differences(c.op, last.intent.Body, o.Value) {
		if slices.Contains(last.taken.Despite, d) {
			continue
		}
		if err := w.ask(HoldPerson, c.path, "%s %.80q, which was adopted, has another %s by now: %q, not %q", short(c.op.Entity), last.taken.Record, d.Field, d.There, d.Sent); err != nil {
			return nil, err
		}
	}
	return o.Value, nil
}

// LooksUp reports whether a read looks for what a write was to make, by its path.
func LooksUp(path string) bool {
	return strings.HasSuffix(path, lookupSuffix) || strings.HasSuffix(path, adoptKey)
}
