package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// verdict is who noticed a mutation, nobody when empty, or why that is not known.
type verdict struct {
	by  string
	err error
}

// sound reports tests that fail without any mutation: they would notice all of them.
func (o options) sound(ctx context.Context, list []mutation) error {
	packages := slices.Clone(o.packages)
	for _, m := range list {
		packages = append(packages, m.own())
	}
	slices.Sort(packages)
	out, err := o.golang(ctx, slices.Compact(packages)...)
	if err != nil {
		return fmt.Errorf("the tests fail without a mutation: %w\n%s", err, out)
	}
	return nil
}

// own is the package of the mutation's file.
func (m mutation) own() string { return "./" + path.Dir(m.file) }

// golang runs the tests of packages; what goes before them may also be flags.
func (o options) golang(ctx context.Context, packages ...string) (string, error) {
	args := append([]string{"test", "-failfast", "-vet=off", "-timeout=" + o.timeout.String()}, packages...)
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = o.root
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// test builds tests over the changed file and runs them until one notices.
func (o options) test(ctx context.Context, m mutation) verdict {
	dir, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return verdict{err: err}
	}
	defer os.RemoveAll(dir)
	table, err := o.overlay(dir, m)
	if err != nil {
		return verdict{err: err}
	}
	others := slices.DeleteFunc(slices.Clone(o.packages), func(p string) bool { return p == m.own() })
	for _, packages := range [][]string{{m.own()}, others} {
		if len(packages) == 0 {
			continue
		}
		if v := judge(o.golang(ctx, append([]string{"-count=1", "-overlay=" + table}, packages...)...)); v != (verdict{}) {
			return v
		}
	}
	return verdict{}
}

// overlay writes the changed file to a folder, and the table that puts it in the place of
// the other.
func (o options) overlay(dir string, m mutation) (table string, err error) {
	file, err := filepath.Abs(filepath.Join(o.root, m.file))
	if err != nil {
		return "", err
	}
	other := filepath.Join(dir, filepath.Base(m.file))
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{file: other}})
	if err != nil {
		return "", err
	}
	table = filepath.Join(dir, "overlay.json")
	return table, errors.Join(os.WriteFile(other, m.changed, 0o600), os.WriteFile(table, replace, 0o600))
}

var failed = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)

// judge reads what go test printed.
func judge(out string, err error) verdict {
	var deepest string // the subtest says more than the test around it
	for _, f := range failed.FindAllStringSubmatch(out, -1) {
		if deepest == "" || strings.Count(f[1], "/") > strings.Count(deepest, "/") {
			deepest = f[1]
		}
	}
	switch {
	case err == nil:
		return verdict{}
	case strings.Contains(out, " failed]\n"): // in the build or its setup
		return verdict{err: fmt.Errorf("does not build: %w\n%s", err, out)}
	case strings.Contains(out, "panic: test timed out"):
		return verdict{by: "tests that did not end"}
	case deepest != "":
		return verdict{by: deepest}
	case strings.Contains(out, "panic: ") || strings.Contains(out, "fatal error: "):
		return verdict{by: "a test that broke off"}
	}
	return verdict{err: fmt.Errorf("the tests broke off: %w\n%s", err, out)}
}
