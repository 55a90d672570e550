package dryrun

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/planwright/planwright/runtime/plan"
)

// choices reads off the steps which record each ensure step would use: the one it would
// create, else the one that its last look-up found.
func (t *try) choices() []Choice {
	var out []Choice
	at := map[string]int{}
	for _, s := range t.out.Steps {
		path, rest, ok := strings.Cut(s.Path, "/")
		if !ok || rest != "create" && !strings.HasPrefix(rest, "find/") {
			continue
		}
		st := t.step(path)
		if st == nil {
			continue
		}
		c := Choice{Step: path, Object: st.Target, Created: rest == "create"}
		if c.Created {
			for _, m := range t.made {
				if m.object == st.Target {
					t.identify(&c, m.fields)
				}
			}
		} else if n, err := strconv.Atoi(strings.TrimPrefix(rest, "find/")); err == nil && n < len(st.Find) {
			c.By = slices.Sorted(maps.Keys(st.Find[n]))
			t.identify(&c, s.value)
		}
		if i, known := at[path]; known {
			out[i] = c
			continue
		}
		at[path] = len(out)
		out = append(out, c)
	}
	return slices.DeleteFunc(out, func(c Choice) bool { return c.ID == "" })
}

// step returns the step that stands at a path.
func (r *Runner) step(path string) *plan.Step {
	id := path[strings.LastIndexByte(path, '.')+1:]
	var found *plan.Step
	r.prog.Checked.Plan.All(func(_ string, s *plan.Step) {
		if string(s.ID) == id {
			found = s
		}
	})
	return found
}

// identify fills in id and name of the record, or of the first of several.
func (t *try) identify(c *Choice, value any) {
	if list, ok := value.([]any); ok && len(list) > 0 {
		value = list[0]
	}
	rec, ok := value.(map[string]any)
	obj, known := t.cfg.Catalog.Object(c.Object)
	if !ok || !known || rec[obj.Key] == nil {
		return
	}
	c.ID = fmt.Sprint(rec[obj.Key])
	entity, _ := t.cfg.Catalog.Entity(c.Object)
	for _, field := range entity.Match {
		if v := rec[field]; v != nil && v != "" {
			c.Name = fmt.Sprint(v)
		}
	}
}
