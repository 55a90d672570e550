package wire

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Exchange is one request and what came of it. Secrets are blanked before it is kept:
// Authorization and cookies, and the secret members of token requests and answers.
type Exchange struct {
	At     time.Time // when the request came, by the recorder's clock
	Method string
	URL    string // path and query as sent
	Host   string
	Header http.Header
	Body   []byte
	// Cut says that the sender got no whole answer; Status is then 0 unless a part was sent.
	Cut          bool
	Status       int
	AnswerHeader http.Header
	Answer       []byte
}

// Recorder keeps exchanges in memory, to be counted and checked. Outside of [Faults] it
// keeps what the sender saw, inside what the twin really did. The zero value is ready
// for use; its methods may be called by several goroutines.
type Recorder struct {
	// Now stamps exchanges; nil leaves At zero.
	Now func() time.Time
	// Keep bounds how many exchanges are kept, the newest; 0 keeps all.
	Keep int
	// Brief leaves out headers and bodies and counts nothing, for a recorder that serves for days.
	Brief bool

	mu    sync.Mutex
	kept  []Exchange
	calls map[string]int // by method and path
}

// Wrap returns a handler that serves next and records.
func (k *Recorder) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := Exchange{Method: r.Method, URL: scrubURL(r.URL.RequestURI()), Host: r.Host}
		if k.Now != nil {
			e.At = k.Now()
		}
		if k.Brief {
			k.brief(e, next, w, r)
			return
		}
		e.Header = scrubHeader(r.Header)
		if r.Body != nil {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				cut() // a request that never arrived whole has no answer
			}
			e.Body = body
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		t := &tap{ResponseWriter: w}
		whole := false
		defer func() {
			e.Cut = !whole
			if !e.Cut && t.code == 0 {
				t.code = http.StatusOK
			}
			e.Status, e.Answer, e.AnswerHeader = t.code, t.body.Bytes(), scrubHeader(w.Header())
			scrubToken(&e)
			k.add(r.Method+" "+r.URL.Path, e)
		}()
		next.ServeHTTP(t, r)
		whole = true
	})
}

// brief serves next and keeps how it went, without what travelled.
func (k *Recorder) brief(e Exchange, next http.Handler, w http.ResponseWriter, r *http.Request) {
	t := &tap{ResponseWriter: w, brief: true}
	e.Cut = true
	defer func() {
		e.Status = t.code
		if !e.Cut && t.code == 0 {
			e.Status = http.StatusOK
		}
		k.add("", e)
	}()
	next.ServeHTTP(t, r)
	e.Cut = false
}

func (k *Recorder) add(call string, e Exchange) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.calls == nil {
		k.calls = map[string]int{}
	}
	if !k.Brief {
		k.calls[call]++
	}
	k.kept = append(k.kept, e)
	if k.Keep > 0 && len(k.kept) >= 2*k.Keep { // seldom, so that it costs nothing a request
		k.kept = slices.Clone(k.kept[len(k.kept)-k.Keep:])
	}
}

// Exchanges returns what was kept, oldest first. The slices inside are shared and must
// not be changed.
func (k *Recorder) Exchanges() []Exchange {
	k.mu.Lock()
	defer k.mu.Unlock()
	from := 0
	if k.Keep > 0 {
		from = max(0, len(k.kept)-k.Keep)
	}
	return slices.Clone(k.kept[from:])
}

// Calls counts requests that pattern (see [Fault.Operation], without a query) selects,
// also those that are no longer kept.
func (k *Recorder) Calls(pattern string) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := 0
	for call, times := range k.calls {
		method, path, _ := strings.Cut(call, " ")
		if Match(pattern, &http.Request{Method: method, URL: &url.URL{Path: path}}) {
			n += times
		}
	}
	return n
}

// Reset forgets everything.
func (k *Recorder) Reset() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.kept, k.calls = nil, nil
}

// tap copies an answer on its way out.
type tap struct {
	http.ResponseWriter
	code  int
	brief bool // keep no body
	body  bytes.Buffer
}

func (t *tap) WriteHeader(code int) {
	if t.code == 0 {
		t.code = code
	}
	t.ResponseWriter.WriteHeader(code)
}

func (t *tap) Write(b []byte) (int, error) {
	if t.code == 0 {
		t.code = http.StatusOK
	}
	if !t.brief {
		t.body.Write(b)
	}
	return t.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the writer below.
func (t *tap) Unwrap() http.ResponseWriter { return t.ResponseWriter }

const blank = "…"

func scrubHeader(h http.Header) http.Header {
	out := h.Clone()
	for _, name := range []string{"Authorization", "Cookie", "Set-Cookie"} {
		out.Del(name)
	}
	if to := out.Get("Location"); to != "" {
		out.Set("Location", scrubURL(to))
	}
	return out
}

// scrubURL blanks secrets in a query, where sign-ins in a browser and some clients put them.
func scrubURL(text string) string {
	path, query, ok := strings.Cut(text, "?")
	if !ok {
		return text
	}
	parts := strings.Split(query, "&")
	for i, part := range parts {
		if name, _, _ := strings.Cut(part, "="); secret(name) {
			parts[i] = name + "=" + blank
		}
	}
	return path + "?" + strings.Join(parts, "&")
}

// secrets are the members of OAuth token requests and answers that must not be kept
// (RFC 6749 sections 2.3, 4, 5 and 6; RFC 7521 section 4).
func secret(name string) bool {
	switch name {
	case "access_token", "refresh_token", "id_token", "client_secret", "client_assertion",
		"assertion", "code", "code_verifier", "password", "token", "oauth_token":
		return true
	}
	return false
}

// scrubToken blanks secrets in form requests and in the flat JSON objects that answer them.
func scrubToken(e *Exchange) {
	if !strings.HasPrefix(e.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return
	}
	if form, err := url.ParseQuery(string(e.Body)); err == nil {
		for name := range form {
			if secret(name) {
				form.Set(name, blank)
			}
		}
		e.Body = []byte(form.Encode())
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(e.Answer, &members) != nil {
		return
	}
	for name := range members {
		if secret(name) {
			members[name] = json.RawMessage(`"` + blank + `"`)
		}
	}
	if b, err := json.Marshal(members); err == nil {
		e.Answer = b
	}
}
