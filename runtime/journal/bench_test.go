package journal

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// BenchmarkCommit measures commits of one entry of about 400 bytes: alone, and with
// callers that each ask again as soon as they are answered.
func BenchmarkCommit(b *testing.B) {
	data := map[string]string{"request": strings.Repeat("x", 380)}
	for _, callers := range []int{1, 50, 200} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			j, err := Open(file(b), Options{Now: time.Now})
			if err != nil {
				b.Fatal(err)
			}
			defer j.Close()
			var group sync.WaitGroup
			work := make(chan struct{}, callers)
			b.ResetTimer()
			for n := range callers {
				group.Go(func() {
					name := fmt.Sprintf("run/%04d", n)
					for range work {
						if _, err := j.Commit(b.Context(), one(name, data)); err != nil {
							b.Error(err)
						}
					}
				})
			}
			for range b.N {
				work <- struct{}{}
			}
			close(work)
			group.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
		})
	}
}

// BenchmarkRuns measures what runs of seven commits and thirteen entries cost on the
// disk: claims, intents and outcomes as the engine writes them.
func BenchmarkRuns(b *testing.B) {
	path := file(b)
	j, err := Open(path, Options{Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	entries, payload := 0, 0
	var group sync.WaitGroup
	work := make(chan int, 50)
	for range 50 {
		group.Go(func() {
			for n := range work {
				name := fmt.Sprintf("run/closed-won-to-invoice/%018d", uint64(n)*2654435761)
				for step := range 7 {
					batch := one(name, map[string]string{"outcome": strings.Repeat("o", 400)})
					if step == 0 {
						batch.Claims = []string{name}
					} else {
						batch.Entries = append(batch.Entries, Draft{Stream: name, After: Any, Kind: "intent", Data: map[string]string{"request": strings.Repeat("i", 400)}})
					}
					if _, err := j.Commit(b.Context(), batch); err != nil {
						b.Error(err)
					}
				}
			}
		})
	}
	b.ResetTimer()
	for n := range b.N {
		work <- n
		entries += 13
		payload += 13 * 415
	}
	close(work)
	group.Wait()
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size())/float64(b.N), "file-B/run")
	b.ReportMetric(float64(payload)/float64(b.N), "data-B/run")
	b.ReportMetric(float64(info.Size()-int64(payload))/float64(entries), "overhead-B/entry")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "runs/s")
}

// BenchmarkStream measures reading a run of thirteen entries, and BenchmarkVerify a whole
// journal.
func BenchmarkStream(b *testing.B) {
	j, err := Open(file(b), Options{Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	for range 13 {
		commit(b, j, one("run/1", strings.Repeat("x", 400)))
	}
	for b.Loop() {
		stream(b, j, "run/1")
	}
}

func BenchmarkVerify(b *testing.B) {
	j, err := Open(file(b), Options{Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	const entries = 20000
	for range entries / 100 {
		var batch Batch
		for n := range 100 {
			batch.Entries = append(batch.Entries, one(fmt.Sprintf("run/%d", n), strings.Repeat("x", 400)).Entries...)
		}
		commit(b, j, batch)
	}
	for b.Loop() {
		if _, err := j.Verify(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(entries*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}
