package xero

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/planwright/planwright/internal/decimal"
)

// record is one object in normal form: canonical member names; string, bool,
// json.Number, []any and record values; dates as "2006-01-02", instants as stamp text,
// numbers with the places of their kind. Records are never changed once stored.
type record = map[string]any

// kind says what a member holds and how it travels.
type kind string

const (
	kindText    kind = "text"
	kindID      kind = "id" // GUID
	kindBool    kind = "bool"
	kindDate    kind = "date"    // calendar date, answered twice: msdate and …String
	kindDay     kind = "day"     // calendar date, answered as msdate only
	kindInstant kind = "instant" // moment, answered as msdate
	kindCreated kind = "created" // the same, answered without the offset
	kindStamp   kind = "stamp"   // moment, answered twice: msdate and …String
	kindMoney   kind = "money"   // 2 places
	kindUnit    kind = "unit"    // 2 or 4 places, by unitdp
	kindQty     kind = "qty"     // 4 places
	kindPercent kind = "percent" // 4 places, of tax rates
	kindRate    kind = "rate"    // 10 places
	kindNum     kind = "num"     // places as given
	kindObject  kind = "object"
	kindList    kind = "list"
)

// places returns the fixed decimal places of a kind, or -1.
func (k kind) places() int32 {
	switch k {
	case kindMoney:
		return 2
	case kindUnit, kindQty, kindPercent:
		return 4
	case kindRate:
		return 10
	default:
		return -1
	}
}

func (k kind) numeric() bool { return k == kindNum || k.places() >= 0 }

// noun names a kind for errors.
func (k kind) noun() string {
	switch {
	case k.numeric():
		return "a number"
	case k == kindText:
		return "text"
	case k == kindID:
		return "an id"
	case k == kindBool:
		return "true or false"
	case k == kindObject || k == kindList:
		return "an object"
	}
	return "a date"
}

// field is one member of a shape.
type field struct {
	name   string
	kind   kind
	max    int    // longest text in characters, 0 when not limited
	of     *shape // of objects and lists of objects
	closed bool   // read-only: ignored in requests
}

// shape is the members of one kind of object.
type shape struct {
	name    string
	fields  map[string]field // by lower-case name: requests match names without regard to case
	exact   map[string]field // the same by the name itself, for what is stored
	columns []column         // the members of answers, in their order
}

// addShapes reads shapes from text: each a line with its name, then an indented line of
// "Name kind[:max] [!]" for each member. "!" marks read-only, and a kind "{x}" or "[x]"
// an object or list of the shape x, which must be there by then, or of "any".
func addShapes(of map[string]*shape, text string) {
	var s *shape
	for line := range strings.Lines(text) {
		word := strings.Fields(line)
		switch {
		case len(word) == 0:
		case line[0] != '\t':
			s = &shape{name: word[0], fields: map[string]field{}, exact: map[string]field{}}
			of[s.name] = s
		default:
			f := newField(word, of)
			s.fields[strings.ToLower(f.name)], s.exact[f.name] = f, f
		}
	}
}

func newField(word []string, of map[string]*shape) field {
	f := field{name: word[0], closed: len(word) > 2 && word[2] == "!"}
	k, limit, _ := strings.Cut(word[1], ":")
	f.max, _ = strconv.Atoi(limit) // no limit reads as 0
	switch k[0] {
	case '{':
		f.kind, f.of = kindObject, of[strings.Trim(k, "{}")]
	case '[':
		f.kind, f.of = kindList, of[strings.Trim(k, "[]")]
	default:
		f.kind = kind(k)
	}
	return f
}

// field finds a member by its exact name.
func (s *shape) field(name string) (field, bool) {
	f, ok := s.exact[name]
	return f, ok
}

// at finds a member by its path, with points between names.
func (s *shape) at(path string) (field, bool) {
	name, rest, nested := strings.Cut(path, ".")
	f, ok := s.field(name)
	if !nested || !ok || f.of == nil {
		return f, ok && !nested
	}
	return f.of.at(rest)
}

// read brings a decoded JSON object of a request into normal form: members the shape
// does not know, read-only ones (unless all is set, for worlds) and nulls are dropped.
// A member of the wrong kind is an error that names its path.
func (s *shape) read(in map[string]any, all bool) (record, error) {
	out := make(record, len(in))
	for name, v := range in {
		f, ok := s.exact[name]
		if !ok {
			f, ok = s.fields[strings.ToLower(name)]
		}
		if !ok || v == nil || f.closed && !all {
			continue
		}
		n, err := f.read(v, all)
		if err != nil {
			return nil, below("."+f.name, err)
		}
		out[f.name] = n
	}
	return out, nil
}

// misread says what a member is not. Its path grows on the way back, so that reading
// without an error makes none.
type misread struct{ path, noun string }

func (e *misread) Error() string { return "'" + strings.TrimPrefix(e.path, ".") + "' is not " + e.noun }

// below puts what a misread member lies in before its path.
func below(path string, err error) error {
	if e, ok := errors.AsType[*misread](err); ok {
		e.path = path + e.path
	}
	return err
}

func (f field) read(v any, all bool) (any, error) {
	bad := func() (any, error) { return nil, &misread{noun: f.kind.noun()} }
	switch f.kind {
	case kindObject:
		m, ok := v.(map[string]any)
		if !ok {
			return bad()
		}
		if f.of == nil {
			return clone(m), nil
		}
		return f.of.read(m, all)
	case kindList:
		return f.readList(v, all)
	case kindBool:
		switch b := v.(type) {
		case bool:
			return b, nil
		case string:
			if ok, err := strconv.ParseBool(strings.ToLower(b)); err == nil {
				return ok, nil
			}
		}
		return bad()
	default:
		text, ok := scalar(v)
		if !ok {
			return bad()
		}
		if f.kind == kindText {
			return text, nil
		}
		n, ok := f.parse(text)
		if !ok {
			return bad()
		}
		return n, nil
	}
}

// parse reads the text of every kind but text, bool, object and list.
func (f field) parse(text string) (any, bool) {
	switch f.kind {
	case kindID:
		id := strings.ToLower(text)
		return id, isGUID(id) || id == ""
	case kindDate, kindDay:
		return readDate(text)
	case kindInstant, kindStamp, kindCreated:
		t, ok := readInstant(text)
		return t.Format(stampLayout), ok
	default:
		return f.parseNumber(text)
	}
}

func (f field) parseNumber(text string) (any, bool) {
	d, err := decimal.Parse(text)
	if err != nil {
		return nil, false
	}
	if p := f.kind.places(); p >= 0 && f.kind != kindUnit && f.kind != kindQty {
		return number(d, p), true
	}
	return json.Number(d.String()), true // lines are rounded when they are computed
}

func (f field) readList(v any, all bool) (any, error) {
	items, ok := v.([]any)
	if maps, many := v.([]map[string]any); many { // worlds written in Go
		for _, m := range maps {
			items = append(items, m)
		}
	} else if !ok {
		items = []any{v} // one object may stand for a list of one
	}
	out := make([]any, 0, len(items))
	for i, e := range items {
		m, ok := e.(map[string]any)
		if !ok {
			return nil, &misread{fmt.Sprintf("[%d]", i), kindObject.noun()}
		}
		if f.of == nil {
			out = append(out, clone(m))
			continue
		}
		r, err := f.of.read(m, all)
		if err != nil {
			return nil, below(fmt.Sprintf("[%d]", i), err)
		}
		out = append(out, r)
	}
	return out, nil
}

// write renders a record as the vendor answers it. dp is the places of unit prices.
func (s *shape) write(r record, dp int32) map[string]any {
	out := make(map[string]any, len(r)+6)
	for name, v := range r {
		f, ok := s.field(name)
		if !ok {
			out[name] = v // members the answer adds, already in their wire form
			continue
		}
		switch f.kind {
		case kindObject:
			if m, ok := v.(record); ok && f.of != nil {
				v = f.of.write(m, dp)
			}
		case kindList:
			v = f.writeList(v, dp)
		case kindDate, kindStamp:
			out[name+"String"], v = f.when(v.(string), true), f.when(v.(string), false)
		case kindDay, kindInstant, kindCreated:
			v = f.when(v.(string), false)
		case kindUnit:
			v = number(toDecimal(v), dp)
		default: // travels as it is kept
		}
		out[name] = v
	}
	return out
}

func (f field) writeList(v any, dp int32) any {
	items, ok := v.([]any)
	if !ok || f.of == nil {
		return v
	}
	out := make([]any, len(items))
	for i, e := range items {
		if m, ok := e.(record); ok {
			e = f.of.write(m, dp)
		}
		out[i] = e
	}
	return out
}

// stampLayout is the text of instants in records: fixed width, so that texts sort as
// the moments do, to the millisecond the vendor keeps.
const stampLayout = "2006-01-02T15:04:05.000Z"

const dayLayout = "2006-01-02"

func stamp(t time.Time) string { return t.UTC().Format(stampLayout) }

func msDay(day string) string {
	t, err := time.Parse(dayLayout, day)
	if err != nil {
		return day // unreachable: records hold dates that readDate made
	}
	return "/Date(" + strconv.FormatInt(t.UnixMilli(), 10) + "+0000)/"
}

// msInstant returns the opening of an msdate; the caller closes it with or without
// the offset that the vendor writes after some instants.
func msInstant(text string) string {
	t, err := time.Parse(stampLayout, text)
	if err != nil {
		return text // unreachable: records hold instants that stamp made
	}
	return "/Date(" + strconv.FormatInt(t.UnixMilli(), 10)
}

// readDate reads a date as requests may write it: the day, the day with a time, or an
// msdate. The day is taken as written; a document date has no zone.
func readDate(text string) (string, bool) {
	if t, ok := readMS(text); ok {
		return t.Format(dayLayout), true
	}
	if len(text) < len(dayLayout) {
		return "", false
	}
	day, rest := text[:len(dayLayout)], text[len(dayLayout):]
	if _, err := time.Parse(dayLayout, day); err != nil || rest != "" && rest[0] != 'T' {
		return "", false
	}
	return day, true
}

// readInstant reads a moment: RFC 3339, the same without a zone (UTC), or an msdate.
func readInstant(text string) (time.Time, bool) {
	if t, ok := readMS(text); ok {
		return t, true
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", dayLayout} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

func readMS(text string) (time.Time, bool) {
	inner, ok := strings.CutPrefix(text, "/Date(")
	inner, ok2 := strings.CutSuffix(inner, ")/")
	if !ok || !ok2 || inner == "" {
		return time.Time{}, false
	}
	if i := strings.LastIndexAny(inner, "+-"); i > 0 {
		inner = inner[:i]
	}
	ms, err := strconv.ParseInt(inner, 10, 64)
	if err != nil || ms > 253402300799999 || ms < -62135596800000 { // years 1 to 9999
		return time.Time{}, false
	}
	return time.UnixMilli(ms).UTC(), true
}

func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

// number renders d with exactly the given places, rounded half up.
func number(d decimal.Decimal, places int32) json.Number {
	r, err := d.Round(places, decimal.HalfUp)
	if err != nil {
		panic(err) // broken invariant: Parse bounds what can be rounded
	}
	return json.Number(r.String())
}

// toDecimal reads a stored number; anything else is 0.
func toDecimal(v any) decimal.Decimal {
	n, ok := v.(json.Number)
	if !ok {
		return decimal.Zero()
	}
	d, err := decimal.Parse(n.String())
	if err != nil {
		return decimal.Zero()
	}
	return d
}

// clone copies a tree.
func clone[T any](v T) T { return cloneAny(v).(T) }

func cloneAny(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := maps.Clone(v)
		for k, e := range out {
			out[k] = cloneAny(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = cloneAny(e)
		}
		return out
	}
	return v
}

func str(r record, name string) string {
	s, _ := r[name].(string)
	return s
}

func isGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		switch i {
		case 8, 13, 18, 23:
			if s[i] != '-' {
				return false
			}
		default:
			if !strings.ContainsRune("0123456789abcdef", rune(s[i])) {
				return false
			}
		}
	}
	return true
}
