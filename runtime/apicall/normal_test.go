package apicall

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/specs/schema"
)

func TestNormalise(t *testing.T) {
	anything := schema.Type{Kind: schema.Any}
	for _, tc := range []struct {
		name string
		v    any
		t    schema.Type
		want any
	}{
		{"date in milliseconds", "/Date(1789344000000+0000)/", msday, "2026-09-14"},
		{"date without offset", "/Date(1789344000000)/", msday, "2026-09-14"},
		{"the offset is decoration", "/Date(1789344000000+1300)/", msday, "2026-09-14"},
		{"date before 1970", "/Date(-86400000)/", msday, "1969-12-31"},
		{"date of a leap day", "/Date(1709164800000)/", msday, "2024-02-29"},
		{"date with time", "2026-09-14T00:00:00", day, "2026-09-14"},
		{"date with zone keeps its day", "2026-09-14T00:00:00+10:00", day, "2026-09-14"},
		{"date", "2026-09-14", day, "2026-09-14"},
		{"date that is none", "2026-02-30", day, "2026-02-30"},
		{"milliseconds out of range", "/Date(999999999999999)/", msday, "/Date(999999999999999)/"},
		{"milliseconds too many", "/Date(99999999999999999999)/", msday, "/Date(99999999999999999999)/"},
		{"instant in milliseconds", "/Date(1789378199160)/", mstime, "2026-09-14T09:29:59.16Z"},
		{"instant without colon", "2026-11-22T10:08:01.000+0000", moment, "2026-11-22T10:08:01Z"},
		{"instant from another zone", "2026-11-22T23:08:01.000+1300", moment, "2026-11-22T10:08:01Z"},
		{"instant from west", "2026-11-22T02:08:01-08:00", moment, "2026-11-22T10:08:01Z"},
		{"instant without zone", "2026-11-22T10:08:01.1234567", moment, "2026-11-22T10:08:01.1234567Z"},
		{"instant in UTC", "2026-11-22T10:08:01Z", moment, "2026-11-22T10:08:01Z"},
		{"instant that is none", "soon", moment, "soon"},
		{"a date where an instant was promised", "2026-11-22", moment, "2026-11-22"},
		{"decimal", num("24.150"), exact, num("24.150")},
		{"decimal in text", " 24.15 ", exact, num("24.15")},
		{"decimal with exponent", num("1.5E-3"), exact, num("0.0015")},
		{"decimal that is none", "many", exact, "many"},
		{"int with a point", num("4.0"), integer, num("4")},
		{"int with a fraction", num("4.5"), integer, num("4.5")},
		{"bool in text", "false", boolean, false},
		{"bool", true, boolean, true},
		{"text", "2026-11-22T10:08:01.000+0000", text, "2026-11-22T10:08:01.000+0000"},
		{"text that came as number", num("007"), text, "007"},
		{"null", nil, text, nil},
		{"absent text", "", text, nil},
		{"absent number", "", exact, nil},
		{"list", []any{"a", nil, ""}, schema.ListOf(text), []any{"a"}},
		{"one where many were promised", num("1.0"), schema.ListOf(exact), []any{num("1.0")}},
		{"map", map[string]any{"a": num("1.0"), "b": nil}, schema.Type{Kind: schema.Map, Elem: &integer}, map[string]any{"a": num("1")}},
		{"unknown object is kept", map[string]any{"x": "y", "z": nil}, schema.ObjectOf("none.Such"), map[string]any{"x": "y"}},
		{"untyped", map[string]any{"x": []any{map[string]any{"n": num("1E1"), "e": ""}}}, anything, map[string]any{"x": []any{map[string]any{"n": num("10")}}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := (&normaliser{objects: testObjects(), absent: []string{""}}).value(tc.v, tc.t)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestAbsentAsJSON: overlays may write what means "absent" as text or as JSON.
func TestAbsentAsJSON(t *testing.T) {
	for _, absent := range [][]string{{"-"}, {`"-"`}} {
		n := normaliser{absent: absent}
		if got := n.value("-", text); got != nil {
			t.Errorf("%q: got %v", absent, got)
		}
		if got := n.value("", text); got != "" {
			t.Errorf("%q: an empty text became %v", absent, got)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	const now = "Sun, 22 Nov 2026 10:00:00 GMT"
	for _, tc := range []struct {
		name, value, date string
		want              time.Duration
		ok                bool
	}{
		{"absent", "", now, 0, false},
		{"seconds", "26", now, 26 * time.Second, true},
		{"seconds with blanks", " 26 ", "", 26 * time.Second, true},
		{"a fraction is rounded up", "0.5", now, time.Second, true},
		{"zero", "0", now, 0, true},
		{"negative", "-5", now, 0, true},
		{"many hours", "66975", now, 66975 * time.Second, true},
		{"absurd", "999999999", now, 24 * time.Hour, true},
		{"more than absurd", "99999999999999999999999999999999", now, 24 * time.Hour, true},
		{"exponent", "1e2", now, 100 * time.Second, true},
		{"date", "Sun, 22 Nov 2026 10:01:30 GMT", now, 90 * time.Second, true},
		{"date past", "Sun, 22 Nov 2026 09:00:00 GMT", now, 0, true},
		{"date far ahead", "Sun, 22 Nov 2099 09:00:00 GMT", now, 24 * time.Hour, true},
		{"date with nothing to measure by", "Sun, 22 Nov 2026 10:01:30 GMT", "", 0, false},
		{"words", "a while", now, 0, false},
		{"not a number", "NaN", now, 0, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, ok := retryAfter(tc.value, tc.date)
			if got != tc.want || ok != tc.ok {
				t.Errorf("got %v, %v; want %v, %v", got, ok, tc.want, tc.ok)
			}
		})
	}
}

func TestUsage(t *testing.T) {
	for _, tc := range []struct {
		header     string
		used, most int64
		ok         bool
	}{
		{"api-usage=1234/100000", 1234, 100000, true},
		{"api-usage=17/15000, per-app-api-usage=17/250(appName=x)", 17, 15000, true},
		{"5/10", 5, 10, true},
		{"", 0, 0, false},
		{"api-usage=x/y", 0, 0, false},
		{"api-usage=1/0", 1, 0, false},
	} {
		used, most, ok := usage(tc.header)
		if used != tc.used || most != tc.most || ok != tc.ok {
			t.Errorf("%q: got %d/%d %v", tc.header, used, most, ok)
		}
	}
}
