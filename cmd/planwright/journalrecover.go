package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
)

func (p *program) journalRecoverCommand() *cobra.Command {
	var by string
	var accept, settled bool
	cmd := &cobra.Command{
		Use: "recover", Annotations: alone, Short: "Go on with an older copy of the journal, and say when its gaps are closed", Args: args(),
		Long: `A journal that ends before its head is an older copy: what was done since is not in it. Put the newest
copy back if there is one. If there is none, --accept-loss takes what is there for the truth. From then
on each write that could double what the copy does not know is held for a person: those that the vendor
itself keeps from happening twice go on, and find what is there. When every such run and both systems have
been looked after, --settled ends that.`,
		Example: `  planwright journal recover --accept-loss --by "Dana Ortiz"
  planwright journal recover --settled --by "Dana Ortiz"`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if accept == settled {
				return usagef(cmd.UseLine(), "recover needs --accept-loss or --settled")
			}
			a, who, err := p.openAs(by)
			if err != nil {
				return err
			}
			defer a.Close()
			if settled {
				if err := a.Settle(cmd.Context(), who); err != nil {
					return err
				}
				return p.emit(map[string]any{"settled": who}, func(w io.Writer) { fmt.Fprintln(w, "settled: writes are not held for this any more") })
			}
			got, err := a.Recover(cmd.Context(), who)
			if err != nil {
				return err
			}
			return p.emit(got, func(w io.Writer) {
				if got.Found != nil {
					fmt.Fprintf(w, "the journal goes on from entry %d although %v\n", got.Have, got.Found)
				} else {
					fmt.Fprintf(w, "the journal goes on from entry %d; %d more were noted until %s and are lost\n", got.Have, got.Lost, got.NotedAt.Local().Format(time.DateTime))
				}
				fmt.Fprintln(w, "next: planwright run PLAN --once, look after what is held as restored, then planwright journal recover --settled")
			})
		},
	}
	byFlag(cmd, &by, "decides")
	cmd.Flags().BoolVar(&accept, "accept-loss", false, "take the older copy for the truth")
	cmd.Flags().BoolVar(&settled, "settled", false, "everything that the copy did not know was looked after")
	return cmd
}
