package xero

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Delivered says what a call of [Twin.Deliver] did.
type Delivered struct {
	Calls   int  // requests sent
	Failed  int  // of those, the ones that were not taken
	Events  int  // events taken
	Waiting int  // events that wait
	Live    bool // false before the intent passed, and after a day of failure
}

var errNoHooks = errors.New("deliver webhooks: the twin has none")

// Deliver sends the events that are due by the twin's clock, one delivery after the other,
// until none is due or ctx ends. A delivery that is not answered with a bare 2xx in 5 seconds
// is sent again at once, then every 15 minutes for a day; then nothing is sent before Intent
// passes again. Events are kept for 31 days.
func (t *Twin) Deliver(ctx context.Context) (Delivered, error) {
	k := t.house.hooks
	if k == nil {
		return Delivered{}, errNoHooks
	}
	k.sending.Lock()
	defer k.sending.Unlock()
	var d Delivered
	for ctx.Err() == nil {
		now := t.o.Now()
		events := k.due(now)
		if len(events) == 0 {
			break
		}
		body := k.payload(events)
		problem := k.post(ctx, body, k.Key, http.StatusOK)
		if ctx.Err() != nil {
			break // the sender was stopped; nothing is known of the receiver
		}
		d.Calls++
		if problem != "" {
			d.Failed++
			k.refused(now, problem)
			continue
		}
		d.Events += len(events)
		k.taken(events)
		if k.Twice {
			d.Calls++
			_ = k.post(ctx, body, k.Key, http.StatusOK) // nobody waits for what is said to it
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	d.Waiting, d.Live = len(k.waiting), k.live
	return d, ctx.Err()
}

// NextDelivery returns when Deliver has something to send, and false while it has nothing.
func (t *Twin) NextDelivery() (time.Time, bool) {
	k := t.house.hooks
	if k == nil {
		return time.Time{}, false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.live || len(k.waiting) == 0 {
		return time.Time{}, false
	}
	if now := t.o.Now(); k.next.Before(now) {
		return now, true
	}
	return k.next, true
}

// Intent is the outcome of [Twin.Intent].
type Intent struct {
	Passed bool
	Calls  []IntentCall
}

// IntentCall is one of its requests: whether it was signed rightly, and what was wrong with
// the answer.
type IntentCall struct {
	Signed  bool   `json:"signed"`
	Problem string `json:"problem,omitempty"` // "" when the answer was right
}

// Intent does what the vendor does when webhooks are set up or enabled again: a series of
// deliveries without events, of which some are signed wrongly. The right ones must be
// answered with 200 and the wrong ones with 401, each bare and in 5 seconds. Once it passed,
// events are delivered, those that waited first and in their order.
func (t *Twin) Intent(ctx context.Context) (Intent, error) {
	k := t.house.hooks
	if k == nil {
		return Intent{}, errNoHooks
	}
	k.sending.Lock()
	defer k.sending.Unlock()
	out := Intent{Passed: true}
	for _, signed := range []bool{true, false, true, false} {
		key, want := k.Key, http.StatusOK
		if !signed {
			key, want = k.Key+"-another", http.StatusUnauthorized
		}
		body := fmt.Appendf(nil, `{"events":[],"firstEventSequence": 0,"lastEventSequence": 0, "entropy": %q}`, k.chance())
		problem := k.post(ctx, body, key, want)
		if err := ctx.Err(); err != nil {
			return Intent{}, err
		}
		out.Calls = append(out.Calls, IntentCall{Signed: signed, Problem: problem})
		out.Passed = out.Passed && problem == ""
	}
	if out.Passed {
		k.revive()
	}
	return out, nil
}

// payload is the body of a delivery.
func (k *hooks) payload(events []event) []byte {
	return mustJSON(struct {
		Events  []event `json:"events"`
		First   int     `json:"firstEventSequence"`
		Last    int     `json:"lastEventSequence"`
		Entropy string  `json:"entropy"`
	}{events, events[0].seq, events[len(events)-1].seq, k.chance()})
}

// chance makes the twenty letters by which no two bodies are alike.
func (k *hooks) chance() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.entropy++
	b := binary.BigEndian.AppendUint64([]byte("entropy"), k.house.o.Seed)
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(b, k.entropy))
	out := make([]byte, 20)
	for i := range out {
		out[i] = 'A' + sum[i]%26
	}
	return string(out)
}

// signature is what x-xero-signature holds for a body.
func signature(key string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// post sends a body and says what is wrong with the answer. want is 200 for any 2xx.
func (k *hooks) post(ctx context.Context, body []byte, key string, want int) string {
	ctx, cancel := context.WithTimeout(ctx, hookAnswer)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, k.URL, bytes.NewReader(body))
	if err != nil {
		return "the address cannot be used"
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("X-Xero-Signature", signature(key, body))
	resp, err := k.Transport.RoundTrip(req)
	if err != nil {
		if ctx.Err() != nil {
			return "no answer in 5 seconds"
		}
		return "no answer"
	}
	defer resp.Body.Close()
	got := resp.StatusCode
	if want == http.StatusOK && got/100 == 2 {
		got = want
	}
	n, err := resp.Body.Read(make([]byte, 1))
	switch {
	case got != want:
		return fmt.Sprintf("answered %d, not %d", resp.StatusCode, want)
	case n > 0:
		return "the answer has a body"
	case len(resp.Cookies()) > 0:
		return "the answer sets a cookie"
	case err != nil && ctx.Err() != nil:
		return "no answer in 5 seconds"
	}
	return ""
}
