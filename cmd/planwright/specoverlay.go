package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

func (p *program) specOverlayCommand() *cobra.Command {
	return group("overlay", "Work on what a spec leaves unsaid", p.specSuggestCommand())
}

func (p *program) specSuggestCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use: "suggest NAME", Short: "Write a starting overlay from what the spec shows",
		Long: `Writes an overlay with what the names and shapes of a spec show: how to sign in, how lists are
paged, what is an id of what, what changes something. Each line says what it was concluded from;
what could make a write unsafe is commented out and asks. Read it, answer, and add it with
planwright spec add FILE --name NAME --overlay OVERLAY.`,
		Example: "  planwright spec overlay suggest parcel -o parcel-overlay.yaml",
		Args:    args("NAME"),
		RunE: func(_ *cobra.Command, in []string) error {
			a := p.open()
			defer a.Close()
			text, err := a.SuggestOverlay(in[0])
			if err != nil {
				return err
			}
			if out == "" {
				return p.emit(map[string]any{"name": in[0], "overlay": string(text)}, func(w io.Writer) { fmt.Fprint(w, string(text)) })
			}
			f, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
			if err != nil {
				return fmt.Errorf("write %s: it is there already, or cannot be made: %w", out, err)
			}
			_, err = f.Write(text)
			if closed := f.Close(); err == nil {
				err = closed
			}
			if err != nil {
				return err
			}
			asks := strings.Count(string(text), "?")
			return p.emit(map[string]any{"name": in[0], "file": out, "questions": asks}, func(w io.Writer) {
				fmt.Fprintf(w, "wrote %s: %d questions are open\nnext: read it, then planwright spec add FILE --name %s --overlay %s\n", out, asks, in[0], out)
			})
		},
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "file to write; it must not exist")
	return cmd
}
