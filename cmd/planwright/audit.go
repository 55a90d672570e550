package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/diag"
)

func (p *program) auditCommand() *cobra.Command {
	var since string
	cmd := &cobra.Command{
		Use: "audit", Short: "Tell what people did: who, when, what and why", Args: args(),
		Long: `Tells in order what people decided and repaired: plans proposed, approved, rejected and revoked, rows of
mappings decided, held runs retried, accepted, answered and cancelled, records adopted, journals
recovered. The list is read from the journal's own entries, by which the product goes; planwright
journal verify confirms that none was changed or taken away.`,
		Example: `  planwright audit --since 24h
  planwright audit --since 2026-11-01 --json`,
		RunE: func(_ *cobra.Command, _ []string) error {
			from, err := sinceWhen(since, now())
			if err != nil {
				return err
			}
			a := p.open()
			defer a.Close()
			acts := []app.Act{}
			if err := a.Audit(from, func(act app.Act) error { acts = append(acts, act); return nil }); err != nil {
				return err
			}
			return p.emit(map[string]any{"acts": acts}, func(w io.Writer) {
				if len(acts) == 0 {
					fmt.Fprintln(w, "nobody did anything")
					return
				}
				var rows [][]string
				for _, act := range acts {
					about := strings.TrimSpace(act.About + " " + act.Record)
					rows = append(rows, []string{
						fmt.Sprint(act.Seq), act.At.Local().Format(time.DateTime), act.By, string(act.What),
						diag.Visible(cut(about, 60)), diag.Visible(cut(act.How, 40)), diag.Visible(act.Why),
					})
				}
				table(w, []string{"ENTRY", "AT", "BY", "WHAT", "ABOUT", "HOW", "WHY"}, rows)
			})
		},
	}
	cmd.Flags().StringVar(&since, "since", "", "only since this day (2026-11-01, midnight UTC), moment, or span before now (24h)")
	return cmd
}

// sinceWhen reads a day, a moment, or a span before now; "" is the beginning.
func sinceWhen(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if span, err := time.ParseDuration(text); err == nil && span >= 0 {
		return now.Add(-span), nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usagef("--since 2026-11-01, or --since 24h", "--since %.40q is no day, moment or span", text)
}
