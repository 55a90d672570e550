package specs_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/openapi"
	"github.com/planwright/planwright/specs/schema"
)

func open(t testing.TB, sources []catalog.Source) *catalog.Catalog {
	t.Helper()
	c, list := catalog.Open("", sources)
	// Attachments and PDFs of a vendor's own description are told of, and not ours to mend.
	list = slices.DeleteFunc(list, func(f diag.Diagnostic) bool { return f.Code == openapi.CodeUnread })
	if len(list) > 0 {
		t.Fatalf("findings:\n%v", list)
	}
	return c
}

// withReal replaces the embedded descriptions by the vendors' own, under our overlays.
func withReal(t testing.TB) []catalog.Source {
	t.Helper()
	sources := specs.Embedded()
	sources[0].Spec = vendorFile(t, "salesforce-org-v59.oas.json.gz")
	sources[1].Spec = vendorFile(t, "xero_accounting.yaml")
	return sources
}

func TestNames(t *testing.T) {
	var got []string
	for _, s := range specs.Embedded() {
		got = append(got, s.Name)
		if o, ok := specs.Overlay(s.Name); !ok || string(o) != string(s.Overlay) || len(o) == 0 {
			t.Errorf("%s: Overlay differs from Embedded", s.Name)
		}
	}
	if diff := cmp.Diff(specs.Names(), got); diff != "" {
		t.Errorf("Names and Embedded disagree:\n%s", diff)
	}
	if _, ok := specs.Overlay("nobody"); ok {
		t.Error("an overlay for an unknown name")
	}
}

func TestEmbeddedAreCopies(t *testing.T) {
	specs.Embedded()[0].Spec[0] = 'X'
	if specs.Embedded()[0].Spec[0] == 'X' {
		t.Error("changing what Embedded returned changed the embedded bytes")
	}
}

// TestOverlaysFitBoth opens our descriptions and the vendors' own under the same
// overlays: no finding in either, and the same meaning for all that W1 uses.
func TestOverlaysFitBoth(t *testing.T) {
	ours, theirs := open(t, specs.Embedded()), open(t, withReal(t))
	for _, api := range specs.Names() {
		for _, o := range ours.Operations(api) {
			r, ok := theirs.Operation(o.Name())
			if !ok && (strings.HasSuffix(o.Path, oursAlone) || o.Server != "") { // the latter come from another file of the vendor's
				continue
			}
			if !ok {
				t.Errorf("%s: not in the vendor's description", o.Name())
				continue
			}
			if diff := cmp.Diff(bare(r), bare(o)); diff != "" {
				t.Errorf("%s differs (-vendor's +ours):\n%s", o.Name(), diff)
			}
		}
	}
	for _, name := range []string{
		"salesforce.Opportunity", "salesforce.OpportunityLineItem", "salesforce.OpportunityContactRole", "salesforce.OpportunityHistory",
		"salesforce.OpportunityStage", "salesforce.Account", "salesforce.Contact", "salesforce.Product2", "salesforce.PricebookEntry",
		"salesforce.User", "salesforce.Task", "salesforce.Organization",
		"xero.Invoice", "xero.LineItem", "xero.Contact", "xero.Item", "xero.TaxRate", "xero.Account", "xero.Organisation", "xero.Purchase",
		"xero.CreditNote", "xero.Allocation", "xero.Payment", "xero.PaymentDelete", "xero.Overpayment", "xero.Prepayment", "xero.ContactGroup",
		"xero.Currency", "xero.BrandingTheme", "xero.TrackingCategory", "xero.TrackingOption", "xero.LineItemTracking", "xero.HistoryRecord",
		"xero.OnlineInvoice", "xero.Action",
	} {
		a, _ := ours.Object(name)
		b, ok := theirs.Object(name)
		if a == nil || !ok {
			t.Errorf("%s is missing", name)
			continue
		}
		if a.Key != b.Key || !slices.Equal(a.Natural, b.Natural) {
			t.Errorf("%s: key %q %q, vendor's %q %q", name, a.Key, a.Natural, b.Key, b.Natural)
		}
		if diff := cmp.Diff(b.Lifecycle, a.Lifecycle); diff != "" {
			t.Errorf("%s: lifecycle differs (-vendor's +ours):\n%s", name, diff)
		}
		for _, f := range a.Fields {
			g, ok := b.Field(f.Name)
			if !ok {
				if !slices.Contains(orgDependent, f.Name) {
					t.Errorf("%s.%s: not in the vendor's description", name, f.Name)
				}
				continue
			}
			f.Doc, g.Doc, f.Type.Enum, g.Type.Enum = "", "", nil, nil
			if f.Type.Nominal != "" {
				f.Type.MaxLength, g.Type.MaxLength = 0, 0 // is the id's own, and ours may leave that object out
			}
			if diff := cmp.Diff(g, f); diff != "" {
				t.Errorf("%s.%s differs (-vendor's +ours):\n%s", name, f.Name, diff)
			}
		}
	}
	for _, name := range specs.Names() {
		a, _ := ours.API(name)
		b, _ := theirs.API(name)
		if diff := cmp.Diff(b.Auth, a.Auth) + cmp.Diff(b.Errors, a.Errors) + cmp.Diff(b.Changes, a.Changes); diff != "" {
			t.Errorf("%s differs:\n%s", name, diff)
		}
		for short, e := range a.Entities {
			f, ok := b.Entities[short]
			if op, _ := ours.Operation(name + "." + e.List); !ok && op != nil && op.Server != "" {
				continue // comes from another file of the vendor's
			}
			for _, op := range []struct{ theirs, ours *string }{{&f.Get, &e.Get}, {&f.List, &e.List}, {&f.Create, &e.Create}, {&f.Update, &e.Update}} {
				if *op.ours == "" {
					*op.theirs = "" // the vendor's description has operations that ours leaves out
				}
			}
			if diff := cmp.Diff(f, e); diff != "" {
				t.Errorf("entity %s.%s differs (-vendor's +ours):\n%s", name, short, diff)
			}
		}
	}
}

// bare is an operation without the texts and the parameters ours leaves out.
func bare(o *catalog.Operation) catalog.Operation {
	c := *o
	c.Summary, c.Doc, c.Params = "", "", nil
	for _, p := range o.Params {
		if p.In == catalog.InPath || p.Required {
			p.Doc = ""
			c.Params = append(c.Params, p)
		}
	}
	return c
}

// TestPromises holds what plans, twins and the check lean on.
func TestPromises(t *testing.T) {
	c := open(t, specs.Embedded())
	create := operation(t, c, "xero.createInvoices")
	if diff := cmp.Diff(&catalog.Repeat{
		Way: catalog.WayUnique, Key: "InvoiceNumber", Lookup: &catalog.Lookup{Operation: "getInvoices", Param: "InvoiceNumbers"},
		Late: 10 * time.Second, Window: 6 * time.Minute, Header: "Idempotency-Key",
		Duplicate: []string{"Invoice # must be unique"}, Status: "Status", Dead: []string{"VOIDED", "DELETED"},
	}, create.Repeat); diff != "" {
		t.Errorf("createInvoices.Repeat:\n%s", diff)
	}
	if diff := cmp.Diff(&catalog.Body{
		Type: schema.ObjectOf("xero.Invoice"), Envelope: "Invoices", Many: true, Media: "application/json",
	}, create.Request); diff != "" {
		t.Errorf("createInvoices.Request:\n%s", diff)
	}
	for name, way := range map[string]catalog.Way{
		"xero.updateOrCreateInvoices": catalog.WayAsk, "xero.updateOrCreateContacts": catalog.WayAsk,
		"xero.createContacts": catalog.WayUnique, "xero.createItems": catalog.WayUnique,
		"xero.updateInvoice": catalog.WayIdempotent, "xero.updateContact": catalog.WayIdempotent,
		"xero.createCreditNotes": catalog.WayUnique, "xero.updateCreditNote": catalog.WayIdempotent,
		"xero.createPayments": catalog.WayProbe, "xero.deletePayment": catalog.WayIdempotent, "xero.createCurrency": catalog.WayProbe,
		"xero.updateOrCreateItems": catalog.WayUpsert, "xero.updateItem": catalog.WayIdempotent, "xero.deleteItem": catalog.WayIdempotent,
		// Nothing that can be read recognises these.
		"xero.createCreditNoteAllocation": catalog.WayKeyed, "xero.createOverpaymentAllocations": catalog.WayKeyed,
		"xero.createPrepaymentAllocations": catalog.WayKeyed, "xero.emailInvoice": catalog.WayKeyed, "xero.createInvoiceHistory": catalog.WayKeyed,
		"xero.createContactHistory": catalog.WayKeyed, "xero.createCreditNoteHistory": catalog.WayKeyed, "xero.createContactGroup": catalog.WayKeyed,
		"xero.createContactGroupContacts": catalog.WayKeyed, "xero.createTrackingOptions": catalog.WayKeyed,
		"salesforce.Opportunity.update": catalog.WayIdempotent, "salesforce.OpportunityLineItem.create": catalog.WayAsk,
		"salesforce.Account.create": catalog.WayAsk, "salesforce.Product2.create": catalog.WayAsk,
	} {
		if o := operation(t, c, name); o.Repeat == nil || o.Repeat.Way != way {
			t.Errorf("%s: %+v, want way %s", name, o.Repeat, way)
		}
	}
	for _, api := range specs.Names() {
		for _, o := range c.Operations(api) {
			if (o.Effect == catalog.EffectNone) != (o.Repeat == nil) {
				t.Errorf("%s: effect %s with repeat %v", o.Name(), o.Effect, o.Repeat)
			}
			if len(o.Scopes) == 0 && o.Server == "" {
				t.Errorf("%s names no scope", o.Name())
			}
			if slices.ContainsFunc(o.Params, func(p catalog.Param) bool {
				return strings.EqualFold(p.Name, "xero-tenant-id") || strings.EqualFold(p.Name, "Idempotency-Key") || strings.EqualFold(p.Name, "Content-Type")
			}) {
				t.Errorf("%s shows a parameter that the connection or the engine sends", o.Name())
			}
		}
	}
	query := operation(t, c, "salesforce.query")
	if diff := cmp.Diff(&catalog.Query{Language: "soql", Param: "q", Rows: "records", Next: "nextRecordsUrl", Done: "done"}, query.Query); diff != "" {
		t.Errorf("query:\n%s", diff)
	}
}

func operation(t *testing.T, c *catalog.Catalog, name string) *catalog.Operation {
	t.Helper()
	o, ok := c.Operation(name)
	if !ok {
		t.Fatalf("no operation %s", name)
	}
	return o
}

func TestFieldTypes(t *testing.T) {
	c := open(t, specs.Embedded())
	for _, want := range []struct {
		object, field, nominal string
		kind                   schema.Kind
		flags                  string // a: always, c: required on create, r: read-only, m: money
	}{
		{"xero.Invoice", "InvoiceID", "xero.Invoice.InvoiceID", schema.String, "ar"},
		{"xero.Invoice", "Date", "", schema.Date, "ac"},
		{"xero.Invoice", "UpdatedDateUTC", "", schema.Instant, "ar"},
		{"xero.Invoice", "SubTotal", "", schema.Decimal, "arm"},
		{"xero.Invoice", "CurrencyRate", "", schema.Decimal, ""},
		{"xero.Invoice", "LineItems", "", schema.List, "c"},
		{"xero.LineItem", "ItemCode", "xero.Item.Code", schema.String, ""},
		{"xero.LineItem", "AccountCode", "xero.Account.Code", schema.String, "c"},
		{"xero.LineItem", "TaxType", "xero.TaxRate.TaxType", schema.String, "c"},
		{"xero.LineItem", "Quantity", "", schema.Decimal, "c"},
		{"xero.LineItem", "UnitAmount", "", schema.Decimal, "cm"},
		{"xero.Contact", "ContactID", "xero.Contact.ContactID", schema.String, "a"},
		{"xero.TaxRate", "TaxType", "xero.TaxRate.TaxType", schema.String, "a"},
		{"salesforce.Opportunity", "Id", "salesforce.Opportunity.Id", schema.String, "ar"},
		{"salesforce.Opportunity", "AccountId", "salesforce.Account.Id", schema.String, ""},
		{"salesforce.Opportunity", "IsWon", "", schema.Bool, "ar"},
		{"salesforce.Opportunity", "CloseDate", "", schema.Date, "ac"},
		{"salesforce.Opportunity", "SystemModstamp", "", schema.Instant, "ar"},
		{"salesforce.Opportunity", "Xero_Invoice_Id__c", "", schema.String, ""},
		{"salesforce.OpportunityLineItem", "TotalPrice", "", schema.Decimal, "am"},
		{"salesforce.OpportunityLineItem", "Product2Id", "salesforce.Product2.Id", schema.String, "ar"},
		{"salesforce.OpportunityLineItem", "Discount", "", schema.Decimal, ""},
		{"salesforce.Product2", "Name", "", schema.String, "ac"},
	} {
		o, ok := c.Object(want.object)
		if !ok {
			t.Errorf("no object %s", want.object)
			continue
		}
		f, _ := o.Field(want.field)
		var flags strings.Builder
		for _, x := range []struct {
			letter string
			on     bool
		}{{"a", f.Always}, {"c", f.RequiredOnCreate}, {"r", f.ReadOnly}, {"m", f.Money}} {
			if x.on {
				flags.WriteString(x.letter)
			}
		}
		if f.Type.Kind != want.kind || f.Type.Nominal != want.nominal || flags.String() != want.flags {
			t.Errorf("%s.%s: %s %q %q, want %s %q %q", want.object, want.field, f.Type.Kind, f.Type.Nominal, flags.String(), want.kind, want.nominal, want.flags)
		}
	}
}

func TestKeyParameters(t *testing.T) {
	c := open(t, specs.Embedded())
	for op, want := range map[string]string{
		"salesforce.Account.get id":                    "salesforce.Account.Id",
		"salesforce.Opportunity.update id":             "salesforce.Opportunity.Id",
		"xero.getContact ContactID":                    "xero.Contact.ContactID",
		"xero.updateInvoice InvoiceID":                 "xero.Invoice.InvoiceID",
		"xero.getContactByContactNumber ContactNumber": "",
	} {
		name, param, _ := strings.Cut(op, " ")
		p, ok := operation(t, c, name).Param(param)
		if !ok || p.Type.Nominal != want {
			t.Errorf("%s: %v %q, want %q", op, ok, p.Type.Nominal, want)
		}
	}
}

// TestObjectsAreWhole follows every type an API mentions.
func TestObjectsAreWhole(t *testing.T) {
	c := open(t, specs.Embedded())
	for _, api := range specs.Names() {
		for _, name := range c.Objects(api) {
			o, ok := c.Object(name)
			if !ok {
				t.Fatalf("no object %s", name)
			}
			for _, f := range o.Fields {
				known(t, c, name+"."+f.Name, f.Type)
			}
		}
		for _, o := range c.Operations(api) {
			for _, b := range []*catalog.Body{o.Request, o.Response} {
				if b != nil {
					known(t, c, o.Name(), b.Type)
				}
			}
		}
	}
}

func known(t *testing.T, c *catalog.Catalog, at string, typ schema.Type) {
	t.Helper()
	if typ.Elem != nil {
		known(t, c, at, *typ.Elem)
	}
	if typ.Kind == schema.ObjectK {
		if _, ok := c.Object(typ.Ref); !ok {
			t.Errorf("%s: unknown object %s", at, typ.Ref)
		}
	}
	if typ.Kind == "" {
		t.Errorf("%s has no kind", at)
	}
}
