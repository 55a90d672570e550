package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/diag"
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
			return p.emit(out, func(w io.Writer) { printPulled(w, out) })
		},
	}
	f := cmd.Flags()
	f.StringVar(&in.URL, "url", "", "fetch the published description from this https address")
	f.StringVar(&in.Connection, "connection", "", "connection to ask (default: the one to the API)")
	f.StringArrayVar(&in.Objects, "object", nil, "object of the tenant's own to ask about; may be repeated")
	return cmd
}

// mostChanges bounds how many changes are shown to a person; --json has all of them.
const mostChanges = 20

func printPulled(w io.Writer, out app.Pulled) {
	fmt.Fprintf(w, "pulled %s from %s: %s, %d operations, %d objects\n", out.Name, out.From, short(out.Digest), out.Operations, out.Objects)
	if len(out.Hidden) > 0 {
		fmt.Fprintf(w, "not there, or not for this user: %s\n", strings.Join(out.Hidden, ", "))
	}
	switch {
	case out.Same:
		fmt.Fprintln(w, "nothing changed")
		return
	case len(out.Changes) == 0:
		fmt.Fprintln(w, "no object or field that plans use changed")
		return
	}
	marks := map[string]string{"added": "+", "removed": "-", "changed": "~"}
	var rows [][]string
	for i, c := range out.Changes {
		if i == mostChanges {
			break
		}
		rows = append(rows, []string{marks[c.Kind], c.Name, oneLine(c.What)})
	}
	table(w, []string{"", "NAME", "WHAT"}, rows)
	if more := len(out.Changes) - mostChanges; more > 0 {
		fmt.Fprintf(w, "and %d more; --json lists all\n", more)
	}
}
