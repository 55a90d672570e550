package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/agent/loop"
	"github.com/planwright/planwright/eval"
	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/config"
)

// evalFlags are what all commands of eval take.
type evalFlags struct {
	suite, out, filter, baseline string
	record, replay               string
	planners                     []string
	update                       bool
}

func (p *program) evalCommand() *cobra.Command {
	cmd := group("eval", "Grade planners, plans and the matcher on cases",
		p.evalKind("plan", "Put goals to a planner, and run what it plans on stand-in vendors"),
		p.evalKind("run", "Run plans on stand-in vendors while things go wrong"),
		p.evalKind("mapping", "Grade the matcher on labelled pairs"),
		p.evalKind("all", "Everything that comes with the program, against a baseline"),
	)
	cmd.Long = `Grades planners, plans and the matcher on cases (docs/evaluation.md). Both vendors are
stand-ins in this process, under a clock that moves only when somebody waits. With --planner model, goals and the
specs go to the model that is configured, and nothing else.

Exit code 1 on any unsafe write, on a case that passed in the baseline and does not now, and on a missing one; without
a baseline on any case that does not pass.`
	return cmd
}

func (p *program) evalKind(kind, short string) *cobra.Command {
	f := &evalFlags{}
	cmd := &cobra.Command{
		Use: kind, Short: short, Args: args(),
		RunE: func(cmd *cobra.Command, _ []string) error { return p.evaluate(cmd, kind, f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.out, "out", "", "write run.json, report.md, report.html and junit.xml into this folder")
	flags.StringVar(&f.baseline, "baseline", "", "compare with this file, case by case")
	flags.BoolVar(&f.update, "update-baseline", false, "write the file of --baseline anew")
	if kind != "all" {
		flags.StringVar(&f.suite, "suite", "", map[string]string{
			"plan":    "cases from this file of JSON lines, this archive, or this folder, instead of those that come with the program",
			"run":     "cases from this archive, or this folder, instead of those that come with the program",
			"mapping": "sets of pairs below this folder, instead of those that come with the program",
		}[kind])
	}
	if kind != "mapping" {
		planners := []string{"rules"}
		if kind == "all" {
			planners = []string{"all"}
		}
		flags.StringVar(&f.record, "record", "", "keep what models were asked and answered in this folder, scrubbed")
		flags.StringVar(&f.replay, "replay", "", "answer for models from the recordings in this folder")
		flags.StringSliceVar(&f.planners, "planner", planners, "which planners: "+strings.Join(plannerNames(), ", ")+"; model, the one that is configured; all but that")
		settingFlags(cmd)
	}
	flags.StringVar(&f.filter, "filter", "", "only cases whose id, family or tag holds this word")
	return cmd
}

// evaluate loads, runs, compares, writes and reports.
func (p *program) evaluate(cmd *cobra.Command, kind string, f *evalFlags) error {
	if f.update && f.baseline == "" {
		return usagef("add --baseline FILE", "--update-baseline needs the file to write")
	}
	if _, err := os.Stat(f.baseline); err != nil && f.baseline != "" && !f.update { // before a minute of work
		return &app.Problem{Err: err, Next: "add --update-baseline to write it"}
	}
	cases, pairs, err := loadSuites(kind, f)
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "planwright-eval-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	e, err := eval.New(eval.Config{Dir: scratch, Now: now, Progress: func(done, of int, r eval.Result) {
		verdict := "pass"
		if !r.Pass {
			verdict = "FAIL " + strings.Join(r.Failures, "; ")
		}
		p.say("%d/%d %s %s: %s", done, of, r.Planner, r.ID, verdict)
	}})
	if err != nil {
		return err
	}
	planners, err := p.choosePlanners(cmd, e, f, cases)
	if err != nil {
		return err
	}
	ev, err := e.Run(cmd.Context(), planners, cases)
	if err != nil {
		return err
	}
	for _, set := range pairs {
		ev.Pairs = append(ev.Pairs, set.Match())
	}
	if err := against(&ev, kind, f); err != nil {
		return err
	}
	if err := writeReports(f.out, &ev); err != nil {
		return err
	}
	if len(ev.Failed()) > 0 {
		p.exit = exitFailed
	}
	return p.emit(ev, func(w io.Writer) { fmt.Fprint(w, ev.Text()) })
}

func loadSuites(kind string, f *evalFlags) (cases []eval.Case, pairs []eval.Pairs, err error) {
	if kind == "plan" || kind == "all" {
		if cases, err = loadCases(f.suite, "plan", eval.PlanCases); err != nil {
			return nil, nil, err
		}
	}
	if kind == "run" || kind == "all" {
		more, err := loadCases(f.suite, "run", eval.RunCases)
		if err != nil {
			return nil, nil, err
		}
		cases = append(cases, more...)
	}
	if kind == "mapping" || kind == "all" {
		if pairs, err = loadPairs(f); err != nil {
			return nil, nil, err
		}
	}
	cases = eval.Select(cases, f.filter)
	if len(cases)+len(pairs) == 0 {
		return nil, nil, &app.Problem{Err: fmt.Errorf("eval %s: nothing matches %q", kind, f.filter), Next: "planwright eval " + kind + " without --filter"}
	}
	return cases, pairs, nil
}

// loadCases reads a suite: a file of JSON lines, one archive, a folder, or what comes with the program.
func loadCases(suite, family string, own func() ([]eval.Case, error)) ([]eval.Case, error) {
	if suite == "" {
		return own()
	}
	info, err := os.Stat(suite)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		cases, found := eval.LoadDir(os.DirFS(suite), family)
		return cases, found.Err()
	}
	data, err := os.ReadFile(suite)
	if err != nil {
		return nil, err
	}
	if filepath.Ext(suite) == ".txtar" {
		c, found := eval.ParseArchive(suite, archiveID(suite, family), data)
		return []eval.Case{c}, found.Err()
	}
	cases, found := eval.ParseLines(suite, data)
	return cases, found.Err()
}

func loadPairs(f *evalFlags) (out []eval.Pairs, err error) {
	var all []eval.Pairs
	if f.suite == "" {
		all, err = eval.EmbeddedPairs()
	} else {
		if _, err = os.Stat(f.suite); err != nil {
			return nil, err
		}
		sets, found := eval.LoadPairs(os.DirFS(f.suite))
		all, err = sets, found.Err()
	}
	for _, set := range all {
		if strings.Contains(set.Set, f.filter) {
			out = append(out, set)
		}
	}
	return out, err
}

// plannerNames lists what --planner takes.
func plannerNames() []string { return append([]string{"rules"}, eval.ScriptedNames()...) }

// choosePlanners makes the planners of those names. The scripted ones know the cases.
func (p *program) choosePlanners(cmd *cobra.Command, e *eval.Evaluator, f *evalFlags, cases []eval.Case) (out []eval.Planner, err error) {
	names := f.planners
	if slices.Contains(names, "all") {
		names = plannerNames()
	}
	var keep eval.Keep
	if f.record != "" {
		keep = eval.KeepIn(f.record)
	}
	for _, name := range names {
		switch {
		case f.replay != "" && name != "rules":
			out = append(out, eval.Replayed(name, os.DirFS(f.replay), e.Catalog()))
		case name == "rules":
			out = append(out, eval.Rules(e.Catalog()))
		case slices.Contains(eval.ScriptedNames(), name):
			p, err := eval.ScriptedPlanner(cmd.Context(), name, e.Catalog(), cases, keep)
			if err != nil {
				return nil, err
			}
			out = append(out, p)
		case name == "model":
			p, err := p.livePlanner(cmd, e, keep)
			if err != nil {
				return nil, err
			}
			out = append(out, p)
		default:
			return nil, usagef("--planner "+strings.Join(plannerNames(), ", ")+", model or all", "unknown planner %q", name)
		}
	}
	return out, nil
}

// livePlanner asks the model that is configured. It is part of no baseline.
func (p *program) livePlanner(cmd *cobra.Command, e *eval.Evaluator, keep eval.Keep) (eval.Planner, error) {
	c, err := p.settings(cmd)
	if err != nil {
		return eval.Planner{}, err
	}
	m, err := c.Open(config.Outside{Wait: wait, Jitter: jitter})
	if err != nil {
		return eval.Planner{}, err
	}
	if m == nil {
		return eval.Planner{}, &app.Problem{Err: fmt.Errorf("eval: no model is configured"), Next: "planwright config, or --planner rules, which needs none"}
	}
	return eval.WithModel("model", eval.Live, loop.Config{
		Model: m, Catalog: e.Catalog(), Budget: loop.Budget{Calls: c.Planner.Calls, Tokens: c.Planner.Tokens, Time: c.Planner.Time}, Answer: c.Model.MaxTokens,
	}, keep), nil
}

// against compares with the baseline, or writes it anew. What comes with the program is
// compared with the baseline that came with it, a suite from outside only with a file.
func against(ev *eval.Evidence, kind string, f *evalFlags) error {
	whole := kind == "all" && f.filter == ""
	var b eval.Baseline
	var err error
	switch data, missing := os.ReadFile(f.baseline); {
	case f.baseline == "" && f.suite != "":
		return nil
	case f.baseline == "":
		b, err = eval.Committed()
	case f.update && errors.Is(missing, fs.ErrNotExist):
	case errors.Is(missing, fs.ErrNotExist):
		return &app.Problem{Err: missing, Next: "add --update-baseline to write it"}
	case missing != nil:
		return missing
	default:
		if b, err = eval.ParseBaseline(data); err != nil {
			err = fmt.Errorf("%s: %w", f.baseline, err)
		}
	}
	if err != nil {
		return err
	}
	if !f.update {
		ev.Compare(b, whole || f.suite != "" && f.filter == "")
		return nil
	}
	if n, _ := ev.UnsafeWrites(); n > 0 {
		return &app.Problem{Err: fmt.Errorf("update baseline %s: %d writes were unsafe", f.baseline, n), Next: "planwright eval " + kind + " without --update-baseline shows which"}
	}
	next := ev.Baseline()
	if !whole {
		next = b.With(next)
	}
	ev.Compare(next, whole)
	data, err := next.Text()
	if err != nil {
		return err
	}
	return os.WriteFile(f.baseline, data, 0o644)
}

// writeReports renders the evidence into a folder.
func writeReports(dir string, ev *eval.Evidence) error {
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	reports, err := ev.Reports()
	if err != nil {
		return err
	}
	for name, data := range reports {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
