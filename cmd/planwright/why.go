package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/internal/app"
)

func (p *program) whyCommand() *cobra.Command {
	return &cobra.Command{
		Use: "why SYSTEM RECORD-ID", Short: "Tell what became of any record: seen or not, by which path, which run, what next",
		Long: `Tells for any record of a connected system whether a trigger saw it and by which path, which runs it
started or was written by, and what the triggers of approved plans make of it as it is now. Exit 3 when
a run of it waits for a person, 1 when nothing ever saw it.`,
		Example: `  planwright why salesforce 006A0000001AbCdIAK
  planwright why xero SF-006A0000001AbCdIAK`,
		Args: args("SYSTEM", "RECORD-ID"),
		RunE: func(cmd *cobra.Command, in []string) error {
			a := p.open()
			defer a.Close()
			v, err := a.Why(cmd.Context(), in[0], in[1])
			if err != nil {
				return err
			}
			if len(v.Sightings)+len(v.Runs) == 0 {
				p.exit = exitFailed
			}
			for _, r := range v.Runs {
				if r.Next != "" {
					p.exit = exitWaiting
				}
			}
			return p.emit(v, func(w io.Writer) { printWhy(w, v) })
		},
	}
}

func printWhy(w io.Writer, v app.WhyView) {
	for _, s := range v.Sightings {
		what := "started run " + s.Run
		if s.Run == "" {
			what = "started nothing: " + s.Ignore
		}
		fmt.Fprintf(w, "seen %s by %s, for plan %s: %s\n", s.At.Local().Format(time.DateTime), s.Seen, s.Plan, what)
	}
	if len(v.Sightings)+len(v.Runs) == 0 {
		fmt.Fprintf(w, "no trigger saw %s %s, and no run wrote it\n", v.System, v.ID)
	}
	for _, r := range v.Runs {
		fmt.Fprintf(w, "run %s of %s is %s", r.ID, r.Plan, r.State)
		if why := r.Why(); why != "" {
			fmt.Fprintf(w, ": %s", why)
		}
		fmt.Fprintln(w)
		for _, line := range r.Story {
			fmt.Fprintf(w, "  %s  %-9s %s\n", line.At.Local().Format("15:04:05"), line.Kind, line.Text)
		}
		if r.Next != "" {
			fmt.Fprintf(w, "  next: %s\n", r.Next)
		}
	}
	for _, x := range v.Watched {
		fmt.Fprintf(w, "now, for plan %s: %s\n", x.Plan, x.Text)
	}
}
