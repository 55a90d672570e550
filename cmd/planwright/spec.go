package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/specs/catalog"
)

func (p *program) specCommand() *cobra.Command {
	return group("spec", "List, add, pull, show, search, compare and correct API specs",
		p.specListCommand(), p.specAddCommand(), p.specPullCommand(), p.specRemoveCommand(), p.specShowCommand(),
		p.specSearchCommand(), p.specDiffCommand(), p.specOverlayCommand())
}

func (p *program) specListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the known specs", Args: args(),
		RunE: func(*cobra.Command, []string) error {
			a := p.open()
			defer a.Close()
			list, err := a.Specs()
			if err != nil {
				return err
			}
			return p.emit(map[string]any{"specs": list}, func(w io.Writer) {
				var rows [][]string
				for _, s := range list {
					rows = append(rows, []string{s.Name, s.Version, origin(s.Embedded), fmt.Sprint(s.Operations), fmt.Sprint(s.Objects), short(s.Digest), s.Title})
				}
				table(w, []string{"NAME", "VERSION", "ORIGIN", "OPERATIONS", "OBJECTS", "DIGEST", "TITLE"}, rows)
			})
		},
	}
}

func origin(embedded bool) string {
	if embedded {
		return "embedded"
	}
	return "added"
}

// short cuts a digest to what a person compares.
func short(digest string) string {
	if _, hex, ok := strings.Cut(digest, ":"); ok && len(hex) > 12 {
		return hex[:12]
	}
	return digest
}

func (p *program) specRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME", Short: "Take an added spec away again", Args: args("NAME"),
		RunE: func(_ *cobra.Command, in []string) error {
			a := p.open()
			defer a.Close()
			if err := a.RemoveSpec(in[0]); err != nil {
				return err
			}
			p.untilRestart(a)
			return p.emit(map[string]any{"removed": in[0]}, func(w io.Writer) { fmt.Fprintf(w, "removed %s\n", in[0]) })
		},
	}
}

// untilRestart says who goes on with the specs of before: the plans that a process runs were
// checked against those it began with.
func (p *program) untilRestart(a *app.App) {
	pid := os.Getpid()
	if p.shared == nil {
		pid = a.Holder()
	}
	if pid == 0 {
		return
	}
	p.say("note: process %d goes on with the specs it began with: start it again", pid)
}

func (p *program) specShowCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show NAME[.OPERATION|.OBJECT]", Short: "Show an API, an operation or an object",
		Example: "  planwright spec show xero\n  planwright spec show xero.createInvoices\n  planwright spec show salesforce.Opportunity",
		Args:    args("NAME"),
		RunE: func(_ *cobra.Command, in []string) error {
			a := p.open()
			defer a.Close()
			view, err := a.ShowSpec(in[0])
			if err != nil {
				return err
			}
			return p.emit(view, func(w io.Writer) { printSpec(w, view) })
		},
	}
}

// repeatWords says what makes a write safe to repeat, and who decides where nothing does.
func repeatWords(r *catalog.Repeat) string {
	if r.Way == catalog.WayAsk {
		return "ask: a lost answer waits for a person"
	}
	return strings.TrimSpace(string(r.Way) + " " + r.Key)
}

func printSpec(w io.Writer, v app.SpecView) {
	switch {
	case v.Operation != nil:
		op := v.Operation
		fmt.Fprintf(w, "%s\n  %s %s\n  effect: %s\n", op.Name(), op.Method, op.Path, op.Effect)
		if op.Summary != "" {
			fmt.Fprintf(w, "  %s\n", oneLine(op.Summary))
		}
		if op.Repeat != nil {
			fmt.Fprintf(w, "  safe to repeat: %s\n", repeatWords(op.Repeat))
		}
		for _, prm := range op.Params {
			fmt.Fprintf(w, "  parameter %s: %s (%s)%s\n", prm.Name, prm.Type, prm.In, required(prm.Required))
		}
		if op.Request != nil {
			fmt.Fprintf(w, "  sends %s\n", op.Request.Type)
		}
		if op.Response != nil {
			fmt.Fprintf(w, "  returns %s\n", op.Response.Type)
		}
		if len(op.Scopes) > 0 {
			fmt.Fprintf(w, "  scopes: %s\n", strings.Join(op.Scopes, ", "))
		}
		for _, g := range op.Gates {
			fmt.Fprintf(w, "  gate: %s (%s)\n", g, oneLine(v.Gates[g]))
		}
	case v.Object != nil:
		fmt.Fprintf(w, "%s\n", v.Object.Name)
		var rows [][]string
		if l := v.Object.Lifecycle; l != nil {
			fmt.Fprintf(w, "  made as %s\n", strings.Join(l.Create, ", "))
			for _, from := range slices.Sorted(maps.Keys(l.Moves)) {
				if to := l.Moves[from]; len(to) > 0 {
					fmt.Fprintf(w, "  from %s to %s\n", from, strings.Join(to, ", "))
				}
			}
		}
		for _, f := range v.Object.Fields {
			rows = append(rows, []string{"  " + f.Name, f.Type.String(), fieldMarks(f.ReadOnly, f.RequiredOnCreate, f.Always), oneLine(f.Doc)})
		}
		table(w, []string{"  FIELD", "TYPE", "", ""}, rows)
	default:
		fmt.Fprintf(w, "%s %s (%s)\n", v.API.Title, v.API.Version, origin(v.API.Embedded))
		var rows [][]string
		for _, op := range v.Operations {
			rows = append(rows, []string{"  " + op.Name(), string(op.Effect), op.Method + " " + op.Path})
		}
		table(w, []string{"  OPERATION", "EFFECT", "CALL"}, rows)
	}
}

func required(yes bool) string {
	if yes {
		return ", required"
	}
	return ""
}

func fieldMarks(readOnly, required, always bool) string {
	var marks []string
	if readOnly {
		marks = append(marks, "read-only")
	}
	if required {
		marks = append(marks, "required")
	}
	if always {
		marks = append(marks, "always there")
	}
	return strings.Join(marks, ", ")
}

// oneLine makes vendor text fit a line, without control characters.
func oneLine(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < ' ' || r == ' ' || (r >= 0x7f && r < 0xa0) }), " ")
	return cut(s, 90)
}

func (p *program) specSearchCommand() *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use: "search WORDS...", Short: "Find operations and objects by what they do",
		Example: "  planwright spec search create an invoice",
		Args: func(cmd *cobra.Command, in []string) error {
			switch {
			case len(in) == 0:
				return usagef(cmd.UseLine(), "spec search needs words")
			case limit < 1:
				return usagef(cmd.UseLine(), "spec search: --limit is at least 1")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, in []string) error {
			a := p.open()
			defer a.Close()
			cat, err := a.Catalog()
			if err != nil {
				return err
			}
			hits := cat.Search(strings.Join(in, " "), limit)
			if err := p.emit(map[string]any{"hits": hits}, func(w io.Writer) {
				var rows [][]string
				for _, h := range hits {
					rows = append(rows, []string{h.Name, string(h.Kind), oneLine(strings.Join(h.Why, "; "))})
				}
				table(w, []string{"NAME", "KIND", "WHY"}, rows)
			}); err != nil {
				return err
			}
			if len(hits) == 0 {
				p.say("nothing found")
				p.exit = exitFailed
			}
			return nil
		},
	}
	cmd.Flags().IntVar(&limit, "limit", 10, "how many to show")
	return cmd
}
