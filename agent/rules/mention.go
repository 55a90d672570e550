package rules

// span is a run of a goal's tokens: from inclusive, to exclusive.
type span struct{ from, to int }

// stretch is a part of a goal: its words as written, and where they stand.
type stretch struct {
	words string
	at    span
}

// mention is a value with the words it was read from.
type mention[T any] struct {
	value T
	stretch
}

// stageIs says that a field of the source record, or its stage when field is empty, has
// reached a value.
type stageIs struct {
	field []fieldRef
	label string
	name  name
	won   bool
}

// fieldIs says that a field of the source record has a value.
type fieldIs struct {
	field []fieldRef
	label string
	text  string
	kind  kind // quoted text, a number or a word
	exact bool
}

// role says which record a word such as "the deal" has to mean.
type role int

// ref is a record that the goal names in passing.
type ref struct {
	objects []string
	as      role
}

// due is when an invoice is payable: a number of days after a date.
type due struct {
	days  int64
	label string // what it counts from, as a field of the source; empty for the invoice's date
	field []fieldRef
}

// assign fills a field of the target.
type assign struct {
	onto     []fieldRef
	ontoName string
	from     []fieldRef // empty for a literal
	fromName string
	owner    []string // objects the source field was said to belong to
	literal  string
	known    bool // the source is a field or a literal; false for words nobody knows
}
