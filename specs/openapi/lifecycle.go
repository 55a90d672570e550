package openapi

import (
	"slices"

	"github.com/planwright/planwright/specs/schema"
)

const lifecycleHint = "write x-pw-lifecycle: {field: Status, create: [DRAFT], moves: {DRAFT: [SENT, DELETED], SENT: []}}"

// lifecycle reads the states of a record: the field that holds them, those it may be made
// in, and for each those it may be moved to. It is nil where nothing is said, and where
// this version of the file does not have the field.
func (c *compiler) lifecycle(o *schema.Object, t *tree, pointer string) *schema.Lifecycle {
	const keyword = "x-pw-lifecycle"
	v := t.get(keyword)
	if v == nil {
		return nil
	}
	at := pointer + "/" + keyword
	field, create, moves := v.get("field"), v.get("create"), v.get("moves")
	if v.kind != object || len(v.keys) != 3 || field.str() == "" || !texts(create) || moves == nil || moves.kind != object {
		c.r.keyword(v, at, keyword+" is an object with field, create and moves", lifecycleHint)
		return nil
	}
	out := &schema.Lifecycle{Field: field.str(), Create: create.strs(), Moves: make(map[string][]string, len(moves.keys))}
	for i, from := range moves.keys {
		if !texts(moves.items[i]) {
			c.r.keyword(moves.items[i], at+"/moves/"+escape(from), "a move goes from one state to a list of states", lifecycleHint)
			return nil
		}
		out.Moves[from] = moves.items[i].strs()
	}
	f, ok := o.Field(out.Field)
	if !ok {
		return nil
	}
	for _, state := range out.States() {
		if _, left := out.Moves[state]; !left {
			c.r.keyword(moves, at+"/moves", "moves does not say what "+state+" moves to", "write "+state+": [] if nothing leaves it")
			return nil
		}
		if len(f.Type.Enum) > 0 && !slices.Contains(f.Type.Enum, state) {
			c.r.keyword(v, at, state+" is no value of "+o.Name+"."+out.Field, "the values are listed in the spec, under enum")
			return nil
		}
	}
	return out
}

// texts reports whether t is a list of texts, which may be empty.
func texts(t *tree) bool {
	return t != nil && t.kind == list && !slices.ContainsFunc(t.items, func(e *tree) bool { return e.kind != text || e.text == "" })
}
