package xero

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/planwright/planwright/internal/twin/wire"
)

// keyLife is how long the vendor knows an idempotency key, from the first call.
const keyLife = 6 * time.Minute

// keyLength is the longest key accepted.
const keyLength = 128

// keyStore remembers first answers by app and key. The tenant is not part of the key.
type keyStore struct {
	now       func() time.Time
	otherwise wire.Otherwise

	mu      sync.Mutex
	entries map[string]*firstCall
	sweep   time.Time
}

func newKeyStore(now func() time.Time, otherwise wire.Otherwise) *keyStore {
	return &keyStore{now: now, otherwise: otherwise, entries: map[string]*firstCall{}, sweep: now()}
}

// firstCall is the call that brought a key, and once done is closed, its answer. That a
// second call waits while the first still runs is believed.
type firstCall struct {
	digest [sha256.Size]byte // method, URL and body
	at     time.Time
	done   chan struct{}
	answer *buffer
}

// serve runs next for the first call under a key and replays its answer to the same
// call afterwards, errors included; that 400 answers are kept as well is believed.
// Another call under the same key is refused.
func (s *keyStore) serve(w http.ResponseWriter, r *http.Request, client string, body []byte, next http.Handler) error {
	key, given := r.Header.Get("Idempotency-Key"), len(r.Header.Values("Idempotency-Key")) > 0
	switch {
	case !given || r.Method != http.MethodPut && r.Method != http.MethodPost && r.Method != http.MethodPatch:
		next.ServeHTTP(w, r)
		return nil
	case key == "" || len(key) > keyLength: // the texts of both are believed
		return refuseMessage(fmt.Sprintf("Idempotency Key must have between 1 and %d characters.", keyLength))
	}
	digest := sha256.Sum256(fmt.Appendf(nil, "%s %s\n%s", r.Method, r.URL.RequestURI(), body))
	call, first := s.claim(client+"\n"+key, digest)
	if call.digest != digest {
		return s.refuseReuse(fmt.Sprintf("Idempotency Key: %s is used with a different request.", key))
	}
	if first {
		s.run(call, next, r)
		s.settle(client+"\n"+key, call)
	} else if s.otherwise[doubtKeyWaits] && !call.over() {
		e := refuseMessage(fmt.Sprintf("Idempotency Key: %s is in use by a request that is still running.", key))
		e.status = http.StatusConflict
		return e
	}
	select {
	case <-call.done:
		call.answer.send(w)
	case <-r.Context().Done(): // the sender left while the first call was still running
	}
	return nil
}

// refuseReuse places the message of a key used for another request where it is believed to
// be: at the top.
func (s *keyStore) refuseReuse(text string) *refusal {
	if !s.otherwise[doubtKeyMessage] {
		return refuseMessage(text)
	}
	return refuseValidation([]any{map[string]any{"ValidationErrors": messages([]string{text})}})
}

// over reports whether the call has its answer.
func (c *firstCall) over() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// settle forgets a call whose refusal the vendor does not keep, if that is how it is.
func (s *keyStore) settle(key string, call *firstCall) {
	if !s.otherwise[doubtKept400] || call.answer.code != http.StatusBadRequest {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.entries[key] == call {
		delete(s.entries, key)
	}
}

// run executes the first call. When the execution breaks off, what is kept is the
// internal error that the vendor would have kept.
func (s *keyStore) run(call *firstCall, next http.Handler, r *http.Request) {
	broken := newBuffer()
	writeProblem(broken, refuseInternal(), zeroGUID)
	call.answer = broken
	defer close(call.done)
	b := newBuffer()
	next.ServeHTTP(b, r)
	call.answer = b
}

// claim finds the call under a key, or makes this the first.
func (s *keyStore) claim(key string, digest [sha256.Size]byte) (call *firstCall, first bool) {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.sweep) > keyLife {
		s.sweep = now
		maps.DeleteFunc(s.entries, func(_ string, c *firstCall) bool { return now.Sub(c.at) >= keyLife })
	}
	if c, ok := s.entries[key]; ok && now.Sub(c.at) < keyLife {
		return c, false
	}
	c := &firstCall{digest: digest, at: now, done: make(chan struct{})}
	s.entries[key] = c
	return c, true
}

// buffer keeps an answer so that it can be sent more than once.
type buffer struct {
	header http.Header
	code   int
	body   bytes.Buffer
}

func newBuffer() *buffer { return &buffer{header: http.Header{}} }

func (b *buffer) Header() http.Header { return b.header }

func (b *buffer) WriteHeader(code int) {
	if b.code == 0 {
		b.code = code
	}
}

func (b *buffer) Write(p []byte) (int, error) {
	b.WriteHeader(http.StatusOK)
	return b.body.Write(p)
}

func (b *buffer) send(w http.ResponseWriter) {
	maps.Copy(w.Header(), b.header)
	b.WriteHeader(http.StatusOK)
	w.WriteHeader(b.code)
	_, _ = w.Write(b.body.Bytes()) // a reader that went away needs no answer
}
