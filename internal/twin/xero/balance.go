package xero

import "github.com/planwright/planwright/internal/decimal"

// dues are the sums due on approved invoices, by contact and type, then by due date:
// what the balances of a contact are made of, without a look at its invoices.
type dues map[string]map[string]decimal.Decimal

// tally adds what an invoice has due to the sums, or with sign -1 takes it away.
func (d dues) tally(invoice record, sign int64) {
	amount := toDecimal(invoice["AmountDue"])
	if str(invoice, "Status") != statusAuthorised || amount.IsZero() {
		return
	}
	contact, _ := invoice["Contact"].(record)
	key, day := str(contact, "ContactID")+str(invoice, "Type"), str(invoice, "DueDate")
	sums := d[key]
	if sums == nil {
		sums = map[string]decimal.Decimal{}
		d[key] = sums
	}
	sum := sums[day].Add(amount.Mul(decimal.FromInt(sign)))
	if sums[day] = sum; sum.IsZero() {
		delete(sums, day)
	}
	if len(sums) == 0 {
		delete(d, key)
	}
}

// balances renders what a contact owes and is owed, nil when that is nothing.
func (t *Twin) balances(contact string) map[string]any {
	today := t.o.Now().In(t.zone).Format(dayLayout)
	side := func(kind string) (map[string]any, bool) {
		var outstanding, overdue decimal.Decimal
		sums := t.tables["Invoices"].dues[contact+kind]
		for day, sum := range sums {
			outstanding = outstanding.Add(sum)
			if day != "" && day < today {
				overdue = overdue.Add(sum)
			}
		}
		return map[string]any{"Outstanding": number(outstanding, 2), "Overdue": number(overdue, 2)}, len(sums) > 0
	}
	sales, owed := side(typeSale)
	bills, owes := side(typeBill)
	if !owed && !owes {
		return nil
	}
	return map[string]any{"AccountsReceivable": sales, "AccountsPayable": bills}
}
