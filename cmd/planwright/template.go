package main

import (
	"io"

	"github.com/planwright/planwright/internal/app"
)

// listTemplates prints the plans that ship with the program.
func (p *program) listTemplates(a *app.App) error {
	list, err := a.Templates()
	if err != nil {
		return err
	}
	shown := make([]map[string]string, 0, len(list))
	rows := make([][]string, 0, len(list))
	for _, t := range list {
		shown = append(shown, map[string]string{"name": t.Plan.Name, "goal": t.Plan.Goal})
		rows = append(rows, []string{t.Plan.Name, t.Plan.Goal})
	}
	return p.emit(map[string]any{"templates": shown}, func(w io.Writer) { table(w, []string{"NAME", "GOAL"}, rows) })
}

// takeTemplate prints a shipped plan or writes it to a file.
func (p *program) takeTemplate(name, out string, force bool) error {
	a := p.open()
	defer a.Close()
	t, err := a.Template(name)
	if err != nil {
		return err
	}
	return p.writePlan(t.Plan, t.Text, nil, out, force)
}
