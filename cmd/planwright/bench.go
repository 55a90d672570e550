package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/internal/bench"
)

func (p *program) benchCommand() *cobra.Command {
	return group("bench", "Measure on this machine what the product promises", p.benchEngineCommand(), p.benchJournalCommand(), p.benchCrashCommand())
}

func (p *program) benchEngineCommand() *cobra.Command {
	var o bench.Options
	cmd := &cobra.Command{
		Use: "engine", Short: "Measure the engine beside a loop without one", Args: args(),
		Long: `Measures runs of five steps, each an HTTP POST of about 1 KB to a stub on this machine that
answers 1 KB, with every intent and outcome on the disk before the next step. The same posts and
the same number of synced commits are made by a bare loop over the same kind of file: the ratio
says what plans, checks and the record of every step cost, and holds on a busy machine, too.

The files lie in a new folder beside the data folder's place for temporary files ($TMPDIR) and are
removed at the end. CPU and memory are those of the whole process, the stub included.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.Runs < 1 {
				return usagef(cmd.UseLine(), "--runs must be at least 1")
			}
			for _, n := range o.InFlight {
				if n < 1 || n > 1000 {
					return usagef(cmd.UseLine(), "--in-flight must be from 1 to 1000")
				}
			}
			dir, err := os.MkdirTemp("", "planwright-bench-*")
			if err != nil {
				return err
			}
			defer os.RemoveAll(dir)
			o.Dir, o.Say, o.Now, o.Wait = dir, p.say, now, wait
			got, err := bench.Engine(cmd.Context(), o)
			if err != nil {
				return err
			}
			return p.emit(got, func(w io.Writer) { benchText(w, got) })
		},
	}
	cmd.Flags().IntSliceVar(&o.InFlight, "in-flight", []int{1, 50, 200}, "how many runs are under way at once, one measurement each")
	cmd.Flags().IntVar(&o.Runs, "runs", 2000, "runs of each measurement, on each side")
	cmd.Flags().StringVar(&o.Stub, "stub", "", "address of another stub, such as http://127.0.0.1:9000 (default: one in this process)")
	return cmd
}

func benchText(w io.Writer, r bench.Report) {
	var rows [][]string
	row := func(inFlight int, name string, s bench.Side, ratio string) {
		rows = append(rows, []string{
			fmt.Sprint(inFlight), name, fmt.Sprintf("%.0f", s.PerSecond), fmt.Sprintf("%.1f", s.P50), fmt.Sprintf("%.1f", s.P99),
			fmt.Sprintf("%.2f", s.CPU), fmt.Sprintf("%.2f", s.Commits), fmt.Sprint(s.Bytes), ratio,
		})
	}
	for _, l := range r.Loads {
		row(l.InFlight, "engine", l.Engine, fmt.Sprintf("%.2f", l.Ratio))
		row(l.InFlight, "bare loop", l.Bare, "")
	}
	table(w, []string{"IN FLIGHT", "SIDE", "RUNS/S", "P50 MS", "P99 MS", "CPU MS", "COMMITS", "BYTES", "RATIO"}, rows)
	if r.Memory > 0 {
		fmt.Fprintf(w, "memory: %.0f MB, the stub included\n", float64(r.Memory)/(1<<20))
	}
}

func (p *program) benchJournalCommand() *cobra.Command {
	var o bench.Options
	cmd := &cobra.Command{
		Use: "journal", Short: "Measure what a journal of many runs costs", Args: args(),
		Long: `Makes a journal of many runs with the engine itself, over vendors that answer at once, one run of a
hundred held for a person. Then opens it as a process that starts, and measures: opening, until the engine
knows what is to go on, listing the newest and the held runs, reading all of them, and verifying every entry.

The file, about 11 KB a run, lies in a new folder beside the data folder's place for temporary files
($TMPDIR) and is removed at the end. What was just written is still in the system's memory: the first start
after a reboot also waits for the disk.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.Runs < 1 {
				return usagef(cmd.UseLine(), "--runs must be at least 1")
			}
			dir, err := os.MkdirTemp("", "planwright-bench-*")
			if err != nil {
				return err
			}
			defer os.RemoveAll(dir)
			o.Dir, o.Say, o.Now, o.Wait = dir, p.say, now, wait
			got, err := bench.Journal(cmd.Context(), o)
			if err != nil {
				return err
			}
			return p.emit(got, func(w io.Writer) { journalText(w, got) })
		},
	}
	cmd.Flags().IntVar(&o.Runs, "runs", 100000, "how many runs the journal has")
	return cmd
}

func journalText(w io.Writer, r bench.JournalReport) {
	fmt.Fprintf(w, "%d runs, %d of them held: %d entries in %.0f MB, %d bytes a run\n", r.Runs, r.Held, r.Entries, float64(r.Bytes)/(1<<20), r.PerRun)
	var rows [][]string
	for _, x := range []struct {
		name string
		bench.Cost
	}{
		{"open the file", r.Open},
		{"know what is to go on", r.Start},
		{"list the newest 50 runs", r.Latest},
		{"list the held runs", r.Waiting},
		{"read all runs", r.All},
		{"verify every entry", r.Verify},
	} {
		rows = append(rows, []string{x.name, fmt.Sprintf("%.0f", x.Took), fmt.Sprintf("%.0f", x.CPU)})
	}
	table(w, []string{"WHAT", "MS", "CPU MS"}, rows)
	if r.Memory > 0 {
		mb := func(n int64) float64 { return float64(n) / (1 << 20) }
		fmt.Fprintf(w, "memory: %.0f MB after the start, %.0f MB of them its own, the others pages of the file; %.0f MB of its own after reading all\n",
			mb(r.Memory), mb(r.Own), mb(r.OwnPeak))
	}
}
