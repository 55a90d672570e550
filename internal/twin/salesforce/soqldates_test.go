package salesforce

import (
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/world"
)

// TestSpans lists what literals cover for users in different places, on Sunday 22
// November 2026 at 10:08:01 UTC, which is late that evening in Auckland.
func TestSpans(t *testing.T) {
	zone := func(name string) *time.Location {
		l, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	auckland := calendar{now: start.In(zone("Pacific/Auckland")), monday: true, fiscal: 4}
	angeles := calendar{now: start.In(zone("America/Los_Angeles")), fiscal: 1}
	tests := []struct {
		at       calendar
		literal  string
		from, to string // local
	}{
		{auckland, "TODAY", "2026-11-22 00:00:00", "2026-11-23 00:00:00"},
		{auckland, "YESTERDAY", "2026-11-21 00:00:00", "2026-11-22 00:00:00"},
		{auckland, "TOMORROW", "2026-11-23 00:00:00", "2026-11-24 00:00:00"},
		{auckland, "THIS_WEEK", "2026-11-16 00:00:00", "2026-11-23 00:00:00"},
		{angeles, "THIS_WEEK", "2026-11-22 00:00:00", "2026-11-29 00:00:00"},
		{angeles, "LAST_WEEK", "2026-11-15 00:00:00", "2026-11-22 00:00:00"},
		{auckland, "NEXT_WEEK", "2026-11-23 00:00:00", "2026-11-30 00:00:00"},
		{auckland, "THIS_MONTH", "2026-11-01 00:00:00", "2026-12-01 00:00:00"},
		{auckland, "NEXT_MONTH", "2026-12-01 00:00:00", "2027-01-01 00:00:00"},
		{auckland, "THIS_QUARTER", "2026-10-01 00:00:00", "2027-01-01 00:00:00"},
		{auckland, "LAST_QUARTER", "2026-07-01 00:00:00", "2026-10-01 00:00:00"},
		{auckland, "THIS_YEAR", "2026-01-01 00:00:00", "2027-01-01 00:00:00"},
		{auckland, "THIS_FISCAL_YEAR", "2026-04-01 00:00:00", "2027-04-01 00:00:00"},
		{auckland, "LAST_FISCAL_YEAR", "2025-04-01 00:00:00", "2026-04-01 00:00:00"},
		{auckland, "THIS_FISCAL_QUARTER", "2026-10-01 00:00:00", "2027-01-01 00:00:00"},
		{angeles, "NEXT_FISCAL_QUARTER", "2027-01-01 00:00:00", "2027-04-01 00:00:00"},
		{auckland, "LAST_N_DAYS:3", "2026-11-19 00:00:00", "2026-11-22 23:08:02"}, // up to the present second
		{angeles, "LAST_90_DAYS", "2026-08-24 00:00:00", "2026-11-22 02:08:02"},
		{auckland, "NEXT_90_DAYS", "2026-11-23 00:00:00", "2027-02-21 00:00:00"},
		{auckland, "NEXT_N_DAYS:2", "2026-11-23 00:00:00", "2026-11-25 00:00:00"},
		{auckland, "N_DAYS_AGO:2", "2026-11-20 00:00:00", "2026-11-21 00:00:00"},
		{auckland, "LAST_N_WEEKS:2", "2026-11-02 00:00:00", "2026-11-16 00:00:00"},
		{auckland, "N_WEEKS_AGO:1", "2026-11-09 00:00:00", "2026-11-16 00:00:00"},
		{auckland, "LAST_N_MONTHS:2", "2026-09-01 00:00:00", "2026-11-01 00:00:00"},
		{auckland, "NEXT_N_MONTHS:2", "2026-12-01 00:00:00", "2027-02-01 00:00:00"},
		{auckland, "N_MONTHS_AGO:1", "2026-10-01 00:00:00", "2026-11-01 00:00:00"},
		{auckland, "LAST_N_QUARTERS:1", "2026-07-01 00:00:00", "2026-10-01 00:00:00"},
		{auckland, "NEXT_N_YEARS:5", "2027-01-01 00:00:00", "2032-01-01 00:00:00"},
		{auckland, "N_YEARS_AGO:1", "2025-01-01 00:00:00", "2026-01-01 00:00:00"},
		{auckland, "LAST_N_FISCAL_QUARTERS:2", "2026-04-01 00:00:00", "2026-10-01 00:00:00"},
		{auckland, "N_FISCAL_QUARTERS_AGO:1", "2026-07-01 00:00:00", "2026-10-01 00:00:00"},
		{auckland, "N_FISCAL_YEARS_AGO:1", "2025-04-01 00:00:00", "2026-04-01 00:00:00"},
		{calendar{now: time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC), fiscal: 4}, "THIS_FISCAL_YEAR", "2025-04-01 00:00:00", "2026-04-01 00:00:00"},
		{calendar{now: time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC), fiscal: 2}, "THIS_FISCAL_QUARTER", "2026-02-01 00:00:00", "2026-05-01 00:00:00"},
		{calendar{now: time.Date(2026, 1, 3, 0, 0, 0, 0, time.UTC), fiscal: 2}, "THIS_FISCAL_QUARTER", "2025-11-01 00:00:00", "2026-02-01 00:00:00"},
	}
	for _, tt := range tests {
		if !isStretch(tt.literal) {
			t.Errorf("%s is not read", tt.literal)
			continue
		}
		got := tt.at.stretch(tt.literal)
		if from, to := got.from.Format(time.DateTime), got.to.Format(time.DateTime); from != tt.from || to != tt.to {
			t.Errorf("%s covers %s to %s, want %s to %s", tt.literal, from, to, tt.from, tt.to)
		}
	}
}

// TestDateLiterals holds that days are the calling user's: 11 o'clock in the evening of
// the 21st in London is the 22nd in Auckland.
func TestDateLiterals(t *testing.T) {
	w := smallWorld()
	w.Salesforce["Opportunity"], w.Salesforce["OpportunityLineItem"] = nil, nil
	for i, o := range []world.Record{
		{"Name": "a", "CloseDate": "2026-11-21", "SystemModstamp": "2026-11-21T10:59:59Z"},
		{"Name": "b", "CloseDate": "2026-11-22", "SystemModstamp": "2026-11-21T11:00:00Z"},
		{"Name": "c", "CloseDate": "2026-11-23", "SystemModstamp": "2026-11-22T10:08:01Z"},
	} {
		o["Id"], o["StageName"] = ID("Opportunity", uint64(i+1)), "Prospecting"
		w.Salesforce["Opportunity"] = append(w.Salesforce["Opportunity"], o)
	}
	c := serve(t, func(o *Options) { o.World = w })
	tests := []struct{ where, want string }{
		{"CloseDate = TODAY", "b"},
		{"CloseDate != today", "a c"},
		{"CloseDate < TODAY", "a"},
		{"CloseDate <= TODAY", "a b"},
		{"CloseDate > TODAY", "c"},
		{"CloseDate >= TODAY", "b c"},
		{"CloseDate IN (YESTERDAY, TOMORROW)", "a c"},
		{"CloseDate NOT IN (YESTERDAY)", "b c"},
		{"CloseDate = LAST_N_DAYS:1", "a b"}, // today is among the last days
		{"CloseDate = NEXT_N_DAYS:1", "c"},
		{"SystemModstamp = TODAY", "b c"},
		{"SystemModstamp < TODAY", "a"},
		{"SystemModstamp = YESTERDAY", "a"},
		{"SystemModstamp = LAST_N_DAYS:0", "b c"},
		{"SystemModstamp > TODAY", ""},
		{"LastActivityDate != TODAY", "a b c"}, // a null is not today
		{"LastActivityDate < TODAY", ""},
		{"SystemModstamp > 2026-11-22T00:00:00+13:00", "c"},
		{"SystemModstamp >= 2026-11-22T00:00:00+13:00 AND SystemModstamp < 2026-11-21T11:00:01.500Z", "b"},
	}
	for _, tt := range tests {
		var got []string
		for _, r := range c.query("SELECT Name FROM Opportunity WHERE " + tt.where + " ORDER BY Name") {
			got = append(got, r.(map[string]any)["Name"].(string))
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%s: got %q, want %q", tt.where, s, tt.want)
		}
	}
}

// TestFiscalYearOfAClose names a year that does not begin in January after the one it ends in.
func TestFiscalYearOfAClose(t *testing.T) {
	c := serve(t, func(o *Options) {
		o.World.Salesforce["Organization"] = []world.Record{{
			"Name": "Kea", "TimeZoneSidKey": "GMT", "DefaultLocaleSidKey": "en_US", "FiscalYearStartMonth": num("4"),
		}}
	})
	for _, tt := range []struct{ closes, want string }{{"2026-12-24", "2027 3"}, {"2026-04-01", "2027 1"}, {"2026-03-31", "2026 4"}} {
		c.patch("Opportunity", bare, `{"CloseDate":"`+tt.closes+`"}`)
		if got := c.value("Opportunity", bare, "Fiscal"); got != tt.want {
			t.Errorf("closed on %s: %v, want %s", tt.closes, got, tt.want)
		}
	}
}
