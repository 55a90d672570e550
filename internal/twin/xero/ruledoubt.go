package xero

import "github.com/planwright/planwright/internal/twin/wire"

// Names of the doubts about documents and contacts, see Doubts.
const (
	doubtDueDate        = "due-date"
	doubtTermsApplied   = "terms-applied"
	doubtDeletedNumbers = "deleted-numbers"
	doubtVoidAgain      = "void-again"
	doubtBillNumbers    = "bill-numbers"
	doubtEmptyLines     = "empty-lines"
	doubtZeroTotal      = "zero-total"
	doubtNegative       = "negative-total"
	doubtLockDay        = "lock-day"
	doubtBatchOrder     = "batch-order"
	doubtInclusiveTax   = "inclusive-tax"
	doubtNegativeHalves = "negative-halves"
	doubtContactCase    = "contact-case"
	doubtContactSpaces  = "contact-spaces"
	doubtContactAccents = "contact-accents"
	doubtInactiveTax    = "inactive-tax"
	doubtUntaxed        = "untaxed"
)

// ruleDoubts are those about the rules of documents and contacts.
func ruleDoubts() []wire.Doubt {
	return []wire.Doubt{
		{
			Name:      doubtDueDate,
			Believed:  "A submitted or approved invoice without a due date is refused.",
			Otherwise: "Its due date is its date.",
		},
		{
			Name:      doubtTermsApplied,
			Believed:  "The API leaves the due date alone, whatever the contact's payment terms.",
			Otherwise: "A missing due date is computed from them.",
		},
		{
			Name:      doubtDeletedNumbers,
			Believed:  "A new invoice cannot have the number of a deleted one.",
			Otherwise: "It can; that of a voided one stays taken.",
		},
		{
			Name:      doubtVoidAgain,
			Believed:  "Voiding a voided invoice is refused.",
			Otherwise: "It is answered as if it had just been voided.",
		},
		{
			Name:      doubtBillNumbers,
			Believed:  "A POST of a bill makes a new one, whatever its number.",
			Otherwise: "It edits the bill of that number.",
		},
		{
			Name:      doubtEmptyLines,
			Believed:  "An update with an empty list of lines takes all lines away.",
			Otherwise: "It leaves them as they are.",
		},
		{
			Name:      doubtZeroTotal,
			Believed:  "An approved invoice of total zero is paid at once.",
			Otherwise: "It stays approved, with nothing due.",
		},
		{
			Name:      doubtNegative,
			Believed:  "A sales invoice with a total below zero is refused.",
			Otherwise: "It is saved.",
		},
		{
			Name:      doubtLockDay,
			Believed:  "The day of a lock date is itself locked.",
			Otherwise: "Only the days before it are.",
		},
		{
			Name:      doubtBatchOrder,
			Believed:  "Elements are answered in the order in which they were sent.",
			Otherwise: "They come in another order.",
		},
		{
			Name:      doubtInclusiveTax,
			Believed:  "Inclusive tax is what is left when the net amount was rounded half up.",
			Otherwise: "The tax itself is rounded half up.",
		},
		{
			Name:      doubtNegativeHalves,
			Believed:  "Half a cent of a negative amount is rounded away from zero.",
			Otherwise: "It is rounded up, towards zero.",
		},
		{
			Name:      doubtContactCase,
			Believed:  "Names of contacts that differ in case alone are the same name.",
			Otherwise: "They are two names.",
		},
		{
			Name:      doubtContactSpaces,
			Believed:  "Surplus spaces are taken from the name of a contact.",
			Otherwise: "A name with surplus spaces is refused.",
		},
		{
			Name:      doubtContactAccents,
			Believed:  "Names of contacts that differ in accents are two names, though the name filter takes them for one.",
			Otherwise: "They are the same name.",
		},
		{
			Name:      doubtInactiveTax,
			Believed:  "A line with a tax type that was deleted is refused.",
			Otherwise: "It is saved, with the tax of that type.",
		},
		{
			Name:      doubtUntaxed,
			Believed:  "An organisation that pays no tax refuses lines with a tax type other than NONE, and puts no tax on lines without one.",
			Otherwise: "It taxes lines like any other organisation.",
		},
	}
}
