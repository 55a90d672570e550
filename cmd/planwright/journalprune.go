package main

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"time"

	"github.com/spf13/cobra"
)

func (p *program) journalPruneCommand() *cobra.Command {
	var older string
	cmd := &cobra.Command{
		Use: "prune", Short: "Take the details of runs that ended long ago", Args: args(),
		Long: `Takes from runs that ended before then what was read, sent and answered. What proves that nothing happens
twice stays for ever: events taken, beginnings and ends of runs, what they gave, and of each write its
natural key, its digest and the record it made. Runs that have not ended are left alone. It cannot be
undone but by a backup. journal compact makes the file smaller afterwards.`,
		Example: `  planwright journal prune --older 400d`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			age, err := days(cmp.Or(older, p.env["PLANWRIGHT_KEEP"]))
			if err != nil {
				return err
			}
			a := p.open()
			defer a.Close()
			told := now()
			got, err := a.Prune(cmd.Context(), now().Add(-age), func(done int) {
				if now().Sub(told) >= time.Second {
					told = now()
					p.say("%d runs", done)
				}
			})
			if err != nil {
				return err
			}
			return p.emit(got, func(w io.Writer) {
				fmt.Fprintf(w, "pruned %d %s that ended before %s\n", got.Runs, plural(got.Runs, "run"), got.Before.Local().Format(time.DateTime))
			})
		},
	}
	cmd.Flags().StringVar(&older, "older", "", "age in days, such as 400d; empty is $PLANWRIGHT_KEEP")
	return cmd
}

var daysForm = regexp.MustCompile(`^([0-9]{1,5})d$`)

func days(text string) (time.Duration, error) {
	m := daysForm.FindStringSubmatch(text)
	if m == nil {
		return 0, usagef("say it as 400d", "%q is not a number of days", text)
	}
	n, err := strconv.Atoi(m[1])
	return time.Duration(n) * 24 * time.Hour, err
}

func (p *program) journalCompactCommand() *cobra.Command {
	return &cobra.Command{
		Use: "compact", Annotations: alone, Short: "Rewrite the journal without the room that nothing uses", Args: args(),
		Long: `Writes the journal into a new file, verifies that, and puts it in the place of the old one: a crash leaves
the one or the other. It needs the journal for itself and as much room as the new file.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a := p.open()
			defer a.Close()
			got, err := a.Compact(cmd.Context())
			if err != nil {
				return err
			}
			return p.emit(got, func(w io.Writer) { fmt.Fprintf(w, "%d kB, of %d kB before\n", got.After>>10, got.Before>>10) })
		},
	}
}
