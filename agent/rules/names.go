package rules

import (
	"slices"
	"strings"

	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// short is an object's name without its API.
func short(full string) string { return full[strings.LastIndexByte(full, '.')+1:] }

// human is an object's name as people say it: "opportunity line item".
func human(o *schema.Object) string { return humanName(o.Name) }

func humanName(full string) string {
	return strings.TrimRight(strings.Join(words(short(full)), " "), "0123456789 ")
}

// snake is an object's name as step ids and limits write it.
func snake(o *schema.Object) string { return strings.ReplaceAll(human(o), " ", "_") }

// keyType is the nominal type of an object's own id.
func keyType(o *schema.Object) string { return o.Name + "." + o.Key }

// ownerOf returns the object whose id or code a nominal type names, and the field.
func ownerOf(cat *catalog.Catalog, nominal string) (*schema.Object, string) {
	i := strings.LastIndexByte(nominal, '.')
	if i < 0 {
		return nil, ""
	}
	o, ok := cat.Object(nominal[:i])
	if !ok {
		return nil, ""
	}
	return o, nominal[i+1:]
}

// narrow keeps the candidates whose API every mention allows.
func narrow(candidates []string, apis []mention[[]string]) []string {
	var out []string
	for _, c := range candidates {
		api, _, _ := strings.Cut(c, ".")
		if !slices.ContainsFunc(apis, func(m mention[[]string]) bool { return !slices.Contains(m.value, api) }) {
			out = append(out, c)
		}
	}
	return out
}

// mentions joins the words of mentions for a question.
func mentions[T any](ms []mention[T]) string {
	var out []string
	for _, m := range ms {
		if !slices.Contains(out, m.words) {
			out = append(out, m.words)
		}
	}
	return strings.Join(out, ", ")
}
