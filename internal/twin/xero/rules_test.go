package xero_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/xero"
)

func TestLocks(t *testing.T) {
	const (
		period = "The document date cannot be before the period lock date, currently set at 30 September 2026"
		year   = "The document date cannot be before the end of year lock date, currently set at 31 March 2026"
	)
	adviser := []any{object{"Name": "ApproveTransactionsBeforePeriodLockDate", "Status": "ALLOWED"}}
	for _, tt := range []struct {
		fact, date string
		adviser    bool
		want       string
	}{
		{"open", "2026-10-01", false, ""},
		{"in the locked period", "2026-09-30", false, period},
		{"an adviser's app there", "2026-09-30", true, ""},
		{"in the locked year", "2026-03-31", false, year},
		{"an adviser's app there, too", "2026-03-31", true, year},
		{"the day after", "2026-04-01", true, ""},
	} {
		b := open(t, func(o *xero.Options) {
			shop(o)
			o.Organisation = object{"PeriodLockDate": "2026-09-30", "EndOfYearLockDate": "2026-03-31"}
			if tt.adviser {
				o.Organisation["Actions"] = adviser
			}
		})
		for _, invoice := range []string{sale("A", line("1", "1")), draft("B", line("1", "1"))} {
			a := b.call("PUT", "/Invoices", put(with(invoice, "2026-11-20", tt.date)))
			if got := a.problems(); strings.Join(got, "\n") != tt.want {
				t.Errorf("%s: problems %q, want %q", tt.fact, got, tt.want)
			}
		}
	}
	b := open(t, shop)
	b.call("PUT", "/Invoices", put(sale("A", line("1", "1")))).want(200)
	if err := b.twin.Change("Organisation", "", object{"EndOfYearLockDate": "2026-11-30"}); err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{`{"Status":"VOIDED"}`, `{"Reference":"x"}`, `{"Date":"2026-12-01"}`} {
		b.call("POST", "/Invoices/A", put(body)).want(400)
	}
}

func TestRulesOfInvoices(t *testing.T) {
	b := open(t, func(o *xero.Options) {
		shop(o)
		o.Organisation = object{"Actions": []any{object{"Name": "CreateApprovedBill", "Status": "NOT-ALLOWED"}}}
	})
	bill := with(sale("INV-0500", with(line("1", "10"), "200", "300")), "ACCREC", "ACCPAY")
	const limit = "You have reached the limit of invoices you can approve"
	for _, tt := range []struct{ fact, body, want string }{
		{"link to the vendor itself", with(sale("A", line("1", "1")), `"Type"`, `"Url":"https://go.XERO.com/x","Type"`), "The Url must not contain the word xero"},
		{"link", with(sale("A", line("1", "1")), `"Type"`, `"Url":"https://crm.test/x","Type"`), ""},
		{"plan without approved bills", bill, limit},
		{"draft bill", with(bill, "AUTHORISED", "DRAFT"), ""},
		{"tax above the line", sale("B", with(line("1", "10"), `"AccountCode"`, `"TaxAmount":10.01,"AccountCode"`)), "The tax amount must not be larger than the line amount"},
		{"negative tax above the line", sale("B", line("1", "100"), with(line("-1", "10"), `"AccountCode"`, `"TaxAmount":-10.01,"AccountCode"`)), "The tax amount must not be larger than the line amount"},
		{"tax as large as the line", sale("B", with(line("1", "10"), `"AccountCode"`, `"TaxAmount":10,"AccountCode"`)), ""},
		{"tax above the price of one", sale("C", with(line("10", "1"), `"AccountCode"`, `"TaxAmount":1.5,"AccountCode"`)), ""},
		{"no tax, whatever is sent", with(sale("D", with(line("1", "10"), `"AccountCode"`, `"TaxAmount":1.5,"AccountCode"`)), `"Type"`, `"LineAmountTypes":"NoTax","Type"`), ""},
	} {
		a := b.call("PUT", "/Invoices", put(tt.body))
		if got := strings.Join(a.problems(), "\n"); got != tt.want || tt.want == "" && a.code != 200 {
			t.Errorf("%s: status %d, problems %q, want %q", tt.fact, a.code, got, tt.want)
		}
	}
	if got := b.get("/Invoices/D").text("Invoices", 0, "TotalTax"); got != "0.00" {
		t.Errorf("tax of an invoice without tax: %s", got)
	}
	next := b.call("PUT", "/Invoices", put(with(draft("", line("1", "1")), `"InvoiceNumber":"",`, ""))).want(200)
	if got := next.text("Invoices", 0, "InvoiceNumber"); got != "INV-0001" {
		t.Errorf("number %s: those of bills do not count", got)
	}
	for _, e := range b.twin.Invoices() {
		if e["Type"] == "ACCPAY" {
			b.call("POST", "/Invoices/"+e["InvoiceID"].(string), put(`{"Status":"AUTHORISED"}`)).want(400)
		}
	}
	dates := `"ExpectedPaymentDate":"2026-12-24","PlannedPaymentDate":"2026-12-25","Type"`
	a := b.call("PUT", "/Invoices", put(with(draft("E", line("1", "1")), `"Type"`, dates), with(bill, "AUTHORISED", "DRAFT", `"Type"`, dates))).want(200)
	sold, bought := a.at("Invoices", 0).(object), a.at("Invoices", 1).(object)
	if sold["ExpectedPaymentDate"] == nil || sold["PlannedPaymentDate"] != nil || bought["ExpectedPaymentDate"] != nil || bought["PlannedPaymentDate"] == nil {
		t.Errorf("payment dates of a sale %v and a bill %v", sold, bought)
	}
}

// TestSilentEdits: clients that poll by the change stamp miss these.
func TestSilentEdits(t *testing.T) {
	b := open(t, shop)
	b.call("PUT", "/Invoices", put(sale("PART", line("1", "10")), sale("OPEN", line("1", "10")))).want(200)
	if err := b.twin.Pay("PART", dec("1"), ""); err != nil {
		t.Fatal(err)
	}
	minute := 8
	for _, tt := range []struct {
		number, body string
		moves        bool
	}{
		{"OPEN", `{"DueDate":"2027-01-01"}`, true},
		{"PART", `{"DueDate":"2027-01-01"}`, false},
		{"PART", `{"SentToContact":true}`, false},
		{"PART", `{"DueDate":"2027-02-01","Reference":"x"}`, true},
	} {
		b.clock.Advance(time.Minute)
		before := b.get("/Invoices/"+tt.number).text("Invoices", 0, "UpdatedDateUTCString")
		after := b.call("POST", "/Invoices/"+tt.number, put(tt.body)).want(200).text("Invoices", 0, "UpdatedDateUTCString")
		if minute++; (before != after) != tt.moves || tt.moves && after != fmt.Sprintf("2026-11-22T10:%02d:01Z", minute) {
			t.Errorf("%s %s: stamp %s, before %s", tt.number, tt.body, after, before)
		}
	}
}

// TestSumsHold draws invoices of every kind and computes them once more in fractions:
// what a line comes to, its tax, and that the document is the sum of its lines.
func TestSumsHold(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 5))
	rates := map[string][]string{
		"AU": {"OUTPUT 10", "EXEMPTOUTPUT 0"}, "NZ": {"OUTPUT2 15", "ZERORATED 0"}, "GB": {"OUTPUT2 20", "RROUTPUT 5"},
		"US": {"OUTPUT 8.25", "NONE 0"}, "SG": {"OUTPUTY24 9", "OUTPUTY23 8"}, "ZA": {"OUTPUT3 15", "OUTPUT 14"},
	}
	for _, region := range xero.Regions() {
		types := rates[region]
		b := open(t, func(o *xero.Options) { shop(o); o.Region = region; o.Collections["Items"] = nil })
		for i := range 40 {
			kind := []string{"Exclusive", "Inclusive", "NoTax"}[rnd.IntN(3)]
			var lines []string
			amounts, taxes := new(big.Rat), new(big.Rat)
			for range 1 + rnd.IntN(5) {
				text, amount, tax := randomLine(rnd, types, kind)
				lines = append(lines, text)
				amounts.Add(amounts, amount)
				taxes.Add(taxes, tax)
			}
			lines = append(lines, `{"Description":"x","AccountCode":"200","UnitAmount":99999,"TaxAmount":1.23}`) // above zero, whatever was drawn
			amounts.Add(amounts, rat("99999"))
			if kind != "NoTax" {
				taxes.Add(taxes, rat("1.23"))
			}
			total := new(big.Rat).Set(amounts)
			if kind == "Exclusive" {
				total.Add(amounts, taxes)
			}
			sub := new(big.Rat).Sub(total, taxes)
			number := fmt.Sprint("P-", i)
			body := put(with(sale(number, lines...), `"Type"`, `"LineAmountTypes":"`+kind+`","Type"`))
			a := b.call("PUT", "/Invoices?unitdp=4", body).want(200)
			want := strings.Join([]string{sub.FloatString(2), taxes.FloatString(2), total.FloatString(2), total.FloatString(2)}, " ")
			if got := sumsOf(a); got != want {
				t.Fatalf("%s %s: sums %s, want %s\n%s", region, kind, got, want, body)
			}
			again := b.call("POST", "/Invoices/"+number, put(`{"Reference":"read and sent back"}`)).want(200)
			if got := sumsOf(again); got != want {
				t.Fatalf("%s %s: sums %s after an edit of the reference, before %s", region, kind, got, want)
			}
		}
	}
}

func sumsOf(a answer) string {
	var out []string
	for _, member := range []string{"SubTotal", "TotalTax", "Total", "AmountDue"} {
		out = append(out, a.text("Invoices", 0, member))
	}
	return strings.Join(out, " ")
}

// randomLine draws a line and says what it must come to.
func randomLine(rnd *rand.Rand, types []string, kind string) (text string, amount, tax *big.Rat) {
	taxType, percent, _ := strings.Cut(types[rnd.IntN(len(types))], " ")
	quantity, unit := fmt.Sprintf("%d.%04d", rnd.IntN(9), rnd.IntN(10000)), fmt.Sprintf("%d.%04d", rnd.IntN(900), rnd.IntN(10000))
	if rnd.IntN(4) == 0 {
		quantity = "-" + quantity
	}
	amount = cents(new(big.Rat).Mul(rat(quantity), rat(unit)))
	more := ""
	switch rnd.IntN(5) {
	case 0: // the sum alone
		more = fmt.Sprintf(`"LineAmount":%s`, amount.FloatString(2))
	case 1: // all three
		more = fmt.Sprintf(`"Quantity":%s,"UnitAmount":%s,"LineAmount":%s`, quantity, unit, amount.FloatString(2))
	default:
		more = fmt.Sprintf(`"Quantity":%s,"UnitAmount":%s`, quantity, unit)
	}
	rate := new(big.Rat).Quo(rat(percent), rat("100"))
	tax = new(big.Rat)
	switch kind {
	case "Exclusive":
		tax = cents(new(big.Rat).Mul(amount, rate))
	case "Inclusive":
		tax.Sub(amount, cents(new(big.Rat).Quo(amount, new(big.Rat).Add(rat("1"), rate))))
	}
	return fmt.Sprintf(`{"Description":"x","AccountCode":"200","TaxType":%q,%s}`, taxType, more), amount, tax
}
