package sim

import (
	"net/url"
	"strings"
	"time"

	"github.com/planwright/planwright/runtime/engine"
)

// create is what is known of a write that makes a record under a key of the run's own: how
// its latest sending ended for the product, and what it has looked up since.
type create struct {
	run      *record
	natural  string
	first    time.Time
	sent     time.Time
	unknown  bool      // the product cannot know whether it happened
	until    time.Time // the last moment at which it could still happen
	lookedUp time.Time // when the latest look-up left that was answered
	person   bool      // somebody said what became of it
}

// lateness is how long after it was sent a lost write may still happen, by vendor: what the
// overlays state.
func lateness(path string) time.Duration {
	if strings.HasPrefix(path, "/api.xro/") {
		return 10 * time.Second
	}
	return 10 * time.Minute
}

// keyLife is how long the books remember an idempotency key.
const keyLife = 6 * time.Minute

func (w *watch) creation(q *request) *create {
	if q.in == nil || q.in.Natural == "" {
		return nil
	}
	id := q.in.run.id + "\n" + q.in.Path + "\n" + q.in.Natural
	c := w.creates[id]
	if c == nil {
		c = &create{run: q.in.run, natural: q.in.Natural, first: q.at}
		w.creates[id] = c
	}
	return c
}

// again judges that a create is sent, perhaps not for the first time.
func (w *watch) again(q *request) {
	c := w.creation(q)
	if c == nil {
		return
	}
	if c.unknown && !c.person && c.lookedUp.Before(c.until) {
		w.p.broken(noSecond, "%s %s for %s: the first could happen until %s, the last look-up was at %s",
			q.method, q.path, c.natural, c.until.Format(time.TimeOnly), c.lookedUp.Format(time.TimeOnly))
	}
	if c.unknown && q.at.Sub(c.first) > keyLife {
		w.p.res.Fired[keyForgotten]++
	}
	c.sent, c.unknown, c.person = q.at, false, false
}

// heard takes note of what the product heard of a request. A status of 0 is no answer.
func (w *watch) heard(q *request, status int, body []byte, err error) {
	if !q.isWrite() {
		if err == nil && status < 300 {
			w.looked(q)
		}
		return
	}
	rolledBack := strings.Contains(string(body), "SERVER_UNAVAILABLE") // the vendor says so
	page := strings.HasPrefix(strings.TrimSpace(string(body)), "<") || status < 300 && len(body) > 0 && body[0] == 0x1f
	if err != nil || page || status >= 500 && !rolledBack {
		w.unheard(q)
	}
}

// unheard notes that the product cannot know what became of a write.
func (w *watch) unheard(q *request) {
	if c := w.creation(q); c != nil && q.isWrite() {
		c.unknown, c.until = true, q.at.Add(lateness(q.path))
	}
}

// looked notes a look-up of whatever keys are in its question.
func (w *watch) looked(q *request) {
	if len(w.creates) == 0 {
		return
	}
	question, err := url.QueryUnescape(q.path)
	if err != nil {
		question = q.path
	}
	for _, c := range w.creates {
		if strings.Contains(question, c.natural) {
			c.lookedUp = q.at
		}
	}
}

// said notes that a person answered what a run was held for.
func (w *watch) said(r *record) {
	for _, c := range w.creates {
		if c.run == r && as[engine.Reply](r.entries[len(r.entries)-1]).Answer == engine.NotHappened {
			c.person = true
		}
	}
}

// dies notes that nobody will ever hear the answers that are on their way.
func (w *watch) dies() {
	w.read()
	for _, in := range w.intents {
		open := true
		for _, e := range in.run.entries {
			if e.Kind == engine.KindOutcome {
				o := as[engine.WriteOutcome](e)
				open = open && (o.Path != in.Path || o.Attempt != in.Attempt)
			}
		}
		if c := w.creates[in.run.id+"\n"+in.Path+"\n"+in.Natural]; open && c != nil && !c.unknown && !c.sent.IsZero() {
			c.unknown, c.until = true, c.sent.Add(10*time.Second)
		}
	}
}
