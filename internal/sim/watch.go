package sim

import (
	"bytes"
	"encoding/json"
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
	seq     uint64 // of the journal's entries that were read
	acked   uint64 // the last that a commit promised
	runs    map[string]*record
	intents map[string]*intent // by what goes over the wire
	keys    map[string]string  // body by idempotency key
	judged  map[string]bool    // invoices whose content was judged
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
	at   time.Time
	sent int
}

func newWatch(p *play) *watch {
	return &watch{p: p, runs: map[string]*record{}, intents: map[string]*intent{}, keys: map[string]string{}, judged: map[string]bool{}}
}

// opened takes note of a process.
func (w *watch) opened(a *app.App) { w.app = a }

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
	for e, err := range j.Entries(w.seq) {
		if err != nil {
			w.p.broken("journal", "read: %v", err)
			return
		}
		w.seq = e.Seq
		w.take(e)
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
	if !q.isWrite() {
		return
	}
	w.read()
	in := w.intents[wireForm(q.method, q.path, q.key, q.body)]
	w.p.judgeSend(q, in)
	if in != nil {
		in.sent++
	}
}

// answered is called when a request has its answer, as far as the product can know.
func (w *watch) answered(q *request, res *http.Response, err error) {
	w.p.judgeAnswer(q, res, err)
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
		next.ServeHTTP(rw, r)
		w.p.judgeDeed(&request{method: r.Method, path: r.URL.RequestURI(), key: r.Header.Get("Idempotency-Key"), body: body})
	})
}
