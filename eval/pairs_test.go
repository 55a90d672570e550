package eval_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/eval"
)

func file(lines ...string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte(strings.Join(lines, "\n") + "\n")}
}

// TestPairsAreCounted grades a set whose figures can be worked out by hand.
func TestPairsAreCounted(t *testing.T) {
	sets, found := eval.LoadPairs(fstest.MapFS{
		"left.jsonl":  file(`{"id":"l1","Name":"Blue kettle","ProductCode":"K1"}`, `{"id":"l2","Name":"Red kettle"}`, `{"id":"l3","Name":"Green kettle"}`, `{"id":"l4","Name":"Kettle"}`, `{"id":"l5","Name":"Hob"}`),
		"right.jsonl": file(`{"id":"r1","Name":"Blue kettle","Code":"K1"}`, `{"id":"r2","Name":"Red kettle"}`, `{"id":"r3","Name":"Green kettle"}`, `{"id":"r4","Name":"Copper kettle"}`),
		"gold.jsonl": file(
			`{"left":"l1","kind":"match","right":["r1"]}`, `{"left":"l2","kind":"match","right":["r3"],"near_miss":["r2"]}`,
			`{"left":"l3","kind":"none","right":[]}`, `{"left":"l4","kind":"match","right":["r4"]}`, `{"left":"l5","kind":"bundle","right":["r1","r2"]}`),
	})
	if len(found) > 0 || len(sets) != 1 {
		t.Fatal(found, len(sets))
	}
	got := sets[0].Match()
	want := eval.PairResult{
		Set: "pairs", N: 5, Matching: 3, Targets: 4, Proposed: 3, Right: 1, Sure: 3, SureOK: 1, Near: 1, Bundles: 1, Top1: 1, Top3: 3, Top5: 3, Pass: true,
		Wrong: []string{"Red kettle → Red kettle", "Green kettle → Green kettle"},
		Records: []eval.PairRecord{
			{Left: "l1", Grade: "right"}, {Left: "l2", Grade: "wrong"}, {Left: "l3", Grade: "wrong"}, {Left: "l4", Grade: "left to a person"}, {Left: "l5", Grade: "right"},
		},
	}
	want.Top1, want.Top3, want.Top5 = got.Top1, got.Top3, got.Top5 // how the rest is ranked is the matcher's business
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got.Top1 < 1 || got.Top3 < got.Top1 || got.Top5 < got.Top3 {
		t.Errorf("top 1, 3, 5: %d, %d, %d", got.Top1, got.Top3, got.Top5)
	}
}

// TestHardRuleBroken: a sure proposal that breaks a rule fails its set, whatever the
// labels say.
func TestHardRuleBroken(t *testing.T) {
	sets, found := eval.LoadPairs(fstest.MapFS{
		"left.csv":      file("id,name,code", "1,Licence,L-1"),
		"right.csv":     file("id,name,code", "2,Licence,L-1"),
		"gold.csv":      file("left_id,right_ids,kind", "1,2,match"),
		"tax/rates.csv": file("id,Name,EffectiveRate,Status", "a,GST,15,DELETED"),
		// Without a document these are records like any other.
		"tax/labels.dev.jsonl": file(`{"id":"x","label":"GST","rate":15,"tenant":"nz"}`),
		"tax/gold.dev.jsonl":   file(`{"left":"x","kind":"match","right":["a"]}`),
	})
	if len(found) > 0 || len(sets) != 2 {
		t.Fatal(found, len(sets))
	}
	if got := sets[0].Match(); got.Set != "pairs" || !got.Pass || got.SureOK != 1 {
		t.Errorf("got %+v", got)
	}
	got := sets[1].Match()
	if got.Set != "tax.dev" || got.Pass || len(got.Broken) != 1 || !strings.Contains(got.Broken[0], "out of use") {
		t.Errorf("got %+v", got)
	}
}

// TestValuesAreNotProposed: tax labels get a list and no proposal.
func TestValuesAreNotProposed(t *testing.T) {
	for _, set := range pairs(t) {
		if set.Set != "tax" {
			continue
		}
		got := set.Match()
		if !got.Values || got.Proposed != 0 || got.Top1 == 0 || len(got.Broken) > 0 {
			t.Errorf("got %+v", got)
		}
	}
}

func TestBadPairs(t *testing.T) {
	left, right := file(`{"id":"l","Name":"x"}`), file(`{"id":"r","Name":"x"}`)
	for name, tt := range map[string]struct {
		files fstest.MapFS
		want  string
	}{
		"no labels":        {fstest.MapFS{"left.jsonl": left}, "no gold.jsonl"},
		"no left":          {fstest.MapFS{"gold.jsonl": file(`{"left":"l","kind":"none"}`), "right.jsonl": right}, "left.jsonl: error pairs-invalid: it is not there"},
		"an odd kind":      {fstest.MapFS{"gold.jsonl": file("", `{"left":"l","kind":"maybe"}`), "left.jsonl": left, "right.jsonl": right}, `gold.jsonl:2:1: error pairs-invalid: kind "maybe"`},
		"an unknown left":  {fstest.MapFS{"gold.jsonl": file(`{"left":"z","kind":"none"}`), "left.jsonl": left, "right.jsonl": right}, `left record "z" is not there`},
		"an unknown right": {fstest.MapFS{"gold.jsonl": file(`{"left":"l","kind":"match","right":["z"]}`), "left.jsonl": left, "right.jsonl": right}, `right record "z" is not there`},
		"a match of none":  {fstest.MapFS{"gold.jsonl": file(`{"left":"l","kind":"match","right":[]}`), "left.jsonl": left, "right.jsonl": right}, "a match without a right record"},
		"no id":            {fstest.MapFS{"gold.jsonl": file(`{"left":"l","kind":"none"}`), "left.jsonl": file(`{"Name":"x"}`), "right.jsonl": right}, "left.jsonl:1:1: error pairs-invalid: a record without an id"},
		"not JSON":         {fstest.MapFS{"gold.jsonl": file(`{"left":"l","kind":"none"}`), "left.jsonl": file(`{"id":"l"`), "right.jsonl": right}, "left.jsonl:1:1"},
		"not CSV":          {fstest.MapFS{"gold.csv": file("left_id,kind", `l,"none`), "left.jsonl": left, "right.jsonl": right}, "gold.csv"},
	} {
		_, found := eval.LoadPairs(tt.files)
		if !found.HasErrors() || !strings.Contains(found.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", name, found, tt.want)
		}
	}
}
