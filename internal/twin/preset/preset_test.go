package preset_test

import (
	"cmp"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/preset"
	"github.com/planwright/planwright/internal/twin/wire"
)

// TestPresetsStrike sends each preset the request it is made for, and a second one, and
// demands that the rule has struck.
func TestPresetsStrike(t *testing.T) {
	paths := map[string]string{
		"salesforce-row-lock":     "PATCH /services/data/v67.0/sobjects/Opportunity/1",
		"salesforce-dead-locator": "GET /services/data/v67.0/query/01g-2000",
		"salesforce-":             "GET /services/data/v67.0/query",
		"xero-500-hides-batch":    "POST /api.xro/2.0/Invoices",
		"xero-":                   "GET /api.xro/2.0/Invoices",
	}
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	far := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"Status":"PAID","Total":1.5,"Lines":[]}`)
	})
	presets := preset.Faults()
	for _, name := range slices.Sorted(maps.Keys(presets)) {
		t.Run(name, func(t *testing.T) {
			f, err := wire.NewFaults([]wire.Fault{presets[name]}, wire.FaultOptions{Now: func() time.Time { return at }})
			if err != nil {
				t.Fatal(err)
			}
			h := f.Wrap(f.Inside(far))
			if d := presets[name].After; d > 0 && presets[name].Kind != wire.Late {
				t.Skip("it waits; package wire holds its kind")
			}
			request := cmp.Or(paths[name], paths[name[:strings.Index(name, "-")+1]], "GET /things")
			method, path, _ := strings.Cut(request, " ")
			for range 2 {
				r, err := http.NewRequestWithContext(t.Context(), method, "http://twin.test"+path, nil)
				if err != nil {
					t.Fatal(err)
				}
				if resp, err := wire.RoundTripper(h).RoundTrip(r); err == nil {
					_, err = io.Copy(io.Discard, resp.Body)
					if err := errors.Join(err, resp.Body.Close()); err != nil && presets[name].Kind != wire.Truncate {
						t.Error(err)
					}
				}
			}
			if r := f.Rules()[0]; r.Matched == 0 || r.Struck == 0 {
				t.Errorf("matched %d, struck %d", r.Matched, r.Struck)
			}
		})
	}
}
