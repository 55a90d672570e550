// Package xero is a stateful stand-in for a Xero organisation, or for several behind one
// identity ([Twin.Join]): the identity host with its consent page, tokens and connections, and
// the part of the Accounting API that invoicing needs. It speaks the vendor's wire format, traps included: XML unless JSON
// is asked for, dates as /Date(ms)/, batches that save their good elements behind a
// 400, keys that are forgotten after six minutes, lists without lines unless paged.
//
// A request passes, in this order: the bearer token, tenant and scope; whether the
// organisation is online; the call limits, which count every call that gets here; the
// idempotency store; [Options.Inside]; and the operation itself, under one lock.
//
// Facts about the vendor are those of its OpenAPI description 16.1.0 and its developer
// documentation as of October 2026. Where the vendor's behaviour is not known, the twin
// does what is believed, and the code says "believed"; where two answers are possible
// it takes the one that is harder on a client.
//
// Records live as trees in the normal form of runtime values: string, bool, json.Number,
// lists and maps, dates as "2006-01-02", instants as RFC 3339 in UTC. They take their
// wire form on the way out, so that worlds are given and compared as data.
package xero

import (
	"bytes"
	"cmp"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/planwright/planwright/internal/twin/wire"
)

// Options describe an organisation and the app that is connected to it. Now is
// required, the rest has defaults.
type Options struct {
	// Now is the organisation's clock.
	Now func() time.Time
	// Region chooses the preset organisation, accounts and tax rates, one of Regions.
	// When empty it is the Organisation's CountryCode, else AU. What Collections or Organisation give replaces the preset.
	Region string
	// Organisation overlays members of the preset organisation.
	Organisation map[string]any
	// Collections hold the records at the start, by collection name ("Contacts"), in
	// normal form or in the vendor's. Missing ids are made; invoices without totals are
	// computed, and so is what payments and allocations change. The Rates of a currency,
	// [{Date, Rate}], say what one unit of the base currency buys from a day on. A
	// collection given replaces the preset of that name.
	Collections map[string][]map[string]any
	// ClientID and ClientSecret are the app's credentials; Scopes what it may ask for.
	// Empty ones are DefaultClientID, DefaultClientSecret, and every scope. Kind (a custom
	// connection when empty), Redirects, Tier and RapidSync are as in [App].
	ClientID, ClientSecret string
	Scopes                 []string
	Kind                   Kind
	Redirects              []string
	Tier                   Tier
	RapidSync              bool
	// App is the ProviderName of answers.
	App string
	// Apps are further apps. Each has its own connections, limits and idempotency keys.
	Apps []App
	// Others are tenants that can be connected and are listed, but that nobody serves.
	Others []Tenant
	// Approve lets everybody who comes to the consent page pass at once.
	Approve bool
	// SigningKey signs tokens, with RS256; nil is a key that everybody can read.
	SigningKey *rsa.PrivateKey
	// Hooks are the app's webhooks; nil is none.
	Hooks *Hooks
	// MinuteLimit, DayLimit and Concurrent bound an app's calls to the organisation,
	// AppMinuteLimit those of an app to all of them; 0 is the vendor's limit (60, by tier, 5,
	// and 10,000), a negative one none.
	MinuteLimit, DayLimit, Concurrent, AppMinuteLimit int
	// RequireTenant refuses calls without the tenant header, as web apps need it.
	RequireTenant bool
	// Otherwise names the Doubts in which the vendor is not as believed.
	Otherwise []string
	// Seed makes other ids.
	Seed uint64
	// Inside wraps the execution of operations within limits and idempotency: an answer
	// of 500 made here is stored under the call's key, and a slow one keeps its place
	// among the concurrent calls. Cut connections belong outside the twin instead.
	Inside func(http.Handler) http.Handler
}

// The credentials of a twin that was given none, and a key for webhooks.
const (
	DefaultClientID     = "TWIN0000000000000000000000000001"
	DefaultClientSecret = "twin-secret"
	DefaultWebhookKey   = "twin-webhook-key"
)

// Twin is the stand-in. It is an [http.Handler]; all methods may be called by several
// goroutines.
type Twin struct {
	o          Options
	otherwise  wire.Otherwise
	shapes     *shapes
	zone       *time.Location
	made       time.Time
	tenant     string
	connection string
	authEvent  string
	house      *house
	limits     map[string]*limiter // by client id
	inner      http.Handler
	operations map[string]operation // by method and path pattern

	answers      atomic.Uint64 // ids of answers, apart from those of records
	disconnected atomic.Bool
	offline      atomic.Bool

	callsMu sync.Mutex
	calls   map[string]int // executed operations

	most   int // records above which a list is refused
	mu     sync.RWMutex
	ids    uint64
	tables map[string]*table
	number int            // highest automatic invoice number given or seen
	credit int            // the same of credit notes
	notes  uint64         // history records made
	mails  map[string]int // invoices sent by e-mail, by day in UTC
	writer string         // client id of the app whose call is being executed, "" for a user
}

// New returns a twin. An organisation that cannot be, such as an invoice for a contact
// that is not there, is an error.
func New(o Options) (*Twin, error) {
	if o.Now == nil {
		return nil, errors.New("xero twin: Now is missing")
	}
	if _, known := presetOf(str(o.Organisation, "CountryCode")); known {
		o.Region = cmp.Or(o.Region, str(o.Organisation, "CountryCode"))
	}
	o.Region = cmp.Or(o.Region, "AU")
	otherwise, err := wire.Decide(Doubts(), o.Otherwise)
	if err != nil {
		return nil, fmt.Errorf("xero twin: %w", err)
	}
	o.ClientID, o.ClientSecret = cmp.Or(o.ClientID, DefaultClientID), cmp.Or(o.ClientSecret, DefaultClientSecret)
	o.App = cmp.Or(o.App, "planwright")
	o.MinuteLimit, o.AppMinuteLimit, o.Concurrent = cmp.Or(o.MinuteLimit, 60), cmp.Or(o.AppMinuteLimit, appMinuteLimit), cmp.Or(o.Concurrent, 5)
	if o.Scopes == nil {
		o.Scopes = scopesKnown()
	}
	t := &Twin{
		o: o, otherwise: otherwise, most: answerLimit, shapes: knownShapes(), made: o.Now(), calls: map[string]int{}, mails: map[string]int{},
	}
	t.operations = t.makeOperations()
	t.makeTables()
	if err := t.load(); err != nil {
		return nil, err
	}
	t.connection, t.authEvent = t.newID(), t.newID()
	if t.house, err = t.newHouse(); err != nil {
		return nil, err
	}
	t.makeLimits()
	t.inner = http.HandlerFunc(t.execute)
	if o.Inside != nil {
		t.inner = o.Inside(t.inner)
	}
	return t, nil
}

// apiRoot is the path below which the Accounting API lies.
const apiRoot = "/api.xro/2.0/"

// maxBody is the largest request the vendor states that it accepts.
const maxBody = 10 << 20

// ServeHTTP serves the hosts of the vendor, told apart by path.
func (t *Twin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h, path := t.house, r.URL.Path
	switch {
	case path == "/connect/token":
		h.token(w, r)
	case path == "/connect/revocation":
		h.revoke(w, r)
	case path == "/identity/connect/authorize":
		h.authorize(w, r)
	case path == "/.well-known/openid-configuration":
		h.discovery(w, r)
	case path == "/.well-known/openid-configuration/jwks":
		h.keyList(w)
	case strings.EqualFold(path, "/connections"): // described with a capital, used without
		t.refuse(w, r, h.connections(w, r, ""))
	case strings.HasPrefix(strings.ToLower(path), "/connections/"):
		t.refuse(w, r, h.connections(w, r, path[len("/connections/"):]))
	case strings.HasPrefix(path, apiRoot):
		t.refuse(w, r, h.accounting(w, r))
	default:
		t.refuse(w, r, refuseAbsent())
	}
}

// accounting finds the organisation a call is about and hands it on.
func (h *house) accounting(w http.ResponseWriter, r *http.Request) error {
	g, err := h.authorise(r)
	if err != nil {
		return err
	}
	t, err := h.locate(r, g)
	if err != nil {
		return err
	}
	if err := t.admit(r, g, strings.TrimPrefix(r.URL.Path, apiRoot)); err != nil {
		return err
	}
	return t.accounting(w, within(r, g))
}

// accounting passes a call through what stands before its operation once it is let in.
func (t *Twin) accounting(w http.ResponseWriter, r *http.Request) error {
	if t.offline.Load() {
		return refuseOffline()
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		panic(http.ErrAbortHandler) // the request never arrived whole
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	w.Header().Set("Xero-Correlation-Id", t.answerID())
	_, late := wire.Arrival(r)
	limits := t.limits[granted(r).app.ID]
	if e := limits.enter(w.Header(), t.house.arrival(r), late); e != nil {
		return e
	}
	defer limits.leave()
	if len(body) > maxBody {
		return refuseBody("the request is larger than 10 MB")
	}
	return t.house.keys.serve(w, r, granted(r).app.ID, body, t.inner)
}

// execute runs the operation.
func (t *Twin) execute(w http.ResponseWriter, r *http.Request) {
	q, err := t.parse(r)
	if err != nil {
		t.answer(w, r, reply{}, err)
		return
	}
	p, err := t.locked(q)
	t.answer(w, r, p, err) // without the lock: a client that reads slowly must hold up nobody
}

// locked runs the operation under the lock. What it replies is of rows, which never change.
func (t *Twin) locked(q *call) (reply, error) {
	if q.r.Method == http.MethodGet {
		t.mu.RLock()
		defer t.mu.RUnlock()
	} else {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.writer = q.client
		defer func() { t.writer = "" }()
	}
	return t.dispatch(q)
}

// call is one request to an operation.
type call struct {
	r      *http.Request
	path   []string // segments below the root, decoded
	params url.Values
	body   []byte
	client string
	now    time.Time
	dp     int32 // places of unit prices in this exchange
}

// parameter returns the name by which the twin knows a parameter of any case: the vendor's
// own pages spell some in two.
func parameter(name string) string {
	for _, known := range []string{
		"where", "order", "page", "pageSize", "unitdp", "summarizeErrors", "summaryOnly", "includeArchived", "createdByMyApp", "searchTerm",
		"IDs", "InvoiceNumbers", "ContactIDs", "Statuses", "References", "allowBackorders",
	} {
		if strings.EqualFold(known, name) {
			return known
		}
	}
	return name
}

// is says whether a parameter is true, or false, in whatever case: clients differ in that.
func (q *call) is(name, value string) bool { return strings.EqualFold(q.params.Get(name), value) }

// parse splits a request. Where elements report errors (summarizeErrors) and what else
// parameters mean is up to the operations.
func (t *Twin) parse(r *http.Request) (*call, error) {
	q := &call{r: r, now: t.o.Now(), client: granted(r).app.ID, dp: 2}
	for segment := range strings.SplitSeq(strings.TrimPrefix(r.URL.EscapedPath(), apiRoot), "/") {
		s, err := url.PathUnescape(segment)
		if err != nil {
			return nil, refuseAbsent()
		}
		q.path = append(q.path, s)
	}
	var err error
	if q.params, err = url.ParseQuery(r.URL.RawQuery); err != nil {
		return nil, refuseQuery("the query string is malformed")
	}
	for name, values := range q.params {
		if known := parameter(name); known != name {
			delete(q.params, name)
			q.params[known] = append(q.params[known], values...)
		}
	}
	if q.params.Get("unitdp") == "4" {
		q.dp = 4
	}
	if q.body, err = io.ReadAll(r.Body); err != nil {
		return nil, refuseBody("the body could not be read")
	}
	return q, nil
}

// dispatch finds the operation. The caller holds the lock.
func (t *Twin) dispatch(q *call) (reply, error) {
	tb, ok := t.tables[q.path[0]]
	if !ok || slices.Contains(q.path, "") {
		return reply{}, refuseAbsent()
	}
	pattern, counted, id := q.r.Method+" "+q.path[0], q.r.Method+" "+q.path[0], ""
	for i, segment := range q.path[1:] {
		if i%2 == 0 {
			pattern += "/{id}"
			continue
		}
		pattern, counted = pattern+"/"+segment, counted+"/"+segment
	}
	if len(q.path) > 1 {
		id = q.path[1]
	}
	op, ok := t.operations[pattern]
	switch {
	case ok:
	case len(q.path) > 2:
		return reply{}, refuseAbsent()
	case q.r.Method == http.MethodGet:
		op = t.read
	default:
		op = func(*table, *call, string) (reply, error) { return reply{}, refuseMethod() }
	}
	t.count(counted)
	return op(tb, q, id)
}

func (t *Twin) count(call string) {
	t.callsMu.Lock()
	defer t.callsMu.Unlock()
	t.calls[call]++
}

// operation is one thing the twin can do; id is the second path segment, or empty, and
// segments beyond it are in the call.
type operation func(tb *table, q *call, id string) (reply, error)

// makeOperations lists the writes, and the reads that need more than a list of records.
func (t *Twin) makeOperations() map[string]operation {
	out := map[string]operation{
		"PUT Contacts":          t.writeContacts,
		"POST Contacts":         t.writeContacts,
		"POST Contacts/{id}":    t.writeContacts,
		"PUT Invoices":          t.writeInvoices,
		"POST Invoices":         t.writeInvoices,
		"POST Invoices/{id}":    t.writeInvoices,
		"PUT Items":             t.writeItems,
		"POST Items":            t.writeItems,
		"POST Items/{id}":       t.writeItems,
		"GET Organisation/{id}": t.actions,
		"GET Currencies/{id}":   t.none,
	}
	maps.Copy(out, t.moneyOperations())
	maps.Copy(out, t.bookOperations())
	return out
}

// newID makes the id of a record: a GUID that follows from the seed and from how many
// were made before, and that no record of the world has. The caller holds the write
// lock, or is New.
func (t *Twin) newID() string {
	for {
		t.ids++
		id, taken := guid(t.o.Seed, 'r', t.ids), false
		for _, tb := range t.tables {
			taken = taken || tb.byID[id] != nil
		}
		if !taken {
			return id
		}
	}
}

// answerID makes the id of an answer, a token or a problem.
func (t *Twin) answerID() string { return guid(t.o.Seed, 'a', t.answers.Add(1)) }

func guid(seed uint64, kind byte, n uint64) string {
	b := binary.BigEndian.AppendUint64([]byte{kind}, seed)
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(b, n))
	id := sum[:16]
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80 // version 4, RFC 9562 variant
	out := make([]byte, 0, 36)
	for i, part := range [...][]byte{id[:4], id[4:6], id[6:8], id[8:10], id[10:]} {
		if i > 0 {
			out = append(out, '-')
		}
		out = hex.AppendEncode(out, part)
	}
	return string(out)
}
