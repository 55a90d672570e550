package diff

import (
	"github.com/planwright/planwright/runtime/plan"
)

// match pairs the steps of both plans: by id, then what is left by kind, target and most
// fields in common. It notes which names differ.
func (c *comparison) match() {
	old := map[plan.StepID]*node{}
	for _, n := range c.a.steps {
		old[n.ID] = n
	}
	for _, n := range c.b.steps {
		if o := old[n.ID]; o != nil && o.Kind == n.Kind {
			o.twin, n.twin = n, o
		}
	}
	for _, n := range c.b.steps {
		if n.twin == nil && old[n.ID] == nil {
			c.adopt(n)
		}
	}
	c.called = map[string]string{}
	c.call(c.a.Plan.Trigger.As, c.b.Plan.Trigger.As)
	for _, n := range c.b.steps {
		if n.twin != nil {
			c.call(string(n.twin.ID), string(n.ID))
			c.call(n.twin.As, n.As)
		}
	}
}

func (c *comparison) call(old, now string) {
	if old != now && old != "" && now != "" {
		c.called[now] = old
	}
}

// adopt finds the step of the old plan that a new name stands for, if there is one.
func (c *comparison) adopt(n *node) {
	var best *node
	most := 0
	for _, o := range c.a.steps {
		if o.twin != nil || o.Kind != n.Kind || o.Target != n.Target || c.b.has(o.ID) {
			continue
		}
		if alike := likeness(o, n); alike > most {
			best, most = o, alike
		}
	}
	if best != nil {
		best.twin, n.twin = n, best
	}
}

func (s side) has(id plan.StepID) bool {
	for _, n := range s.steps {
		if n.ID == id {
			return true
		}
	}
	return false
}

// likeness counts what two steps of one kind have in common. Steps that call the same
// operation are alike even if they share no field; others must share what they are about.
func likeness(a, b *node) int {
	n := 0
	if a.Target != "" {
		n = 1
	}
	seen := map[string]string{}
	for _, l := range own(a) {
		seen[l.path] = show(l.value)
	}
	for _, l := range own(b) {
		switch v, ok := seen[l.path]; {
		case ok && v == show(l.value) && l.path != "else":
			n += 3
		case ok && a.Target != "":
			n++
		}
	}
	return n
}

// own lists the leaves of a step without its id and the steps inside it.
func own(n *node) (out []leaf) {
	for _, name := range sorted(n.tree) {
		if name != "id" && name != "steps" && name != string(n.Kind) || name == string(n.Kind) && n.Target == "" {
			out = append(out, leaves(name, plan.Join(n.at, name), n.tree[name])...)
		}
	}
	return out
}

// moved returns those of b's steps whose place among the others is not what it was: all but
// the longest row of steps that kept their order.
func (c *comparison) moved() map[*node]bool {
	place := map[*node]int{}
	for i, n := range c.a.steps {
		place[n] = i
	}
	var kept []*node
	for _, n := range c.b.steps {
		if n.twin != nil {
			kept = append(kept, n)
		}
	}
	// length[i] is that of the longest rising row that ends with kept[i], from[i] what is before it.
	length, from, last := make([]int, len(kept)), make([]int, len(kept)), -1
	for i, n := range kept {
		length[i], from[i] = 1, -1
		for j := range i {
			if place[kept[j].twin] < place[n.twin] && length[j]+1 > length[i] {
				length[i], from[i] = length[j]+1, j
			}
		}
		if last < 0 || length[i] > length[last] {
			last = i
		}
	}
	out := map[*node]bool{}
	for _, n := range kept {
		out[n] = true
	}
	for ; last >= 0; last = from[last] {
		delete(out, kept[last])
	}
	return out
}

// crossed lists the writes that a step ran before and now runs after, and the other way
// round, by the names of the new plan.
func (c *comparison) crossed(n *node) (nowAfter, nowBefore []string) {
	for _, w := range c.b.steps {
		if w == n || w.twin == nil || !w.writes && !w.twin.writes {
			continue
		}
		before, after := c.a.before(n.twin, w.twin), c.b.before(n, w)
		switch {
		case before && !after:
			nowAfter = append(nowAfter, string(w.ID))
		case !before && after:
			nowBefore = append(nowBefore, string(w.ID))
		}
	}
	return nowAfter, nowBefore
}

// before reports whether x runs before y.
func (s side) before(x, y *node) bool {
	for _, n := range s.steps {
		switch n {
		case x:
			return true
		case y:
			return false
		}
	}
	return false
}
