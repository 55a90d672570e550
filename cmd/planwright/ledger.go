package main

import (
	"cmp"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/diag"
)

func (p *program) ledgerCommand() *cobra.Command {
	var planName string
	cmd := &cobra.Command{
		Use: "ledger [ID|NUMBER|KEY|RUN]", Short: "Tell of every record that runs made, with the proof why there can be only one",
		Long: `Tells of every record that runs made at a vendor: for which event, under whose approval, which requests
left and when each was safe on the disk, what was answered and looked up, and so why there can be no second
one. An id, a number, an event's key, a record's id or a run narrows it; one that nothing was made for
is exit 1.`,
		Example: `  planwright ledger
  planwright ledger SF-006A0000001AbCdIAK
  planwright ledger --plan closed-won-to-invoice --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, in []string) error {
			ref := ""
			if len(in) == 1 {
				ref = in[0]
			}
			a := p.open()
			defer a.Close()
			made := []app.Made{}
			if err := a.Ledger(cmd.Context(), planName, ref, func(m app.Made) error { made = append(made, m); return nil }); err != nil {
				return err
			}
			if ref != "" && len(made) == 0 {
				return &app.Problem{Err: fmt.Errorf("ledger: no run made anything for %.80q: %w", ref, app.ErrNotFound), Next: p.self + " ledger lists all; planwright why SYSTEM ID tells what is known of a record"}
			}
			return p.emit(map[string]any{"made": made}, func(w io.Writer) {
				if ref == "" {
					printLedger(w, made)
					return
				}
				for _, m := range made {
					printMade(w, m)
				}
			})
		},
	}
	cmd.Flags().StringVar(&planName, "plan", "", "only what runs of the plan of this name made")
	return cmd
}

func printLedger(w io.Writer, made []app.Made) {
	if len(made) == 0 {
		fmt.Fprintln(w, "nothing was made yet")
		return
	}
	var rows [][]string
	for _, m := range made {
		rows = append(rows, []string{m.Object, cmp.Or(m.Natural, m.ID), m.State, fmt.Sprint(m.Sent()), cut(cmp.Or(m.Label, m.Key), 40), m.Run, m.Approver})
	}
	table(w, []string{"OBJECT", "KNOWN AS", "STATE", "SENT", "FOR", "RUN", "APPROVED BY"}, rows)
}

func printMade(w io.Writer, m app.Made) {
	fmt.Fprintf(w, "%s %s is %s\n", m.Object, diag.Visible(cmp.Or(m.Natural, m.ID)), m.State)
	fmt.Fprintf(w, "  for %s (%s), plan %s, run %s\n", diag.Visible(cmp.Or(m.Label, m.Record)), m.Key, m.Plan, m.Run)
	if m.Approver != "" {
		fmt.Fprintf(w, "  under %s (%.19s), approved by %s on %s\n", m.Proposal, m.Digest, m.Approver, m.Approved.Local().Format(time.DateTime))
	}
	n := 0
	for _, s := range m.Sendings {
		what := "not sent"
		if !s.Unsent {
			n++
			what = fmt.Sprintf("sent %d", n)
		}
		fmt.Fprintf(w, "  %s: %s, %.19s, on the disk as entry %d at %s\n", what, s.Request, s.Digest, s.Intent.Seq, s.Intent.At.Local().Format(time.DateTime))
		for _, line := range []string{s.Outcome, s.Lookup} {
			if line != "" {
				fmt.Fprintf(w, "          %s\n", diag.Visible(line))
			}
		}
	}
	for _, line := range m.Proof {
		fmt.Fprintf(w, "  %s\n", diag.Visible(line))
	}
}
