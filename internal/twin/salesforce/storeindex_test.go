package salesforce

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/world"
)

// TestIndexesFollowChanges compares what queries find by an index with what a look at every
// record finds, while records come, change and go.
func TestIndexesFollowChanges(t *testing.T) {
	clock := wire.NewVirtual(start)
	w := smallWorld()
	w.Salesforce["CustomField"] = []world.Record{{"Object": "Opportunity", "Name": "Key__c", "Type": "string", "Length": 40, "ExternalId": true}}
	twin, err := New(Options{Now: clock.Now, World: w})
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	accounts := []any{acme, bolt, nil}
	ids := []string{deal, bare}
	for i := range 300 {
		clock.Advance(time.Duration(r.IntN(2)) * time.Second)
		fields := world.Record{"AccountId": accounts[r.IntN(3)], "Key__c": fmt.Sprint("K", r.IntN(20))}
		switch at, deed := r.IntN(len(ids)), r.IntN(5); {
		case deed < 2:
			fields["Name"], fields["StageName"], fields["CloseDate"] = fmt.Sprint("n", i), "Prospecting", "2026-12-01"
			id, err := twin.Create("Opportunity", fields)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		case deed == 2 && len(ids) > 2:
			if err := twin.Delete("Opportunity", ids[at]); err != nil {
				t.Fatal(err)
			}
			ids = slices.Delete(ids, at, at+1)
		default:
			if err := twin.Update("Opportunity", ids[at], fields); err != nil {
				t.Fatal(err)
			}
		}
		from := stamp(clock.Now().Add(-time.Duration(r.IntN(60)) * time.Second))
		for _, where := range []string{
			"AccountId = '" + acme + "'", "AccountId IN ('" + acme + "', '" + bolt + "')", "Key__c = 'k3'", "Key__c IN ('K1', 'k2')",
			"Id = '" + ids[0] + "'", "Id = '" + ids[0] + "' OR Key__c = 'k3'",
			"SystemModstamp > " + from, "SystemModstamp <= " + from, "SystemModstamp >= " + from + " AND Key__c != 'K1'",
			"CreatedDate = " + from, "LastModifiedDate > " + from + " OR LastModifiedDate < " + stamp(start.Add(5*time.Second)),
		} {
			eitherWay(t, twin, where)
		}
	}
}

// eitherWay compares a query with the same behind a double NOT, which no index helps.
func eitherWay(t *testing.T, twin *Twin, where string) {
	t.Helper()
	for _, tail := range []string{" ORDER BY SystemModstamp, Id", " ORDER BY SystemModstamp DESC, Id DESC LIMIT 3 OFFSET 1", " ORDER BY Key__c, Id"} {
		var found [2][]string
		for i, q := range []string{where, "NOT (NOT (" + where + "))"} {
			parsed, refusal := parseSOQL("SELECT Id FROM Opportunity WHERE " + q + tail)
			if refusal != nil {
				t.Fatal(refusal)
			}
			rows, _, refusal := twin.run(base, parsed, false)
			if refusal != nil {
				t.Fatal(refusal)
			}
			for _, r := range rows {
				found[i] = append(found[i], r.late()[1].value.(string))
			}
		}
		if diff := cmp.Diff(found[1], found[0]); diff != "" {
			t.Fatalf("%s%s (-every record +index):\n%s", where, tail, diff)
		}
	}
}

// BenchmarkQueries are the queries of a poll over 100,000 opportunities.
func BenchmarkQueries(b *testing.B) {
	const n = 100000
	w := smallWorld()
	for i := range n {
		w.Salesforce["Opportunity"] = append(w.Salesforce["Opportunity"], world.Record{
			"Id": ID("Opportunity", uint64(i+10)), "Name": fmt.Sprint("deal ", i), "StageName": "Prospecting", "CloseDate": "2026-12-01",
			"AccountId": acme, "SystemModstamp": start.Add(time.Duration(i/3) * time.Second).Format(time.RFC3339),
		})
	}
	now := start.Add(n / 3 * time.Second)
	twin, err := New(Options{World: w, Now: func() time.Time { return now }, DailyLimit: 1 << 30})
	if err != nil {
		b.Fatal(err)
	}
	late := now.Add(-time.Minute).Format(time.RFC3339)
	for name, q := range map[string]string{
		"changed":       "SELECT Id, SystemModstamp FROM Opportunity WHERE SystemModstamp > " + late + " ORDER BY SystemModstamp, Id",
		"keyset":        "SELECT Id, SystemModstamp FROM Opportunity WHERE IsDeleted = false AND SystemModstamp > " + start.Format(time.RFC3339) + " ORDER BY SystemModstamp, Id LIMIT 200",
		"byID":          "SELECT Id, Name, Account.Name FROM Opportunity WHERE Id = '" + ID("Opportunity", 500) + "'",
		"scan":          "SELECT COUNT() FROM Opportunity WHERE Name LIKE '%99'",
		"firstOf100000": "SELECT Id, Name, StageName FROM Opportunity",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				a, refusal := twin.query(&request{segs: []string{"query"}, query: url.Values{"q": {q}}, base: base})
				if refusal != nil {
					b.Fatal(refusal)
				}
				if _, err := encodeJSON(a.body); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
