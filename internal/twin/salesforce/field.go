package salesforce

import "strings"

// kind is a field type as describe names it.
type kind string

const (
	kindID       kind = "id"
	kindRef      kind = "reference"
	kindString   kind = "string"
	kindTextArea kind = "textarea"
	kindPick     kind = "picklist"
	kindMulti    kind = "multipicklist"
	kindCombo    kind = "combobox"
	kindEmail    kind = "email"
	kindPhone    kind = "phone"
	kindURL      kind = "url"
	kindBool     kind = "boolean"
	kindInt      kind = "int"
	kindDouble   kind = "double"
	kindCurrency kind = "currency"
	kindPercent  kind = "percent"
	kindDate     kind = "date"
	kindDateTime kind = "datetime"
	kindAddress  kind = "address"
)

func (k kind) number() bool {
	return k == kindInt || k == kindDouble || k == kindCurrency || k == kindPercent
}

// longText is the length from which a text cannot be filtered or sorted by.
const longText = 256

// field is one field of an object: what describe tells about it and what a save
// must respect.
type field struct {
	name      string
	label     string
	kind      kind
	length    int  // characters, for text
	runes     bool // length counts characters, not the halves of those beyond 16 bits
	precision int  // total digits, for numbers
	scale     int  // digits after the point
	needed    bool
	create    bool
	update    bool
	initial   any      // value of a create that does not mention the field
	values    []string // of a picklist
	limited   bool     // the picklist takes only its values
	inactive  []string // values that were switched off: described, and refused where limited

	// A picklist that depends on another offers its values for some of that one's only.
	controller string
	offered    map[string][]string // by value of the controller

	targets  []string // objects a reference may point at
	up       string   // relationship name, child to parent
	down     string   // relationship name, parent to children
	cascade  bool     // deleting the parent deletes this record
	external bool
	unique   bool   // no two live records have the same value
	exact    bool   // values that differ in case differ
	tracked  bool   // changes are kept in the field history
	auto     string // form of the number that the org gives each record: "S-{0000}"
	overlong string // code of the refusal of a text that is too long, if it has its own
	power    bool   // large numbers are shown with a power of ten
	help     string // what the org's admin says of it
	isName   bool
	hidden   bool // field security keeps it from the calling user
}

func (f *field) custom() bool { return strings.HasSuffix(f.name, "__c") }
func (f *field) filterable() bool {
	return f.kind != kindAddress && (f.kind != kindTextArea || f.length < longText)
}

func (f *field) defaulted() bool {
	return f.initial != nil || f.kind == kindBool || f.name == "OwnerId" || f.name == currencyField
}

func textLike(name string, k kind, length int) field {
	return field{name: name, label: labelOf(name), kind: k, length: length, create: true, update: true}
}

func text(name string, length int) field { return textLike(name, kindString, length) }
func area(name string, length int) field { return textLike(name, kindTextArea, length) }
func phone(name string) field            { return textLike(name, kindPhone, 40) }
func date(name string) field             { return textLike(name, kindDate, 0) }
func moment(name string) field           { return textLike(name, kindDateTime, 0) }
func address(name string) field          { return textLike(name, kindAddress, 0).readOnly() }

func pick(name string, values ...string) field {
	f := textLike(name, kindPick, 255)
	f.values = values
	return f
}

func flag(name string, initial bool) field {
	f := textLike(name, kindBool, 0)
	f.needed, f.initial = true, initial
	return f
}

func number(name string, k kind, precision, scale int) field {
	f := textLike(name, k, 0)
	f.precision, f.scale = precision, scale
	return f
}

func money(name string) field { return number(name, kindCurrency, 18, 2) }

func ref(name, up string, targets ...string) field {
	f := textLike(name, kindRef, 18)
	f.up, f.targets = up, targets
	return f
}

func (f field) required() field            { f.needed = true; return f }
func (f field) readOnly() field            { f.create, f.update = false, false; return f }
func (f field) createOnly() field          { f.update = false; return f }
func (f field) only() field                { f.limited = true; return f }
func (f field) startsAs(v any) field       { f.initial = v; return f }
func (f field) sized(n int) field          { f.length = n; return f }
func (f field) named() field               { f.isName = true; return f }
func (f field) key() field                 { f.external = true; return f }
func (f field) labelled(l string) field    { f.label = l; return f }
func (f field) children(down string) field { f.down = down; return f }
func (f field) owned(down string) field    { f.down, f.cascade = down, true; return f }

// labelOf makes a label of a field name as the vendor does: words apart, and "Id" at
// the end read as "ID". A custom field is labelled as whoever made it typed it.
func labelOf(name string) string {
	if own, ok := strings.CutSuffix(name, "__c"); ok {
		return strings.ReplaceAll(own, "_", " ")
	}
	if rest, ok := strings.CutSuffix(name, "Id"); ok {
		name = rest + "ID"
	}
	var b strings.Builder
	for i, r := range name {
		before := byte(' ')
		if i > 0 {
			before = name[i-1]
		}
		if r >= 'A' && r <= 'Z' && (before >= 'a' && before <= 'z' || before >= '0' && before <= '9') {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}
