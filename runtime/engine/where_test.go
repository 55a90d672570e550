package engine_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/plan"
)

// TestWhere holds what reads are asked for, and that a condition whose value says nothing
// holds the run instead of finding other records.
func TestWhere(t *testing.T) {
	const more = `  - id: open
    read: xero.getInvoices
    where:
      - {Status: {in: "${account.?BillingCountry.orValue('') == 'NZ' ? ['PAID', 'AUTHORISED'] : []}"}, Date: {lt: "${opportunity.CloseDate}"}}
      - {Reference: "${account.?BillingCountry.orValue('')}"}
  - {id: looked, assert: "${open.size() < 100}"}
  - id: contact
`
	tests := []struct {
		name  string
		setup func(h *host)
		end   string
		want  apicall.Where // of the list; nil when it is never read
	}{
		{"all there", func(*host) {}, "done", apicall.Where{
			{{Field: "Date", Op: plan.Lt, Value: "2026-11-01"}, {Field: "Status", Op: plan.In, Value: []any{"PAID", "AUTHORISED"}}},
			{{Field: "Reference", Op: plan.Eq, Value: "NZ"}},
		}},
		{"an empty list", func(h *host) { h.answers["account"] = tree(`{"Id":"001A","Name":"Kea Ltd","BillingCountry":"AU"}`) }, "data: what Status is compared with is empty", nil},
		{"an empty text", func(h *host) { h.answers["account"] = tree(`{"Id":"001A","Name":"Kea Ltd"}`) }, "data: is empty", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHost(t, program(t, "  - id: contact\n", more))
			h.answers["open"] = tree(`[{"InvoiceID":"i-9","Status":"PAID"}]`)
			h.outcomes["invoice"], h.outcomes["back"] = outs(created), outs(updated)
			tt.setup(h)
			var asked apicall.Where
			for range 20 {
				a := h.next()
				if a.Kind == engine.DoRead && a.Path == "open" {
					asked = a.Args.Filter
				}
				if a.Kind != engine.DoRead {
					break
				}
				h.answer(a)
			}
			for _, way := range asked {
				for i := range way {
					if way[i].Type.Kind == "" {
						t.Errorf("%s is sent without its type", way[i].Field)
					}
					way[i].Type.Kind, way[i].Type.Enum, way[i].Type.MaxLength, way[i].Type.Wire = "", nil, 0, ""
				}
			}
			if diff := cmp.Diff(tt.want, asked); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
			a := h.run()
			got, reason := string(a.End.State), a.End.Reason
			if a.Kind == engine.DoHold {
				got, reason = string(a.Hold.Code), a.Hold.Message
			}
			want, text, _ := strings.Cut(tt.end, ": ")
			if got != want || !strings.Contains(reason, text) {
				t.Errorf("ended %s: %s; want %s", got, reason, tt.end)
			}
		})
	}
}
