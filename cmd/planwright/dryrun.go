package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/internal/app"
)

func (p *program) dryRunCommand() *cobra.Command {
	var records []string
	var limit int
	cmd := &cobra.Command{
		Use: "dry-run PLAN", Short: "Show what a plan would do for real records, to the cent, and write nothing", Args: args("PLAN"),
		Long: `Tries a plan, from a file or by its name, on real records as they are now: reads are made, writes are
shown field by field and never sent, and sums are predicted to the cent. A plan that nobody approved
can be tried, too. Without --record it takes the newest records that qualify. Exit 0 when all would run
through, 3 when one would wait for a person, 1 when one would be refused or fail.`,
		Example: `  planwright dry-run plan.yaml
  planwright dry-run closed-won-to-invoice --record 006A0000001AbCdIAK`,
		RunE: func(cmd *cobra.Command, in []string) error {
			if limit < 1 || limit > 100 {
				return usagef("--limit 10", "--limit is from 1 to 100, not %d", limit)
			}
			a := p.open()
			defer a.Close()
			v, err := a.DryRun(cmd.Context(), in[0], records, limit)
			if err != nil {
				return err
			}
			switch s := v.Summary; {
			case s.Refused+s.Fails > 0:
				p.exit = exitFailed
			case s.Waits > 0:
				p.exit = exitWaiting
			}
			return p.emit(v, func(w io.Writer) { v.Write(w) })
		},
	}
	cmd.Flags().StringArrayVar(&records, "record", nil, "try it on the record of this id (again for more)")
	cmd.Flags().IntVar(&limit, "limit", app.DefaultDryRecords, "how many of the newest records that qualify")
	return cmd
}
