package bench

import (
	"testing"
	"time"

	"github.com/planwright/planwright/runtime/connection"
)

// BenchmarkEngine runs workflows by the engine with 50 in flight: what is to be profiled.
func BenchmarkEngine(b *testing.B) {
	rt := connection.NewTransport(true)
	defer rt.CloseIdleConnections()
	s, err := newStub(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer s.close() //nolint:errcheck // nothing is kept in it
	b.ReportAllocs()
	o := Options{Dir: b.TempDir(), Runs: b.N, Now: time.Now, Wait: wait, Say: b.Logf}
	got, err := measureEngine(b.Context(), o.Dir, s.url, rt, o, 50)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(got.CPU, "cpu-ms/op")
	b.ReportMetric(got.PerSecond, "runs/s")
}
