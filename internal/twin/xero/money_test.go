package xero_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/internal/twin/xero"
)

func TestRefusedMoney(t *testing.T) {
	b := till(t, func(o *xero.Options) { o.Organisation = object{"PeriodLockDate": "2026-09-30"} })
	second := func(number string, more ...string) string {
		return with(sale(number, line("1", "10")), more...)
	}
	b.call("PUT", "/Invoices", `{"Invoices":[`+second("N", harbour, northern)+`,`+second("U", `"Type"`, `"CurrencyCode":"USD","Type"`)+`,`+
		second("D", "AUTHORISED", "DRAFT")+`,`+with(second("B", "ACCREC", "ACCPAY"), "200", "300")+`]}`).want(200)
	note := "CreditNotes/" + b.credited()
	draft := "CreditNotes/" + b.call("PUT", "/CreditNotes", `{"CreditNotes":[`+with(creditNote("CN-8", "20"), "AUTHORISED", "DRAFT")+`]}`).want(200).text("CreditNotes", 0, "CreditNoteID")
	over := b.received("RECEIVE-OVERPAYMENT", "50", "OverpaymentID")
	b.allocate("Overpayments/"+over, allocation("A", "1")).want(200)
	kept := b.get("/BankTransactions").want(200).text("BankTransactions", 0, "BankTransactionID")
	b.must(b.twin.Change("Accounts", "091", object{"Status": "ARCHIVED"}))
	settled := b.received("RECEIVE", "5", "BankTransactionID")
	b.must(b.twin.Change("BankTransactions", settled, object{"IsReconciled": true}))

	tests := []struct{ fact, method, path, body, text string }{
		{"payment of nothing", "PUT", "/Payments", pay(ofA, "0"), "must be more than zero"},
		{"payment of less than nothing", "PUT", "/Payments", pay(ofA, "-1"), "must be more than zero"},
		{"payment by an archived account", "PUT", "/Payments", with(pay(ofA, "1"), "855", "091"), "archived"},
		{"payment of a bill's name", "PUT", "/Payments", pay(`"Invoice":{"InvoiceID":"`+harbour+`"}`, "1"), "could not be found"},
		{"payment without an account", "PUT", "/Payments", with(pay(ofA, "1"), `"Account":{"Code":"855"},`, ""), "The account of the payment is not valid"},
		{"payment in a closed period", "PUT", "/Payments", with(pay(ofA, "1"), "2026-11-21", "2026-09-30"), "period lock date"},
		{"payment of a draft credit note", "PUT", "/Payments", pay(`"CreditNoteNumber":"CN-8"`, "1"), "Authorised documents"},
		{"refund above what remains", "PUT", "/Payments", pay(`"CreditNoteNumber":"CN-7"`, "23.01"), "exceeds the amount outstanding"},
		{"allocation above the remaining credit", "PUT", note, allocation("A", "23.01"), "more than the remaining credit"},
		{"allocation above what is due", "PUT", "Overpayments/" + over, allocation("A", "115"), "exceeds the amount outstanding"},
		{"allocation of nothing", "PUT", note, allocation("A", "0"), "more than zero"},
		{"allocation of a draft", "PUT", draft, allocation("A", "1"), "Only authorised credit"},
		{"allocation to a draft", "PUT", note, allocation("D", "1"), "authorised invoices"},
		{"allocation to another contact", "PUT", note, allocation("N", "1"), "same contact"},
		{"allocation in another currency", "PUT", note, allocation("U", "1"), "same currency"},
		{"allocation to a bill", "PUT", note, allocation("B", "1"), "same kind"},
		{"allocation without a date", "PUT", note, with(allocation("A", "1"), `,"Date":"2026-11-21"`, ""), "date of the allocation"},
		{"allocation to nothing", "PUT", note, allocation("Z", "1"), "could not be found"},
		{"credit note of another type", "PUT", "/CreditNotes", with(creditNote("X", "1"), "ACCRECCREDIT", "ACCREC"), "type must be"},
		{"credit note that is paid", "PUT", "/CreditNotes", with(creditNote("X", "1"), "AUTHORISED", "PAID"), "status for creation"},
		{"approved credit note without lines", "PUT", "/CreditNotes", `{"Type":"ACCRECCREDIT","Status":"AUTHORISED","Contact":{"ContactID":"` + harbour + `"}}`, "line items"},
		{"credit note of less than nothing", "PUT", "/CreditNotes", creditNote("X", "-1"), "must not be negative"},
		{"credit note in a closed period", "PUT", "/CreditNotes", with(creditNote("X", "1"), "2026-11-20", "2026-09-30"), "period lock date"},
		{"credit note in a foreign currency", "PUT", "/CreditNotes", with(creditNote("X", "1"), `"Type"`, `"CurrencyCode":"EUR","Type"`), "not subscribed to currency EUR"},
		{"credit note on a bank account", "PUT", "/CreditNotes", with(creditNote("X", "1"), `"200"`, `"090"`), "Account code '090' is not a valid code"},
		{"bank transaction by no bank account", "PUT", "/BankTransactions", with(bank("RECEIVE", "1"), "090", "855"), "bank account"},
		{"bank transaction of nothing", "PUT", "/BankTransactions", bank("RECEIVE", "0"), "more than zero"},
		{"transfer as a bank transaction", "PUT", "/BankTransactions", with(bank("RECEIVE", "1"), `"RECEIVE"`, `"RECEIVE-TRANSFER"`), "type must be"},
		{"overpayment on a revenue account", "PUT", "/BankTransactions", with(bank("RECEIVE-OVERPAYMENT", "1"), `"LineAmount":1`, `"LineAmount":1,"AccountCode":"200"`), "Account code '200'"},
		{"change of an overpayment", "POST", "/BankTransactions/" + kept, `{"Reference":"x"}`, "can only be deleted"},
		{"end of an overpayment in use", "POST", "/BankTransactions/" + kept, `{"Status":"DELETED"}`, "refunded or allocated"},
		{"change of a reconciled transaction", "POST", "/BankTransactions/" + settled, `{"Reference":"x"}`, "reconciled"},
		{"empty batch", "PUT", "/BatchPayments", `{"Account":{"Code":"090"},"Date":"2026-11-21","Payments":[]}`, "at least one payment"},
		{"mixed batch", "PUT", "/BatchPayments", `{"Account":{"Code":"090"},"Payments":[{` + ofA + `,"Amount":1},{"Invoice":{"InvoiceNumber":"B"},"Amount":1}]}`, "all of bills"},
		{"batch by no bank account", "PUT", "/BatchPayments", `{"Account":{"Code":"855"},"Payments":[{` + ofA + `,"Amount":1}]}`, "bank account"},
		{"batch with the same invoice twice", "PUT", "/BatchPayments", `{"Account":{"Code":"090"},"Payments":[{` + ofA + `,"Amount":1},{` + ofA + `,"Amount":1}]}`, "each in it once"},
		{"batch with one bad payment", "PUT", "/BatchPayments", `{"Account":{"Code":"090"},"Payments":[{` + ofA + `,"Amount":1},{"Invoice":{"InvoiceNumber":"N"},"Amount":99}]}`, "exceeds the amount outstanding"},
	}
	before := b.twin.Snapshot()
	for _, tt := range tests {
		t.Run(tt.fact, func(t *testing.T) {
			path, name := tt.path, strings.Split(strings.Trim(tt.path, "/"), "/")[0]
			if !strings.HasPrefix(path, "/") {
				path, name = "/"+path+"/Allocations", "Allocations"
			}
			header, why := odd("")
			if strings.Contains(tt.fact, "another type") || strings.Contains(tt.fact, "without a date") || tt.method == "POST" || name == "BankTransactions" {
				why = "a type of another collection, or members left out"
			}
			a := b.call(tt.method, path, `{"`+name+`":[`+tt.body+`]}`, header, why)
			a.t = t
			a.refused(tt.text)
		})
	}
	if diff := cmp.Diff(before, b.twin.Snapshot()); diff != "" {
		t.Errorf("what was refused left something behind:\n%s", diff)
	}
	for _, path := range []string{"/CreditNotes/" + harbour + "/Allocations", "/Invoices/A/Allocations", "/Contacts/" + harbour + "/Allocations"} {
		if a := b.call("PUT", path, `{"Allocations":[`+allocation("A", "1")+`]}`); a.code != 404 && a.code != 501 {
			t.Errorf("%s: status %d", path, a.code)
		}
	}
}

// tellers move money at random, by calls and by hand.
type tellers struct {
	b        *bench
	rnd      *rand.Rand
	invoices []string
	credits  []string // "CreditNotes/<id>"
}

func (m *tellers) amount() string {
	return fmt.Sprintf("%d.%02d", m.rnd.IntN(40), m.rnd.IntN(100))
}

func pick(rnd *rand.Rand, list []string) string { return list[rnd.IntN(len(list))] }

// step does one thing, which may well be refused.
func (m *tellers) step(n int) {
	b, invoice, credit := m.b, pick(m.rnd, m.invoices), pick(m.rnd, m.credits)
	target := `"Invoice":{"InvoiceNumber":"` + invoice + `"}`
	switch m.rnd.IntN(10) {
	case 0, 1:
		b.call("PUT", "/Payments", `{"Payments":[`+pay(target, m.amount())+`]}`)
	case 2:
		due := b.get("/Invoices/"+invoice).text("Invoices", 0, "AmountDue")
		b.call("PUT", "/Payments", `{"Payments":[`+pay(target, due)+`]}`)
	case 3, 4:
		b.call("PUT", "/"+credit+"/Allocations", `{"Allocations":[`+allocation(invoice, m.amount())+`]}`)
	case 5:
		collection, id, _ := strings.Cut(credit, "/")
		one := strings.TrimSuffix(collection, "s")
		b.call("PUT", "/Payments", `{"Payments":[`+pay(`"`+one+`":{"`+one+`ID":"`+id+`"}`, m.amount())+`]}`)
	case 6:
		if all := b.twin.All("Payments"); len(all) > 0 {
			b.call("POST", "/Payments/"+fmt.Sprint(all[m.rnd.IntN(len(all))]["PaymentID"]), `{"Status":"DELETED"}`)
		}
	case 7:
		collection, id, _ := strings.Cut(credit, "/")
		for _, r := range b.twin.All(collection) {
			if list, _ := r["Allocations"].([]any); len(list) > 0 && r[strings.TrimSuffix(collection, "s")+"ID"] == id {
				b.call("DELETE", "/"+credit+"/Allocations/"+fmt.Sprint(list[m.rnd.IntN(len(list))].(object)["AllocationID"]), "")
			}
		}
	case 8:
		if id, err := b.twin.Credit(invoice, dec(m.amount()), ""); err == nil {
			m.credits = append(m.credits, "CreditNotes/"+id)
		}
	default:
		number := fmt.Sprint("R-", n)
		b.call("PUT", "/Invoices", `{"Invoices":[`+sale(number, line("1", m.amount()))+`]}`)
		m.invoices = append(m.invoices, number)
	}
}

func num(v any) decimal.Decimal {
	if v == nil {
		return decimal.Zero()
	}
	return dec(fmt.Sprint(v))
}

func sum(list any, member string) decimal.Decimal {
	total := decimal.Zero()
	entries, _ := list.([]any)
	for _, e := range entries {
		total = total.Add(num(e.(object)[member]))
	}
	return total
}

// check holds the books up to what must be true of them at all times.
func (m *tellers) check(t *testing.T, n int) {
	t.Helper()
	for _, r := range m.b.twin.Invoices() {
		total, due, paid, credited := num(r["Total"]), num(r["AmountDue"]), num(r["AmountPaid"]), num(r["AmountCredited"])
		uses := decimal.Zero()
		for _, list := range []string{"CreditNotes", "Prepayments", "Overpayments"} {
			uses = uses.Add(sum(r[list], "AppliedAmount"))
		}
		whole := total.Equal(due.Add(paid).Add(credited)) && due.Sign() >= 0 && (r["Status"] == "PAID") == due.IsZero()
		if !whole || !paid.Equal(sum(r["Payments"], "Amount")) || !credited.Equal(uses) || (r["FullyPaidOnDate"] != nil) != due.IsZero() {
			t.Fatalf("after step %d the invoice does not add up: %v", n, r)
		}
	}
	for _, collection := range []string{"CreditNotes", "Prepayments", "Overpayments"} {
		for _, r := range m.b.twin.All(collection) {
			left := num(r["RemainingCredit"])
			used := sum(r["Allocations"], "Amount").Add(sum(r["Payments"], "Amount"))
			if left.Sign() < 0 || !num(r["Total"]).Equal(left.Add(used)) || (r["Status"] == "PAID") != left.IsZero() {
				t.Fatalf("after step %d the credit does not add up: %v", n, r)
			}
		}
	}
}

// TestMoneyAddsUp moves money at random and holds the books up to their sums after every
// step, then writes the world down and reads it again.
func TestMoneyAddsUp(t *testing.T) {
	for _, seed := range []uint64{1, 2, 3} {
		b := till(t, nil)
		m := &tellers{b: b, rnd: rand.New(rand.NewPCG(seed, 22)), invoices: []string{"A"}}
		m.credits = []string{
			"CreditNotes/" + b.credited(), "Overpayments/" + b.received("RECEIVE-OVERPAYMENT", "50", "OverpaymentID"),
			"Prepayments/" + b.received("RECEIVE-PREPAYMENT", "60", "PrepaymentID"),
		}
		done := map[string]int{}
		for n := range 150 {
			m.step(n)
			m.check(t, n)
		}
		for _, r := range b.twin.Invoices() {
			done[fmt.Sprint(r["Status"])]++
		}
		if done["PAID"] == 0 || done["AUTHORISED"] == 0 {
			t.Errorf("seed %d: no variety: %v", seed, done)
		}
		reread(t, b.twin)
	}
}

// reread makes a twin of what another one holds, and compares.
func reread(t *testing.T, twin *xero.Twin) {
	t.Helper()
	kept := twin.Snapshot()
	org := kept["Organisation"][0]
	delete(kept, "Organisation")
	again, err := xero.New(xero.Options{Now: func() time.Time { return start }, Region: "NZ", Organisation: org, Collections: kept})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range kept {
		if name == "History" {
			continue
		}
		if diff := cmp.Diff(want, again.All(name)); diff != "" {
			t.Errorf("%s read again:\n%.2000s", name, diff)
		}
	}
}

func TestBookkeeper(t *testing.T) {
	b := till(t, nil)
	id, err := b.twin.Credit("A", dec("15"), "2026-11-21")
	b.must(err)
	b.expect("sums", b.sums("A"), "115.00 due 100.00 paid 0.00 credited 15.00 AUTHORISED")
	b.expect("credit", b.left("CreditNotes/"+id), "0.00 PAID")
	over, err := b.twin.Overpay("A", dec("130"), "2026-11-21")
	b.must(err)
	b.expect("sums", b.sums("A"), "115.00 due 0.00 paid 100.00 credited 15.00 PAID")
	b.expect("overpayment", b.left("Overpayments/"+over), "30.00 AUTHORISED")
	b.must(b.twin.Refund(over, dec("10"), ""))
	b.expect("overpayment", b.left("Overpayments/"+over), "20.00 AUTHORISED")
	payments := b.twin.All("Payments")
	i := slices.IndexFunc(payments, func(p map[string]any) bool { return p["PaymentType"] == "ACCRECPAYMENT" })
	b.must(b.twin.Unpay(fmt.Sprint(payments[i]["PaymentID"])))
	b.expect("sums", b.sums("A"), "115.00 due 100.00 paid 0.00 credited 15.00 AUTHORISED")
	for deed, err := range map[string]error{
		"refund of too much":    b.twin.Refund(over, dec("20.01"), ""),
		"refund of nothing":     b.twin.Refund("Z", dec("1"), ""),
		"unpay of nothing":      b.twin.Unpay("Z"),
		"pay of nothing":        b.twin.Pay("Z", dec("1"), ""),
		"unpay of a deleted":    b.twin.Unpay(fmt.Sprint(payments[i]["PaymentID"])),
		"credit of too much":    second(b.twin.Credit("A", dec("100.01"), "")),
		"credit of nothing":     second(b.twin.Credit("Z", dec("1"), "")),
		"overpay of nothing":    second(b.twin.Overpay("Z", dec("1"), "")),
		"overpay that does not": second(b.twin.Overpay("A", dec("100"), "")),
	} {
		if err == nil {
			t.Errorf("%s: no error", deed)
		}
	}
	if n := len(b.twin.All("CreditNotes")); n != 1 {
		t.Errorf("%d credit notes, want 1", n)
	}
}

func second(_ string, err error) error { return err }

// TestMoneyOfWorlds reads payments and credits as a person writes them into a world.
func TestMoneyOfWorlds(t *testing.T) {
	b := open(t, func(o *xero.Options) {
		shop(o)
		o.Collections["Invoices"] = []map[string]any{{
			"Type": "ACCREC", "Status": "AUTHORISED", "InvoiceNumber": "W", "Contact": object{"ContactID": harbour}, "DueDate": "2026-12-01",
			"LineItems": []any{object{"Description": "x", "Quantity": "1", "UnitAmount": "100", "AccountCode": "200"}},
		}}
		o.Collections["CreditNotes"] = []map[string]any{{
			"Type": "ACCRECCREDIT", "Status": "AUTHORISED", "Contact": object{"ContactID": harbour}, "LineAmountTypes": "NoTax",
			"LineItems":   []any{object{"Description": "x", "LineAmount": "20", "AccountCode": "200"}},
			"Allocations": []any{object{"Invoice": object{"InvoiceNumber": "W"}, "Amount": "5"}},
		}}
		o.Collections["Overpayments"] = []map[string]any{{
			"Type": "RECEIVE-OVERPAYMENT", "Contact": object{"ContactID": harbour}, "LineItems": []any{object{"Description": "x", "LineAmount": "7"}},
		}}
		o.Collections["Payments"] = []map[string]any{
			{"Invoice": object{"InvoiceNumber": "W"}, "Account": object{"Code": "090"}, "Amount": "10"},
			{"CreditNoteNumber": "CN-0001", "Account": object{"Code": "090"}, "Amount": "15"},
		}
	})
	b.expect("invoice", b.sums("W"), "115.00 due 100.00 paid 10.00 credited 5.00 AUTHORISED")
	b.expect("credit", b.left("CreditNotes/CN-0001"), "0.00 PAID")
	over := b.get("/Overpayments?page=1").want(200)
	b.expect("overpayment", over.text("Overpayments", 0, "RemainingCredit")+" "+over.text("Overpayments", 0, "Status"), "7.00 AUTHORISED")
	reread(t, b.twin)
}
