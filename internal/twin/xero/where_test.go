package xero

import (
	"encoding/json"
	"strings"
	"testing"
)

// sample is an invoice in normal form, as lookups see it.
func sample(path []string) any {
	rec := record{
		"Type": "ACCREC", "Status": "AUTHORISED", "InvoiceNumber": `SF-"1"`, "Reference": "", "AmountDue": json.Number("24.15"),
		"InvoiceID": "11111111-2222-4333-8444-555555555555", "Date": "2026-11-20", "DueDate": "2026-12-20", "SentToContact": false,
		"Contact":        record{"ContactID": "22222222-2222-4333-8444-555555555555", "Name": "Café Nørthern"},
		"UpdatedDateUTC": "2026-11-22T10:08:01.160Z",
	}
	var v any = rec
	for _, name := range path {
		m, _ := v.(record)
		v = m[name]
	}
	return v
}

func TestWhere(t *testing.T) {
	tests := []struct {
		expression string
		want       bool
	}{
		{`Status=="AUTHORISED"`, true},
		{`Status="AUTHORISED"`, true},
		{`Status=="authorised"`, true},
		{`Status!="AUTHORISED"`, false},
		{`Type=="ACCREC" AND Status=="AUTHORISED" AND DueDate<DateTime(2026, 12, 21)`, true},
		{`Type=="ACCREC" and Status=="DRAFT"`, false},
		{`Type=="ACCPAY" OR Status=="AUTHORISED"`, true},
		{`Type=="ACCPAY" || Status=="AUTHORISED" && AmountDue>100`, false},
		{`(Type=="ACCPAY" || Status=="AUTHORISED") && AmountDue>10`, true},
		{`!(Type=="ACCPAY")`, true},
		{`Contact.ContactID==guid("22222222-2222-4333-8444-555555555555")`, true},
		{`Contact.ContactID==Guid("22222222-2222-4333-8444-55555555555A")`, false},
		{`InvoiceID!=null`, true},
		{`Reference==null`, true},
		{`Reference!=null AND Reference.Contains("x")`, false},
		{`DueDate==null`, false},
		{`PlannedPaymentDate<DateTime(2030,1,1)`, false},
		{`PlannedPaymentDate!=DateTime(2030,1,1)`, true},
		{`InvoiceNumber=="SF-\"1\""`, true},
		{`Contact.Name=="cafe northern"`, true},
		{`Contact.Name.StartsWith("café")`, true},
		{`Contact.Name.EndsWith("THERN")`, true},
		{`Contact.Name.Contains("fe n")`, true},
		{`Contact.Name.ToLower()=="café nørthern"`, true},
		{`Contact.Name.ToUpper().Contains("NØR")`, true},
		{`AmountDue==24.150`, true},
		{`AmountDue>=24.15`, true},
		{`AmountDue<=24.1499`, false},
		{`AmountDue>-1`, true},
		{`AmountDue==24.15m`, true},
		{`SentToContact==false`, true},
		{`SentToContact`, false},
		{`Date>=DateTime(2026,11,20)`, true},
		{`Date>DateTime(2026,11,20,0,0,0)`, false},
		{`UpdatedDateUTC>DateTime(2026,11,22,10,8,1)`, true},
		{`UpdatedDateUTC<DateTime(2026,11,22,10,8)`, false},
		{`true`, true},
		{`"a"=="A"`, true},
		{` ( ( Status == "AUTHORISED" ) ) `, true},
	}
	s := newShapes().invoice
	for _, tt := range tests {
		t.Run(tt.expression, func(t *testing.T) {
			n, err := parseWhere(s, tt.expression)
			if err != nil {
				t.Fatal(err)
			}
			if got := n.holds(sample); got != tt.want {
				t.Errorf("holds is %v, want %v", got, tt.want)
			}
			again, err := parseWhere(s, n.String())
			if err != nil || again.String() != n.String() || again.holds(sample) != tt.want {
				t.Errorf("printed as %s, which reads as %v (%v)", n, again, err)
			}
		})
	}
}

func TestWhereRefused(t *testing.T) {
	tests := map[string]string{
		``:                              "Syntax error at position 0",
		`Status`:                        "Expression of type 'Boolean' expected",
		`Status==`:                      "Syntax error at position 8",
		`Status=="A" AND`:               "Syntax error at position 15",
		`Status=="A" Type=="B"`:         "Syntax error at position 12",
		`Status=="A`:                    "Unterminated string literal",
		`Colour=="red"`:                 "No property or field 'Colour' exists in type 'Invoice'",
		`Contact.Colour=="red"`:         "No property or field 'Colour' exists in type 'Contact'",
		`status=="A"`:                   "No property or field 'status' exists in type 'Invoice'",
		`InvoiceID=="1111"`:             "Operator '==' incompatible with operand types 'Guid' and 'String'",
		`Date=="2026-11-20"`:            "Operator '==' incompatible with operand types 'DateTime' and 'String'",
		`AmountDue>"1"`:                 "Operator '>' incompatible with operand types 'Decimal' and 'String'",
		`Status<"A"`:                    "Operator '<' incompatible with operand types 'String' and 'String'",
		`Status=="A" AND AmountDue`:     "Operator '&&' incompatible with operand type 'Decimal'",
		`!AmountDue`:                    "Operator '!' incompatible with operand type 'Decimal'",
		`Contact=="A"`:                  "Property 'Contact' cannot be compared",
		`LineItems==null`:               "Property 'LineItems' cannot be compared",
		`InvoiceID==guid("x")`:          "'x' is not a Guid",
		`InvoiceID==guid(x)`:            "Syntax error at position 16",
		`Date>DateTime(2026,2,30)`:      "Year, Month, and Day parameters describe an un-representable DateTime.",
		`Date>DateTime(2026,2)`:         "Syntax error at position 20",
		`Date>DateTime(2026,1,1`:        "Syntax error at position 22",
		`Status.Trim()=="A"`:            "No applicable method 'Trim' exists in type 'String'",
		`AmountDue.Contains("1")`:       "No applicable method 'Contains' exists in type 'Decimal'",
		`Status.Contains(Type)`:         "Syntax error at position 16",
		`Status=='A'`:                   "Syntax error at position 8",
		`Status=="A" OR`:                "Syntax error at position 14",
		`AmountDue>1.2.3`:               "Syntax error at position 15",
		`(Status=="A"`:                  "Syntax error at position 12",
		"Status==\"\xff\"":              "the expression is not UTF-8 text",
		strings.Repeat("(", 200):        "the expression is nested too deeply",
		strings.Repeat("!", 200) + "x":  "the expression is nested too deeply",
		strings.Repeat(" ", maxWhere+1): "the expression is too long",
	}
	s := newShapes().invoice
	for expression, want := range tests {
		n, err := parseWhere(s, expression)
		if err == nil || err.Error() != want {
			t.Errorf("%.60q: %v, %v; want %s", expression, n, err, want)
		}
	}
}

func TestOrder(t *testing.T) {
	s := newShapes().invoice
	for _, bad := range []string{"", "Colour", "Date SIDEWAYS", "Date,,Status", "LineItems", `Contact.Name.ToLower() ASC`, "Date ASC DESC"} {
		if _, err := parseOrder(s, bad); err == nil {
			t.Errorf("order %q was accepted", bad)
		}
	}
	keys, err := parseOrder(s, "Date DESC, Contact.Name asc,InvoiceID")
	if err != nil || len(keys) != 3 || !keys[0].desc || keys[1].desc {
		t.Fatalf("keys %v, %v", keys, err)
	}
	other := func(path []string) any {
		if path[0] == "Date" {
			return nil
		}
		return sample(path)
	}
	if compare(keys, sample, other) >= 0 || compare(keys, other, sample) <= 0 || compare(keys, sample, sample) != 0 {
		t.Error("an absent date must come last when descending")
	}
}

func FuzzWhere(f *testing.F) {
	for _, seed := range []string{
		`Type=="ACCREC" AND Status=="AUTHORISED" AND DueDate<DateTime(2026, 01, 31)`,
		`Contact.ContactID==guid("11111111-2222-3333-4444-555555555555")`,
		`Reference=="SF-\"0068X00001" || !(Contact.Name.ToLower().Contains("a\\"))`,
		`AmountDue>=-1.50m && SentToContact==true && Reference!=null`, `((((`, `"a"=="b`, `true`,
	} {
		f.Add(seed)
	}
	s := newShapes().invoice
	f.Fuzz(func(t *testing.T, text string) {
		n, err := parseWhere(s, text)
		if err != nil {
			return
		}
		want := n.holds(sample)
		printed := n.String()
		again, err := parseWhere(s, printed)
		if err != nil {
			if len(printed) > maxWhere || strings.Contains(err.Error(), "nested") {
				return // printing spells out parentheses
			}
			t.Fatalf("%q prints as %q, which is refused: %v", text, printed, err)
		}
		if again.String() != printed || again.holds(sample) != want {
			t.Fatalf("%q prints as %q, which reads otherwise: %q", text, printed, again)
		}
	})
}

func FuzzRequestBody(f *testing.F) {
	for _, seed := range []string{
		`{"Invoices":[{"Type":"ACCREC","Date":"/Date(1789378199160+0000)/","LineItems":{"Quantity":"1.5"}}]}`,
		`{"LineItems":[{"UnitAmount":1e400}]}`, `{"Contact":{"Addresses":[null]}}`, `[]`, `{"Date":"2026-02-30"}`,
	} {
		f.Add(seed)
	}
	s := newShapes().invoice
	f.Fuzz(func(t *testing.T, text string) {
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		var m map[string]any
		if d.Decode(&m) != nil {
			return
		}
		rec, err := s.read(m, true)
		if err != nil {
			return
		}
		if _, err := json.Marshal(s.write(rec, 2)); err != nil {
			t.Fatalf("%s cannot be answered: %v", text, err)
		}
		total(rec)
	})
}
