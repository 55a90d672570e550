package apicall

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/planwright/planwright/runtime/connection"
	"github.com/planwright/planwright/specs/catalog"
)

// Defaults of [Config].
const (
	DefaultTimeout = 30 * time.Second
	DefaultMaxBody = 10 << 20
	DefaultMaxRows = 50_000
)

// Connections gives access tokens by connection name; [connection.Book] does. Both methods
// may be called by several goroutines.
type Connections interface {
	Token(ctx context.Context, name string) (connection.Token, error)
	// Refresh returns a token other than stale, which the vendor refused.
	Refresh(ctx context.Context, name string, stale connection.Token) (connection.Token, error)
}

// Config is what a [Caller] needs. Catalog, Connections and Now are required.
type Config struct {
	Catalog     Catalog
	Connections Connections
	Now         func() time.Time
	// Names tells which connection serves an API. An API that is not in it is served by the
	// connection of its own name.
	Names map[string]string
	// HTTP carries requests; nil means [connection.NewTransport]. It must neither follow
	// redirects nor repeat a request.
	HTTP http.RoundTripper
	// Timeout bounds one attempt, answer included; MaxBody the answer in bytes; MaxRows what a
	// read may gather over pages. 0 means the defaults.
	Timeout time.Duration
	MaxBody int64
	MaxRows int
	// Budgets seeds what is left of the vendors' allowances: what [Caller.Budgets] gave
	// before the program ended.
	Budgets []Budget
	// Store, when set, keeps what was spent, so that a restart forgets nothing.
	Store Store
}

// Store keeps what was spent of the connections' allowances. Its methods may be called by
// several goroutines, those of one connection one after the other.
type Store interface {
	// Load returns what was told last and when requests were sent within 24 hours, in order.
	Load(connection string) (Budget, []time.Time)
	// Sent notes a request that is about to leave: it is known after the process was killed.
	Sent(connection string, at time.Time)
	// Told notes what is known to be left.
	Told(b Budget)
}

// Caller sends requests. It may be used by several goroutines; they share each
// connection's allowance.
type Caller struct {
	cfg            Config
	outside, local http.RoundTripper // for connections that allow private addresses: local
	traced         bool              // errors tell whether anything was sent

	mu    sync.Mutex
	lines map[string]*line
}

// NewCaller returns a Caller.
func NewCaller(cfg Config) *Caller {
	cfg.Timeout = cmp.Or(cfg.Timeout, DefaultTimeout)
	cfg.MaxBody = cmp.Or(cfg.MaxBody, DefaultMaxBody)
	cfg.MaxRows = cmp.Or(cfg.MaxRows, DefaultMaxRows)
	c := &Caller{cfg: cfg, outside: cfg.HTTP, local: cfg.HTTP, lines: map[string]*line{}}
	_, c.traced = cfg.HTTP.(*http.Transport)
	if cfg.HTTP == nil {
		c.outside, c.local, c.traced = connection.NewTransport(false), connection.NewTransport(true), true
	}
	return c
}

// Call makes one call and says what it showed. It never returns an error: whatever
// happens has a class.
//
// A read follows the vendor's pages and merges the rows. A write is sent once; when the
// vendor refuses its token, and so did nothing, it is sent once more with a new one. Call
// answers [catalog.ClassLimit] without sending when the allowance is used up. It waits only for
// a free slot among the requests that the vendor allows at once, and for answers.
func (c *Caller) Call(ctx context.Context, req Request) Outcome {
	op, ok := c.cfg.Catalog.Operation(req.Operation)
	if !ok {
		return Outcome{Class: catalog.ClassBug, Message: "there is no operation " + req.Operation}
	}
	api, ok := c.cfg.Catalog.API(op.API)
	if !ok || req.Method != op.Method {
		return Outcome{Class: catalog.ClassBug, Message: "the request is not one of " + req.Operation}
	}
	name := cmp.Or(c.cfg.Names[op.API], op.API)
	x := exchange{caller: c, api: api, op: op, name: name, line: c.line(name, api.Limits), lane: laneOf(ctx, op)}
	if isWrite(op) {
		out, _ := x.send(ctx, req)
		return out
	}
	return x.read(ctx, req)
}

// Close closes idle network connections. The caller can still be used.
func (c *Caller) Close() {
	for _, rt := range []http.RoundTripper{c.outside, c.local} {
		if t, ok := rt.(*http.Transport); ok && c.cfg.HTTP == nil {
			t.CloseIdleConnections()
		}
	}
}

// Budgets tells what is known to be left of each connection's allowance, by name.
func (c *Caller) Budgets() []Budget {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []Budget
	for _, name := range sortedKeys(c.lines) {
		list = append(list, c.lines[name].budget())
	}
	return list
}

func (c *Caller) line(name string, limits catalog.Limits) *line {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.lines[name]
	if l == nil {
		l = newLine(name, limits, c.cfg.Store)
		for _, b := range c.cfg.Budgets {
			if b.Connection == name {
				l.state = b
			}
		}
		c.lines[name] = l
	}
	return l
}

// exchange is one call under way.
type exchange struct {
	caller *Caller
	api    *catalog.API
	op     *catalog.Operation
	name   string // of the connection
	base   string // its pinned address, once it is known
	line   *line
	lane   Lane
}

// send makes one attempt, and one more with a new token if the first was refused. It also
// returns the address of a query's next page.
func (x *exchange) send(ctx context.Context, req Request) (Outcome, string) {
	if err := x.line.slots.enter(ctx, x.lane); err != nil {
		return stopped(), ""
	}
	defer x.line.slots.leave()
	token, err := x.caller.cfg.Connections.Token(ctx, x.name)
	if err != nil {
		return noToken(err), ""
	}
	x.base = token.Base
	out, next := x.attempt(ctx, req, token)
	if out.Class != catalog.ClassRefresh {
		return out, next
	}
	token, err = x.caller.cfg.Connections.Refresh(ctx, x.name, token)
	if err != nil {
		return noToken(err), ""
	}
	out, next = x.attempt(ctx, req, token)
	if out.Class == catalog.ClassRefresh {
		out.Class = catalog.ClassPerson
		out.Message = clean(fmt.Sprintf("the vendor refuses a new token of connection %s: %s", x.name, out.Message))
	}
	return out, next
}

func stopped() Outcome {
	return Outcome{Class: catalog.ClassRetry, Message: "stopped before sending"}
}

// noToken is the outcome of having nothing to sign in with. Errors of package connection
// hold no secret.
func noToken(err error) Outcome {
	out := Outcome{Class: catalog.ClassPerson, Code: "connection", Message: clean(err.Error())}
	var e *connection.Error
	if errors.As(err, &e) && e.Temporary {
		out.Class = catalog.ClassRetry
	}
	return out
}
