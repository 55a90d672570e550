package expr_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/planwright/planwright/runtime/expr"
	"github.com/planwright/planwright/specs/schema"
)

// The world of these tests: a deal, its lines, a contact, and two mappings, in the shape
// that plans see them.

func always(name string, t schema.Type) schema.Field {
	return schema.Field{Name: name, Type: t, Always: true}
}

func maybe(name string, t schema.Type) schema.Field { return schema.Field{Name: name, Type: t} }

func kind(k schema.Kind) schema.Type { return schema.Type{Kind: k} }

var (
	text, whole, number, truth   = kind(schema.String), kind(schema.Int), kind(schema.Decimal), kind(schema.Bool)
	date, instant, untyped       = kind(schema.Date), kind(schema.Instant), kind(schema.Any)
	opportunityID, accountID     = schema.IDOf("salesforce.Opportunity.Id"), schema.IDOf("salesforce.Account.Id")
	productID, itemCode, taxType = schema.IDOf("salesforce.Product2.Id"), schema.IDOf("xero.Item.Code"), schema.IDOf("xero.TaxRate.TaxType")
	stages                       = schema.Type{Kind: schema.String, Enum: []string{"Prospecting", "Closed Won", "Closed Lost"}, MaxLength: 40}
)

func object(name string, fields ...schema.Field) *schema.Object {
	return &schema.Object{Name: name, Fields: fields}
}

func objects() schema.Set {
	set := schema.Set{}
	for _, o := range []*schema.Object{
		object("salesforce.Opportunity",
			always("Id", opportunityID), always("Name", schema.Type{Kind: schema.String, MaxLength: 120}), maybe("Amount", number),
			maybe("AccountId", accountID), maybe("Account", schema.ObjectOf("salesforce.Account")), always("CloseDate", date),
			always("StageName", stages), always("IsWon", truth), always("LastModifiedDate", instant), maybe("Probability", whole),
			always("Fiscal", untyped), maybe("Tags", schema.ListOf(text)), always("Labels", schema.Type{Kind: schema.Map, Elem: &text}),
			schema.Field{Name: "Secret", Type: text, WriteOnly: true}, maybe("Description", text), maybe("in", text), maybe("odd-name", text)),
		object("salesforce.Account", always("Id", accountID), always("Name", text), maybe("BillingCountry", text), maybe("Parent", schema.ObjectOf("salesforce.Account"))),
		object("step.lines", always("Id", schema.IDOf("salesforce.OpportunityLineItem.Id")), always("Quantity", number), always("UnitPrice", number),
			maybe("Discount", number), always("TotalPrice", number), maybe("Description", text), always("Product2Id", productID),
			always("Product2", schema.ObjectOf("step.lines.Product2"))),
		object("step.lines.Product2", always("Name", text), maybe("Family", text)),
		object("xero.Invoice", always("SubTotal", number), always("InvoiceID", schema.IDOf("xero.Invoice.InvoiceID")), maybe("Missing", schema.ObjectOf("xero.Nowhere"))),
		object("mapping.product", always("Code", itemCode), always("Rate", number)),
		object("mapping.tax", always("TaxType", taxType)),
	} {
		set[o.Name] = o
	}
	return set
}

func env() *expr.Env {
	return expr.New(objects()).
		WithMapping("product", expr.Mapping{Inputs: []schema.Type{productID}, Result: schema.ObjectOf("mapping.product")}).
		WithMapping("tax", expr.Mapping{Inputs: []schema.Type{text, text}, Result: schema.ObjectOf("mapping.tax")}).
		WithMapping("band", expr.Mapping{Inputs: []schema.Type{number}, Result: schema.ObjectOf("mapping.tax")}).
		WithVar("opportunity", schema.ObjectOf("salesforce.Opportunity")).
		WithVar("account", schema.ObjectOf("salesforce.Account")).
		WithVar("lines", schema.ListOf(schema.ObjectOf("step.lines"))).
		WithVar("invoice", schema.ObjectOf("xero.Invoice"))
}

const worldJSON = `{
  "opportunity": {"Id": "006A", "Name": "Größe & Söhne", "Amount": 1234567890123456.78, "AccountId": "001A", "CloseDate": "2026-01-31",
    "StageName": "Closed Won", "IsWon": true, "LastModifiedDate": "2026-03-28T23:30:00Z", "Fiscal": {"q": 1}, "Tags": ["a", "b"],
    "Labels": {"k": "v"}, "Account": {"Id": "001A", "Name": "Acme", "Parent": {"Id": "001B", "Name": "Acme Group", "BillingCountry": "NZ"}}},
  "account": {"Id": "001A", "Name": "Acme", "BillingCountry": null},
  "lines": [
    {"Id": "l1", "Quantity": 3, "UnitPrice": 19.99, "Discount": 12.5, "TotalPrice": 52.47, "Product2Id": "p1", "Product2": {"Name": "Widget", "Family": "Goods"}},
    {"Id": "l2", "Quantity": 1, "UnitPrice": 0.1, "TotalPrice": 0.10, "Description": "Gadget, blue", "Product2Id": "p2", "Product2": {"Name": "Gadget"}},
    {"Id": "l3", "Quantity": 2.5, "UnitPrice": 0.2, "Discount": 0, "TotalPrice": 0.5, "Product2Id": "p1", "Product2": {"Name": "Widget"}}],
  "invoice": {"SubTotal": 53.07, "InvoiceID": "inv-1"}
}`

func tree(t testing.TB, text string) map[string]any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// table is rows by mapping and joined key.
type table map[string]map[string]any

func (r table) Row(mapping string, key []string) (map[string]any, bool) {
	row, ok := r[mapping+"("+strings.Join(key, ",")+")"]
	return row, ok
}

func rows() table {
	return table{
		"product(p1)":     {"Code": "WID", "Rate": json.Number("1.1")},
		"product(p2)":     {"Code": "GAD", "Rate": json.Number("2")},
		"tax(,)":          {"TaxType": "NONE"},
		"tax(NZ,Goods)":   {"TaxType": "OUTPUT2"},
		"band(3)":         {"TaxType": "THREE"},
		"band(1234567.5)": {"TaxType": "LARGE"},
	}
}
