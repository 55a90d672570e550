package plan

import (
	"encoding/json"
	"slices"
)

// What a setting holds, in the words of findings.
const (
	settingText   = "text"
	settingNumber = "a number"
	settingTruth  = "a truth value"
)

// settings reads NAME: VALUE, or NAME: {value: VALUE, allowed: [VALUE, …]}.
func (r *reader) settings(n *node) {
	r.each(n, "/settings", func(name, at string, key Place, v *node) {
		if !varName.MatchString(name) {
			r.add(errName("a setting", name, varRule), at, key)
		}
		if r.plan.Settings == nil {
			r.plan.Settings = map[string]Setting{}
		}
		r.plan.Settings[name] = r.setting(v, at)
	})
}

func (r *reader) setting(n *node, at string) Setting {
	if n.kind != mapNode {
		return Setting{Value: r.constant(n, at)}
	}
	f := r.fields(n, at, "value", "allowed")
	r.require(f, n, at, "value")
	var s Setting
	if v := f["value"]; v != nil {
		s.Value = r.constant(v, Join(at, "value"))
	}
	list := f["allowed"]
	switch {
	case list == nil:
		return s
	case list.kind != listNode:
		r.add(errShape("a list of values", list), Join(at, "allowed"), list.at)
		return s
	}
	var names []string
	for i, item := range list.items {
		place := index(Join(at, "allowed"), i)
		r.note(place, Place{}, item)
		c := r.constant(item, place)
		switch {
		case c == nil || s.Value == nil:
		case settingKind(c) != settingKind(s.Value):
			r.add(errSettingKinds(settingKind(c), settingKind(s.Value)), place, item.at)
		case slices.ContainsFunc(s.Allowed, func(x any) bool { return settingWords(x) == settingWords(c) }):
			r.add(errRepeated(item.text), place, item.at)
		}
		s.Allowed, names = append(s.Allowed, c), append(names, settingWords(c))
	}
	if v := f["value"]; s.Value != nil && !slices.Contains(names, settingWords(s.Value)) {
		r.add(errChoice(v.text, names), Join(at, "value"), v.at)
	}
	return s
}

// constant is a literal; nil after a finding.
func (r *reader) constant(n *node, at string) any {
	if n.kind != scalarNode || n.scalar == nil {
		r.add(errSetting(n.describe(), "write one value"), at, n.at)
		return nil
	}
	v := r.simple(n, at)
	if v.Kind == Expression {
		r.add(errSetting("an expression", "expressions use settings; they are no settings"), at, n.at)
		return nil
	}
	return v.Literal
}

func settingKind(v any) string {
	switch v.(type) {
	case bool:
		return settingTruth
	case json.Number:
		return settingNumber
	}
	return settingText
}

// Text is the setting's value as people read it.
func (s Setting) Text() string { return settingWords(s.Value) }

// Choices are the values that the setting may have, as people read them; none for any.
func (s Setting) Choices() []string {
	var out []string
	for _, v := range s.Allowed {
		out = append(out, settingWords(v))
	}
	return out
}

// settingWords is a constant as people read it; a number in its one shortest form.
func settingWords(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		if v {
			return "true"
		}
		return "false"
	case json.Number:
		if n, ok := number(v.String()); ok {
			return n.String()
		}
		return v.String()
	}
	return ""
}

// settingTrees writes a setting that may be anything of its kind as its value alone.
func settingTrees(settings map[string]Setting) pairs {
	out := pairs{}
	for _, name := range sortedKeys(settings) {
		s := settings[name]
		value := Value{Kind: Literal, Literal: s.Value}.tree()
		if len(s.Allowed) == 0 {
			out = append(out, pair{name, value})
			continue
		}
		var allowed []any
		for _, v := range s.Allowed {
			allowed = append(allowed, Value{Kind: Literal, Literal: v}.tree())
		}
		out = append(out, pair{name, pairs{{"value", value}, {"allowed", allowed}}})
	}
	return out
}
