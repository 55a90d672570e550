package xero

// listing is what a list of one collection can do beyond where, order and
// If-Modified-Since: the vendor gives each collection its own parameters and its own
// gaps. A new collection needs one row in listings.
type listing struct {
	// pages says that page and pageSize are heard and answered with a pagination block.
	pages bool
	// document marks records with a contact and lines: lists show a summary of the one, and
	// without pages none of the others.
	document bool
	// plain lists hear neither where nor order.
	plain bool
	// alias is the member that may stand for the id in a path, "" for none.
	alias string
	// names are the parameters that hold a comma list of values, with the member they are of.
	names map[string]string
	// forces are the parameters that make a list come in pages, unasked.
	forces []string
	// search are the members that searchTerm looks into.
	search []string
	// status is the member that must be ACTIVE unless includeArchived=true.
	status string
	// mine says that createdByMyApp is heard.
	mine bool
	// bare and summary are the members left out of lists without pages, and of those with
	// summaryOnly=true, which is heard where summary is not nil.
	bare, summary []string
	// swift are the members to filter and sort by; it is nil where the number of records has
	// no limit.
	swift *swift
}

// listingOf is the list of one collection.
func listingOf(collection string) listing {
	l := listings()[collection]
	l.swift = swiftMembers()[collection]
	return l
}

// listings are the lists by collection. What is not here is answered whole and unpaged.
func listings() map[string]listing {
	return map[string]listing{
		"Invoices": {
			pages: true, document: true, alias: "InvoiceNumber", mine: true,
			names: map[string]string{
				"IDs": "InvoiceID", "InvoiceNumbers": "InvoiceNumber", "ContactIDs": "Contact.ContactID", "Statuses": "Status",
			},
			forces: []string{"Statuses"}, search: []string{"InvoiceNumber", "Reference"},
			summary: []string{"Payments", "LineItems", "HasAttachments"},
		},
		"Contacts": {
			pages: true, alias: "ContactNumber", names: map[string]string{"IDs": "ContactID"}, status: "ContactStatus",
			search: []string{"Name", "FirstName", "LastName", "ContactNumber", "CompanyNumber", "EmailAddress"},
			bare: []string{
				"ContactPersons", "PaymentTerms", "MergedToContactID", "SalesDefaultAccountCode", "PurchasesDefaultAccountCode",
				"SalesDefaultLineAmountType", "PurchasesDefaultLineAmountType", "ContactGroups", "Balances", "BrandingTheme", "HasAttachments",
			},
			summary: []string{
				"Addresses", "Balances", "ContactGroups", "ContactPersons", "IsCustomer", "IsSupplier", "SalesDefaultAccountCode",
				"PurchasesDefaultAccountCode", "SalesDefaultLineAmountType", "PurchasesDefaultLineAmountType",
				"SalesTrackingCategories", "PurchasesTrackingCategories",
			},
		},
		"CreditNotes":        {pages: true, document: true, alias: "CreditNoteNumber"},
		"Overpayments":       {pages: true, document: true, names: map[string]string{"References": "Reference"}},
		"Prepayments":        {pages: true, document: true, names: map[string]string{"InvoiceNumbers": "InvoiceNumber"}},
		"BankTransactions":   {pages: true, document: true},
		"ManualJournals":     {pages: true},
		"PurchaseOrders":     {pages: true, document: true, alias: "PurchaseOrderNumber"},
		"Payments":           {pages: true},
		"Items":              {alias: "Code"},
		"TrackingCategories": {status: "Status"},
		"ContactGroups":      {status: "Status"},
		"BrandingThemes":     {plain: true},
		"Organisations":      {plain: true},
	}
}

// hidden lists the members that a view leaves out.
func (l listing) hidden(v view) []string {
	switch v {
	case viewBare:
		return l.bare
	case viewSummary:
		return l.summary
	default:
		return nil
	}
}
