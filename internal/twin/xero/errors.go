package xero

import (
	"fmt"
	"net/http"

	"github.com/planwright/planwright/internal/decimal"
)

// refusal is an answer other than 2xx, in one of the vendor's four dialects: a
// validation or request error (Type set), problem JSON (Title set), or bare Text.
type refusal struct {
	status   int
	header   map[string]string
	number   int    // ErrorNumber
	kind     string // Type
	message  string
	elements []any
	title    string
	detail   string
	text     string
	media    string // of text; "" sends no content type
}

func (e *refusal) Error() string {
	return fmt.Sprintf("%d %s%s%s%s", e.status, e.kind, e.title, e.message, e.detail)
}

// The numbers 14 and 16 are believed, 10 and 20 were seen.
func refuseValidation(elements []any) *refusal {
	return &refusal{status: http.StatusBadRequest, number: 10, kind: "ValidationException", message: "A validation exception occurred", elements: elements}
}

func refuseMessage(message string) *refusal {
	e := refuseValidation(nil)
	e.message = message
	return e
}

func refuseBody(cause string) *refusal {
	return &refusal{status: http.StatusBadRequest, number: 14, kind: "PostDataInvalidException", message: "JSON for post data was invalid, " + cause}
}

func refuseQuery(cause string) *refusal {
	return &refusal{status: http.StatusBadRequest, number: 16, kind: "QueryParseException", message: cause}
}

func refuseMethod() *refusal {
	return &refusal{status: http.StatusNotImplemented, number: 20, kind: "ApiMethodNotImplementedException", message: "The Api Method called is not implemented"}
}

func refuseAbsent() *refusal {
	return &refusal{status: http.StatusNotFound, media: "text/html; charset=utf-8"}
}

func refuseToken(detail string) *refusal {
	return &refusal{status: http.StatusUnauthorized, title: "Unauthorized", detail: detail}
}

func refuseTenant() *refusal {
	return &refusal{status: http.StatusForbidden, title: "Forbidden", detail: "AuthenticationUnsuccessful"}
}

// refuseScope is believed to be a 401.
func refuseScope(forbidden bool) *refusal {
	e := refuseToken("AuthorizationUnsuccessful")
	if forbidden {
		e.status, e.title = http.StatusForbidden, "Forbidden"
	}
	e.header = map[string]string{"WWW-Authenticate": `Bearer error="insufficient_scope"`}
	return e
}

// refuseInternal is believed.
func refuseInternal() *refusal {
	return &refusal{
		status: http.StatusInternalServerError, title: "An error occurred",
		detail: "An error occurred in Xero. Check the API Status page http://status.developer.xero.com for current service status.",
	}
}

func refuseOffline() *refusal {
	return &refusal{status: http.StatusServiceUnavailable, text: "The Organisation is offline", media: "text/plain; charset=utf-8"}
}

// Texts of validation errors. The first block is recorded or documented; clients may
// lean on it. The texts of the second block are believed: the vendor refuses, but its
// words were not seen, and no client should compare them.
const (
	textNumberTaken  = "Invoice # must be unique."
	textNotModify    = "Invoice not of valid status for modification"
	textPaidEdit     = "This document cannot be edited as it has a payment or credit note allocated to it."
	textNoContact    = "The Contact must contain at least 1 of the following elements to identify the contact: Name, ContactID, ContactNumber"
	textNoAccount    = "Account code must be specified"
	textArchived     = "The specified contact details matched an archived contact. Archived contacts cannot currently be edited via the API."
	textEmail        = "Email address must be valid."
	textSentWarning  = "Only AUTHORISED invoices may have SentToContact updated."
	textPaymentOver  = "Payment amount exceeds the amount outstanding on this document"
	textPaymentState = "Payments can only be made against Authorised documents"

	textIDOnCreate       = "The InvoiceID must not be given when an invoice is created"
	textContactIDCreate  = "The ContactID must not be given when a contact is created"
	textNotCreate        = "Invoice not of valid status for creation"
	textType             = "Invoice type must be ACCREC or ACCPAY"
	textTypeFixed        = "The type of an invoice cannot be changed"
	textContactAbsent    = "An existing Contact with the specified ContactID could not be found"
	textContactNumberNew = "A Contact with the specified ContactNumber could not be found and no Name was given"
	textNoLines          = "One or more line items must be specified"
	textNoDueDate        = "The due date must be specified for submitted and approved invoices"
	textNoDescription    = "Description must be specified for each line item"
	textDiscountKind     = "Discounts are only allowed on invoices of type ACCREC"
	textDiscountBoth     = "Only one of DiscountRate and DiscountAmount can be specified"
	textDiscountRange    = "DiscountRate must be between 0 and 100"
	textLineLimit        = "The line amount is larger than 9999999999.99"
	textTrackingCount    = "A line item can have at most 2 tracking categories"
	textTracking         = "The tracking category or option is not valid"
	textLineAbsent       = "A line item with the specified LineItemID could not be found on this invoice"
	textAmountTypes      = "LineAmountTypes must be Exclusive, Inclusive or NoTax"
	textNegative         = "The total of an invoice must not be negative"
	textTheme            = "The branding theme is not valid"
	textName             = "The contact name must be specified"
	textAngle            = "The contact name must not contain angle brackets"
	textPersons          = "A contact can have at most 5 contact persons"
	textContactStatus    = "ContactStatus must be ACTIVE or ARCHIVED"
	textItemCode         = "The item code must be specified"
	textItemUsed         = "The item cannot be deleted as it has transactions"
	textManyItems        = "At most 500 items can be sent in one request"
	textInventory        = "Tracked items need an inventory asset account and a cost of goods sold account"
	textAccountStatus    = "The status of the account is not valid"
	textAccountType      = "The type of the account is not valid"
	textAccountCode      = "Account code must be given"
	textAccountGone      = "The account has been deleted"
	textAccountUsed      = "The account cannot be deleted as it has transactions"
	textSystemAccount    = "System accounts cannot be archived or deleted"
	textBankNumber       = "Bank account number must be given"
	textTaxName          = "The name of the tax rate must be specified"
	textTaxSystem        = "System tax rates cannot be changed"
	textTaxReport        = "ReportTaxType must be specified"
	textTaxComponents    = "At least one tax component must be specified"
	textTaxComponent     = "Each tax component needs a name and a rate"
	textTaxComponentGone = "Tax components cannot be removed or renamed"
	textTrackingName     = "The name of the tracking category must be specified"
	textTrackingTaken    = "A tracking category with this name already exists"
	textTrackingStatus   = "The status of a tracking category must be ACTIVE or ARCHIVED"
	textTrackingFull     = "An organisation can have at most 2 active and 4 tracking categories in total"
	textOptionName       = "Each tracking option needs a name of its own"
	textPlanLimit        = "You have reached the limit of invoices you can approve"
	textURL              = "The Url must not contain the word xero"
	textTaxAmount        = "The tax amount must not be larger than the line amount"
	textSpaces           = "The contact name must not begin or end with spaces or repeat them"
	textTerms            = "The payment terms are not valid"
	textTaxNumberType    = "TaxNumberType must be SSN, EIN, ITIN or ATIN"
	textCountry          = "Country must contain letters only"
	textGroupName        = "The name of the contact group must be specified"
	textGroupTaken       = "A contact group with this name already exists"
	textNote             = "Details must be specified"
	textOnline           = "An online invoice is only available for approved sales invoices"
	textMailKind         = "Only sales invoices can be sent by email"
	textMailStatus       = "Invoice not of valid status to be sent by email"
	textMailAddress      = "The contact of the invoice has no email address"
	textMailLimit        = "The daily limit of emails has been reached"
	textPaymentTarget    = "The invoice of the payment could not be found"
	textPaymentAccount   = "The account of the payment is not valid"
	textPaymentChange    = "Payments can only be deleted, and only once"
)

func textNameTaken(name string) string {
	return fmt.Sprintf("The contact name %s is already assigned to another contact. The contact name must be unique across all active contacts.", name)
}

// textContactNumberTaken is believed, by analogy with the name.
func textContactNumberTaken(number string) string {
	return fmt.Sprintf("The contact number %s is already assigned to another contact. The contact number must be unique.", number)
}

func textItem(code string) string { return fmt.Sprintf("Item code '%s' is not valid", code) }

func textItemTaken(code string) string {
	return fmt.Sprintf("Price List Item with Code '%s' already exists", code)
}

func textAccount(code string) string {
	return fmt.Sprintf("Account code '%s' is not a valid code for this document.", code)
}

func textAccountArchived(code string) string {
	return fmt.Sprintf("Account code '%s' has been archived, or has been deleted. Each line item must reference a valid account.", code)
}

func textTaxType(taxType, code string) string {
	return fmt.Sprintf("The TaxType code '%s' cannot be used with account code '%s'.", taxType, code)
}

// textTaxTypeUnknown and textTaxTypeInactive are believed.
func textTaxTypeUnknown(taxType string) string {
	return fmt.Sprintf("TaxType code '%s' does not exist", taxType)
}

func textTaxTypeInactive(taxType string) string {
	return fmt.Sprintf("The tax rate of TaxType code '%s' must be active", taxType)
}

// textStock is believed; that such a sale is refused is documented.
func textStock(code string) string {
	return fmt.Sprintf("There is not enough stock of item '%s'", code)
}

// textUntaxed is believed.
func textUntaxed(taxType string) string {
	return fmt.Sprintf("The TaxType code '%s' cannot be used as the organisation is not registered for tax", taxType)
}

// textTaxTaken is believed.
func textTaxTaken(name string) string {
	return fmt.Sprintf("A tax rate with the name '%s' already exists", name)
}

// textTaxTypeLookup is believed; that such rates are no use by the API is documented.
func textTaxTypeLookup(taxType string) string {
	return fmt.Sprintf("The TaxType code '%s' cannot be used through the API", taxType)
}

func textLineTotal(sent, computed decimal.Decimal) string {
	return fmt.Sprintf("The line total %s does not match the expected line total %s", sent.Money(), computed.Money())
}

func textCurrency(code string) string {
	return "Organisation is not subscribed to currency " + code
}

func textLock(lock, date string) string {
	return fmt.Sprintf("The document date cannot be before the %s lock date, currently set at %s", lock, date)
}

func textApplied(status string) string {
	return fmt.Sprintf("The status %s cannot be applied to the invoice because it has payments or credit notes allocated to it.", status)
}

// textContactArchived is believed to name the contact.
func textContactArchived(name string) string {
	return fmt.Sprintf("The contact %s is archived. Archived contacts cannot be used on documents.", name)
}

// textLong is believed.
func textLong(member string, limit int) string {
	return fmt.Sprintf("The field %s must be a string with a maximum length of %d.", member, limit)
}
