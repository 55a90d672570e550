package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/specs/openapi"
)

func (p *program) specAddCommand() *cobra.Command {
	var name, overlay string
	var allowPrivate bool
	cmd := &cobra.Command{
		Use: "add FILE|URL --name NAME", Short: "Take an OpenAPI 3 document into the data folder",
		Long: `Takes an OpenAPI 3.0 or 3.1 document, YAML or JSON, into the data folder under a name. A name
of an embedded spec (salesforce, xero) replaces that spec in this data folder; its overlay goes
on applying unless --overlay gives another. Without an overlay a write is made once and repeated
by nobody but a person: planwright spec overlay suggest NAME writes one to begin with. Plans
that were approved against another version become stale.`,
		Example: "  planwright spec add parcel.yaml --name parcel --overlay parcel-overlay.yaml\n  planwright spec add https://api.example.com/openapi.json --name parcel",
		Args:    args("FILE"),
		RunE: func(cmd *cobra.Command, in []string) error {
			if name == "" {
				return usagef("planwright spec add "+in[0]+" --name NAME", "spec add needs --name")
			}
			a := p.open()
			defer a.Close()
			n := app.NewSpec{File: in[0], Name: name}
			var err error
			if strings.Contains(in[0], "://") {
				p.say("fetching %s", in[0])
				n.Data, err = a.Download(cmd.Context(), in[0], allowPrivate)
			} else {
				n.Data, err = readFile(in[0], p.in)
			}
			if err == nil && overlay != "" {
				n.Overlay, err = readFile(overlay, p.in)
			}
			if err != nil {
				return err
			}
			p.say("reading %s (%.1f MB)", in[0], float64(len(n.Data))/(1<<20))
			return p.addSpec(a, n)
		},
	}
	f := cmd.Flags()
	f.StringVar(&name, "name", "", "name of the API: lower-case letters, digits, underscores")
	f.StringVar(&overlay, "overlay", "", "overlay for it, instead of the one the name has")
	f.BoolVar(&allowPrivate, "allow-private", false, "allow a URL on this machine or a private network")
	return cmd
}

// addSpec adds a spec and tells what was found in it. Warnings are listed only when they
// are few or were asked for: a large file has hundreds.
func (p *program) addSpec(a *app.App, n app.NewSpec) error {
	info, found, err := a.AddSpec(n)
	if err != nil {
		return err
	}
	if found.HasErrors() {
		return found
	}
	quiet := 0
	for _, d := range found {
		if p.verbose || d.Code != openapi.CodeUnread {
			p.findings(diag.List{d})
			continue
		}
		quiet++
	}
	if quiet > 0 {
		p.say("%d places of it are not understood and count as any value, or are left out: --verbose lists them", quiet)
	}
	p.untilRestart(a)
	return p.emit(info, func(w io.Writer) {
		fmt.Fprintf(w, "added %s: %s %s, %d operations, %d objects\n", info.Name, info.Title, info.Version, info.Operations, info.Objects)
		if info.Drift != nil {
			printDrift(w, *info.Drift, false)
		}
	})
}
