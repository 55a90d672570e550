package wire

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// FaultOptions are the outside things faults need. Now is required by Late, Chance by
// rules with a probability.
type FaultOptions struct {
	Now func() time.Time
	// Chance returns a number in [0, 1), from a seeded source.
	Chance func() float64
	// At schedules a late commit, [Virtual.At]. When nil, commits that are due happen
	// before the next request is served, or at [Faults.Settle].
	At func(time.Time, func())
	// Wait holds a slow answer; nil waits on the machine's timer.
	Wait func(context.Context, time.Duration) error
}

// Faults strikes requests by rules. Rules are tried in order and the first that
// strikes decides; a rule counts the requests that reach it. All methods may be called
// by several goroutines.
type Faults struct {
	o FaultOptions

	mu      sync.Mutex
	rules   []*rule
	made    int // rules so far, for their ids
	struck  map[Kind]int
	pending []late
}

// late is a request that will be executed after its sender was cut off.
type late struct {
	at  time.Time
	run func()
}

// NewFaults returns faults that follow rules; an unusable rule is an error.
func NewFaults(rules []Fault, o FaultOptions) (*Faults, error) {
	f := &Faults{o: o, struck: map[Kind]int{}}
	if f.o.Wait == nil {
		f.o.Wait = wait
	}
	return f, f.Set(rules)
}

// Struck returns how many requests faults of a kind have struck.
func (f *Faults) Struck(k Kind) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.struck[k]
}

// Pending returns how many late commits have not happened yet.
func (f *Faults) Pending() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.pending)
}

// Settle executes the late commits that are due now and returns how many there were.
func (f *Faults) Settle() int {
	var due []late
	f.mu.Lock()
	if len(f.pending) > 0 {
		now := f.o.Now()
		var rest []late
		for _, l := range f.pending {
			if l.at.After(now) {
				rest = append(rest, l)
			} else {
				due = append(due, l)
			}
		}
		f.pending = rest
	}
	f.mu.Unlock()
	for _, l := range due {
		l.run()
	}
	return len(due)
}

// Wrap returns a handler that serves next with the faults applied, those apart that
// belong inside.
func (f *Faults) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.Settle()
		f.serve(false, next, w, r)
	})
}

// Inside is Wrap for the rules that say inside; a twin that has such a place calls it there.
func (f *Faults) Inside(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { f.serve(true, next, w, r) })
}

func (f *Faults) serve(inside bool, next http.Handler, w http.ResponseWriter, r *http.Request) {
	hit, watch := f.strike(r, inside)
	switch {
	case hit != nil:
		f.apply(hit, next, w, r)
	case watch != nil:
		a := newAnswer()
		next.ServeHTTP(a, r)
		a.finish()
		f.remember(watch, a)
		a.send(w)
	default:
		next.ServeHTTP(w, r)
	}
}

// strike finds the rule that strikes r, and counts. Without one it may name a rule that
// wants to see the answer, to repeat it later.
func (f *Faults) strike(r *http.Request, inside bool) (hit, watch *rule) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, u := range f.rules {
		if u.off || u.Inside != inside || !Match(u.Operation, r) {
			continue
		}
		u.seen++
		if !u.strikes(f.o) {
			if u.Kind == Repeat {
				watch = u
			}
			continue
		}
		u.hits++
		f.struck[u.Kind]++
		return u, nil
	}
	return nil, watch
}

func (f *Faults) remember(u *rule, a *answer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	u.last = a
}

func (f *Faults) apply(hit *rule, next http.Handler, w http.ResponseWriter, r *http.Request) {
	switch hit.Kind {
	case DropBefore:
		cut()
	case Reset:
		reset(w)
	case Late:
		f.delay(hit.Fault, next, r)
		cut()
	case Status, HTML:
		hit.answer(w)
	case Repeat:
		f.mu.Lock()
		last := hit.last
		f.mu.Unlock()
		last.send(w)
	case Twice:
		f.twice(next, w, r)
	default:
		a := newAnswer()
		next.ServeHTTP(a, r)
		f.after(hit.Fault, a, w, r)
	}
}

// after does what a fault does to the answer of a request that was executed.
func (f *Faults) after(hit Fault, a *answer, w http.ResponseWriter, r *http.Request) {
	switch hit.Kind {
	case DropAfter:
		cut()
	case StatusAfter:
		hit.answer(w)
	case Truncate:
		a.truncate(w)
	case Slow:
		if f.o.Wait(r.Context(), time.Duration(hit.After)) != nil {
			cut()
		}
		a.send(w)
	case Drip:
		f.drip(hit, a, w, r)
	case CutGzip:
		a.cutGzip(w)
	case Rewrite:
		hit.rewrite(a, f.o.Now)
		a.send(w)
	default: // the others are done before the request is executed
	}
}

// twice executes a request twice. Its body is read once and given to both.
func (f *Faults) twice(next http.Handler, w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		cut()
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	serve(next, newAnswer(), r)
	again := r.Clone(r.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	next.ServeHTTP(w, again)
}

// drip sends an answer piece by piece.
func (f *Faults) drip(hit Fault, a *answer, w http.ResponseWriter, r *http.Request) {
	a.finish()
	a.copyHeader(w)
	w.WriteHeader(a.code)
	for piece := range slices.Chunk(a.body.Bytes(), max(1, hit.Bytes)) {
		_, err := w.Write(piece)
		_ = http.NewResponseController(w).Flush() // a writer that cannot flush sends all at once
		if err != nil || f.o.Wait(r.Context(), time.Duration(hit.After)) != nil {
			cut()
		}
	}
}

// delay keeps the request and executes it once its time has come. The request is read
// to its end first: the far end has it, only the sender does not know.
func (f *Faults) delay(hit Fault, next http.Handler, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the sender broke off: nothing whole arrived that could commit
	}
	now := f.o.Now()
	ctx := context.WithValue(context.WithoutCancel(r.Context()), arrivalKey{}, now)
	kept := r.Clone(ctx)
	kept.Body = io.NopCloser(bytes.NewReader(body))
	l := late{at: now.Add(time.Duration(hit.After)), run: func() { serve(next, newAnswer(), kept) }}
	f.mu.Lock()
	f.pending = append(f.pending, l)
	f.mu.Unlock()
	if f.o.At != nil {
		f.o.At(l.at, func() { f.Settle() })
	}
}

type arrivalKey struct{}

// Arrival returns when a late request reached the far end. A twin judges tokens and
// limits by that moment, and everything else by its clock. It reports false for
// requests that are not late.
func Arrival(r *http.Request) (time.Time, bool) {
	t, ok := r.Context().Value(arrivalKey{}).(time.Time)
	return t, ok
}

// answer writes the made-up answer of a rule.
func (f Fault) answer(w http.ResponseWriter) {
	code, body := f.Code, f.Body
	if f.Kind == HTML {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if code == 0 {
			code = http.StatusBadGateway
		}
		if body == "" {
			body = "<html><head><title>Bad gateway</title></head><body><h1>Bad gateway</h1></body></html>"
		}
	}
	for k, v := range f.Header {
		w.Header().Set(k, v)
	}
	w.WriteHeader(code)
	_, _ = io.WriteString(w, body) // a reader that went away needs no answer
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
