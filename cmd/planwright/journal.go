package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

func (p *program) journalCommand() *cobra.Command {
	return group("journal", "Verify, back up and export the journal",
		p.journalVerifyCommand(), p.journalBackupCommand(), p.journalExportCommand())
}

func (p *program) journalVerifyCommand() *cobra.Command {
	return &cobra.Command{
		Use: "verify", Short: "Read the whole journal and confirm that every entry follows from the one before", Args: args(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			a := p.open()
			defer a.Close()
			j, err := a.Journal()
			if err != nil {
				return err
			}
			report, err := j.Verify(cmd.Context())
			if err != nil {
				return err
			}
			return p.emit(report, func(w io.Writer) { fmt.Fprintf(w, "the journal verifies: %d entries\n", report.Entries) })
		},
	}
}

func (p *program) journalBackupCommand() *cobra.Command {
	return &cobra.Command{
		Use: "backup FILE", Short: "Copy the journal into a file that opens like the original", Args: args("FILE"),
		RunE: func(_ *cobra.Command, in []string) error {
			return p.newFile(in[0], "backed up to "+in[0], func(w io.Writer) error {
				a := p.open()
				defer a.Close()
				j, err := a.Journal()
				if err != nil {
					return err
				}
				return j.Backup(w)
			})
		},
	}
}

// newFile writes a new file, whole or not at all.
func (p *program) newFile(name, done string, write func(io.Writer) error) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	err = write(f)
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		_ = os.Remove(name)
		return err
	}
	return p.emit(map[string]any{"file": name}, func(w io.Writer) { fmt.Fprintln(w, done) })
}

func (p *program) journalExportCommand() *cobra.Command {
	return &cobra.Command{
		Use: "export", Short: "Print every entry as a line of JSON", Args: args(),
		RunE: func(*cobra.Command, []string) error {
			a := p.open()
			defer a.Close()
			j, err := a.Journal()
			if err != nil {
				return err
			}
			return j.Export(p.out)
		},
	}
}
