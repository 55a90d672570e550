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

	"github.com/planwright/planwright/specs/schema"
)

var guids = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// filter writes a conjunction of equalities in the expression language of Xero's where
// parameter: text in double quotes, guid("…"), DateTime(y, m, d), true, digits. Fields are
// sorted. An absent or empty value is refused, because a filter that has lost its value
// finds somebody else's record.
func filter(fields map[string]any, element schema.Type, objects schema.Source) (string, error) {
	if len(fields) == 0 {
		return "", errors.New("filter: there is no field")
	}
	parts := make([]string, 0, len(fields))
	for _, f := range sortedKeys(fields) {
		if !isName(f) {
			return "", errors.New("filter: a name is not a field path")
		}
		t, _ := typeAt(objects, element, f)
		text, err := filterLiteral(fields[f], t, objects)
		if err != nil {
			return "", fmt.Errorf("filter: field %s: %w", f, err)
		}
		parts = append(parts, f+"=="+text)
	}
	return strings.Join(parts, " AND "), nil
}

func filterLiteral(v any, t schema.Type, objects schema.Source) (string, error) {
	switch v := v.(type) {
	case bool:
		return strconv.FormatBool(v), nil
	case json.Number:
		return number(v)
	case int, int64:
		return scalarText(v)
	case string:
		return filterText(v, t, objects)
	case nil:
		return "", errors.New("the value is absent")
	}
	return "", fmt.Errorf("a %T cannot be compared with", v)
}

func filterText(s string, t schema.Type, objects schema.Source) (string, error) {
	switch t.Kind {
	case schema.Date:
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			return "", errors.New("the value is not a date")
		}
		return d.Format("DateTime(2006, 01, 02)"), nil
	case schema.Instant:
		at, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			return "", errors.New("the value is not an instant")
		}
		return at.UTC().Format("DateTime(2006, 01, 02, 15, 04, 05)"), nil
	case schema.Int, schema.Decimal:
		return number(json.Number(s))
	case schema.Bool:
		return "", errors.New("the value is not true or false")
	default: // compared as text
	}
	switch {
	case s == "":
		return "", errors.New("the value is empty")
	case !utf8.ValidString(s):
		return "", errors.New("the text is not UTF-8")
	case hasControl(s):
		return "", errors.New("the text holds a control character")
	case isKey(t, objects) && guids.MatchString(s):
		return `guid("` + s + `")`, nil
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
