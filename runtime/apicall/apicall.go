// Package apicall turns a step's use of an operation into an HTTP request, and what
// comes back into an Outcome.
//
// Three ideas, in order:
//
//   - [Render] is pure. The same operation and arguments give the same bytes, for ever,
//     because the journal holds the request before it leaves and a repeat under the same
//     idempotency key must be byte-identical. [Validate] judges a body before that.
//   - [Decode] is pure. It reads an answer as the overlay says (envelopes, refused elements
//     inside a 200, error rules, wire dates) and gives an [Outcome]: a class that says what
//     to do next, and a value in the one form that run-time values have everywhere: string,
//     bool, json.Number, []any, map[string]any; dates as 2006-01-02, instants as RFC 3339 in
//     UTC; what is absent is left out.
//   - [Caller] sends. It adds authorisation, keeps to the vendor's limits, follows pages of a
//     read, and never calls a lost write a failure: when a byte may have left and no
//     answer came, the class is unknown.
//
// No vendor is named here. Two query languages are built in Go because text that carries
// values must be escaped by one hand: SOQL (for operations with a catalog.Query of that
// language) and the filter expressions of Xero (for operations with a catalog.Filter of that
// language). Which operation speaks which is overlay data.
//
// Retrying, waiting and deciding belong to the engine; tokens and secrets to
// package connection.
package apicall

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"time"

	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// Catalog is what this package asks of the loaded specs. Results are shared and are
// not changed. It must allow use by several goroutines.
type Catalog interface {
	API(name string) (*catalog.API, bool)
	Operation(name string) (*catalog.Operation, bool)
	schema.Source
}

// Args is what a step gives an operation. Values are run-time values; see the package
// comment. Members that are nil are as good as missing.
type Args struct {
	// Params holds path, query and header parameters by name. A value for a list
	// parameter may be one element. The parameter that chooses fields (Operation.Select)
	// takes names as a list or joined by commas.
	Params map[string]any
	// Body is one element, without envelope; for an operation that takes many it may be
	// a []any of elements.
	Body any
	// Query shapes the rows of an operation that has a catalog.Query; needed for those.
	Query *Query
	// Filter narrows the records of an operation that has a catalog.Filter.
	Filter Where
}

// Query asks for rows. Names are checked, values escaped; no text is taken as it is.
type Query struct {
	// Select holds field paths, "Product2.Name". A path that begins with a list of the object,
	// "OpportunityLineItems.Quantity", gives every row a list of rows.
	Select []string
	From   string // object without its API, "OpportunityLineItem"
	Where  Where
	Order  []string // field path, optionally followed by " ASC" or " DESC"
	Limit  int      // 0 means no limit
}

// Request is one HTTP request as it is journalled and sent: everything but authorisation,
// tenant and the headers that every request of its API carries.
type Request struct {
	Operation string `json:"operation"` // "xero.createInvoices"
	Method    string `json:"method"`
	// Path is the path and encoded query below the API's root, "/Invoices?unitdp=4".
	Path   string            `json:"path"`
	Header map[string]string `json:"header,omitempty"`
	Body   []byte            `json:"body,omitempty"`
	// Object is the full name of the rows a query asks for; empty otherwise.
	Object string `json:"object,omitempty"`
	// Pages says that Path asks for the first page and that [Caller] is to ask for the others.
	Pages bool `json:"pages,omitempty"`
}

// Digest returns the SHA-256 of the request's canonical JSON, "sha256:…".
func (r Request) Digest() string {
	b := r.AppendJSON(make([]byte, 0, 512+base64.StdEncoding.EncodedLen(len(r.Body))))
	if bytes.ContainsAny(b, "<>&") { // which are escaped in what was always hashed
		var escaped bytes.Buffer
		json.HTMLEscape(&escaped, b)
		b = escaped.Bytes()
	}
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Answer is one HTTP answer.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	// Object is Request.Object of the request that was answered.
	Object string
}

// Outcome is what an attempt showed. Message is the vendor's own text, cleaned of control
// characters and at most 500 characters long, or a sentence of ours; it never holds a token
// or a header.
type Outcome struct {
	Class  catalog.Class `json:"class"`
	Status int           `json:"status,omitempty"` // HTTP status; 0 when no answer came
	// Value is the element in run-time form. It is a []any for a read of many and for a write
	// that sent several elements; nil when there is nothing to show.
	Value   any    `json:"value,omitempty"`
	Code    string `json:"code,omitempty"` // vendor's error code, or the limit that was met
	Message string `json:"message,omitempty"`
	// RetryAfter is how long the vendor asks to wait, at most 24 hours; 0 means not said.
	RetryAfter time.Duration `json:"retryAfter,omitempty"`
	// TraceID is the vendor's name for the exchange, to quote to its support.
	TraceID string `json:"traceId,omitempty"`
}

// isWrite reports whether the operation has an effect.
func isWrite(op *catalog.Operation) bool {
	return op.Effect != "" && op.Effect != catalog.EffectNone
}
