package catalog_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/planwright/planwright/specs/catalog"
)

// residentIn names, in the environment of a measured process, the folder with the spec.
const residentIn = "PLANWRIGHT_TEST_RESIDENT"

// weight is what a process held after it opened a catalog: in bytes.
type weight struct {
	Heap int64 // in use after a collection
	RSS  int64 // of the process at that moment; 0 where the system does not tell
}

// BenchmarkResident measures what a large description costs, in processes of their own:
//
//	go test -run '^$' -bench Resident ./specs/catalog
//
// cold reads 18.9 MB and compiles it; warm opens what that left in the cache. peak-MB is the
// most the process ever held, heap-MB and rss-MB what it holds with the catalog open and
// what the plans use decoded.
func BenchmarkResident(b *testing.B) {
	dir := b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "salesforce"), vendorFile(b, "salesforce-org-v59.oas.json.gz"), 0o600); err != nil {
		b.Fatal(err)
	}
	for _, name := range []string{"cold", "warm"} {
		b.Run(name, func(b *testing.B) {
			var peak int64
			var held weight
			for b.Loop() {
				if name == "cold" {
					if err := os.RemoveAll(filepath.Join(dir, "cache")); err != nil {
						b.Fatal(err)
					}
				}
				got, most := measured(b, dir)
				peak, held = max(peak, most), weight{Heap: max(held.Heap, got.Heap), RSS: max(held.RSS, got.RSS)}
			}
			b.ReportMetric(float64(peak)/(1<<20), "peak-MB")
			b.ReportMetric(float64(held.Heap)/(1<<20), "heap-MB")
			b.ReportMetric(float64(held.RSS)/(1<<20), "rss-MB")
		})
	}
}

// measured opens the catalog of the folder in a process of its own.
func measured(b *testing.B, dir string) (held weight, peak int64) {
	b.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestResidentProcess$", "-test.v")
	cmd.Env = append(os.Environ(), residentIn+"="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	for line := range strings.SplitSeq(string(out), "\n") {
		if text, ok := strings.CutPrefix(line, "weight: "); ok {
			if err := json.Unmarshal([]byte(text), &held); err != nil {
				b.Fatal(err)
			}
		}
	}
	if use, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		peak = use.Maxrss << 10
	}
	return held, peak
}

// used is what the shipped automations use of Salesforce.
func used() (operations, objects []string) {
	return []string{"Opportunity.get", "Opportunity.update", "Account.get", "Account.update", "Task.create", "Task.update", "query"},
		[]string{"Opportunity", "OpportunityLineItem", "Account", "Product2", "Task", "User"}
}

// TestResidentProcess is the process that BenchmarkResident measures.
func TestResidentProcess(t *testing.T) {
	dir := os.Getenv(residentIn)
	if dir == "" {
		t.Skip("only as a process of BenchmarkResident")
	}
	cat := openResident(t, dir)
	ops, objs := used()
	n := 0
	for _, id := range ops {
		if _, ok := cat.Operation("salesforce." + id); ok {
			n++
		}
	}
	for _, name := range objs {
		if _, ok := cat.Object("salesforce." + name); ok {
			n++
		}
	}
	if n < len(objs) {
		t.Errorf("%d of the operations and objects are there", n)
	}
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	text, err := json.Marshal(weight{Heap: int64(m.HeapInuse), RSS: rss()})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("weight: %s\n", text)
	runtime.KeepAlive(cat)
}

func openResident(t *testing.T, dir string) *catalog.Catalog {
	t.Helper()
	spec, err := os.ReadFile(filepath.Join(dir, "salesforce"))
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := os.ReadFile(filepath.Join("..", "overlay", "salesforce.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	cat, list := catalog.Open(filepath.Join(dir, "cache"), []catalog.Source{{Name: "salesforce", Spec: spec, Overlay: overlay}})
	if list.HasErrors() {
		t.Fatal(list)
	}
	return cat
}

// rss is what the process holds of memory now, where the system tells.
func rss() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.SplitSeq(string(status), "\n") {
		if text, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(text), " kB"), 10, 64)
			return n << 10
		}
	}
	return 0
}
