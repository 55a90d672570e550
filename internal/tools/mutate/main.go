// Command mutate breaks behaviours one by one and tells which of them no test notices.
//
// Its argument is a file of mutations:
//
//	# what is broken, as a sentence
//	path/of/file.go
//	- the text as it stands, once in the file; several lines begin with "- " each
//	+ the text instead, none to take it away
//
// The files themselves are never touched: the tests are built with an overlay. It exits
// with 1 when more than -unnoticed mutations pass all tests, or one no longer fits.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func main() {
	root := flag.String("root", ".", "folder of the module")
	packages := flag.String("packages", "./...", "packages whose tests must notice")
	unnoticed := flag.Int("unnoticed", 0, "how many mutations may go unnoticed")
	only := flag.String("only", "", "run the mutations whose title holds this text")
	check := flag.Bool("check", false, "only see that every mutation fits")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *root, *packages, flag.Arg(0), *only, *unnoticed, *check); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, root, packages, file, only string, allowed int, check bool) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	list, err := parse(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	var through []string
	n := 0
	for _, m := range list {
		if !strings.Contains(m.title, only) {
			continue
		}
		n++
		changed, err := m.apply(root)
		if err != nil {
			return err
		}
		if check {
			continue
		}
		by, err := m.test(ctx, root, packages, changed)
		if err != nil {
			return fmt.Errorf("%q: %w", m.title, err)
		}
		if by == "" {
			through = append(through, m.title)
			by = "NOBODY"
		}
		fmt.Printf("%-70s noticed by %s\n", m.title, by)
	}
	if check {
		fmt.Printf("%d mutations fit\n", n)
		return nil
	}
	fmt.Printf("%d of %d mutations noticed\n", n-len(through), n)
	if len(through) > allowed {
		return fmt.Errorf("unnoticed: %s", strings.Join(through, "; "))
	}
	return nil
}

// mutation replaces one text of one file.
type mutation struct{ title, file, old, put string }

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
	for _, m := range list {
		if m.file == "" || m.old == "" {
			return nil, fmt.Errorf("%q: no file or no text", m.title)
		}
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

var failed = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)

// test runs the tests over the changed file and returns who noticed, or nobody.
func (m mutation) test(ctx context.Context, root, packages string, changed []byte) (by string, err error) {
	dir, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	file, err := filepath.Abs(filepath.Join(root, m.file))
	if err != nil {
		return "", err
	}
	other := filepath.Join(dir, filepath.Base(m.file))
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{file: other}})
	if err != nil {
		return "", err
	}
	table := filepath.Join(dir, "overlay.json")
	if err := errors.Join(os.WriteFile(other, changed, 0o600), os.WriteFile(table, overlay, 0o600)); err != nil {
		return "", err
	}
	list := strings.Fields(packages)
	if out, err := golang(ctx, root, append([]string{"build", "-overlay", table}, list...)...); err != nil {
		return "", fmt.Errorf("does not build: %w\n%s", err, out)
	}
	out, err := golang(ctx, root, append([]string{"test", "-count=1", "-timeout=5m", "-overlay", table}, list...)...)
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err == nil {
		return "", nil
	}
	var names []string
	for _, f := range failed.FindAllStringSubmatch(out, -1) {
		names = append(names, f[1])
	}
	switch {
	case len(names) == 0 && strings.Contains(out, "panic: "):
		return "a test that broke off", nil
	case len(names) == 0:
		return "", fmt.Errorf("the tests broke off: %w\n%s", err, out)
	}
	slices.SortStableFunc(names, func(a, b string) int { return strings.Count(b, "/") - strings.Count(a, "/") })
	if len(names) == 1 {
		return names[0], nil
	}
	return fmt.Sprintf("%s and %d more", names[0], len(names)-1), nil
}

func golang(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}
