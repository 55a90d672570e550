package wire

import (
	"bytes"
	"context"
	"io"
	"net/http"
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
	struck  map[Kind]int
	pending []late
}

type rule struct {
	Fault
	seen, hits int
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

// Set replaces the rules and their counts; Set(nil) ends all faults. Late commits that
// are under way still happen.
func (f *Faults) Set(rules []Fault) error {
	made := make([]*rule, len(rules))
	for i, r := range rules {
		if err := r.Check(); err != nil {
			return err
		}
		made[i] = &rule{Fault: r}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules = made
	return nil
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

// Wrap returns a handler that serves next with the faults applied.
func (f *Faults) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.Settle()
		hit, ok := f.strike(r)
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		f.apply(hit, next, w, r)
	})
}

// strike finds the rule that strikes r, and counts.
func (f *Faults) strike(r *http.Request) (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, u := range f.rules {
		if !Match(u.Operation, r) {
			continue
		}
		u.seen++
		switch {
		case u.Nth > 0 && u.seen != u.Nth,
			u.Times > 0 && u.hits >= u.Times,
			u.Chance > 0 && f.o.Chance() >= u.Chance:
			continue
		}
		u.hits++
		f.struck[u.Kind]++
		return u.Fault, true
	}
	return Fault{}, false
}

func (f *Faults) apply(hit Fault, next http.Handler, w http.ResponseWriter, r *http.Request) {
	switch hit.Kind {
	case DropBefore:
		cut()
	case Reset:
		reset(w)
	case Late:
		f.delay(hit, next, r)
		cut()
	case DropAfter:
		next.ServeHTTP(newAnswer(), r)
		cut()
	case Status, HTML:
		hit.answer(w)
	case StatusAfter:
		next.ServeHTTP(newAnswer(), r)
		hit.answer(w)
	case Truncate:
		a := newAnswer()
		next.ServeHTTP(a, r)
		a.truncate(w)
	case Slow:
		a := newAnswer()
		next.ServeHTTP(a, r)
		if f.o.Wait(r.Context(), time.Duration(hit.After)) != nil {
			cut()
		}
		a.send(w)
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
