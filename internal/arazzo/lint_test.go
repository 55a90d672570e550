package arazzo_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/arazzo"
)

// TestLint lets another program judge the documents: redocly, where ARAZZO_LINT names it,
// which make arazzo sees to. It must refuse documents that are broken.
func TestLint(t *testing.T) {
	program := os.Getenv("ARAZZO_LINT")
	if program == "" {
		t.Skip("ARAZZO_LINT does not name a redocly: make arazzo installs one, where there is npm")
	}
	dir := t.TempDir()
	for name, v := range described(t) {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		put(t, dir, arazzo.SourceFile(name), text)
	}
	n := 0
	for name := range plans() {
		text := arazzo.Export(read(t, name), openAll(t)).YAML()
		if out, ok := lint(t, program, put(t, dir, name+".arazzo.yaml", text)); !ok {
			t.Errorf("%s is refused:\n%s", name, out)
		}
		n++
	}
	text := string(arazzo.Export(read(t, "closed-won-to-invoice"), openAll(t)).YAML())
	for what, edit := range map[string][2]string{
		"no info":        {"info:\n", "x-info:\n"},
		"same step":      {"- stepId: contact_create", "- stepId: contact_find"},
		"unknown step":   {"$steps.contact.outputs.ContactID", "$steps.nobody.outputs.ContactID"},
		"unknown action": {"type: goto", "type: gone"},
		"no version":     {"arazzo: \"1.0.1\"\n", "arazzo: \"0.1\"\n"},
	} {
		broken := strings.Replace(text, edit[0], edit[1], 1)
		if broken == text {
			t.Errorf("%s: nothing was broken", what)
		}
		if out, ok := lint(t, program, put(t, dir, "broken.arazzo.yaml", []byte(broken))); ok {
			t.Errorf("%s: a broken document is accepted:\n%s", what, out)
		}
		n++
	}
	t.Logf("%d documents were judged", n)
}

func put(t *testing.T, dir, name string, text []byte) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// lint runs the program over one document, and reports whether it is content.
func lint(t *testing.T, program, file string) (out string, ok bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "lint", "--extends=recommended-strict", filepath.Base(file))
	cmd.Dir = filepath.Dir(file)
	cmd.Env = append(os.Environ(), "REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true", "NO_COLOR=1")
	text, err := cmd.CombinedOutput()
	exit := (*exec.ExitError)(nil)
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		t.Fatalf("%s: %v\n%s", program, err, text)
	}
	return string(text), err == nil
}
