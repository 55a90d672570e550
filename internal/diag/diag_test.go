package diag_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/diag"
)

func TestString(t *testing.T) {
	for want, d := range map[string]diag.Diagnostic{
		"plan.yaml:3:7: error bad-name: no": {Code: "bad-name", Severity: diag.Error, File: "plan.yaml", Line: 3, Column: 7, Message: "no"},
		"input:3:7: warning bad-name: no":   {Code: "bad-name", Severity: diag.Warning, Line: 3, Column: 7, Message: "no"},
		"plan.yaml: note bad-name: no":      {Code: "bad-name", Severity: diag.Note, File: "plan.yaml", Message: "no", Hint: "not shown"},
		"error bad-name: no":                {Code: "bad-name", Severity: diag.Error, Pointer: "/a", Message: "no"},
	} {
		if got := d.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestHasErrors(t *testing.T) {
	for _, tc := range []struct {
		list diag.List
		want bool
	}{
		{nil, false},
		{diag.List{{Severity: diag.Warning}, {Severity: diag.Note}}, false},
		{diag.List{{Severity: diag.Warning}, {Severity: diag.Error}}, true},
	} {
		if got := tc.list.HasErrors(); got != tc.want {
			t.Errorf("%v: HasErrors is %v", tc.list, got)
		}
		if got := tc.list.Err() != nil; got != tc.want {
			t.Errorf("%v: Err is %v", tc.list, tc.list.Err())
		}
	}
}

func TestSorted(t *testing.T) {
	in := diag.List{
		{File: "b", Line: 1, Message: "7"},
		{File: "a", Line: 2, Column: 1, Message: "4"},
		{File: "a", Line: 1, Column: 9, Message: "3"},
		{File: "a", Line: 2, Column: 1, Pointer: "/x", Code: "b", Message: "6"},
		{File: "a", Line: 2, Column: 1, Pointer: "/x", Code: "a", Message: "5"},
		{File: "", Line: 9, Message: "1"},
		{File: "a", Line: 1, Column: 2, Message: "2"},
	}
	before := fmt.Sprint(in)
	var got strings.Builder
	for _, d := range in.Sorted() {
		got.WriteString(d.Message)
	}
	if got.String() != "1234567" {
		t.Errorf("order is %s", got.String())
	}
	if fmt.Sprint(in) != before {
		t.Error("Sorted changed the list it was called on")
	}
}

func TestSortedKeepsOrderOfEquals(t *testing.T) {
	in := diag.List{{Code: "c", Message: "first"}, {Code: "c", Message: "second"}, {Code: "c", Message: "third"}}
	if diff := cmp.Diff(in, in.Sorted()); diff != "" {
		t.Error(diff)
	}
}

func TestCapped(t *testing.T) {
	in := diag.List{{Message: "1", Severity: diag.Error}, {Message: "2"}, {Message: "3"}}
	if got := in.Capped(3); len(got) != 3 || got[2].Message != "3" {
		t.Errorf("a list at its limit became %v", got)
	}
	got := in.Capped(1)
	if len(got) != 2 || got[1].Severity != diag.Note || got[1].Message != "2 more findings are not shown" {
		t.Errorf("a list over its limit became %v", got)
	}
	if in[1].Message != "2" {
		t.Error("Capped changed the list it was called on")
	}
}

func TestTravelsAsError(t *testing.T) {
	list := diag.List{{Code: "a", Severity: diag.Error, Message: "one"}, {Code: "b", Severity: diag.Warning, Message: "two"}}
	err := fmt.Errorf("check plan: %w", list.Err())
	var back diag.List
	if !errors.As(err, &back) || len(back) != 2 {
		t.Fatalf("the list did not survive: %v", err)
	}
	if got, want := err.Error(), "check plan: error a: one\nwarning b: two"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestJSONLeavesOutWhatIsNotKnown(t *testing.T) {
	out, err := json.Marshal(diag.Diagnostic{Code: "a", Severity: diag.Error, Message: "m"})
	if got, want := string(out), `{"code":"a","severity":"error","message":"m"}`; err != nil || got != want {
		t.Errorf("got %s (%v), want %s", got, err, want)
	}
}
