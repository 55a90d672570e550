package xero

import (
	"net/http"
	"slices"
	"sync"
	"time"
)

// Hooks are an app's webhooks: one address and one key for the events of every organisation
// that is connected to the app. Nothing is sent before [Twin.Intent] passed.
type Hooks struct {
	URL string
	// Key signs, taken as the text it is.
	Key string
	// App is the client id they belong to; when empty, the first app's.
	App string
	// Transport sends; it is required. Redirects are not followed.
	Transport http.RoundTripper
	// Categories are those subscribed to; nil is all.
	Categories []string
	// Batch is the most events one delivery holds; 0 is 50.
	Batch int
	// Twice sends every delivery again after it was taken, and Backwards the newest events
	// first: neither is rare at the vendor's.
	Twice, Backwards bool
}

// The stretches of time by which the vendor delivers.
const (
	hookAnswer   = 5 * time.Second     // in which an answer counts
	hookRetry    = 15 * time.Minute    // between attempts, after the second
	hookPatience = 24 * time.Hour      // of failure, after which nothing is sent any more
	hookMemory   = 31 * 24 * time.Hour // for which events are kept
)

// category is the name that events of a collection bear, "" when it raises none.
func category(collection string) string {
	switch collection {
	case "Invoices":
		return "INVOICE"
	case "Contacts":
		return "CONTACT"
	case "CreditNotes":
		return "CREDITNOTE"
	case "Prepayments":
		return "PREPAYMENT"
	case "Overpayments":
		return "OVERPAYMENT"
	}
	return ""
}

// event is one event as it is delivered.
type event struct {
	ResourceURL string            `json:"resourceUrl"`
	ResourceID  string            `json:"resourceId"`
	Date        string            `json:"eventDateUtc"`
	Type        string            `json:"eventType"`
	Category    string            `json:"eventCategory"`
	Tenant      string            `json:"tenantId"`
	TenantType  string            `json:"tenantType"`
	Data        map[string]string `json:"data,omitempty"`

	seq int
	at  time.Time
}

// hooks are Hooks with the events that wait. Events are forgotten once they were taken.
type hooks struct {
	Hooks
	house *house

	sending sync.Mutex // held by whoever delivers

	mu      sync.Mutex
	seq     int
	entropy uint64
	waiting []event // by sequence
	live    bool    // the intent to receive passed, and deliveries have not failed for a day
	replay  bool    // what waited while nothing was sent goes out in order
	failed  int     // attempts since the last that was taken
	problem string  // what was wrong with the last of them
	since   time.Time
	next    time.Time
}

func newHooks(o Hooks, h *house) *hooks {
	if o.App == "" {
		o.App = h.apps[0].ID
	}
	if o.Batch <= 0 {
		o.Batch = 50
	}
	return &hooks{Hooks: o, house: h}
}

// announce raises the event of a record that was stored. It is the one place events come
// from. The caller holds the twin's lock, or is New, when nobody listens yet.
func (t *Twin) announce(tb *table, old *row, rec record) {
	name := category(tb.name)
	if name == "" || t.house == nil || t.house.hooks == nil {
		return
	}
	k := t.house.hooks
	app := t.house.app(k.App)
	switch {
	case k.Categories != nil && !slices.Contains(k.Categories, name), app == nil:
		return
	case t.otherwise[doubtOwnHook] && t.writer == k.App:
		return
	case t.otherwise[doubtPaymentHook] && name == "INVOICE" && old != nil && moneyMoved(old.rec, rec):
		return
	case !t.house.connected(app, t):
		return
	}
	now := t.o.Now()
	e := event{
		ResourceURL: "https://api.xero.com" + apiRoot + tb.name + "/" + str(rec, tb.key), ResourceID: str(rec, tb.key),
		Date: now.UTC().Format("2006-01-02T15:04:05.000"), Type: "CREATE", Category: name, Tenant: t.tenant, TenantType: "ORGANISATION", at: now,
	}
	if old != nil {
		e.Type = "UPDATE"
	}
	if name == "CREDITNOTE" {
		e.Data = map[string]string{"Type": str(rec, "Type"), "Status": str(rec, "Status")}
	}
	k.add(e)
}

// moneyMoved reports whether an invoice differs in what was paid or credited on it.
func moneyMoved(old, rec record) bool {
	return slices.ContainsFunc([]string{"AmountPaid", "AmountCredited"}, func(name string) bool {
		return !toDecimal(old[name]).Equal(toDecimal(rec[name]))
	})
}

// connected reports whether an app hears of an organisation.
func (h *house) connected(a *app, t *Twin) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return a.connection(t.tenant) != nil && !t.disconnected.Load()
}

func (k *hooks) add(e event) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.seq++
	e.seq = k.seq
	k.waiting = append(k.waiting, e)
}

// due takes a look at the events that the next delivery holds; none when nothing is to be
// sent now.
func (k *hooks) due(now time.Time) []event {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.waiting = slices.DeleteFunc(k.waiting, func(e event) bool { return now.Sub(e.at) >= hookMemory })
	n := min(len(k.waiting), k.Batch)
	if !k.live || n == 0 || now.Before(k.next) {
		return nil
	}
	if k.Backwards && !k.replay {
		return slices.Clone(k.waiting[len(k.waiting)-n:])
	}
	return slices.Clone(k.waiting[:n])
}

// taken forgets events that were taken.
func (k *hooks) taken(events []event) {
	k.mu.Lock()
	defer k.mu.Unlock()
	first, last := events[0].seq, events[len(events)-1].seq
	k.waiting = slices.DeleteFunc(k.waiting, func(e event) bool { return e.seq >= first && e.seq <= last })
	k.failed, k.problem, k.next = 0, "", time.Time{}
	k.replay = k.replay && len(k.waiting) > 0
}

// refused notes an attempt that failed: the second follows at once, the others after a
// while, and after a day there are none until somebody lets the intent pass again.
func (k *hooks) refused(now time.Time, problem string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.failed++
	k.problem = problem
	k.replay = true
	if k.failed == 1 {
		k.since, k.next = now, now
		return
	}
	k.next = now.Add(hookRetry)
	if now.Sub(k.since) >= hookPatience {
		k.live = false
	}
}

// revive lets deliveries go on, beginning with what waited.
func (k *hooks) revive() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.live, k.replay, k.failed, k.problem, k.next = true, true, 0, "", time.Time{}
}
