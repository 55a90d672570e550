package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/internal/app"
)

func (p *program) inboxCommand() *cobra.Command {
	var planName string
	var onlyOne bool
	cmd := &cobra.Command{
		Use: "inbox", Short: "List the events that triggers saw, by which path first and by which others", Args: args(),
		Long: `Lists every event that a trigger saw: when, by which path first, by which other paths, and the run it
started or why it started none. With --only-one-path it lists those that a single path saw: what would
have come later, or with the sweep, without it. The daily sweep is no other path: it sees everything.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a := p.open()
			defer a.Close()
			in, err := a.Inbox(cmd.Context(), planName, onlyOne)
			if err != nil {
				return err
			}
			return p.emit(in, func(w io.Writer) { printInbox(w, in) })
		},
	}
	cmd.Flags().StringVar(&planName, "plan", "", "only events of the plan of this name")
	cmd.Flags().BoolVar(&onlyOne, "only-one-path", false, "only events that a single path saw")
	return cmd
}

func printInbox(w io.Writer, in app.Inbox) {
	for _, path := range slices.Sorted(maps.Keys(in.Paths)) {
		fmt.Fprintf(w, "%d first seen by %s, %d of them by no other path\n", in.Paths[path], path, in.OnlyOne[path])
	}
	var rows [][]string
	for _, s := range in.Events {
		rows = append(rows, []string{s.At.Local().Format(time.DateTime), s.Plan, cut(s.Key, 40), s.Seen, strings.Join(s.Also, ", "), cmp.Or(s.Run, s.Ignore)})
	}
	if len(rows) == 0 {
		fmt.Fprintln(w, "no events")
		return
	}
	table(w, []string{"AT", "PLAN", "KEY", "FIRST BY", "ALSO BY", "CAME TO"}, rows)
}
