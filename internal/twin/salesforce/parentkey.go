package salesforce

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// parentByKey returns the id of the parent that a body names by one of its keys, as in
// "Account": {"Tax_Number__c": "12-345"}.
func (t *Twin) parentByKey(f *field, in any) (any, *apiError) {
	given, _ := in.(map[string]any)
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(given)), func(n string) bool { return n == "attributes" })
	target, refusal := t.keyedTarget(f, given)
	if refusal != nil {
		return nil, refusal
	}
	if len(names) != 1 {
		return nil, badRequest("INVALID_FIELD", fmt.Sprintf("The relationship %s needs exactly one external ID field of %s", f.up, target.name), f.name)
	}
	key, ok := target.find(names[0])
	if !ok || !key.upserts() {
		return nil, badRequest("INVALID_FIELD", fmt.Sprintf("Field name provided, %s is not an External ID or indexed field for %s", names[0], target.name), f.name)
	}
	value := fmt.Sprint(given[names[0]])
	switch found := t.matching(target, key, value); len(found) {
	case 0:
		return nil, badRequest("INVALID_FIELD", fmt.Sprintf("Foreign key external ID: %s not found for field %s in entity %s", strings.ToLower(value), key.name, target.name))
	case 1:
		return found[0].id(), nil
	default:
		return nil, errAmbiguous(key, found)
	}
}

// keyedTarget is the object a parent is looked for in. Where a reference may point at
// several, the body says which.
func (t *Twin) keyedTarget(f *field, given map[string]any) (*object, *apiError) {
	name := f.targets[0]
	if len(f.targets) > 1 {
		attributes, _ := given["attributes"].(map[string]any)
		name, _ = attributes["type"].(string)
	}
	o, ok := t.schema.find(name)
	if !ok || !slices.Contains(f.targets, o.name) {
		return nil, badRequest("INVALID_FIELD", "The relationship "+f.up+" needs attributes with the type of the record", f.name)
	}
	return o, nil
}

// upserts reports whether records can be found by the field in a path or a body.
func (f *field) upserts() bool { return f.external || f.kind == kindID }

func errAmbiguous(f *field, found []*row) *apiError {
	ids := make([]string, len(found))
	for i, r := range found {
		ids[i] = r.id()
	}
	return badRequest("DUPLICATE_EXTERNAL_ID", fmt.Sprintf("%s: more than one record found for external id field: [%s]", f.name, strings.Join(ids, ", ")))
}
