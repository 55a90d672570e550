package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/diag"
)

func (p *program) reconcileCommand() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use: "reconcile [PLAN]", Short: "Compare everything that qualifies on one side with everything that was made on the other",
		Long: `Reads both sides whole, for every approved plan that makes records or the one named: each record that
qualifies, what a run made for it, whether that still stands as it was made, whether the record carries it and
shows its state of payment, what stands for records that do not qualify any more, and what carries a number
of ours and was made by nobody. Each discrepancy has a cause and a repair to propose. Nothing is written.

Exit 0 when all agrees, 3 when all that is left waits for a person, 1 otherwise. What was left alone when the plan was
approved, was refused with a reason, or goes on by itself is counted, and listed with --all.`,
		Example: `  planwright reconcile
  planwright reconcile closed-won-to-invoice --all --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, in []string) error {
			a := p.open()
			defer a.Close()
			accounts, err := a.Reconcile(cmd.Context(), strings.Join(in, ""))
			if err != nil {
				return err
			}
			for _, r := range accounts {
				for _, d := range r.Discrepancies {
					switch {
					case d.Cause.Quiet():
					case d.Cause == app.IsHeld && p.exit == 0:
						p.exit = exitWaiting
					case d.Cause != app.IsHeld:
						p.exit = exitFailed
					}
				}
			}
			return p.emit(map[string]any{"accounts": accounts}, func(w io.Writer) {
				if len(accounts) == 0 {
					fmt.Fprintln(w, "no approved plan makes anything by a key: there is nothing to compare")
				}
				for _, r := range accounts {
					printAccount(w, r, all)
				}
			})
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "also list what needs nobody")
	return cmd
}

func printAccount(w io.Writer, r app.Reconciled, all bool) {
	if slices.ContainsFunc(r.Discrepancies, func(d app.Discrepancy) bool { return d.Cause == app.Unreachable }) {
		fmt.Fprintf(w, "%s: %s and %s were not compared\n", r.Plan, r.Left, r.Right)
	} else {
		fmt.Fprintf(w, "%s: %d of %s qualify, %d of %s were made for them, %d agree\n", r.Plan, r.Records, r.Left, r.Made, r.Right, r.Agreed)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Sums)) {
		fmt.Fprintf(w, "  %-24s %14s\n", name, r.Sums[name])
	}
	quiet := map[app.Cause]int{}
	for _, d := range r.Discrepancies {
		if d.Cause.Quiet() && !all {
			quiet[d.Cause]++
			continue
		}
		fmt.Fprintf(w, "  %-11s %s: %s\n", d.Cause, diag.Visible(cmp.Or(d.Label, d.Record, d.Made, r.Right)), diag.Visible(d.Text))
		fmt.Fprintf(w, "  %-11s %s\n", "", diag.Visible(strings.TrimSpace(d.Record+"  "+d.Repair)))
	}
	for _, cause := range slices.Sorted(maps.Keys(quiet)) {
		fmt.Fprintf(w, "  %-11s %d\n", cause, quiet[cause])
	}
}
