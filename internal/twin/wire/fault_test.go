package wire_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/twin/wire"
)

// rig is a far end behind one rule, called without a socket.
type rig struct {
	t      *testing.T
	far    *counter
	clock  *wire.Virtual
	faults *wire.Faults
	client *http.Client
	waits  []time.Duration
}

func newRig(t *testing.T, far http.Handler, rules ...wire.Fault) *rig {
	t.Helper()
	g := &rig{t: t, far: &counter{}, clock: wire.NewVirtual(start)}
	if far == nil {
		far = g.far
	}
	var err error
	g.faults, err = wire.NewFaults(rules, wire.FaultOptions{Now: g.clock.Now, At: g.clock.At, Wait: func(_ context.Context, d time.Duration) error {
		g.waits = append(g.waits, d)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	g.client = &http.Client{
		Transport:     wire.RoundTripper(g.faults.Wrap(far)),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return g
}

func (g *rig) put(path string) reply {
	g.t.Helper()
	got, err := put(g.t, g.client, "http://twin.test"+path, "x")
	if err != nil {
		g.t.Fatal(err)
	}
	return got
}

func TestConditions(t *testing.T) {
	at := func(s int) time.Time { return start.Add(time.Duration(s) * time.Second) }
	sec := func(n int) wire.Duration { return wire.Duration(time.Duration(n) * time.Second) }
	tests := []struct {
		name string
		rule wire.Fault
		want string // strikes of twelve calls, a second apart
	}{
		{"always", wire.Fault{}, "############"},
		{"skip", wire.Fault{Skip: 3}, "...#########"},
		{"first", wire.Fault{First: 2}, "##.........."},
		{"a range of calls", wire.Fault{Skip: 2, First: 5}, "..###......."},
		{"every third", wire.Fault{Every: 3}, "..#..#..#..#"},
		{"two of every four", wire.Fault{Every: 4, Burst: 2}, "..##..##..##"},
		{"every third, twice", wire.Fault{Every: 3, Times: 2}, "..#..#......"},
		{"a time span", wire.Fault{From: at(2), Until: at(5)}, "..###......."},
		{"flapping", wire.Fault{On: sec(2), Off: sec(3)}, "##...##...##"},
		{"flapping within a span", wire.Fault{From: at(1), Until: at(8), On: sec(2), Off: sec(2)}, ".##..##....."},
		{"seeded dice", wire.Fault{Chance: 0.5, Seed: 3}, "..#######..."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.rule.Operation, tt.rule.Kind, tt.rule.Code = "*", wire.Status, 503
			g := newRig(t, nil, tt.rule)
			var got strings.Builder
			for range 12 {
				got.WriteString(map[bool]string{true: "#", false: "."}[g.put("/things").code == 503])
				g.clock.Advance(time.Second)
			}
			if got.String() != tt.want {
				t.Errorf("strikes %s, want %s", got.String(), tt.want)
			}
			if r := g.faults.Rules()[0]; r.Matched != 12 || r.Struck != strings.Count(got.String(), "#") {
				t.Errorf("counted %d of %d", r.Struck, r.Matched)
			}
		})
	}
}

func TestRulesComeAndGo(t *testing.T) {
	g := newRig(t, nil)
	id, err := g.faults.Add(wire.Fault{Name: "down", Operation: "PUT *", Kind: wire.Status, Code: 503})
	if err != nil {
		t.Fatal(err)
	}
	if got := g.put("/a"); got.code != 503 {
		t.Errorf("with the rule: %d", got.code)
	}
	if err := errors.Join(g.faults.Switch(id, false)); err != nil || g.put("/a").code != 200 {
		t.Errorf("the rule that is off struck (%v)", err)
	}
	if err := g.faults.Switch(id, true); err != nil || g.put("/a").code != 503 {
		t.Errorf("the rule that is on again did not strike (%v)", err)
	}
	want := []wire.Rule{{ID: id, Fault: wire.Fault{Name: "down", Operation: "PUT *", Kind: wire.Status, Code: 503}, Matched: 2, Struck: 2}}
	if diff := cmp.Diff(want, g.faults.Rules()); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	if err := g.faults.Remove(id); err != nil || g.put("/a").code != 200 || len(g.faults.Rules()) != 0 {
		t.Errorf("the rule is still there (%v)", err)
	}
	if g.faults.Remove(id) == nil || g.faults.Switch("99", true) == nil {
		t.Error("a rule that is not there was found")
	}
	if _, err := g.faults.Add(wire.Fault{Operation: "*", Kind: "explode"}); err == nil {
		t.Error("an unusable rule was added")
	}
}

func TestTwiceExecutesTwice(t *testing.T) {
	n := 0
	far := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n++
		body, _ := io.ReadAll(r.Body)
		_, _ = fmt.Fprintf(w, "%d %s", n, body)
	})
	g := newRig(t, far, wire.Fault{Operation: "PUT *", Kind: wire.Twice, Nth: 1})
	if got := g.put("/a"); n != 2 || got.body != "2 x" {
		t.Errorf("executed %d times, answered %q; want the second of two answers", n, got.body)
	}
}

func TestRepeatSendsThePageBefore(t *testing.T) {
	n := 0
	far := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { n++; _, _ = fmt.Fprintf(w, "page %d", n) })
	g := newRig(t, far, wire.Fault{Operation: "PUT /list", Kind: wire.Repeat, Nth: 2})
	var got []string
	for range 3 {
		got = append(got, g.put("/list").body)
	}
	if diff := cmp.Diff([]string{"page 1", "page 1", "page 2"}, got); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
	// A first request has no page before it: the rule waits.
	g = newRig(t, far, wire.Fault{Operation: "PUT /list", Kind: wire.Repeat, Times: 1})
	first, second := g.put("/list").body, g.put("/list").body
	if first != second || g.faults.Rules()[0].Struck != 1 {
		t.Errorf("answers %q and %q, want the same", first, second)
	}
}

func TestRewrite(t *testing.T) {
	const in = `{"Status":"PAID","Total":1.50,"Lines":[],"Contact":{"Name":"A","Phones":[{"N":[]}]}}`
	tests := []struct {
		name string
		rule wire.Fault
		want string
	}{
		{"null arrays", wire.Fault{Drift: &wire.Drift{NullArrays: true}}, `{"Contact":{"Name":"A","Phones":[{"N":null}]},"Lines":null,"Status":"PAID","Total":1.50}`},
		{"numbers as strings", wire.Fault{Drift: &wire.Drift{NumbersAsStrings: true}}, `{"Contact":{"Name":"A","Phones":[{"N":[]}]},"Lines":[],"Status":"PAID","Total":"1.50"}`},
		{"new value", wire.Fault{Drift: &wire.Drift{Set: map[string]any{"Status": "ONHOLD"}}}, `{"Contact":{"Name":"A","Phones":[{"N":[]}]},"Lines":[],"Status":"ONHOLD","Total":1.50}`},
		{"gone", wire.Fault{Drift: &wire.Drift{Drop: []string{"Contact", "Lines"}}}, `{"Status":"PAID","Total":1.50}`},
		{"new member", wire.Fault{Drift: &wire.Drift{Unknown: "X", Drop: []string{"Contact", "Lines"}}}, `{"Status":"PAID","Total":1.50,"X":{"added":"without notice"}}`},
		{"larger", wire.Fault{PadBody: 4}, in + "    "},
	}
	far := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, in)
	})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.rule.Operation, tt.rule.Kind = "*", wire.Rewrite
			got := newRig(t, far, tt.rule).put("/a")
			if diff := cmp.Diff(tt.want, strings.TrimSuffix(got.body, "\n")); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			if n := got.header.Get("Content-Length"); n != fmt.Sprint(len(got.body)) {
				t.Errorf("Content-Length %s for %d bytes", n, len(got.body))
			}
		})
	}
	got := newRig(t, far, wire.Fault{
		Operation: "*", Kind: wire.Rewrite, Code: 203, Skew: wire.Duration(-time.Hour), PadHeader: 70000,
		Header: map[string]string{"Content-Type": "text/plain"},
	}).put("/a")
	date, err := http.ParseTime(got.header.Get("Date"))
	if err != nil || !date.Equal(start.Add(-time.Hour)) {
		t.Errorf("Date is %v, %v; want an hour behind %v", date, err, start)
	}
	if got.code != 203 || got.header.Get("Content-Type") != "text/plain" || len(got.header.Get("X-Padding")) != 70000 || got.body != in {
		t.Errorf("got %d %s with %d bytes of padding", got.code, got.header.Get("Content-Type"), len(got.header.Get("X-Padding")))
	}
	// What is not JSON does not drift.
	got = newRig(t, nil, wire.Fault{Operation: "*", Kind: wire.Rewrite, Drift: &wire.Drift{Unknown: "X"}}).put("/a")
	if got.body != "a whole answer" {
		t.Errorf("a text became %q", got.body)
	}
}

func TestDripSendsPieces(t *testing.T) {
	g := newRig(t, nil, wire.Fault{Operation: "*", Kind: wire.Drip, After: wire.Duration(time.Second), Bytes: 5})
	if got := g.put("/a"); got.body != "a whole answer" || len(g.waits) != 3 || g.waits[0] != time.Second {
		t.Errorf("got %q after waits %v, want three of a second", got.body, g.waits)
	}
}

func TestCutGzipIsNoticedByUnpackingOnly(t *testing.T) {
	over(t, func() http.Handler {
		f, err := wire.NewFaults([]wire.Fault{{Operation: "*", Kind: wire.CutGzip}}, wire.FaultOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return f.Wrap(&counter{})
	}, func(t *testing.T, c *http.Client, base string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/a", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", "gzip") // the transport leaves unpacking to us
		got, err := send(c.Do(r))
		if err != nil || got.header.Get("Content-Encoding") != "gzip" {
			t.Fatalf("the packed answer did not come whole: %v", err)
		}
		z, err := gzip.NewReader(bytes.NewReader([]byte(got.body)))
		if err == nil {
			_, err = io.ReadAll(z)
		}
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("unpacking: %v, want an unexpected end", err)
		}
	})
}

func TestInsideRulesStrikeInsideOnly(t *testing.T) {
	far := &counter{}
	f, err := wire.NewFaults([]wire.Fault{{Operation: "*", Kind: wire.Status, Code: 500, Inside: true}}, wire.FaultOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for want, h := range map[int]http.Handler{200: f.Wrap(far), 500: f.Inside(far)} {
		got, err := put(t, &http.Client{Transport: wire.RoundTripper(h)}, "http://twin.test/a", "")
		if err != nil || got.code != want {
			t.Errorf("answered %d, %v; want %d", got.code, err, want)
		}
	}
}

func TestDecodeFaults(t *testing.T) {
	presets := map[string]wire.Fault{"busy": {Operation: "* /api/*", Kind: wire.Status, Code: 429, Header: map[string]string{"Retry-After": "26"}}}
	got, err := wire.DecodeFaults([]byte(`[
		{"operation": "PUT *", "kind": "drip", "after": "1s", "bytes": 3},
		{"preset": "busy", "nth": 2, "header": {"Retry-After": "0"}},
		{"preset": "busy", "name": "again"},
		{"operation": "*", "kind": "rewrite", "drift": {"drop": ["Total"]}, "from": "2026-11-22T10:00:00Z"}
	]`), presets)
	if err != nil {
		t.Fatal(err)
	}
	want := []wire.Fault{
		{Operation: "PUT *", Kind: wire.Drip, After: wire.Duration(time.Second), Bytes: 3},
		{Name: "busy", Operation: "* /api/*", Kind: wire.Status, Code: 429, Nth: 2, Header: map[string]string{"Retry-After": "0"}},
		{Name: "again", Operation: "* /api/*", Kind: wire.Status, Code: 429, Header: map[string]string{"Retry-After": "26"}},
		{Operation: "*", Kind: wire.Rewrite, Drift: &wire.Drift{Drop: []string{"Total"}}, From: start},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	if presets["busy"].Header["Retry-After"] != "26" {
		t.Error("reading a rule changed the preset")
	}
	for in, want := range map[string]string{
		`[{"operation":"*","kind":"reset","nht":1}]`: `rule 1: json: unknown field "nht"`,
		`[{"preset":"nosuch"}]`:                      `preset "nosuch": there is none of that name`,
		`[] []`:                                      "text after the end",
		`{}`:                                         "it: an object is not what belongs there",
		`[{"preset":"busy","nth":-1}]`:               "must not be negative",
		`[{"operation":"*","kind":"rewrite"}]`:       "it changes nothing",
	} {
		if _, err := wire.DecodeFaults([]byte(in), presets); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", in, err, want)
		}
	}
}

func TestUnusableConditionsAreRefused(t *testing.T) {
	second := wire.Duration(time.Second)
	for _, bad := range []wire.Fault{
		{First: 2, Skip: 2},
		{Every: 2, Burst: 3},
		{On: second},
		{On: -second, Off: second},
		{From: start, Until: start},
		{Skew: second},
		{PadBody: 1 << 30},
		{Code: 42},
		{Kind: wire.Drip},
	} {
		bad.Operation = "*"
		if bad.Kind == "" {
			bad.Kind = wire.Reset
		}
		if bad.Check() == nil {
			t.Errorf("%+v was accepted", bad)
		}
	}
	if _, err := wire.NewFaults([]wire.Fault{{Operation: "*", Kind: wire.Reset, From: start}}, wire.FaultOptions{}); err == nil {
		t.Error("a time span without a clock was accepted")
	}
}

func TestManyAtOnceUnderChangingRules(t *testing.T) {
	g := newRig(t, nil, wire.Fault{Operation: "*", Kind: wire.Repeat, Every: 2})
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			_, _ = put(t, g.client, "http://twin.test/a", "x")
			id, err := g.faults.Add(wire.Fault{Operation: "*", Kind: wire.Status, Code: 503, Times: 1})
			if err != nil || g.faults.Switch(id, false) != nil || len(g.faults.Rules()) == 0 {
				t.Error("a rule was lost", err)
			}
		})
	}
	wg.Wait()
}
