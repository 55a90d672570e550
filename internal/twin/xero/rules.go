package xero

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// prepare sets what the vendor fills in by itself, as far as it is known to or a doubt
// has it so, before an invoice is judged.
func (t *Twin) prepare(d *invoiceDraft) {
	rec, status := d.rec, str(d.rec, "Status")
	if str(rec, "Type") == typeSale {
		delete(rec, "PlannedPaymentDate") // of bills
	} else {
		delete(rec, "ExpectedPaymentDate") // of sales
	}
	if str(rec, "DueDate") != "" {
		return
	}
	if t.otherwise[doubtTermsApplied] {
		t.dueByTerms(d)
	}
	if str(rec, "DueDate") == "" && t.otherwise[doubtDueDate] && (status == statusSubmitted || status == statusAuthorised) {
		rec["DueDate"] = rec["Date"]
	}
}

// dueByTerms computes a due date from the payment terms of the contact.
func (t *Twin) dueByTerms(d *invoiceDraft) {
	contact := d.made
	if d.contact != nil {
		contact = d.contact.rec
	}
	terms, _ := contact["PaymentTerms"].(record)
	side := "Sales"
	if str(d.rec, "Type") == typeBill {
		side = "Bills"
	}
	term, _ := terms[side].(record)
	number, _ := term["Day"].(json.Number)
	days, err := number.Int64()
	date, wrong := time.Parse(dayLayout, str(d.rec, "Date"))
	if err != nil || wrong != nil {
		return
	}
	if due, ok := dueDate(str(term, "Type"), date, int(days)); ok {
		d.rec["DueDate"] = due.Format(dayLayout)
	}
}

// dueDate reads payment terms: so many days after the date or after the end of its
// month, or a day of this month or the next. A month without that day ends on its last.
func dueDate(kind string, date time.Time, day int) (time.Time, bool) {
	month := func(ahead int) time.Time {
		last := time.Date(date.Year(), date.Month()+time.Month(ahead)+1, 0, 0, 0, 0, 0, time.UTC)
		return last.AddDate(0, 0, min(day, last.Day())-last.Day())
	}
	switch kind {
	case "DAYSAFTERBILLDATE":
		return date.AddDate(0, 0, day), true
	case "DAYSAFTERBILLMONTH":
		return time.Date(date.Year(), date.Month()+1, day, 0, 0, 0, 0, time.UTC), true
	case "OFCURRENTMONTH":
		return month(0), true
	case "OFFOLLOWINGMONTH":
		return month(1), true
	}
	return time.Time{}, false
}

// judgeRules checks what concerns a whole invoice beyond its members: the link and the
// limits of the plan.
func (t *Twin) judgeRules(d *invoiceDraft) {
	if strings.Contains(strings.ToLower(str(d.in, "Url")), "xero") {
		d.o.add(textURL)
	}
	action := "CreateApprovedInvoice"
	if str(d.rec, "Type") == typeBill {
		action = "CreateApprovedBill"
	}
	from := ""
	if d.at != nil {
		from = str(d.at.rec, "Status")
	}
	if posted(str(d.rec, "Status")) && !posted(from) && t.mayDo(action) != "ALLOWED" {
		d.o.add(textPlanLimit)
	}
}

// posted says whether an invoice of a status stands in the ledger.
func posted(status string) bool { return status == statusAuthorised || status == statusPaid }

// judgeLocks refuses documents dated on or before a lock date, and edits of such. The
// lock at the end of the year stops everybody and is named first; the period's does not
// stop advisers. The spelling of the date is believed.
func (t *Twin) judgeLocks(d *invoiceDraft) {
	days := []string{str(d.rec, "Date")}
	if d.at != nil {
		days = append(days, str(d.at.rec, "Date"))
	}
	org, first := t.organisation(), slices.Min(days)
	for _, lock := range [][2]string{{"end of year", "EndOfYearLockDate"}, {"period", "PeriodLockDate"}} {
		closed := str(org, lock[1])
		if closed == "" || first > closed || first == closed && t.otherwise[doubtLockDay] {
			continue
		}
		if lock[0] == "period" && t.mayDo("ApproveTransactionsBeforePeriodLockDate") == "ALLOWED" {
			continue
		}
		shown := closed
		if at, err := time.Parse(dayLayout, closed); err == nil {
			shown = at.Format("2 January 2006")
		}
		d.o.add(textLock(lock[0], shown))
		return
	}
}
