package record

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/planwright/planwright/agent/llm"
)

// Recorder is a model that passes requests on to another and keeps what came back. It may
// be used by several goroutines; exchanges are kept in the order in which they ended.
type Recorder struct {
	model  llm.Model
	origin Origin
	scrub  *Scrubber

	mu   sync.Mutex
	kept []Exchange
}

// Record returns a Recorder over m. origin says who answers there.
func Record(m llm.Model, origin Origin, s *Scrubber) *Recorder {
	return &Recorder{model: m, origin: origin, scrub: s}
}

// Name implements llm.Model.
func (r *Recorder) Name() string { return r.model.Name() }

// Caps implements llm.Model.
func (r *Recorder) Caps() llm.Caps { return r.model.Caps() }

// Complete implements llm.Model. The answer is returned as it came, and kept scrubbed.
func (r *Recorder) Complete(ctx context.Context, req llm.Request) (llm.Response, error) {
	text, key, err := canonical(req, r.scrub)
	if err != nil {
		return llm.Response{}, err
	}
	got, err := r.model.Complete(ctx, req)
	e := Exchange{Key: key, Origin: r.origin, Model: r.model.Name(), Caps: r.model.Caps(), Request: text, Usage: got.Usage}
	if err != nil {
		e.Error = errorOf(err, r.scrub)
	} else {
		e.Response = &Response{Text: r.scrub.Text(got.Text), Model: got.Model, Finish: got.Finish}
	}
	if e.Response != nil || e.Error != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.kept = append(r.kept, e)
	}
	return got, err
}

// Exchanges returns what was kept so far.
func (r *Recorder) Exchanges() []Exchange {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Exchange(nil), r.kept...)
}

// Replayer is a model that answers from a recording. It may be used by several goroutines.
type Replayer struct {
	exchanges []Exchange
	scrub     *Scrubber
	again     string

	mu   sync.Mutex
	next map[string]int // how often each key was asked for
}

// Replay returns a model over the exchanges of one recording, of which there must be at
// least one. again is what to type to record anew; a miss says it. A request that was
// recorded several times is answered in that order, and then as it was last.
func Replay(exchanges []Exchange, s *Scrubber, again string) *Replayer {
	return &Replayer{exchanges: exchanges, scrub: s, again: again, next: map[string]int{}}
}

// Name implements llm.Model.
func (r *Replayer) Name() string {
	if len(r.exchanges) == 0 {
		return "recording"
	}
	return r.exchanges[0].Model
}

// Caps implements llm.Model.
func (r *Replayer) Caps() llm.Caps {
	if len(r.exchanges) == 0 {
		return llm.Caps{}
	}
	return r.exchanges[0].Caps
}

// Origin returns who gave the answers: scripted, if any was.
func (r *Replayer) Origin() Origin {
	for _, e := range r.exchanges {
		if e.Origin == Scripted {
			return Scripted
		}
	}
	return Recorded
}

// Complete implements llm.Model. A request that was not recorded is a *Miss.
func (r *Replayer) Complete(ctx context.Context, req llm.Request) (llm.Response, error) {
	if err := ctx.Err(); err != nil {
		return llm.Response{}, err
	}
	text, key, err := canonical(req, r.scrub)
	if err != nil {
		return llm.Response{}, err
	}
	e, ok := r.take(key)
	if !ok {
		return llm.Response{}, r.miss(text)
	}
	if e.Error != nil {
		return llm.Response{}, e.Error.err()
	}
	return llm.Response{Text: e.Response.Text, Model: e.Response.Model, Finish: e.Response.Finish, Usage: e.Usage}, nil
}

func (r *Replayer) take(key string) (found Exchange, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	nth := 0
	for _, e := range r.exchanges {
		if e.Key != key {
			continue
		}
		found, ok = e, true
		if nth == r.next[key] {
			break
		}
		nth++
	}
	r.next[key]++
	return found, ok
}

// Miss says that a request was not recorded.
type Miss struct {
	Nearest string // key of the most similar recorded request; empty when there is none
	At      int    // its place in the recording, from 1
	Diff    []string
	Again   string
}

// Error implements error.
func (m *Miss) Error() string {
	if m.Nearest == "" {
		return "this request was not recorded, and nothing else was; record with: " + m.Again
	}
	return fmt.Sprintf("this request was not recorded; nearest is exchange %d (%.19s…), which differs in:\n%s\nrecord again with: %s",
		m.At, m.Nearest, strings.Join(m.Diff, "\n"), m.Again)
}
