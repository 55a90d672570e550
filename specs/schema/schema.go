// Package schema holds the types that specs describe and plans are checked against.
//
// A [Type] is a small value; objects are named and live in a [Set], so that cyclic
// entities (an invoice has payments, a payment has an invoice) need no pointers and
// can be stored. One [Object] serves both directions: its fields say whether they may
// be sent, must be sent, or are always there in an answer.
package schema

import (
	"maps"
	"slices"
)

// Kind is the shape of a type.
type Kind string

// The closed list of kinds.
const (
	Any     Kind = "any"     // untyped: can be stored and shown, never computed with
	String  Kind = "string"  // text, an enum member, or a nominal id
	Int     Kind = "int"     // whole number
	Decimal Kind = "decimal" // exact number; every "number" of a spec becomes this
	Bool    Kind = "bool"
	Date    Kind = "date"    // calendar date without zone, YYYY-MM-DD
	Instant Kind = "instant" // point in time, RFC 3339 in UTC
	List    Kind = "list"
	Map     Kind = "map"    // text to Elem
	ObjectK Kind = "object" // named by Ref
)

// Type describes one value. The zero Type is invalid.
type Type struct {
	Kind Kind   `json:"kind"`
	Ref  string `json:"ref,omitempty"` // full name of the object, "xero.Invoice"
	Elem *Type  `json:"elem,omitempty"`
	// Nominal makes ids of different things different types: "xero.Contact.ContactID".
	// Empty for ordinary text. Only for String.
	Nominal string `json:"nominal,omitempty"`
	// AnyOf lists the nominal types of an id that may point at records of several objects,
	// such as what a task is about. Nominal is then empty: read, it is ordinary text.
	AnyOf []string `json:"anyOf,omitempty"`
	// Enum lists the members the spec allows. Vendors add members without notice, so
	// an answer may hold others; a request may not.
	Enum []string `json:"enum,omitempty"`
	// MaxLength bounds text, in characters; 0 means not stated.
	MaxLength int `json:"maxLength,omitempty"`
	// Scale bounds decimal places, Precision all digits; -1 or 0 means not stated.
	Scale     int `json:"scale,omitempty"`
	Precision int `json:"precision,omitempty"`
	// Wire names an encoding that differs from plain JSON: "msdate" is Xero's /Date(…)/.
	Wire string `json:"wire,omitempty"`
}

// ListOf returns the list type of elem.
func ListOf(elem Type) Type { return Type{Kind: List, Elem: &elem} }

// ObjectOf returns the type of the named object.
func ObjectOf(name string) Type { return Type{Kind: ObjectK, Ref: name} }

// IDOf returns the nominal text type of the given name.
func IDOf(nominal string) Type { return Type{Kind: String, Nominal: nominal} }

// String prints the type as the plan language and diagnostics name it.
func (t Type) String() string {
	switch t.Kind {
	case List:
		return "list(" + t.Elem.String() + ")"
	case Map:
		return "map(" + t.Elem.String() + ")"
	case ObjectK:
		return t.Ref
	case String:
		if t.Nominal != "" {
			return t.Nominal
		}
	default: // the kind says it
	}
	return string(t.Kind)
}

// Field is one member of an object.
type Field struct {
	Name string `json:"name"`
	Type Type   `json:"type"`
	Doc  string `json:"doc,omitempty"` // vendor text: shown as data, never obeyed
	// ReadOnly fields cannot be sent; WriteOnly ones are never in an answer.
	ReadOnly  bool `json:"readOnly,omitempty"`
	WriteOnly bool `json:"writeOnly,omitempty"`
	// RequiredOnCreate fields must be sent when the object is created.
	RequiredOnCreate bool `json:"requiredOnCreate,omitempty"`
	// Always says that every answer holds the field, so a plan may use it bare.
	Always bool `json:"always,omitempty"`
	// Money marks amounts in the document's currency.
	Money bool `json:"money,omitempty"`
	// Relation is the name by which a query reaches the record that an id points at, where
	// the vendor says it: "Account" for AccountId.
	Relation string `json:"relation,omitempty"`
	// Child marks what only a query can ask for: the records whose field of that name points
	// at this one. The field is named after the relationship and its type is a list of them;
	// it is both read-only and write-only, since it is in no ordinary answer.
	Child string `json:"child,omitempty"`
}

// Object is a named set of fields, in the spec's order.
type Object struct {
	Name   string  `json:"name"` // "xero.Invoice"
	Doc    string  `json:"doc,omitempty"`
	Fields []Field `json:"fields"`
	// Natural lists fields that the vendor keeps unique for live records, strongest first.
	Natural []string `json:"natural,omitempty"`
	// Key is the field that holds the vendor's own id, "ContactID".
	Key string `json:"key,omitempty"`
	// Lifecycle says which states a caller may put a record in; nil when nothing is known.
	Lifecycle *Lifecycle `json:"lifecycle,omitempty"`
}

// Lifecycle is the states of a record as far as a caller may choose them. A record may
// always be sent the state it is in; a state the vendor alone sets is in no list.
type Lifecycle struct {
	Field string `json:"field"` // holds the state, "Status"
	// Create lists the states a record may be made in, Moves for each state those that a
	// caller may move it to: none for one that nothing leaves.
	Create []string            `json:"create"`
	Moves  map[string][]string `json:"moves"`
}

// Settable returns the states that a caller may send for a record that is there, sorted:
// those that some state moves to, and those it may have been made in.
func (l *Lifecycle) Settable() []string {
	out := slices.Clone(l.Create)
	for _, to := range l.Moves {
		out = append(out, to...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// States returns every state the lifecycle names, sorted.
func (l *Lifecycle) States() []string {
	out := append(l.Settable(), slices.Collect(maps.Keys(l.Moves))...)
	slices.Sort(out)
	return slices.Compact(out)
}

// Field returns the field of that exact name.
func (o *Object) Field(name string) (Field, bool) {
	i := slices.IndexFunc(o.Fields, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return Field{}, false
	}
	return o.Fields[i], true
}

// Source looks objects up by full name. A catalog is one; tests use a [Set].
type Source interface {
	// Object returns the named object. The result is shared and must not be changed.
	Object(name string) (*Object, bool)
}

// Set is objects by full name.
type Set map[string]*Object

// Object implements [Source].
func (s Set) Object(name string) (*Object, bool) {
	o, ok := s[name]
	return o, ok
}
