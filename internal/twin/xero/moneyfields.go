package xero

// useShapes: what an invoice shows of the credits allocated to it.
const useShapes = `
CreditNoteUse
	CreditNoteID id
	CreditNoteNumber text
	AppliedAmount money
	Date date
	Total money
PrepaymentUse
	PrepaymentID id
	AppliedAmount money
	Date date
	Total money
OverpaymentUse
	OverpaymentID id
	AppliedAmount money
	Date date
	Total money
`

// moneyShapes: payments, and the credits that can be allocated or refunded.
const moneyShapes = `
AccountKey
	AccountID id
	Code text
InvoiceKey
	InvoiceID id
	InvoiceNumber text
	Type text
	Contact {Contact}
CreditNoteKey
	CreditNoteID id
	CreditNoteNumber text
PrepaymentKey
	PrepaymentID id
OverpaymentKey
	OverpaymentID id
Payment
	PaymentID id
	BatchPaymentID id !
	Invoice {InvoiceKey}
	CreditNote {CreditNoteKey}
	Prepayment {PrepaymentKey}
	Overpayment {OverpaymentKey}
	InvoiceNumber text
	CreditNoteNumber text
	Account {AccountKey}
	Code text
	Date day
	Amount money
	BankAmount money
	Reference text
	CurrencyRate rate
	IsReconciled bool
	Status text
	PaymentType text !
	BankAccountNumber text
	Particulars text
	Details text
	HasAccount bool !
	UpdatedDateUTC stamp !
BatchPayment
	BatchPaymentID id
	Account {AccountKey}
	Reference text:255
	Particulars text:12
	Code text:12
	Details text
	Narrative text:18
	Date date
	Payments [Payment]
	Type text !
	Status text
	TotalAmount money !
	UpdatedDateUTC instant !
	IsReconciled bool !
Allocation
	AllocationID id !
	Invoice {InvoiceKey}
	Amount money
	Date day
CreditNote
	CreditNoteID id
	CreditNoteNumber text:255
	Type text
	Contact {Contact}
	Date date
	DueDate date
	Status text
	LineAmountTypes text
	LineItems [LineItem]
	SubTotal money !
	TotalTax money !
	Total money !
	CurrencyCode text
	CurrencyRate rate
	Reference text:255
	SentToContact bool
	BrandingThemeID id
	RemainingCredit money !
	Allocations [Allocation] !
	Payments [PaymentSummary] !
	FullyPaidOnDate day !
	HasAttachments bool !
	HasErrors bool !
	UpdatedDateUTC stamp !
Prepayment
	PrepaymentID id
	InvoiceNumber text !
	Type text
	Contact {Contact}
	Date date
	Status text
	LineAmountTypes text
	LineItems [LineItem]
	SubTotal money !
	TotalTax money !
	Total money !
	CurrencyCode text
	CurrencyRate rate
	Reference text
	RemainingCredit money !
	Allocations [Allocation] !
	Payments [PaymentSummary] !
	HasAttachments bool !
	UpdatedDateUTC stamp !
Overpayment
	OverpaymentID id
	Type text
	Contact {Contact}
	Date date
	Status text
	LineAmountTypes text
	LineItems [LineItem]
	SubTotal money !
	TotalTax money !
	Total money !
	CurrencyCode text
	CurrencyRate rate
	Reference text
	RemainingCredit money !
	Allocations [Allocation] !
	Payments [PaymentSummary] !
	HasAttachments bool !
	UpdatedDateUTC stamp !
BankTransaction
	BankTransactionID id
	Type text
	Contact {Contact}
	LineItems [LineItem]
	BankAccount {AccountKey}
	IsReconciled bool
	Date date
	Reference text:255
	CurrencyCode text
	CurrencyRate rate
	Url text
	Status text
	LineAmountTypes text
	SubTotal money !
	TotalTax money !
	Total money !
	PrepaymentID id !
	OverpaymentID id !
	HasAttachments bool !
	UpdatedDateUTC instant !
`
