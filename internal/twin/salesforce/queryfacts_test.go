package salesforce

import "testing"

// queryFacts are what is known of queries.
func queryFacts() []fact {
	return []fact{
		{
			name: "a child query that finds nothing is null", source: "seen for years, not in the guide", doubt: doubtAbsentChildren,
			check: func(t *testing.T, change func(*Options), otherwise bool) {
				c := serve(t, change)
				rows := c.query("SELECT Id, (SELECT Id FROM Contacts WHERE LastName = 'Nobody') FROM Account LIMIT 1")
				children := rows[0].(map[string]any)["Contacts"]
				if _, is := children.(map[string]any); is != otherwise {
					t.Errorf("children are %v", children)
				}
			},
		},
	}
}
