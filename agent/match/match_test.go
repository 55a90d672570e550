package match_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/agent/match"
)

func TestPropose(t *testing.T) {
	tests := []struct {
		name           string
		source         match.Record
		targets        []match.Record
		want           string
		wantCandidates []string
	}{
		{"same name", rec("1", "", "Onboarding Workshop"), []match.Record{rec("a", "", "Onboarding Workshop"), rec("b", "", "Workshop")}, "a", []string{"b"}},
		{"case and spacing", rec("1", "", "ONBOARDING  workshop"), []match.Record{rec("a", "", "Onboarding Workshop ")}, "a", nil},
		{"punctuation", rec("1", "", "On-site: set-up (basic)"), []match.Record{rec("a", "", "On site set up, Basic")}, "a", nil},
		{"ampersand", rec("1", "", "Installation & Testing"), []match.Record{rec("a", "", "Installation and testing")}, "a", nil},
		{"accents", rec("1", "", "Café Müller Menü"), []match.Record{rec("a", "", "Cafe Muller Menu")}, "a", nil},
		{"accent written apart", rec("1", "", "Cafe\u0301"), []match.Record{rec("a", "", "Café")}, "a", nil},
		{"full width", rec("1", "", "ＡＢＣ　１２"), []match.Record{rec("a", "", "abc 12")}, "a", nil},
		{"sharp s", rec("1", "", "Straße"), []match.Record{rec("a", "", "STRASSE")}, "a", nil},
		{"digits and letters", rec("1", "", "Licence 12mo"), []match.Record{rec("a", "", "Licence 12 mo")}, "a", nil},
		{"months", rec("1", "", "Licence 12 months"), []match.Record{rec("a", "", "Licence 24 months")}, "", []string{"a"}},
		{"months under one code", rec("1", "LIC", "Licence 12 months"), []match.Record{rec("a", "LIC", "Licence 24 months")}, "", []string{"a"}},
		{"editions", rec("1", "X1", "Suite Standard"), []match.Record{rec("a", "X1", "Suite Premium")}, "", []string{"a"}},
		{"regions", rec("1", "X1", "Support AU"), []match.Record{rec("a", "X1", "Support NZ")}, "", []string{"a"}},
		{"missing edition", rec("1", "X1", "Suite Standard"), []match.Record{rec("a", "X1", "Suite")}, "a", nil},
		{"units", rec("1", "X1", "Hose 38 mm"), []match.Record{rec("a", "X1", "Hose 38 cm")}, "", []string{"a"}},
		{"code with like names", rec("1", "KM-1101", "Examination glove, blue"), []match.Record{rec("a", "KM1101", "Glove examination blue")}, "a", nil},
		{"code with other names", rec("1", "KM-1904", "Stethoscope"), []match.Record{rec("a", "KM1904", "Wheelchair")}, "a", nil},
		{"two targets of one name", rec("1", "", "Support"), []match.Record{rec("a", "", "Support"), rec("b", "", "support")}, "", []string{"a", "b"}},
		{"two of one name, told apart by code", rec("1", "S2", "Support"), []match.Record{rec("a", "S1", "Support"), rec("b", "S2", "support")}, "b", []string{"a"}},
		{"two of one code", rec("1", "S", "Support plan"), []match.Record{rec("a", "S", "Support plan one"), rec("b", "S", "Support plan b")}, "", []string{"a", "b"}},
		{"name and code disagree", rec("1", "S1", "Support"), []match.Record{rec("a", "S1", "Training"), rec("b", "S2", "Support")}, "", []string{"a", "b"}},
		{"decimal comma", rec("1", "", "Hose 1,5 mm"), []match.Record{rec("a", "", "Hose 15 mm"), rec("b", "", "Hose 1.5 mm")}, "b", []string{"a"}},
		{"thousands", rec("1", "", "100,000 records"), []match.Record{rec("a", "", "100000 Records")}, "a", nil},
		{"fractions", rec("1", "", "Hose ½ inch"), []match.Record{rec("a", "", "Hose inch")}, "", []string{"a"}},
		{"signs", rec("1", "", "Course C++"), []match.Record{rec("a", "", "Course C"), rec("b", "", "Course C#")}, "", []string{"a", "b"}},
		{"plus between words", rec("1", "", "Install + Training"), []match.Record{rec("a", "", "Install and training")}, "a", nil},
		{"nothing in common", rec("1", "", "Support"), []match.Record{rec("a", "", "Wheelchair")}, "", nil},
		{"no name", rec("1", "", ""), []match.Record{rec("a", "", "")}, "", nil},
	}
	for _, tt := range tests {
		got := match.Propose([]match.Record{tt.source}, tt.targets)[0]
		var candidates []string
		for _, c := range got.Candidates {
			candidates = append(candidates, c.Target)
		}
		if got.Target != tt.want || !slices.Equal(candidates, tt.wantCandidates) {
			t.Errorf("%s: got %q of %v, want %q of %v", tt.name, got.Target, candidates, tt.want, tt.wantCandidates)
		}
		if (got.Target == "") != (len(got.Reasons) == 0) {
			t.Errorf("%s: target %q with reasons %v", tt.name, got.Target, got.Reasons)
		}
	}
}

func rec(id, code, name string) match.Record { return match.Record{ID: id, Code: code, Name: name} }

// TestSure holds which proposals may be accepted without a look of their own.
func TestSure(t *testing.T) {
	for name, tt := range map[string]struct {
		source, target match.Record
		sure           bool
	}{
		"same name":                   {rec("1", "", "Support plan, gold"), rec("a", "", "support plan gold"), true},
		"same code and like names":    {rec("1", "GW-100", "Kea Gateway 100"), rec("a", "gw100", "Gateway unit model 100"), true},
		"same code and half the name": {rec("1", "K103", "Crane & Sons"), rec("a", "K103", "Crane & Daughters"), false},
		"same code and more words":    {rec("1", "LBL", "Label printer"), rec("a", "LBL", "Thermal label printer"), true},
		"same code and another world": {rec("1", "CORE", "Annual subscription per user"), rec("a", "CORE", "Steel rod"), false},
	} {
		m := match.Propose([]match.Record{tt.source}, []match.Record{tt.target})[0]
		if m.Target != "a" || (m.Score >= match.Sure) != tt.sure {
			t.Errorf("%s: got %+v, want sure %v", name, m, tt.sure)
		}
	}
}

func TestCandidatesAreBoundedAndSayWhatDiffers(t *testing.T) {
	var targets []match.Record
	for _, id := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		targets = append(targets, rec(id, "", "Licence "+id+" 24 months"))
	}
	targets = append(targets, rec("z", "", "Licence 12 months more"))
	got := match.Propose([]match.Record{rec("1", "", "Licence 12 months")}, targets)[0]
	if len(got.Candidates) != match.MaxCandidates || got.Candidates[0].Target != "z" {
		t.Fatalf("got %v", got.Candidates)
	}
	if len(got.Candidates[0].Differs) != 0 {
		t.Errorf("nothing speaks against z: %v", got.Candidates[0].Differs)
	}
	if want := []string{"numbers: 12 is not 24"}; !slices.Equal(got.Candidates[1].Differs, want) {
		t.Errorf("got %v, want %v", got.Candidates[1].Differs, want)
	}
}

func TestProposeIsStable(t *testing.T) {
	sources := []match.Record{rec("1", "S", "Support plan gold"), rec("2", "T", "Training day"), rec("3", "", "")}
	targets := []match.Record{rec("a", "S", "Gold support plan"), rec("b", "T", "Training"), rec("c", "", "Plan"), rec("d", "", "Day")}
	want := match.Propose(sources, targets)
	for range 20 {
		if diff := cmp.Diff(want, match.Propose(sources, targets)); diff != "" {
			t.Fatal(diff)
		}
	}
}

// TestPrecision holds proposals against labelled catalogues: at most one in a hundred
// may be wrong.
func TestPrecision(t *testing.T) {
	root := "../../../shared/mapping/b2b"
	sets, err := filepath.Glob(root + "/*/gold.jsonl")
	if err != nil || len(sets) == 0 {
		t.Skip("the labelled catalogues are not beside this repository")
	}
	var proposed, right, matches, sources, listed int
	for _, gold := range sets {
		dir := filepath.Dir(gold)
		left, wanted := readLeft(t, dir), readGold(t, gold)
		for _, m := range match.Propose(left, readRight(t, dir)) {
			sources++
			g := wanted[m.Source]
			if g.Kind == "match" {
				matches++
			}
			if g.Kind == "match" && (slices.Contains(g.Right, m.Target) ||
				slices.ContainsFunc(m.Candidates, func(c match.Candidate) bool { return slices.Contains(g.Right, c.Target) })) {
				listed++
			}
			if m.Target == "" {
				continue
			}
			proposed++
			if g.Kind == "match" && slices.Contains(g.Right, m.Target) {
				right++
			} else {
				t.Logf("%s: wrong: %v → %s", filepath.Base(dir), m, g.Kind)
			}
		}
	}
	t.Logf("%d sources, %d with a counterpart; %d proposed, %d right: precision %.3f, recall %.3f; %.3f of the counterparts proposed or listed",
		sources, matches, proposed, right, float64(right)/float64(max(proposed, 1)), float64(right)/float64(matches), float64(listed)/float64(matches))
	if right*100 < proposed*99 {
		t.Errorf("precision below 0.99")
	}
}

type gold struct {
	Left, Kind string
	Right      []string
}

func readGold(t *testing.T, file string) map[string]gold {
	out := map[string]gold{}
	readLines(t, file, func(g gold) { out[g.Left] = g })
	return out
}

func readLeft(t *testing.T, dir string) []match.Record {
	var out []match.Record
	readLines(t, filepath.Join(dir, "left.jsonl"), func(r struct{ ID, Name, ProductCode, Family string }) {
		out = append(out, match.Record{ID: r.ID, Name: r.Name, Code: r.ProductCode, Group: r.Family})
	})
	return out
}

func readRight(t *testing.T, dir string) []match.Record {
	var out []match.Record
	readLines(t, filepath.Join(dir, "right.jsonl"), func(r struct{ ID, Name, Code string }) {
		out = append(out, match.Record{ID: r.ID, Name: r.Name, Code: r.Code})
	})
	return out
}

func readLines[T any](t *testing.T, file string, each func(T)) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		var v T
		if err := json.Unmarshal(s.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		each(v)
	}
}

func FuzzPropose(f *testing.F) {
	f.Add("KM-1", "Glove & more 12mo", "KM1", "Glove and more 12 mo")
	f.Add("", "１２％ ß", "x", "e\u0301")
	f.Fuzz(func(t *testing.T, code, name, tcode, tname string) {
		got := match.Propose([]match.Record{{ID: "s", Code: code, Name: name}}, []match.Record{{ID: "t", Code: tcode, Name: tname}})
		if len(got) != 1 || got[0].Source != "s" {
			t.Fatalf("got %v", got)
		}
		back := match.Propose([]match.Record{{ID: "t", Code: tcode, Name: tname}}, []match.Record{{ID: "s", Code: code, Name: name}})
		if (got[0].Target == "") != (back[0].Target == "") {
			t.Errorf("one way a match, the other not: %v %v", got, back)
		}
	})
}
