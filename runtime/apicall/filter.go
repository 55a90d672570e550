package apicall

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

var guids = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// xeroDialect writes comparisons in the expression language of Xero's where parameter: text
// in double quotes, guid("…"), DateTime(y, m, d), true, digits (Xero: requests and
// responses).
type xeroDialect struct{ objects schema.Source }

// filter writes a Where over elements in the language that the operation's overlay names.
func filter(language string, w Where, element schema.Type, objects schema.Source) (string, error) {
	if language != catalog.FilterXero {
		return "", fmt.Errorf("there is no builder for the filter language %q", language)
	}
	if len(w) == 0 {
		return "", errors.New("filter: there is no field")
	}
	return conditions(w, xeroDialect{objects}, element, objects)
}

func (xeroDialect) compare(field string, op plan.Op, literal string) string {
	sign := map[plan.Op]string{plan.Eq: "==", plan.Ne: "!=", plan.Lt: "<", plan.Le: "<=", plan.Gt: ">", plan.Ge: ">="}[op]
	return field + sign + literal
}

// list is written out: the language has no lists.
func (d xeroDialect) list(field string, op plan.Op, literals []string) string {
	one, between := plan.Eq, " OR "
	if op == plan.NotIn {
		one, between = plan.Ne, " AND "
	}
	parts := make([]string, len(literals))
	for i, l := range literals {
		parts[i] = d.compare(field, one, l)
	}
	return "(" + strings.Join(parts, between) + ")"
}

// text calls a method of text, which there must be some of.
func (d xeroDialect) text(field string, op plan.Op, s string) (string, error) {
	literal, err := filterQuoted(s)
	if err != nil {
		return "", err
	}
	method := map[plan.Op]string{plan.StartsWith: ".StartsWith(", plan.Contains: ".Contains("}[op]
	return "(" + d.present(field, true) + " AND " + field + method + literal + "))", nil
}

func (xeroDialect) present(field string, there bool) string {
	if there {
		return field + "!=null"
	}
	return field + "==null"
}

func (d xeroDialect) literal(v any, t schema.Type, op plan.Op) (string, error) {
	switch v := v.(type) {
	case bool:
		if t.Kind != schema.Bool && t.Kind != "" {
			return "", errors.New("the value is true or false, and the field is not")
		}
		return strconv.FormatBool(v), nil
	case json.Number:
		return number(v)
	case int, int64:
		return scalarText(v)
	case string:
		return d.textLiteral(v, t, op)
	}
	return "", fmt.Errorf("a %T cannot be compared with", v)
}

func (d xeroDialect) textLiteral(s string, t schema.Type, op plan.Op) (string, error) {
	switch t.Kind {
	case schema.Date:
		day, err := time.Parse(time.DateOnly, s)
		if err != nil {
			return "", errors.New("the value is not a date")
		}
		return day.Format("DateTime(2006, 01, 02)"), nil
	case schema.Instant:
		at, err := wholeSecond(s, op)
		return at.Format("DateTime(2006, 01, 02, 15, 04, 05)"), err
	case schema.Int, schema.Decimal:
		return number(json.Number(s))
	case schema.Bool:
		return "", errors.New("the value is not true or false")
	default: // compared as text
	}
	if isKey(t, d.objects) && guids.MatchString(s) {
		return `guid("` + s + `")`, nil
	}
	return filterQuoted(s)
}

// filterQuoted writes a text literal. The language has no escape for control characters.
func filterQuoted(s string) (string, error) {
	switch {
	case !utf8.ValidString(s):
		return "", errors.New("the text is not UTF-8")
	case hasControl(s):
		return "", errors.New("the text holds a control character")
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`, nil
}

// isKey reports whether t is the vendor's own id of some object: those are GUIDs in the
// filter language, while codes that look like one stay text.
func isKey(t schema.Type, objects schema.Source) bool {
	i := strings.LastIndex(t.Nominal, ".")
	if i < 0 {
		return false
	}
	o, ok := objects.Object(t.Nominal[:i])
	return ok && o.Key == t.Nominal[i+1:]
}

// typeAt follows a field path from an object.
func typeAt(objects schema.Source, t schema.Type, path string) (schema.Type, bool) {
	for name := range strings.SplitSeq(path, ".") {
		if t.Kind == schema.List && t.Elem != nil {
			t = *t.Elem
		}
		if t.Kind != schema.ObjectK || objects == nil {
			return schema.Type{}, false
		}
		o, ok := objects.Object(t.Ref)
		if !ok {
			return schema.Type{}, false
		}
		if t, ok = memberType(o, name); !ok {
			return schema.Type{}, false
		}
	}
	return t, true
}

// memberType returns the type of a member. A query may also name a related record by
// its foreign key: Product2 for Product2Id, Region__r for Region__c.
func memberType(o *schema.Object, name string) (schema.Type, bool) {
	if f, ok := o.Field(name); ok {
		return f.Type, true
	}
	key := name + "Id"
	if base, custom := strings.CutSuffix(name, "__r"); custom {
		key = base + "__c"
	}
	f, ok := o.Field(key)
	if i := strings.LastIndex(f.Type.Nominal, "."); ok && i > 0 {
		return schema.ObjectOf(f.Type.Nominal[:i]), true
	}
	return schema.Type{}, false
}
