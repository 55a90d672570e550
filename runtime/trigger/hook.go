package trigger

import (
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what a vendor signs with is not ours to choose
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/planwright/planwright/specs/catalog"
)

// Bounds on a delivery. Vendors wait about five seconds for an answer.
const (
	maxDelivery  = 1 << 20 // bytes
	hookPatience = 4 * time.Second
	maxHookID    = 128 // bytes of a record's id, or of a tenant's
)

// Hint is what a webhook says: something happened to a record of a tenant. It is never
// believed; the record is fetched and judged.
type Hint struct {
	API, Object, Tenant, Record string
}

// Tally counts what a receiver was sent since it began.
type Tally struct {
	Taken      int `json:"taken"`      // events that are durable
	Forged     int `json:"forged"`     // deliveries that no accepted key signed
	Strangers  int `json:"strangers"`  // events of tenants that are not connected
	Passed     int `json:"passed"`     // events of kinds that no object of the spec is for
	Unreadable int `json:"unreadable"` // signed deliveries, and events of others, that are not as the overlay says
	Refused    int `json:"refused"`    // deliveries that could not be made durable in time
}

// Receiver takes deliveries of webhooks at POST /hooks/NAME, NAME being a connection. A
// delivery is answered with a bare 200 once its events are durable, with 401 when no
// accepted key signed it, and with 503 when it could not be made durable: the vendor sends
// it again. What is signed and cannot be used is answered with 200, since it would be no
// better the next time.
type Receiver struct {
	API func(name string) (*catalog.API, bool)
	// Keys are the accepted keys of a connection; none refuses every delivery.
	Keys func(name string) ([][]byte, error)
	// Tenant reports whether events of that tenant are the connection's.
	Tenant func(name, tenant string) bool
	// Keep makes hints durable before it returns.
	Keep func(ctx context.Context, hints []Hint) error
	Log  *slog.Logger

	mu    sync.Mutex
	tally map[string]Tally
}

// Tally returns what was sent so far, by connection.
func (r *Receiver) Tally() map[string]Tally {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make(map[string]Tally, len(r.tally))
	maps.Copy(out, r.tally)
	return out
}

func (r *Receiver) count(name string, change func(*Tally)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.tally == nil {
		r.tally = map[string]Tally{}
	}
	t := r.tally[name]
	change(&t)
	r.tally[name] = t
}

// ServeHTTP implements [http.Handler].
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	name, ok := strings.CutPrefix(req.URL.Path, "/hooks/")
	api, known := r.API(name)
	switch {
	case !ok || !known || api.Webhooks == nil:
		w.WriteHeader(http.StatusNotFound)
	case req.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		w.WriteHeader(http.StatusMethodNotAllowed)
	default:
		w.WriteHeader(r.take(req, name, *api.Webhooks))
	}
}

// take judges one delivery and returns the status it is answered with.
func (r *Receiver) take(req *http.Request, name string, how catalog.Webhooks) int {
	ctx, cancel := context.WithTimeout(req.Context(), hookPatience)
	defer cancel()
	body, err := io.ReadAll(io.LimitReader(req.Body, maxDelivery+1))
	switch {
	case err != nil:
		return http.StatusBadRequest
	case len(body) > maxDelivery:
		r.Log.Warn("webhook too large", "connection", name)
		return http.StatusRequestEntityTooLarge
	}
	keys, err := r.Keys(name)
	if err != nil {
		r.Log.Error("webhook keys cannot be read", "connection", name, "err", err)
		return http.StatusServiceUnavailable
	}
	if !signed(how, keys, body, req.Header.Values(how.Header)) {
		r.count(name, func(t *Tally) { t.Forged++ })
		r.Log.Warn("webhook with a wrong signature", "connection", name, "accepted", len(keys))
		return http.StatusUnauthorized
	}
	hints, passed, unclear, err := readDelivery(how, body)
	if err != nil {
		r.count(name, func(t *Tally) { t.Unreadable++ })
		r.Log.Error("webhook cannot be read", "connection", name, "err", err)
		return http.StatusOK
	}
	if unclear > 0 {
		r.Log.Error("webhook with events that cannot be read", "connection", name, "events", unclear)
	}
	var mine []Hint
	for _, h := range hints {
		if r.Tenant(name, h.Tenant) {
			h.API = name
			mine = append(mine, h)
		}
	}
	if len(mine) > 0 {
		if err := r.Keep(ctx, mine); err != nil {
			r.count(name, func(t *Tally) { t.Refused++ })
			r.Log.Error("webhook not kept", "connection", name, "err", err)
			return http.StatusServiceUnavailable
		}
	}
	r.count(name, func(t *Tally) {
		t.Taken += len(mine)
		t.Strangers += len(hints) - len(mine)
		t.Passed += passed
		t.Unreadable += unclear
	})
	return http.StatusOK
}

// signed reports whether one of the keys made the one signature there is. Every key is
// tried in the same time, whatever the signature is.
func signed(how catalog.Webhooks, keys [][]byte, body []byte, headers []string) bool {
	if len(headers) != 1 {
		return false
	}
	text, ok := strings.CutPrefix(headers[0], how.Prefix)
	decode := base64.StdEncoding.Strict().DecodeString
	if how.Code == "hex" {
		decode = hex.DecodeString
	}
	got, err := decode(text)
	if !ok || err != nil {
		return false
	}
	hashes := map[string]func() hash.Hash{"sha256": sha256.New, "sha512": sha512.New, "sha1": sha1.New}
	found := false
	for _, key := range keys {
		mac := hmac.New(hashes[how.Hash], key)
		mac.Write(body)
		found = hmac.Equal(mac.Sum(nil), got) || found
	}
	return found
}

// readDelivery takes a body apart. passed counts events of kinds that no object is for,
// unclear those that cannot be read: they hold up none of the others.
func readDelivery(how catalog.Webhooks, body []byte) (hints []Hint, passed, unclear int, err error) {
	var tree any
	if err := json.Unmarshal(body, &tree); err != nil {
		return nil, 0, 0, errors.New("it is not JSON")
	}
	events := []any{tree}
	if how.Events != "" {
		var ok bool
		if events, ok = member(tree, how.Events).([]any); !ok {
			return nil, 0, 0, errors.New("it has no list of events")
		}
	}
	for _, e := range events {
		switch h, known, ok := readEvent(how, e); {
		case !ok:
			unclear++
		case !known:
			passed++
		default:
			hints = append(hints, h)
		}
	}
	return hints, passed, unclear, nil
}

// readEvent reads one event. ok is whether it says of what kind it is and, where that kind is
// known, to which record of which tenant it happened.
func readEvent(how catalog.Webhooks, e any) (h Hint, known, ok bool) {
	category, ok := member(e, how.Category).(string)
	if !ok {
		return h, false, false
	}
	for name, of := range how.Objects {
		if strings.EqualFold(name, category) {
			h.Object = of
		}
	}
	if h.Object == "" {
		return h, false, true
	}
	h.Record, ok = member(e, how.ID).(string)
	if how.Tenant != "" && ok {
		h.Tenant, ok = member(e, how.Tenant).(string)
	}
	return h, true, ok && h.Record != "" && plainID(h.Record) && plainID(h.Tenant)
}

// member follows dots into objects; nil when it leads nowhere.
func member(v any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

// plainID reports a text that can be an id: it becomes part of a key and of an address.
func plainID(s string) bool {
	return len(s) <= maxHookID && s != "." && s != ".." && strings.IndexFunc(s, func(r rune) bool {
		return r == '/' || r == unicode.ReplacementChar || !unicode.IsPrint(r) || unicode.IsSpace(r)
	}) < 0
}
