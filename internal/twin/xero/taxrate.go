package xero

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/planwright/planwright/internal/decimal"
)

// ownTax begins the types of rates that users and apps made; all others are the system's.
const ownTax = "TAX"

// writeTaxRate answers PUT of a new rate, and POST, which edits the rate of the type or
// name that was sent and else makes one.
func (t *Twin) writeTaxRate(tb *table, q *call, id string) (reply, error) {
	return t.writeFirst(tb, q, id, func(in record, _ *row) outcome {
		at := t.matchTaxRate(in)
		if at != nil && q.r.Method == "PUT" {
			return outcome{problems: []string{textTaxTaken(str(at.rec, "Name"))}}
		}
		var o outcome
		rec := record{"Status": "ACTIVE"}
		if at != nil {
			o.id, rec = at.id, clone(at.rec)
		}
		maps.Copy(rec, in)
		t.checkTaxRate(rec, at, &o)
		if len(o.problems) > 0 {
			return o
		}
		rec["TaxType"] = o.id
		if at == nil {
			rec["TaxType"] = t.nextTax()
		}
		rate(rec)
		o.row = t.store(tb, rec, q.client)
		return o
	})
}

func (t *Twin) matchTaxRate(in record) *row {
	tb := t.tables["TaxRates"]
	if at := tb.byID[str(in, "TaxType")]; at != nil {
		return at
	}
	found := tb.find("Name", str(in, "Name"))
	if i := slices.IndexFunc(found, func(r *row) bool { return str(r.rec, "Status") != statusDeleted }); i >= 0 {
		return found[i]
	}
	return nil
}

// checkTaxRate judges a whole rate before it is stored in place of at (nil: as new).
func (t *Twin) checkTaxRate(rec record, at *row, o *outcome) {
	if str(rec, "Name") == "" {
		o.add(textTaxName)
	}
	if at != nil && !strings.HasPrefix(at.id, ownTax) {
		o.add(textTaxSystem)
	}
	version := str(t.organisation(), "Version")
	if at == nil && str(rec, "ReportTaxType") == "" && slices.Contains([]string{"AU", "NZ", "UK"}, version) {
		o.add(textTaxReport)
	}
	if str(rec, "ReportTaxType") == "USSALESTAX" {
		o.add(textTaxTypeLookup("USSALESTAX"))
	}
	components := componentsOf(rec)
	if len(components) == 0 {
		o.add(textTaxComponents)
	}
	if slices.ContainsFunc(components, func(c record) bool { return str(c, "Name") == "" || c["Rate"] == nil }) {
		o.add(textTaxComponent)
	}
	if at == nil {
		return
	}
	for _, had := range componentsOf(at.rec) {
		if !slices.ContainsFunc(components, func(c record) bool { return str(c, "Name") == str(had, "Name") }) {
			o.add(textTaxComponentGone)
		}
	}
}

func componentsOf(rec record) []record {
	list, _ := rec["TaxComponents"].([]any)
	var out []record
	for _, e := range list {
		if c, ok := e.(record); ok {
			out = append(out, c)
		}
	}
	return out
}

// rate computes what a rate comes to: the sum of its components, of which compound ones
// are taken on top of the others. That arithmetic is believed, as are the accounts that
// the rate may stand on: those of purchases, of sales, or all.
func rate(rec record) {
	var plain, compound decimal.Decimal
	for _, c := range componentsOf(rec) {
		for _, flag := range []string{"IsCompound", "IsNonRecoverable"} {
			if c[flag] == nil {
				c[flag] = false
			}
		}
		if c["IsCompound"] == true {
			compound = compound.Add(toDecimal(c["Rate"]))
		} else {
			plain = plain.Add(toDecimal(c["Rate"]))
		}
	}
	rec["DisplayTaxRate"] = number(plain.Add(compound), 4)
	rec["EffectiveRate"] = number(plain.Add(quo(compound.Mul(hundred().Add(plain)), hundred(), 4)), 4)
	report := str(rec, "ReportTaxType")
	purchases, sales := strings.Contains(report, "INPUT"), strings.Contains(report, "OUTPUT")
	rec["CanApplyToAssets"], rec["CanApplyToEquity"], rec["CanApplyToLiabilities"] = true, true, true
	rec["CanApplyToExpenses"], rec["CanApplyToRevenue"] = !sales, !purchases
}

// nextTax gives the type of a new rate.
func (t *Twin) nextTax() string {
	highest := 0
	for _, r := range t.tables["TaxRates"].ordered {
		var n int
		if _, err := fmt.Sscanf(r.id, ownTax+"%d", &n); err == nil {
			highest = max(highest, n)
		}
	}
	return fmt.Sprintf("%s%03d", ownTax, highest+1)
}
