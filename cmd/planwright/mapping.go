package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/internal/app"
)

func (p *program) mappingCommand() *cobra.Command {
	return group("mapping", "Match, decide, import and export mapping rows",
		p.mappingMatchCommand(), p.mappingListCommand(), p.mappingApproveCommand(), p.mappingRejectCommand(),
		p.mappingImportCommand(), p.mappingExportCommand())
}

func (p *program) mappingMatchCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "match PLAN", Short: "Read both sides and propose rows by code and name", Args: args("PLAN"),
		Long: `Reads the records on both sides of every mapping of the plan and proposes a row where code or name
agree. Nothing is approved by this: a person decides. What no rule can place is listed with the
nearest candidates.

With match.model set (docs/configuration.md) a model is asked about what no rule is sure of; its opinion is
one more reason for the person who decides.`,
		RunE: func(cmd *cobra.Command, in []string) error {
			a, err := p.openWithModel(cmd)
			if err != nil {
				return err
			}
			defer a.Close()
			views, err := patiently(cmd.Context(), p, func() ([]app.MappingView, error) { return a.Match(cmd.Context(), in[0]) })
			if err != nil {
				return err
			}
			for _, v := range views {
				if v.Waiting() > 0 {
					p.exit = exitWaiting
				}
			}
			return p.emit(map[string]any{"mappings": views}, func(w io.Writer) { printMappings(w, views) })
		},
	}
	settingFlags(cmd)
	return cmd
}

func (p *program) mappingListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list PLAN", Short: "List the rows of a plan's mappings", Args: args("PLAN"),
		RunE: func(cmd *cobra.Command, in []string) error {
			a := p.open()
			defer a.Close()
			views, err := a.Mappings(cmd.Context(), in[0])
			if err != nil {
				return err
			}
			return p.emit(map[string]any{"mappings": views}, func(w io.Writer) { printMappings(w, views) })
		},
	}
}

func printMappings(w io.Writer, views []app.MappingView) {
	for _, v := range views {
		fmt.Fprintf(w, "%s: %s → %s\n", v.Name, strings.Join(v.From, ", "), v.To)
		var rows [][]string
		for _, r := range v.Rows {
			rows = append(rows, []string{"  " + string(r.State), r.From, "→", r.Target, strings.Join(r.Reasons, "; "), strings.Join(r.Key, " · ")})
		}
		for _, o := range v.Open {
			var near []string
			for _, c := range o.Candidates {
				near = append(near, c.String())
			}
			rows = append(rows, []string{"  open", o.From, "", "", "candidates: " + strings.Join(near, "; "), strings.Join(o.Key, " · ")})
		}
		if len(rows) == 0 {
			fmt.Fprintln(w, "  no rows yet")
		} else {
			table(w, []string{"  STATE", "FROM", "", "TO", "WHY", "KEY"}, rows)
		}
		fmt.Fprintln(w)
	}
}

func (p *program) mappingApproveCommand() *cobra.Command {
	var by, comment, to string
	var exact bool
	cmd := &cobra.Command{
		Use: "approve PLAN MAPPING [KEY...]", Short: "Approve a row: the one proposed for KEY, or the one --to names",
		Long: `Approves the row that is proposed for KEY, or the row to the record whose code is --to. KEY is the
value of every input, in the order that mapping list shows. --exact approves every proposed row whose
code or name agree exactly; it is refused for mappings to tax rates.`,
		Example: `  planwright mapping approve plan.yaml product 01tA0000001AbCdEFG
  planwright mapping approve plan.yaml tax "New Zealand" Software --to OUTPUT2
  planwright mapping approve plan.yaml product --exact`,
		Args: atLeast(2, "PLAN", "MAPPING"),
		RunE: func(cmd *cobra.Command, in []string) error {
			a, who, err := p.openAs(by)
			if err != nil {
				return err
			}
			defer a.Close()
			var done []app.RowView
			switch {
			case exact && len(in) == 2 && to == "":
				done, err = patiently(cmd.Context(), p, func() ([]app.RowView, error) { return a.ApproveExact(cmd.Context(), in[0], in[1], nil, who, comment) })
			case exact || len(in) == 2:
				return usagef(cmd.UseLine(), "give either a KEY or --exact")
			default:
				var row app.RowView
				row, err = patiently(cmd.Context(), p, func() (app.RowView, error) {
					return a.DecideRow(cmd.Context(), in[0], in[1], in[2:], app.RowDecision{Approve: true, To: to, By: who, Comment: comment})
				})
				done = []app.RowView{row}
			}
			if err != nil {
				return err
			}
			p.warnStale(a, in[0])
			return p.emit(map[string]any{"rows": done}, func(w io.Writer) {
				for _, r := range done {
					fmt.Fprintf(w, "approved %s → %s\n", r.From, r.Target)
				}
				if len(done) == 0 {
					fmt.Fprintln(w, "nothing is proposed that agrees exactly: planwright mapping match "+in[0])
				}
			})
		},
	}
	byFlag(cmd, &by, "decides")
	cmd.Flags().StringVar(&comment, "comment", "", "why")
	cmd.Flags().StringVar(&to, "to", "", "code of the record that KEY stands for")
	cmd.Flags().BoolVar(&exact, "exact", false, "approve every proposed row that agrees exactly")
	return cmd
}

func atLeast(n int, names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, in []string) error {
		if len(in) < n {
			return usagef(cmd.UseLine(), "%s needs %s", cmd.CommandPath(), names[len(in)])
		}
		return nil
	}
}

// warnStale tells when a decision has stopped the plan.
func (p *program) warnStale(a *app.App, ref string) {
	for _, why := range a.Stale(ref) {
		p.say("note: the approval of the plan is stale now: %s", why)
		p.say("note: nothing starts until the plan is proposed and approved again")
	}
}

func (p *program) mappingRejectCommand() *cobra.Command {
	var by, comment string
	cmd := &cobra.Command{
		Use: "reject PLAN MAPPING KEY...", Short: "Reject the row proposed for KEY, or withdraw the approved one", Args: atLeast(3, "PLAN", "MAPPING", "KEY"),
		RunE: func(cmd *cobra.Command, in []string) error {
			a, who, err := p.openAs(by)
			if err != nil {
				return err
			}
			defer a.Close()
			row, err := a.DecideRow(cmd.Context(), in[0], in[1], in[2:], app.RowDecision{By: who, Comment: comment})
			if err != nil {
				return err
			}
			p.warnStale(a, in[0])
			return p.emit(row, func(w io.Writer) { fmt.Fprintf(w, "%s: %s → %s\n", row.State, row.From, row.Target) })
		},
	}
	byFlag(cmd, &by, "decides")
	cmd.Flags().StringVar(&comment, "comment", "", "why")
	return cmd
}

func (p *program) mappingImportCommand() *cobra.Command {
	var approve string
	cmd := &cobra.Command{
		Use: "import PLAN MAPPING FILE", Short: "Take rows from CSV, as proposals", Args: args("PLAN", "MAPPING", "FILE"),
		Long: "Takes rows from a CSV file of the form that mapping export writes. Rows become proposals; with --approve NAME\nthat person approves them all.",
		RunE: func(cmd *cobra.Command, in []string) error {
			data, err := readFile(in[2], p.in)
			if err != nil {
				return err
			}
			a := p.open()
			defer a.Close()
			n, found, err := a.ImportRows(cmd.Context(), in[0], in[1], in[2], data, approve)
			if err != nil {
				return err
			}
			if found.HasErrors() {
				return found
			}
			p.findings(found)
			return p.emit(map[string]any{"rows": n}, func(w io.Writer) {
				verb := "proposed"
				if approve != "" {
					verb = "approved"
				}
				fmt.Fprintf(w, "%s %d %s\n", verb, n, plural(n, "row"))
			})
		},
	}
	cmd.Flags().StringVar(&approve, "approve", "", "name of the person who approves every row")
	return cmd
}

func (p *program) mappingExportCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use: "export PLAN MAPPING", Short: "Print all rows as CSV", Args: args("PLAN", "MAPPING"),
		RunE: func(cmd *cobra.Command, in []string) error {
			a := p.open()
			defer a.Close()
			var b bytes.Buffer
			if err := a.ExportRows(cmd.Context(), in[0], in[1], &b); err != nil {
				return err
			}
			if out != "" {
				return p.newFile(out, "wrote "+out, func(w io.Writer) error {
					_, err := w.Write(b.Bytes())
					return err
				})
			}
			if p.json {
				return p.emit(map[string]any{"csv": b.String()}, nil)
			}
			_, err := p.out.Write(b.Bytes())
			return err
		},
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "write to FILE instead of standard output")
	return cmd
}

// mostPatience is how long a command waits by itself for an allowance: a minute's is back
// within one, a day's is for the person to come back to.
const mostPatience = 90 * time.Second

// patiently does what a person asked for, and does it again when an allowance that was used up
// is back.
func patiently[T any](ctx context.Context, p *program, do func() (T, error)) (T, error) {
	for {
		got, err := do()
		later, ok := errors.AsType[*app.Problem](err)
		if !ok || later.After <= 0 || later.After > mostPatience {
			return got, err
		}
		p.say("%v; going on in %s", err, later.After.Round(time.Second))
		select {
		case <-ctx.Done():
			return got, ctx.Err()
		case <-time.After(later.After):
		}
	}
}
