package apicall

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/planwright/planwright/specs/catalog"
)

const (
	// minute is a vendor's minute with a second to spare: requests arrive unevenly.
	minute = 61 * time.Second
	// usageProbe is how long a used-up rolling allowance is left alone.
	usageProbe = 15 * time.Minute
	// slots bounds requests at once where the vendor states no bound.
	slots = 10
)

// Budget is what is known to be left of one connection's allowance. -1 means not known.
type Budget struct {
	Connection string    `json:"connection"`
	MinuteLeft int       `json:"minuteLeft"`
	DayLeft    int       `json:"dayLeft"`
	Used       int64     `json:"used"` // of Most, where the vendor tells both
	Most       int64     `json:"most"`
	Seen       time.Time `json:"seen"` // when the vendor last told
	// Until is the end of a pause the vendor asked for or that follows from the above.
	Until time.Time `json:"until"`
	// Limit names the limit that Until is for.
	Limit string `json:"limit,omitempty"`
}

// line is the way to one tenant: so many requests at once, so many a minute, and no more
// than the vendor says are left. A vendor's windows begin when it likes, so that nothing
// is assumed about their ends but their length.
type line struct {
	slots  chan struct{}
	limits catalog.Limits

	mu       sync.Mutex
	state    Budget
	recent   []time.Time // sent in the last minute
	inFlight int         // sent, answer not read
}

func newLine(name string, limits catalog.Limits) *line {
	n := limits.Concurrent
	if n <= 0 {
		n = slots
	}
	return &line{slots: make(chan struct{}, n), limits: limits, state: Budget{Connection: name, MinuteLeft: -1, DayLeft: -1}}
}

// enter waits for a free slot.
func (l *line) enter(ctx context.Context) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	select {
	case l.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *line) leave() { <-l.slots }

// reserve takes one request from the allowance, or says how long to wait and for what.
func (l *line) reserve(now time.Time) (time.Duration, string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forget(now)
	s := &l.state
	switch {
	case now.Before(s.Until):
		return s.Until.Sub(now), s.Limit
	case s.DayLeft == 0:
		return l.pause(now, dayProbe, "day")
	case s.MinuteLeft == 0:
		return max(s.Seen.Add(minute).Sub(now), time.Second), "minute"
	case l.limits.Minute > 0 && len(l.recent) >= l.limits.Minute:
		return max(l.recent[0].Add(minute).Sub(now), time.Second), "minute"
	}
	if s.MinuteLeft > 0 {
		s.MinuteLeft--
	}
	if s.DayLeft > 0 {
		s.DayLeft--
	}
	l.recent = append(l.recent, now)
	l.inFlight++
	return 0, ""
}

// pause holds all requests back. When it is over they go out again and the first answer
// tells what is left: no vendor tells when its day ends until it is asked too often.
func (l *line) pause(now time.Time, wait time.Duration, limit string) (time.Duration, string) {
	l.state.Until, l.state.Limit = now.Add(wait), limit
	l.state.DayLeft = -1
	return wait, limit
}

// forget drops what time has made worthless, and what lies in the future because the
// clock went back.
func (l *line) forget(now time.Time) {
	keep := l.recent[:0]
	for _, at := range l.recent {
		if now.Sub(at) < minute && !at.After(now) {
			keep = append(keep, at)
		}
	}
	l.recent = keep
	if now.Sub(l.state.Seen) >= minute || l.state.Seen.After(now) {
		l.state.MinuteLeft = -1
	}
	if l.state.Until.Sub(now) > maxWait {
		l.state.Until = time.Time{}
	}
}

// sent marks the end of an exchange.
func (l *line) sent() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inFlight--
}

// note reads what an answer says is left. Requests under way may not be counted in it
// yet, so they are taken off.
func (l *line) note(h http.Header, out Outcome, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	others := max(l.inFlight-1, 0)
	s := &l.state
	if n, ok := left(h, l.limits.MinuteLeft); ok {
		s.MinuteLeft, s.Seen = max(n-others, 0), now
	}
	if n, ok := left(h, l.limits.DayLeft); ok {
		s.DayLeft, s.Seen = max(n-others, 0), now
	}
	if used, most, ok := usage(h.Get(l.limits.Usage)); ok && l.limits.Usage != "" {
		s.Used, s.Most, s.Seen = used, most, now
		if used >= most {
			l.extend(now.Add(usageProbe), "day")
		}
	}
	concurrent := strings.HasPrefix(strings.ToLower(out.Code), "concurrent")
	if out.Class == catalog.ClassLimit && out.RetryAfter > 0 && !concurrent {
		l.extend(now.Add(out.RetryAfter), out.Code)
	}
}

func (l *line) extend(until time.Time, limit string) {
	if until.After(l.state.Until) {
		l.state.Until, l.state.Limit = until, limit
	}
}

func (l *line) budget() Budget {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state
}

// left reads a header that counts what remains.
func left(h http.Header, name string) (int, bool) {
	if name == "" {
		return 0, false
	}
	n, err := strconv.Atoi(strings.TrimSpace(h.Get(name)))
	return max(n, 0), err == nil
}
