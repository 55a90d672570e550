package apicall

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// Validate judges a body (as in [Args.Body]: one element, or a list of them) against the
// operation's request type: kinds, enum members, lengths, scale, required and read-only
// fields. It is for the moment before a request is journalled, so that a value the vendor
// must refuse holds the run with a reason and costs no call. Pointers are into body.
func Validate(op *catalog.Operation, objects schema.Source, body any) diag.List {
	if op.Request == nil || body == nil {
		return nil
	}
	v := validator{objects: objects, create: op.Effect == catalog.EffectCreate, keys: op.Keys()}
	if list, ok := body.([]any); ok && op.Request.Many {
		for i, e := range list {
			v.value("/"+strconv.Itoa(i), e, op.Request.Type, true)
		}
	} else {
		v.value("", body, op.Request.Type, true)
	}
	return v.found
}

type validator struct {
	objects schema.Source
	create  bool
	keys    []string // fields that stand in the path
	found   diag.List
}

func (v *validator) report(d diag.Diagnostic) { v.found = append(v.found, d) }

// value judges one value; absent ones are judged by the object that lacks them. top says
// that it is the record the operation is about.
func (v *validator) value(at string, x any, t schema.Type, top bool) {
	switch t.Kind {
	case schema.List:
		list, ok := x.([]any)
		if !ok {
			v.report(errType(at, t))
			return
		}
		for i, e := range list {
			if t.Elem != nil {
				v.value(at+"/"+strconv.Itoa(i), e, *t.Elem, false)
			}
		}
	case schema.Map:
		m, ok := x.(map[string]any)
		if !ok {
			v.report(errType(at, t))
			return
		}
		for _, name := range sortedKeys(m) {
			if t.Elem != nil && m[name] != nil {
				v.value(at+"/"+escape(name), m[name], *t.Elem, false)
			}
		}
	case schema.ObjectK:
		v.object(at, x, t, top)
	case schema.Int, schema.Decimal:
		v.number(at, x, t)
	case schema.Bool:
		if _, ok := x.(bool); !ok {
			v.report(errType(at, t))
		}
	case schema.String, schema.Date, schema.Instant:
		v.text(at, x, t)
	case schema.Any: // the spec says nothing
	}
}

func (v *validator) object(at string, x any, t schema.Type, top bool) {
	m, ok := x.(map[string]any)
	if !ok {
		v.report(errType(at, t))
		return
	}
	o, ok := v.objects.Object(t.Ref)
	if !ok {
		return
	}
	for _, name := range sortedKeys(m) {
		f, ok := o.Field(name)
		switch {
		case m[name] == nil:
		case !ok:
			v.report(errUnknown(at+"/"+escape(name), o.Name))
		// A key inside another record says which one is meant; only at the top would it be set.
		case f.ReadOnly && (top || name != o.Key):
			v.report(errReadOnly(at + "/" + escape(name)))
		default:
			v.value(at+"/"+escape(name), m[name], f.Type, false)
		}
	}
	if !v.create || !top && refers(o, m) {
		return
	}
	for _, f := range o.Fields {
		if f.RequiredOnCreate && m[f.Name] == nil && (!top || !slices.Contains(v.keys, f.Name)) {
			v.report(errRequired(at, f.Name))
		}
	}
}

// refers reports whether a nested value points at an existing record rather than making
// a new one.
func refers(o *schema.Object, m map[string]any) bool {
	return slices.ContainsFunc(append([]string{o.Key}, o.Natural...), func(f string) bool { return m[f] != nil })
}

func (v *validator) number(at string, x any, t schema.Type) {
	n, ok := x.(json.Number)
	d, err := decimal.Parse(string(n))
	if !ok || err != nil || t.Kind == schema.Int && d.Places() > 0 {
		v.report(errType(at, t))
		return
	}
	if places := d.Places(); t.Scale > 0 && int(places) > t.Scale {
		v.report(errScale(at, "decimal places", places, t.Scale))
	}
	whole, _, _ := strings.Cut(strings.TrimLeft(d.Canonical(), "-0"), ".")
	if room := t.Precision - max(t.Scale, 0); t.Precision > 0 && len(whole) > room {
		v.report(errScale(at, "digits before the point", int32(len(whole)), room))
	}
}

func (v *validator) text(at string, x any, t schema.Type) {
	s, ok := x.(string)
	if !ok {
		v.report(errType(at, t))
		return
	}
	var err error
	switch t.Kind {
	case schema.Date:
		_, err = time.Parse(time.DateOnly, s)
	case schema.Instant:
		_, err = time.Parse(time.RFC3339Nano, s)
	default: // text
	}
	if err != nil {
		v.report(errType(at, t))
		return
	}
	if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return isControl(r) && r != '\n' && r != '\r' && r != '\t' }) {
		v.report(errControl(at))
	}
	if n := utf8.RuneCountInString(s); t.MaxLength > 0 && n > t.MaxLength {
		v.report(errLength(at, n, t.MaxLength))
	}
	if len(t.Enum) > 0 && !slices.Contains(t.Enum, s) {
		v.report(errEnum(at, t.Enum))
	}
}

// escape writes a member name as one token of a JSON pointer (RFC 6901).
func escape(name string) string {
	if !strings.ContainsAny(name, "~/") {
		return name
	}
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}
