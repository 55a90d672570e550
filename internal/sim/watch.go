package sim

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/journal"
)

// watch sees what leaves the product, what the twins really execute, and what the journal
// holds. It is the only witness: nothing is believed because the product says so.
type watch struct {
	p *play

	app     *app.App
	seq     uint64   // of the journal's entries that were read
	chain   [32]byte // of the last of them
	acked   uint64   // the last that a commit promised
	fresh   bool     // the journal was opened since it was read
	runs    map[string]*record
	intents map[string]*intent // by what goes over the wire
	keys    map[string]string  // body by idempotency key
	judged  map[string]bool    // invoices whose content was judged
	creates map[string]*create // by run and natural key
	recount bool               // the journal is another than people decided in
	people  int                // entries by which a person let a run go on, or ended it
}

// record is a run as the journal has it.
type record struct {
	id      string
	started engine.Started
	entries []engine.Entry
}

// intent is a write that the journal knows of.
type intent struct {
	run *record
	engine.Intent
	at time.Time
}

func newWatch(p *play) *watch {
	return &watch{p: p, runs: map[string]*record{}, intents: map[string]*intent{}, keys: map[string]string{}, judged: map[string]bool{}, creates: map[string]*create{}}
}

// opened takes note of a process.
func (w *watch) opened(a *app.App) { w.app, w.fresh = a, true }

func (w *watch) closed() { w.app = nil }

// read takes in what the journal holds by now. Only what is on the disk can be read.
func (w *watch) read() {
	if w.app == nil {
		return
	}
	j, err := w.app.Journal()
	if err != nil {
		return // a journal that cannot be opened has nothing new
	}
	if w.fresh {
		w.kept(j)
	}
	for e, err := range j.Entries(w.seq) {
		if err != nil {
			if !errors.Is(err, journal.ErrStopped) { // the next process reads on
				w.p.broken("stage", "read the journal: %v", err)
			}
			return
		}
		w.seq, w.chain = e.Seq, e.Chain
		if w.p.o.Tamper.entry(&e) {
			w.take(e)
		}
	}
	w.counted()
}

// counted takes what an older journal knows of decisions for all that were made.
func (w *watch) counted() {
	if w.recount {
		w.recount, w.p.told, w.p.unsure = false, w.people, 0
	}
}

// kept demands of a journal that was opened again what it held, and what it promised.
func (w *watch) kept(j *journal.Journal) {
	w.fresh = false
	head, err := j.Head()
	if err == nil && head.Seq < w.acked {
		w.p.broken(nothingLost, "entry %d was promised, the journal ends at %d", w.acked, head.Seq)
	}
	if w.seq == 0 {
		return
	}
	for e, err := range j.Entries(w.seq - 1) {
		if err == nil && (e.Seq != w.seq || e.Chain != w.chain) {
			w.p.broken(nothingLost, "entry %d is not the one that was read", w.seq)
		}
		break
	}
}

// take adds an entry.
func (w *watch) take(e journal.Entry) {
	id, ok := strings.CutPrefix(e.Stream, "run/")
	if !ok {
		return
	}
	r := w.runs[id]
	if r == nil {
		r = &record{id: id}
		w.runs[id] = r
	}
	entry := engine.Entry{At: e.At, Kind: engine.Kind(e.Kind), Data: json.RawMessage(e.Data)}
	r.entries = append(r.entries, entry)
	switch entry.Kind {
	case engine.KindStarted:
		r.started = as[engine.Started](entry)
	case engine.KindIntent:
		in := &intent{run: r, Intent: as[engine.Intent](entry), at: e.At}
		w.intents[wireForm(in.Request.Method, in.Request.Path, in.Request.Header["Idempotency-Key"], in.Request.Body)] = in
	case engine.KindReleased:
		if as[engine.Released](entry).By == dana {
			w.people++
		}
	case engine.KindReplied, engine.KindAdopted:
		w.people++
		w.said(r)
	case engine.KindFinished:
		if as[engine.Finished](entry).By != "" {
			w.people++
		}
	default:
	}
}

func as[T any](e engine.Entry) T {
	var v T
	d := json.NewDecoder(bytes.NewReader(e.Data))
	d.UseNumber()
	_ = d.Decode(&v) // what the engine wrote, it reads: judged by replay
	return v
}

// wireForm is a write as it leaves, without the part of the path that is the connection's.
func wireForm(method, path, key string, body []byte) string {
	for _, base := range []string{"/api.xro/2.0", "/services/data/v67.0"} {
		path = strings.TrimPrefix(path, base)
	}
	return method + " " + path + "\n" + key + "\n" + string(body)
}

// sending is called before a request leaves.
func (w *watch) sending(q *request) {
	w.p.res.Sent++
	w.p.o.Tamper.sent(q)
	if !q.isWrite() {
		return
	}
	w.read()
	q.in = w.intents[wireForm(q.method, q.path, q.key, q.body)]
	w.p.judgeSend(q)
}

// answered is called when a request has its answer, as far as the product can know, and
// returns what the product is to see of it.
func (w *watch) answered(q *request, res *http.Response, err error) *http.Response {
	if err != nil {
		w.heard(q, 0, nil, err)
		return nil
	}
	body, cut := io.ReadAll(res.Body)
	again := *res
	again.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), failing{cut}))
	w.heard(q, res.StatusCode, body, cut)
	w.p.shown(q, res.StatusCode, body)
	return &again
}

// failing ends a body as it ended for who read it first.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return 0, io.EOF
}

// executed returns a handler that sees what a vendor does.
func (w *watch) executed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || strings.HasSuffix(r.URL.Path, "/token") {
			next.ServeHTTP(rw, r)
			return
		}
		body, _ := io.ReadAll(r.Body) // the twins are not reached by a broken body
		r.Body = io.NopCloser(bytes.NewReader(body))
		before := w.p.parties(r)
		next.ServeHTTP(rw, r)
		w.p.judgeParties(before)
		w.p.judgeDeed(&request{method: r.Method, path: r.URL.RequestURI(), key: r.Header.Get("Idempotency-Key"), body: body})
	})
}
