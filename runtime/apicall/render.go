package apicall

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// maxPath bounds path and query in bytes. Salesforce refuses addresses past 16,384 bytes,
// headers included (REST guide, status codes 414 and 431); 15,000 leaves room for them.
const maxPath = 15_000

// Render builds the request for one use of op. It is pure: equal arguments give equal
// bytes. It refuses arguments that op does not take, and values that could change the
// meaning of the request around them. Errors name places, never values.
func Render(api *catalog.API, op *catalog.Operation, objects schema.Source, a Args) (Request, error) {
	r := renderer{api: api, op: op, objects: objects, query: url.Values{}, header: map[string]string{}, path: map[string]string{}}
	req, err := r.render(a)
	if err != nil {
		return Request{}, fmt.Errorf("render %s: %w", op.Name(), err)
	}
	return req, nil
}

type renderer struct {
	api     *catalog.API
	op      *catalog.Operation
	objects schema.Source
	query   url.Values
	header  map[string]string
	path    map[string]string
}

func (r *renderer) render(a Args) (Request, error) {
	req := Request{Operation: r.op.Name(), Method: r.op.Method}
	if err := r.params(a); err != nil {
		return Request{}, err
	}
	if err := r.shape(a, &req); err != nil {
		return Request{}, err
	}
	req.Pages = r.firstPage()
	if err := r.body(a.Body, &req); err != nil {
		return Request{}, err
	}
	if err := r.required(); err != nil {
		return Request{}, err
	}
	path, err := expand(r.op.Path, r.path)
	if err != nil {
		return Request{}, err
	}
	req.Path = withQuery(path, r.query)
	if len(req.Path) > maxPath {
		return Request{}, fmt.Errorf("the address would be %d bytes long, at most %d are sent", len(req.Path), maxPath)
	}
	r.header["Accept"] = "application/json"
	if b := r.op.Response; b != nil && b.Media != "" {
		r.header["Accept"] = b.Media
	}
	req.Header = r.header
	return req, nil
}

// params places the given and the fixed parameters.
func (r *renderer) params(a Args) error {
	for _, name := range sortedKeys(a.Params) {
		if v := a.Params[name]; v != nil {
			if err := r.param(name, v); err != nil {
				return err
			}
		}
	}
	for _, name := range sortedKeys(r.op.Fixed) {
		in := catalog.InQuery
		if p, ok := r.op.Param(name); ok {
			in = p.In
		}
		if err := r.place(name, in, r.op.Fixed[name]); err != nil {
			return err
		}
	}
	return nil
}

// param writes one given parameter.
func (r *renderer) param(name string, v any) error {
	if _, fixed := r.op.Fixed[name]; fixed {
		return fmt.Errorf("parameter %s is fixed by the overlay", name)
	}
	p, ok := r.op.Param(name)
	switch {
	case name == r.op.Select:
		if s, isText := v.(string); isText {
			v = anyList(strings.Split(s, ","))
		}
		list, _ := v.([]any)
		for _, f := range list {
			if s, _ := f.(string); !isName(s) {
				return fmt.Errorf("parameter %s: an element is not a field path", name)
			}
		}
		p.Type = schema.ListOf(schema.Type{Kind: schema.String})
	case !ok:
		return fmt.Errorf("there is no parameter %s", name)
	}
	if list, isList := v.([]any); isList && p.Repeated && len(list) > 1 {
		return r.repeat(p, list)
	}
	text, err := paramText(p.Type, v)
	if err != nil {
		return fmt.Errorf("parameter %s: %w", name, err)
	}
	return r.place(name, p.In, text)
}

// repeat sends each element of a list under the parameter's name.
func (r *renderer) repeat(p catalog.Param, list []any) error {
	for _, e := range list {
		text, err := paramText(p.Type, []any{e})
		switch {
		case err != nil:
			return fmt.Errorf("parameter %s: %w", p.Name, err)
		case hasControl(text):
			return fmt.Errorf("parameter %s holds a control character", p.Name)
		}
		r.query.Add(p.Name, text)
	}
	return nil
}

func anyList(names []string) []any {
	list := make([]any, len(names))
	for i, n := range names {
		list[i] = n
	}
	return list
}

// place puts one parameter where it travels.
func (r *renderer) place(name string, in catalog.In, text string) error {
	switch {
	case text == "": // most vendors read an empty restriction as none
		return fmt.Errorf("parameter %s is empty", name)
	case hasControl(text):
		return fmt.Errorf("parameter %s holds a control character", name)
	}
	switch in {
	case catalog.InPath:
		r.path[name] = text
	case catalog.InHeader:
		if !isHeader(name) {
			return fmt.Errorf("header %s may not be set by an operation", name)
		}
		for _, c := range []byte(text) {
			if c > 0x7e {
				return fmt.Errorf("header %s: only ASCII text can travel in a header", name)
			}
		}
		r.header[name] = text
	default:
		r.query.Set(name, text)
	}
	return nil
}

// shape renders query text and filter expression into their parameters.
func (r *renderer) shape(a Args, req *Request) error {
	switch {
	case r.op.Query == nil && a.Query != nil:
		return errors.New("it does not take a query")
	case r.op.Query != nil && a.Query == nil:
		return errors.New("it needs a query")
	case r.op.Query != nil:
		if r.op.Query.Language != "soql" {
			return fmt.Errorf("there is no builder for the query language %q", r.op.Query.Language)
		}
		text, err := soql(r.api.Name, *a.Query, r.objects)
		if err != nil {
			return err
		}
		req.Object = r.api.Name + "." + a.Query.From
		r.query.Set(r.op.Query.Param, text)
	}
	if a.Filter == nil {
		return nil
	}
	f := r.op.Filter
	if f == nil {
		return errors.New("it does not take a filter")
	}
	if r.query.Has(f.Param) {
		return fmt.Errorf("parameter %s is set twice", f.Param)
	}
	var element schema.Type
	if r.op.Response != nil {
		element = r.op.Response.Type
	}
	text, err := filter(f.Language, a.Filter, element, r.objects)
	if err != nil {
		return err
	}
	r.query.Set(f.Param, text)
	return nil
}

// firstPage asks for the first page of a paged list unless the caller chose a page;
// [Caller] goes on from there.
func (r *renderer) firstPage() bool {
	p := r.op.Paging
	if p == nil {
		return false
	}
	for _, chosen := range []string{p.Page, p.Offset, p.Cursor} {
		if chosen != "" && r.query.Has(chosen) {
			return false
		}
	}
	switch {
	case p.Page != "" && p.FromZero:
		r.query.Set(p.Page, "0")
	case p.Page != "":
		r.query.Set(p.Page, "1")
	}
	if p.Size != "" && p.MaxSize > 0 && !r.query.Has(p.Size) {
		r.query.Set(p.Size, strconv.Itoa(p.MaxSize))
	}
	return true
}

// body wraps the element as the operation's envelope demands and encodes it.
func (r *renderer) body(v any, req *Request) error {
	b := r.op.Request
	if b == nil {
		if v != nil {
			return errors.New("it does not take a body")
		}
		return nil
	}
	if v == nil {
		return errors.New("it needs a body")
	}
	if media := strings.ToLower(b.Media); media != "" && !strings.Contains(media, "json") && media != "*/*" {
		return fmt.Errorf("its body is %.60s, and only JSON is written", b.Media)
	}
	list, isList := v.([]any)
	switch {
	case b.Many && isList:
		if max := max(r.op.Batch, 1); len(list) == 0 || len(list) > max {
			return fmt.Errorf("it takes 1 to %d elements, not %d", max, len(list))
		}
	case b.Many:
		v = []any{v}
	}
	if b.Envelope != "" {
		v = map[string]any{b.Envelope: v}
	}
	text, err := encode(v)
	if err != nil {
		return fmt.Errorf("body%w", err)
	}
	req.Body = text
	r.header["Content-Type"] = "application/json"
	if b.Media != "" && b.Media != "*/*" {
		r.header["Content-Type"] = b.Media
	}
	return nil
}

// required reports the first required parameter that has no value.
func (r *renderer) required() error {
	for _, p := range r.op.Params {
		if !p.Required {
			continue
		}
		var ok bool
		switch p.In {
		case catalog.InPath:
			_, ok = r.path[p.Name]
		case catalog.InHeader:
			_, ok = r.header[p.Name]
			// The tenant travels with the connection, the key is the engine's to give.
			ok = ok || p.Name == r.api.Auth.Tenant
		default:
			ok = r.query.Has(p.Name)
		}
		if !ok {
			return fmt.Errorf("parameter %s is missing", p.Name)
		}
	}
	return nil
}

// expand fills a path template. A value becomes one segment: it can neither be empty,
// nor climb, nor end the path.
func expand(template string, values map[string]string) (string, error) {
	var b strings.Builder
	for rest := template; ; {
		before, after, found := strings.Cut(rest, "{")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		name, tail, closed := strings.Cut(after, "}")
		if !closed {
			return "", fmt.Errorf("path template %s does not close a brace", template)
		}
		v, ok := values[name]
		if !ok {
			return "", fmt.Errorf("parameter %s is missing", name)
		}
		if v == "" || v == "." || v == ".." {
			return "", fmt.Errorf("parameter %s cannot be a path segment", name)
		}
		b.WriteString(url.PathEscape(v))
		rest = tail
	}
}

// withQuery joins path and query, keys sorted, blanks as %20 so that no reader can take
// a plus sign for one.
func withQuery(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	return path + sep + strings.ReplaceAll(q.Encode(), "+", "%20")
}

// isHeader reports whether an operation may set the header. What belongs to the
// connection or to HTTP itself is not an operation's to say.
func isHeader(name string) bool {
	for _, c := range []byte(name) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && c != '-' && c != '_' {
			return false
		}
	}
	kept := []string{"authorization", "cookie", "host", "connection", "content-length", "transfer-encoding", "proxy-authorization", "upgrade", "te", "trailer"}
	return name != "" && !slices.Contains(kept, strings.ToLower(name))
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
