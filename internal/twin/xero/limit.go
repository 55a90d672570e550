package xero

import (
	"cmp"
	"encoding/binary"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// appMinuteLimit is the vendor's limit for one app over all its tenants.
const appMinuteLimit = 10000

// limiter counts calls of one app to one tenant in fixed windows, which begin at a
// moment of the tenant's own, and bounds how many are in progress.
type limiter struct {
	minute, day, concurrent int // a negative limit is none
	offset                  time.Duration
	app                     *appMinute
	free                    time.Time // until when minute and day are not limited

	mu         sync.Mutex
	minuteUsed window
	dayUsed    window
	running    int
	peak       int
	passed     int // calls let through
	refused    int
}

// window is a fixed stretch of time and the calls counted in it.
type window struct {
	start time.Time
	used  int
}

// appMinute counts the calls of one app to all organisations.
type appMinute struct {
	limit int
	wait  bool // whether a refusal says when to come back

	mu   sync.Mutex
	used window
}

// rapidSync is how long a new connection goes without the limits of a minute and a day.
const rapidSync = 30 * time.Minute

// makeLimits gives every app of the house its limits. The windows' offset follows from the
// tenant, so that it is stable and only Retry-After tells it.
func (t *Twin) makeLimits() {
	t.limits = map[string]*limiter{}
	b := []byte(t.tenant + "        ")
	for _, a := range t.house.apps {
		l := &limiter{
			minute: t.o.MinuteLimit, day: cmp.Or(t.o.DayLimit, a.Tier.dayLimit()), concurrent: t.o.Concurrent, app: a.minute,
			offset: time.Duration(binary.BigEndian.Uint64(b)%86400) * time.Second,
		}
		if a.RapidSync && a.Kind == CustomConnection {
			l.rapid(t.made)
		}
		t.limits[a.ID] = l
	}
}

// enter counts a call that arrived at the given time, or refuses it. It writes the
// limit headers either way. After a nil answer the caller must call leave. A request
// that commits late is counted where it arrived, and never refused: it had been let in.
func (l *limiter) enter(h http.Header, at time.Time, late bool) *refusal {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.minuteUsed.roll(l.begin(at, time.Minute))
	l.dayUsed.roll(l.begin(at, 24*time.Hour))
	refused := l.judge(at)
	if late {
		refused = nil
	}
	left, refusedApp := l.app.enter(at, refused == nil, late)
	if refused == nil {
		refused = refusedApp
	}
	if refused == nil {
		if !at.Before(l.free) {
			l.minuteUsed.count(l.begin(at, time.Minute))
			l.dayUsed.count(l.begin(at, 24*time.Hour))
		}
		l.running++
		l.passed++
		l.peak = max(l.peak, l.running)
	} else {
		l.refused++
	}
	set := func(name string, limit, used int) {
		if limit >= 0 {
			h.Set(name, strconv.Itoa(max(limit-used, 0)))
		}
	}
	set("X-MinLimit-Remaining", l.minute, l.minuteUsed.used)
	set("X-DayLimit-Remaining", l.day, l.dayUsed.used)
	if l.app.limit >= 0 {
		h.Set("X-AppMinLimit-Remaining", strconv.Itoa(left))
	}
	return refused
}

// judge reports the limit that a call arriving at the given time would break.
func (l *limiter) judge(at time.Time) *refusal {
	problem, wait := "", time.Duration(0)
	switch {
	case l.concurrent >= 0 && l.running >= l.concurrent:
		problem = "concurrent"
	case l.day >= 0 && l.dayUsed.used >= l.day:
		problem, wait = "day", l.dayUsed.start.Add(24*time.Hour).Sub(at)
	case l.minute >= 0 && l.minuteUsed.used >= l.minute:
		problem, wait = "minute", l.minuteUsed.start.Add(time.Minute).Sub(at)
	default:
		return nil
	}
	return refuseLimit(problem, wait)
}

// enter counts a call to any of the organisations, or refuses it, and returns how many are
// left. That a refusal does not say when to come back is believed.
func (a *appMinute) enter(at time.Time, count, late bool) (left int, refused *refusal) {
	a.mu.Lock()
	defer a.mu.Unlock()
	start := at.Truncate(time.Minute)
	a.used.roll(start)
	switch {
	case !count:
	case a.limit >= 0 && a.used.used >= a.limit && !late:
		wait := time.Duration(0)
		if a.wait {
			wait = a.used.start.Add(time.Minute).Sub(at)
		}
		refused = refuseLimit("appminute", wait)
	default:
		a.used.count(start)
	}
	return max(a.limit-a.used.used, 0), refused
}

// refuseLimit is the 429 of every limit: no body, the name of the limit, and the seconds to
// wait where they are told.
func refuseLimit(problem string, wait time.Duration) *refusal {
	e := &refusal{status: http.StatusTooManyRequests, header: map[string]string{"X-Rate-Limit-Problem": problem}}
	if wait > 0 {
		e.header["Retry-After"] = strconv.Itoa(int((wait + time.Second - 1) / time.Second))
	}
	return e
}

// rapid lifts the limits of a connection that was just made.
func (l *limiter) rapid(made time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.free = made.Add(rapidSync)
}

func (l *limiter) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running--
}

func (l *limiter) counts() (passed, refused, peak int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.passed, l.refused, l.peak
}

// begin returns when the window of the given length that holds at began.
func (l *limiter) begin(at time.Time, length time.Duration) time.Time {
	return at.Add(-l.offset).Truncate(length).Add(l.offset)
}

// roll starts a new window; a clock that went back keeps the newer one.
func (w *window) roll(start time.Time) {
	if start.After(w.start) {
		*w = window{start: start}
	}
}

// count adds a call to the window it belongs to; calls of windows gone by are dropped.
func (w *window) count(start time.Time) {
	if !start.Before(w.start) {
		w.used++
	}
}
