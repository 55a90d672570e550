package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/planwright/planwright/internal/diag"
)

// Exchange is one request and the answer to it, as they were on the wire.
type Exchange struct {
	Method string
	URL    string // absolute, or from the path on
	Header http.Header
	Body   []byte

	Status       int
	AnswerHeader http.Header
	Answer       []byte
}

// Validator judges exchanges against one description. It may be used by many
// goroutines.
//
// It is stricter than the description in two ways that catch our own mistakes: a query
// parameter or a member of a request body that the description does not know is
// refused. It is more lenient in one: a date-time may have an offset without a colon,
// as Salesforce writes it. Strings marked x-is-msdate must be a date or /Date(…)/.
type Validator struct {
	doc    *openapi3.T
	routes *routeNode
	bases  []string // what may stand before a path: of the server, of x-pw-auth, nothing
}

// NewValidator reads a description: a file as the vendor publishes it, or the result of
// [Document.JSON], which also knows what the overlay added.
func NewValidator(data []byte) (*Validator, error) {
	r := &reporter{name: "spec"}
	root := read(r, r.name, data, DefaultLimits(), fromSpec)
	if root == nil || !isOpenAPI(root, r) || !onlyLocalRefs(root, r) {
		return nil, fmt.Errorf("spec: %w", r.list)
	}
	soften(root, false)
	doc, err := openapi3.NewLoader().LoadFromData(root.appendJSON(nil))
	if err != nil {
		return nil, fmt.Errorf("spec: %w", err)
	}
	v := &Validator{doc: doc, routes: &routeNode{}}
	for _, s := range doc.Servers {
		if u, err := url.Parse(s.URL); err == nil && strings.Trim(u.Path, "/") != "" {
			v.bases = append(v.bases, "/"+strings.Trim(u.Path, "/"))
		}
	}
	if p := strings.Trim(root.at("x-pw-auth", "prefix").str(), "/"); p != "" {
		v.bases = append(v.bases, "/"+p)
	}
	v.bases = append(v.bases, "")
	for path, item := range doc.Paths.Map() {
		v.routes.add(path, item)
	}
	return v, nil
}

const (
	uuidPattern     = `^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`
	dateTimePattern = `^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:?\d{2})?$`
	msdatePattern   = `^(/Date\(-?\d+([+-]\d{4})?\)/|\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?Z?)?)$`
)

// soften rewrites the schemas below t into what vendors really send: see [Validator].
// Examples and defaults go, because vendors' own break their schemas.
func soften(t *tree, names bool) {
	if t.kind == list {
		for _, c := range t.items {
			soften(c, false)
		}
		return
	}
	if t.kind != object {
		return
	}
	if !names {
		for _, k := range []string{"example", "examples", "default"} {
			if i := slices.Index(t.keys, k); i >= 0 {
				t.keys = slices.Delete(t.keys, i, i+1)
				t.items = slices.Delete(t.items, i, i+1)
			}
		}
		if t.get("type").str() == "string" {
			softenText(t)
		}
	}
	for i, c := range t.items {
		if names || !strings.HasPrefix(t.keys[i], "x-") {
			soften(c, !names && holdsNames(t.keys[i]))
		}
	}
}

func softenText(t *tree) {
	pattern := ""
	switch {
	case t.get("x-is-msdate").yes() || t.get("x-is-msdate-time").yes():
		pattern = msdatePattern
	case t.get("format").str() == "date-time":
		pattern = dateTimePattern
		i := slices.Index(t.keys, "format")
		t.keys, t.items = slices.Delete(t.keys, i, i+1), slices.Delete(t.items, i, i+1)
	case t.get("format").str() == "uuid":
		pattern = uuidPattern
	}
	if pattern != "" && t.get("pattern") == nil {
		t.set("pattern", &tree{kind: text, text: pattern})
	}
}

// Check judges the request, then the answer. The error says which of them is wrong and
// where; it never quotes a value.
func (v *Validator) Check(e Exchange) error {
	req, err := http.NewRequest(e.Method, e.URL, bytes.NewReader(e.Body))
	if err != nil {
		return fmt.Errorf("exchange %s: unreadable URL", e.Method)
	}
	if e.Header != nil {
		req.Header = e.Header.Clone()
	}
	item, template, params := v.route(e.Method, req.URL)
	if item == nil {
		return fmt.Errorf("request %s %s: the spec has no such path", e.Method, req.URL.Path)
	}
	op := item.GetOperation(e.Method)
	if op == nil {
		return fmt.Errorf("request %s %s: the spec has no such method", e.Method, template)
	}
	if err := v.request(e, req, item, op, template, params); err != nil {
		return fmt.Errorf("request %s %s: %w", e.Method, template, err)
	}
	return nil
}

func (v *Validator) request(e Exchange, req *http.Request, item *openapi3.PathItem, op *openapi3.Operation, template string, params map[string]string) error {
	options := &openapi3filter.Options{
		SkipSettingDefaults:               true,
		IncludeResponseStatus:             true,
		RejectWhenRequestBodyNotSpecified: true,
		AuthenticationFunc:                openapi3filter.NoopAuthenticationFunc,
	}
	in := &openapi3filter.RequestValidationInput{
		Request: req, PathParams: params, Options: options,
		Route: &routers.Route{Spec: v.doc, Path: template, PathItem: item, Method: e.Method, Operation: op},
	}
	if err := openapi3filter.ValidateRequest(req.Context(), in); err != nil {
		return plain(err)
	}
	for name := range req.URL.Query() {
		if op.Parameters.GetByInAndName("query", name) == nil && item.Parameters.GetByInAndName("query", name) == nil {
			return fmt.Errorf("query parameter %q is not in the spec", name)
		}
	}
	if err := unknownMembers(e.Body, op); err != nil {
		return err
	}
	return v.answer(e, in)
}

func (v *Validator) answer(e Exchange, in *openapi3filter.RequestValidationInput) error {
	out := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: e.Status, Header: e.AnswerHeader, Options: in.Options,
		Body: io.NopCloser(bytes.NewReader(e.Answer)),
	}
	if out.Header == nil {
		out.Header = http.Header{}
	}
	if e.Status == http.StatusNoContent && len(e.Answer) > 0 {
		return errors.New("answer 204 has a body")
	}
	if err := openapi3filter.ValidateResponse(in.Request.Context(), out); err != nil {
		return fmt.Errorf("answer %d: %w", e.Status, plain(err))
	}
	return nil
}

// plain says where and why without the value, which may be a customer's.
func plain(err error) error {
	var in string
	var re *openapi3filter.RequestError
	var se *openapi3.SchemaError
	var pe *openapi3filter.ParseError
	var ans *openapi3filter.ResponseError
	if errors.As(err, &re) && re.Parameter != nil {
		in = fmt.Sprintf("parameter %q: ", re.Parameter.Name)
	}
	switch {
	case errors.As(err, &se):
		return fmt.Errorf("%s%s at /%s", in, reason(se), strings.Join(se.JSONPointer(), "/"))
	case errors.As(err, &pe):
		return fmt.Errorf("%sthe value cannot be read as its type", in)
	case errors.Is(err, openapi3filter.ErrInvalidRequired):
		return fmt.Errorf("%s%w", cmpOr(in, "body: "), openapi3filter.ErrInvalidRequired)
	case errors.As(err, &ans):
		return errors.New(firstLine(ans.Reason))
	case re != nil:
		return fmt.Errorf("%s%s", in, firstLine(re.Reason))
	}
	return errors.New(firstLine(err.Error()))
}

// reason keeps the library's words where they speak of the schema, not of the value.
func reason(se *openapi3.SchemaError) string {
	switch se.SchemaField {
	case "enum", "pattern", "format", "type", "const":
		return "the value does not fit the schema's " + se.SchemaField
	}
	return firstLine(se.Reason)
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// unknownMembers refuses members of a JSON request body that its schema does not name.
func unknownMembers(body []byte, op *openapi3.Operation) error {
	if len(body) == 0 || op.RequestBody == nil || op.RequestBody.Value == nil {
		return nil
	}
	media := op.RequestBody.Value.Content.Get("application/json")
	if media == nil || media.Schema == nil {
		return nil
	}
	v, ok := jsonValue(body)
	if !ok {
		return nil // reported before
	}
	return unknownIn(v, media.Schema.Value, "")
}

func jsonValue(body []byte) (v any, ok bool) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	err := d.Decode(&v)
	return v, err == nil
}

func unknownIn(v any, s *openapi3.Schema, pointer string) error {
	if s == nil || len(s.AllOf)+len(s.OneOf)+len(s.AnyOf) > 0 {
		return nil
	}
	switch v := v.(type) {
	case []any:
		for i, e := range v {
			if s.Items != nil {
				if err := unknownIn(e, s.Items.Value, fmt.Sprintf("%s/%d", pointer, i)); err != nil {
					return err
				}
			}
		}
	case map[string]any:
		if len(s.Properties) == 0 || s.AdditionalProperties.Schema != nil || s.AdditionalProperties.Has != nil {
			return nil
		}
		for k, e := range v {
			p := s.Properties[k]
			if p == nil {
				return fmt.Errorf("member %q at %s is not in the spec", k, cmpOr(pointer, "/"))
			}
			if err := unknownIn(e, p.Value, pointer+"/"+escape(k)); err != nil {
				return err
			}
		}
	}
	return nil
}

// maxJudged bounds what Judgeable loads: kin-openapi takes about 50 times the size of a
// document in memory.
const maxJudged = 4 << 20

// Judgeable reads the description as kin-openapi does, strictly, and warns when that
// fails: its operations can be planned, but no exchange can be held up to it. Documents
// over 4 MB are not tried.
func Judgeable(name string, data []byte) diag.List {
	if len(data) > maxJudged {
		return nil
	}
	if _, err := NewValidator(data); err != nil {
		return diag.List{unjudged(name, err)}
	}
	return nil
}
