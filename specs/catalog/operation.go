package catalog

import (
	"time"

	"github.com/planwright/planwright/specs/schema"
)

// Effect is what an operation does outside.
type Effect string

// The closed list of effects.
const (
	EffectNone   Effect = "none"
	EffectCreate Effect = "create"
	EffectUpdate Effect = "update"
	EffectDelete Effect = "delete"
	EffectSend   Effect = "send"
)

// Way is how a write whose outcome is unknown is made safe to repeat, strongest first.
type Way string

// The closed list of ways (docs/overlay.md has a paragraph for each).
const (
	WayUnique     Way = "unique"     // the vendor refuses a duplicate key: look it up, adopt, or send again
	WayUpsert     Way = "upsert"     // repeating creates nothing new
	WayIdempotent Way = "idempotent" // same values: repeating changes nothing
	WayKeyed      Way = "keyed"      // same key and bytes inside the vendor's window; afterwards a person
	WayProbe      Way = "probe"      // a read recognises our write after the last moment it could commit
	WayAsk        Way = "ask"        // a person decides
)

// Repeat says how one write is made safe to repeat.
type Repeat struct {
	Way Way `json:"way"`
	// Key names the request field that carries the natural key, "InvoiceNumber".
	Key string `json:"key,omitempty"`
	// Lookup finds a record by that key.
	Lookup *Lookup `json:"lookup,omitempty"`
	// Late is how long after sending the vendor may still commit a request whose answer
	// was lost. No second create is sent before a look-up later than that said "absent".
	Late time.Duration `json:"late,omitempty"`
	// Window is how long the vendor remembers an idempotency key.
	Window time.Duration `json:"window,omitempty"`
	// Header carries the idempotency key, "Idempotency-Key".
	Header string `json:"header,omitempty"`
	// Duplicate lists error texts (prefix match, case ignored) by which the vendor
	// refuses a duplicate key.
	Duplicate []string `json:"duplicate,omitempty"`
	// Status names the field, and Dead its values, by which a found record is no longer ours to adopt.
	Status string   `json:"status,omitempty"` // field, "Status"
	Dead   []string `json:"dead,omitempty"`   // "VOIDED", "DELETED"
}

// Lookup names the read that finds records by a field. Exactly one of Param and Filter
// is set; the operation says which language a filter is written in ([Filter], [Query]).
type Lookup struct {
	Operation string `json:"operation"`        // id within the same API, "getInvoices"
	Param     string `json:"param,omitempty"`  // query parameter that takes the value, "InvoiceNumbers"
	Filter    string `json:"filter,omitempty"` // parameter that takes a filter built over the fields, "where"
}

// In says where a parameter travels.
type In string

// The closed list of places.
const (
	InPath   In = "path"
	InQuery  In = "query"
	InHeader In = "header"
)

// Param is one parameter of an operation.
type Param struct {
	Name     string      `json:"name"`
	In       In          `json:"in"`
	Type     schema.Type `json:"type"`
	Required bool        `json:"required,omitempty"`
	Doc      string      `json:"doc,omitempty"`
	// Repeated says that each element of a list is sent under the name: a=1&a=2.
	Repeated bool `json:"repeated,omitempty"`
}

// Body is what a request or an answer carries.
type Body struct {
	// Type is the element: for an enveloped list, the type of one member.
	Type schema.Type `json:"type"`
	// Envelope names the member that holds the list, "Invoices"; empty when the body is the value itself.
	Envelope string `json:"envelope,omitempty"`
	// Many says that the body is a list of Type (inside the envelope, if there is one).
	Many bool `json:"many,omitempty"`
	// Media is the content type, "application/json".
	Media string `json:"media,omitempty"`
}

// Query describes an operation whose rows are shaped by the request, such as SOQL.
type Query struct {
	Language string `json:"language"` // "soql"
	Param    string `json:"param"`    // parameter that takes the text, "q"
	Rows     string `json:"rows"`     // member of the answer that holds the rows, "records"
	// Next is the member that holds the URL of the next page, "nextRecordsUrl"; Done the one that says there is none.
	Next string `json:"next,omitempty"`
	Done string `json:"done,omitempty"`
}

// FilterXero is the expression language of Xero's where parameter, and the only one that
// list reads can be filtered in so far.
const FilterXero = "xero"

// Filter describes a list whose records a filter expression narrows.
type Filter struct {
	Param    string `json:"param"`    // parameter that takes the text, "where"
	Language string `json:"language"` // FilterXero
}

// Money tells how to sum what a request asks to be paid: over Lines, Quantity × Unit
// less DiscountRate percent, each rounded half up to cents. Where Tax is set, it tells too
// what the vendor makes of it, to the cent.
type Money struct {
	Lines    string `json:"lines"`
	Quantity string `json:"quantity"`
	Unit     string `json:"unit"`
	Discount string `json:"discount,omitempty"`
	// Currency is the field that holds the currency's code; "" where the overlay does not say.
	Currency string `json:"currency,omitempty"`
	Tax      *Tax   `json:"tax,omitempty"`
}

// Tax names what the tax and the sums of a document are computed from and where they are
// shown. How many decimal places count is the scale of the fields themselves.
type Tax struct {
	// Of a line: its amount, an amount taken off it, its tax type and its tax.
	Amount         string `json:"amount"`
	DiscountAmount string `json:"discountAmount,omitempty"`
	Type           string `json:"type"`
	Tax            string `json:"tax"`
	// Basis is the field of the document that says whether amounts hold their tax, Default
	// what counts where it is left out.
	Basis   string `json:"basis"`
	Default string `json:"default"`
	// Sums of the document.
	SubTotal string `json:"subTotal"`
	TotalTax string `json:"totalTax"`
	Total    string `json:"total"`
	// Rate is where the percentage of a tax type is found.
	Rate Found `json:"rate"`
	// Otherwise is where the tax type is found of a line that names none: the first that
	// has one.
	Otherwise []Found `json:"otherwise,omitempty"`
}

// Found is a field of another record: of the Object whose Key is what the line says in By.
type Found struct {
	By     string `json:"by"`
	Object string `json:"object"` // short, "TaxRate"
	Key    string `json:"key"`
	Field  string `json:"field"` // dots lead into objects
}

// Operation is one thing an API can do. Operations of a loaded catalog are shared and
// must not be changed.
type Operation struct {
	API    string `json:"api"` // "xero"
	ID     string `json:"id"`  // "createInvoices"
	Method string `json:"method"`
	Path   string `json:"path"` // template, "/Invoices/{InvoiceID}"
	// Server is where the operation is served when that is not where the API is.
	Server  string `json:"server,omitempty"`
	Summary string `json:"summary,omitempty"`
	Doc     string `json:"doc,omitempty"`
	// Entity is the full name of what it reads or writes, "xero.Invoice"; may be empty.
	Entity string  `json:"entity,omitempty"`
	Effect Effect  `json:"effect"`
	Params []Param `json:"params,omitempty"`
	// Request is nil when nothing is sent; Response is nil when nothing comes back (204).
	Request  *Body `json:"request,omitempty"`
	Response *Body `json:"response,omitempty"`
	// Absent says that an HTTP 404 means "no such record" rather than a mistake.
	Absent bool    `json:"absent,omitempty"`
	Query  *Query  `json:"query,omitempty"`
	Filter *Filter `json:"filter,omitempty"`
	Paging *Paging `json:"paging,omitempty"`
	// Select is the query parameter that names the wanted fields, "fields".
	Select string `json:"select,omitempty"`
	// Fixed holds parameters that every call sends, with their values: unitdp=4.
	Fixed map[string]string `json:"fixed,omitempty"`
	// Repeat is nil for reads. A write whose overlay is silent has WayAsk.
	Repeat *Repeat  `json:"repeat,omitempty"`
	Money  *Money   `json:"money,omitempty"`
	Alike  *Alike   `json:"alike,omitempty"`
	Scopes []string `json:"scopes,omitempty"`
	Gates  []string `json:"gates,omitempty"`
	// Touches lists, by short object name, the fields of other records that the call moves:
	// a payment changes what is due on its invoice.
	Touches map[string][]string `json:"touches,omitempty"`
	// Batch is the largest number of elements one call may carry; 0 or 1 means one.
	Batch int `json:"batch,omitempty"`
}

// Name returns the full name, "xero.createInvoices".
func (o *Operation) Name() string { return o.API + "." + o.ID }

// Param returns the parameter of that name.
func (o *Operation) Param(name string) (Param, bool) {
	for _, p := range o.Params {
		if p.Name == name {
			return p, true
		}
	}
	return Param{}, false
}

// Entity tells how records of one object are found and made.
type Entity struct {
	Object string `json:"object"`        // "xero.Contact"
	Get    string `json:"get,omitempty"` // operation ids within the API; empty when there is none
	List   string `json:"list,omitempty"`
	Create string `json:"create,omitempty"`
	Update string `json:"update,omitempty"`
	// Find tells, by field, how to find records with a value in it.
	Find map[string]Lookup `json:"find,omitempty"`
	// Live holds the field and value that a record must have to be used, ContactStatus=ACTIVE.
	Live map[string]string `json:"live,omitempty"`
	// Match names the fields by which people and the matcher recognise a record: the
	// code and the name. The first is the code.
	Match []string `json:"match,omitempty"`
	// Words are other names people use for it: "deal" for an opportunity.
	Words []string `json:"words,omitempty"`
}

// Change tells how changed records of an object are found by polling: by a query, or by a
// list that takes the instant since when.
type Change struct {
	Operation string `json:"operation"` // operation id, "query" or "getInvoices"
	Field     string `json:"field"`     // "SystemModstamp"
	Order     string `json:"order"`     // tie-breaker, "Id"
	// Since is the parameter of a list that takes the instant, "If-Modified-Since"; empty
	// for a query. The list comes in the order of Field and Order.
	Since string `json:"since,omitempty"`
	// All is the parameter of a list that makes it hold what it leaves out by itself, such as
	// archived records; empty where there is none.
	All string `json:"all,omitempty"`
}

// Class is how an answer is to be treated.
type Class string

// The closed list of classes.
const (
	ClassOK        Class = "ok"        // done
	ClassAbsent    Class = "absent"    // a read found nothing
	ClassRetry     Class = "retry"     // nothing was done; try again with back-off
	ClassLimit     Class = "limit"     // nothing was done; wait as told
	ClassRefresh   Class = "refresh"   // nothing was done; a new access token first
	ClassUnknown   Class = "unknown"   // it may have been done
	ClassDuplicate Class = "duplicate" // refused because the natural key is taken
	ClassData      Class = "data"      // refused for what was sent: a person mends data or mapping
	ClassPerson    Class = "person"    // refused for rights, configuration or a lock: a person
	ClassBug       Class = "bug"       // our request was malformed
)

// ErrorRule classes an answer that is not a success. Rules are tried in order; the
// first whose every set member matches decides.
type ErrorRule struct {
	Status []int  `json:"status,omitempty"` // HTTP status codes; empty matches any
	Code   string `json:"code,omitempty"`   // vendor's error code, exact
	Text   string `json:"text,omitempty"`   // prefix of a message, case ignored
	Class  Class  `json:"class"`
	// Write replaces Class for operations with an effect, when set.
	Write Class `json:"write,omitempty"`
}

// Errors tells how to read what an API answers when it refuses.
type Errors struct {
	Rules []ErrorRule `json:"rules,omitempty"`
	// Messages and Codes name members that hold texts and codes, searched at any depth.
	Messages []string `json:"messages,omitempty"`
	Codes    []string `json:"codes,omitempty"`
	// Element names the member of an answered element that says it was refused though
	// the status is 200, and Refused the value: StatusAttributeString = ERROR.
	Element string `json:"element,omitempty"`
	Refused string `json:"refused,omitempty"`
}

// Limits tells where an API reports what is left of its allowance.
type Limits struct {
	Concurrent int    `json:"concurrent,omitempty"` // requests in progress at once
	Minute     int    `json:"minute,omitempty"`
	Day        int    `json:"day,omitempty"`
	MinuteLeft string `json:"minuteLeft,omitempty"` // response headers
	DayLeft    string `json:"dayLeft,omitempty"`
	Usage      string `json:"usage,omitempty"` // "used/max" header, Sforce-Limit-Info
	Problem    string `json:"problem,omitempty"`
}

// Auth tells how an API is signed in to.
type Auth struct {
	Flow   string `json:"flow"`             // one of the Flow… constants
	Client string `json:"client,omitempty"` // "basic" or "form": where client id and secret travel
	Token  string `json:"token,omitempty"`  // token endpoint: absolute, or a path on the connection's base host
	// In and Name say where an API key travels: in the header or query parameter Name.
	// Word stands before it there, "Token" in "Authorization: Token …".
	In   In     `json:"in,omitempty"`
	Name string `json:"name,omitempty"`
	Word string `json:"word,omitempty"`
	// Base is the member of the token answer that holds the base URL, "instance_url"; may be empty.
	Base string `json:"base,omitempty"`
	// Person is the member of the token answer that holds an address ending in the ids of the
	// tenant and of whom the token acts as: "id"; may be empty.
	Person string `json:"person,omitempty"`
	// Prefix is put between the base URL and operation paths, "/services/data/v67.0".
	Prefix string   `json:"prefix,omitempty"`
	Scopes []string `json:"scopes,omitempty"`
	// Known says in a sentence what each scope allows that the spec itself does not describe.
	Known map[string]string `json:"known,omitempty"`
	// Implied lists, by scope, the scopes it includes: the right to write one to read.
	Implied map[string][]string `json:"implied,omitempty"`
	// Headers are sent with every request.
	Headers map[string]string `json:"headers,omitempty"`
	// Identity names a read and the field of its first record that tells tenants apart, for
	// an API whose address is the same for all of them.
	Identity *Identity `json:"identity,omitempty"`
	// Tenant names the header that carries the tenant, "xero-tenant-id"; sent when the connection has one.
	Tenant string `json:"tenant,omitempty"`
}

// Identity tells who is at the far end of a connection.
type Identity struct {
	Operation string `json:"operation"` // "getOrganisations"
	Field     string `json:"field"`     // "OrganisationID"
}

// API is one known vendor API: its spec under its overlay.
type API struct {
	Name          string            `json:"name"` // "xero"
	Title         string            `json:"title"`
	Version       string            `json:"version"`
	SpecDigest    string            `json:"specDigest"`    // "sha256:…"
	OverlayDigest string            `json:"overlayDigest"` // "sha256:…", empty without an overlay
	Embedded      bool              `json:"embedded"`      // ours, not added by the user
	Server        string            `json:"server,omitempty"`
	Auth          Auth              `json:"auth"`
	Errors        Errors            `json:"errors"`
	Limits        Limits            `json:"limits"`
	Entities      map[string]Entity `json:"entities,omitempty"` // by short name, "Contact"
	Changes       map[string]Change `json:"changes,omitempty"`  // by short name, "Opportunity"
	// Deletions tell how deleted records are found, by short name.
	Deletions map[string]Deletion `json:"deletions,omitempty"`
	// Webhooks tell how deliveries are signed and read; nil where nobody wrote that.
	Webhooks *Webhooks `json:"webhooks,omitempty"`
	// Events is nil for an API whose changes are polled for alone.
	Events *Events `json:"events,omitempty"`
	// Survey tells what of a tenant is read when it is connected; nil where nobody wrote that.
	Survey *Survey `json:"survey,omitempty"`
	// Absent lists JSON values that mean "not there" in answers, such as "".
	Absent []string `json:"absent,omitempty"`
	// Words are other names people use for the API: "SFDC".
	Words []string `json:"words,omitempty"`
	// Gates says in a sentence what each gate of its operations means, "tier:advanced".
	Gates map[string]string `json:"gates,omitempty"`
	// Describe is nil for an API that does not describe its own objects.
	Describe *Describe `json:"describe,omitempty"`
	// Published is the address of the description that the vendor publishes; may be empty.
	Published string `json:"published,omitempty"`
}
