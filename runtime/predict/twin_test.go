package predict_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/internal/twin/xero"
	"github.com/planwright/planwright/runtime/predict"
)

var invoices = flag.Int("invoices", 20_000, "random invoices to predict")

// TestPredictsWhatTheTwinSums predicts random invoices of every region by every reading
// and has the twin, which sums on its own, save them.
func TestPredictsWhatTheTwinSums(t *testing.T) {
	regions := xero.Regions()
	readings := []predict.Reading{{}, {HalvesRise: true}, {TaxItself: true}, {HalvesRise: true, TaxItself: true}}
	each := (*invoices + len(regions)*len(readings) - 1) / (len(regions) * len(readings))
	seed, compared, taxed := uint64(0), 0, 0
	for _, region := range regions {
		for _, reading := range readings {
			seed++
			b := open(t, region, reading)
			dice := rand.New(rand.NewPCG(seed, 0))
			for left := each; left > 0; left -= batch {
				n, m := b.compare(dice, min(left, batch), reading)
				compared, taxed = compared+n, taxed+m
			}
		}
	}
	if compared < *invoices || taxed < compared/4 {
		t.Errorf("compared %d invoices, of which %d with tax, want at least %d", compared, taxed, *invoices)
	}
	t.Logf("compared %d invoices, %d with tax", compared, taxed)
}

// batch is how many invoices one call carries.
const batch = 50

// books is an organisation and the rates that a line of account 200 may have in it.
type books struct {
	t     *testing.T
	twin  *xero.Twin
	token string
	rates []rate // the first is the account's own, for a line without a type
}

type rate struct {
	TaxType       string
	EffectiveRate decimal.Decimal
	Revenue       bool `json:"CanApplyToRevenue"`
	Status        string
}

func open(t *testing.T, region string, reading predict.Reading) *books {
	t.Helper()
	o := xero.Options{Region: region, MinuteLimit: -1, DayLimit: -1, AppMinuteLimit: -1, Concurrent: -1, Otherwise: []string{"negative-total"}}
	o.Now = func() time.Time { return time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC) }
	if reading.HalvesRise {
		o.Otherwise = append(o.Otherwise, "negative-halves")
	}
	if reading.TaxItself {
		o.Otherwise = append(o.Otherwise, "inclusive-tax")
	}
	twin, err := xero.New(o)
	if err != nil {
		t.Fatal(err)
	}
	b := &books{t: t, twin: twin}
	var token struct {
		Token string `json:"access_token"`
	}
	b.call("POST", "/connect/token", url.Values{"grant_type": {"client_credentials"}}.Encode(), &token)
	b.token = token.Token
	b.compound()
	b.readRates()
	return b
}

// compound makes rates of components, one of them on top of the others.
func (b *books) compound() {
	for i, parts := range []string{
		`{"Name":"State","Rate":4.5},{"Name":"City","Rate":4.25}`,
		`{"Name":"Federal","Rate":5},{"Name":"Province","Rate":9.975,"IsCompound":true}`,
		`{"Name":"A","Rate":3.3333},{"Name":"B","Rate":7.1234,"IsCompound":true}`,
	} {
		b.call("PUT", "/api.xro/2.0/TaxRates", fmt.Sprintf(`{"TaxRates":[{"Name":"Own %d","ReportTaxType":"OUTPUT","TaxComponents":[%s]}]}`, i, parts), nil)
	}
}

func (b *books) readRates() {
	var accounts struct {
		Accounts []struct{ Code, TaxType string }
	}
	b.call("GET", "/api.xro/2.0/Accounts", "", &accounts)
	var answer struct{ TaxRates []rate }
	b.call("GET", "/api.xro/2.0/TaxRates", "", &answer)
	for _, a := range accounts.Accounts {
		for _, r := range answer.TaxRates {
			if a.Code == "200" && r.TaxType == a.TaxType {
				b.rates = append(b.rates, rate{EffectiveRate: r.EffectiveRate})
			}
		}
	}
	for _, r := range answer.TaxRates {
		if r.Revenue && r.Status == "ACTIVE" && r.TaxType != "AVALARA" {
			b.rates = append(b.rates, r)
		}
	}
	if len(b.rates) < 5 {
		b.t.Fatalf("only %d rates", len(b.rates))
	}
}

func (b *books) call(method, path, body string, into any) {
	b.t.Helper()
	r := httptest.NewRequestWithContext(b.t.Context(), method, "https://api.xero.com"+path, strings.NewReader(body))
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Content-Type", "application/json")
	if b.token == "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.SetBasicAuth(xero.DefaultClientID, xero.DefaultClientSecret)
	} else {
		r.Header.Set("Authorization", "Bearer "+b.token)
	}
	w := httptest.NewRecorder()
	b.twin.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		b.t.Fatalf("%s %s: %d %.600s", method, path, w.Code, w.Body)
	}
	if into == nil {
		return
	}
	if err := json.NewDecoder(bytes.NewReader(w.Body.Bytes())).Decode(into); err != nil {
		b.t.Fatal(err)
	}
}

// saved is what the twin answers of an invoice.
type saved struct {
	SubTotal, TotalTax, Total decimal.Decimal
	LineItems                 []struct{ LineAmount, TaxAmount decimal.Decimal }
}

// compare saves n random invoices in one call and returns how many were as predicted,
// and how many of them had tax.
func (b *books) compare(dice *rand.Rand, n int, reading predict.Reading) (same, taxed int) {
	places := []int32{2, 4}[dice.IntN(2)]
	var wants []predict.Sums
	var bodies []string
	for range n {
		body, basis, lines := b.invoice(dice)
		want, err := predict.Rules{Unit: places, Quantity: 4}.Sums(basis, lines, reading)
		if err != nil {
			b.t.Fatalf("%s: %v", body, err)
		}
		wants, bodies = append(wants, want), append(bodies, body)
	}
	path := "/api.xro/2.0/Invoices?summarizeErrors=false"
	if places == 4 {
		path += "&unitdp=4"
	}
	var answer struct{ Invoices []saved }
	b.call("PUT", path, `{"Invoices":[`+strings.Join(bodies, ",")+`]}`, &answer)
	if len(answer.Invoices) != n {
		b.t.Fatalf("sent %d invoices, got %d", n, len(answer.Invoices))
	}
	for i, got := range answer.Invoices {
		if text := got.differs(wants[i]); text != "" {
			b.t.Fatalf("%d places, %+v, %s: %s", places, reading, bodies[i], text)
		}
		same++
		if !got.TotalTax.IsZero() {
			taxed++
		}
	}
	return same, taxed
}

func (s saved) differs(want predict.Sums) string {
	if len(s.LineItems) != len(want.Lines) {
		return fmt.Sprintf("%d lines, predicted %d", len(s.LineItems), len(want.Lines))
	}
	for i, line := range s.LineItems {
		if !line.LineAmount.Equal(want.Lines[i].Amount) || !line.TaxAmount.Equal(want.Lines[i].Tax) {
			return fmt.Sprintf("line %d: %s tax %s, predicted %s tax %s", i+1, line.LineAmount, line.TaxAmount, want.Lines[i].Amount, want.Lines[i].Tax)
		}
	}
	if !s.SubTotal.Equal(want.SubTotal) || !s.TotalTax.Equal(want.Tax) || !s.Total.Equal(want.Total) {
		return fmt.Sprintf("%s + %s = %s, predicted %s + %s = %s", s.SubTotal, s.TotalTax, s.Total, want.SubTotal, want.Tax, want.Total)
	}
	return ""
}

// invoice makes a draft of one to six lines.
func (b *books) invoice(dice *rand.Rand) (string, predict.Basis, []predict.Line) {
	basis := []predict.Basis{predict.Exclusive, predict.Exclusive, predict.Inclusive, predict.Inclusive, predict.NoTax}[dice.IntN(5)]
	var lines []predict.Line
	var texts []string
	for range 1 + dice.IntN(6) {
		line, text := b.line(dice)
		lines, texts = append(lines, line), append(texts, text)
	}
	return fmt.Sprintf(`{"Type":"ACCREC","Status":"DRAFT","Contact":{"Name":"Harbour Tools"},"Date":"2026-11-20","LineAmountTypes":%q,"LineItems":[%s]}`,
		basis, strings.Join(texts, ",")), basis, lines
}

// line makes a line: usual prices, prices that fall on half cents, negative ones, zero,
// and some of millions; with a discount at times.
func (b *books) line(dice *rand.Rand) (predict.Line, string) {
	var line predict.Line
	text := `{"Description":"Work","AccountCode":"200"`
	set := func(name string, d decimal.Decimal) { text += fmt.Sprintf(`,%q:%s`, name, d) }
	r := b.rates[dice.IntN(len(b.rates))]
	if line.Rate = r.EffectiveRate; r.TaxType != "" {
		text += fmt.Sprintf(`,"TaxType":%q`, r.TaxType)
	}
	unit := random(dice, []int64{9, 1_000, 100_000, 9_000_000}[dice.IntN(4)])
	if dice.IntN(6) == 0 {
		unit = unit.Neg()
	}
	line.Unit = &unit
	set("UnitAmount", unit)
	if dice.IntN(8) > 0 {
		quantity := random(dice, []int64{1, 12, 1_000}[dice.IntN(3)])
		line.Quantity = &quantity
		set("Quantity", quantity)
	}
	switch dice.IntN(4) {
	case 0:
		if line.DiscountRate = random(dice, 99); !line.DiscountRate.IsZero() {
			set("DiscountRate", line.DiscountRate)
		}
	case 1:
		if line.DiscountAmount = random(dice, 50).Cents(); !line.DiscountAmount.IsZero() {
			set("DiscountAmount", line.DiscountAmount)
		}
	}
	return line, text + "}"
}

// random is a number up to most with none to four places, at times one that ends in 5.
func random(dice *rand.Rand, most int64) decimal.Decimal {
	whole := decimal.FromInt(dice.Int64N(most + 1))
	switch dice.IntN(5) {
	case 0:
		return whole
	case 1:
		return whole.Add(decimal.FromInt(dice.Int64N(100)).Mul(decimal.Must("0.01")))
	case 2:
		return whole.Add(decimal.FromInt(dice.Int64N(100)).Mul(decimal.Must("0.01"))).Add(decimal.Must("0.005"))
	}
	return whole.Add(decimal.FromInt(dice.Int64N(10_000)).Mul(decimal.Must("0.0001")))
}
