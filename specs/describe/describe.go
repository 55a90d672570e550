// Package describe turns what an API tells about its own objects into a spec.
//
// A published description knows the fields that every tenant has. Some vendors answer, for
// one tenant and one user, what an object is really like there: fields that the tenant's
// admins added, lengths, decimal places, picklists, what this user may see and write.
// [Parse] reads such an answer; [Spec] merges a set of them over a published description,
// so that plans are checked against the tenant rather than against the brochure.
//
// The package computes and nothing else: bytes in, values and bytes out. Which operations
// give the answers is overlay data, see x-pw-describe in docs/overlay.md. It knows one
// form of answer, [FormSObject], by the names of its members, and no vendor.
package describe

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// FormSObject is the one form of description so far: an object with members name, label,
// fields and childRelationships, as sObject describe answers.
const FormSObject = "sobject"

// Object is what one object is like for one user of one tenant.
type Object struct {
	Name       string  `json:"name"`
	Label      string  `json:"label,omitempty"`
	Custom     bool    `json:"custom,omitempty"` // made by the tenant's admins
	Createable bool    `json:"createable,omitempty"`
	Updateable bool    `json:"updateable,omitempty"`
	Deletable  bool    `json:"deletable,omitempty"`
	Queryable  bool    `json:"queryable,omitempty"`
	Fields     []Field `json:"fields,omitempty"`
	Children   []Child `json:"childRelationships,omitempty"`
}

// Field is one field of an object. A field that the user may not see is not there at all.
type Field struct {
	Name  string `json:"name"`
	Label string `json:"label,omitempty"`
	Help  string `json:"inlineHelpText,omitempty"`
	// Type is the vendor's word: "string", "picklist", "currency", "reference", …
	Type string `json:"type"`
	// Length bounds text, in characters; 0 means not bounded.
	Length int `json:"length,omitempty"`
	// Precision counts all digits of a number, Scale those after the point; Digits are
	// those of a whole number.
	Precision int  `json:"precision,omitempty"`
	Scale     int  `json:"scale,omitempty"`
	Digits    int  `json:"digits,omitempty"`
	Custom    bool `json:"custom,omitempty"`
	// Nillable fields may be empty; the others are in every answer.
	Nillable          bool `json:"nillable,omitempty"`
	DefaultedOnCreate bool `json:"defaultedOnCreate,omitempty"`
	Createable        bool `json:"createable,omitempty"`
	Updateable        bool `json:"updateable,omitempty"`
	Calculated        bool `json:"calculated,omitempty"`
	Filterable        bool `json:"filterable,omitempty"`
	Sortable          bool `json:"sortable,omitempty"`
	NameField         bool `json:"nameField,omitempty"`
	// ExternalID marks keys of other systems. Only Unique makes one safe to create by.
	ExternalID bool `json:"externalId,omitempty"`
	IDLookup   bool `json:"idLookup,omitempty"`
	Unique     bool `json:"unique,omitempty"`
	// Restricted says that the field takes no value but those of its picklist.
	Restricted bool    `json:"restrictedPicklist,omitempty"`
	Picklist   []Value `json:"picklistValues,omitempty"`
	// ReferenceTo names the objects a reference may point at; several make it polymorphic.
	ReferenceTo []string `json:"referenceTo,omitempty"`
	// Relation is the name by which a query reaches the record that a reference points at;
	// empty when it cannot.
	Relation string `json:"relationshipName,omitempty"`
}

// Value is one entry of a picklist.
type Value struct {
	Label  string `json:"label,omitempty"`
	Value  string `json:"value"`
	Active bool   `json:"active,omitempty"`
}

// Child is a relationship from an object to the records that point at it.
type Child struct {
	Object string `json:"childSObject"` // whose records point here
	Field  string `json:"field"`        // theirs, that points
	// Relation is the name by which a query reaches them; empty when it cannot.
	Relation string `json:"relationshipName,omitempty"`
	Hidden   bool   `json:"deprecatedAndHidden,omitempty"`
}

// Parse reads the description of one object. Members it does not know are passed over,
// because vendors add some with every release. The error never quotes the answer.
func Parse(data []byte) (Object, error) {
	var o Object
	if err := json.Unmarshal(bytes.TrimPrefix(data, []byte("\ufeff")), &o); err != nil {
		return Object{}, fmt.Errorf("read description: %w", shapeOf(err))
	}
	if !isName(o.Name) {
		return Object{}, errors.New("read description: it has no name that could be an object's")
	}
	if len(o.Fields) == 0 {
		return Object{}, fmt.Errorf("read description of %s: it has no fields", o.Name)
	}
	seen := make(map[string]bool, len(o.Fields))
	for i, f := range o.Fields {
		if !isName(f.Name) || seen[strings.ToLower(f.Name)] {
			return Object{}, fmt.Errorf("read description of %s: field %d has no name, or another's", o.Name, i+1)
		}
		seen[strings.ToLower(f.Name)] = true
	}
	return o, nil
}

// Listed is one line of the list of all objects.
type Listed struct {
	Name      string `json:"name"`
	Label     string `json:"label,omitempty"`
	Custom    bool   `json:"custom,omitempty"`
	Queryable bool   `json:"queryable,omitempty"`
}

// ParseList reads the list of all objects that the user may see.
func ParseList(data []byte) ([]Listed, error) {
	var l struct {
		Objects []Listed `json:"sobjects"`
	}
	if err := json.Unmarshal(data, &l); err != nil {
		return nil, fmt.Errorf("read list of objects: %w", shapeOf(err))
	}
	if len(l.Objects) == 0 {
		return nil, errors.New("read list of objects: there are none")
	}
	return l.Objects, nil
}

// shapeOf says what is wrong without quoting what was sent.
func shapeOf(err error) error {
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("member %s has another shape than expected", t.Field)
	}
	return errors.New("it is not the JSON that was expected")
}

// isName reports whether s can stand in a path, a query and an expression: it begins with
// a letter and goes on with letters, digits and underscores.
func isName(s string) bool {
	if s == "" || len(s) > 255 || s[0] >= '0' && s[0] <= '9' || s[0] == '_' {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

// Field returns the field of that exact name.
func (o Object) Field(name string) (Field, bool) {
	i := slices.IndexFunc(o.Fields, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return Field{}, false
	}
	return o.Fields[i], true
}

// Required reports whether a create must send the field: it may not be empty and nothing
// fills it in.
func (f Field) Required() bool { return f.Createable && !f.Nillable && !f.DefaultedOnCreate }

// ReadOnly reports whether the user can neither create nor update the field.
func (f Field) ReadOnly() bool { return !f.Createable && !f.Updateable }

// Key reports whether an upsert by the field cannot make two records: it is a key of
// another system, and the vendor refuses the same value twice.
func (f Field) Key() bool { return f.ExternalID && f.Unique }

// Money reports whether the field is an amount in the record's currency.
func (f Field) Money() bool { return f.Type == "currency" }

// Values returns the active values of the field's picklist, in its order.
func (f Field) Values() []string {
	var out []string
	for _, v := range f.Picklist {
		if v.Active && v.Value != "" && !slices.Contains(out, v.Value) {
			out = append(out, v.Value)
		}
	}
	return out
}
