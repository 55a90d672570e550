package engine

import "fmt"

// Label is what people call the record that started the run: its name, else its code. It
// is empty until the record was read, and when the plan looks at neither.
func (p *Program) Label(s *State) string {
	t := p.Checked.Plan.Trigger
	fields, _ := s.subject.(map[string]any)
	entity, ok := p.Catalog.Entity(t.API + "." + t.Object)
	if !ok || fields == nil {
		return ""
	}
	for i := len(entity.Match) - 1; i >= 0; i-- {
		if v := fields[entity.Match[i]]; v != nil && v != "" {
			return fmt.Sprint(v)
		}
	}
	return ""
}
