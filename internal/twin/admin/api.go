package admin

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/planwright/planwright/internal/twin/pubsub"
	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/internal/twin/xero"
)

// maxBody bounds what is sent to the admin: a world of a hundred thousand records fits.
const maxBody = 512 << 20

// problem is an error with the status that tells it.
type problem struct {
	status int
	err    error
}

func (p *problem) Error() string { return p.err.Error() }

func absent(format string, args ...any) error {
	return &problem{http.StatusNotFound, fmt.Errorf(format, args...)}
}

// Handler serves the page and the JSON calls. What changes anything is refused when it comes
// from another site's page, and so is every call by another name than this machine's own.
func (s *Stage) Handler() http.Handler {
	mux := http.NewServeMux()
	get := func(path string, f func(r *http.Request) (any, error)) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) { s.tell(w, r, f) })
	}
	post := func(pattern string, f func(r *http.Request) (any, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.change(w, r, f) })
	}
	get("/api/state", func(*http.Request) (any, error) { return s.state(), nil })
	get("/api/records/{system}/{collection}", s.records)
	get("/api/records/{system}/{collection}/{id}", s.record)
	get("/api/requests", func(*http.Request) (any, error) { return s.requests(), nil })
	get("/api/faults", func(*http.Request) (any, error) { return s.o.Faults.Rules(), nil })
	get("/api/presets", func(*http.Request) (any, error) { return s.o.Presets, nil })
	get("/api/doubts", func(*http.Request) (any, error) { return s.doubts(), nil })
	get("/api/actions", func(*http.Request) (any, error) { return Actions(), nil })
	get("/api/diff", func(*http.Request) (any, error) { return s.Diff() })
	mux.HandleFunc("GET /api/world", s.download)
	post("POST /api/world", s.loadWorld)
	post("POST /api/reset", func(*http.Request) (any, error) { return nil, s.reset() })
	post("POST /api/clock", s.moveClock)
	post("POST /api/faults", s.addFault)
	post("DELETE /api/faults/{id}", s.removeFault)
	post("POST /api/faults/{id}/{do}", s.switchFault)
	post("POST /api/actions/{system}/{name}", s.act)
	post("POST /api/webhooks/retry", s.retryWebhooks)
	post("POST /api/webhooks/intent", s.intendWebhooks)
	mux.HandleFunc("GET /{$}", s.page)
	mux.HandleFunc("GET /style.css", style)
	return ownName(http.NewCrossOriginProtection().Handler(mux))
}

// ownName refuses calls that name another host: a page elsewhere whose name was made to
// lead here would read what it likes.
func ownName(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		if ip := net.ParseIP(strings.Trim(host, "[]")); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "this address answers on this machine only", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// tell answers a question as JSON.
func (s *Stage) tell(w http.ResponseWriter, r *http.Request, f func(*http.Request) (any, error)) {
	v, err := f(r)
	if err != nil {
		refuse(w, err)
		return
	}
	writeJSON(w, http.StatusOK, v)
}

// change does what a call asks. A form of the page is sent back to it.
func (s *Stage) change(w http.ResponseWriter, r *http.Request, f func(*http.Request) (any, error)) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	_, err := f(r)
	switch {
	case isForm(r) && err != nil:
		s.show(w, http.StatusBadRequest, err.Error())
	case isForm(r):
		http.Redirect(w, r, "/#"+sectionOf(r.URL.Path), http.StatusSeeOther)
	case err != nil:
		refuse(w, err)
	default:
		writeJSON(w, http.StatusOK, s.state())
	}
}

// sectionOf is the section of the page whose form asked for a change.
func sectionOf(path string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(path, "/api/"), "/")
	if name == "reset" {
		return "world"
	}
	return name
}

func isForm(r *http.Request) bool {
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return media == "application/x-www-form-urlencoded" || media == "multipart/form-data"
}

func refuse(w http.ResponseWriter, err error) {
	status := http.StatusBadRequest
	if p, ok := errors.AsType[*problem](err); ok {
		status = p.status
	}
	writeJSON(w, status, map[string]string{"error": err.Error()})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // a reader that went away needs no answer
}

// inputsOf reads the arguments of a call: the members of a JSON object, or a form's fields.
func inputsOf(r *http.Request) (inputs, error) {
	in := inputs{}
	if isForm(r) {
		if err := r.ParseMultipartForm(32 << 20); err != nil && !errors.Is(err, http.ErrNotMultipart) {
			return nil, err
		}
		for name := range r.PostForm {
			in[name] = strings.TrimSpace(r.PostForm.Get(name))
		}
		return in, nil
	}
	var members map[string]any
	d := json.NewDecoder(r.Body)
	d.UseNumber()
	if err := d.Decode(&members); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read arguments: %w", err)
	}
	for name, v := range members {
		text, ok := v.(string)
		if !ok {
			data, err := json.Marshal(v)
			if err != nil {
				return nil, err // unreachable: it was JSON
			}
			text = string(data)
		}
		in[name] = text
	}
	return in, nil
}

// State is what the twins hold, in numbers.
type State struct {
	Now        time.Time      `json:"now"`
	Frozen     bool           `json:"frozen"`
	Salesforce map[string]int `json:"salesforce"` // records by object
	Xero       map[string]int `json:"xero"`       // records by collection
	Tenant     string         `json:"tenant"`     // id of the organisation of the books
	Webhooks   *Webhooks      `json:"webhooks,omitempty"`
}

func (s *Stage) state() State {
	t := s.Twins()
	return State{
		Now: s.o.Clock.Now(), Frozen: s.o.Clock.Frozen(), Tenant: t.Xero.Tenant(),
		Salesforce: t.Salesforce.Counts(), Xero: t.Xero.Counts(), Webhooks: s.webhooks(),
	}
}

func (s *Stage) all(r *http.Request) ([]world.Record, error) {
	t, collection := s.Twins(), r.PathValue("collection")
	var list []world.Record
	switch r.PathValue("system") {
	case systemSalesforce:
		list = t.Salesforce.All(collection)
	case systemXero:
		list = t.Xero.All(collection)
	}
	if list == nil {
		return nil, absent("%s %s: there are no such records", r.PathValue("system"), collection)
	}
	return list, nil
}

func (s *Stage) records(r *http.Request) (any, error) { return s.all(r) }

func (s *Stage) record(r *http.Request) (any, error) {
	list, err := s.all(r)
	if err != nil {
		return nil, err
	}
	id := r.PathValue("id")
	i := slices.IndexFunc(list, func(rec world.Record) bool { return world.ID(r.PathValue("collection"), rec) == id })
	if i < 0 {
		return nil, absent("%s %s %s: there is no such record", r.PathValue("system"), r.PathValue("collection"), id)
	}
	return list[i], nil
}

// Seen is one request as a twin saw it.
type Seen struct {
	At     time.Time `json:"at"`
	System string    `json:"system"`
	Method string    `json:"method"`
	URL    string    `json:"url"`
	Status int       `json:"status"`
	Cut    bool      `json:"cut,omitempty"` // the sender got no whole answer
}

// requests are the last requests to both twins, newest first.
func (s *Stage) requests() []Seen {
	out := []Seen{}
	for system, log := range s.logs {
		for _, e := range log.Exchanges() {
			out = append(out, Seen{e.At, system, e.Method, e.URL, e.Status, e.Cut})
		}
	}
	slices.SortStableFunc(out, func(a, b Seen) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.System, b.System)) })
	return out
}

// Decided is a doubt and which way the twins decide it.
type Decided struct {
	System string `json:"system"`
	wire.Doubt
	Decided string `json:"decided"` // "believed" or "otherwise"
}

// Doubts lists the doubts of both twins, decided as the names say.
func Doubts(otherwise []string) []Decided {
	out := []Decided{}
	add := func(system string, doubts []wire.Doubt) {
		for _, d := range doubts {
			way := "believed"
			if slices.Contains(otherwise, d.Name) {
				way = "otherwise"
			}
			out = append(out, Decided{system, d, way})
		}
	}
	add(systemSalesforce, salesforce.Doubts())
	add(systemSalesforce, pubsub.Doubts())
	add(systemXero, xero.Doubts())
	return out
}

func (s *Stage) doubts() []Decided { return Doubts(s.o.Otherwise) }

func (s *Stage) download(w http.ResponseWriter, _ *http.Request) {
	data, err := s.Dump().Encode()
	if err != nil {
		refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="world.json"`)
	_, _ = w.Write(data) // a reader that went away needs no answer
}

func (s *Stage) loadWorld(r *http.Request) (any, error) {
	data, err := worldOf(r)
	if err != nil {
		return nil, err
	}
	w, err := world.Decode(data)
	if err != nil {
		return nil, err
	}
	return nil, s.Load(w)
}

// worldOf reads a world from the body, or from the file of a form.
func worldOf(r *http.Request) ([]byte, error) {
	if !isForm(r) {
		return io.ReadAll(r.Body)
	}
	file, _, err := r.FormFile("world")
	if err != nil {
		return nil, fmt.Errorf("a file is needed: %w", err)
	}
	defer file.Close()
	return io.ReadAll(file)
}

func (s *Stage) reset() error {
	s.mu.RLock()
	w := s.o.World
	s.mu.RUnlock()
	return s.Load(w)
}

// moveClock takes any of set (an instant), advance (a duration) and frozen (true, false).
func (s *Stage) moveClock(r *http.Request) (any, error) {
	in, err := inputsOf(r)
	if err != nil {
		return nil, err
	}
	for name := range in {
		if name != "set" && name != "advance" && name != "frozen" {
			return nil, fmt.Errorf("clock: %s: give set, advance or frozen", name)
		}
	}
	if text := in["set"]; text != "" {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return nil, fmt.Errorf("clock: set %.40q: an instant like 2026-11-22T10:00:00Z is needed", text)
		}
		s.o.Clock.Set(at)
	}
	if text := in["advance"]; text != "" {
		d, err := time.ParseDuration(text)
		if err != nil {
			return nil, fmt.Errorf("clock: advance %.40q: a duration like 90s or 24h is needed", text)
		}
		s.o.Clock.Advance(d)
	}
	if text := in["frozen"]; text != "" {
		s.o.Clock.Freeze(text == "true")
	}
	s.o.Faults.Settle() // what was to arrive late, and now has
	return nil, nil
}

// addFault takes a rule, or a form with the name of a preset or the rule as text.
func (s *Stage) addFault(r *http.Request) (any, error) {
	var data []byte
	if isForm(r) {
		in, err := inputsOf(r)
		if err != nil {
			return nil, err
		}
		if data = []byte(in["rule"]); len(data) == 0 {
			if data, err = json.Marshal(map[string]string{"preset": in["preset"]}); err != nil {
				return nil, err // unreachable: two texts
			}
		}
	} else {
		var err error
		if data, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	f, err := wire.DecodeFault(data, s.o.Presets)
	if err != nil {
		return nil, fmt.Errorf("add a fault: %w", err)
	}
	_, err = s.o.Faults.Add(f)
	return nil, err
}

func (s *Stage) removeFault(r *http.Request) (any, error) {
	return nil, s.o.Faults.Remove(r.PathValue("id"))
}

// switchFault turns a rule on or off; a form has no other way to remove one either.
func (s *Stage) switchFault(r *http.Request) (any, error) {
	id := r.PathValue("id")
	switch r.PathValue("do") {
	case "on":
		return nil, s.o.Faults.Switch(id, true)
	case "off":
		return nil, s.o.Faults.Switch(id, false)
	case "remove":
		return nil, s.o.Faults.Remove(id)
	}
	return nil, absent("fault %s: on, off or remove", id)
}

func (s *Stage) act(r *http.Request) (any, error) {
	system, name := r.PathValue("system"), r.PathValue("name")
	actions := Actions()
	i := slices.IndexFunc(actions, func(a Action) bool { return a.System == system && a.Name == name })
	if i < 0 {
		return nil, absent("action %s %s: there is none of that name", system, name)
	}
	in, err := inputsOf(r)
	if err != nil {
		return nil, err
	}
	for _, need := range actions[i].Needs {
		if !strings.HasSuffix(need, "?") && in[need] == "" {
			return nil, fmt.Errorf("action %s %s needs %s", system, name, strings.Join(actions[i].Needs, ", "))
		}
	}
	return nil, actions[i].run(s.Twins(), in)
}
