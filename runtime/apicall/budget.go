package apicall

import (
	"net/http"
	"slices"
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
	slots  queue
	limits catalog.Limits
	store  Store

	mu     sync.Mutex
	state  Budget
	recent []time.Time      // sent in the last minute
	day    []time.Time      // sent in the last 24 hours
	told24 bool             // the vendor has said what is left of a day
	wanted [lanes]time.Time // when each lane last asked for a request
	turned [lanes]time.Time // and when it was last turned away
	bad    trouble
	active []*ticket // sent, answer not read
	told   []tale    // what answers said while one of active was under way
	before int       // how many were forgotten from the front of told
}

// ticket is a request under way.
type ticket struct {
	since int // how many tales there had been when it was sent
}

// tale is what one answer said is left; -1 when it did not.
type tale struct{ minute, day int }

func newLine(name string, limits catalog.Limits, store Store) *line {
	n := limits.Concurrent
	if n <= 0 {
		n = slots
	}
	l := &line{slots: queue{free: n}, limits: limits, store: store, state: Budget{Connection: name, MinuteLeft: -1, DayLeft: -1}}
	if store != nil {
		b, sent := store.Load(name)
		if b.Connection == name {
			l.state = b
		}
		l.recent, l.day = slices.Clone(sent), sent
		l.told24 = l.state.DayLeft >= 0
	}
	return l
}

// reserve takes one request from the allowance, or says how long to wait and for what.
func (l *line) reserve(now time.Time, lane Lane) (*ticket, time.Duration, string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forget(now)
	l.wanted[lane] = now
	if wait, why := l.withheld(now, lane); wait > 0 {
		l.turned[lane] = now
		return nil, wait, why
	}
	s := &l.state
	if s.MinuteLeft > 0 {
		s.MinuteLeft--
	}
	if s.DayLeft > 0 {
		s.DayLeft--
	}
	// What neither a limit nor a store looks at is not kept: it would be searched at every call.
	if l.limits.Minute > 0 || l.store != nil {
		l.recent = append(l.recent, now)
	}
	if l.limits.Day > 0 || l.store != nil {
		l.day = append(l.day, now)
	}
	if l.store != nil {
		l.store.Sent(s.Connection, now)
	}
	k := &ticket{since: l.before + len(l.told)}
	l.active = append(l.active, k)
	return k, 0, ""
}

// withheld says how long a lane has to wait, and for what. l.mu is held.
func (l *line) withheld(now time.Time, lane Lane) (time.Duration, string) {
	s := &l.state
	most := l.limits.Minute - l.kept(now, lane)
	switch {
	case now.Before(s.Until):
		return s.Until.Sub(now), s.Limit
	case s.DayLeft == 0:
		// No vendor tells when its day ends until it is asked too often; after the pause
		// the first answer tells what is left.
		s.Until, s.Limit, s.DayLeft = now.Add(dayProbe), "day", -1
		l.tell()
		return dayProbe, s.Limit
	case s.DayLeft > 0 && s.DayLeft <= l.limits.Day*keepDay[lane]/100 && now.Sub(s.Seen) < dayProbe:
		return s.Seen.Add(dayProbe).Sub(now), "day" // the rest is for the lanes ahead
	case l.limits.Day > 0 && !l.told24 && len(l.day) >= l.limits.Day:
		return max(l.day[len(l.day)-l.limits.Day].Add(24*time.Hour).Sub(now), time.Second), "day"
	case s.MinuteLeft >= 0 && s.MinuteLeft <= l.limits.Minute-most:
		return max(s.Seen.Add(minute).Sub(now), time.Second), "minute"
	case l.limits.Minute > 0 && len(l.recent) >= most:
		return max(l.recent[len(l.recent)-most].Add(minute).Sub(now), time.Second), "minute"
	}
	return 0, ""
}

// tell has the store keep what is known to be left. l.mu is held.
func (l *line) tell() {
	if l.store != nil {
		l.store.Told(l.state)
	}
}

// forget drops what time has made worthless, and what lies in the future because the
// clock went back.
func (l *line) forget(now time.Time) {
	l.recent = within(l.recent, now, minute)
	l.day = within(l.day, now, 24*time.Hour)
	if now.Sub(l.state.Seen) >= minute || l.state.Seen.After(now) {
		l.state.MinuteLeft = -1
	}
	if l.state.Until.Sub(now) > maxWait {
		l.state.Until = time.Time{}
	}
}

// within drops what is older than a span, and what lies in the future: the clock went back.
// Who asked at the same time may have looked at the clock a moment later.
func within(sent []time.Time, now time.Time, span time.Duration) []time.Time {
	for len(sent) > 0 && now.Sub(sent[0]) >= span {
		sent = sent[1:]
	}
	for len(sent) > 0 && sent[len(sent)-1].Sub(now) > time.Second {
		sent = sent[:len(sent)-1]
	}
	return sent
}

// sent marks the end of an exchange.
func (l *line) sent(k *ticket) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.active = slices.DeleteFunc(l.active, func(o *ticket) bool { return o == k })
	oldest := l.before + len(l.told)
	for _, o := range l.active {
		oldest = min(oldest, o.since)
	}
	l.told = slices.Clone(l.told[oldest-l.before:])
	l.before = oldest
}

// note reads what an answer says is left. Answers arrive in another order than the vendor
// counted in: of those that were under way together the lowest is the latest, and what is
// still under way may have been counted later than that.
func (l *line) note(k *ticket, h http.Header, out Outcome, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := &l.state
	l.told = append(l.told, tale{minute: left(h, l.limits.MinuteLeft), day: left(h, l.limits.DayLeft)})
	least := tale{minute: -1, day: -1}
	for _, t := range l.told[k.since-l.before:] {
		least.minute, least.day = lower(least.minute, t.minute), lower(least.day, t.day)
	}
	others := len(l.active) - 1
	if n := least.minute; n >= 0 {
		s.MinuteLeft, s.Seen = max(n-others, 0), now
	}
	if n := least.day; n >= 0 {
		s.DayLeft, s.Seen, l.told24 = max(n-others, 0), now, true
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
	if s.Seen.Equal(now) || now.Before(s.Until) {
		l.tell()
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

// left reads a header that counts what remains; -1 when it does not.
func left(h http.Header, name string) int {
	n, err := strconv.Atoi(strings.TrimSpace(h.Get(name)))
	if name == "" || err != nil {
		return -1
	}
	return max(n, 0)
}

// lower returns the lesser of two counts, of which -1 is not known.
func lower(x, y int) int {
	if x < 0 || y >= 0 && y < x {
		return y
	}
	return x
}
