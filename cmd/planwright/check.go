package main

import (
	"fmt"
	"io"
	"runtime/debug"
	"slices"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/internal/drawing"
	"github.com/planwright/planwright/runtime/check"
)

// judged reads and checks a plan file; findings that stop the work come back as the error.
func (p *program) judged(a *app.App, file string) (*check.Checked, diag.List, error) {
	return p.judgedBy(file, a.Check)
}

func (p *program) judgedBy(file string, judge func(string, []byte) (*check.Checked, diag.List, error)) (*check.Checked, diag.List, error) {
	data, err := readFile(file, p.in)
	if err != nil {
		return nil, nil, err
	}
	checked, found, err := judge(file, data)
	if err != nil {
		return nil, nil, err
	}
	return checked, found, found.Err()
}

func (p *program) checkCommand() *cobra.Command {
	var alone bool
	cmd := &cobra.Command{
		Use: "check PLAN", Short: "Judge a plan against the specs and its tenants, without running it", Args: args("PLAN"),
		Long: `Judges a plan file (- is standard input) and prints its permission sheet, or everything that is wrong with it, each
with its place and what to write instead (docs/diagnostics.md). What connected tenants have is taken into account
as it was when they were last looked at (planwright connect NAME --refresh); nobody is asked.`,
		RunE: func(_ *cobra.Command, in []string) error {
			a := p.open()
			defer a.Close()
			judge := a.Check
			if alone {
				judge = a.CheckAlone
			}
			checked, found, err := p.judgedBy(in[0], judge)
			if err != nil {
				return err
			}
			p.findings(found)
			tenants := []app.TenantView{}
			if !alone {
				tenants = a.Tenants(checked.Plan)
			}
			return p.emit(map[string]any{
				"ok": true, "name": checked.Plan.Name, "digest": checked.Digest, "sheet": checked.Sheet(), "diagnostics": found.Sorted(), "tenants": tenants,
			}, func(w io.Writer) {
				fmt.Fprintf(w, "%s is sound (%s)\n", in[0], short(string(checked.Digest)))
				for _, v := range tenants {
					fmt.Fprintf(w, "checked against %s\n", v)
				}
				fmt.Fprintf(w, "\n%s", checked.Sheet())
			})
		},
	}
	cmd.Flags().BoolVar(&alone, "no-tenant", false, "leave out what is known of connected tenants")
	return cmd
}

func (p *program) showCommand() *cobra.Command {
	format := "text"
	cmd := &cobra.Command{
		Use: "show PLAN", Short: "Draw a plan with its assignments and permission sheet", Args: args("PLAN"),
		Long: `Draws a plan file (- is standard input): as text with the type of every value and the permission sheet, as a picture
that any browser shows, or as a Mermaid flowchart for a page that draws those.

  planwright show plan.yaml --format svg > plan.svg`,
		RunE: func(_ *cobra.Command, in []string) error {
			if !slices.Contains([]string{"text", "svg", "mermaid"}, format) {
				return usagef("planwright show PLAN --format text|svg|mermaid", "unknown format %q", format)
			}
			a := p.open()
			defer a.Close()
			checked, found, err := p.judged(a, in[0])
			if err != nil {
				return err
			}
			p.findings(found)
			outline := checked.Outline()
			return p.emit(map[string]any{
				"plan": checked.Plan, "digest": checked.Digest, "sheet": checked.Sheet(), "outline": outline, "summary": outline.Summary(),
			}, func(w io.Writer) {
				switch format {
				case "svg":
					_, _ = w.Write(drawing.SVG(outline, drawing.Options{Standalone: true}))
				case "mermaid":
					fmt.Fprint(w, drawing.Mermaid(outline))
				default:
					fmt.Fprintf(w, "%s\n%s\n\n%s", checked.Text(), outline.Summary(), checked.Sheet())
				}
			})
		},
	}
	cmd.Flags().StringVar(&format, "format", format, "text, svg or mermaid")
	return cmd
}

func (p *program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: args(),
		RunE: func(*cobra.Command, []string) error {
			v := version()
			return p.emit(v, func(w io.Writer) { fmt.Fprintf(w, "planwright %s (%s)\n", v["version"], v["go"]) })
		},
	}
}

// version is what the build says of itself.
func version() map[string]string {
	v := map[string]string{"version": "unknown", "go": "unknown"}
	if info, ok := debug.ReadBuildInfo(); ok {
		v["version"], v["go"] = info.Main.Version, info.GoVersion
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				v["revision"] = s.Value
			}
		}
	}
	return v
}
