package sim

import (
	"fmt"
	"strings"
	"time"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/runtime/engine"
)

// judgeMoney demands that what the deals say of their invoices is so, and that there is a
// task where money is owed too long and nowhere else.
func (p *play) judgeMoney(runs []app.RunView) {
	for _, x := range p.deals {
		rec, ok := p.v.sf.Get("Opportunity", x.id)
		inv := p.invoice(x)
		if !ok || inv == nil || x.byHand || rec["Xero_Invoice_Id__c"] != inv["InvoiceID"] || p.hidden {
			continue
		}
		id := text(inv["InvoiceID"])
		waits := has(runs, payments, id, engine.Held, engine.Refused, engine.Cancelled)
		if got, want := status(rec), owing(inv); got != want && !waits {
			p.broken(paymentShown, "%s shows %s, its invoice is %s", x.id, got, want)
		}
		p.judgeTask(x, inv, waits, has(runs, overdue, id, engine.Held, engine.Refused, engine.Cancelled))
	}
}

// status is what a deal says of its invoice, owing what the invoice says.
func status(deal map[string]any) string {
	word := text(deal["Xero_Payment_Status__c"])
	switch word {
	case "":
		word = "Unpaid"
	case "Overpaid": // beside the invoice lies more of the customer's money
		word = "Paid"
	}
	return fmt.Sprintf("%s %s", word, money(deal["Xero_Amount_Paid__c"]).Cents())
}

func owing(inv map[string]any) string {
	paid, due, total := money(inv["AmountPaid"]), money(inv["AmountDue"]), money(inv["Total"])
	word := "Part paid"
	switch {
	case inv["Status"] == "VOIDED":
		word = "Voided"
	case inv["Status"] == "PAID" && paid.IsZero() && total.Sign() > 0:
		word = "Credited"
	case inv["Status"] == "PAID":
		word = "Paid"
	case due.Equal(total):
		word = "Unpaid"
	case paid.IsZero():
		word = "Part credited"
	}
	return fmt.Sprintf("%s %s", word, paid.Cents())
}

func (p *play) judgeTask(x *deal, inv map[string]any, unclosed, unmade bool) {
	mark := x.number + " overdue " + x.id + " due "
	some, open := false, false
	for _, task := range p.v.sf.All("Task") {
		if strings.HasPrefix(text(task["Xero_Follow_Up__c"]), mark) {
			some, open = true, open || task["IsClosed"] != true
		}
	}
	due, err := time.Parse(time.DateOnly, text(inv["DueDate"]))
	late := err == nil && p.now().After(due.AddDate(0, 0, 3))
	owed := inv["Status"] == "AUTHORISED" && money(inv["AmountDue"]).Sign() > 0
	switch {
	case open && !owed && !unclosed && !unmade:
		p.broken(taskRight, "%s is settled, and its task is open", x.number)
	case owed && late && !some && !unmade:
		p.broken(taskRight, "%s is overdue since %s, and there is no task", x.number, due.Format(time.DateOnly))
	}
}

// judgeLinks demands that no account that was created was forgotten.
func (p *play) judgeLinks(runs []app.RunView) {
	for _, id := range p.made {
		rec, ok := p.v.sf.Get("Account", id)
		if !ok || has(runs, contacts, id, engine.Held, engine.Refused, engine.Cancelled) {
			continue
		}
		contact := text(rec["Xero_Contact_Id__c"])
		found := false
		for _, c := range p.v.books.Contacts() {
			found = found || c["ContactID"] == contact
		}
		if !found {
			p.broken(linked, "account %s carries %q", id, contact)
		}
	}
}
