package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/internal/relay"
	"github.com/planwright/planwright/runtime/journal"
)

// The exit codes every command keeps to.
const (
	exitOK      = 0
	exitFailed  = 1 // found problems, or failed
	exitUsage   = 2 // wrong use
	exitWaiting = 3 // waits for a person
)

type stdio struct {
	in       io.Reader
	out, err io.Writer
}

// program is one invocation: its streams, environment and common flags.
type program struct {
	stdio
	self    string // what to type to run it again
	env     map[string]string
	dir     string
	json    bool
	verbose bool
	level   slog.Level // what a command says about its work, unless --verbose
	exit    int
	shared  *app.App // of the process that runs this command for another
	cwd     string   // the working folder of that other
	// terminal is whether a person sits at that other's input.
	terminal bool
}

// usageError marks wrong use: exit 2, and the command's usage line as the hint.
type usageError struct {
	err  error
	hint string
}

func (u *usageError) Error() string { return u.err.Error() }

func usagef(hint, format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...), hint}
}

// run is the program without its process: it returns the exit code.
func run(ctx context.Context, args []string, std stdio, environ []string) int {
	env := map[string]string{}
	for _, kv := range environ {
		if k, v, ok := strings.Cut(kv, "="); ok {
			env[k] = v
		}
	}
	self := "planwright"
	if strings.ContainsRune(os.Args[0], filepath.Separator) {
		self = os.Args[0]
	}
	input := &replayed{from: std.in}
	for deadline := now().Add(patience); ; {
		p := &program{stdio: stdio{input, std.out, std.err}, env: env, self: self, level: slog.LevelWarn}
		cmd, err := p.execute(ctx, args)
		if socket := holderOf(cmd, err); socket != "" {
			input.rewind()
			code, sent := relay.Send(ctx, socket, p.handed(args), relay.Streams{In: input, Out: std.out, Err: std.err})
			if sent == nil {
				return code
			}
			if errors.Is(sent, relay.ErrNobody) && now().Before(deadline) && wait(ctx, shortly) == nil {
				input.rewind()
				continue
			}
			if !errors.Is(sent, relay.ErrNobody) {
				err = sent
			}
		}
		if err != nil {
			return p.fail(cmd, err)
		}
		return p.exit
	}
}

// execute runs one command and returns which it was.
func (p *program) execute(ctx context.Context, args []string) (*cobra.Command, error) {
	root := p.root()
	root.SetArgs(args)
	root.SetIn(p.in)
	root.SetOut(p.out)
	root.SetErr(p.err)
	return root.ExecuteContextC(ctx)
}

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "planwright",
		Short: "Turn one sentence into an approved plan that never invoices twice and forgets nothing",
		Long: `planwright turns a goal in your words into a typed call plan built from the vendors' OpenAPI
documents, lets a person approve the plan and its mappings, and runs it for every event.

  planwright demo                    see it all against two stand-in vendors, in under a minute
  planwright draft "when an opportunity is closed-won in Salesforce, create an invoice in Xero" -o plan.yaml
  planwright check plan.yaml
  planwright propose plan.yaml && planwright approve plan.yaml
  planwright serve

Exit codes: 0 done, 1 found problems or failed, 2 wrong use, 3 waits for a person.`,
		SilenceErrors: true, SilenceUsage: true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef(suggest(cmd, args[0]), "unknown command %q", args[0])
			}
			return nil
		},
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: p.besides,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef(cmd.CommandPath()+" --help", "%v", err)
	})
	flags := root.PersistentFlags()
	flags.StringVar(&p.dir, "data", "", "data folder (default $PLANWRIGHT_DATA, else "+"~/.local/share/planwright)")
	flags.BoolVar(&p.json, "json", false, "print one JSON object on standard output")
	flags.BoolVar(&p.verbose, "verbose", false, "say more on standard error")
	root.AddCommand(
		p.draftCommand(), p.checkCommand(), p.showCommand(), p.diffCommand(), p.exportCommand(), p.proposeCommand(), p.approveCommand(), p.rejectCommand(), p.plansCommand(),
		p.mappingCommand(), p.dryRunCommand(), p.runCommand(), p.serveCommand(), p.runsCommand(), p.whyCommand(), p.inboxCommand(), p.eventsCommand(), p.ledgerCommand(), p.reconcileCommand(), p.auditCommand(), p.quotaCommand(),
		p.specCommand(), p.connectCommand(), p.webhookCommand(), p.configCommand(), p.journalCommand(),
		p.twinCommand(), p.demoCommand(), p.benchCommand(), p.evalCommand(), p.versionCommand(),
	)
	return root
}

// group is a command that only holds others.
func group(use, short string, children ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef(cmd.CommandPath()+" --help", "%s needs a command", cmd.CommandPath())
			}
			return usagef(suggest(cmd, args[0]), "unknown command %q", cmd.CommandPath()+" "+args[0])
		},
	}
	cmd.AddCommand(children...)
	return cmd
}

func suggest(cmd *cobra.Command, typed string) string {
	if names := cmd.SuggestionsFor(typed); len(names) > 0 {
		return cmd.CommandPath() + " " + names[0]
	}
	return cmd.CommandPath() + " --help"
}

// args demands a number of arguments and names them when they are missing.
func args(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return usagef(cmd.UseLine(), "%s needs %s", cmd.CommandPath(), names[len(args)])
		case len(args) > len(names):
			return usagef(cmd.UseLine(), "%s: unexpected argument %q", cmd.CommandPath(), args[len(names)])
		}
		return nil
	}
}

// open returns the App over the chosen data folder. It asks no model.
func (p *program) open() *app.App {
	if p.shared != nil {
		return p.shared.Share()
	}
	return app.New(p.appConfig())
}

func (p *program) appConfig() app.Config {
	return app.Config{
		Dir: p.dataDir(), Key: p.env["PLANWRIGHT_KEY"], Head: p.env["PLANWRIGHT_HEAD"],
		Now: now, Wait: wait, Random: randomness, Jitter: jitter, Log: p.log(),
	}
}

func (p *program) log() *slog.Logger {
	level := p.level
	if p.verbose {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(p.err, &slog.HandlerOptions{Level: level}))
}

func (p *program) dataDir() string {
	switch {
	case p.dir != "":
		return p.dir
	case p.env["PLANWRIGHT_DATA"] != "":
		return p.env["PLANWRIGHT_DATA"]
	case p.env["XDG_DATA_HOME"] != "":
		return filepath.Join(p.env["XDG_DATA_HOME"], "planwright")
	}
	return filepath.Join(p.env["HOME"], ".local", "share", "planwright")
}

// person names who decides: the --by flag, else the user who is signed in.
func (p *program) person(by string) (string, error) {
	for _, name := range []string{by, p.env["PLANWRIGHT_USER"], p.env["USER"], p.env["LOGNAME"]} {
		if name != "" {
			return name, nil
		}
	}
	return "", usagef("add --by NAME", "a decision needs the name of the person who takes it")
}

// openAs is open for a command that records who decided.
func (p *program) openAs(by string) (*app.App, string, error) {
	who, err := p.person(by)
	if err != nil {
		return nil, "", err
	}
	return p.open(), who, nil
}

func byFlag(cmd *cobra.Command, by *string, does string) {
	cmd.Flags().StringVar(by, "by", "", "who "+does+" (default: $PLANWRIGHT_USER, else $USER)")
}

// emit prints a result: as JSON when asked for, else by text.
func (p *program) emit(v any, text func(w io.Writer)) error {
	w := bufio.NewWriter(p.out)
	defer w.Flush()
	if !p.json {
		text(w)
		return nil
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func (p *program) say(format string, args ...any) { fmt.Fprintf(p.err, format+"\n", args...) }

// findings prints diagnostics, for people on standard error.
func (p *program) findings(list diag.List) {
	for _, d := range list.Sorted().Capped(50) {
		p.say("%s", d)
		if d.Hint != "" {
			p.say("  hint: %s", diag.Visible(d.Hint))
		}
	}
}

// fail prints an error with the next step and returns the exit code.
func (p *program) fail(cmd *cobra.Command, err error) int {
	var use *usageError
	var prob *app.Problem
	var list diag.List
	next, code := "", exitFailed
	message := err.Error()
	switch {
	case errors.Is(err, context.Canceled):
		message = "interrupted; nothing is lost, the same command goes on from here"
	case errors.Is(err, app.ErrWaiting):
		return exitWaiting
	case errors.As(err, &use):
		next, code = use.hint, exitUsage
	case errors.As(err, &prob):
		next, code = prob.Next, max(prob.Exit, exitFailed)
	case errors.As(err, &list):
		if p.json {
			_ = p.emit(map[string]any{"ok": false, "diagnostics": list.Sorted()}, nil)
		}
		p.findings(list)
		message = fmt.Sprintf("%d %s", len(list), plural(len(list), "finding"))
	default:
		next = advice(err)
	}
	if cmd != nil && strings.HasPrefix(message, "required flag") {
		code, next = exitUsage, cmd.UseLine()
	}
	if p.json && list == nil {
		_ = p.emit(map[string]any{"ok": false, "error": message, "hint": next}, nil)
	}
	p.say("planwright: error: %s", message)
	if next != "" {
		p.say("planwright: hint: %s", next)
	}
	return code
}

// advice knows what to do about errors of lower layers.
func advice(err error) string {
	var inUse journal.ErrInUse
	var damaged *journal.Damaged
	switch {
	case errors.As(err, &inUse):
		return fmt.Sprintf("stop process %d first, or choose another folder with --data", inUse.PID)
	case errors.As(err, &damaged):
		return damaged.Hint()
	case errors.Is(err, journal.ErrReadOnly), errors.Is(err, os.ErrPermission):
		return "make the data folder writable for this user, or choose another with --data"
	case errors.Is(err, os.ErrNotExist):
		return "check the path"
	}
	return ""
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	if before, ok := strings.CutSuffix(word, "y"); ok {
		return before + "ies"
	}
	return word + "s"
}

// table prints aligned columns.
func table(w io.Writer, head []string, rows [][]string) {
	width := make([]int, len(head))
	for _, r := range append([][]string{head}, rows...) {
		for i, c := range r {
			width[i] = max(width[i], len([]rune(c)))
		}
	}
	for _, r := range slices.Concat([][]string{head}, rows) {
		var b strings.Builder
		for i, c := range r {
			b.WriteString(c)
			if i < len(r)-1 {
				b.WriteString(strings.Repeat(" ", width[i]-len([]rune(c))+2))
			}
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
}

func readFile(name string, in io.Reader) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(io.LimitReader(in, 64<<20))
	}
	return os.ReadFile(name)
}
