package expr

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/specs/schema"
)

const dateLayout = "2006-01-02"

// place names where in the data a value stands, for errors. It is built as values are
// unfolded and printed only when something is wrong.
type place struct {
	parent *place
	name   string // field name, or the variable at the root
	index  int    // used when name is empty
}

func (p *place) String() string {
	var parts []string
	for ; p != nil; p = p.parent {
		switch {
		case p.name == "":
			parts = append(parts, "["+strconv.Itoa(p.index)+"]")
		case p.parent == nil:
			parts = append(parts, p.name)
		default:
			parts = append(parts, "."+p.name)
		}
	}
	for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
		parts[i], parts[j] = parts[j], parts[i]
	}
	return strings.Join(parts, "")
}

// foreign gives our value types the parts of ref.Val that no expression can reach.
type foreign struct{}

func (foreign) ConvertToNative(t reflect.Type) (any, error) {
	return nil, fmt.Errorf("no conversion to %v", t)
}

func (foreign) ConvertToType(t ref.Type) ref.Val { return types.NewErr("no conversion to %v", t) }

// object is a record of the data, unfolded field by field as the expression asks.
type object struct {
	foreign
	ev   *evaluation
	info *objectInfo
	data map[string]any
	at   place
}

func (o *object) Type() ref.Type              { return o.info.celType }
func (o *object) Value() any                  { return o }
func (o *object) Equal(other ref.Val) ref.Val { return types.Bool(ref.Val(o) == other) }

func (o *object) has(f *fieldInfo) bool { return o.data[f.Name] != nil }

func (o *object) get(f *fieldInfo) (ref.Val, error) {
	raw := o.data[f.Name]
	if raw == nil {
		return nil, o.ev.fail(absent(&place{parent: &o.at, name: f.Name}))
	}
	return o.ev.wrap(raw, &f.Type, place{parent: &o.at, name: f.Name})
}

func absent(at *place) error {
	return &DataError{Path: at.String(), Problem: "absent, although the plan relies on it"}
}

// rawVal carries data that expressions may hand on but never look into.
type rawVal struct {
	foreign
	v any
}

func (r rawVal) Type() ref.Type        { return anyType }
func (r rawVal) Value() any            { return r.v }
func (r rawVal) Equal(ref.Val) ref.Val { return types.False }

// decVal is an exact number.
type decVal struct {
	foreign
	d decimal.Decimal
}

func (v decVal) Type() ref.Type { return decimalType }
func (v decVal) Value() any     { return v.d }
func (v decVal) Equal(other ref.Val) ref.Val {
	o, ok := other.(decVal)
	return types.Bool(ok && v.d.Equal(o.d))
}

// timeVal is a calendar date (midnight UTC) or an instant, told apart by kind.
type timeVal struct {
	foreign
	t    time.Time
	kind *types.Type
}

func (v timeVal) Type() ref.Type { return v.kind }
func (v timeVal) Value() any     { return v.t }
func (v timeVal) Equal(other ref.Val) ref.Val {
	o, ok := other.(timeVal)
	return types.Bool(ok && v.kind == o.kind && v.t.Equal(o.t))
}

func (v timeVal) text() string {
	if v.kind == dateType {
		return v.t.Format(dateLayout)
	}
	return v.t.Format(time.RFC3339Nano)
}

// wrap gives the library's value for raw, which must have the shape t says.
func (ev *evaluation) wrap(raw any, t *schema.Type, at place) (ref.Val, error) {
	if v, ok := wrapScalar(raw, t.Kind); ok {
		return v, nil
	}
	switch t.Kind {
	case schema.List:
		if list, ok := raw.([]any); ok {
			return ev.wrapList(list, t.Elem, at)
		}
	case schema.ObjectK:
		if m, ok := raw.(map[string]any); ok {
			if info := ev.program.types.info(t.Ref); info != nil {
				return &object{ev: ev, info: info, data: m, at: at}, nil
			}
		}
	case schema.Any, schema.Map:
		return rawVal{v: raw}, nil
	default: // a scalar of another shape
	}
	return nil, ev.fail(&DataError{Path: at.String(), Problem: "is " + shape(raw) + ", not the " + words(*t) + " its spec says"})
}

func wrapScalar(raw any, k schema.Kind) (ref.Val, bool) {
	switch raw := raw.(type) {
	case string:
		return wrapText(raw, k)
	case bool:
		return types.Bool(raw), k == schema.Bool
	case json.Number:
		return wrapNumber(raw, k)
	}
	return nil, false
}

func wrapText(s string, k schema.Kind) (ref.Val, bool) {
	switch k {
	case schema.String:
		return types.String(s), true
	case schema.Date:
		v, err := parseDate(s)
		return v, err == nil
	case schema.Instant:
		v, err := parseInstant(s)
		return v, err == nil
	default:
		return nil, false
	}
}

func wrapNumber(n json.Number, k schema.Kind) (ref.Val, bool) {
	if k != schema.Decimal && k != schema.Int {
		return nil, false
	}
	d, err := decimal.Parse(string(n))
	if err != nil {
		return nil, false
	}
	if k == schema.Decimal {
		return decVal{d: d}, true
	}
	i, err := strconv.ParseInt(d.Canonical(), 10, 64)
	return types.Int(i), err == nil
}

func (ev *evaluation) wrapList(list []any, elem *schema.Type, at place) (ref.Val, error) {
	vals := make([]ref.Val, len(list))
	for i, raw := range list {
		here := place{parent: &at, index: i}
		if raw == nil {
			return nil, ev.fail(&DataError{Path: here.String(), Problem: "absent element of a list"})
		}
		v, err := ev.wrap(raw, elem, here)
		if err != nil {
			return nil, err
		}
		vals[i] = v
	}
	return types.NewRefValList(ev.program.types, vals), nil
}

// unwrap gives the JSON tree of a result, and false for an absent one.
func unwrap(v ref.Val) (any, bool, error) {
	switch v := v.(type) {
	case *types.Optional:
		if !v.HasValue() {
			return nil, false, nil
		}
		return unwrap(v.GetValue())
	case types.String:
		return string(v), true, nil
	case types.Bool:
		return bool(v), true, nil
	case types.Int:
		return json.Number(strconv.FormatInt(int64(v), 10)), true, nil
	case decVal:
		return json.Number(v.d.String()), true, nil
	case timeVal:
		return v.text(), true, nil
	case *object:
		return v.data, true, nil
	case rawVal:
		return v.v, true, nil
	case *group:
		return unwrapGroup(v)
	case traits.Lister:
		return unwrapList(v)
	}
	return nil, false, fmt.Errorf("expression: no value for a %T", v) // unreachable: the checker knows no other type
}

func unwrapGroup(g *group) (any, bool, error) {
	key, _, err := unwrap(g.key)
	if err != nil {
		return nil, false, err
	}
	items, _, err := unwrapList(types.NewRefValList(untyped{}, g.items))
	return map[string]any{"key": key, "items": items}, true, err
}

func unwrapList(l traits.Lister) (any, bool, error) {
	n := int(l.Size().(types.Int))
	out := make([]any, n)
	for i := range n {
		v, _, err := unwrap(l.Get(types.Int(i)))
		if err != nil {
			return nil, false, err
		}
		out[i] = v
	}
	return out, true, nil
}

// shape names what a JSON value is without repeating it.
func shape(raw any) string {
	switch raw.(type) {
	case nil:
		return "absent"
	case string:
		return "text"
	case bool:
		return "a truth value"
	case json.Number:
		return "a number"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return fmt.Sprintf("a Go %T", raw)
}
