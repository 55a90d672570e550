package xero

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestManyRecords stands in for 100,000 records with three.
func TestManyRecords(t *testing.T) {
	var contacts, invoices []map[string]any
	for i := range 4 {
		id := fmt.Sprintf("%08d-0000-4000-8000-000000000000", i+1)
		contacts = append(contacts, map[string]any{"ContactID": id, "Name": fmt.Sprint("n", i), "AccountNumber": fmt.Sprint("A", i/3)})
		status := []string{"AUTHORISED", "DRAFT"}[i/3]
		invoices = append(invoices, map[string]any{
			"Type": "ACCREC", "Status": status, "Contact": map[string]any{"ContactID": id}, "Date": fmt.Sprint("2026-11-0", i+1), "Reference": fmt.Sprint("R", i),
			"LineItems": []any{map[string]any{"Description": "Work", "Quantity": "1", "UnitAmount": "10", "AccountCode": "200"}},
		})
	}
	at := time.Date(2026, 11, 22, 10, 8, 1, 0, time.UTC)
	twin, err := New(Options{
		Now: func() time.Time { return at }, MinuteLimit: -1, DayLimit: -1, Concurrent: -1,
		Collections: map[string][]map[string]any{"Contacts": contacts, "Invoices": invoices},
	})
	if err != nil {
		t.Fatal(err)
	}
	twin.most = 3
	tests := []struct {
		collection, params string
		want               int // records, -1 when refused
	}{
		{"Contacts", "", -1},
		{"Contacts", "pageSize=2", 2},
		{"Contacts", `where=AccountNumber=="A0"`, 3},
		{"Contacts", `where=FirstName==null`, -1},
		{"Contacts", `page=1&where=FirstName==null`, -1}, // what it touches counts, not what it answers
		{"Contacts", `where=Name.Contains("1")`, -1},
		{"Contacts", `where=AccountNumber=="A0" AND Name.Contains("1")`, 1},
		{"Contacts", `where=AccountNumber=="A0" OR Name=="n3"`, -1},
		{"Contacts", "pageSize=2&order=Name DESC", 2},
		{"Contacts", "page=1&order=EmailAddress", -1},
		{"Contacts", `where=AccountNumber=="A0"&order=EmailAddress`, 3},
		{"Invoices", `page=1&where=Date>=DateTime(2026,11,3)`, 2},
		{"Invoices", `page=1&where=Status=="DRAFT" OR Status=="PAID"`, 1},
		{"Invoices", `page=1&where=Reference=="R1" OR Reference=="R2"`, -1},
		{"Invoices", `page=1&where=Contact.Name=="n1" AND (Status=="AUTHORISED" AND Type=="ACCREC")`, 1},
		{"Invoices", `page=1&where=Status!="DRAFT"`, -1},
		{"Invoices", `Statuses=DRAFT&where=Status!="PAID"`, 1},
		{"Accounts", `where=Class=="REVENUE"`, 1000}, // no limit is known
	}
	for _, tt := range tests {
		q, err := url.ParseQuery(tt.params)
		if err != nil {
			t.Fatal(err)
		}
		p, err := twin.list(twin.tables[tt.collection], &call{r: &http.Request{Header: http.Header{}}, params: q, dp: 2})
		switch {
		case tt.want < 0 && err == nil:
			t.Errorf("%s %s is answered with %d records", tt.collection, tt.params, len(p.list))
		case tt.want >= 0 && (err != nil || tt.want < 1000 && len(p.list) != tt.want):
			t.Errorf("%s %s: %d records, %v, want %d", tt.collection, tt.params, len(p.list), err, tt.want)
		}
	}
}

// TestListings holds the table to the shapes: a misspelt member would filter nothing.
func TestListings(t *testing.T) {
	twin, err := New(Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	for _, tb := range twin.tables {
		members := append([]string{}, tb.list.search...)
		for _, member := range tb.list.names {
			members = append(members, member)
		}
		for _, one := range []string{tb.list.alias, tb.list.status} {
			if one != "" {
				members = append(members, one)
			}
		}
		if s := tb.list.swift; s != nil {
			for _, list := range [][]string{s.equal, s.within, s.either, s.order} {
				members = append(members, list...)
			}
		}
		for _, member := range members {
			if _, ok := tb.shape.at(member); !ok && !strings.HasPrefix(member, "Contact.") {
				t.Errorf("%s: no member %s", tb.name, member)
			}
		}
	}
}
