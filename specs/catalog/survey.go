package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/planwright/planwright/specs/openapi"
)

// Survey tells what of a tenant is worth knowing before a plan is approved: which reads
// show it, what is kept of their answers, and what that says about plans. It is the keyword
// x-pw-snapshot. Objects are short names; a field is "Organisation.Name".
type Survey struct {
	// Name is the field by which the tenant calls itself.
	Name string `json:"name,omitempty"`
	// Records are the lists that are kept, by object.
	Records map[string]SurveyRecords `json:"records,omitempty"`
	// Describe lists the objects whose description is asked for, by [API.Describe]: what the
	// connection's user may see and send.
	Describe []string       `json:"describe,omitempty"`
	Actions  *SurveyActions `json:"actions,omitempty"`
	// Gates tell by a field of the tenant whether a gate is open, by "kind:name".
	Gates map[string]SurveyGate `json:"gates,omitempty"`
	Rules []SurveyRule          `json:"rules,omitempty"`
}

// SurveyRecords is one list that is kept: all records that Operation gives.
type SurveyRecords struct {
	Operation string   `json:"operation"`
	Fields    []string `json:"fields"` // what is kept of each
	// Live holds the values a record must have to be of use, by field.
	Live map[string]string `json:"live,omitempty"`
}

// SurveyActions is the read that lists what the tenant may do: records of Object, allowed
// when Status has one of the values.
type SurveyActions struct {
	Object    string       `json:"object"`
	Operation string       `json:"operation"`
	Name      string       `json:"name"`   // field
	Status    string       `json:"status"` // field
	Allowed   []string     `json:"allowed"`
	Needs     []SurveyNeed `json:"needs,omitempty"`
}

// SurveyNeed is an action that an operation needs, when the body has these values. The
// value "" stands for a field that is left out.
type SurveyNeed struct {
	Operation string              `json:"operation"`
	When      map[string][]string `json:"when,omitempty"`
	Action    string              `json:"action"`
}

// SurveyGate is what a field of the tenant says of a gate: open with a value of Has, closed
// with one of Lacks; anything else says nothing. Or the gate is an action that is allowed.
type SurveyGate struct {
	At    string   `json:"at,omitempty"`
	Has   []string `json:"has,omitempty"`
	Lacks []string `json:"lacks,omitempty"`
	// Action is the name of an action; in place of At.
	Action string `json:"action,omitempty"`
}

// SurveyRule judges a value that a plan sends in the field At, "LineItem.TaxType". A field
// that is the id of a kept record is judged without a rule: the record must be there, live.
type SurveyRule struct {
	At string `json:"at"`
	// When lists literals that other fields of the record, or of one around it, must have for
	// the rule to count; "" stands for a field that is left out.
	When map[string][]string `json:"when,omitempty"`
	// Must and Not are values that the record named by the field must have, and must not; "*"
	// is any value at all.
	Must map[string][]string `json:"must,omitempty"`
	Not  map[string][]string `json:"not,omitempty"`
	// Beside is another field of the same record that names a record, too. That record's By
	// chooses from Flags the field that must be true in the one named here.
	Beside string            `json:"beside,omitempty"`
	By     string            `json:"by,omitempty"`
	Flags  map[string]string `json:"flags,omitempty"`
	// In lists fields of kept records; the value must be in one of them.
	In []string `json:"in,omitempty"`
	// After lists dates of kept records; the value must be later than each.
	After []string `json:"after,omitempty"`
}

// survey reads x-pw-snapshot. What is about objects that this version of the spec does not
// have is left out in silence: one overlay serves several versions.
func (c *compiler) survey(k openapi.Keyword) {
	var s Survey
	if !c.read(k, &s) {
		return
	}
	maps.DeleteFunc(s.Records, func(object string, r SurveyRecords) bool {
		if r.Operation == "" || len(r.Fields) == 0 {
			c.fault(k, "x-pw-snapshot: the records of %s need an operation and fields", object)
		}
		return c.objects[c.full(object)] == nil
	})
	if s.Actions != nil && c.objects[c.full(s.Actions.Object)] == nil {
		s.Actions = nil
	}
	s.Describe = slices.DeleteFunc(s.Describe, func(o string) bool { return c.objects[c.full(o)] == nil })
	s.Rules = slices.DeleteFunc(s.Rules, func(r SurveyRule) bool {
		if problem := r.wrong(); problem != "" {
			c.fault(k, "x-pw-snapshot: the rule at %q %s", r.At, problem)
			return true
		}
		object, field, _ := strings.Cut(r.At, ".")
		o := c.objects[c.full(object)]
		if o == nil {
			return true
		}
		_, has := o.Field(field)
		return !has
	})
	c.api.Survey = &s
}

// wrong says what keeps a rule from judging anything; "" for one that does.
func (r SurveyRule) wrong() string {
	object, field, dotted := strings.Cut(r.At, ".")
	switch {
	case !dotted || object == "" || field == "":
		return "names no field such as LineItem.TaxType"
	case len(r.Must)+len(r.Not)+len(r.In)+len(r.After) == 0 && r.Beside == "":
		return "says nothing: write must, not, beside, in or after"
	case r.Beside != "" && (r.By == "" || len(r.Flags) == 0):
		return "needs by and flags with beside"
	}
	for _, path := range append(slices.Clone(r.In), r.After...) {
		if strings.Count(path, ".") != 1 {
			return fmt.Sprintf("names %q, which is no field such as Organisation.BaseCurrency", path)
		}
	}
	return ""
}

// operations lists the operations a survey names, each with where.
func (s *Survey) operations() [][2]string {
	if s == nil {
		return nil
	}
	var out [][2]string
	for _, object := range slices.Sorted(maps.Keys(s.Records)) {
		out = append(out, [2]string{"x-pw-snapshot records " + object, s.Records[object].Operation})
	}
	if s.Actions != nil {
		out = append(out, [2]string{"x-pw-snapshot actions", s.Actions.Operation})
	}
	return out
}
