package xero

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/planwright/planwright/internal/decimal"
)

// makeTables lays out the collections by the name they have in paths.
func (t *Twin) makeTables() {
	s := t.shapes
	t.tables = map[string]*table{
		"Organisation":       newTable("Organisations", "OrganisationID", s.organisation),
		"Currencies":         newTable("Currencies", "Code", s.currency),
		"TaxRates":           newTable("TaxRates", "TaxType", s.taxRate, "Name"),
		"Accounts":           newTable("Accounts", "AccountID", s.account, "Code", "Name"),
		"BrandingThemes":     newTable("BrandingThemes", "BrandingThemeID", s.theme),
		"TrackingCategories": newTable("TrackingCategories", "TrackingCategoryID", s.tracking, "Name"),
		"Items":              newTable("Items", "ItemID", s.item, "Code"),
		"ContactGroups":      newTable("ContactGroups", "ContactGroupID", s.group, "Name"),
		"Contacts":           newTable("Contacts", "ContactID", s.contact, "Name", "ContactNumber", "AccountNumber", "EmailAddress"),
		"Invoices":           newTable("Invoices", "InvoiceID", s.invoice, "InvoiceNumber", "Reference", "Contact.ContactID"),
		"Payments":           newTable("Payments", "PaymentID", s.payment, "Invoice.InvoiceID"),
		"History":            newTable("HistoryRecords", "HistoryID", s.history, "RecordID"),
		"CreditNotes":        newTable("CreditNotes", "CreditNoteID", s.creditNote, "CreditNoteNumber"),
		"Prepayments":        newTable("Prepayments", "PrepaymentID", s.prepayment, "InvoiceNumber"),
		"Overpayments":       newTable("Overpayments", "OverpaymentID", s.overpayment, "Reference"),
		"BankTransactions":   newTable("BankTransactions", "BankTransactionID", s.bankTransaction),
		"BatchPayments":      newTable("BatchPayments", "BatchPaymentID", s.batchPayment),
	}
}

// loadOrder lists the collections so that what a record refers to is there before it.
func loadOrder() []string {
	return []string{
		"Currencies", "TaxRates", "Accounts", "BrandingThemes", "TrackingCategories", "Items", "ContactGroups", "Contacts", "Invoices",
		"CreditNotes", "Prepayments", "Overpayments", "BankTransactions", "Payments", "BatchPayments", "History",
	}
}

// load fills the tables from the options and the preset of the region.
func (t *Twin) load() error {
	p, ok := presetOf(t.o.Region)
	if !ok {
		return fmt.Errorf("xero twin: region %q is not one of %s", t.o.Region, strings.Join(Regions(), ", "))
	}
	if p.organisation["Version"] == "GLOBAL" && t.otherwise[doubtLocalVersion] {
		p.organisation["Version"] = t.o.Region
	}
	for name := range t.o.Collections {
		if !slices.Contains(loadOrder(), name) {
			return fmt.Errorf("xero twin: collection %q is not one the twin keeps", name)
		}
	}
	t.resumeIDs()
	maps.Copy(p.organisation, t.o.Organisation)
	if p.organisation["CreatedDateUTC"] == nil {
		p.organisation["CreatedDateUTC"] = stamp(t.made)
	}
	if err := t.seed("Organisation", p.organisation); err != nil {
		return err
	}
	t.tenant = t.tables["Organisation"].ordered[0].id
	t.zone = zoneOf(str(t.organisation(), "Timezone"))
	for _, name := range loadOrder() {
		records, given := t.o.Collections[name]
		if !given {
			records = p.records(name)
		}
		for i, in := range records {
			if err := t.seed(name, in); err != nil {
				return fmt.Errorf("%w (record %d)", err, i+1)
			}
		}
	}
	t.o.Collections = nil // the twin's own from here on, and as large as they are
	base := str(t.organisation(), "BaseCurrency")
	if t.tables["Currencies"].byID[base] == nil { // the base currency needs no subscribing
		return t.seed("Currencies", map[string]any{"Code": base, "Description": base})
	}
	return nil
}

// seed stores one record of a world.
func (t *Twin) seed(collection string, in map[string]any) error {
	tb := t.tables[collection]
	rec, err := tb.shape.read(in, true)
	if err != nil {
		return fmt.Errorf("xero twin: %s: %w", collection, err)
	}
	if str(rec, tb.key) == "" {
		if tb.key == "Code" || tb.key == "TaxType" {
			return fmt.Errorf("xero twin: %s: a record has no %s", collection, tb.key)
		}
		rec[tb.key] = t.newID()
	}
	if tb.byID[str(rec, tb.key)] != nil {
		return fmt.Errorf("xero twin: %s: %s is there twice", collection, str(rec, tb.key))
	}
	if rec["UpdatedDateUTC"] == nil && has(tb.shape, "UpdatedDateUTC") {
		rec["UpdatedDateUTC"] = stamp(t.made)
	}
	if rec, err = t.complete(collection, rec); err != nil {
		return fmt.Errorf("xero twin: %s: %w", collection, err)
	}
	app := ""
	if in[byMyApp] == true {
		app = t.o.ClientID
	}
	t.keep(tb, rec, app)
	return nil
}

func has(s *shape, name string) bool {
	_, ok := s.field(name)
	return ok
}

// complete fills what a world may leave out.
func (t *Twin) complete(collection string, rec record) (record, error) {
	byDefault := func(name string, v any) {
		if rec[name] == nil {
			rec[name] = v
		}
	}
	switch collection {
	case "Accounts":
		byDefault("Status", "ACTIVE")
		byDefault("Class", classOf(str(rec, "Type")))
		byDefault("EnablePaymentsToAccount", false)
		byDefault("ShowInExpenseClaims", false)
		byDefault("HasAttachments", false)
	case "TaxRates":
		byDefault("Status", "ACTIVE")
		byDefault("DisplayTaxRate", json.Number("0"))
		byDefault("EffectiveRate", rec["DisplayTaxRate"])
		for _, flag := range []string{"Assets", "Equity", "Expenses", "Liabilities", "Revenue"} {
			byDefault("CanApplyTo"+flag, true)
		}
	case "BrandingThemes":
		byDefault("Type", "INVOICE")
		byDefault("SortOrder", json.Number("0"))
		byDefault("CreatedDateUTC", stamp(t.made))
	case "TrackingCategories":
		byDefault("Status", "ACTIVE")
		options, _ := rec["Options"].([]any)
		for _, e := range options {
			option, ok := e.(record)
			if ok && str(option, "TrackingOptionID") == "" {
				option["TrackingOptionID"] = t.newID()
			}
			if ok && str(option, "Status") == "" {
				option["Status"] = "ACTIVE"
			}
		}
	case "Items":
		return newItem(rec), nil
	case "Contacts":
		if err := t.joinNamed(rec); err != nil {
			return nil, err
		}
		return newContact(rec, str(rec, "UpdatedDateUTC")), nil
	case "ContactGroups":
		byDefault("Status", "ACTIVE")
	case "Invoices":
		return t.completeInvoice(rec)
	case "History":
		byDefault("User", userOfAPI)
	}
	return t.completeMoney(collection, rec)
}

// completeInvoice computes what an invoice of a world leaves out. It is not judged: a
// world may hold what the API would refuse today, such as lines on an archived account.
func (t *Twin) completeInvoice(in record) (record, error) {
	rec := t.newInvoice(in)
	block, _ := in["Contact"].(record)
	var o outcome
	at, _ := t.pickContact(&call{now: t.made}, block, &o)
	if at == nil {
		return nil, fmt.Errorf("the contact of invoice %q is not there", str(rec, "InvoiceNumber"))
	}
	rec["Contact"] = record{"ContactID": at.id}
	if kind := str(rec, "Type"); kind != typeSale && kind != typeBill {
		return nil, fmt.Errorf("the type of invoice %q is not ACCREC or ACCPAY", str(rec, "InvoiceNumber"))
	}
	j := lineJudge{t: t, invoice: rec, o: &outcome{}}
	lines := []any{}
	for _, line := range linesOf(rec) {
		if str(line, "LineItemID") == "" {
			line["LineItemID"] = t.newID()
		}
		lines = append(lines, j.stored(line))
	}
	rec["LineItems"] = lines
	if rec["Total"] == nil {
		total(rec)
	} else if rec["AmountDue"] == nil {
		settle(rec)
	}
	if str(rec, "Type") == typeSale && str(rec, "InvoiceNumber") == "" {
		rec["InvoiceNumber"] = t.nextNumber()
	}
	t.noteNumber(rec)
	t.markContact(at.id, str(rec, "Type"))
	for _, name := range []string{"SubTotal", "TotalTax", "Total"} {
		if rec[name] == nil {
			rec[name] = number(decimal.Zero(), 2)
		}
	}
	return rec, nil
}

// keep puts a record into its table, raises its event, and returns the row it replaced.
func (t *Twin) keep(tb *table, rec record, app string) *row {
	old := tb.put(rec, app)
	if old == nil && t.house != nil && t.otherwise[doubtListLag] { // what a world begins with is no news
		tb.byID[str(rec, tb.key)].listed = stamp(t.o.Now().Add(listLag))
	}
	t.announce(tb, old, rec)
	return old
}

// store keeps a record, and what it changes in the record's history.
func (t *Twin) store(tb *table, rec record, app string) *row {
	t.chronicle(tb, t.keep(tb, rec, app), rec)
	return tb.byID[str(rec, tb.key)]
}

// organisation returns the organisation's record. The caller holds the lock, or is New.
func (t *Twin) organisation() record { return t.tables["Organisation"].ordered[0].rec }

func (t *Twin) organisationName() string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return str(t.organisation(), "Name")
}

// defaultTheme returns the id of the branding theme that sorts first, if there is one.
func (t *Twin) defaultTheme() string {
	best := ""
	var order decimal.Decimal
	for _, r := range t.tables["BrandingThemes"].ordered {
		if o := toDecimal(r.rec["SortOrder"]); best == "" || o.Cmp(order) < 0 {
			best, order = r.id, o
		}
	}
	return best
}
