package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/runtime/engine"
)

// report counts both sides from the twins' records and prints what came of it.
func (c *crash) report(ctx context.Context) error {
	a := c.p.open()
	defer a.Close()
	held, err := a.Runs(engine.Held, "")
	if err != nil {
		return err
	}
	waits := map[string]string{} // why, by record
	for _, v := range held {
		if v.Hold.Code == engine.HoldWaiting {
			continue
		}
		c.res.Held++
		waits[v.Record] = v.Why()
	}
	c.res.Won, c.res.Accounts = len(c.won), len(c.accounts)
	c.deals(waits)
	c.customers(waits)
	c.followUps(waits)
	if err := c.journal(ctx, a); err != nil {
		return err
	}
	c.res.Elapsed = now().Sub(c.began).Round(time.Second).String()
	if c.res.Doubles+c.res.Losses+c.res.Wrong > 0 {
		c.p.exit = exitFailed
	}
	return c.p.emit(c.res, func(w io.Writer) { c.print(w, waits) })
}

func (c *crash) find(count *int, format string, args ...any) {
	*count++
	c.res.Findings = append(c.res.Findings, fmt.Sprintf(format, args...))
}

// deals holds every won deal against the invoices for it.
func (c *crash) deals(waits map[string]string) {
	byNumber := map[string][]map[string]any{}
	for _, inv := range c.twins.xero.Invoices() {
		number := fmt.Sprint(inv["InvoiceNumber"])
		if inv["Status"] != "VOIDED" && inv["Status"] != "DELETED" && strings.HasPrefix(number, "SF-") {
			byNumber[number] = append(byNumber[number], inv)
			c.res.Invoices++
		}
	}
	for _, id := range slices.Sorted(maps.Keys(c.won)) {
		live := byNumber["SF-"+id]
		delete(byNumber, "SF-"+id)
		deal, _ := c.twins.salesforce.Get("Opportunity", id)
		switch {
		case len(live) > 1:
			c.find(&c.res.Doubles, "deal %s has %d invoices", id, len(live))
		case len(live) == 0 && waits[id] == "":
			c.find(&c.res.Losses, "deal %s was forgotten", id)
		case len(live) == 1:
			c.agrees(deal, live[0], waits)
		}
	}
	for number := range byNumber {
		c.find(&c.res.Doubles, "invoice %s is for no deal that was won", number)
	}
}

// agrees holds a deal against its invoice: the sum, the link, and the state of payment.
func (c *crash) agrees(deal world.Record, inv map[string]any, waits map[string]string) {
	id := fmt.Sprint(deal["Id"])
	if sum := amountOf(deal["Amount"]); !sum.Equal(amountOf(inv["SubTotal"])) {
		c.find(&c.res.Wrong, "deal %s is worth %s and its invoice says %s", id, sum, amountOf(inv["SubTotal"]))
	}
	if waits[id] != "" || waits[fmt.Sprint(inv["InvoiceID"])] != "" {
		return
	}
	if deal["Xero_Invoice_Id__c"] != inv["InvoiceID"] || deal["Xero_Invoice_Number__c"] != inv["InvoiceNumber"] {
		c.find(&c.res.Losses, "deal %s does not carry its invoice", id)
	}
	paid := decimal.Zero()
	if v := deal["Xero_Amount_Paid__c"]; v != nil {
		paid = amountOf(v)
	}
	if !paid.Equal(amountOf(inv["AmountPaid"])) {
		c.find(&c.res.Losses, "deal %s shows %s paid, its invoice %s", id, paid, amountOf(inv["AmountPaid"]))
	}
}

// customers demands one contact for every account that was created or invoiced.
func (c *crash) customers(waits map[string]string) {
	names, numbers := map[string]int{}, map[string]int{}
	for _, contact := range c.twins.xero.Contacts() {
		if contact["ContactStatus"] == "ARCHIVED" {
			continue
		}
		names[strings.ToLower(fmt.Sprint(contact["Name"]))]++
		if n := contact["ContactNumber"]; n != nil && n != "" {
			numbers[fmt.Sprint(n)]++
		}
	}
	c.res.Contacts = len(c.twins.xero.Contacts()) - len(c.company.World.Xero["Contacts"])
	for _, m := range []map[string]int{names, numbers} {
		for text, n := range m {
			if n > 1 {
				c.find(&c.res.Doubles, "%d contacts are %q", n, text)
			}
		}
	}
	for _, id := range c.accounts {
		account, _ := c.twins.salesforce.Get("Account", id)
		if (numbers[id] == 0 || account["Xero_Contact_Id__c"] == nil) && waits[id] == "" {
			c.find(&c.res.Losses, "account %s has no contact", id)
		}
	}
}

// followUps demands that no stage of an overdue invoice has two tasks, and that each invoice
// that is overdue has one.
func (c *crash) followUps(waits map[string]string) {
	marks, about := map[string]int{}, map[string]int{}
	for _, task := range c.twins.salesforce.All("Task") {
		mark := fmt.Sprint(task["Xero_Follow_Up__c"])
		if task["Xero_Follow_Up__c"] == nil {
			continue
		}
		c.res.Tasks++
		marks[mark]++
		about[fmt.Sprint(task["WhatId"])]++
	}
	for mark, n := range marks {
		if n > 1 {
			c.find(&c.res.Doubles, "%d tasks are %q", n, mark)
		}
	}
	for _, inv := range c.twins.xero.Invoices() {
		id := strings.TrimPrefix(fmt.Sprint(inv["InvoiceNumber"]), "SF-")
		day, ours := c.won[id]
		overdue := inv["Status"] == "AUTHORISED" && day < c.began.AddDate(0, 0, -40).Format(time.DateOnly)
		if ours && overdue && about[id] == 0 && waits[fmt.Sprint(inv["InvoiceID"])] == "" {
			c.find(&c.res.Losses, "the invoice of deal %s is overdue and nobody was told", id)
		}
	}
}

// journal verifies the chain and goes through every run again from its record.
func (c *crash) journal(ctx context.Context, a *app.App) error {
	j, err := a.Journal()
	if err != nil {
		return err
	}
	if _, err := j.Verify(ctx); err != nil {
		c.find(&c.res.Wrong, "the journal does not verify: %v", err)
	}
	return a.ReplayAll(ctx, "", func(v app.ReplayView) error {
		c.res.Replayed++
		if !v.Same {
			c.find(&c.res.Wrong, "run %s of %s does not replay: %s", v.ID, v.Plan, v.Trouble)
		}
		return nil
	})
}

func (c *crash) print(w io.Writer, waits map[string]string) {
	r := c.res
	rows := [][]string{
		{"engine killed with SIGKILL", fmt.Sprint(r.Kills), fmt.Sprintf("%d of them after it had called a vendor", r.Midway)},
		{"faults that struck on the wire", fmt.Sprint(r.Faults), ""},
		{"deals won · accounts created · payments", fmt.Sprintf("%d · %d · %d", r.Won, r.Accounts, r.Paid), ""},
		{"invoices · contacts · tasks made", fmt.Sprintf("%d · %d · %d", r.Invoices, r.Contacts, r.Tasks), ""},
		{"held for a person", fmt.Sprint(r.Held), ""},
		{"runs that replay from their record", fmt.Sprint(r.Replayed), ""},
		{"done twice", fmt.Sprint(r.Doubles), ""},
		{"forgotten", fmt.Sprint(r.Losses), ""},
		{"otherwise wrong", fmt.Sprint(r.Wrong), ""},
		{"time", r.Elapsed, ""},
	}
	for _, row := range rows {
		fmt.Fprintf(w, "  %-42s %14s   %s\n", row[0], row[1], row[2])
	}
	for _, f := range r.Findings {
		fmt.Fprintf(w, "  FOUND %s\n", f)
	}
	for _, record := range slices.Sorted(maps.Keys(waits)) {
		fmt.Fprintf(w, "  held %s: %s\n", record, waits[record])
	}
	fmt.Fprintf(w, "Everything is in %s. Next: %s --data %s runs list\n", r.Dir, c.p.self, r.Dir)
}
