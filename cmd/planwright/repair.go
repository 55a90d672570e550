package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/localengine"
)

// bulk are the flags of a repair of many runs at once.
type bulk struct {
	state, code, plan string
	older             time.Duration
	yes               bool
}

func (b *bulk) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&b.state, "state", "", "all runs in this state, in place of one ID: held")
	cmd.Flags().StringVar(&b.code, "code", "", "only runs that are held for this, such as vendor or data")
	cmd.Flags().StringVar(&b.plan, "plan", "", "only runs of the plan of this name")
	cmd.Flags().DurationVar(&b.older, "older", 0, "only runs that have been held for longer than this")
	cmd.Flags().BoolVar(&b.yes, "yes", false, "do not ask")
}

// one reports whether a single run is meant, and refuses what means neither one nor many.
func (b *bulk) one(cmd *cobra.Command, in []string) (bool, error) {
	filtered := b.code != "" || b.plan != "" || b.older != 0
	switch {
	case len(in) == 1 && b.state == "" && !filtered:
		return true, nil
	case len(in) == 1:
		return false, usagef(cmd.UseLine(), "an ID and --state, --code, --plan or --older exclude each other")
	case b.state == "" && filtered:
		return false, usagef("add --state held", "many runs at once need --state")
	case b.state == "":
		return false, usagef(cmd.UseLine(), "%s needs ID, or --state held", cmd.CommandPath())
	case b.state != string(engine.Held):
		return false, usagef("--state held", "only runs that are held wait for a person, not those that are %q", b.state)
	case b.code != "" && !slices.Contains(engine.HoldCodes(), engine.HoldCode(b.code)):
		return false, usagef(fmt.Sprint("one of ", engine.HoldCodes()), "unknown hold %q", b.code)
	case b.older < 0:
		return false, usagef("--older 1h", "--older is a time span, not %s", b.older)
	}
	return false, nil
}

func reasonFlag(cmd *cobra.Command, reason *string) {
	cmd.Flags().StringVar(reason, "reason", "", "why, for those who come later")
}

func (p *program) runsRetryCommand() *cobra.Command {
	var by string
	var w localengine.Word
	var many bulk
	cmd := &cobra.Command{
		Use: "retry [ID]", Short: "Let a held run go on, or many at once", Args: cobra.MaximumNArgs(1),
		Long: `Lets a held run go on with the next run or serve, from the step at which it was held. What was read is
read again; what was written is never written again. --allow accepts what the run is held for.

With --state held it is for many: it shows how many and some of them, and asks, unless --yes says so.`,
		Example: `  planwright runs retry SF-006A0000001AbCdIAK --reason "the tax rate is back"
  planwright runs retry --state held --code vendor --older 1h
  planwright runs retry --state held --code data --plan closed-won-to-invoice --yes`,
		RunE: func(cmd *cobra.Command, in []string) error {
			one, err := many.one(cmd, in)
			if err != nil {
				return err
			}
			if !one && w.Allow && many.code == "" {
				return usagef("add --code CODE", "--allow for many runs needs --code: what is it that you accept?")
			}
			a, who, err := p.openAs(by)
			if err != nil {
				return err
			}
			defer a.Close()
			w.By = who
			if !one {
				return p.repair(cmd, a, app.RepairRetry, many, w)
			}
			if err := a.RetryFor(cmd.Context(), in[0], w); err != nil {
				return err
			}
			return p.emit(map[string]any{"released": in[0]}, func(out io.Writer) {
				fmt.Fprintf(out, "%s goes on with the next planwright run or serve\n", in[0])
			})
		},
	}
	byFlag(cmd, &by, "decides")
	cmd.Flags().BoolVar(&w.Allow, "allow", false, "accept what it is held for")
	reasonFlag(cmd, &w.Why)
	many.flags(cmd)
	return cmd
}

func (p *program) runsCancelCommand() *cobra.Command {
	var by, reason string
	var many bulk
	cmd := &cobra.Command{
		Use: "cancel [ID]", Short: "End a run that is held, or many at once; their events never run again", Args: cobra.MaximumNArgs(1),
		Long: `Ends a run that has not ended. What it wrote stays as it is, and its event never runs again.

With --state held it is for many, and needs a --reason: it shows how many and some of them, and asks,
unless --yes says so. A run that stands elsewhere by then, or whose last write may have happened, is left alone.`,
		RunE: func(cmd *cobra.Command, in []string) error {
			one, err := many.one(cmd, in)
			if err != nil {
				return err
			}
			if !one && strings.TrimSpace(reason) == "" {
				return usagef(`add --reason "why"`, "many runs are not cancelled without a reason")
			}
			a, who, err := p.openAs(by)
			if err != nil {
				return err
			}
			defer a.Close()
			if !one {
				return p.repair(cmd, a, app.RepairCancel, many, localengine.Word{By: who, Why: reason})
			}
			if err := a.Cancel(cmd.Context(), in[0], who, reason); err != nil {
				return err
			}
			return p.emit(map[string]any{"cancelled": in[0]}, func(w io.Writer) { fmt.Fprintf(w, "%s is cancelled\n", in[0]) })
		},
	}
	byFlag(cmd, &by, "decides")
	reasonFlag(cmd, &reason)
	many.flags(cmd)
	return cmd
}

// repair shows what would be done to many runs, and does it if somebody agrees.
func (p *program) repair(cmd *cobra.Command, a *app.App, action string, many bulk, w localengine.Word) error {
	r, err := a.PlanRepair(action, app.Pick{Code: engine.HoldCode(many.code), Plan: many.plan, Older: many.older})
	if err != nil {
		return err
	}
	agreed := many.yes
	if r.Count > 0 && !agreed && !p.json {
		printRepair(p.err, r)
		agreed = p.agrees(fmt.Sprintf("%s %d %s?", action, r.Count, plural(r.Count, "run")))
	}
	if r.Count > 0 && agreed {
		step := max(r.Count/10, 100)
		err := a.DoRepair(cmd.Context(), r, w, func(done int) {
			if done%step == 0 {
				p.say("%d of %d", done, r.Count)
			}
		})
		if err != nil {
			return err
		}
	}
	switch {
	case r.Count > 0 && !agreed:
		p.exit = exitWaiting
	case len(r.Left) > 0:
		p.exit = exitFailed
	}
	return p.emit(r, func(out io.Writer) {
		switch {
		case r.Count == 0:
			fmt.Fprintln(out, "no run is held for that")
		case !agreed:
			fmt.Fprintln(out, "nothing was done; --yes does it without asking")
		default:
			fmt.Fprintf(out, "%s: %d of %d\n", action, len(r.Done), r.Count)
			for _, l := range r.Left {
				fmt.Fprintf(out, "  left alone: %s\n", diag.Visible(l.Why))
			}
		}
	})
}

func printRepair(w io.Writer, r *app.Repair) {
	fmt.Fprintf(w, "%s would be for %d held %s:\n", r.Action, r.Count, plural(r.Count, "run"))
	for _, v := range r.Examples {
		label := v.Label
		if label == "" {
			label = v.Key
		}
		fmt.Fprintf(w, "  %s  %s  since %s  %s\n", v.ID, diag.Visible(cut(label, 40)), v.Updated.Local().Format(time.DateTime), diag.Visible(v.Why()))
	}
	if more := r.Count - len(r.Examples); more > 0 {
		fmt.Fprintf(w, "  and %d more\n", more)
	}
}

// agrees asks a person on the terminal. Only a yes is a yes; so is the end of input not.
func (p *program) agrees(question string) bool {
	fmt.Fprintf(p.err, "%s [y/N] ", question)
	lines := bufio.NewScanner(p.in)
	if !lines.Scan() {
		fmt.Fprintln(p.err)
		return false
	}
	answer := strings.ToLower(strings.TrimSpace(lines.Text()))
	return answer == "y" || answer == "yes"
}
