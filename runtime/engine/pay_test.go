package engine_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/specs/catalog"
)

// newPayer is a plan that pays for each line of a deal.
func newPayer(t *testing.T, lines string) *host {
	t.Helper()
	h := newHost(t, programOf(t, "testdata/pay.yaml"))
	h.answers = map[string]any{"trigger": tree(deal), "lines": tree(lines)}
	for _, path := range []string{"every[0].", "every[1].", "every[2]."} {
		h.outcomes[path+"payment"] = outs(updated, updated, updated)
		h.outcomes[path+"mark"] = outs(updated, updated, updated)
	}
	return h
}

// naturals lists the keys of all requests that went out at a path that ends so.
func (h *host) naturals(suffix string) []string {
	h.t.Helper()
	var out []string
	for _, e := range h.log {
		var in engine.Intent
		if e.Kind != engine.KindIntent {
			continue
		}
		if err := json.Unmarshal(e.Data, &in); err != nil {
			h.t.Fatal(err)
		}
		if strings.HasSuffix(in.Path, suffix) {
			out = append(out, in.Natural)
		}
	}
	slices.Sort(out)
	return out
}

// TestFoundListMoves: a payment whose answer was lost was found by its mark; then the list
// moved. It is still that line's payment, and no other's.
func TestFoundListMoves(t *testing.T) {
	paid := tree(`[{"PaymentID":"p-1","Reference":"SF-00kA","Status":"AUTHORISED"}]`)
	for name, tt := range map[string]struct {
		first []apicall.Outcome
		wait  bool
		found any // by the look-ups after
		want  []string
	}{
		"found":                 {outs(lost), false, paid, []string{"SF-00kA", "SF-00kB"}},
		"not found, sent again": {outs(lost, updated, updated), false, tree(`[]`), []string{"SF-00kA", "SF-00kA", "SF-00kB"}},
		"turned away since":     {outs(lost, refused(catalog.ClassLimit, "too many"), updated, updated), true, tree(`[]`), nil},
	} {
		t.Run(name, func(t *testing.T) {
			h := newPayer(t, `[{"Id":"00kA","TotalPrice":10},{"Id":"00kB","TotalPrice":20}]`)
			h.outcomes["every[0].payment"] = append(tt.first, updated, updated)
			h.outcomes["every[0].mark"] = outs(refused(catalog.ClassData, "locked"), updated, updated)
			h.answers["every[0].payment/lookup"] = tt.found
			if tt.wait { // the person lets it go on while the vendor turns it away
				for {
					a := h.next()
					h.now = h.now.Add(1e9)
					if a.Kind == engine.DoHold {
						h.add(engine.KindHeld, a.Hold)
						if a.Hold.Code == engine.HoldVendor {
							break
						}
						h.now = a.Hold.Until
						h.add(engine.KindReleased, engine.Released{By: engine.ByTime})
						continue
					}
					if a.Kind == engine.DoWrite {
						h.write(a)
						continue
					}
					h.answer(a)
				}
				h.answers["every[0].payment/lookup"] = paid
				tt.want = []string{"SF-00kA", "SF-00kA", "SF-00kB"}
			} else if a := h.run(); a.Path != "every[0].mark" {
				t.Fatalf("got %s %+v, want the refusal", a.Path, a.Hold)
			}
			h.add(engine.KindReleased, engine.Released{By: "Dana"})
			h.answers["lines"] = tree(`[{"Id":"00kB","TotalPrice":20},{"Id":"00kA","TotalPrice":10}]`)
			a := h.run()
			for a.Kind == engine.DoHold && (a.Hold.Code == engine.HoldData || strings.Contains(a.Hold.Message, "it was written for")) {
				h.add(engine.KindReleased, engine.Released{By: "Dana", Allow: a.Hold.Code})
				a = h.run()
			}
			if a.End.State != engine.Done {
				t.Errorf("ended %+v %+v, want done", a.End, a.Hold)
			}
			if diff := cmp.Diff(tt.want, h.naturals("payment")); diff != "" {
				t.Errorf("paid (-want +got):\n%s", diff)
			}
			replayed(t, h)
		})
	}
}
