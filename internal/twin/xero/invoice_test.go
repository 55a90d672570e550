package xero_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/internal/twin/xero"
)

// Ids of the world that tests share.
const (
	harbour  = "11111111-1111-4111-8111-111111111111"
	northern = "22222222-2222-4222-8222-222222222222"
	closed   = "33333333-3333-4333-8333-333333333333"
)

type object = map[string]any

// shop gives a twin contacts and items.
func shop(o *xero.Options) {
	o.Collections = map[string][]map[string]any{
		"Contacts": {
			{
				"ContactID": harbour, "Name": "Harbour Tools Ltd", "ContactNumber": "SF-001", "EmailAddress": "ap@harbour.test",
				"ContactPersons": []any{object{"FirstName": "Ann", "EmailAddress": "ann@harbour.test"}},
			},
			{"ContactID": northern, "Name": "Café Nørthern", "AccountNumber": "NW-77"},
			{"ContactID": closed, "Name": "Closed Shop", "ContactNumber": "SF-003", "ContactStatus": "ARCHIVED"},
		},
		"Items": {
			{"Code": "SAW", "Name": "Saw", "Description": "A sharp saw", "SalesDetails": object{"UnitPrice": "12.5", "AccountCode": "260", "TaxType": "ZERORATED"}},
			{"Code": "T-Shirt L", "Name": "Shirt"},
		},
	}
}

// sale is the JSON of an approved sales invoice.
func sale(number string, lines ...string) string {
	return fmt.Sprintf(`{"Type":"ACCREC","Status":"AUTHORISED","InvoiceNumber":%q,"Contact":{"ContactID":%q},"Date":"2026-11-20","DueDate":"2026-12-20","LineItems":[%s]}`,
		number, harbour, strings.Join(lines, ","))
}

func line(quantity, unit string) string {
	return fmt.Sprintf(`{"Description":"Work","Quantity":%s,"UnitAmount":%s,"AccountCode":"200"}`, quantity, unit)
}

// with changes members of a JSON text: pairs of old and new.
func with(text string, pairs ...string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			panic("no " + pairs[i] + " in " + text)
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return text
}

func TestRefusedInvoices(t *testing.T) {
	good := sale("SF-9", line("1", "10"))
	tests := []struct {
		fact, body string
		want       []string // messages that must be among the problems
	}{
		{"number must be unique", with(good, "SF-9", "SF-1"), []string{"Invoice # must be unique."}},
		{"number must be unique whatever its case", with(good, "SF-9", "sf-1"), []string{"Invoice # must be unique."}},
		{"a contact to be made goes with it", with(good, `{"ContactID":"`+harbour+`"}`, `{"Name":"Nobody Yet"}`, `"200"`, `"999"`), []string{"Account code '999' is not a valid code for this document."}},
		{"number of a voided invoice stays used", with(good, "SF-9", "SF-VOID"), []string{"Invoice # must be unique."}},
		{"item code", with(good, `"AccountCode"`, `"ItemCode":"NOPE","AccountCode"`), []string{"Item code 'NOPE' is not valid"}},
		{"unknown account", with(good, `"200"`, `"999"`), []string{"Account code '999' is not a valid code for this document."}},
		{"bank account", with(good, `"200"`, `"090"`), []string{"Account code '090' is not a valid code for this document."}},
		{"system account", with(good, `"200"`, `"610"`), []string{"Account code '610' is not a valid code for this document."}},
		{"archived account", with(good, `"200"`, `"400"`), []string{"Account code '400' has been archived, or has been deleted. Each line item must reference a valid account."}},
		{"approved line without account", with(good, `,"AccountCode":"200"`, ``), []string{"Account code must be specified"}},
		{"tax type of another class", with(good, `"200"`, `"200","TaxType":"INPUT2"`), []string{"The TaxType code 'INPUT2' cannot be used with account code '200'."}},
		{"unknown tax type", with(good, `"200"`, `"200","TaxType":"MOON"`), []string{"TaxType code 'MOON' does not exist"}},
		{"deleted tax rate", with(good, `"200"`, `"200","TaxType":"OUTPUT"`), []string{"The tax rate of TaxType code 'OUTPUT' must be active"}},
		{"line total", with(good, `"UnitAmount":10`, `"UnitAmount":10,"LineAmount":1`), []string{"The line total 1.00 does not match the expected line total 10.00"}},
		{"contact without identity", with(good, `{"ContactID":"`+harbour+`"}`, `{}`), []string{"The Contact must contain at least 1 of the following elements to identify the contact: Name, ContactID, ContactNumber"}},
		{"no contact", with(good, `"Contact":{"ContactID":"`+harbour+`"},`, ``), []string{"The Contact must contain at least 1 of the following elements to identify the contact: Name, ContactID, ContactNumber"}},
		{"archived contact", with(good, harbour, closed), []string{"The contact Closed Shop is archived. Archived contacts cannot be used on documents."}},
		{"unknown contact id", with(good, harbour, "99999999-1111-4111-8111-111111111111"), []string{"An existing Contact with the specified ContactID could not be found"}},
		{"currency not subscribed", with(good, `"Type"`, `"CurrencyCode":"EUR","Type"`), []string{"Organisation is not subscribed to currency EUR"}},
		{"on the lock date", with(good, `"2026-11-20"`, `"2026-09-30"`), []string{"The document date cannot be before the period lock date, currently set at 30 September 2026"}},
		{"due date of an approved invoice", with(good, `"DueDate":"2026-12-20",`, ``), []string{"The due date must be specified for submitted and approved invoices"}},
		{"no lines", sale("SF-9"), []string{"One or more line items must be specified"}},
		{"no description", with(good, `"Description":"Work",`, ``), []string{"Description must be specified for each line item"}},
		{"id on create", with(good, `"Type"`, `"InvoiceID":"`+harbour+`","Type"`), []string{"The InvoiceID must not be given when an invoice is created"}},
		{"status a create cannot have", with(good, "AUTHORISED", "PAID"), []string{"Invoice not of valid status for creation"}},
		{"both discounts", with(good, `"AccountCode"`, `"DiscountRate":10,"DiscountAmount":1,"AccountCode"`), []string{"Only one of DiscountRate and DiscountAmount can be specified"}},
		{"discount on a bill", with(good, "ACCREC", "ACCPAY", `"AccountCode":"200"`, `"DiscountRate":10,"AccountCode":"300"`), []string{"Discounts are only allowed on invoices of type ACCREC"}},
		{"discount above all", with(good, `"AccountCode"`, `"DiscountRate":101,"AccountCode"`), []string{"DiscountRate must be between 0 and 100"}},
		{"negative total", with(good, `"UnitAmount":10`, `"UnitAmount":-10`), []string{"The total of an invoice must not be negative"}},
		{"amount too large", with(good, `"UnitAmount":10`, `"UnitAmount":10000000000`), []string{"The line amount is larger than 9999999999.99"}},
		{"amount beyond reason", with(good, `"Quantity":1,"UnitAmount":10`, `"Quantity":1e99,"UnitAmount":9.9e99,"DiscountRate":0.5`), []string{"The line amount is larger than 9999999999.99"}},
		{"too long a number", with(good, "SF-9", strings.Repeat("9", 256)), []string{"The field InvoiceNumber must be a string with a maximum length of 255."}},
		{"too long a description", with(good, "Work", strings.Repeat("é", 4001)), []string{"The field Description must be a string with a maximum length of 4000."}},
		{"three tracking categories", with(good, `"AccountCode"`, `"Tracking":[{"Name":"Region","Option":"North"},{"Name":"Region","Option":"North"},{"Name":"Region","Option":"North"}],"AccountCode"`), []string{"A line item can have at most 2 tracking categories"}},
		{"unknown tracking option", with(good, `"AccountCode"`, `"Tracking":[{"Name":"Region","Option":"Moon"}],"AccountCode"`), []string{"The tracking category or option is not valid"}},
		{"unknown theme", with(good, `"Type"`, `"BrandingThemeID":"`+harbour+`","Type"`), []string{"The branding theme is not valid"}},
		{"every problem at once", with(good, "SF-9", "SF-1", `"200"`, `"090"`), []string{"Invoice # must be unique.", "Account code '090' is not a valid code for this document."}},
	}
	b := open(t, func(o *xero.Options) {
		shop(o)
		o.Organisation = object{"PeriodLockDate": "2026-09-30"}
		o.Collections["TrackingCategories"] = []map[string]any{{"Name": "Region", "Options": []any{object{"Name": "North"}}}}
		o.Collections["Invoices"] = []map[string]any{
			{"Type": "ACCREC", "Status": "AUTHORISED", "InvoiceNumber": "SF-1", "Contact": object{"ContactID": harbour}},
			{"Type": "ACCREC", "Status": "VOIDED", "InvoiceNumber": "SF-VOID", "Contact": object{"ContactID": harbour}},
		}
	})
	if err := b.twin.Change("Accounts", "400", object{"Status": "ARCHIVED"}); err != nil {
		t.Fatal(err)
	}
	before := b.twin.Snapshot()
	for _, tt := range tests {
		t.Run(tt.fact, func(t *testing.T) {
			var headers []string
			if strings.HasPrefix(tt.fact, "too long") {
				headers = []string{"X-Off-Spec", "texts longer than the description allows"}
			}
			a := b.call("PUT", "/Invoices", `{"Invoices":[`+tt.body+`]}`, headers...)
			a.t = t
			a.want(400)
			if got := a.problems(); !contains(got, tt.want) {
				t.Errorf("problems %q, want %q", got, tt.want)
			}
			if a.text("ErrorNumber") != "10" || a.text("Type") != "ValidationException" || a.text("Elements", 0, "InvoiceID") != "00000000-0000-0000-0000-000000000000" {
				t.Errorf("answer %s", a.body)
			}
		})
	}
	if diff := cmp.Diff(before, b.twin.Snapshot()); diff != "" {
		t.Errorf("a refused invoice left something behind:\n%s", diff)
	}
	b.call("PUT", "/Invoices", `{"Invoices":[`+good+`]}`).want(200)
}

func contains(got, want []string) bool {
	all := strings.Join(got, "\n")
	for _, w := range want {
		if !strings.Contains(all, w) {
			return false
		}
	}
	return true
}

func TestNewInvoices(t *testing.T) {
	tests := []struct {
		fact, body string
		want       map[string]string // member path to text
	}{
		{"defaults", `{"Type":"ACCREC","Contact":{"ContactID":"` + harbour + `"},"LineItems":[{"Description":"x"}]}`, map[string]string{
			"Status": "DRAFT", "LineAmountTypes": "Exclusive", "InvoiceNumber": "INV-0001", "CurrencyCode": "NZD", "CurrencyRate": "1.0000000000",
			"DateString": "2026-11-22T00:00:00", "Date": "/Date(1795305600000+0000)/", "Reference": "", "SentToContact": "false", "AmountDue": "0.00",
			"UpdatedDateUTC": "/Date(1795342081160+0000)/", "UpdatedDateUTCString": "2026-11-22T10:08:01Z",
		}},
		{"account brings its id and tax type", sale("A", line("1", "10")), map[string]string{
			"LineItems.0.AccountID": "7d05a53d-613d-4eb2-a2fc-dcb6adb80b80", "LineItems.0.TaxType": "OUTPUT2", "LineItems.0.TaxAmount": "1.50", "Total": "11.50",
		}},
		{"item fills the line", sale("B", `{"ItemCode":"SAW","Quantity":2}`), map[string]string{
			"LineItems.0.Description": "A sharp saw", "LineItems.0.UnitAmount": "12.50", "LineItems.0.AccountCode": "260", "LineItems.0.TaxType": "ZERORATED",
			"LineItems.0.Item.Code": "SAW", "Total": "25.00",
		}},
		{"unit price rounds to two places without unitdp", sale("C", line("3", "1.005")), map[string]string{"LineItems.0.UnitAmount": "1.01", "SubTotal": "3.03"}},
		{"quantity keeps four places", sale("D", line("1.00005", "100")), map[string]string{"LineItems.0.Quantity": "1.0001", "SubTotal": "100.01"}},
		{"missing unit price is computed", sale("E", `{"Description":"x","Quantity":4,"LineAmount":10,"AccountCode":"200"}`), map[string]string{"LineItems.0.UnitAmount": "2.50"}},
		{"missing quantity is computed", sale("F", `{"Description":"x","UnitAmount":4,"LineAmount":10,"AccountCode":"200"}`), map[string]string{"LineItems.0.Quantity": "2.5000"}},
		{"tax override is kept", sale("G", with(line("1", "10"), `"AccountCode"`, `"TaxAmount":1.51,"AccountCode"`)), map[string]string{"TotalTax": "1.51", "Total": "11.51"}},
		{"zero total is paid at once", sale("H", line("1", "0")), map[string]string{"Status": "PAID", "AmountDue": "0.00"}},
		{"due date may lie before the date", with(sale("I", line("1", "1")), "2026-12-20", "2026-01-01"), map[string]string{"DueDateString": "2026-01-01T00:00:00"}},
		{"bills take any number", with(sale("J", with(line("1", "1"), "200", "300")), "ACCREC", "ACCPAY"), map[string]string{"Type": "ACCPAY", "InvoiceNumber": "J"}},
		{"contact by number", with(sale("K", line("1", "1")), `"ContactID":"`+harbour+`"`, `"ContactNumber":"SF-001"`), map[string]string{"Contact.ContactID": harbour}},
		{"contact by name in another case", with(sale("L", line("1", "1")), `"ContactID":"`+harbour+`"`, `"Name":"harbour  tools LTD"`), map[string]string{"Contact.ContactID": harbour}},
		{"contact made in silence", with(sale("M", line("1", "1")), `"ContactID":"`+harbour+`"`, `"Name":"Nobody Yet"`), map[string]string{"Contact.Name": "Nobody Yet"}},
		{"archived name is free for a new contact", with(sale("N", line("1", "1")), `"ContactID":"`+harbour+`"`, `"Name":"Closed Shop"`), map[string]string{"Contact.ContactStatus": "ACTIVE"}},
		{"comment line on an approved invoice", sale("O", line("1", "1"), `{"Description":"Thank you"}`), map[string]string{"LineItems.1.LineAmount": "0.00"}},
		{"money beyond floats", sale("P", line("1", "9007199254740.93")), map[string]string{}},
	}
	b := open(t, shop)
	for _, tt := range tests[:len(tests)-1] {
		t.Run(tt.fact, func(t *testing.T) {
			a := b.call("PUT", "/Invoices", `{"Invoices":[`+tt.body+`]}`)
			a.t = t
			a.want(200)
			for path, want := range tt.want {
				steps := []any{"Invoices", 0}
				for s := range strings.SplitSeq(path, ".") {
					if s == "0" || s == "1" {
						steps = append(steps, int(s[0]-'0'))
						continue
					}
					steps = append(steps, s)
				}
				if got := a.text(steps...); got != want {
					t.Errorf("%s is %q, want %q", path, got, want)
				}
			}
			if a.at("StatusAttributeString") != nil || a.at("Invoices", 0, "StatusAttributeString") != nil {
				t.Error("StatusAttributeString without summarizeErrors=false")
			}
		})
	}
}

func TestAutomaticNumbers(t *testing.T) {
	b := open(t, func(o *xero.Options) {
		shop(o)
		o.Collections["Invoices"] = []map[string]any{{"Type": "ACCREC", "InvoiceNumber": "INV-0054", "Status": "DELETED", "Contact": object{"ContactID": harbour}}}
	})
	draft := `{"Type":"ACCREC","Contact":{"ContactID":"` + harbour + `"},"LineItems":[{"Description":"x"}]}`
	a := b.call("PUT", "/Invoices", `{"Invoices":[`+draft+`,`+draft+`]}`).want(200)
	if got := a.text("Invoices", 0, "InvoiceNumber") + " " + a.text("Invoices", 1, "InvoiceNumber"); got != "INV-0055 INV-0056" {
		t.Errorf("numbers %s, want INV-0055 INV-0056", got)
	}
	b.call("PUT", "/Invoices", `{"Invoices":[`+with(draft, `"Type"`, `"InvoiceNumber":"INV-0100","Type"`)+`]}`).want(200)
	if got := b.call("PUT", "/Invoices", `{"Invoices":[`+draft+`]}`).want(200).text("Invoices", 0, "InvoiceNumber"); got != "INV-0101" {
		t.Errorf("number %s after INV-0100, want INV-0101", got)
	}
}

func TestStatusMachine(t *testing.T) {
	const notModify = "Invoice not of valid status for modification"
	states := []string{"DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED"}
	allowed := map[string]string{
		"DRAFT":      "DRAFT SUBMITTED AUTHORISED DELETED",
		"SUBMITTED":  "DRAFT SUBMITTED AUTHORISED DELETED",
		"AUTHORISED": "AUTHORISED VOIDED",
		"PAID":       "PAID",
	}
	for _, from := range states {
		for _, to := range states {
			t.Run(from+" to "+to, func(t *testing.T) {
				b := open(t, shop)
				start := from
				if from != "DRAFT" && from != "SUBMITTED" {
					start = "AUTHORISED"
				}
				if from == "DELETED" {
					start = "DRAFT"
				}
				b.call("PUT", "/Invoices", `{"Invoices":[`+with(sale("A", line("1", "10")), "AUTHORISED", start)+`]}`).want(200)
				switch from {
				case "PAID":
					if err := b.twin.Pay("A", decimal.Must("11.5"), ""); err != nil {
						t.Fatal(err)
					}
				case "VOIDED", "DELETED":
					b.call("POST", "/Invoices/A", `{"Invoices":[{"Status":"`+from+`"}]}`).want(200)
				}
				a := b.call("POST", "/Invoices/A", `{"Invoices":[{"Status":"`+to+`"}]}`)
				stored := b.twin.Invoices()[0]
				if contains([]string{allowed[from]}, []string{to}) {
					if a.want(200); stored["Status"] != to {
						t.Errorf("stored %s", stored["Status"])
					}
					return
				}
				a.want(400)
				want := notModify
				if from == "PAID" {
					want = "The status " + to + " cannot be applied to the invoice because it has payments or credit notes allocated to it."
				}
				if got := a.problems(); !contains(got, []string{want}) || stored["Status"] != from {
					t.Errorf("problems %q, stored %s", got, stored["Status"])
				}
				if got := a.text("Elements", 0, "Status"); got != to {
					t.Errorf("the element echoes status %s, want the one requested", got)
				}
			})
		}
	}
}
