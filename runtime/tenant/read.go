package tenant

import (
	"fmt"
	"slices"
	"strings"

	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/describe"
)

// maxRecords bounds what is kept of one object. A list with more is not kept at all: what
// is missing from half a list is not missing.
const maxRecords = 20_000

// PutRecords keeps the wanted fields of an object's records, as a list operation answered
// them. It keeps nothing, and says so, when there are too many.
func (s *Snapshot) PutRecords(object string, fields []string, answered []any) error {
	if len(answered) > maxRecords {
		return fmt.Errorf("there are %d, more than the %d that are kept", len(answered), maxRecords)
	}
	records := make([]Record, 0, len(answered))
	for _, a := range answered {
		from, _ := a.(map[string]any)
		r := Record{}
		for _, f := range fields {
			if v := text(from[f]); v != "" {
				r[f] = v
			}
		}
		records = append(records, r)
	}
	if s.Records == nil {
		s.Records = map[string][]Record{}
	}
	s.Records[object] = records
	return nil
}

// PutActions keeps which actions the tenant may take.
func (s *Snapshot) PutActions(how *catalog.SurveyActions, answered []any) {
	s.Actions = map[string]bool{}
	for _, a := range answered {
		from, _ := a.(map[string]any)
		if name := text(from[how.Name]); name != "" {
			s.Actions[name] = slices.Contains(how.Allowed, text(from[how.Status]))
		}
	}
}

// PutObject keeps what an object is like for the connection's user; nil says that the user
// cannot see it. A hidden field is not in the description.
func (s *Snapshot) PutObject(object string, d *describe.Object) {
	if s.Objects == nil {
		s.Objects = map[string]Object{}
	}
	if d == nil {
		s.Objects[object] = Object{Hidden: true}
		return
	}
	o := Object{Createable: d.Createable, Updateable: d.Updateable, Fields: make(map[string]Field, len(d.Fields))}
	for _, f := range d.Fields {
		own := Field{Createable: f.Createable, Updateable: f.Updateable, Required: f.Required(), Values: f.Values()}
		if own.Closed = len(own.Values) > 0 && f.Restricted; len(own.Values) == 0 {
			own.Length = f.Length
		}
		o.Fields[f.Name] = own
	}
	s.Objects[object] = o
}

// SetName takes the tenant's own name from a kept record, "Organisation.Name".
func (s *Snapshot) SetName(path string) {
	if v := s.Values(path); len(v) > 0 {
		s.Name = v[0]
	}
}

// Values returns what kept records have in a field, "Organisation.BaseCurrency"; nil when
// the records were not read.
func (s *Snapshot) Values(path string) []string {
	object, field, _ := strings.Cut(path, ".")
	records, ok := s.Records[object]
	if !ok {
		return nil
	}
	out := []string{}
	for _, r := range records {
		if v, has := r[field]; has {
			out = append(out, v)
		}
	}
	return out
}

// Gate says whether a gate is open, by what the survey says of it; known is false when it
// says nothing.
func (s *Snapshot) Gate(g catalog.SurveyGate) (open, known bool) {
	if g.Action != "" {
		open, known = s.Actions[g.Action]
		return open, known
	}
	for _, v := range s.Values(g.At) {
		switch {
		case slices.Contains(g.Has, v):
			return true, true
		case slices.Contains(g.Lacks, v):
			return false, true
		}
	}
	return false, false
}

func text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}
