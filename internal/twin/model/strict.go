package model

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// notStrict says why a schema is outside the subset that strict modes take, or "": objects
// are closed and require every key, the root is an object, and no keyword bounds text or
// numbers.
func notStrict(schema json.RawMessage) string {
	var root map[string]any
	if err := json.Unmarshal(schema, &root); err != nil {
		return "it is not a JSON object"
	}
	if root["type"] != "object" {
		return `schema must have type "object" at its root`
	}
	return strictNode(root, nil)
}

var unbounded = []string{
	"allOf", "oneOf", "not", "if", "then", "else", "minLength", "maxLength", "patternProperties",
	"unevaluatedProperties", "propertyNames", "minProperties", "maxProperties", "uniqueItems", "contains",
}

func strictNode(v any, path []string) string {
	switch n := v.(type) {
	case []any:
		for _, e := range n {
			if why := strictNode(e, path); why != "" {
				return why
			}
		}
	case map[string]any:
		if why := strictObject(n, path); why != "" {
			return why
		}
		for key, e := range n {
			if key == "enum" || key == "const" || key == "required" || key == "default" || key == "description" {
				continue
			}
			if why := strictNode(e, append(slices.Clone(path), key)); why != "" {
				return why
			}
		}
	}
	return ""
}

func strictObject(n map[string]any, path []string) string {
	at := "In context=(" + strings.Join(path, ", ") + ")"
	if len(path) > 0 && (path[len(path)-1] == "properties" || path[len(path)-1] == "$defs") {
		return "" // names, not keywords
	}
	for _, key := range unbounded {
		if _, ok := n[key]; ok {
			return fmt.Sprintf("%s, '%s' is not permitted", at, key)
		}
	}
	properties, ok := n["properties"].(map[string]any)
	if !ok && n["type"] != "object" {
		return ""
	}
	if n["additionalProperties"] != false {
		return at + ", 'additionalProperties' is required to be supplied and to be false"
	}
	required, _ := n["required"].([]any)
	for key := range properties {
		if !slices.Contains(required, any(key)) {
			return fmt.Sprintf("%s, 'required' is required to be supplied and to be an array including every key in properties. Missing '%s'", at, key)
		}
	}
	return ""
}
