package apicall

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/schema"
)

func TestSOQLConditions(t *testing.T) {
	cat := newTestCatalog()
	for _, tc := range []struct {
		name string
		cond Cond
		want string
	}{
		{"text", Cond{Field: "Name", Op: plan.Eq, Value: "Acme"}, `Name = 'Acme'`},
		{"quote", Cond{Field: "Name", Op: plan.Eq, Value: "O'Brien"}, `Name = 'O\'Brien'`},
		{"backslash before quote", Cond{Field: "Name", Op: plan.Eq, Value: `\' OR Name != '`}, `Name = '\\\' OR Name != \''`},
		{"control characters", Cond{Field: "Name", Op: plan.Eq, Value: "a\n\r\t\b\f\x00\x1b\u0085z"}, `Name = 'a\n\r\t\b\f\u0000\u001B\u0085z'`},
		{"a value", Cond{Field: "Name", Op: plan.Present, Value: true}, `Name != null`},
		{"no value", Cond{Field: "Name", Op: plan.Present, Value: false}, `Name = null`},
		{"unequal", Cond{Field: "Name", Op: plan.Ne, Value: "Acme"}, `Name != 'Acme'`},
		{"none of a list", Cond{Field: "StageName", Op: plan.NotIn, Value: []any{"a", "b"}}, `StageName NOT IN ('a', 'b')`},
		{"begins", Cond{Field: "Name", Op: plan.StartsWith, Value: `50%_off\'`}, `Name LIKE '50\%\_off\\\'%'`},
		{"holds", Cond{Field: "Name", Op: plan.Contains, Value: "a%b"}, `Name LIKE '%a\%b%'`},
		{"bool", Cond{Field: "IsWon", Op: plan.Eq, Value: false}, `IsWon = FALSE`},
		{"number", Cond{Field: "Amount", Op: plan.Gt, Value: num("1.0E3")}, `Amount > 1000`},
		{"number in text", Cond{Field: "Amount", Op: plan.Gt, Value: "12.50"}, `Amount > 12.50`},
		{"date", Cond{Field: "CloseDate", Op: plan.Le, Value: "2026-11-01"}, `CloseDate <= 2026-11-01`},
		{"instant", Cond{Field: "SystemModstamp", Op: plan.Eq, Value: "2026-11-22T11:08:01+01:00"}, `SystemModstamp = 2026-11-22T10:08:01Z`},
		{"instant from below", Cond{Field: "SystemModstamp", Op: plan.Gt, Value: "2026-11-22T10:08:01.999Z"}, `SystemModstamp > 2026-11-22T10:08:01Z`},
		{"instant from above", Cond{Field: "SystemModstamp", Op: plan.Lt, Value: "2026-11-22T10:08:01.001Z"}, `SystemModstamp < 2026-11-22T10:08:02Z`},
		{"list", Cond{Field: "Id", Op: plan.In, Value: []any{"a", "b'"}}, `Id IN ('a', 'b\'')`},
		{"list of dates", Cond{Field: "CloseDate", Op: plan.In, Value: []any{"2026-11-01", "2026-11-02"}}, `CloseDate IN (2026-11-01, 2026-11-02)`},
		{"type given", Cond{Field: "Nowhere__c", Op: plan.Eq, Value: "2026-11-01", Type: schema.Type{Kind: schema.Date}}, `Nowhere__c = 2026-11-01`},
		{"type unknown", Cond{Field: "Nowhere__c", Op: plan.Eq, Value: true}, `Nowhere__c = TRUE`},
		{"related record by its key", Cond{Field: "Region__r.SystemModstamp", Op: plan.Eq, Value: "2026-11-22T10:08:01Z"}, `Region__r.SystemModstamp = 2026-11-22T10:08:01Z`},
		{"related standard record", Cond{Field: "Account.SystemModstamp", Op: plan.Eq, Value: "2026-11-22T10:08:01Z"}, `Account.SystemModstamp = 2026-11-22T10:08:01Z`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := soql("salesforce", Query{Select: []string{"Id"}, From: "Opportunity", Where: All(tc.cond)}, cat)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff("SELECT Id FROM Opportunity WHERE "+tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSOQLRefuses(t *testing.T) {
	cat := newTestCatalog()
	good := func() Query { return Query{Select: []string{"Id"}, From: "Opportunity"} }
	where := func(c Cond) Query { q := good(); q.Where = All(c); return q }
	secret := "Confidential Customer Ltd"
	for name, q := range map[string]Query{
		"no fields":            {From: "Opportunity"},
		"from breaks out":      {Select: []string{"Id"}, From: "Opportunity WHERE Id != null"},
		"from is a path":       {Select: []string{"Id"}, From: "Opportunity.Account"},
		"field breaks out":     {Select: []string{"Id FROM User --"}, From: "Opportunity"},
		"subquery as field":    {Select: []string{"(SELECT Id FROM X)"}, From: "Opportunity"},
		"too deep":             {Select: []string{"a.b.c.d.e.f.g"}, From: "Opportunity"},
		"order breaks out":     {Select: []string{"Id"}, From: "Opportunity", Order: []string{"Id LIMIT 1"}},
		"negative limit":       {Select: []string{"Id"}, From: "Opportunity", Limit: -1},
		"operator breaks out":  where(Cond{Field: "Name", Op: "= 'x' OR Name =", Value: secret}),
		"unknown operator":     where(Cond{Field: "Name", Op: "LIKE", Value: secret}),
		"absent":               where(Cond{Field: "Name", Op: plan.Ne, Value: nil}),
		"empty":                where(Cond{Field: "Name", Op: plan.Eq, Value: ""}),
		"empty beginning":      where(Cond{Field: "Name", Op: plan.StartsWith, Value: ""}),
		"empty in a list":      where(Cond{Field: "Id", Op: plan.In, Value: []any{"a", ""}}),
		"list too long":        where(Cond{Field: "Id", Op: plan.In, Value: make([]any, 101)}),
		"number begins":        where(Cond{Field: "Amount", Op: plan.StartsWith, Value: "1"}),
		"present is text":      where(Cond{Field: "Name", Op: plan.Present, Value: "true"}),
		"way without field":    {Select: []string{"Id"}, From: "Opportunity", Where: Where{{}}},
		"too many ways":        {Select: []string{"Id"}, From: "Opportunity", Where: make(Where, 11)},
		"condition breaks out": where(Cond{Field: "Name='' OR Name", Op: plan.Eq, Value: secret}),
		"null compared":        where(Cond{Field: "Amount", Op: plan.Lt, Value: nil}),
		"empty list":           where(Cond{Field: "Id", Op: plan.In, Value: []any{}}),
		"list is one":          where(Cond{Field: "Id", Op: plan.In, Value: secret}),
		"null in a list":       where(Cond{Field: "Id", Op: plan.In, Value: []any{nil}}),
		"number is text":       where(Cond{Field: "Amount", Op: plan.Eq, Value: secret}),
		"number is bool":       where(Cond{Field: "Amount", Op: plan.Eq, Value: true}),
		"date is text":         where(Cond{Field: "CloseDate", Op: plan.Eq, Value: secret}),
		"date too early":       where(Cond{Field: "CloseDate", Op: plan.Eq, Value: "0001-01-01"}),
		"date too late":        where(Cond{Field: "CloseDate", Op: plan.Eq, Value: "4001-01-01"}),
		"date literal":         where(Cond{Field: "CloseDate", Op: plan.Eq, Value: "TODAY"}),
		"instant is a date":    where(Cond{Field: "SystemModstamp", Op: plan.Gt, Value: "2026-11-22"}),
		"instant of a moment":  where(Cond{Field: "SystemModstamp", Op: plan.Eq, Value: "2026-11-22T10:08:01.5Z"}),
		"bool is text":         where(Cond{Field: "IsWon", Op: plan.Eq, Value: secret}),
		"text is a number":     where(Cond{Field: "Name", Op: plan.Eq, Value: num("1")}),
		"object":               where(Cond{Field: "X", Op: plan.Eq, Value: map[string]any{secret: 1}}),
		"text too long":        where(Cond{Field: "Name", Op: plan.Eq, Value: strings.Repeat("x", 4001)}),
		"not UTF-8":            where(Cond{Field: "Name", Op: plan.Eq, Value: secret + "\xff"}),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := soql("salesforce", q, cat)
			if err == nil {
				t.Fatalf("got %q, want an error", got)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error tells the value: %v", err)
			}
		})
	}
	if _, err := soql("salesforce", where(Cond{Field: "Name", Op: plan.Eq, Value: strings.Repeat("é", 4000)}), cat); err != nil {
		t.Errorf("4,000 characters were refused: %v", err)
	}
}

// soqlTokens cuts SOQL into tokens the way the vendor documents it. It knows nothing of the
// builder: text in single quotes with the documented escapes, names, operators, numbers.
// A string token is returned decoded, with a leading single quote.
func soqlTokens(s string) ([]string, error) {
	var out []string
	for len(s) > 0 {
		switch c := s[0]; {
		case c == ' ':
			s = s[1:]
		case c == '\'':
			value, rest, err := soqlString(s[1:])
			if err != nil {
				return nil, err
			}
			out, s = append(out, "'"+value), rest
		case strings.ContainsRune("(),", rune(c)):
			out, s = append(out, s[:1]), s[1:]
		case strings.ContainsRune("=<>!", rune(c)):
			n := 1
			for n < len(s) && strings.ContainsRune("=<>!", rune(s[n])) {
				n++
			}
			out, s = append(out, s[:n]), s[n:]
		default:
			n := 0
			for n < len(s) && (s[n] == '_' || s[n] == '.' || s[n] == ':' || s[n] == '-' || s[n] >= '0' && s[n] <= '9' || s[n] >= 'A' && s[n] <= 'Z' || s[n] >= 'a' && s[n] <= 'z') {
				n++
			}
			if n == 0 {
				return nil, fmt.Errorf("unexpected %q", s[0])
			}
			out, s = append(out, s[:n]), s[n:]
		}
	}
	return out, nil
}

func soqlString(s string) (value, rest string, err error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\'':
			return b.String(), s[i+1:], nil
		case s[i] < 0x20:
			return "", "", fmt.Errorf("a raw control character in a string")
		case s[i] != '\\':
			b.WriteByte(s[i])
			continue
		}
		i++
		if i == len(s) {
			return "", "", fmt.Errorf("a lone backslash")
		}
		if s[i] == 'u' && i+4 < len(s) {
			n, err := strconv.ParseUint(s[i+1:i+5], 16, 32)
			if err != nil {
				return "", "", err
			}
			b.WriteRune(rune(n))
			i += 4
			continue
		}
		plain, ok := map[byte]string{'n': "\n", 'r': "\r", 't': "\t", 'b': "\b", 'f': "\f", '\'': "'", '"': `"`, '\\': `\`}[s[i]]
		if !ok {
			return "", "", fmt.Errorf("a backslash before %q", s[i])
		}
		b.WriteString(plain)
	}
	return "", "", fmt.Errorf("a string without end")
}

// FuzzSOQLNames holds that no name, operator or value of another kind adds a token.
func FuzzSOQLNames(f *testing.F) {
	f.Add("Id", "Opportunity", "Name", "eq", "2026-11-01", "Id ASC")
	f.Add("Id FROM User", "X--", "Name OR 1", "in", "1 OR 2", "Id, Name")
	cat := newTestCatalog()
	f.Fuzz(func(t *testing.T, field, from, by, op, value, order string) {
		kinds := []schema.Kind{"", schema.Int, schema.Decimal, schema.Date, schema.Instant, schema.String}
		for _, k := range kinds {
			q := Query{Select: []string{field}, From: from, Order: []string{order}, Where: All(Cond{Field: by, Op: plan.Op(op), Value: value, Type: schema.Type{Kind: k}})}
			got, err := soql("salesforce", q, cat)
			if err != nil {
				continue
			}
			tokens, err := soqlTokens(got)
			if err != nil {
				t.Fatalf("%q: %v", got, err)
			}
			if n := len(tokens); n != 11 && n != 12 {
				t.Fatalf("%q has %d tokens: %q", got, n, tokens)
			}
			if tokens[1] != field || tokens[3] != from || tokens[5] != by {
				t.Fatalf("%q has other names: %q", got, tokens)
			}
		}
	})
}
