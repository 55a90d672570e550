// Package pubsub is a stand-in for Salesforce's Pub/Sub API: change events of a twin's
// records over real gRPC.
//
// A [Bus] turns the saves of a [salesforce.Twin] into events and keeps them for 72 hours of
// the twin's clock. What a server may do to its clients can be asked for: streams that end
// with any of the vendor's errors, events that come twice, gaps and overflows, a day's
// deliveries used up, an org that moved, so that replay ids mean nothing any more.
package pubsub

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/specs/eventbus"
)

// Figures of the vendor's.
const (
	Retention = 72 * time.Hour
	Keepalive = 270 * time.Second
	// Allocation is how many events are delivered in 24 hours, Enterprise Edition.
	Allocation = 25_000
	maxOwed    = 100
	maxEntity  = 5
)

// Options describe a bus. Twin is required.
type Options struct {
	Twin *salesforce.Twin
	// Objects are the entities selected for events, five at most; the default are those that
	// invoicing is about.
	Objects []string
	// Allocation is the events delivered in 24 hours; 0 is the vendor's.
	Allocation int
	// Wait waits until the keepalive is due; nil never sends one.
	Wait func(ctx context.Context, d time.Duration) error
	// Otherwise names the Doubts in which the vendor is not as believed.
	Otherwise []string
}

// stored is an event as it is kept.
type stored struct {
	at     time.Time
	object string
	replay uint64
	event  eventbus.ProducerEvent
}

// Bus is the stand-in. Its methods may be called by several goroutines.
type Bus struct {
	o         Options
	otherwise wire.Otherwise

	mu         sync.Mutex
	events     []stored
	forms      map[string]*form  // by id
	current    map[string]string // id of the form last used, by object
	moved      uint64            // how often the org has moved
	last       uint64            // replay id
	gone       uint64            // replay id of the last event that was forgotten
	made       uint64            // events
	delivered  []time.Time       // in the last 24 hours
	wake       chan struct{}     // closed when anything changed
	failures   map[string][]string
	ended      string // code that ends all streams
	epoch      uint64 // counts endings
	twice      bool
	rpc        uint64
	subscribed int
}

// New returns a bus over a twin, whose history begins now.
func New(o Options) (*Bus, error) {
	if o.Objects == nil {
		o.Objects = []string{"Opportunity", "OpportunityLineItem", "Account", "Contact", "Task"}
	}
	if len(o.Objects) > maxEntity {
		return nil, fmt.Errorf("event bus: %d entities, and an org selects %d at most", len(o.Objects), maxEntity)
	}
	if o.Allocation == 0 {
		o.Allocation = Allocation
	}
	otherwise, err := wire.Decide(Doubts(), o.Otherwise)
	if err != nil {
		return nil, fmt.Errorf("event bus: %w", err)
	}
	o.Twin.Select(o.Objects...)
	return &Bus{o: o, otherwise: otherwise, forms: map[string]*form{}, current: map[string]string{}, failures: map[string][]string{}, wake: make(chan struct{})}, nil
}

// pull makes events of what was saved since, forgets old ones, and returns what tells of
// more. b.mu is held.
func (b *Bus) pull() (<-chan struct{}, error) {
	saves, more := b.o.Twin.Saves()
	for len(saves) > 0 {
		n := slices.IndexFunc(saves, func(s salesforce.Saved) bool { return s.Transaction != saves[0].Transaction })
		if n < 0 {
			n = len(saves)
		}
		for _, c := range changesOf(saves[:n], b.o.Twin.EventFields) {
			if err := b.publish(c); err != nil {
				return nil, err
			}
		}
		saves = saves[n:]
	}
	old := b.o.Twin.Now().Add(-Retention)
	b.events = slices.DeleteFunc(b.events, func(e stored) bool {
		if !e.at.Before(old) {
			return false
		}
		b.gone = e.replay
		return true
	})
	return more, nil
}

// publish writes an event. One that is too large becomes a gap. b.mu is held.
func (b *Bus) publish(c *change) error {
	f, err := formOf(c.object, b.o.Twin.EventFields(c.object))
	if err != nil {
		return err
	}
	if known := b.forms[f.id]; known != nil {
		f = known
	}
	b.forms[f.id], b.current[c.object] = f, f.id
	b.made++
	b.last += 1 + b.made%3 // not one by one
	c.number = 1<<53 + 7*int64(b.made)
	payload, err := c.encode(f)
	if err != nil {
		return err
	}
	if len(payload) > maxEvent && !strings.HasPrefix(c.kind, "GAP_") {
		c.kind, c.values, c.changed, c.nulled = "GAP_"+c.kind, nil, nil, nil
		if payload, err = c.encode(f); err != nil {
			return err
		}
	}
	b.events = append(b.events, stored{c.at, c.object, b.last, eventbus.ProducerEvent{
		ID: fmt.Sprintf("%08x-0000-4000-8000-%012x", b.moved, b.made), SchemaID: f.id, Payload: payload,
	}})
	return nil
}

// replayID writes a place as bytes that say nothing.
func (b *Bus) replayID(n uint64) []byte {
	out := binary.BigEndian.AppendUint64([]byte{0}, n)
	return append(out, byte(b.moved))
}

// place reads a replay id back; ok is false for one that is not known, or too old.
func (b *Bus) place(id []byte) (n uint64, ok bool) {
	if len(id) != 10 || id[0] != 0 || id[9] != byte(b.moved) {
		return 0, false
	}
	n = binary.BigEndian.Uint64(id[1:9])
	return n, n <= b.last && n > b.gone
}

// do lets the org or the server do something, and wakes the streams.
func (b *Bus) do(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
	close(b.wake)
	b.wake = make(chan struct{})
}

// Gap sends an event that names records and not what happened to them; kind is CREATE,
// UPDATE, DELETE or UNDELETE.
func (b *Bus) Gap(object, kind string, ids ...string) error {
	return b.send(&change{object: object, kind: "GAP_" + kind, ids: ids})
}

// Overflow sends the event of a transaction with too many changes: it names nothing.
func (b *Bus) Overflow(object string) error {
	return b.send(&change{object: object, kind: "GAP_OVERFLOW"})
}

func (b *Bus) send(c *change) (err error) {
	b.do(func() {
		if _, err = b.pull(); err != nil {
			return
		}
		c.at, c.key, c.sequence = b.o.Twin.Now(), fmt.Sprintf("%032x", b.made+1), 1
		err = b.publish(c)
	})
	return err
}

// MoveOrg moves the org to another instance: streams end, and replay ids given out before
// mean nothing. The events are still there.
func (b *Bus) MoveOrg() {
	b.do(func() { b.moved++; b.end("service.unavailable") })
}

// EndStreams ends every stream that is open, with the vendor's code.
func (b *Bus) EndStreams(code string) { b.do(func() { b.end(code) }) }

func (b *Bus) end(code string) { b.ended, b.epoch = code, b.epoch+1 }

// Fail refuses the next calls of a method, "Subscribe" or "GetSchema", with these codes, one
// each.
func (b *Bus) Fail(method string, codes ...string) {
	b.do(func() { b.failures[method] = append(b.failures[method], codes...) })
}

// Repeat delivers each event twice from now on.
func (b *Bus) Repeat(on bool) { b.do(func() { b.twice = on }) }

// UseUp makes it look as if n events had been delivered just now.
func (b *Bus) UseUp(n int) {
	b.do(func() { b.delivered = slices.Repeat([]time.Time{b.o.Twin.Now()}, n) })
}

// Subscribed counts the subscriptions that were accepted.
func (b *Bus) Subscribed() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.subscribed
}
