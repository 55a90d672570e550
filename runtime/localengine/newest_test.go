package localengine_test

import (
	"slices"
	"testing"
	"time"

	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/specs/catalog"
)

// TestNewest lists runs by state and plan, the newest first, by the list and, in a journal that
// has none yet, without it.
func TestNewest(t *testing.T) {
	bubble(t, func(h *house) {
		var deals []string
		for i := range 4 {
			if i == 2 {
				h.vendor.script[newInvoice] = []turn{refuse(catalog.ClassData, 0)}
			}
			deals = append(deals, h.admit(1)...)
			h.drain(0, []string{"1 done", "2 done", "1 held, 2 done", "1 held, 3 done"}[i])
			time.Sleep(time.Second) // of the bubble
		}
		list := func(state engine.RunState, plan string) []string {
			h.t.Helper()
			ids := []string{}
			for s, err := range h.engine.Newest(state, plan) {
				if err != nil {
					h.t.Fatal(err)
				}
				ids = append(ids, s.ID)
			}
			return ids
		}
		var all []string
		for _, d := range deals {
			all = append([]string{runID(d)}, all...)
		}
		check := func(how string) {
			h.t.Helper()
			for _, tt := range []struct {
				state engine.RunState
				plan  string
				want  []string
			}{
				{"", "", all},
				{"", planName, all},
				{engine.Held, "", all[1:2]},
				{engine.Done, planName, []string{all[0], all[2], all[3]}},
				{"", "another plan", []string{}},
			} {
				if got := list(tt.state, tt.plan); !slices.Equal(got, tt.want) {
					h.t.Errorf("%s, state %q of plan %q: %v, want %v", how, tt.state, tt.plan, got, tt.want)
				}
			}
		}
		check("by the lists")
		h.set(h.without("open/", "ended/")...)
		check("without lists")
	})
}
