package pubsub

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/hamba/avro/v2"
)

// The bounds of one event: the vendor's own is 1 MB, with few names and ids.
const (
	maxEvent = 1 << 20
	maxList  = 1 << 17 // elements of one list
)

// ErrUnreadable is returned for an event that is not one under its schema.
var ErrUnreadable = errors.New("the event cannot be read")

// Kind is what happened to records.
type Kind string

// What happened, as the vendor calls it. A gap says that it happened and not what it was.
const (
	Create   Kind = "CREATE"
	Update   Kind = "UPDATE"
	Delete   Kind = "DELETE"
	Undelete Kind = "UNDELETE"
	gap           = "GAP_"
	Overflow Kind = "GAP_OVERFLOW" // too many changes: no ids are told
)

// Change is the header of a change event.
type Change struct {
	Object string
	IDs    []string
	Kind   Kind // without GAP_, but for Overflow
	Gap    bool
	Origin string
	// Transaction and Sequence name the event within what was committed together.
	Transaction string
	Sequence    int64
	Committed   int64 // milliseconds since 1970
	Number      int64 // exceeds 2^53
	User        string
	// Changed, Nulled and Diff are names of fields, "Amount", "BillingAddress.City". They are
	// names under the schema: a field that the user may not see is among the schema's and
	// never among these.
	Changed, Nulled, Diff []string
	// Unread says why the names are missing; what else is told holds without them.
	Unread error
}

// Schema is one version of an event's form. Decode may be called by several goroutines.
type Schema struct {
	record *avro.RecordSchema // all of it, whose fields the bitmaps count
	front  *avro.RecordSchema // up to the header: what stands behind it is never read
	codec  avro.API
}

const header = "ChangeEventHeader"

// ParseSchema reads a schema as the vendor sends it.
func ParseSchema(text string) (*Schema, error) {
	s, err := avro.ParseWithCache(text, "", &avro.SchemaCache{})
	if err != nil {
		return nil, fmt.Errorf("%w: its schema is not one: %w", ErrUnreadable, err)
	}
	r, ok := s.(*avro.RecordSchema)
	if !ok {
		return nil, fmt.Errorf("%w: its schema is no record", ErrUnreadable)
	}
	at := slices.IndexFunc(r.Fields(), func(f *avro.Field) bool { return f.Name() == header })
	if at < 0 || !readable(r.Fields()[at].Type()) {
		return nil, fmt.Errorf("%w: its schema has no header", ErrUnreadable)
	}
	if slices.ContainsFunc(r.Fields()[:at], func(f *avro.Field) bool { return !simple(f.Type()) }) {
		return nil, fmt.Errorf("%w: something stands before its header", ErrUnreadable)
	}
	front, err := avro.NewRecordSchema(r.Name(), r.Namespace(), r.Fields()[:at+1])
	if err != nil {
		return nil, fmt.Errorf("%w: its schema is not one: %w", ErrUnreadable, err)
	}
	return &Schema{r, front, avro.Config{MaxByteSliceSize: maxEvent, MaxSliceAllocSize: maxList}.Freeze()}, nil
}

// readable reports whether a header of this form can be read from anything: it holds lists
// and simple values, so what is read is no more than what was sent.
func readable(s avro.Schema) bool {
	r, ok := s.(*avro.RecordSchema)
	return ok && !slices.ContainsFunc(r.Fields(), func(f *avro.Field) bool {
		list, ok := f.Type().(*avro.ArraySchema)
		return !simple(f.Type()) && (!ok || !simple(list.Items()) || list.Items().Type() == avro.Null)
	})
}

func simple(s avro.Schema) bool {
	switch s := s.(type) {
	case *avro.PrimitiveSchema, *avro.NullSchema, *avro.EnumSchema:
		return true
	case *avro.UnionSchema:
		return !slices.ContainsFunc(s.Types(), func(branch avro.Schema) bool { return !simple(branch) })
	}
	return false
}

// Decode reads an event's header. The payload may be anything: the error is [ErrUnreadable].
// Values of the record are not read, so none that is new, large or broken is in the way.
func (s *Schema) Decode(payload []byte) (c Change, err error) {
	if len(payload) > maxEvent {
		return c, fmt.Errorf("%w: it has %d bytes", ErrUnreadable, len(payload))
	}
	var values map[string]any
	if err := s.codec.Unmarshal(s.front, payload, &values); err != nil {
		return c, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	h, ok := values[header].(map[string]any)
	if !ok {
		return c, fmt.Errorf("%w: it has no header", ErrUnreadable)
	}
	text := func(name string) string { t, _ := h[name].(string); return t }
	c = Change{
		Object: text("entityName"), IDs: texts(h["recordIds"]), Kind: Kind(text("changeType")), Origin: text("changeOrigin"),
		Transaction: text("transactionKey"), Sequence: whole(h["sequenceNumber"]), Committed: whole(h["commitTimestamp"]),
		Number: whole(h["commitNumber"]), User: text("commitUser"),
	}
	for _, list := range []struct {
		name string
		into *[]string
	}{{"changedFields", &c.Changed}, {"nulledFields", &c.Nulled}, {"diffFields", &c.Diff}} {
		if *list.into, err = s.names(texts(h[list.name])); err != nil && c.Unread == nil {
			c.Unread = fmt.Errorf("%s: %w", list.name, err)
		}
	}
	if c.Kind != Overflow {
		kind, cut := strings.CutPrefix(string(c.Kind), gap)
		c.Kind, c.Gap = Kind(kind), cut
	}
	switch c.Kind {
	case Create, Update, Delete, Undelete:
		if len(c.IDs) == 0 || slices.ContainsFunc(c.IDs, odd) {
			return c, fmt.Errorf("%w: it names no record", ErrUnreadable)
		}
	case Overflow:
	default:
		return c, fmt.Errorf("%w: its change type is not known", ErrUnreadable)
	}
	return c, nil
}

// odd reports whether a text is no id of the vendor's: those are short, of letters and digits.
func odd(id string) bool {
	return id == "" || len(id) > 64 || strings.ContainsFunc(id, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
}

func texts(v any) []string {
	list, _ := v.([]any)
	out := make([]string, 0, len(list))
	for _, x := range list {
		if t, ok := x.(string); ok {
			out = append(out, t)
		}
	}
	return out
}

// whole returns a whole number: Avro's int and long are int and int64 here, never a float.
func whole(v any) int64 {
	switch n := v.(type) {
	case int:
		return int64(n)
	case int64:
		return n
	}
	return 0
}

// names turns bitmaps into names of fields. "0x6" says that fields 1 and 2 of the record are
// meant, counted from the lowest bit; "4-0x1" field 0 of the record that field 4 holds.
func (s *Schema) names(bitmaps []string) (out []string, err error) {
	for i, text := range bitmaps {
		parent, bits, nested := strings.Cut(text, "-")
		if !nested {
			if i > 0 {
				return nil, fmt.Errorf("%q stands behind the first bitmap", text)
			}
			parent, bits = "", text
		}
		record, prefix, whole := s.record, "", false
		if nested {
			at, err := strconv.ParseUint(parent, 10, 31)
			if err != nil || at >= uint64(len(s.record.Fields())) {
				return nil, fmt.Errorf("%q names no field", text)
			}
			f := s.record.Fields()[at]
			if record = nestedRecord(f.Type()); record == nil {
				return nil, fmt.Errorf("%q: field %s is no record", text, f.Name())
			}
			prefix, whole = f.Name()+".", true
		}
		set, err := bitsOf(bits, len(record.Fields()))
		if err != nil {
			return nil, fmt.Errorf("%q: %w", text, err)
		}
		if whole && len(set) == len(record.Fields()) {
			out = append(out, strings.TrimSuffix(prefix, "."))
			continue
		}
		for _, n := range set {
			out = append(out, prefix+record.Fields()[n].Name())
		}
	}
	return out, nil
}

// bitsOf returns the places of the bits that are set, from the lowest; all lie below n.
func bitsOf(text string, n int) ([]int, error) {
	digits, ok := strings.CutPrefix(text, "0x")
	if !ok || len(digits) > n/4+8 || strings.ContainsAny(digits, "+-_") { // no honest bitmap has many more digits than fields
		return nil, errors.New("not a bitmap of these fields")
	}
	value, ok := new(big.Int).SetString(digits, 16)
	if !ok || value.Sign() < 0 || value.BitLen() > n {
		return nil, errors.New("not a bitmap of these fields")
	}
	var out []int
	for i := range value.BitLen() {
		if value.Bit(i) == 1 {
			out = append(out, i)
		}
	}
	return out, nil
}

// nestedRecord returns the record among the branches of a union, or the record itself.
func nestedRecord(s avro.Schema) *avro.RecordSchema {
	switch s := s.(type) {
	case *avro.RecordSchema:
		return s
	case *avro.RefSchema:
		return nestedRecord(s.Schema())
	case *avro.UnionSchema:
		for _, branch := range s.Types() {
			if r := nestedRecord(branch); r != nil {
				return r
			}
		}
	}
	return nil
}
