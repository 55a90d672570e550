package apicall

import (
	"time"

	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// testCatalog is two small APIs in the manner of the vendors', made by hand so that these
// tests say what the package does with overlay data, whatever the shipped overlays hold.
type testCatalog struct {
	apis    map[string]*catalog.API
	ops     map[string]*catalog.Operation
	objects schema.Set
}

func (c testCatalog) API(name string) (*catalog.API, bool) { a, ok := c.apis[name]; return a, ok }
func (c testCatalog) Operation(name string) (*catalog.Operation, bool) {
	o, ok := c.ops[name]
	return o, ok
}
func (c testCatalog) Object(name string) (*schema.Object, bool) { return c.objects.Object(name) }

var (
	text    = schema.Type{Kind: schema.String}
	exact   = schema.Type{Kind: schema.Decimal}
	integer = schema.Type{Kind: schema.Int}
	boolean = schema.Type{Kind: schema.Bool}
	day     = schema.Type{Kind: schema.Date}
	moment  = schema.Type{Kind: schema.Instant}
	msday   = schema.Type{Kind: schema.Date, Wire: "msdate"}
	mstime  = schema.Type{Kind: schema.Instant, Wire: "msdate"}
)

func enum(members ...string) schema.Type { return schema.Type{Kind: schema.String, Enum: members} }

func newTestCatalog() testCatalog {
	c := testCatalog{apis: map[string]*catalog.API{}, ops: map[string]*catalog.Operation{}, objects: testObjects()}
	c.apis["xero"] = xeroLike()
	c.apis["salesforce"] = salesforceLike()
	for _, o := range append(xeroOperations(), salesforceOperations()...) {
		c.ops[o.Name()] = o
	}
	return c
}

func testObjects() schema.Set {
	return schema.Set{
		"xero.Contact": {Name: "xero.Contact", Key: "ContactID", Natural: []string{"ContactNumber"}, Fields: []schema.Field{
			{Name: "ContactID", Type: schema.IDOf("xero.Contact.ContactID"), Always: true, ReadOnly: true},
			{Name: "ContactNumber", Type: schema.Type{Kind: schema.String, MaxLength: 50}},
			{Name: "Name", Type: schema.Type{Kind: schema.String, MaxLength: 255}, RequiredOnCreate: true, Always: true},
			{Name: "EmailAddress", Type: text},
			{Name: "UpdatedDateUTC", Type: mstime, ReadOnly: true},
			{Name: "IsCustomer", Type: boolean},
		}},
		"xero.Invoice": {Name: "xero.Invoice", Key: "InvoiceID", Natural: []string{"InvoiceNumber"}, Fields: []schema.Field{
			{Name: "InvoiceID", Type: schema.IDOf("xero.Invoice.InvoiceID"), Always: true},
			{Name: "InvoiceNumber", Type: schema.Type{Kind: schema.String, MaxLength: 255}, Always: true},
			{Name: "Type", Type: enum("ACCREC", "ACCPAY"), RequiredOnCreate: true, Always: true},
			{Name: "Status", Type: enum("DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED")},
			{Name: "Contact", Type: schema.ObjectOf("xero.Contact"), RequiredOnCreate: true, Always: true},
			{Name: "Date", Type: msday},
			{Name: "DueDate", Type: msday},
			{Name: "LineAmountTypes", Type: enum("Exclusive", "Inclusive", "NoTax")},
			{Name: "Reference", Type: text},
			{Name: "SubTotal", Type: exact, Money: true},
			{Name: "Total", Type: exact, Money: true, ReadOnly: true},
			{Name: "UpdatedDateUTC", Type: mstime, ReadOnly: true},
			{Name: "LineItems", Type: schema.ListOf(schema.ObjectOf("xero.LineItem"))},
		}},
		"xero.LineItem": {Name: "xero.LineItem", Key: "LineItemID", Fields: []schema.Field{
			{Name: "LineItemID", Type: schema.IDOf("xero.LineItem.LineItemID")},
			{Name: "Description", Type: schema.Type{Kind: schema.String, MaxLength: 4000}, RequiredOnCreate: true},
			{Name: "Quantity", Type: schema.Type{Kind: schema.Decimal, Scale: 4}},
			{Name: "UnitAmount", Type: schema.Type{Kind: schema.Decimal, Scale: 4, Precision: 18}},
			{Name: "ItemCode", Type: schema.IDOf("xero.Item.Code")},
			{Name: "AccountCode", Type: text},
			{Name: "TaxType", Type: text},
			{Name: "LineAmount", Type: exact},
			{Name: "DiscountRate", Type: exact},
		}},
		"salesforce.Account": {Name: "salesforce.Account", Key: "Id", Fields: []schema.Field{
			{Name: "Id", Type: schema.IDOf("salesforce.Account.Id"), Always: true},
			{Name: "Name", Type: text, Always: true},
			{Name: "BillingCountry", Type: text},
			{Name: "SystemModstamp", Type: moment, Always: true},
		}},
		"salesforce.Opportunity": {Name: "salesforce.Opportunity", Key: "Id", Natural: []string{"Ref__c"}, Fields: []schema.Field{
			{Name: "Id", Type: schema.IDOf("salesforce.Opportunity.Id"), Always: true},
			{Name: "AccountId", Type: schema.IDOf("salesforce.Account.Id")},
			{Name: "Name", Type: text, Always: true},
			{Name: "IsWon", Type: boolean, Always: true},
			{Name: "Amount", Type: schema.Type{Kind: schema.Decimal, Scale: 2, Precision: 18}, Money: true},
			{Name: "CloseDate", Type: day, Always: true},
			{Name: "SystemModstamp", Type: moment, Always: true},
			{Name: "Ref__c", Type: text},
			{Name: "Xero_Invoice_Id__c", Type: schema.Type{Kind: schema.String, MaxLength: 36}},
			{Name: "Region__c", Type: schema.IDOf("salesforce.Account.Id")},
			{Name: "OpportunityLineItems", Type: schema.ListOf(schema.ObjectOf("salesforce.OpportunityLineItem")), ReadOnly: true},
		}},
		"salesforce.OpportunityLineItem": {Name: "salesforce.OpportunityLineItem", Key: "Id", Fields: []schema.Field{
			{Name: "Id", Type: schema.IDOf("salesforce.OpportunityLineItem.Id"), Always: true},
			{Name: "OpportunityId", Type: schema.IDOf("salesforce.Opportunity.Id")},
			{Name: "Quantity", Type: exact},
			{Name: "UnitPrice", Type: exact},
			{Name: "TotalPrice", Type: exact},
			{Name: "Product2Id", Type: schema.IDOf("salesforce.Product2.Id")},
			{Name: "SortOrder", Type: integer},
		}},
		"salesforce.Product2": {Name: "salesforce.Product2", Key: "Id", Fields: []schema.Field{
			{Name: "Id", Type: schema.IDOf("salesforce.Product2.Id")},
			{Name: "Name", Type: text},
			{Name: "Family", Type: text},
			{Name: "LastViewedDate", Type: moment},
		}},
	}
}

func xeroLike() *catalog.API {
	return &catalog.API{
		Name: "xero", Server: "https://api.example.test/api.xro/2.0", Absent: []string{""},
		Auth: catalog.Auth{Flow: "client_credentials", Client: "basic", Token: "/connect/token", Tenant: "xero-tenant-id"},
		Limits: catalog.Limits{
			Concurrent: 5, Minute: 60, Day: 1000, MinuteLeft: "X-MinLimit-Remaining",
			DayLeft: "X-DayLimit-Remaining", Problem: "X-Rate-Limit-Problem",
		},
		Errors: catalog.Errors{
			Messages: []string{"Message", "Detail", "ValidationErrors.Description"}, Codes: []string{"ErrorNumber", "error"},
			Element: "StatusAttributeString", Refused: "ERROR",
			Rules: []catalog.ErrorRule{
				{Status: []int{401}, Text: "AuthenticationUnsuccessful", Class: catalog.ClassPerson},
				{Status: []int{401}, Class: catalog.ClassRefresh},
				{Status: []int{503}, Text: "The Organisation is offline", Class: catalog.ClassRetry},
				{Text: "You have reached the limit of invoices", Class: catalog.ClassPerson},
				{Status: []int{400}, Code: "14", Class: catalog.ClassBug},
				{Status: []int{400}, Class: catalog.ClassData},
				{Status: []int{500, 503}, Class: catalog.ClassRetry, Write: catalog.ClassUnknown},
			},
		},
		Entities: map[string]catalog.Entity{
			"Contact": {Object: "xero.Contact", Find: map[string]catalog.Lookup{
				"ContactNumber": {Operation: "getContacts", Filter: "where"},
				"Name":          {Operation: "getContacts", Filter: "where"},
			}},
			"Invoice": {Object: "xero.Invoice", Find: map[string]catalog.Lookup{
				"InvoiceNumber": {Operation: "getInvoices", Param: "InvoiceNumbers"},
			}},
		},
	}
}

func xeroOperations() []*catalog.Operation {
	invoices := &catalog.Body{Type: schema.ObjectOf("xero.Invoice"), Envelope: "Invoices", Many: true, Media: "application/json"}
	contacts := &catalog.Body{Type: schema.ObjectOf("xero.Contact"), Envelope: "Contacts", Many: true}
	one := &catalog.Body{Type: schema.ObjectOf("xero.Invoice"), Envelope: "Invoices"}
	tenant := catalog.Param{Name: "xero-tenant-id", In: catalog.InHeader, Type: text, Required: true}
	key := catalog.Param{Name: "Idempotency-Key", In: catalog.InHeader, Type: text}
	return []*catalog.Operation{
		{
			API: "xero", ID: "createInvoices", Method: "PUT", Path: "/Invoices", Entity: "xero.Invoice", Effect: catalog.EffectCreate,
			Params: []catalog.Param{tenant, key, {Name: "unitdp", In: catalog.InQuery, Type: integer}, {Name: "summarizeErrors", In: catalog.InQuery, Type: boolean}},
			Fixed:  map[string]string{"unitdp": "4", "summarizeErrors": "false"}, Request: invoices, Response: invoices, Batch: 50,
			Repeat: &catalog.Repeat{
				Way: catalog.WayUnique, Key: "InvoiceNumber", Header: "Idempotency-Key", Window: 6 * time.Minute,
				Lookup:    &catalog.Lookup{Operation: "getInvoices", Param: "InvoiceNumbers"},
				Duplicate: []string{"Invoice # must be unique"},
			},
		},
		{
			API: "xero", ID: "getInvoices", Method: "GET", Path: "/Invoices", Entity: "xero.Invoice", Effect: catalog.EffectNone,
			Params: []catalog.Param{
				tenant,
				{Name: "where", In: catalog.InQuery, Type: text},
				{Name: "page", In: catalog.InQuery, Type: integer},
				{Name: "pageSize", In: catalog.InQuery, Type: integer},
				{Name: "InvoiceNumbers", In: catalog.InQuery, Type: schema.ListOf(text)},
				{Name: "If-Modified-Since", In: catalog.InHeader, Type: moment},
			},
			Response: invoices, Paging: &catalog.Paging{Page: "page", Size: "pageSize", MaxSize: 3},
		},
		{
			API: "xero", ID: "getInvoice", Method: "GET", Path: "/Invoices/{InvoiceID}", Effect: catalog.EffectNone, Absent: true,
			Params: []catalog.Param{{Name: "InvoiceID", In: catalog.InPath, Type: schema.IDOf("xero.Invoice.InvoiceID"), Required: true}}, Response: one,
		},
		{
			API: "xero", ID: "getContacts", Method: "GET", Path: "/Contacts", Effect: catalog.EffectNone,
			Params: []catalog.Param{{Name: "where", In: catalog.InQuery, Type: text}, {Name: "includeArchived", In: catalog.InQuery, Type: boolean}}, Response: contacts,
			Filter: &catalog.Filter{Param: "where", Language: catalog.FilterXero},
		},
		{
			API: "xero", ID: "createContacts", Method: "PUT", Path: "/Contacts", Effect: catalog.EffectCreate, Request: contacts, Response: contacts,
			Repeat: &catalog.Repeat{Way: catalog.WayUnique, Duplicate: []string{"The contact name"}},
		},
		{
			API: "xero", ID: "emailInvoice", Method: "POST", Path: "/Invoices/{InvoiceID}/Email", Effect: catalog.EffectSend,
			Params: []catalog.Param{key, {Name: "InvoiceID", In: catalog.InPath, Type: text, Required: true}},
		},
	}
}

func salesforceLike() *catalog.API {
	return &catalog.API{
		Name: "salesforce", Server: "https://acme.example.test",
		Auth: catalog.Auth{
			Flow: "client_credentials", Client: "form", Token: "/services/oauth2/token", Base: "instance_url",
			Prefix: "/services/data/v67.0", Headers: map[string]string{"Sforce-Call-Options": "client=planwright"},
		},
		Limits: catalog.Limits{Usage: "Sforce-Limit-Info"},
		Errors: catalog.Errors{
			Messages: []string{"message"}, Codes: []string{"errorCode", "errors.statusCode"}, Element: "success", Refused: "false",
			Rules: []catalog.ErrorRule{
				{Code: "INVALID_SESSION_ID", Text: "This session is not valid for use with the REST API", Class: catalog.ClassPerson},
				{Code: "INVALID_SESSION_ID", Class: catalog.ClassRefresh},
				{Code: "UNABLE_TO_LOCK_ROW", Class: catalog.ClassRetry},
				{Code: "REQUEST_LIMIT_EXCEEDED", Class: catalog.ClassLimit},
				{Code: "DUPLICATE_VALUE", Class: catalog.ClassDuplicate},
				{Code: "INVALID_TYPE", Class: catalog.ClassPerson},
				{Code: "MALFORMED_QUERY", Class: catalog.ClassBug},
				{Status: []int{404}, Class: catalog.ClassData},
				{Status: []int{420, 502, 503}, Class: catalog.ClassRetry, Write: catalog.ClassUnknown},
			},
		},
		Entities: map[string]catalog.Entity{"Opportunity": {Object: "salesforce.Opportunity"}},
	}
}

func salesforceOperations() []*catalog.Operation {
	account := &catalog.Body{Type: schema.ObjectOf("salesforce.Account")}
	saved := &catalog.Body{Type: schema.Type{Kind: schema.Any}}
	id := catalog.Param{Name: "id", In: catalog.InPath, Type: text, Required: true}
	return []*catalog.Operation{
		{
			API: "salesforce", ID: "query", Method: "GET", Path: "/query", Effect: catalog.EffectNone,
			Params:   []catalog.Param{{Name: "q", In: catalog.InQuery, Type: text, Required: true}},
			Query:    &catalog.Query{Language: "soql", Param: "q", Rows: "records", Next: "nextRecordsUrl", Done: "done"},
			Response: &catalog.Body{Type: schema.Type{Kind: schema.Any}, Envelope: "records", Many: true},
		},
		{
			API: "salesforce", ID: "Account.get", Method: "GET", Path: "/sobjects/Account/{id}", Effect: catalog.EffectNone, Absent: true,
			Params: []catalog.Param{id, {Name: "fields", In: catalog.InQuery, Type: text}}, Select: "fields", Response: account,
		},
		{
			API: "salesforce", ID: "Opportunity.update", Method: "PATCH", Path: "/sobjects/Opportunity/{id}", Effect: catalog.EffectUpdate, Absent: true,
			Params: []catalog.Param{id}, Request: &catalog.Body{Type: schema.ObjectOf("salesforce.Opportunity")},
			Repeat: &catalog.Repeat{Way: catalog.WayIdempotent},
		},
		{
			API: "salesforce", ID: "Task.create", Method: "POST", Path: "/sobjects/Task", Effect: catalog.EffectCreate,
			Request: &catalog.Body{Type: schema.Type{Kind: schema.Any}}, Response: saved,
		},
	}
}
