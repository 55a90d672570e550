package apicall

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// Decode reads one answer. It is pure. The rules, in order:
//
//   - A success status whose body cannot be read (HTML, cut short, not JSON, the promised
//     member missing) is unknown for a write and retry for a read.
//   - An element that says it was refused is a refusal whatever the status.
//   - A refusal is classed by the operation's duplicate texts, then the overlay's rules,
//     then the status alone; see [catalog.Errors].
func Decode(api *catalog.API, op *catalog.Operation, objects schema.Source, a Answer) Outcome {
	out, _ := decode(api, op, objects, a)
	return out
}

// decode also returns what the answer says of the page after it, "" when that is nothing:
// see [page].
func decode(api *catalog.API, op *catalog.Operation, objects schema.Source, a Answer) (Outcome, string) {
	d := decoder{api: api, op: op, objects: objects, answer: a}
	out, next := d.outcome()
	out.Status = a.Status
	out.TraceID = traceID(a.Header)
	if out.Class != catalog.ClassOK && out.Class != catalog.ClassAbsent {
		out.Message = clean(out.Message)
		out.Code = clean(out.Code)
	}
	return out, next
}

type decoder struct {
	api     *catalog.API
	op      *catalog.Operation
	objects schema.Source
	answer  Answer
}

func (d *decoder) outcome() (Outcome, string) {
	switch status := d.answer.Status; {
	case status == http.StatusNotModified && !isWrite(d.op) && d.many():
		// Nothing changed since the instant asked for: as good as an empty list.
		return Outcome{Class: catalog.ClassOK, Value: []any{}}, ""
	case status < 200 || status > 299:
		return d.refused(), ""
	}
	return d.success()
}

// success reads the body of a 2xx answer.
func (d *decoder) success() (Outcome, string) {
	body := bytes.TrimSpace(bytes.TrimPrefix(d.answer.Body, []byte("\xef\xbb\xbf")))
	switch {
	case d.op.Response == nil && d.op.Query == nil:
		return Outcome{Class: catalog.ClassOK}, ""
	case d.answer.Status == http.StatusNoContent && isWrite(d.op):
		return Outcome{Class: catalog.ClassOK}, ""
	case d.answer.Status == http.StatusNoContent && d.many():
		return Outcome{Class: catalog.ClassOK, Value: []any{}}, ""
	case d.answer.Status == http.StatusNoContent:
		return Outcome{Class: catalog.ClassAbsent}, ""
	}
	tree, err := parse(body)
	if err != nil {
		return d.unreadable(err.Error()), ""
	}
	if d.op.Query != nil {
		return d.rows(tree)
	}
	next, ok := nextOf(d.op.Paging, d.answer.Header, tree)
	if !ok {
		return d.unreadable("it says that there are more elements but not where"), ""
	}
	return d.elements(tree), next
}

// unreadable is the outcome of a success whose answer cannot be trusted.
func (d *decoder) unreadable(why string) Outcome {
	class := catalog.ClassRetry
	if isWrite(d.op) {
		class = catalog.ClassUnknown
	}
	return Outcome{Class: class, Message: "the answer cannot be read: " + why}
}

// rows reads one page of a query.
func (d *decoder) rows(tree any) (Outcome, string) {
	q := d.op.Query
	top, _ := tree.(map[string]any)
	list, ok := top[q.Rows].([]any)
	if !ok {
		return d.unreadable("it holds no list of rows"), ""
	}
	next := ""
	if done, isBool := top[q.Done].(bool); q.Next != "" && (q.Done == "" || !isBool || !done) {
		next, _ = top[q.Next].(string)
		if isBool && !done && next == "" {
			return d.unreadable("it says that there are more rows but not where"), ""
		}
	}
	t := schema.ObjectOf(d.answer.Object)
	if d.answer.Object == "" && d.op.Response != nil {
		t = d.op.Response.Type
	}
	n := normaliser{objects: d.objects, absent: d.api.Absent, query: q}
	rows := n.all(list, t)
	if n.cut != "" {
		// Half a list must never look like a whole one.
		return Outcome{Class: catalog.ClassPerson, Message: "a row has more " + n.cut + " than one answer holds; read them with a query of their own"}, ""
	}
	return Outcome{Class: catalog.ClassOK, Value: rows}, next
}

// elements unwraps the envelope and judges every element.
func (d *decoder) elements(tree any) Outcome {
	b := d.op.Response
	if b.Envelope != "" {
		top, _ := tree.(map[string]any)
		inner, ok := top[b.Envelope]
		if !ok || inner == nil {
			return d.unreadable("it does not hold " + b.Envelope)
		}
		tree = inner
	}
	list, isList := tree.([]any)
	if !isList || b.Type.Kind == schema.List { // a type that is itself a list is one element
		list = []any{tree}
	}
	if out, bad := d.refusedElement(list); bad {
		return out
	}
	values := d.normaliseAll(list, b.Type)
	switch {
	case d.many() && !isWrite(d.op):
		return Outcome{Class: catalog.ClassOK, Value: values}
	case len(values) == 1:
		return Outcome{Class: catalog.ClassOK, Value: values[0]}
	case len(values) == 0 && isWrite(d.op):
		return d.unreadable("it holds no element")
	case len(values) == 0:
		return Outcome{Class: catalog.ClassAbsent}
	case isWrite(d.op):
		return Outcome{Class: catalog.ClassOK, Value: values}
	}
	return d.unreadable(fmt.Sprintf("it holds %d elements where one was asked for", len(values)))
}

// many reports whether the operation reads a list.
func (d *decoder) many() bool {
	return d.op.Query != nil || d.op.Response != nil && d.op.Response.Many
}

// refusedElement classes an answer some of whose elements say that they were refused.
// When only some were, something was done: that is unknown until looked up.
func (d *decoder) refusedElement(list []any) (Outcome, bool) {
	var refused []any
	for _, e := range list {
		if m, ok := e.(map[string]any); ok && d.saysRefused(m) {
			refused = append(refused, e)
		}
	}
	if len(refused) == 0 {
		return Outcome{}, false
	}
	r := collect(d.api.Errors, refused[0])
	if len(refused) < len(list) {
		return Outcome{
			Class: catalog.ClassUnknown, Code: r.code(),
			Message: fmt.Sprintf("%d of %d elements were refused: %s", len(refused), len(list), r.message()),
		}, true
	}
	// The same refusal arrives as a 400 when the vendor is not asked to answer element by
	// element, so rules written for that status hold too.
	class, code := d.class(r, catalog.ClassData, d.answer.Status, http.StatusBadRequest)
	return Outcome{Class: class, Code: code, Message: r.message()}, true
}

func (d *decoder) saysRefused(m map[string]any) bool {
	e := d.api.Errors
	if e.Element == "" || m[e.Element] == nil {
		return false
	}
	return strings.EqualFold(fmt.Sprint(m[e.Element]), e.Refused)
}

func (d *decoder) normaliseAll(list []any, t schema.Type) []any {
	n := normaliser{objects: d.objects, absent: d.api.Absent}
	return n.all(list, t)
}

// parse reads exactly one JSON value, numbers as digits.
func parse(body []byte) (any, error) {
	switch {
	case len(body) == 0:
		return nil, errors.New("it is empty")
	case body[0] == '<':
		return nil, errors.New("it is a page, not JSON")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		// The decoder's own text may quote what it read.
		return nil, errors.New("it is cut short or not JSON")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON")
	}
	return v, nil
}

// traceID finds the header by which vendors name an exchange.
func traceID(h http.Header) string {
	found := ""
	for name, values := range h {
		n := strings.ToLower(name)
		if len(values) > 0 && (strings.HasSuffix(n, "correlation-id") || strings.HasSuffix(n, "request-id")) && (found == "" || n < found) {
			found = n
		}
	}
	if found == "" {
		return ""
	}
	id := clean(h.Get(found))
	return id[:min(len(id), 100)]
}
