package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/arazzo"
)

func (p *program) exportCommand() *cobra.Command {
	var out string
	var force bool
	format := "arazzo"
	cmd := &cobra.Command{
		Use: "export PLAN", Short: "Write a plan in another notation, with what that cannot say", Args: args("PLAN"),
		Long: `Writes a plan file (- is standard input) as an Arazzo ` + arazzo.Version + ` document. Arazzo has no loops, no computation, no triggers and no
care for writes that must not happen twice: everything that is bent or left out is listed on standard error, in the document
under x-planwright-lost, and in --json under lost. With -o the descriptions of the APIs are written beside the document.

  planwright export plan.yaml --format arazzo -o plan.arazzo.yaml`,
		RunE: func(_ *cobra.Command, in []string) error {
			if format != "arazzo" {
				return usagef("planwright export PLAN --format arazzo", "unknown format %q", format)
			}
			a := p.open()
			defer a.Close()
			checked, found, err := p.judged(a, in[0])
			if err != nil {
				return err
			}
			p.findings(found)
			doc, err := a.Arazzo(checked)
			if err != nil {
				return err
			}
			return p.export(a, doc, out, force)
		},
	}
	cmd.Flags().StringVar(&format, "format", format, "arazzo is the only one so far")
	cmd.Flags().StringVarP(&out, "output", "o", "", "write to this file, and the descriptions of the APIs beside it")
	cmd.Flags().BoolVar(&force, "force", false, "overwrite files that hold something else")
	return cmd
}

// exported is what --json prints.
type exported struct {
	Format   string           `json:"format"`
	Version  string           `json:"version"`
	Files    []string         `json:"files,omitempty"`
	Document *arazzo.Document `json:"document"`
	Lost     []arazzo.Lost    `json:"lost"`
}

func (p *program) export(a *app.App, doc *arazzo.Document, out string, force bool) error {
	result := exported{Format: "arazzo", Version: arazzo.Version, Document: doc, Lost: doc.Lost}
	text := doc.YAML()
	if out != "" {
		files := []file{{out, text}}
		if filepath.Ext(out) == ".json" {
			asJSON, err := json.MarshalIndent(doc, "", "  ")
			if err != nil {
				return err
			}
			files[0].data = append(asJSON, '\n')
		}
		for _, api := range doc.Sources {
			described, err := a.Described(api)
			if err != nil {
				return err
			}
			files = append(files, file{filepath.Join(filepath.Dir(out), arazzo.SourceFile(api)), described})
		}
		if err := place(files, force); err != nil {
			return err
		}
		for _, f := range files {
			result.Files = append(result.Files, f.name)
		}
	}
	if !p.json {
		p.say("Arazzo cannot say all of this plan; %d things are lost:", len(doc.Lost))
		for _, l := range doc.Lost {
			p.say("  %s", l)
		}
		if out == "" {
			p.say("note: the descriptions it refers to are written beside it with -o FILE")
		}
	}
	return p.emit(result, func(w io.Writer) {
		if out == "" {
			_, _ = w.Write(text)
			return
		}
		for _, name := range result.Files {
			fmt.Fprintf(w, "wrote %s\n", name)
		}
	})
}

type file struct {
	name string
	data []byte
}

// place writes files, all or none where one holds something else.
func place(files []file, force bool) error {
	for _, f := range files {
		if old, err := os.ReadFile(f.name); err == nil && !force && !bytes.Equal(old, f.data) {
			return &app.Problem{Err: fmt.Errorf("export: %s exists and holds something else", f.name), Next: "choose another folder, or add --force"}
		}
	}
	for _, f := range files {
		if err := os.WriteFile(f.name, f.data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
