package app

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// more clones won deals in the org until n are won, and returns how many there are.
func (h *house) more(n int) {
	h.t.Helper()
	h.clock.Advance(2 * time.Second)
	lines := h.sf.All("OpportunityLineItem")
	for i := range n {
		of := h.company.Close[i%len(h.company.Close)]
		deal, _ := h.sf.Get("Opportunity", of)
		id, err := h.sf.Create("Opportunity", map[string]any{
			"Name": fmt.Sprintf("%v no. %d", deal["Name"], i), "StageName": deal["StageName"], "CloseDate": deal["CloseDate"],
			"AccountId": deal["AccountId"], "Pricebook2Id": deal["Pricebook2Id"],
		})
		if err != nil {
			h.t.Fatal(err)
		}
		for _, l := range lines {
			if l["OpportunityId"] != deal["Id"] {
				continue
			}
			line := map[string]any{"OpportunityId": id}
			for _, f := range []string{"PricebookEntryId", "Quantity", "UnitPrice", "Discount", "Description"} {
				if v, ok := l[f]; ok && v != nil {
					line[f] = v
				}
			}
			if _, err := h.sf.Create("OpportunityLineItem", line); err != nil {
				h.t.Fatal(err)
			}
		}
		if err := h.sf.CloseWon(id); err != nil {
			h.t.Fatal(err)
		}
	}
}

// BenchmarkW1 runs whole W1 runs, from event to write-back, against both twins in process,
// without a network: the engine, the journal with its syncs, expressions, rendering and
// decoding, and the twins themselves. The first is one event alone: its ms/run is how long it
// takes from the poll that sees it. The others have so many under way at once.
func BenchmarkW1(b *testing.B) {
	for _, load := range []struct{ runs, inFlight int }{{1, 1}, {200, 1}, {200, 50}, {200, 200}} {
		b.Run(fmt.Sprintf("runs=%d/in-flight=%d", load.runs, load.inFlight), func(b *testing.B) {
			start := newHouse(b)
			start.workers = load.inFlight
			start.approved(goal + " At most 100000 invoices a day.")
			start.mapped()
			if err := start.app.Close(); err != nil {
				b.Fatal(err)
			}
			runs, size := 0, int64(0)
			for b.Loop() {
				b.StopTimer()
				h := start.again()
				h.more(load.runs)
				before := fileSize(b, h.dir)
				b.StartTimer()
				r, err := h.app.RunOnce(b.Context(), h.name)
				b.StopTimer()
				if err != nil || r.Done != load.runs {
					b.Fatalf("%+v, %v; want %d done", r, err, load.runs)
				}
				runs += load.runs
				size += fileSize(b, h.dir) - before
				b.StartTimer()
			}
			b.ReportMetric(float64(runs)/b.Elapsed().Seconds(), "runs/s")
			b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(runs), "ms/run")
			b.ReportMetric(float64(size)/float64(runs), "journal-B/run")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func fileSize(b *testing.B, dir string) int64 {
	b.Helper()
	info, err := os.Stat(filepath.Join(dir, "journal.db"))
	if err != nil {
		b.Fatal(err)
	}
	return info.Size()
}
