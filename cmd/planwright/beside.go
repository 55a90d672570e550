package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/relay"
	"github.com/planwright/planwright/runtime/journal"
)

// One process has the journal open. While that is serve, or run, every other command is run
// by it: the command finds the journal in use, hands itself over, and prints what comes back.
// Beside another short command it waits for that one to end.
const (
	socketName = "serve.sock"
	patience   = 3 * time.Second // how long to wait for a holder that takes no commands
	shortly    = 50 * time.Millisecond
)

// alone marks commands that drive runs or replace the journal: they need it for themselves.
var alone = map[string]string{"alone": "yes"}

// holderOf returns the socket of the process that may run the command instead; "" when the
// command did not fail for that, or needs the journal for itself.
func holderOf(cmd *cobra.Command, err error) string {
	var inUse journal.ErrInUse
	if !errors.As(err, &inUse) || cmd == nil || cmd.Annotations["alone"] != "" {
		return ""
	}
	return filepath.Join(filepath.Dir(inUse.Path), socketName)
}

// handed is this invocation as the holder runs it. Secrets of the environment stay here: the
// holder has opened what they open.
func (p *program) handed(args []string) relay.Command {
	c := relay.Command{Args: args, Self: p.self, Env: map[string]string{}, Terminal: isTerminal(p.in)}
	for k, v := range p.env {
		if k == "USER" || k == "LOGNAME" || k == "PLANWRIGHT_USER" {
			c.Env[k] = v
		}
	}
	c.Dir, _ = os.Getwd() // without one, only whole paths mean anything
	return c
}

// lend takes commands of other processes until ctx ends. Where there can be no socket it says
// so, and commands are refused while this process runs.
func (p *program) lend(ctx context.Context, a *app.App) (done func(), err error) {
	if _, err := a.Journal(); err != nil {
		return nil, err
	}
	l, err := relay.Listen(filepath.Join(a.Dir(), socketName))
	if err != nil {
		p.say("planwright: no other command can work on this data folder while this one runs: %v", err)
		return func() {}, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := l.Serve(ctx, func(ctx context.Context, c relay.Command, s relay.Streams) int { return p.runFor(ctx, a, c, s) }); err != nil {
			p.say("planwright: no other command can work on this data folder any more: %v", err)
		}
	}()
	return func() { cancel(); <-ended }, nil
}

// runFor runs a command of another process. A mistake in it must not end this one.
func (p *program) runFor(ctx context.Context, a *app.App, c relay.Command, s relay.Streams) (code int) {
	q := &program{stdio: stdio{s.In, s.Out, s.Err}, env: c.Env, self: c.Self, cwd: c.Dir, level: p.level, shared: a, terminal: c.Terminal}
	defer func() {
		if r := recover(); r != nil {
			q.say("planwright: error: %v\n%s", r, debug.Stack())
			code = exitFailed
		}
	}()
	if cmd, err := q.execute(ctx, c.Args); err != nil {
		return q.fail(cmd, err)
	}
	return q.exit
}

// besides prepares a command that is run for another process: paths are that one's.
func (p *program) besides(cmd *cobra.Command, in []string) error {
	if p.shared == nil {
		return nil
	}
	if cmd.Annotations["alone"] != "" {
		return journal.ErrInUse{PID: os.Getpid(), Path: filepath.Join(p.shared.Dir(), "journal.db"), Holder: "planwright"}
	}
	words := strings.Fields(cmd.Use)[1:]
	for i := range min(len(words), len(in)) {
		switch words[i] {
		case "FILE":
			in[i] = p.at(in[i])
		case "PLAN", "ID|PLAN":
			if strings.ContainsAny(in[i], `./\`) { // else it is a name
				in[i] = p.at(in[i])
			}
		}
	}
	for _, name := range fileFlags {
		if f := cmd.Flags().Lookup(name); f != nil && f.Changed {
			if err := f.Value.Set(p.at(f.Value.String())); err != nil {
				return err
			}
		}
	}
	return nil
}

// fileFlags are the flags that name a file of the caller, in any command that has them.
var fileFlags = []string{"output"}

// at is the path of a file as the caller names it.
func (p *program) at(name string) string {
	if p.cwd == "" || name == "-" || name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(p.cwd, name)
}

// replayed is input that can be read again from the start, for a command that is tried more
// than once.
type replayed struct {
	from io.Reader
	seen bytes.Buffer
	next int
}

// Read implements io.Reader.
func (r *replayed) Read(b []byte) (int, error) {
	if r.next < r.seen.Len() {
		n := copy(b, r.seen.Bytes()[r.next:])
		r.next += n
		return n, nil
	}
	n, err := r.from.Read(b)
	r.seen.Write(b[:n])
	r.next += n
	return n, err
}

func (r *replayed) rewind() { r.next = 0 }
