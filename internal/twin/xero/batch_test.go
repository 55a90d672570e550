package xero_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func numbers(b *bench) []string {
	var out []string
	for _, i := range b.twin.Invoices() {
		out = append(out, i["InvoiceNumber"].(string))
	}
	return out
}

func TestBatches(t *testing.T) {
	mixed := `{"Invoices":[` + strings.Join([]string{
		sale("A", line("1", "10")),
		with(sale("B", line("1", "10")), `"200"`, `"999"`),
		sale("A", line("1", "10")), // the number the first has just taken
		with(sale("C", line("1", "10")), "AUTHORISED", "DRAFT", `"Type"`, `"SentToContact":true,"Type"`),
	}, ",") + `]}`

	t.Run("summarizeErrors=false answers every element with 200", func(t *testing.T) {
		b := open(t, shop)
		a := b.call("PUT", "/Invoices?summarizeErrors=false", mixed).want(200)
		var got []string
		for i := range a.list("Invoices") {
			got = append(got, a.text("Invoices", i, "InvoiceNumber")+" "+a.text("Invoices", i, "StatusAttributeString")+" "+a.text("Invoices", i, "HasErrors"))
		}
		if diff := cmp.Diff([]string{"A OK false", "B ERROR true", "A ERROR true", "C WARNING false"}, got); diff != "" {
			t.Error(diff)
		}
		if got := a.text("Invoices", 1, "InvoiceID"); got != "00000000-0000-0000-0000-000000000000" {
			t.Errorf("refused element has id %s", got)
		}
		if got := a.text("Invoices", 3, "Warnings", 0, "Message"); got != "Only AUTHORISED invoices may have SentToContact updated." || a.text("Invoices", 3, "SentToContact") != "false" {
			t.Errorf("warning %q", got)
		}
		if got := numbers(b); len(got) != 2 {
			t.Errorf("stored %q, want A and C", got)
		}
	})

	for _, query := range []string{"", "?summarizeErrors=true"} {
		t.Run("400 shows the bad ones, the good ones are stored"+query, func(t *testing.T) {
			b := open(t, shop)
			a := b.call("PUT", "/Invoices"+query, mixed).want(400)
			if got := len(a.list("Elements")); got != 2 || strings.Contains(a.body, "StatusAttributeString") {
				t.Errorf("%d elements: %s", got, a.body)
			}
			if got := numbers(b); len(got) != 2 {
				t.Errorf("stored %q, want A and C behind the 400", got)
			}
		})
	}

	t.Run("all refused is still 200 with summarizeErrors=false", func(t *testing.T) {
		b := open(t, shop)
		b.call("PUT", "/Contacts?summarizeErrors=false", `{"Contacts":[{"Name":"Harbour Tools Ltd"}]}`).want(200)
		a := b.call("PUT", "/Contacts?summarizeErrors=false", `{"Contacts":[{"Name":"Harbour Tools Ltd"},{"Name":"New"}]}`).want(200)
		if a.text("Contacts", 0, "HasValidationErrors") != "true" || a.text("Contacts", 1, "HasValidationErrors") != "false" || a.text("Contacts", 1, "StatusAttributeString") != "OK" {
			t.Errorf("answer %s", a.body)
		}
	})

	t.Run("an id the organisation does not hold refuses the whole call", func(t *testing.T) {
		b := open(t, shop)
		b.call("POST", "/Contacts?summarizeErrors=false", `{"Contacts":[{"Name":"New"},{"ContactID":"99999999-1111-4111-8111-111111111111","Name":"X"}]}`).want(404)
		if n := len(b.twin.Contacts()); n != 3 {
			t.Errorf("%d contacts, want the 3 from before", n)
		}
	})

	t.Run("updates of one record answer 400 whatever is asked", func(t *testing.T) {
		b := open(t, shop)
		name, why := odd("summarizeErrors is not offered here")
		a := b.call("POST", "/Contacts/"+closed+"?summarizeErrors=false", `{"Contacts":[{"Name":"X"}]}`, name, why).want(400)
		if got := a.problems(); !contains(got, []string{"The specified contact details matched an archived contact. Archived contacts cannot currently be edited via the API."}) {
			t.Errorf("problems %q", got)
		}
		if got := a.text("Elements", 0, "ContactID"); got != closed {
			t.Errorf("element has id %s, want the contact's", got)
		}
		b.call("POST", "/Contacts/"+harbour, `{"Contacts":[{"Name":"X"},{"Name":"Y"}]}`).want(400)
	})
}

func TestBodyForms(t *testing.T) {
	name, why := odd("other forms of body")
	for _, body := range []string{
		`{"Contacts":[{"Name":"New"}]}`, `{"contacts":[{"name":"New"}]}`, `{"Contacts":{"Name":"New"}}`, `[{"Name":"New"}]`, `{"Name":"New"}`,
		`{"NAME":"New","UnknownMember":{"x":1},"EmailAddress":null,"IsCustomer":true}`,
	} {
		b := open(t, nil)
		a := b.call("PUT", "/Contacts", body, name, why).want(200)
		if a.text("Contacts", 0, "Name") != "New" || a.text("Contacts", 0, "IsCustomer") != "false" {
			t.Errorf("%s: %s", body, a.body)
		}
	}
	b := open(t, shop)
	for body, want := range map[string]string{
		`{`:                "JSON for post data was invalid, it is not a JSON value",
		``:                 "JSON for post data was invalid, it is not a JSON value",
		`{} {}`:            "JSON for post data was invalid, there is text after the value",
		`{"Invoices":[]}`:  "JSON for post data was invalid, there is no element",
		`{"Invoices":[7]}`: "JSON for post data was invalid, 'Invoices[0]' is not an object",
		`{"Invoices":[{"LineItems":[{"UnitAmount":"ten"}]}]}`: "JSON for post data was invalid, 'Invoices[0].LineItems[0].UnitAmount' is not a number",
		`{"Invoices":[{"Date":"20/11/2026"}]}`:                "JSON for post data was invalid, 'Invoices[0].Date' is not a date",
		`{"Invoices":[{"InvoiceID":"x"}]}`:                    "JSON for post data was invalid, 'Invoices[0].InvoiceID' is not an id",
		`{"Invoices":[{"SentToContact":"maybe"}]}`:            "JSON for post data was invalid, 'Invoices[0].SentToContact' is not true or false",
		`{"Invoices":[{"Contact":"Ann"}]}`:                    "JSON for post data was invalid, 'Invoices[0].Contact' is not an object",
		"{\"Name\":\"\xff\"}":                                 "JSON for post data was invalid, the text is not UTF-8",
	} {
		a := b.call("PUT", "/Invoices", body, name, why).want(400)
		if a.text("Message") != want || a.text("Type") != "PostDataInvalidException" || a.text("ErrorNumber") != "14" {
			t.Errorf("%s: %s", body, a.body)
		}
	}
	big := `{"Contacts":[{"Name":"` + strings.Repeat("x", 10<<20) + `"}]}`
	if got := b.call("PUT", "/Contacts", big, name, why).want(400).text("Message"); !strings.Contains(got, "larger than 10 MB") {
		t.Errorf("message %q", got)
	}
}

func TestUpsert(t *testing.T) {
	b := open(t, shop)
	id := b.call("PUT", "/Invoices", `{"Invoices":[`+with(sale("A", line("1", "10")), "AUTHORISED", "DRAFT")+`]}`).want(200).text("Invoices", 0, "InvoiceID")
	a := b.call("POST", "/Invoices", `{"Invoices":[`+with(sale("a", line("2", "10")), "AUTHORISED", "DRAFT")+`]}`).want(200)
	if a.text("Invoices", 0, "InvoiceID") != id || a.text("Invoices", 0, "SubTotal") != "20.00" {
		t.Errorf("POST of a number that is there must edit it in silence: %s", a.body)
	}
	b.call("POST", "/Invoices", `{"Invoices":[{"InvoiceID":"`+id+`","Status":"DELETED"}]}`).want(200)
	got := b.call("POST", "/Invoices", `{"Invoices":[`+sale("A", line("1", "10"))+`]}`).want(400).problems()
	if !contains(got, []string{"Invoice not of valid status for modification"}) {
		t.Errorf("problems %q", got)
	}
	bill := `{"Invoices":[` + with(sale("B", line("1", "10")), "ACCREC", "ACCPAY", "200", "300") + `]}`
	b.call("POST", "/Invoices", bill).want(200)
	b.call("POST", "/Invoices", bill).want(200)
	if n := len(b.twin.Invoices()); n != 3 {
		t.Errorf("%d invoices, want 3: numbers of bills identify nothing", n)
	}
}

func TestUpdateOfLines(t *testing.T) {
	setup := func(t *testing.T) (*bench, answer) {
		b := open(t, shop)
		return b, b.call("PUT", "/Invoices?unitdp=4", `{"Invoices":[`+sale("A", line("1", "10.1234"), line("2", "20"))+`]}`).want(200)
	}
	id := func(a answer, i int) string { return a.text("Invoices", 0, "LineItems", i, "LineItemID") }
	shape := func(a answer) string {
		var out []string
		items, _ := a.at("Invoices", 0, "LineItems").([]any)
		for i := range items {
			out = append(out, a.text("Invoices", 0, "LineItems", i, "Description")+" "+a.text("Invoices", 0, "LineItems", i, "LineAmount"))
		}
		return strings.Join(out, ", ") + " = " + a.text("Invoices", 0, "Total")
	}
	update := func(b *bench, body string) answer {
		return b.call("POST", "/Invoices/"+b.twin.Invoices()[0]["InvoiceID"].(string)+"?unitdp=4", `{"Invoices":[`+body+`]}`)
	}
	t.Run("without LineItems they stay", func(t *testing.T) {
		b, _ := setup(t)
		if got := shape(update(b, `{"Reference":"x"}`).want(200)); got != "Work 10.12, Work 40.00 = 57.64" {
			t.Error(got)
		}
	})
	t.Run("known ids change, no id adds, missing goes", func(t *testing.T) {
		b, a := setup(t)
		got := update(b, `{"LineItems":[{"LineItemID":"`+id(a, 1)+`","Quantity":3},`+with(line("1", "1"), "Work", "More")+`]}`).want(200)
		if id(got, 0) != id(a, 1) || shape(got) != "Work 60.00, More 1.00 = 70.15" {
			t.Error(shape(got))
		}
	})
	t.Run("a change of tax treatment computes again", func(t *testing.T) {
		b, _ := setup(t)
		if got := shape(update(b, `{"LineAmountTypes":"NoTax"}`).want(200)); got != "Work 10.12, Work 40.00 = 50.12" {
			t.Error(got)
		}
	})
	t.Run("unknown line", func(t *testing.T) {
		b, _ := setup(t)
		if got := update(b, `{"LineItems":[{"LineItemID":"`+harbour+`","Quantity":3}]}`).want(400).problems(); !contains(got, []string{"LineItemID"}) {
			t.Error(got)
		}
	})
	t.Run("an empty list takes all away, which an approved invoice cannot bear", func(t *testing.T) {
		b, _ := setup(t)
		update(b, `{"LineItems":[]}`).want(400)
	})
	t.Run("with money on it only some members change", func(t *testing.T) {
		b, a := setup(t)
		if err := b.twin.Pay("A", dec("1"), ""); err != nil {
			t.Fatal(err)
		}
		both := `[{"LineItemID":"` + id(a, 0) + `","Description":"New","UnitAmount":10.1234},{"LineItemID":"` + id(a, 1) + `"}]`
		got := update(b, `{"Reference":"PO-7","DueDate":"2027-01-01","LineItems":`+both+`}`).want(200)
		if got.text("Invoices", 0, "Reference") != "PO-7" || shape(got) != "New 10.12, Work 40.00 = 57.64" || got.text("Invoices", 0, "AmountDue") != "56.64" {
			t.Errorf("%s %s", shape(got), got.body)
		}
		for _, body := range []string{`{"Date":"2026-01-01"}`, `{"LineItems":[]}`, with(`{"LineItems":`+both+`}`, `10.1234`, `11`), `{"LineItems":[{"Description":"x"},{"Description":"y"}]}`} {
			if got := update(b, body).want(400).problems(); !contains(got, []string{"This document cannot be edited as it has a payment or credit note allocated to it."}) {
				t.Errorf("%s: %q", body, got)
			}
		}
		if got := update(b, `{"Status":"VOIDED"}`).want(400).problems(); !contains(got, []string{"The status VOIDED cannot be applied to the invoice because it has payments or credit notes allocated to it."}) {
			t.Errorf("%q", got)
		}
	})
	t.Run("type is fixed, number must stay unique", func(t *testing.T) {
		b, _ := setup(t)
		b.call("PUT", "/Invoices", `{"Invoices":[`+sale("B", line("1", "1"))+`]}`).want(200)
		id := b.get("/Invoices/A").text("Invoices", 0, "InvoiceID")
		for _, body := range []string{`{"Type":"ACCPAY"}`, `{"InvoiceNumber":"B"}`} {
			b.call("POST", "/Invoices/"+id, `{"Invoices":[`+body+`]}`).want(400)
		}
		b.call("POST", "/Invoices/"+id, `{"Invoices":[{"InvoiceNumber":"C"}]}`).want(200)
		b.get("/Invoices/A").want(404)
	})
	t.Run("nothing in a locked period", func(t *testing.T) {
		b, _ := setup(t)
		if err := b.twin.Change("Organisation", "", object{"EndOfYearLockDate": "2026-11-20"}); err != nil {
			t.Fatal(err)
		}
		for _, body := range []string{`{"Reference":"x"}`, `{"Date":"2026-11-21"}`, `{"Status":"VOIDED"}`} {
			if got := update(b, body).want(400).problems(); !contains(got, []string{"The document date cannot be before the end of year lock date, currently set at "}) {
				t.Errorf("%s: %q", body, got)
			}
		}
	})
}

func TestContactBlockOverwrites(t *testing.T) {
	b := open(t, shop)
	block := `"ContactID":"` + harbour + `"`
	b.call("PUT", "/Invoices", `{"Invoices":[`+sale("A", line("1", "1"))+`]}`).want(200)
	if got := b.get("/Contacts/"+harbour).at("Contacts", 0, "ContactPersons"); len(got.([]any)) != 1 {
		t.Fatalf("the id alone must change nothing: %v", got)
	}
	b.call("PUT", "/Invoices", `{"Invoices":[`+with(sale("B", line("1", "1")), block, block+`,"EmailAddress":"new@harbour.test"`)+`]}`).want(200)
	a := b.get("/Contacts/" + harbour)
	if a.text("Contacts", 0, "EmailAddress") != "new@harbour.test" || len(a.at("Contacts", 0, "ContactPersons").([]any)) != 0 {
		t.Errorf("other members beside the id must edit the contact and lose its persons: %s", a.body)
	}
}

func TestItems(t *testing.T) {
	b := open(t, shop)
	a := b.call("PUT", "/Items?summarizeErrors=false", `{"Items":[{"Code":"SAW"},{"Code":"DRILL","Name":"Drill","SalesDetails":{"UnitPrice":9.99,"AccountCode":"200","TaxType":"OUTPUT2"}},{"Code":"X","SalesDetails":{"AccountCode":"999"}},{"Code":"X","IsSold":false,"Description":"gone"}]}`).want(200)
	if got := a.text("Items", 0, "ValidationErrors", 0, "Message"); got != "Price List Item with Code 'SAW' already exists" {
		t.Errorf("message %q", got)
	}
	if got := a.text("Items", 1, "SalesDetails", "UnitPrice"); got != "9.99" {
		t.Errorf("price %s", got)
	}
	if a.text("Items", 2, "StatusAttributeString") != "ERROR" || a.at("Items", 3, "Description") != nil {
		t.Errorf("answer %s", a.body)
	}
	b.call("POST", "/Items", `{"Items":[{"Code":"SAW","Name":"Better saw"}]}`).want(200)
	if got := b.get("/Items/saw").want(200); got.text("Items", 0, "Name") != "Better saw" || got.text("Items", 0, "SalesDetails", "AccountCode") != "260" {
		t.Errorf("POST must merge: %s", got.body)
	}
	if got := b.get("/Items/T-Shirt%20L").want(200).text("Items", 0, "Code"); got != "T-Shirt L" {
		t.Errorf("code %q", got)
	}
	id := b.get("/Items/SAW").text("Items", 0, "ItemID")
	b.call("POST", "/Items/"+id, `{"Items":[{"Code":"DRILL"}]}`).want(400)
	b.call("POST", "/Items/"+id, `{"Items":[{"Code":"SAW2"}]}`).want(200)
	b.get("/Items/SAW").want(404)
	b.get("/Items/" + id + "?unitdp=4").want(200)
}

func TestPayments(t *testing.T) {
	b := open(t, shop)
	b.call("PUT", "/Invoices", `{"Invoices":[`+sale("A", line("1", "10"))+`,`+with(sale("D", line("1", "10")), "AUTHORISED", "DRAFT")+`]}`).want(200)
	pay := func(number, account, amount string) answer {
		return b.call("PUT", "/Payments", `{"Payments":[{"Invoice":{"InvoiceNumber":"`+number+`"},"Account":{"Code":"`+account+`"},"Amount":`+amount+`,"Date":"2026-11-21"}]}`)
	}
	for _, bad := range [][4]string{
		{"A", "090", "11.51", "Payment amount exceeds the amount outstanding on this document"},
		{"D", "090", "1", "Payments can only be made against Authorised documents"},
		{"A", "200", "1", "The account of the payment is not valid"},
		{"Z", "090", "1", "The invoice of the payment could not be found"},
	} {
		if got := pay(bad[0], bad[1], bad[2]).want(400).problems(); !contains(got, bad[3:]) {
			t.Errorf("%q: %q", bad, got)
		}
	}
	first := pay("A", "090", "1.5").want(200)
	invoice := b.get("/Invoices/A")
	if invoice.text("Invoices", 0, "AmountDue") != "10.00" || invoice.text("Invoices", 0, "Status") != "AUTHORISED" || invoice.text("Invoices", 0, "Payments", 0, "Amount") != "1.50" {
		t.Errorf("part-paid: %s", invoice.body)
	}
	b.call("POST", "/Payments", `{"Invoice":{"InvoiceNumber":"A"},"Account":{"Code":"855"},"Amount":10,"Date":"2026-11-21"}`).want(200)
	invoice = b.get("/Invoices/A")
	if invoice.text("Invoices", 0, "Status") != "PAID" || invoice.text("Invoices", 0, "AmountDue") != "0.00" || invoice.text("Invoices", 0, "FullyPaidOnDate") != "/Date(1795219200000+0000)/" {
		t.Errorf("paid: %s", invoice.body)
	}
	id := first.text("Payments", 0, "PaymentID")
	list := b.get(where("Payments", `Invoice.InvoiceID==guid("`+invoice.text("Invoices", 0, "InvoiceID")+`") AND Status=="AUTHORISED"`)).want(200)
	if len(list.list("Payments")) != 2 {
		t.Errorf("payments %s", list.body)
	}
	b.call("POST", "/Payments/"+id, `{"Status":"DELETED"}`).want(200)
	b.call("POST", "/Payments/"+id, `{"Status":"DELETED"}`).want(400)
	invoice = b.get("/Invoices/A")
	if invoice.text("Invoices", 0, "Status") != "AUTHORISED" || invoice.text("Invoices", 0, "AmountDue") != "1.50" || invoice.at("Invoices", 0, "FullyPaidOnDate") != nil {
		t.Errorf("after a reversal: %s", invoice.body)
	}
}
