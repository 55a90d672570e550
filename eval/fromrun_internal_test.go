package eval

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/twin/demo"
	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/plans"
)

// played runs a reference plan through a scene and returns what was recorded of its runs.
func played(t *testing.T, e *Evaluator, reference string, scene Scene) []app.Recorded {
	t.Helper()
	checked, found, err := e.base.Check("plan.yaml", plans.Automations(e.Catalog())[reference].YAML())
	if err != nil || checked == nil {
		t.Fatal(err, found)
	}
	s, err := e.stage(t.Context(), scene)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.close() })
	if err := s.approve(t.Context(), checked); err != nil {
		t.Fatal(err)
	}
	var r Result
	if r.Run = (&RunResult{}); true {
		if err := s.perform(t.Context(), &r); err != nil || len(r.Trouble) > 0 {
			t.Fatal(err, r.Trouble)
		}
	}
	runs, err := s.app.Runs("", s.plan)
	if err != nil {
		t.Fatal(err)
	}
	var out []app.Recorded
	for _, v := range runs {
		rec, err := s.app.Recorded(t.Context(), v.ID)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, rec)
	}
	return out
}

// foreign is the demonstration's company as if it were another: no id of Salesforce or of a
// customer in the books is one that the demonstration has, and names are people's own.
func foreign(t *testing.T) *world.World {
	t.Helper()
	data, err := demo.New(7).World.Encode()
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("5g00000", "7g00000", "HW-GW-200", "ZZ-9", "Northland Solar", "Gruber & Söhne GmbH").Replace(string(data))
	w, err := world.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return &w
}

func theirs(id string) string { return strings.Replace(id, "5g00000", "7g00000", 1) }

// TestFromRun makes cases of runs, of the demonstration's company and of another: each passes
// the evaluation, and holds no text of anybody's.
func TestFromRun(t *testing.T) {
	e, err := New(Config{Dir: t.TempDir(), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	company := demo.New(7)
	var rows []Row
	for _, p := range company.Products {
		if p.Item != "" {
			rows = append(rows, Row{Mapping: "product", Key: []string{theirs(p.Product)}, To: strings.Replace(p.Item, "HW-GW-200", "ZZ-9", 1)})
		}
	}
	for _, x := range company.Taxes {
		rows = append(rows, Row{Mapping: "tax", Key: []string{x.Country, x.Family}, To: x.TaxType})
	}
	won := func(id string) Event {
		return Event{Update: &Patch{Object: "Opportunity", ID: id, Set: map[string]any{"StageName": "Closed Won"}}}
	}
	tests := []struct {
		name, plan string
		scene      Scene
		runs       int
		holds      []string // what the case must say
	}{
		{"won deals", "closed-won-to-invoice", Scene{Events: []Event{{Win: json.RawMessage("4")}}}, 4, []string{"TotalTax"}},
		{"won deals of another company", "closed-won-to-invoice", Scene{
			World: WorldRef{World: foreign(t)}, Rows: rows,
			Events: []Event{{Advance: 2e9}, won(theirs(company.Close[0])), won(theirs(company.Close[1])), won(theirs(company.Close[2]))},
		}, 3, nil},
		{"a paid invoice", "invoice-to-opportunity", Scenes()["paid"], 2, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			runs := played(t, e, tt.plan, tt.scene)
			if len(runs) != tt.runs {
				t.Errorf("%d runs, want %d", len(runs), tt.runs)
			}
			for _, run := range runs {
				data, err := e.FromRun(t.Context(), "run/"+run.Run.Key, run)
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("%s", data)
			}
		})
	}
}
