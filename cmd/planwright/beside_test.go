package main

import (
	"context"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// waitFor waits until a file exists.
func waitFor(ts *testscript.TestScript, _ bool, args []string) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
		if err := wait(ctx, 10*time.Millisecond); err != nil {
			ts.Fatalf("no %s after 30 s", args[0])
		}
	}
}

// waitRun waits until some run is in a state, asking as anybody would, and names it RUN.
func waitRun(ts *testscript.TestScript, _ bool, args []string) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		ts.Check(ts.Exec("planwright", "runs", "list", "--state", args[0]))
		if said := ts.ReadFile("stdout"); !strings.Contains(said, "no runs") {
			ts.Setenv("RUN", regexp.MustCompile(`(?m)^r[a-z0-9]{15}`).FindString(said))
			return
		}
		if err := wait(ctx, 200*time.Millisecond); err != nil {
			ts.Fatalf("no run is %s after 30 s", args[0])
		}
	}
}

// TestBesideShort holds the journal by a process that takes no commands: a command waits
// for it to end, and is refused with its pid when it does not.
func TestBesideShort(t *testing.T) {
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	holder := exec.CommandContext(ctx, self, "-test.run=^TestHolder$")
	holder.Env = append(os.Environ(), "PLANWRIGHT_TEST_HOLD="+dir)
	end, err := holder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil { // it has the journal
		t.Fatal(err)
	}
	command := func() (int, string) {
		var stdout, stderr strings.Builder
		code := run(ctx, []string{"runs", "list", "--data", dir}, stdio{strings.NewReader(""), &stdout, &stderr}, nil)
		return code, stdout.String() + stderr.String()
	}
	if code, said := command(); code != exitFailed || !strings.Contains(said, "in use by process") {
		t.Errorf("beside a process that stays: exit %d, %s", code, said)
	}
	time.AfterFunc(100*time.Millisecond, func() { _ = end.Close() })
	if code, said := command(); code != exitOK {
		t.Errorf("beside a process that ends: exit %d, %s", code, said)
	}
	if err := holder.Wait(); err != nil {
		t.Error(err)
	}
}

// TestHolder is the other process of TestBesideShort.
func TestHolder(t *testing.T) {
	dir := os.Getenv("PLANWRIGHT_TEST_HOLD")
	if dir == "" {
		t.Skip("this is a process of TestBesideShort")
	}
	p := &program{stdio: stdio{os.Stdin, os.Stdout, os.Stderr}, dir: dir, env: map[string]string{}}
	a := p.open()
	if _, err := a.Journal(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stdout.WriteString("!"); err != nil {
		t.Fatal(err)
	}
	_, _ = os.Stdin.Read(make([]byte, 1)) // until the other closes it
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
}
