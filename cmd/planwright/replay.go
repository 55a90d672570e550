package main

import (
	"cmp"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/diag"
)

func (p *program) runsReplayCommand() *cobra.Command {
	var all bool
	var planName, asCase string
	cmd := &cobra.Command{
		Use: "replay ID|KEY", Short: "Go through a run again from its record alone, and compare to the byte",
		Long: `Goes through a run again, without a network, from nothing but its record: at each entry the machine must
do what is on record, write the same bytes, hold for the same reason and come to the same end. Exit 1
when it would not. --all goes through every run. --as-case FILE.txtar also writes a run that is done as a
case of planwright eval, with stand-ins for names, addresses and free texts.`,
		Args: func(cmd *cobra.Command, in []string) error {
			if all {
				return args()(cmd, in)
			}
			return args("ID")(cmd, in)
		},
		RunE: func(cmd *cobra.Command, in []string) error {
			a := p.open()
			defer a.Close()
			switch {
			case all && asCase != "":
				return usagef("planwright runs replay ID --as-case FILE.txtar", "--as-case takes one run")
			case all:
				return p.replayAll(cmd, a, planName)
			case asCase != "":
				return p.runAsCase(cmd, a, in[0], asCase)
			}
			v, err := a.Replay(cmd.Context(), in[0])
			if err != nil {
				return err
			}
			if !v.Same {
				p.exit = exitFailed
			}
			return p.emit(v, func(w io.Writer) { printReplay(w, v) })
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "go through every run")
	cmd.Flags().StringVar(&planName, "plan", "", "with --all, only runs of the plan of this name")
	cmd.Flags().StringVar(&asCase, "as-case", "", "write the run as a case of planwright eval into this new file, NAME.txtar")
	return cmd
}

// allReplayed is what --all came to.
type allReplayed struct {
	Runs   int              `json:"runs"`
	Same   int              `json:"same"`
	Writes int              `json:"writes"` // whose bytes came out the same
	Differ []app.ReplayView `json:"differ"`
}

func (p *program) replayAll(cmd *cobra.Command, a *app.App, planName string) error {
	out := allReplayed{Differ: []app.ReplayView{}}
	err := a.ReplayAll(cmd.Context(), planName, func(v app.ReplayView) error {
		out.Runs++
		out.Writes += v.Writes
		if v.Same {
			out.Same++
			return nil
		}
		out.Differ = append(out.Differ, v)
		return nil
	})
	if err != nil {
		return err
	}
	if len(out.Differ) > 0 {
		p.exit = exitFailed
	}
	return p.emit(out, func(w io.Writer) {
		fmt.Fprintf(w, "%d of %d %s came out the same, with %d %s\n", out.Same, out.Runs, plural(out.Runs, "run"), out.Writes, plural(out.Writes, "write"))
		for _, v := range out.Differ {
			fmt.Fprintf(w, "  %s (%s %s): %s\n", v.ID, v.Plan, v.Key, diag.Visible(v.Trouble))
		}
	})
}

func printReplay(w io.Writer, v app.ReplayView) {
	for _, s := range v.Steps {
		fmt.Fprintf(w, "  %s  %-9s %-24s %s\n", s.At.Local().Format("15:04:05.000"), s.Kind, s.Path, diag.Visible(cmp.Or(s.Differs, "the same")))
	}
	if v.Same {
		fmt.Fprintf(w, "%s comes out the same: %d entries, %d %s\n", v.ID, v.Entries, v.Writes, plural(v.Writes, "write"))
		return
	}
	fmt.Fprintf(w, "%s does not come out the same: %s\n", v.ID, diag.Visible(v.Trouble))
}
