package xero

import (
	"slices"
	"strings"
)

// swift are the members by which the vendor filters and sorts a collection quickly. What
// else a filter or an order looks at may be no more than answerLimit records.
type swift struct {
	equal  []string // by ==
	within []string // by == and the orders
	either []string // by == on both sides of an OR
	order  []string
}

// swiftMembers lists them by collection. Others have none, or no limit.
func swiftMembers() map[string]*swift {
	return map[string]*swift{
		"Invoices": {
			equal: []string{
				"Status", "Contact.ContactID", "Contact.Name", "Contact.ContactNumber", "Reference", "InvoiceNumber", "InvoiceID", "Type", "AmountPaid",
			},
			within: []string{"Date", "DueDate", "AmountDue"},
			either: []string{"InvoiceID", "Contact.ContactID", "Status", "InvoiceNumber"}, // the last is believed
			order:  []string{"InvoiceID", "UpdatedDateUTC", "Date"},
		},
		"Contacts": {equal: []string{"Name", "EmailAddress", "AccountNumber"}, order: []string{"ContactID", "UpdatedDateUTC", "Name"}},
		"Payments": {
			equal: []string{"PaymentType", "Status", "Invoice.InvoiceID", "Reference"}, within: []string{"Date"},
			either: []string{"PaymentID", "Invoice.InvoiceID"}, order: []string{"UpdatedDateUTC", "Date", "PaymentID"},
		},
		"CreditNotes": {
			equal:  []string{"Status", "Reference", "Contact.ContactID", "Contact.Name", "Contact.ContactNumber", "Type"},
			within: []string{"Date"}, order: []string{"CreditNoteID", "UpdatedDateUTC", "Date"},
		},
		"ManualJournals": {},
		"PurchaseOrders": {},
	}
}

// parts splits an expression into those that are swift and those that are not. A nil
// collection has no limit, so all of it is swift.
func (s *swift) parts(n *node) (fast, slow []*node) {
	all := []*node{n}
	if n.op == "&&" {
		all = n.args
	}
	for _, part := range all {
		if s == nil || s.judges(part) {
			fast = append(fast, part)
		} else {
			slow = append(slow, part)
		}
	}
	return fast, slow
}

func (s *swift) judges(n *node) bool {
	switch n.op {
	case "||":
		return !slices.ContainsFunc(n.args, func(a *node) bool { return a.op != "==" || !a.compares(s.either) })
	case "&&":
		return !slices.ContainsFunc(n.args, func(a *node) bool { return !s.judges(a) })
	case "==":
		return n.compares(s.equal) || n.compares(s.within)
	case "<", "<=", ">", ">=":
		return n.compares(s.within)
	}
	return false
}

// compares reports whether a comparison is of one of the members with a literal.
func (n *node) compares(members []string) bool {
	return len(n.args) == 2 && n.args[0].op == opMember && n.args[1].op == opLit && slices.Contains(members, strings.Join(n.args[0].path, "."))
}

// sorts reports whether an order is swift.
func (s *swift) sorts(keys []sortKey) bool {
	return s == nil || !slices.ContainsFunc(keys, func(k sortKey) bool { return !slices.Contains(s.order, strings.Join(k.member.path, ".")) })
}

// refuseMany refuses to answer from more records than the vendor will look at.
func refuseMany() error {
	return refuseMessage("The request touches more than 100000 records. Use paging, a filter or an order on optimised members.") // believed
}
