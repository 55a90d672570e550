package connection

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/planwright/planwright/specs/catalog"
)

// ErrNone is returned when the book has no connection of that name.
var ErrNone = errors.New("no such connection")

// purpose binds sealed client secrets; another kind of secret will have another.
const purpose = "client secret"

// APIs is what a book asks of the catalog: how each API is signed in to.
type APIs interface {
	API(name string) (*catalog.API, bool)
}

// Config is what a [Book] needs. Dir, APIs and Now are required.
type Config struct {
	Dir  string // data folder; it must exist
	APIs APIs
	Now  func() time.Time
	// Key seals the secrets when set: 32 bytes, see [ParseKey]. Otherwise the key file of
	// Dir does, which is made with the first connection.
	Key []byte
	// Random draws keys and nonces; nil means crypto/rand.
	Random io.Reader
	// HTTP carries token requests; nil means [NewTransport] for each connection. It must
	// not follow redirects.
	HTTP http.RoundTripper
}

// Book is the connections of one data folder. Several goroutines may use it, and another
// process may put a connection meanwhile: the file is read again when it changed.
type Book struct {
	cfg         Config
	file        store
	open, inner http.RoundTripper // for connections that allow private addresses, and that do not

	mu     sync.Mutex
	tokens map[string]*slot
}

// slot is the token of one connection as it was put, and the request for one that is
// under way.
type slot struct {
	of      entry
	token   Token
	have    bool
	pending *pending
}

// pending is a token request. All but done and slot are written before done is closed.
type pending struct {
	done    chan struct{}
	slot    *slot
	token   Token
	err     error
	stopped bool // the caller who made it was stopped
}

// Open returns the book of a data folder. It reads the file, so that damage and open
// permissions show at start.
func Open(cfg Config) (*Book, error) {
	if cfg.Dir == "" || cfg.APIs == nil || cfg.Now == nil {
		return nil, errors.New("open connections: folder, APIs and clock are required")
	}
	if cfg.Key != nil && len(cfg.Key) != keySize {
		return nil, fmt.Errorf("open connections: the key has %d bytes, not %d", len(cfg.Key), keySize)
	}
	if cfg.Random == nil {
		cfg.Random = rand.Reader
	}
	b := &Book{cfg: cfg, file: store{dir: cfg.Dir}, open: cfg.HTTP, inner: cfg.HTTP, tokens: map[string]*slot{}}
	if cfg.HTTP == nil {
		b.open, b.inner = NewTransport(true), NewTransport(false)
	}
	if _, err := b.file.read(); err != nil {
		return nil, err
	}
	return b, nil
}

// Close closes idle network connections. The book can still be used.
func (b *Book) Close() {
	for _, rt := range []http.RoundTripper{b.open, b.inner} {
		if t, ok := rt.(*http.Transport); ok && b.cfg.HTTP == nil {
			t.CloseIdleConnections()
		}
	}
}

// Put adds a connection with its client secret, or replaces the one of its name.
func (b *Book) Put(c Connection, secret string) error {
	c.Base = strings.TrimRight(c.Base, "/")
	if err := c.validate(); err != nil {
		return err
	}
	if _, ok := b.cfg.APIs.API(c.API); !ok {
		return fmt.Errorf("connection %s: there is no API %s", c.Name, c.API)
	}
	if err := c.validateSecret(secret); err != nil {
		return fmt.Errorf("connection %s: %w", c.Name, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	entries, err := b.file.read()
	if err != nil {
		return err
	}
	key, err := b.key(len(entries) == 0)
	if err != nil {
		return err
	}
	sealed, err := Seal(b.cfg.Random, key, secret, c.Name, c.API, purpose)
	if err != nil {
		return err
	}
	entries = slices.DeleteFunc(entries, func(e entry) bool { return e.Name == c.Name })
	entries = append(entries, entry{Connection: c, Secret: sealed})
	slices.SortFunc(entries, func(x, y entry) int { return strings.Compare(x.Name, y.Name) })
	return b.file.write(entries)
}

// Get returns the connection of that name, or an error that is [ErrNone].
func (b *Book) Get(name string) (Connection, error) {
	e, err := b.entry(name)
	return e.Connection, err
}

// List returns all connections, sorted by name.
func (b *Book) List() ([]Connection, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	entries, err := b.file.read()
	if err != nil {
		return nil, err
	}
	list := make([]Connection, len(entries))
	for i, e := range entries {
		list[i] = e.Connection
	}
	return list, nil
}

// Remove forgets the connection of that name, its secret and its token. The error is
// [ErrNone] when there is none.
func (b *Book) Remove(name string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	entries, err := b.file.read()
	if err != nil {
		return err
	}
	left := slices.DeleteFunc(slices.Clone(entries), func(e entry) bool { return e.Name == name })
	if len(left) == len(entries) {
		return none(name)
	}
	delete(b.tokens, name)
	return b.file.write(left)
}

// Token returns a token for the connection, fetching one when there is none or it is about
// to expire. The error is a [*Error] when the vendor or the network refuses.
func (b *Book) Token(ctx context.Context, name string) (Token, error) {
	return b.token(ctx, name, nil)
}

// Refresh returns a token other than stale, which the vendor refused. Several callers that
// were refused the same token cause one request.
//
// Where the secret itself is the token there is no other until somebody connects again, so
// a refusal of it is an error that waits for a person.
func (b *Book) Refresh(ctx context.Context, name string, stale Token) (Token, error) {
	t, err := b.token(ctx, name, &stale)
	if err == nil && t.how.flow != "" && t.text() == stale.text() {
		return Token{}, &Error{Connection: name, Cause: "the vendor refuses what it was given to sign in with", Next: "type: " + connect(name)}
	}
	return t, err
}

func (b *Book) token(ctx context.Context, name string, stale *Token) (Token, error) {
	for {
		e, err := b.entry(name)
		if err != nil {
			return Token{}, err
		}
		t, p, mine := b.join(e, stale)
		switch {
		case p == nil:
			return t, nil
		case mine:
			b.fetch(ctx, e, p)
			return p.token, p.err
		}
		select {
		case <-p.done:
		case <-ctx.Done():
			return Token{}, &Error{Connection: name, Cause: "stopped while waiting for a token", Temporary: true}
		}
		// When the one who asked was stopped, somebody else must ask.
		if !p.stopped {
			return p.token, p.err
		}
	}
}

// join returns a token that can be used, or the request to wait for; mine says that the
// caller is the one to make it.
func (b *Book) join(e entry, stale *Token) (t Token, p *pending, mine bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.tokens[e.Name]
	if s == nil || !s.of.equal(e) { // new, or put again here or by another process
		s = &slot{of: e}
		b.tokens[e.Name] = s
	}
	if stale != nil && s.have && s.token.text() == stale.text() {
		s.have = false
	}
	if s.have && (s.token.Expires.IsZero() || b.cfg.Now().Add(skew).Before(s.token.Expires)) {
		return s.token, nil, false
	}
	if s.pending != nil {
		return Token{}, s.pending, false
	}
	s.have = false
	s.pending = &pending{done: make(chan struct{}), slot: s}
	return Token{}, s.pending, true
}

// fetch makes the request that p stands for.
func (b *Book) fetch(ctx context.Context, e entry, p *pending) {
	p.token, p.err = b.exchange(ctx, e)
	p.stopped = p.err != nil && ctx.Err() != nil
	b.mu.Lock()
	defer b.mu.Unlock()
	p.slot.pending = nil
	if p.err == nil {
		p.slot.token, p.slot.have = p.token, true
	}
	close(p.done)
}

func (b *Book) exchange(ctx context.Context, e entry) (Token, error) {
	api, ok := b.cfg.APIs.API(e.API)
	if !ok {
		return Token{}, &Error{Connection: e.Name, Cause: "there is no API " + e.API + " any more", Next: "add its spec, or type: " + connect(e.Name)}
	}
	// A file edited by hand must not send the secret where Put would not have.
	if err := e.validate(); err != nil {
		return Token{}, err
	}
	key, err := b.key(false)
	if err != nil {
		return Token{}, err
	}
	secret, err := e.open(key)
	if err != nil {
		return Token{}, err
	}
	if e.carried() {
		return carry(e.Connection, secret), nil
	}
	rt := b.inner
	if e.AllowPrivate {
		rt = b.open
	}
	return fetch(ctx, rt, e.Connection, api.Auth, secret, b.cfg.Now)
}

func (b *Book) entry(name string) (entry, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	entries, err := b.file.read()
	if err != nil {
		return entry{}, err
	}
	for _, e := range entries {
		if e.Name == name {
			return e, nil
		}
	}
	return entry{}, none(name)
}

func none(name string) error {
	return fmt.Errorf("connection %s: %w; type: %s", name, ErrNone, connect(name))
}
