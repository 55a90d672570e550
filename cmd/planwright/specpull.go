package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/specs/drift"
)

func (p *program) specPullCommand() *cobra.Command {
	var in app.Pull
	cmd := &cobra.Command{
		Use: "pull NAME", Short: "Bring a spec from the tenant that it describes, or from its vendor",
		Long: `Brings a spec up to date and takes it into the data folder, as spec add does.

Where an API describes its own objects (salesforce), the connected tenant is asked what they are
like for its user: fields of its own, lengths, decimal places, lists of values, what may be seen and
written. The answer is merged over our description. --object asks about objects of the tenant's own
too; they are asked about again at every later pull.

Other specs (xero) are fetched from where the vendor publishes them, or from --url.

Plans that were approved against another version become stale.`,
		Example: `  planwright spec pull salesforce
  planwright spec pull salesforce --object Accounting_Sync__c
  planwright spec pull xero`,
		Args: args("NAME"),
		RunE: func(cmd *cobra.Command, names []string) error {
			in.API = names[0]
			in.Progress = func(text string) { p.say("%s", text) }
			a := p.open()
			defer a.Close()
			out, found, err := a.PullSpec(cmd.Context(), in)
			if err != nil {
				return err
			}
			if found.HasErrors() {
				return found
			}
			for _, d := range found {
				if p.verbose {
					p.findings(diag.List{d})
				}
			}
			p.untilRestart(a)
			return p.emit(out, func(w io.Writer) { printPulled(w, out) })
		},
	}
	f := cmd.Flags()
	f.StringVar(&in.URL, "url", "", "fetch the published description from this https address")
	f.BoolVar(&in.AllowPrivate, "allow-private", false, "allow a URL on this machine or a private network")
	f.StringVar(&in.Connection, "connection", "", "connection to ask (default: the one to the API)")
	f.StringArrayVar(&in.Objects, "object", nil, "object of the tenant's own to ask about; may be repeated")
	return cmd
}

// mostCame bounds how much of what came and went is shown to a person; --json has all of it.
const mostCame = 20

func printPulled(w io.Writer, out app.Pulled) {
	fmt.Fprintf(w, "pulled %s from %s: %s, %d operations, %d objects\n", out.Name, out.From, short(out.Digest), out.Operations, out.Objects)
	if len(out.Hidden) > 0 {
		fmt.Fprintf(w, "not there, or not for this user: %s\n", strings.Join(out.Hidden, ", "))
	}
	if out.Same || out.Drift == nil {
		fmt.Fprintln(w, "nothing changed")
		return
	}
	rows := came(out.Drift.Changes)
	for _, r := range rows[:min(len(rows), mostCame)] {
		fmt.Fprintf(w, "%s %s\n", r.mark, oneLine(r.name))
	}
	if more := len(rows) - mostCame; more > 0 {
		fmt.Fprintf(w, "and %d more; --json lists all\n", more)
	}
	printDrift(w, *out.Drift, false)
}

type cameOrWent struct{ mark, name string }

// came lists the objects and fields that are there now, then those that are not any more.
// Of an object the fields are not told apart.
func came(changes []drift.Change) []cameOrWent {
	var now, gone []cameOrWent
	object := map[string]bool{}
	for _, c := range changes {
		inside := object[c.Subject[:max(strings.LastIndexByte(c.Subject, '_'), 0)]]
		if c.Kind != drift.KindObject && c.Kind != drift.KindField || inside {
			continue
		}
		object[c.Subject] = c.Kind == drift.KindObject
		switch c.What {
		case "is new":
			now = append(now, cameOrWent{"+", c.Subject})
		case "is gone":
			gone = append(gone, cameOrWent{"-", c.Subject})
		}
	}
	return append(now, gone...)
}
