package bench

import (
	"testing"
	"time"

	"github.com/planwright/planwright/runtime/connection"
)

// BenchmarkEngine runs workflows on both sides with 50 in flight: what is to be profiled.
func BenchmarkEngine(b *testing.B) {
	rt := connection.NewTransport(true)
	defer rt.CloseIdleConnections()
	s, err := newStub(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer s.close() //nolint:errcheck // nothing is kept in it
	b.ReportAllocs()
	got, err := measureLoad(b.Context(), b.TempDir(), s.url, rt, Options{Runs: b.N, Now: time.Now, Wait: wait, Say: b.Logf}, 50)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(got.Engine.CPU, "cpu-ms/engine")
	b.ReportMetric(got.Bare.CPU, "cpu-ms/bare")
	b.ReportMetric(got.Ratio, "ratio")
}
