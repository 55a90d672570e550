package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/engine"
)

func (p *program) runCommand() *cobra.Command {
	var once, sweep, yes bool
	var since string
	var interval time.Duration
	var records []string
	cmd := &cobra.Command{
		Use: "run PLAN", Annotations: alone, Short: "Poll for one approved plan and run it", Args: args("PLAN"),
		Long: `Asks what changed, starts a run for every new event that qualifies, and drives all runs of the plan.
With --once it stops when nothing more can happen without a person: exit 0 when no run is held, 3
when some are. Killing it at any moment loses nothing; the same command goes on.`,
		RunE: func(cmd *cobra.Command, in []string) error {
			p.level = slog.LevelInfo
			if err := often(interval); err != nil {
				return err
			}
			a := p.open()
			defer a.Close()
			run := a.RunOnce
			if sweep {
				run = a.SweepOnce
			}
			if len(records) > 0 {
				run = func(ctx context.Context, ref string) (app.Report, error) { return a.RunRecords(ctx, ref, records) }
			}
			if since != "" {
				day, err := dayOf(since)
				if err != nil {
					return usagef("planwright run PLAN --since 2026-10-01", "--since %q is no day", since)
				}
				run = func(ctx context.Context, ref string) (app.Report, error) { return p.backfill(ctx, a, ref, day, yes) }
			}
			if sweep && len(records) > 0 || since != "" && (sweep || len(records) > 0) {
				return usagef("planwright run PLAN --record ID", "--sweep, --record and --since exclude each other")
			}
			if !once && !sweep && len(records) == 0 && since == "" {
				return p.runUntilInterrupted(cmd.Context(), a, interval, in[0])
			}
			report, err := run(cmd.Context(), in[0])
			if err != nil {
				return err
			}
			if report.Held > 0 {
				p.exit = exitWaiting
			}
			return p.emit(report, func(w io.Writer) { printReport(w, report) })
		},
	}
	cmd.Flags().BoolVar(&once, "once", false, "poll once, drive everything as far as it goes, and stop")
	cmd.Flags().BoolVar(&sweep, "sweep", false, "ask once for everything that qualifies since the plan began, and stop like --once")
	cmd.Flags().StringArrayVar(&records, "record", nil, "run for the record of this id, and stop like --once (again for more)")
	cmd.Flags().StringVar(&since, "since", "", "run for what qualifies, changed since this day and never ran, and stop like --once: 2026-10-01")
	cmd.Flags().BoolVar(&yes, "yes", false, "with --since, run them without asking")
	cmd.Flags().DurationVar(&interval, "every", time.Minute, "how often to poll")
	return cmd
}

func printReport(w io.Writer, r app.Report) {
	fmt.Fprintf(w, "%d new %s · so far %d done · %d refused · %d held · %d failed\n",
		r.Admitted, plural(r.Admitted, "event"), r.Done, r.Refused, r.Held, r.Failed)
	if len(r.Known) > 0 {
		fmt.Fprintf(w, "  taken before, and not again: %s\n", strings.Join(r.Known, ", "))
	}
	if r.Gap != nil {
		fmt.Fprintf(w, "  what was deleted from %s to %s can no longer be asked for\n", r.Gap.From.Format(time.RFC3339), r.Gap.To.Format(time.RFC3339))
	}
	if r.Missed != nil {
		fmt.Fprintf(w, "  %d missed %s of the schedule between %s and %s will not run\n", r.Missed.Times, plural(r.Missed.Times, "time"), r.Missed.From.Format(time.RFC3339), r.Missed.To.Format(time.RFC3339))
	}
	if r.Waiting > 0 {
		fmt.Fprintf(w, "  waiting for a day that the plan names: %d\n", r.Waiting)
	}
	for _, h := range r.Holds {
		fmt.Fprintf(w, "  held %s (%s): %s\n", h.ID, h.Key, h.Hold.Message)
	}
	if r.Held > 0 {
		fmt.Fprintln(w, "next: planwright runs list --state held")
	}
}

func (p *program) runsCommand() *cobra.Command {
	return group("runs", "List, show, retry, answer, cancel and replay runs",
		p.runsListCommand(), p.runsShowCommand(), p.runsRetryCommand(), p.runsAnswerCommand(), p.runsAdoptCommand(), p.runsCancelCommand(), p.runsReplayCommand())
}

var runStates = []engine.RunState{engine.Ready, engine.Running, engine.Held, engine.Done, engine.Refused, engine.Failed, engine.Cancelled}

func (p *program) runsListCommand() *cobra.Command {
	var state, planName string
	var limit int
	cmd := &cobra.Command{
		Use: "list", Short: "List runs", Args: args(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if state != "" && !slices.Contains(runStates, engine.RunState(state)) {
				return usagef(fmt.Sprint("one of ", runStates), "unknown state %q", state)
			}
			if limit < 0 {
				return usagef(cmd.UseLine(), "--limit must be at least 0")
			}
			a := p.open()
			defer a.Close()
			list, err := a.LatestRuns(engine.RunState(state), planName, limit)
			if err != nil {
				return err
			}
			if planName != "" && len(list) == 0 { // none, or a slip of the pen
				plans, err := a.Plans(cmd.Context())
				if err != nil {
					return err
				}
				if !slices.ContainsFunc(plans, func(v app.PlanView) bool { return v.Name == planName }) {
					return &app.Problem{Err: fmt.Errorf("plan %.80q: %w", planName, app.ErrNotFound), Next: "planwright plans lists all"}
				}
			}
			return p.emit(map[string]any{"runs": list}, func(w io.Writer) {
				if len(list) == 0 {
					fmt.Fprintln(w, "no runs")
					return
				}
				var rows [][]string
				for _, r := range list {
					rows = append(rows, []string{r.ID, r.Plan, cut(cmp.Or(r.Label, r.Key), 40), string(r.State), r.Updated.Local().Format("2006-01-02 15:04:05"), r.Why()})
				}
				table(w, []string{"ID", "PLAN", "RECORD", "STATE", "UPDATED", "WHY"}, rows)
			})
		},
	}
	cmd.Flags().StringVar(&state, "state", "", "only runs in this state")
	cmd.Flags().StringVar(&planName, "plan", "", "only runs of the plan of this name")
	cmd.Flags().IntVar(&limit, "limit", 0, "only the newest so many; 0 lists all")
	return cmd
}

func (p *program) runsShowCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show ID|KEY", Short: "Tell the whole story of a run", Args: args("ID"),
		RunE: func(cmd *cobra.Command, in []string) error {
			a := p.open()
			defer a.Close()
			view, err := a.Run(in[0])
			if err != nil {
				return err
			}
			return p.emit(view, func(w io.Writer) {
				fmt.Fprintf(w, "%s · %s · key %s · %s\n", view.ID, view.Plan, view.Key, view.State)
				if why := view.Why(); why != "" {
					fmt.Fprintf(w, "  %s\n", diag.Visible(why))
				}
				if view.Hold != nil {
					for _, x := range view.Hold.Show {
						fmt.Fprintf(w, "    %s: %s\n", x.Name, diag.Visible(cmp.Or(x.Value, "(none)")))
					}
				}
				for _, g := range view.Gave() {
					fmt.Fprintf(w, "  gives %s: %s\n", g.Name, diag.Visible(g.Value))
				}
				for _, e := range view.Story {
					fmt.Fprintf(w, "  %s  %-9s %s\n", e.At.Local().Format("15:04:05.000"), e.Kind, diag.Visible(e.Text))
				}
				if view.Who != "" {
					fmt.Fprintf(w, "waits for: %s\n", view.Who)
				}
				if view.Next != "" {
					fmt.Fprintf(w, "next: %s\n", view.Next)
				}
				if view.Adopt != "" {
					fmt.Fprintf(w, "or, where it stands at the vendor already: %s\n", view.Adopt)
				}
			})
		},
	}
}
