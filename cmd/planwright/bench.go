package main

import "github.com/spf13/cobra"

func (p *program) benchCommand() *cobra.Command {
	return group("bench", "Measure this program on this machine", p.benchCrashCommand())
}
