package tenant

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/planwright/planwright/specs/catalog"
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

// PutObject keeps what a describe read answered about an object; nil says that the
// connection's user cannot see it.
func (s *Snapshot) PutObject(object string, answered map[string]any) error {
	o := Object{Hidden: true}
	if answered != nil {
		var err error
		if o, err = described(answered); err != nil {
			return err
		}
	}
	if s.Objects == nil {
		s.Objects = map[string]Object{}
	}
	s.Objects[object] = o
	return nil
}

// described reads the members of a Salesforce describe answer that decide whether a call
// works. Field-level security leaves a hidden field out of the answer.
func described(a map[string]any) (Object, error) {
	list, ok := a["fields"].([]any)
	if !ok || len(list) == 0 {
		return Object{}, errors.New("the answer describes no fields")
	}
	o := Object{Createable: a["createable"] == true, Updateable: a["updateable"] == true, Fields: make(map[string]Field, len(list))}
	for _, e := range list {
		m, _ := e.(map[string]any)
		name := text(m["name"])
		if name == "" {
			continue
		}
		f := Field{Createable: m["createable"] == true, Updateable: m["updateable"] == true}
		// A field that cannot be empty and is not filled by itself must be sent.
		f.Required = f.Createable && m["nillable"] == false && m["defaultedOnCreate"] != true
		if kind := text(m["type"]); kind != "picklist" && kind != "multipicklist" {
			f.Length, _ = strconv.Atoi(text(m["length"]))
		}
		values, _ := m["picklistValues"].([]any)
		for _, v := range values {
			if one, ok := v.(map[string]any); ok && one["active"] != false && text(one["value"]) != "" {
				f.Values = append(f.Values, text(one["value"]))
			}
		}
		f.Closed = len(f.Values) > 0 && m["restrictedPicklist"] == true
		o.Fields[name] = f
	}
	return o, nil
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
