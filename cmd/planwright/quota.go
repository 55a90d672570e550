package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/internal/app"
)

func (p *program) quotaCommand() *cobra.Command {
	return &cobra.Command{
		Use: "quota", Short: "Tell what is used and left of the vendors' allowances", Args: args(),
		Long: `Tells for each connection how many calls were made in the last minute and the last 24 hours, what is
left of the minute and the day as the vendor said last, when the day's allowance ends if it goes on like
this, how many calls one event of each approved plan takes, and how many runs wait. It calls nobody.`,
		RunE: func(_ *cobra.Command, _ []string) error {
			a := p.open()
			defer a.Close()
			q, err := a.Quota()
			if err != nil {
				return err
			}
			return p.emit(q, func(w io.Writer) { printQuota(w, q) })
		},
	}
}

func printQuota(w io.Writer, q app.Quota) {
	if len(q.Connections) == 0 {
		fmt.Fprintln(w, "nothing is connected: planwright connect")
		return
	}
	var rows [][]string
	for _, c := range q.Connections {
		note := "lasts the day"
		switch {
		case !c.Until.IsZero():
			note = "waits for the " + c.Limit + " until " + c.Until.Local().Format(time.DateTime)
		case !c.Ends.IsZero():
			note = "ends at " + c.Ends.Local().Format(time.DateTime) + " at this rate"
		case c.DayLeft < 0:
			note = "the vendor has not said what is left of the day"
		}
		rows = append(rows, []string{
			c.Connection, fmt.Sprint(c.MinuteUsed), leftOf(c.MinuteLeft, c.Minute), fmt.Sprint(c.DayUsed), leftOf(c.DayLeft, c.Day), note,
		})
	}
	table(w, []string{"CONNECTION", "LAST MINUTE", "LEFT", "LAST DAY", "LEFT", "THE DAY'S ALLOWANCE"}, rows)
	for _, c := range q.Costs {
		text := fmt.Sprintf("one event of %s takes at most %d %s of %s", c.Plan, c.Calls, plural(c.Calls, "call"), c.API)
		if c.Events >= 0 {
			text += fmt.Sprintf("; the day is enough for %d more", c.Events)
		}
		fmt.Fprintln(w, text)
	}
	if q.Waiting > 0 {
		fmt.Fprintf(w, "%d %s for a vendor; the first goes on at %s\n", q.Waiting, map[bool]string{true: "run waits", false: "runs wait"}[q.Waiting == 1], q.Next.Local().Format(time.DateTime))
	}
}

// leftOf says what is left, of what is allowed.
func leftOf(left, most int) string {
	switch {
	case left < 0:
		return "?"
	case most == 0, left > most: // the vendor allows this tenant more than its description says
		return fmt.Sprint(left)
	}
	return fmt.Sprintf("%d of %d", left, most)
}
