package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/runtime/engine"
)

func (p *program) runsAnswerCommand() *cobra.Command {
	var by string
	r := engine.Reply{}
	cmd := &cobra.Command{
		Use: "answer ID ANSWER", Short: "Answer what a held run asks", Args: args("ID", "ANSWER"),
		Long: `Answers the question that a plan's ask step put to a person, or says what became of a write whose answer
was lost: done, with the id of the record it made, or not-done, and it is sent again. The run goes on
with the next run or serve; what was read is read again. planwright runs show ID says what is asked and
what may be answered.`,
		RunE: func(cmd *cobra.Command, in []string) error {
			a, who, err := p.openAs(by)
			if err != nil {
				return err
			}
			defer a.Close()
			r.Answer, r.By = in[1], who
			if err := a.Answer(cmd.Context(), in[0], r); err != nil {
				return err
			}
			return p.emit(map[string]any{"answered": in[0], "answer": r.Answer}, func(w io.Writer) { fmt.Fprintf(w, "%s goes on with the next planwright run or serve\n", in[0]) })
		},
	}
	byFlag(cmd, &by, "answers")
	cmd.Flags().StringVar(&r.Path, "step", "", "refuse to answer anything but the question of this step")
	reasonFlag(cmd, &r.Why)
	cmd.Flags().StringVar(&r.Record, "record", "", "the id of the record that a lost write made")
	return cmd
}
