package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/runtime/approval"
)

func (p *program) proposeCommand() *cobra.Command {
	var by string
	cmd := &cobra.Command{
		Use: "propose PLAN", Short: "Lay a checked plan before a person", Args: args("PLAN"),
		RunE: func(cmd *cobra.Command, in []string) error {
			a, who, err := p.openAs(by)
			if err != nil {
				return err
			}
			defer a.Close()
			checked, found, err := p.judged(a, in[0])
			if err != nil {
				return err
			}
			changes, err := a.AgainstApproved(cmd.Context(), checked)
			if err != nil {
				return err
			}
			p.findings(found) // not before the journal is open: else serve proposes, and says it
			view, err := a.Propose(cmd.Context(), checked, who)
			if err != nil {
				return err
			}
			p.findings(view.Concerns)
			if view.State == approval.Approved {
				return p.emit(view, func(w io.Writer) {
					fmt.Fprintf(w, "%s is already approved as %s by %s\n", view.Name, view.ID, view.By)
				})
			}
			p.exit = exitWaiting
			return p.emit(proposed{view, changes}, func(w io.Writer) {
				if changes != nil {
					fmt.Fprintf(w, "against the approved %s: %s\n", changes.Approved, changes.Diff)
				}
				fmt.Fprintf(w, "%s is proposed as %s and waits for a decision\n", view.Name, view.ID)
				fmt.Fprintf(w, "next: planwright show %s, then planwright approve %s\n", in[0], view.ID)
			})
		},
	}
	byFlag(cmd, &by, "proposes")
	return cmd
}

// proposed is a proposal, and how its plan differs from the approved one.
type proposed struct {
	app.PlanView
	Difference *app.Difference `json:"difference,omitempty"`
}

func (p *program) approveCommand() *cobra.Command {
	return p.decideCommand("approve", "Approve a proposed plan: from then on it may write", true)
}

func (p *program) rejectCommand() *cobra.Command {
	return p.decideCommand("reject", "Reject a proposed plan, or take the approval of one back", false)
}

func (p *program) decideCommand(verb, about string, approve bool) *cobra.Command {
	var by, comment, start, since string
	cmd := &cobra.Command{
		Use: verb + " ID|PLAN", Short: about, Args: args("ID|PLAN"),
		RunE: func(cmd *cobra.Command, in []string) error {
			from, err := startOf(start, since)
			if err != nil {
				return err
			}
			a, who, err := p.openAs(by)
			if err != nil {
				return err
			}
			defer a.Close()
			if approve {
				if from, err = p.begin(cmd.Context(), a, in[0], from); err != nil {
					return err
				}
			}
			view, err := a.DecideFrom(cmd.Context(), in[0], approve, who, comment, from)
			if err != nil {
				return err
			}
			p.findings(view.Concerns)
			match := ""
			if shown, err := a.Proposal(cmd.Context(), view.ID); err == nil && len(shown.Mappings) > 0 {
				match = "planwright mapping match " + view.Name + ", then "
			}
			return p.emit(view, func(w io.Writer) {
				fmt.Fprintf(w, "%s: %s by %s (%s)\n", view.Name, view.State, who, short(view.Digest))
				if approve {
					fmt.Fprintf(w, "next: %splanwright run %s --once\n", match, view.Name)
				}
			})
		},
	}
	byFlag(cmd, &by, "decides")
	cmd.Flags().StringVar(&comment, "comment", "", "why")
	if approve {
		cmd.Long = `Approves a proposed plan. From then on it may write.

A plan that begins with it is asked what becomes of what qualifies at that moment, with the counts.
--start answers: "adopt" links what exists for it and creates nothing, "backfill" runs what changed
since --since and links before it creates, "now" leaves it alone. Without a terminal and without
--start it is left alone, or, where an approval was taken back, the plan goes on from there.`
		cmd.Flags().StringVar(&start, "start", "", "what becomes of what qualifies now: now, adopt or backfill")
		cmd.Flags().StringVar(&since, "since", "", "with --start backfill, the day since when: 2026-10-01")
	}
	return cmd
}

// startOf reads how a plan begins.
func startOf(start, since string) (app.Begin, error) {
	from := app.Begin{How: app.Start(start)}
	const hint = "planwright approve PLAN --start backfill --since 2026-10-01"
	switch {
	case start != "" && start != "now" && start != "adopt" && start != "backfill":
		return from, usagef("--start now, --start adopt, or --start backfill --since 2026-10-01", "unknown start %q", start)
	case (since != "") != (start == "backfill"):
		return from, usagef(hint, "--since belongs to --start backfill, which needs it")
	case since == "":
		return from, nil
	}
	var err error
	if from.Since, err = dayOf(since); err != nil {
		return from, usagef(hint, "--since %q is no day", since)
	}
	return from, nil
}

// dayOf reads a day, which begins at midnight UTC, or an instant.
func dayOf(text string) (time.Time, error) {
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t, nil
	}
	return time.Parse(time.RFC3339, text)
}

func (p *program) plansCommand() *cobra.Command {
	var templates bool
	cmd := &cobra.Command{
		Use: "plans", Short: "List proposed and approved plans", Args: args(),
		Long: `Lists the plans that are proposed or approved here. With --templates it lists those that ship with
the program instead; planwright draft --template NAME -o FILE writes one to a file.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a := p.open()
			defer a.Close()
			if templates {
				return p.listTemplates(a)
			}
			list, err := a.Plans(cmd.Context())
			if err != nil {
				return err
			}
			return p.emit(map[string]any{"plans": list}, func(w io.Writer) { printPlans(w, list) })
		},
	}
	cmd.Flags().BoolVar(&templates, "templates", false, "list the plans that ship with the program")
	return cmd
}

func printPlans(w io.Writer, list []app.PlanView) {
	if len(list) == 0 {
		fmt.Fprintln(w, "nothing is proposed yet: planwright propose PLAN")
		return
	}
	var rows [][]string
	for _, v := range list {
		rows = append(rows, []string{v.ID, v.Name, string(v.State), v.By, v.At.Local().Format("2006-01-02 15:04"), strings.Join(v.Stale, "; ")})
	}
	table(w, []string{"ID", "PLAN", "STATE", "BY", "AT", "STALE BECAUSE"}, rows)
}
