package openapi

import (
	"fmt"
	"slices"
	"strings"
)

// Optional marks an overlay action whose target some versions of a spec lack.
const Optional = "x-pw-optional"

// applyOverlay changes doc as an OpenAPI Overlay 1.0 document says: each action in
// turn, each seeing the work of those before it.
func applyOverlay(doc, overlay *tree, r *reporter) {
	if v := overlay.get("overlay").str(); !strings.HasPrefix(v, "1.") {
		r.overlayShape(overlay, "/overlay", fmt.Sprintf("overlay version %q is not supported", v), "begin the file with overlay: 1.0.0")
		return
	}
	for i, k := range overlay.keys {
		if !slices.Contains([]string{"overlay", "info", "extends", "actions"}, k) && !strings.HasPrefix(k, "x-") {
			r.overlayShape(overlay.items[i], "/"+escape(k), fmt.Sprintf("an overlay has no member %q", k), "its members are overlay, info, extends and actions")
		}
	}
	actions := overlay.get("actions")
	if actions == nil || actions.kind != list {
		r.overlayShape(overlay, "/actions", "an overlay needs a list of actions", "write actions: and a list of targets with update or remove")
		return
	}
	for i, a := range actions.items {
		applyAction(doc, a, fmt.Sprintf("/actions/%d", i), r)
	}
}

func applyAction(doc, a *tree, pointer string, r *reporter) {
	if a.kind != object {
		r.overlayShape(a, pointer, "an action is an object", "write target: and update: or remove:")
		return
	}
	for i, k := range a.keys {
		if !slices.Contains([]string{"target", "description", "update", "remove", Optional}, k) && (!strings.HasPrefix(k, "x-") || strings.HasPrefix(k, prefix)) {
			r.overlayShape(a.items[i], pointer+"/"+escape(k), fmt.Sprintf("an action has no member %q", k),
				"its members are target, description, update, remove and "+Optional)
			return
		}
	}
	target := a.get("target")
	p, err := parsePath(target.str())
	if err != nil {
		r.target(a, pointer+"/target", target.str(), err)
		return
	}
	found := p.find(doc)
	if len(found) == 0 && !a.get(Optional).yes() {
		r.noMatch(target, pointer+"/target", target.str())
	}
	if a.get("remove").yes() {
		remove(found)
		return
	}
	update := a.get("update")
	if update == nil {
		r.overlayShape(a, pointer, "an action needs update or remove", "write update: with what to merge, or remove: true")
		return
	}
	for _, m := range found {
		switch m.node.kind {
		case object:
			if update.kind != object {
				r.overlayShape(update, pointer+"/update", "the update of an object must be an object", "write the members to merge")
				return
			}
			mergeInto(m.node, update)
		case list:
			m.node.items = append(m.node.items, update.clone())
		default:
			r.overlayShape(target, pointer+"/target", fmt.Sprintf("target %s is neither an object nor a list", m.pointer),
				"aim at the object around it")
			return
		}
	}
}

// remove takes the found nodes out of their parents.
func remove(found []match) {
	gone := make(map[*tree]bool, len(found))
	for _, m := range found {
		gone[m.node] = true
	}
	done := map[*tree]bool{}
	for _, m := range found {
		if m.parent == nil || done[m.parent] {
			continue
		}
		done[m.parent] = true
		keys, items := m.parent.keys[:0:0], m.parent.items[:0:0]
		for i, c := range m.parent.items {
			if gone[c] {
				continue
			}
			items = append(items, c)
			if m.parent.kind == object {
				keys = append(keys, m.parent.keys[i])
			}
		}
		m.parent.keys, m.parent.items = keys, items
	}
}

// mergeInto merges b into a as the Overlay specification says: objects member by
// member, lists by appending, all else by replacing.
func mergeInto(a, b *tree) {
	for i, k := range b.keys {
		have, v := a.get(k), b.items[i]
		switch {
		case have != nil && have.kind == object && v.kind == object:
			mergeInto(have, v)
		case have != nil && have.kind == list && v.kind == list:
			for _, e := range v.items {
				have.items = append(have.items, e.clone())
			}
		default:
			a.set(k, v.clone())
		}
	}
}
