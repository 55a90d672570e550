package mapping_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/runtime/mapping"
	"github.com/planwright/planwright/runtime/plan"
)

var (
	now = time.Date(2026, 11, 22, 10, 8, 1, 0, time.UTC)

	product = plan.Mapping{From: map[string]string{"product": "salesforce.Product2"}, To: "xero.Item", With: []string{"SalesDetails.AccountCode"}}
	tax     = plan.Mapping{From: map[string]string{"family": "string", "country": "string"}, To: "xero.TaxRate"}
)

func item(code, account string) map[string]any {
	return map[string]any{"Code": code, "SalesDetails": map[string]any{"AccountCode": account}}
}

func row(key, code, account string) mapping.Row {
	return mapping.Row{Key: []string{key}, Value: item(code, account)}
}

// approved are the events that propose and approve a row.
func approved(r mapping.Row) []mapping.Event {
	return []mapping.Event{
		mapping.Propose(r, "matcher", now),
		mapping.Decide(r, mapping.Approved, "Ana", now.Add(time.Hour), "looks right"),
	}
}

func fold(t *testing.T, events ...mapping.Event) *mapping.Table {
	t.Helper()
	table, err := mapping.Fold("product", product, "Code", events)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func apply(t *testing.T, table *mapping.Table, events ...mapping.Event) {
	t.Helper()
	for _, e := range events {
		if err := table.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNew(t *testing.T) {
	got := mapping.New("tax", tax, "TaxType")
	want := []mapping.Column{{Name: "country", Type: "string"}, {Name: "family", Type: "string"}}
	if diff := cmp.Diff(want, got.From); diff != "" {
		t.Errorf("inputs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Code", "SalesDetails.AccountCode"}, fold(t).Fields); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

func TestOnlyApprovedRowsAreVisible(t *testing.T) {
	a, b := row("01t1", "INST", "200"), row("01t1", "INST-H", "200")
	table := fold(t)
	for i, step := range []struct {
		event   mapping.Event
		visible string // code of the visible row
		pending string // code of the row that waits
		states  string // of Rows
	}{
		{mapping.Propose(a, "matcher", now), "", "INST", "proposed"},
		{mapping.Decide(a, mapping.Rejected, "Ana", now, "no"), "", "", "rejected"},
		{mapping.Propose(a, "matcher", now), "", "INST", "proposed"},
		{mapping.Propose(b, "matcher", now), "", "INST-H", "proposed"},
		{mapping.Decide(b, mapping.Approved, "Ana", now, ""), "INST-H", "", "approved"},
		{mapping.Propose(a, "Ben", now), "INST-H", "INST", "approved proposed"},
		{mapping.Decide(a, mapping.Rejected, "Ana", now, ""), "INST-H", "", "approved"},
		{mapping.Propose(a, "Ben", now), "INST-H", "INST", "approved proposed"},
		{mapping.Decide(a, mapping.Approved, "Ana", now, ""), "INST", "", "approved"},
		{mapping.Propose(b, "Ben", now), "INST", "INST-H", "approved proposed"},
		{mapping.Decide(a, mapping.Withdrawn, "Ana", now, ""), "", "INST-H", "proposed"},
		{mapping.Decide(b, mapping.Rejected, "Ana", now, ""), "", "", "rejected"},
	} {
		apply(t, table, step.event)
		visible, _ := table.Row([]string{"01t1"})
		pending, _ := table.Pending([]string{"01t1"})
		var states []string
		for _, r := range table.Rows() {
			states = append(states, string(r.State))
		}
		got := fmt.Sprint(visible["Code"], pending.Value["Code"], states)
		want := fmt.Sprint(orNil(step.visible), orNil(step.pending), strings.Fields(step.states))
		if got != want {
			t.Errorf("step %d, %s: got %s, want %s", i, step.event.Kind, got, want)
		}
		if n := len(table.History([]string{"01t1"})); n != i+1 {
			t.Errorf("step %d: history has %d events", i, n)
		}
	}
	if table.History([]string{"other"}) != nil {
		t.Error("a key that nobody spoke of has a history")
	}
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func TestRowsTellWhoDecided(t *testing.T) {
	r := row("01t1", "INST", "200")
	r.Label, r.Score, r.Reasons = mapping.Label{From: "Installation", To: "INST"}, 970, []string{"same SKU"}
	r.Evidence = []mapping.Evidence{{Field: "SKU", From: "INST", To: "INST"}}
	got, ok := fold(t, approved(r)...).Approved(r.Key)
	want := r
	want.State, want.ProposedBy, want.ProposedAt = mapping.Approved, "matcher", now
	want.By, want.At, want.Comment, want.Version = "Ana", now.Add(time.Hour), "looks right", 1
	if diff := cmp.Diff(want, got); diff != "" || !ok {
		t.Errorf("approved row (-want +got):\n%s", diff)
	}
}

func TestRefused(t *testing.T) {
	a, b, c := row("01t1", "A", "200"), row("01t1", "B", "200"), row("01t2", "C", "200")
	events := append(approved(a), mapping.Propose(b, "Ben", now))
	value := func(v any) mapping.Event {
		return mapping.Propose(mapping.Row{Key: []string{"k"}, Value: map[string]any{"Code": v}}, "Ben", now)
	}
	deep := any("x")
	for range 20 {
		deep = []any{deep}
	}
	for name, tt := range map[string]struct {
		event mapping.Event
		want  error
	}{
		"approve what is not waiting":  {mapping.Decide(c, mapping.Approved, "Ana", now, ""), mapping.ErrMoved},
		"approve another row":          {mapping.Decide(a, mapping.Approved, "Ana", now, ""), mapping.ErrMoved},
		"reject another row":           {mapping.Decide(a, mapping.Rejected, "Ana", now, ""), mapping.ErrMoved},
		"withdraw another row":         {mapping.Decide(b, mapping.Withdrawn, "Ana", now, ""), mapping.ErrMoved},
		"approve by nobody":            {mapping.Decide(b, mapping.Approved, " ", now, ""), mapping.ErrUnnamed},
		"propose by nobody":            {mapping.Propose(c, "", now), mapping.ErrUnnamed},
		"no value":                     {mapping.Propose(mapping.Row{Key: []string{"k"}}, "Ben", now), mapping.ErrRow},
		"no key":                       {mapping.Propose(mapping.Row{Value: item("A", "1")}, "Ben", now), mapping.ErrRow},
		"key not UTF-8":                {mapping.Propose(row("\xff", "A", "1"), "Ben", now), mapping.ErrRow},
		"key too long":                 {mapping.Propose(row(strings.Repeat("k", 2000), "A", "1"), "Ben", now), mapping.ErrRow},
		"float":                        {value(1.5), mapping.ErrRow},
		"null":                         {value(nil), mapping.ErrRow},
		"null in a list":               {value([]any{nil}), mapping.ErrRow},
		"number that is none":          {value(json.Number("1,5")), mapping.ErrRow},
		"text not UTF-8":               {value("\xff"), mapping.ErrRow},
		"field with a dot":             {value(map[string]any{"a.b": "x"}), mapping.ErrRow},
		"field with a line break":      {value(map[string]any{"a\r\nb": "x"}), mapping.ErrRow},
		"nested too deep":              {value(deep), mapping.ErrRow},
		"too large":                    {value(strings.Repeat("x", 70<<10)), mapping.ErrRow},
		"score out of range":           {mapping.Event{Kind: mapping.Proposed, By: "Ben", Key: []string{"k"}, Value: item("A", "1"), Score: 1001}, mapping.ErrRow},
		"kind that is none":            {mapping.Event{Kind: "decided", By: "Ben", Key: []string{"k"}}, mapping.ErrKind},
		"proposing again, not refused": {mapping.Propose(b, "Ben", now), nil},
	} {
		t.Run(name, func(t *testing.T) {
			table := fold(t, events...)
			before := table.Rows()
			if err := table.Apply(tt.event); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if tt.want == nil {
				return
			}
			if diff := cmp.Diff(before, table.Rows()); diff != "" {
				t.Errorf("a refused event changed rows (-before +after):\n%s", diff)
			}
			if _, err := mapping.Fold("product", product, "Code", append(events, tt.event)); !errors.Is(err, tt.want) {
				t.Errorf("fold: got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestIncompleteRowsAreNotVisible(t *testing.T) {
	events := approved(mapping.Row{Key: []string{"01t1"}, Value: map[string]any{"Code": "A"}})
	old := product
	old.With = nil
	was, err := mapping.Fold("product", old, "Code", events)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := was.Row([]string{"01t1"}); !ok {
		t.Error("the row is not visible to the plan it was approved for")
	}
	is := fold(t, events...)
	if _, ok := is.Row([]string{"01t1"}); ok {
		t.Error("a row without AccountCode is visible to a plan that uses it")
	}
	if rows := is.Rows(); len(rows) != 1 || !errors.Is(is.Check(rows[0]), mapping.ErrRow) {
		t.Errorf("rows for people: %+v", rows)
	}
	taxed, err := mapping.Fold("product", tax, "TaxType", events)
	if err != nil {
		t.Fatal(err)
	}
	if rows := taxed.Rows(); len(rows) != 0 {
		t.Errorf("a row with other inputs is shown: %+v", rows)
	}
	if n := len(taxed.History([]string{"01t1"})); n != 2 {
		t.Errorf("its history has %d events, want 2", n)
	}
}

func TestChanged(t *testing.T) {
	a, b, c := row("01t1", "A", "200"), row("01t2", "B", "200"), row("01t3", "C", "200")
	table := fold(t, append(approved(a), approved(b)...)...)
	old, digest := table.Snapshot(), table.Digest()
	check := func(what string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, table.Changed(old)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	check("nothing happened")
	apply(t, table, approved(c)...)
	check("a new key")
	if table.Digest() == digest {
		t.Error("the digest is the same after a row was approved")
	}
	relabelled := a
	relabelled.Label, relabelled.Score = mapping.Label{To: "other words"}, 10
	apply(t, table, approved(relabelled)...)
	check("the same row in other words")
	apply(t, table, mapping.Propose(row("01t1", "A", "201"), "Ben", now))
	check("a row that waits")
	apply(t, table, approved(row("01t1", "A", "201"))...)
	check("another account", `["01t1"]`)
	apply(t, table, mapping.Decide(b, mapping.Withdrawn, "Ana", now, ""))
	check("another account, and one withdrawn", `["01t1"]`, `["01t2"]`)
	apply(t, table, append(approved(a), approved(b)...)...)
	check("all as it was")
}

// TestNewKeysNeverChangeOldRows runs random histories: approving a key for the first time
// changes no earlier snapshot, and Changed names exactly the keys whose visible row differs.
func TestNewKeysNeverChangeOldRows(t *testing.T) {
	for seed := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, 1))
		table := fold(t)
		for range 100 {
			before, snapshot := table.Clone(), table.Snapshot()
			x := row(fmt.Sprint("k", r.IntN(8)), fmt.Sprint("c", r.IntN(3)), "200")
			_, had := before.Row(x.Key)
			var e mapping.Event
			switch r.IntN(4) {
			case 0:
				e = mapping.Decide(x, mapping.Withdrawn, "Ana", now, "")
			case 1:
				e = mapping.Decide(x, mapping.Rejected, "Ana", now, "")
			case 2:
				e = mapping.Decide(x, mapping.Approved, "Ana", now, "")
			default:
				e = mapping.Propose(x, "matcher", now)
			}
			if err := table.Apply(e); err != nil && !errors.Is(err, mapping.ErrMoved) {
				t.Fatal(err)
			}
			changed := table.Changed(snapshot)
			if !had && len(changed) > 0 {
				t.Fatalf("seed %d: %s of a new key changed %v", seed, e.Kind, changed)
			}
			var want []string
			for _, old := range before.Rows() {
				is, ok := table.Approved(old.Key)
				if old.State == mapping.Approved && (!ok || is.Digest() != old.Digest()) {
					want = append(want, mapping.KeyText(old.Key))
				}
			}
			if diff := cmp.Diff(want, changed); diff != "" {
				t.Fatalf("seed %d: %s (-want +got):\n%s", seed, e.Kind, diff)
			}
		}
	}
}

func TestTables(t *testing.T) {
	ts := mapping.Tables{"product": fold(t, approved(row("01t1", "A", "200"))...)}
	if v, ok := ts.Row("product", []string{"01t1"}); !ok || v["Code"] != "A" {
		t.Errorf("got %v, %v", v, ok)
	}
	for _, key := range [][]string{nil, {"01t2"}, {"01t1", ""}, {"01t1\xff"}} {
		if _, ok := ts.Row("product", key); ok {
			t.Errorf("a row for %q", key)
		}
	}
	if _, ok := ts.Row("tax", []string{"01t1"}); ok {
		t.Error("a row of a mapping that is not there")
	}
	if s := ts.Snapshots(); len(s["product"]) != 1 {
		t.Errorf("snapshots %v", s)
	}
}

func TestEventsSurviveJSON(t *testing.T) {
	r := row("01t1", "A", "200")
	r.Value["Price"] = json.Number("12.50")
	r.Reasons, r.Evidence = []string{"why"}, []mapping.Evidence{{Field: "SKU"}}
	for _, e := range append(approved(r), mapping.Decide(r, mapping.Withdrawn, "Ana", now, "")) {
		data, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		got, err := mapping.DecodeEvent(string(e.Kind), data)
		if diff := cmp.Diff(e, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
	for _, bad := range []string{``, `{`, `{"at":1}`, `{"surprise":1}`, `{} {}`} {
		if _, err := mapping.DecodeEvent("proposed", []byte(bad)); err == nil {
			t.Errorf("accepted %q", bad)
		}
	}
}

func TestKeyText(t *testing.T) {
	for _, key := range [][]string{{"01t1"}, {"NZ", ""}, {`a","b`}, {"a", "b"}, {"<&>\u2028"}} {
		got, err := mapping.ParseKey(mapping.KeyText(key))
		if diff := cmp.Diff(key, got); diff != "" || err != nil {
			t.Errorf("%q: %v\n%s", key, err, diff)
		}
	}
	for _, bad := range []string{"", "01t1", "[]", "[1]"} {
		if _, err := mapping.ParseKey(bad); err == nil {
			t.Errorf("accepted %q", bad)
		}
	}
}

func TestCheck(t *testing.T) {
	table := fold(t)
	for name, tt := range map[string]struct {
		row  mapping.Row
		good bool
	}{
		"complete":         {row("01t1", "A", "200"), true},
		"two inputs":       {mapping.Row{Key: []string{"01t1", "x"}, Value: item("A", "200")}, false},
		"no account":       {mapping.Row{Key: []string{"01t1"}, Value: map[string]any{"Code": "A"}}, false},
		"empty account":    {row("01t1", "A", ""), false},
		"account is apart": {mapping.Row{Key: []string{"01t1"}, Value: map[string]any{"Code": "A", "SalesDetails": "200"}}, false},
	} {
		if err := table.Check(tt.row); (err == nil) != tt.good || (err != nil && !errors.Is(err, mapping.ErrRow)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
