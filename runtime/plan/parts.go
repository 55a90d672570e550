package plan

import (
	"math"
	"slices"
)

// The parts of a plan beside its steps.

func (r *reader) apis(n *node) {
	r.each(n, "/apis", func(name, at string, key Place, v *node) {
		if !apiName.MatchString(name) {
			r.add(errName("an API", name, "use lower-case letters, digits and underscores"), at, key)
		}
		f := r.fields(v, at, "spec", "overlay")
		r.require(f, v, at, "spec")
		ref := APIRef{Spec: r.digest(f["spec"], Join(at, "spec")), Overlay: r.digest(f["overlay"], Join(at, "overlay"))}
		if r.plan.APIs == nil {
			r.plan.APIs = map[string]APIRef{}
		}
		r.plan.APIs[name] = ref
	})
	if n != nil && n.kind == mapNode && len(n.members) == 0 {
		r.add(errMissingKey("of an API", "name every API the plan uses, with the digest of its spec"), "/apis", n.at)
	}
}

func (r *reader) trigger(n *node) {
	if n == nil {
		return
	}
	const at = "/trigger"
	keys := []string{"api", "kind", "object", "as", "when", "key"}
	if k := n.member("kind"); k != nil && k.scalar == OnSchedule {
		keys = []string{"kind", "at", "zone", "as"}
	}
	f := r.fields(n, at, keys...)
	r.require(f, n, at, keys...)
	t := &r.plan.Trigger
	t.API = r.filled(f["api"], at+"/api", "api")
	t.At, t.Zone = r.filled(f["at"], at+"/at", "at"), r.filled(f["zone"], at+"/zone", "zone")
	t.Kind = r.filled(f["kind"], at+"/kind", "kind")
	if k := f["kind"]; k != nil && t.Kind != "" && !slices.Contains(triggerKinds(), t.Kind) {
		r.add(errChoice(t.Kind, triggerKinds()), at+"/kind", k.at)
	}
	t.Object = r.filled(f["object"], at+"/object", "object")
	t.As = r.named(f["as"], at+"/as", "a record", varName, varRule)
	t.When = r.simple(f["when"], at+"/when")
	t.Key = r.simple(f["key"], at+"/key")
}

func (r *reader) mappings(n *node) {
	r.each(n, "/mappings", func(name, at string, key Place, v *node) {
		if !varName.MatchString(name) {
			r.add(errName("a mapping", name, varRule), at, key)
		}
		f := r.fields(v, at, "from", "to", "with")
		r.require(f, v, at, "from", "to")
		m := Mapping{From: map[string]string{}, To: r.filled(f["to"], at+"/to", "to"), With: r.texts(f["with"], at+"/with")}
		r.each(f["from"], at+"/from", func(input, at string, key Place, v *node) {
			if !varName.MatchString(input) {
				r.add(errName("an input", input, varRule), at, key)
			}
			m.From[input] = r.filled(v, at, input)
		})
		if from := f["from"]; from != nil && from.kind == mapNode && len(m.From) == 0 {
			r.add(errMissingKey("of an input", "name what the mapping is chosen by, such as product: salesforce.Product2"), at+"/from", from.at)
		}
		if r.plan.Mappings == nil {
			r.plan.Mappings = map[string]Mapping{}
		}
		r.plan.Mappings[name] = m
	})
}

func (r *reader) limits(n *node) {
	r.each(n, "/limits", func(name, at string, _ Place, v *node) {
		if r.plan.Limits == nil {
			r.plan.Limits = map[string]int64{}
		}
		r.plan.Limits[name] = int64(r.whole(v, at, "a limit", 1, math.MaxInt32))
	})
}

func (r *reader) outputs(n *node) {
	r.each(n, "/outputs", func(name, at string, key Place, v *node) {
		if !varName.MatchString(name) {
			r.add(errName("an output", name, varRule), at, key)
		}
		if r.plan.Outputs == nil {
			r.plan.Outputs = map[string]Value{}
		}
		r.plan.Outputs[name] = r.expression(v, at)
	})
}

func (r *reader) notes(n *node) {
	r.each(n, "/notes", func(pointer, at string, _ Place, v *node) {
		if r.plan.Notes == nil {
			r.plan.Notes = map[string]string{}
		}
		r.plan.Notes[pointer] = r.text(v, at)
	})
}
