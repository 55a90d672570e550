package xero

import (
	"errors"
	"io"
	"net/http"
	"strings"
)

// reply is what an operation answers: an envelope around a collection, or a bare code.
type reply struct {
	status     int // 0 is 200
	name       string
	list       []any
	pagination map[string]any
	media      string // of raw, which then stands without an envelope
	raw        []byte
	bare       map[string]any // an answer without an envelope
}

// envelope wraps a list in the form every success of the Accounting API has.
func (t *Twin) envelope(p reply, provider string) map[string]any {
	out := map[string]any{
		"Id":           t.answerID(),
		"Status":       "OK",
		"ProviderName": provider,
		"DateTimeUTC":  msInstant(stamp(t.o.Now())) + ")/",
		p.name:         p.list,
	}
	if p.list == nil {
		out[p.name] = []any{}
	}
	if p.pagination != nil {
		out["pagination"] = p.pagination
	}
	return out
}

// answer writes the outcome of an operation in the form the request accepts: JSON when
// asked for, else XML, which is what the vendor answers by default.
func (t *Twin) answer(w http.ResponseWriter, r *http.Request, p reply, err error) {
	if err != nil {
		t.refuse(w, r, err)
		return
	}
	if p.status == http.StatusNoContent || p.status == http.StatusNotModified {
		w.WriteHeader(p.status)
		return
	}
	if p.media != "" {
		w.Header().Set("Content-Type", p.media)
		_, _ = w.Write(p.raw) // a reader that went away needs no answer
		return
	}
	if p.bare != nil {
		writeTree(w, r, http.StatusOK, "Response", p.bare)
		return
	}
	writeTree(w, r, http.StatusOK, "Response", t.envelope(p, granted(r).app.Name))
}

// refuse answers with a refusal; without one it does nothing.
func (t *Twin) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if err == nil {
		return
	}
	var e *refusal
	if !errors.As(err, &e) {
		panic(err) // broken invariant: operations return refusals only
	}
	for k, v := range e.header {
		w.Header().Set(k, v)
	}
	switch {
	case e.kind != "":
		body := map[string]any{"ErrorNumber": e.number, "Type": e.kind, "Message": e.message}
		if e.elements != nil {
			body["Elements"] = e.elements
		}
		writeTree(w, r, e.status, "ApiException", body)
	case e.title != "":
		writeProblem(w, e, t.answerID())
	default:
		w.Header()["Content-Type"] = nil // net/http must not guess one
		if e.media != "" {
			w.Header().Set("Content-Type", e.media)
		}
		w.WriteHeader(e.status)
		_, _ = io.WriteString(w, e.text) // a reader that went away needs no answer
	}
}

func writeProblem(w http.ResponseWriter, e *refusal, instance string) {
	writeJSON(w, e.status, map[string]any{
		"Type": nil, "Title": e.title, "Status": e.status, "Detail": e.detail, "Instance": instance, "Extensions": map[string]any{},
	})
}

func writeTree(w http.ResponseWriter, r *http.Request, status int, root string, body map[string]any) {
	if wantsJSON(r) {
		writeJSON(w, status, body)
		return
	}
	for name, v := range body {
		if list, ok := v.([]any); ok {
			body[name] = trees(list)
		}
	}
	collection, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, apiRoot), "/")
	writeXML(w, status, root, collection, body)
}

// trees makes trees of the records of an answer.
func trees(list []any) []any {
	out := make([]any, len(list))
	for i, e := range list {
		if w, ok := e.(written); ok {
			e = w.tree()
		}
		out[i] = e
	}
	return out
}

func wantsJSON(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "application/json")
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	b, err := appendJSON(make([]byte, 0, 4<<10), body)
	if err != nil {
		panic(err) // broken invariant: trees hold plain values
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b) // a reader that went away needs no answer
}
