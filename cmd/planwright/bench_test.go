package main

import (
	"compress/gzip"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// BenchmarkProcess measures the program as a whole process: what a person waits for.
// Documents of vendors are used where they are at hand, beside the project.
func BenchmarkProcess(b *testing.B) {
	exe := filepath.Join(b.TempDir(), "planwright")
	if out, err := exec.Command("go", "build", "-trimpath", "-o", exe, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	info, err := os.Stat(exe)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("binary", func(b *testing.B) {
		for b.Loop() {
		}
		b.ReportMetric(float64(info.Size())/(1<<20), "MB")
		b.ReportMetric(0, "ns/op")
	})
	b.Run("check warm, embedded specs", func(b *testing.B) { warmCheck(b, exe, "") })
	b.Run("check warm, the vendor's Xero spec", func(b *testing.B) {
		warmCheck(b, exe, atHand(b, "xero_accounting.yaml"))
	})
	b.Run("spec add, 18.9 MB", func(b *testing.B) {
		file := unpacked(b, atHand(b, "salesforce-org-v59.oas.json.gz"))
		var peak int64
		for b.Loop() {
			cmd := exec.Command(exe, "--data", b.TempDir(), "spec", "add", file, "--name", "salesforce")
			if out, err := cmd.CombinedOutput(); err != nil {
				b.Fatalf("%v\n%s", err, out)
			}
			if use, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
				peak = max(peak, use.Maxrss)
			}
		}
		b.ReportMetric(float64(peak)/1024, "peak-MB")
	})
}

func warmCheck(b *testing.B, exe, spec string) {
	dir := b.TempDir()
	plan := filepath.Join(dir, "plan.yaml")
	run := func(args ...string) {
		b.Helper()
		if out, err := exec.Command(exe, append([]string{"--data", dir}, args...)...).CombinedOutput(); err != nil {
			b.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	if spec != "" {
		run("spec", "add", spec, "--name", "xero")
	}
	run("draft", demoGoal, "-o", plan)
	run("check", plan)
	for b.Loop() {
		run("check", plan)
	}
}

// atHand returns a vendor's document, or skips and says so.
func atHand(b *testing.B, name string) string {
	b.Helper()
	path, err := filepath.Abs(filepath.Join("../../../shared/specs", name))
	if err != nil {
		b.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		b.Skipf("no %s beside the project", name)
	}
	return path
}

func unpacked(b *testing.B, path string) string {
	b.Helper()
	in, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer in.Close()
	z, err := gzip.NewReader(in)
	if err != nil {
		b.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		b.Fatal(err)
	}
	out := filepath.Join(b.TempDir(), "org.json")
	if err := os.WriteFile(out, data, 0o600); err != nil {
		b.Fatal(err)
	}
	return out
}
