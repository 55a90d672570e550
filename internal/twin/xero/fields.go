package xero

// shapes are the members of every collection that the twin keeps, as the vendor's
// description of 16.1.0 names them; lengths are from the same source. They drive the
// reading of requests, the forms of answers, and the types of where expressions.
type shapes struct {
	invoice, line, contact, item, account, taxRate, organisation, currency, theme, tracking, payment, history, group *shape

	creditNote, prepayment, overpayment, allocation, bankTransaction, batchPayment *shape
}

func newShapes() *shapes {
	of := map[string]*shape{}
	for _, text := range []string{contactShapes, useShapes, invoiceShapes, moneyShapes, ledgerShapes, organisationShapes, historyShapes} {
		addShapes(of, text)
	}
	for _, s := range of {
		s.lay()
	}
	return &shapes{
		invoice: of["Invoice"], line: of["LineItem"], contact: of["Contact"], item: of["Item"], account: of["Account"],
		taxRate: of["TaxRate"], organisation: of["Organisation"], currency: of["Currency"], theme: of["BrandingTheme"],
		tracking: of["TrackingCategory"], payment: of["Payment"], history: of["History"], group: of["ContactGroup"],
		creditNote: of["CreditNote"], prepayment: of["Prepayment"], overpayment: of["Overpayment"],
		allocation: of["Allocation"], bankTransaction: of["BankTransaction"], batchPayment: of["BatchPayment"],
	}
}

// contactShapes: what a contact is made of.
const contactShapes = `
Address
	AddressType text
	AddressLine1 text:500
	AddressLine2 text:500
	AddressLine3 text:500
	AddressLine4 text:500
	City text:255
	Region text:255
	PostalCode text:50
	Country text:50
	AttentionTo text:255
Phone
	PhoneType text
	PhoneNumber text:50
	PhoneAreaCode text:10
	PhoneCountryCode text:20
ContactPerson
	FirstName text:255
	LastName text:255
	EmailAddress text:255
	IncludeInEmails bool
ContactGroup
	ContactGroupID id
	Name text
	Status text
Term
	Day num
	Type text
PaymentTerms
	Bills {Term}
	Sales {Term}
Contact
	ContactID id
	MergedToContactID id !
	ContactNumber text:50
	AccountNumber text:50
	ContactStatus text
	Name text:255
	FirstName text:255
	LastName text:255
	CompanyNumber text:50
	EmailAddress text:255
	BankAccountDetails text
	TaxNumber text:50
	TaxNumberType text
	AccountsReceivableTaxType text
	AccountsPayableTaxType text
	Addresses [Address]
	Phones [Phone]
	IsSupplier bool !
	IsCustomer bool !
	SalesDefaultLineAmountType text
	PurchasesDefaultLineAmountType text
	DefaultCurrency text
	ContactPersons [ContactPerson]
	ContactGroups [ContactGroup] !
	UpdatedDateUTC instant !
	Website text !
	PurchasesDefaultAccountCode text
	SalesDefaultAccountCode text
	PaymentTerms {PaymentTerms}
	HasAttachments bool !
`

// invoiceShapes: invoices, their lines and their payments.
const invoiceShapes = `
TrackingOption
	TrackingOptionID id
	Name text:100
	Status text
TrackingCategory
	TrackingCategoryID id
	Name text:100
	Status text
	Options [TrackingOption]
LineTracking
	TrackingCategoryID id
	TrackingOptionID id
	Name text
	Option text
LineItem
	LineItemID id
	Description text:4000
	Quantity qty
	UnitAmount unit
	ItemCode text
	AccountCode text
	AccountID id
	TaxType text
	TaxAmount money
	Item {any} !
	LineAmount money
	Tracking [LineTracking]
	DiscountRate num
	DiscountAmount money
PaymentSummary
	PaymentID id
	Date day
	Amount money
	Reference text
	CurrencyRate rate
	HasAccount bool
	HasValidationErrors bool
Invoice
	Type text
	InvoiceID id
	InvoiceNumber text:255
	Reference text:255
	Contact {Contact}
	LineItems [LineItem]
	Date date
	DueDate date
	LineAmountTypes text
	BrandingThemeID id
	Url text
	CurrencyCode text
	CurrencyRate rate
	Status text
	SentToContact bool
	ExpectedPaymentDate day
	PlannedPaymentDate day
	SubTotal money !
	TotalTax money !
	Total money !
	TotalDiscount money !
	AmountDue money !
	AmountPaid money !
	AmountCredited money !
	FullyPaidOnDate day !
	IsDiscounted bool !
	HasAttachments bool !
	HasErrors bool !
	UpdatedDateUTC stamp !
	Payments [PaymentSummary] !
	CreditNotes [CreditNoteUse] !
	Prepayments [PrepaymentUse] !
	Overpayments [OverpaymentUse] !
`

// ledgerShapes: what lines point at: items, accounts and tax rates.
const ledgerShapes = `
Price
	UnitPrice unit
	AccountCode text
	COGSAccountCode text
	TaxType text
Item
	ItemID id
	Code text:30
	Name text:50
	Description text:4000
	PurchaseDescription text:4000
	IsSold bool
	IsPurchased bool
	InventoryAssetAccountCode text
	SalesDetails {Price}
	PurchaseDetails {Price}
	IsTrackedAsInventory bool !
	TotalCostPool money !
	QuantityOnHand qty !
	UpdatedDateUTC instant !
Account
	AccountID id
	Code text:10
	Name text:150
	Type text
	BankAccountNumber text
	BankAccountType text
	CurrencyCode text
	Status text
	Description text
	TaxType text
	EnablePaymentsToAccount bool
	ShowInExpenseClaims bool
	Class text !
	SystemAccount text !
	ReportingCode text
	ReportingCodeName text
	HasAttachments bool !
	AddToWatchlist bool
	UpdatedDateUTC instant !
TaxComponent
	Name text
	Rate percent
	IsCompound bool
	IsNonRecoverable bool
TaxRate
	Name text
	TaxType text
	TaxComponents [TaxComponent]
	Status text
	ReportTaxType text
	CanApplyToAssets bool !
	CanApplyToEquity bool !
	CanApplyToExpenses bool !
	CanApplyToLiabilities bool !
	CanApplyToRevenue bool !
	DisplayTaxRate percent !
	EffectiveRate percent !
`

// organisationShapes: the organisation and its settings.
const organisationShapes = `
DayRate
	Date day
	Rate rate
Currency
	Code text
	Description text
	Rates [DayRate] !
BrandingTheme
	BrandingThemeID id
	Name text
	LogoUrl text
	Type text
	SortOrder num
	CreatedDateUTC created
Organisation
	OrganisationID id
	APIKey text
	Name text
	LegalName text
	PaysTax bool
	Version text
	OrganisationType text
	BaseCurrency text
	CountryCode text
	IsDemoCompany bool
	OrganisationStatus text
	RegistrationNumber text
	TaxNumber text
	FinancialYearEndDay num
	FinancialYearEndMonth num
	SalesTaxBasis text
	SalesTaxPeriod text
	DefaultSalesTax text
	DefaultPurchasesTax text
	PeriodLockDate day
	EndOfYearLockDate day
	CreatedDateUTC created
	Timezone text
	OrganisationEntityType text
	ShortCode text
	Class text
	Edition text
	LineOfBusiness text
	Addresses [Address]
	Phones [Phone]
	ExternalLinks [any]
	PaymentTerms {any}
	Actions [any]
`
