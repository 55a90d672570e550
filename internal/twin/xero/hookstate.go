package xero

import "time"

// Webhooks is what the vendor's portal shows of an app's webhooks.
type Webhooks struct {
	URL     string    `json:"url"`
	App     string    `json:"app"`               // client id they belong to
	Live    bool      `json:"live"`              // the intent passed, and no day of failure followed
	Waiting int       `json:"waiting"`           // events not yet taken
	Failed  int       `json:"failed"`            // attempts since the last that was taken
	Problem string    `json:"problem,omitempty"` // what was wrong with the last of them
	Next    time.Time `json:"next,omitzero"`     // the next attempt, by the twin's clock; zero is at once
}

// Webhooks returns the state of the webhooks, and false when the twin has none.
func (t *Twin) Webhooks() (Webhooks, bool) {
	k := t.house.hooks
	if k == nil {
		return Webhooks{}, false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	w := Webhooks{URL: k.URL, App: k.App, Live: k.live, Waiting: len(k.waiting), Failed: k.failed, Problem: k.problem}
	if k.live && len(k.waiting) > 0 && k.next.After(t.o.Now()) {
		w.Next = k.next
	}
	return w, true
}

// Hurry makes what waits for its next attempt due at once.
func (t *Twin) Hurry() {
	k := t.house.hooks
	if k == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.next = time.Time{}
}
