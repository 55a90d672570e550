package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/runtime/journal"
)

func (p *program) journalCommand() *cobra.Command {
	return group("journal", "Verify, back up, export, prune and compact the journal",
		p.journalVerifyCommand(), p.journalBackupCommand(), p.journalExportCommand(),
		p.journalPruneCommand(), p.journalCompactCommand(), p.journalRecoverCommand())
}

func (p *program) journalVerifyCommand() *cobra.Command {
	var heads []string
	cmd := &cobra.Command{
		Use: "verify", Short: "Read the whole journal and confirm that every entry follows from the one before", Args: args(),
		Long: `Reads every entry, and confirms that each follows from the one before, that streams and claims are
whole, and that the journal grew out of its head: how far it had come when that was signed last. A copy
of the file DIR/head, kept elsewhere, proves the same of the day it was copied.`,
		Example: `  planwright journal verify
  planwright journal verify --head head-of-march`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a := p.open()
			defer a.Close()
			for i := range heads {
				heads[i] = p.at(heads[i])
			}
			report, err := a.Verify(cmd.Context(), heads...)
			if err != nil {
				return err
			}
			return p.emit(report, func(w io.Writer) {
				fmt.Fprintf(w, "the journal verifies: %d %s\n", report.Entries, plural(int(report.Entries), "entry"))
				for _, h := range report.Heads {
					fmt.Fprintf(w, "  it grew out of %s: entry %d of %s\n", h.File, h.Seq, h.At.Local().Format(time.DateTime))
				}
				for _, file := range report.Gone {
					fmt.Fprintf(w, "  there is no head at %s: what it knew, it cannot tell any more\n", file)
				}
			})
		},
	}
	cmd.Flags().StringArrayVar(&heads, "head", nil, "a head that was saved; may be given several times")
	return cmd
}

func (p *program) journalBackupCommand() *cobra.Command {
	return &cobra.Command{
		Use: "backup FILE", Short: "Copy the journal into a file that opens like the original", Args: args("FILE"),
		Long: `Copies the journal as it is at one moment, also while planwright serve runs. The copy is read again and
verified, and gets its name only then; a file of that name is never replaced.`,
		RunE: func(cmd *cobra.Command, in []string) error {
			a := p.open()
			defer a.Close()
			j, err := a.JournalAsIs()
			if err != nil {
				return err
			}
			told := now()
			report, err := j.BackupFile(cmd.Context(), in[0], func(done, of int64) {
				if now().Sub(told) >= time.Second { // a short one says nothing
					told = now()
					p.say("%d of %d MB", done>>20, of>>20)
				}
			})
			if err != nil {
				return err
			}
			return p.emit(map[string]any{"file": in[0], "entries": report.Entries}, func(w io.Writer) {
				fmt.Fprintf(w, "backed up to %s: %d %s, verified\n", in[0], report.Entries, plural(int(report.Entries), "entry"))
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
	var run, since string
	cmd := &cobra.Command{
		Use: "export", Short: "Print every entry as a line of JSON", Args: args(),
		Example: `  planwright journal export
  planwright journal export --since 2026-11-01
  planwright journal export --run RUN-ID`,
		RunE: func(*cobra.Command, []string) error {
			var from time.Time
			if since != "" {
				var err error
				if from, err = time.ParseInLocation(time.DateOnly, since, time.Local); err != nil {
					return usagef("--since 2026-11-01", "--since %q is not a day", since)
				}
			}
			a := p.open()
			defer a.Close()
			j, err := a.JournalAsIs()
			if err != nil {
				return err
			}
			return j.Export(p.out, func(e journal.Entry) bool {
				return !e.At.Before(from) && (run == "" || e.Stream == "run/"+run || e.Stream == journal.PrunedPrefix+"run/"+run)
			})
		},
	}
	cmd.Flags().StringVar(&run, "run", "", "only entries of the run of this id")
	cmd.Flags().StringVar(&since, "since", "", "only entries of this day (2026-11-01) and later")
	return cmd
}
