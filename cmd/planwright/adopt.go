package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/diag"
)

func (p *program) runsAdoptCommand() *cobra.Command {
	var by string
	var w app.AdoptWord
	cmd := &cobra.Command{
		Use: "adopt ID [RECORD]", Short: "Take a record that stands at the vendor for what a held run was to make",
		Args: func(cmd *cobra.Command, in []string) error {
			if len(in) == 2 {
				return nil
			}
			return args("ID")(cmd, in)
		},
		Long: `Takes a record at the vendor, by its id, for what a held run was to make: a write may have happened, or
was refused because its number is taken, and this is it. The record is read now and compared with what
was sent: contact, currency, reference, number, the sum of its lines. Every difference is shown, and only
--despite takes a record that has one (exit 3 until then). Nothing is sent; the run goes on from there
with the next run or serve. Without RECORD it is the one that the run itself has found. A record that
another run made or adopted is refused.`,
		Example: `  planwright runs adopt SF-006A0000001AbCdIAK
  planwright runs adopt SF-006A0000001AbCdIAK 3f6c1a52-9d0e-4a77-8a53-2f1b6c1d9e01 --despite --reason "typed by hand on Monday"`,
		RunE: func(cmd *cobra.Command, in []string) error {
			a, who, err := p.openAs(by)
			if err != nil {
				return err
			}
			defer a.Close()
			w.By = who
			got, err := a.Adopt(cmd.Context(), in[0], append(in, "")[1], w)
			if err != nil {
				return err
			}
			if !got.Adopted {
				p.exit = exitWaiting
			}
			return p.emit(got, func(out io.Writer) { printAdoption(out, got) })
		},
	}
	byFlag(cmd, &by, "adopts")
	cmd.Flags().BoolVar(&w.Despite, "despite", false, "take it although it is not what was sent")
	reasonFlag(cmd, &w.Why)
	return cmd
}

func printAdoption(w io.Writer, a app.Adoption) {
	fmt.Fprintf(w, "%s %s\n", a.Object, diag.Visible(a.Record))
	for _, s := range a.Shows {
		fmt.Fprintf(w, "  %s: %s\n", s.Name, diag.Visible(s.Value))
	}
	for _, d := range a.Differences {
		fmt.Fprintf(w, "  differs: %s is %q, and %q was sent\n", d.Field, d.There, d.Sent)
	}
	if a.Adopted {
		fmt.Fprintf(w, "adopted: %s goes on with the next planwright run or serve\n", a.Run)
		return
	}
	fmt.Fprintf(w, "nothing was done; if it is the one all the same: planwright runs adopt %s %s --despite\n", a.Run, diag.Visible(a.Record))
}
