package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/specs/drift"
)

func (p *program) specDiffCommand() *cobra.Command {
	var plans []string
	var all bool
	cmd := &cobra.Command{
		Use: "diff A B", Short: "Compare two versions of a spec, as plans notice it",
		Long: `Compares two versions of a spec with their overlays and says of each difference whether it breaks
a plan that uses it, and why. A and B are a known name, embedded:NAME for ours, a digest of
a version that was replaced (sha256:… as a plan pins it), or a file. Only what plans use is
listed: those approved or proposed, and those given with --plan. Exit code 1 when one breaks.`,
		Example: "  planwright spec diff embedded:xero xero\n  planwright spec diff xero new-xero.yaml --plan plan.yaml\n  planwright spec diff sha256:0f3a91c2d4e5 xero --all",
		Args:    args("A", "B"),
		RunE: func(_ *cobra.Command, in []string) error {
			a := p.open()
			defer a.Close()
			var files []app.PlanFile
			for _, name := range plans {
				text, err := readFile(name, p.in)
				if err != nil {
					return err
				}
				files = append(files, app.PlanFile{File: name, Text: text})
			}
			d, err := a.Diff(in[0], in[1], files)
			if err != nil {
				return err
			}
			for _, c := range d.Changes {
				if c.Breaking && len(c.Plans) > 0 {
					p.exit = exitFailed
				}
			}
			return p.emit(d, func(w io.Writer) { printDrift(w, d, all) })
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&plans, "plan", nil, "plan to judge by, beside those approved or proposed; may be repeated")
	f.BoolVar(&all, "all", false, "list what no plan uses, too")
	return cmd
}

// printDrift prints what changed: what plans use first, the rest as numbers unless all is
// wanted, then what a person does about it.
func printDrift(w io.Writer, d app.Drift, all bool) {
	if d.Same() {
		fmt.Fprintf(w, "%s: the versions are the same\n", d.API)
		return
	}
	fmt.Fprintf(w, "%s %s → %s %s\n", oneLine(d.Old.Version), pinned(d.Old), oneLine(d.New.Version), pinned(d.New))
	var used, rest []drift.Change
	for _, c := range d.Changes {
		if len(c.Plans) > 0 {
			used = append(used, c)
		} else {
			rest = append(rest, c)
		}
	}
	switch {
	case len(used) > 0:
		fmt.Fprintln(w, "changes that plans use:")
		printChanges(w, used)
	case len(d.Judged) > 0:
		fmt.Fprintf(w, "nothing that plans use changed (%s)\n", strings.Join(d.Judged, ", "))
	default:
		fmt.Fprintln(w, "no plan is known that uses it; --plan FILE judges by one")
	}
	switch breaking := broken(rest); {
	case len(rest) > 0 && all:
		fmt.Fprintln(w, "changes that no plan uses:")
		printChanges(w, rest)
	case len(rest) > 0:
		fmt.Fprintf(w, "%d changes that no plan uses, %d of them would break one: --all lists them\n", len(rest), breaking)
	}
	if d.Unknown != "" {
		fmt.Fprintf(w, "the plans of the journal were not looked at: %s\n", oneLine(d.Unknown))
	}
	if len(d.Approved) > 0 {
		fmt.Fprintf(w, "approved and touched: %s\n", strings.Join(d.Approved, ", "))
	}
	if len(d.Judged) > 0 {
		fmt.Fprintln(w, "next: planwright check PLAN for each, mend it, pin the new digests, then propose and approve it again; until then nothing new starts")
	}
}

func pinned(v drift.Version) string {
	if v.Overlay == "" {
		return "(" + short(v.Spec) + ")"
	}
	return "(" + short(v.Spec) + " under " + short(v.Overlay) + ")"
}

func broken(list []drift.Change) int {
	n := 0
	for _, c := range list {
		if c.Breaking {
			n++
		}
	}
	return n
}

func printChanges(w io.Writer, list []drift.Change) {
	rows := make([][]string, len(list))
	for i, c := range list {
		mark := "  harmless"
		if c.Breaking {
			mark = "  BREAKING"
		}
		rows[i] = []string{mark, oneLine(c.Subject), oneLine(c.What) + ": " + c.Why, strings.Join(c.Plans, ", ")}
	}
	table(w, []string{"  ", "WHAT", "CHANGE", "PLANS"}, rows)
}
