package catalog

import (
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	for in, want := range map[string]string{
		"updateOrCreateTaxRates": "update or create tax rate",
		"Opportunity.get":        "opportunity get",
		"OpportunityLineItem":    "opportunity line item",
		"Xero_Invoice_Id__c":     "xero invoice id c",
		"InvoiceID":              "invoice id",
		"IDs":                    "id",
		"APIKey":                 "api key",
		"PDFUrl":                 "pdf url",
		"Product2":               "product2",
		"  the customers' boxes": "the customer box",
		"address classes taxes":  "address class tax",
		"status of companies":    "status of company",
		"analysis":               "analysis",
		"Müller & Söhne":         "müller söhne",
		"":                       "",
	} {
		if got := strings.Join(split(in), " "); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestVerbs(t *testing.T) {
	for _, c := range []struct {
		word  string
		first bool
		want  verb
	}{
		{"get", false, verbRead},
		{"list", false, verbRead},
		{"create", false, verbCreate},
		{"raise", true, verbCreate},
		{"change", false, verbUpdate},
		{"remove", false, verbDelete},
		{"send", false, verbSend},
		{"email", true, verbSend},
		{"email", false, verbNone},
		{"post", true, verbCreate},
		{"post", false, verbNone},
		{"issue", false, verbNone},
		{"void", true, verbUpdate},
		{"check", true, verbRead},
		{"invoice", true, verbNone},
	} {
		if got := verbOf(c.word, c.first); got != c.want {
			t.Errorf("%s (first %v): %q, want %q", c.word, c.first, got, c.want)
		}
	}
}

func TestParseQuery(t *testing.T) {
	for in, want := range map[string]string{
		"Create an invoice for the customer": "create false invoice customer",
		"list all contacts":                  "read true contact",
		"every won deal":                     " true won deal",
		"contact by email":                   " false contact email",
		"email the invoice":                  "send false invoice",
		"update or create contacts":          "update true create contact",
		"":                                   " false",
		"the of and":                         " false",
	} {
		q := parseQuery(in)
		var got strings.Builder
		got.WriteString(string(q.verb) + " " + map[bool]string{true: "true", false: "false"}[q.many])
		for _, n := range q.nouns {
			got.WriteString(" " + n)
		}
		if got.String() != want {
			t.Errorf("%q: %q, want %q", in, got.String(), want)
		}
	}
}

func TestRelatives(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"allocate", "allocation", true},
		{"organisation", "organization", true},
		{"invoice", "invoice", true},
		{"invoice", "invoicing", true},
		{"account", "accountant", true},
		{"contact", "contract", false},
		{"item", "items", false},
		{"credit", "creditworthiness", false},
		{"tax", "taxi", false},
	} {
		if got := has([]string{"x", c.a}, c.b); got != c.want {
			t.Errorf("%s and %s: %v, want %v", c.a, c.b, got, c.want)
		}
	}
}
