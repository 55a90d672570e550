package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/agent"
	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/runtime/plan"
)

func (p *program) draftCommand() *cobra.Command {
	var out, planner, template string
	var force, show bool
	cmd := &cobra.Command{
		Use: `draft "GOAL" [-o FILE]`, Short: "Turn a goal in your words into a plan, questions, or a refusal",
		Long: `Turns a goal into a plan. What the planner cannot place it asks about (exit 3) or refuses (exit 1),
naming the words; no word of the goal is ignored. Nothing is sent to any vendor.

--planner rules needs no model. --planner model asks the one that is configured (docs/configuration.md)
and keeps what was said beside FILE. --planner auto, the default, asks the model if there is one, and the
rules when it cannot be asked. --show-prompt prints what a model would be sent, and sends nothing.

--template NAME takes a plan that ships with the program instead of a goal (planwright plans --templates).`,
		Example: `  planwright draft "when an opportunity over 5,000 is closed-won in Salesforce, create a draft invoice with the line items in Xero, due in 14 days" -o plan.yaml`,
		Args: func(cmd *cobra.Command, in []string) error {
			if template != "" {
				return args()(cmd, in)
			}
			return args("GOAL")(cmd, in)
		},
		RunE: func(cmd *cobra.Command, in []string) error {
			if template != "" {
				return p.takeTemplate(template, out, force)
			}
			a, err := p.openWithModel(cmd)
			if err != nil {
				return err
			}
			defer a.Close()
			if show {
				return p.showPrompt(a, in[0])
			}
			answer, err := a.Draft(cmd.Context(), in[0], planner)
			if e := p.keepTranscript(answer, out); e != nil || err != nil {
				return cmp.Or(err, e)
			}
			if answer.Notice != "" {
				p.say("note: %s", answer.Notice)
			}
			return p.answer(answer.Answer, out, force)
		},
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "write the plan to FILE instead of standard output")
	cmd.Flags().BoolVar(&force, "force", false, "replace FILE if it holds another plan")
	cmd.Flags().StringVar(&planner, "planner", app.Auto, "auto, rules or model")
	cmd.Flags().StringVar(&template, "template", "", "take the shipped plan NAME instead of a goal")
	settingFlags(cmd)
	cmd.Flags().BoolVar(&show, "show-prompt", false, "print what a model would be sent, and send nothing")
	return cmd
}

// showPrompt prints the first request that a model would be sent.
func (p *program) showPrompt(a *app.App, goal string) error {
	r, err := a.Prompt(goal)
	if err != nil {
		return err
	}
	return p.emit(r, func(w io.Writer) {
		fmt.Fprintf(w, "── system ──\n%s\n", r.System)
		for _, m := range r.Messages {
			fmt.Fprintf(w, "── %s ──\n%s\n", m.Role, m.Text)
		}
		if r.Schema != nil {
			fmt.Fprintf(w, "── the answer must fit the schema %s ──\n%s\n", r.Schema.Name, r.Schema.JSON)
		}
	})
}

// keepTranscript writes what was said to a model beside the plan's file, also when nothing
// came of it.
func (p *program) keepTranscript(d app.Drafting, out string) error {
	if out == "" || d.Transcript == nil {
		return nil
	}
	name := strings.TrimSuffix(out, filepath.Ext(out)) + ".transcript.jsonl"
	if err := os.WriteFile(name, d.Transcript.JSONL(), 0o600); err != nil {
		return err
	}
	p.say("note: what was said to the model is in %s", name)
	return nil
}

// answer prints what a planner said.
func (p *program) answer(answer agent.Answer, out string, force bool) error {
	switch {
	case answer.Draft != nil:
		return p.draft(answer.Draft, out, force)
	case len(answer.Questions) > 0:
		p.exit = exitWaiting
		return p.emit(map[string]any{"questions": answer.Questions}, func(w io.Writer) {
			fmt.Fprintln(w, "Before there can be a plan:")
			for _, q := range answer.Questions {
				fmt.Fprintf(w, "  • %s%s\n", q.Text, about(q.About))
				for _, c := range q.Choices {
					fmt.Fprintln(w, "      "+choice(c))
				}
			}
			fmt.Fprintln(w, "Say it in the goal and draft again.")
		})
	default:
		p.exit = exitFailed
		return p.emit(map[string]any{"refusal": answer.Refusal}, func(w io.Writer) {
			fmt.Fprintln(w, "There can be no plan for this goal:")
			for _, r := range answer.Refusal.Reasons {
				fmt.Fprintf(w, "  • %s%s\n", r.Text, about(r.About))
			}
		})
	}
}

// choice is a line for one way to settle a question.
func choice(c agent.Choice) string {
	if c.Goal == "" {
		return "for example: " + c.Text
	}
	return c.Text + ": “" + c.Goal + "”"
}

func about(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return " (" + strings.Join(quoted(words), ", ") + ")"
}

func quoted(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = "“" + w + "”"
	}
	return out
}

func (p *program) draft(d *agent.Draft, out string, force bool) error {
	for _, r := range d.Remarks {
		p.say("note: %s", r)
	}
	return p.writePlan(d.Plan, d.Plan.YAML(), d.Remarks, out, force)
}

// writePlan prints the text of a plan, or writes it to a file that holds no other.
func (p *program) writePlan(made *plan.Plan, text []byte, remarks []string, out string, force bool) error {
	if out == "" {
		return p.emit(map[string]any{"plan": made, "digest": made.Digest(), "remarks": remarks}, func(w io.Writer) { _, _ = w.Write(text) })
	}
	if old, err := os.ReadFile(out); err == nil && !force && !bytes.Equal(old, text) {
		return &app.Problem{Err: fmt.Errorf("draft: %s exists and is another plan", out), Next: "choose another file, or add --force"}
	}
	if err := os.WriteFile(out, text, 0o644); err != nil {
		return err
	}
	return p.emit(map[string]any{"file": out, "digest": made.Digest(), "remarks": remarks}, func(w io.Writer) {
		fmt.Fprintf(w, "wrote %s (%s)\n", out, short(string(made.Digest())))
		fmt.Fprintf(w, "next: planwright show %s\n", out)
	})
}
