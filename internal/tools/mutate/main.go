// Command mutate breaks behaviours one by one and tells which of them no test notices.
//
// Its argument is a file of mutations:
//
//	# what is broken, as a sentence
//	path/of/file.go
//	- the text as it stands, once in the file; several lines begin with "- " each
//	+ the text instead, none to take it away
//
// The files themselves are never touched: the tests are built with an overlay. The tests of
// a file's own package are asked first, and the other packages only where those notice
// nothing. Tests that do not end have noticed. It exits with 1 when more than -unnoticed
// mutations pass all tests, when one does not fit or build, and when tests fail without any.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

func main() {
	var o options
	flag.StringVar(&o.root, "root", ".", "folder of the module")
	packages := flag.String("packages", "", "packages that are asked besides the mutation's own")
	flag.StringVar(&o.only, "only", "", "run the mutations whose title or file holds this text")
	flag.BoolVar(&o.check, "check", false, "only see that every mutation fits")
	flag.IntVar(&o.unnoticed, "unnoticed", 0, "how many mutations may go unnoticed")
	flag.IntVar(&o.parallel, "parallel", 2, "how many mutations are tested at once")
	flag.DurationVar(&o.timeout, "timeout", 2*time.Minute, "how long a package's tests may take")
	flag.Parse()
	o.packages = strings.Fields(*packages)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	text, err := os.ReadFile(flag.Arg(0))
	if err == nil {
		err = o.run(ctx, string(text), os.Stdout, os.Stderr)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

// options are what the flags say.
type options struct {
	root, only string
	packages   []string
	check      bool
	unnoticed  int
	parallel   int
	timeout    time.Duration
}

// run tests the mutations of a text. What became of each is written to out as it is known,
// and how far it is to progress.
func (o options) run(ctx context.Context, text string, out, progress io.Writer) error {
	list, err := parse(text)
	if err != nil {
		return err
	}
	var chosen []mutation
	var misfits []error
	for _, m := range list {
		if strings.Contains(m.title, o.only) || strings.Contains(m.file, o.only) {
			if m.changed, err = m.apply(o.root); err != nil {
				misfits = append(misfits, err)
			}
			chosen = append(chosen, m)
		}
	}
	if misfits != nil {
		return errors.Join(misfits...)
	}
	if o.check {
		fmt.Fprintf(out, "%d mutations fit\n", len(chosen))
		return nil
	}
	if err := o.sound(ctx, chosen); err != nil {
		return err
	}
	t := tally{out: out, progress: progress, all: len(chosen)}
	var wait sync.WaitGroup
	turn := make(chan struct{}, max(1, o.parallel))
	for _, m := range chosen {
		turn <- struct{}{}
		wait.Go(func() {
			defer func() { <-turn }()
			if ctx.Err() == nil {
				t.add(m, o.test(ctx, m))
			}
		})
	}
	wait.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return t.judge(o.unnoticed)
}

// tally counts what became of mutations.
type tally struct {
	out, progress io.Writer
	all           int

	mu        sync.Mutex
	done      int
	unnoticed []string
	broken    []error
}

func (t *tally) add(m mutation, v verdict) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done++
	said := "noticed by " + v.by
	switch {
	case v.err != nil:
		t.broken = append(t.broken, fmt.Errorf("%q: %w", m.title, v.err))
		said = "COULD NOT BE TESTED"
	case v.by == "":
		t.unnoticed = append(t.unnoticed, m.title)
		said = "noticed by NOBODY"
	}
	fmt.Fprintf(t.out, "%-72s %s\n", m.title, said)
	fmt.Fprintf(t.progress, "%d of %d\n", t.done, t.all)
}

func (t *tally) judge(allowed int) error {
	fmt.Fprintf(t.out, "%d of %d mutations noticed\n", t.done-len(t.unnoticed)-len(t.broken), t.all)
	if len(t.broken) > 0 {
		return errors.Join(t.broken...)
	}
	if len(t.unnoticed) > allowed {
		return fmt.Errorf("unnoticed: %s", strings.Join(t.unnoticed, "; "))
	}
	return nil
}

// mutation replaces one text of one file.
type mutation struct {
	title, file, old, put string
	changed               []byte // the file with the text replaced
}

func parse(text string) ([]mutation, error) {
	var list []mutation
	for i, line := range strings.Split(text, "\n") {
		title, isTitle := strings.CutPrefix(line, "# ")
		if isTitle {
			list = append(list, mutation{title: title})
			continue
		}
		if strings.TrimSpace(line) == "" {
			continue
		}
		if len(list) == 0 {
			return nil, fmt.Errorf("line %d: text before the first title", i+1)
		}
		m := &list[len(list)-1]
		switch kind, rest, _ := strings.Cut(line, " "); {
		case m.file == "":
			m.file = strings.TrimSpace(line)
		case kind == "-":
			m.old += rest + "\n"
		case kind == "+":
			m.put += rest + "\n"
		default:
			return nil, fmt.Errorf("line %d: neither - nor +", i+1)
		}
	}
	seen := map[string]bool{}
	for _, m := range list {
		switch {
		case m.file == "" || m.old == "":
			return nil, fmt.Errorf("%q: no file or no text", m.title)
		case seen[m.title]:
			return nil, fmt.Errorf("%q: given twice", m.title)
		}
		seen[m.title] = true
	}
	return list, nil
}

// apply returns the changed file. Single lines are parts of a line, without its end and
// without regard to where it is indented.
func (m mutation) apply(root string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(root, m.file))
	if err != nil {
		return nil, err
	}
	old, put := strings.TrimSuffix(m.old, "\n"), strings.TrimSuffix(m.put, "\n")
	if n := bytes.Count(text, []byte(old)); n != 1 {
		return nil, fmt.Errorf("%q: the text is in %s %d times, want once: %s", m.title, m.file, n, old)
	}
	return bytes.Replace(text, []byte(old), []byte(put), 1), nil
}
