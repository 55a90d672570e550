package main

import (
	"compress/gzip"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
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
	b.Run("check warm, embedded specs", func(b *testing.B) { warmCheck(b, exe, nil) })
	b.Run("check warm, the vendor's Xero spec", func(b *testing.B) {
		warmCheck(b, exe, map[string]string{"xero": atHand(b, "xero_accounting.yaml")})
	})
	b.Run("check warm, both vendors' specs", func(b *testing.B) {
		warmCheck(b, exe, map[string]string{
			"xero": atHand(b, "xero_accounting.yaml"), "salesforce": unpacked(b, atHand(b, "salesforce-org-v59.oas.json.gz")),
		})
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

// warmCheck checks a drafted plan with the given specs added. cpu-ms is the time the process
// had a processor, which a busy machine does not stretch.
func warmCheck(b *testing.B, exe string, added map[string]string) {
	dir := b.TempDir()
	plan := filepath.Join(dir, "plan.yaml")
	var peak int64
	var busy time.Duration
	run := func(args ...string) {
		b.Helper()
		cmd := exec.Command(exe, append([]string{"--data", dir}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v: %v\n%s", args, err, out)
		}
		busy += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		if use, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
			peak = use.Maxrss
		}
	}
	for name, spec := range added {
		run("spec", "add", spec, "--name", name)
	}
	run("draft", demoGoal, "-o", plan)
	run("check", plan)
	busy = 0
	for b.Loop() {
		run("check", plan)
	}
	b.ReportMetric(float64(busy.Milliseconds())/float64(b.N), "cpu-ms")
	b.ReportMetric(float64(peak)/1024, "peak-MB")
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
