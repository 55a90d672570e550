package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/diff"
)

func (p *program) diffCommand() *cobra.Command {
	var coded bool
	cmd := &cobra.Command{
		Use: "diff A B", Short: "Say in words how plan B differs from plan A", Args: args("A", "B"),
		Long: `Compares two plans as programs, not as text: what lets the new one do more stands first. Each is a file (- is standard
input), a proposal (closed-won-to-invoice@2), or the name of a plan, which means the approved one.

  planwright diff closed-won-to-invoice plan.yaml

Marks: ! does more or is stopped by less, - does less or is stopped by more, ~ other. The exit code is 0 whether or not
they differ; with --exit-code it is 1 when they do.`,
		RunE: func(cmd *cobra.Command, in []string) error {
			if in[0] == "-" && in[1] == "-" {
				return usagef(cmd.UseLine(), "only one of the plans can come from standard input")
			}
			a := p.open()
			defer a.Close()
			var sides [2]diff.Side
			for i, ref := range in {
				side, found, err := p.side(cmd.Context(), a, ref)
				if err != nil {
					return err
				}
				if side.Sheet == nil {
					p.findings(found)
				}
				sides[i] = side
			}
			d := diff.Compare(sides[0], sides[1])
			if coded && !d.Same {
				p.exit = exitFailed
			}
			return p.emit(d, func(w io.Writer) { fmt.Fprint(w, d) })
		},
	}
	cmd.Flags().BoolVar(&coded, "exit-code", false, "exit with 1 when the plans differ")
	return cmd
}

// side reads one of the plans to compare.
func (p *program) side(ctx context.Context, a *app.App, ref string) (diff.Side, diag.List, error) {
	if !app.IsFile(ref) {
		side, err := a.FiledSide(ctx, ref)
		return side, nil, err
	}
	data, err := readFile(ref, p.in)
	if err != nil {
		return diff.Side{}, nil, err
	}
	return a.Side(ref, data)
}
