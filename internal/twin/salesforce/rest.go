package salesforce

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const (
	maxURI  = 16384    // bytes of a URI, and of a URI with its headers
	maxBody = 50 << 20 // bytes of a message
)

// request is a call taken apart.
type request struct {
	method string
	origin string   // scheme and host it was made to
	path   string   // as sent
	segs   []string // unescaped path segments
	query  url.Values
	header http.Header
	body   []byte
	doc    *jsonNode // the body of a part of a composite, read already
	base   string    // "/services/data/v67.0"
	route  string    // path with ids left out, for counting
}

// answer is what goes back. A nil body sends none.
type answer struct {
	status int
	body   any
	header map[string]string
}

// ServeHTTP answers one call. Calls are served one at a time: each sees a whole org.
func (t *Twin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q, a := t.receive(w, r)
	if q != nil {
		a = t.serve(q)
	}
	t.send(w, r, a)
}

// receive reads the request, or answers what is wrong with its form.
func (t *Twin) receive(w http.ResponseWriter, r *http.Request) (*request, answer) {
	size := 0
	for name, values := range r.Header {
		for _, v := range values {
			size += len(name) + len(v) + 4
		}
	}
	uri := r.URL.RequestURI()
	switch {
	case len(uri) > maxURI:
		return nil, answer{status: http.StatusRequestURITooLong}
	case len(uri)+size > maxURI:
		return nil, answer{status: http.StatusRequestHeaderFieldsTooLarge}
	}
	body, refusal := readBody(w, r)
	if refusal != nil {
		return nil, refusal.answer()
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	q := &request{method: r.Method, origin: scheme + "://" + r.Host, path: uri, header: r.Header, body: body}
	var err error
	if q.query, err = url.ParseQuery(r.URL.RawQuery); err != nil {
		return nil, badRequest("MALFORMED_QUERY", "the query of the URL cannot be read").answer()
	}
	if m := q.query.Get("_HttpMethod"); m != "" && q.method == http.MethodPost {
		q.method = strings.ToUpper(m) // for clients behind proxies that know no PATCH
	}
	var ok bool
	if q.segs, ok = segments(r.URL.EscapedPath()); !ok {
		return nil, errNotFound().answer()
	}
	q.route = "/" + strings.Join(q.segs, "/")
	return q, answer{}
}

// segments takes a path apart and unescapes its parts.
func segments(path string) ([]string, bool) {
	var out []string
	for s := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		seg, err := url.PathUnescape(s)
		if err != nil {
			return nil, false
		}
		out = append(out, seg)
	}
	return out, true
}

func (e *apiError) answer() answer { return answer{status: e.status, body: e.body()} }

// serve answers a call and logs it.
func (t *Twin) serve(q *request) answer {
	t.lock()
	defer t.mu.Unlock()
	defer func() { t.userID, t.store.origin = t.runAs, "" }()
	a, refusal := t.dispatch(q)
	code := ""
	if refusal != nil {
		a = answer{status: refusal.status, body: refusal.body(), header: a.header}
		code = refusal.items[0].Code
		a.header = t.comeBack(refusal, a.header)
	}
	if e, ok := a.body.(oauthError); ok {
		code = e.Error
	}
	t.log = append(t.log, Request{At: t.opt.Now(), Method: q.method, Path: q.logged(), Status: a.status, Code: code})
	if len(t.log) >= 2*maxLog { // seldom, so that a long log costs nothing a call
		t.log = slices.Clone(t.log[len(t.log)-maxLog:])
	}
	route := q.method + " " + q.route
	if t.counts[route] > 0 || a.status < http.StatusBadRequest || len(t.counts) < maxRoutes {
		t.counts[route]++
	}
	return a
}

// logged is the path as the log shows it: queries of OAuth calls may hold tokens.
func (q *request) logged() string {
	if strings.HasPrefix(q.path, "/services/oauth2/") || strings.HasPrefix(q.path, "/id/") {
		path, _, _ := strings.Cut(q.path, "?")
		return path
	}
	return q.path
}

func (t *Twin) dispatch(q *request) (answer, *apiError) {
	switch {
	case strings.HasPrefix(q.route, "/services/oauth2/"):
		return t.oauth(q), nil
	case len(q.segs) == 3 && q.segs[0] == "id":
		q.route = "/id"
		return t.whoami(q), nil
	case q.route == "/services/data":
		return answer{status: http.StatusOK, body: t.versionList()}, nil // needs no token
	}
	if refusal := t.authorise(q); refusal != nil {
		return answer{}, refusal
	}
	if len(q.segs) < 3 || q.segs[0] != "services" || q.segs[1] != "data" {
		return answer{}, errNotFound()
	}
	if refusal := t.checkVersion(q.segs[2]); refusal != nil {
		return answer{}, refusal
	}
	refusal := t.spend()
	if refusal != nil {
		return answer{header: t.usage()}, refusal
	}
	q.base = "/services/data/" + q.segs[2]
	q.segs = q.segs[3:]
	q.route = "/" + strings.Join(q.segs, "/")
	var a answer
	refusal = t.atomically(func() (refusal *apiError) {
		a, refusal = t.resource(q)
		return refusal
	})
	usage := t.usage()
	if a.header == nil {
		a.header = usage
	} else {
		maps.Copy(a.header, usage)
	}
	return a, refusal
}

func (t *Twin) resource(q *request) (answer, *apiError) {
	defer func(outer call) { t.call = outer }(t.call)
	t.call = callOf(q.base, q.header)
	head := ""
	if len(q.segs) > 0 {
		head = q.segs[0]
	}
	switch {
	case head == "sobjects" && len(q.segs) > 1:
		return t.sobject(q)
	case head == "composite":
		return t.composite(q)
	case q.method != http.MethodGet:
		if slices.Contains([]string{"", "sobjects", "query", "queryAll", "limits"}, head) {
			return answer{}, errMethod(q.method)
		}
		return answer{}, errNotFound()
	case head == "":
		return answer{status: http.StatusOK, body: t.resources(q)}, nil
	case head == "sobjects":
		return t.unlessUnchanged(q, t.described, answer{status: http.StatusOK, body: t.describeGlobal(q.base)})
	case head == "limits" && len(q.segs) == 1:
		return answer{status: http.StatusOK, body: t.limits()}, nil
	case head == "query" || head == "queryAll":
		return t.query(q)
	}
	return answer{}, errNotFound()
}

// sobject answers everything below /sobjects/{object}.
func (t *Twin) sobject(q *request) (answer, *apiError) {
	o, ok := t.schema.find(q.segs[1])
	if !ok {
		return answer{}, errNotFound()
	}
	q.route = "/sobjects/" + o.name
	switch {
	case len(q.segs) == 2 && q.method == http.MethodGet:
		return answer{status: http.StatusOK, body: ordered{
			{"objectDescribe", o.basics(q.base)}, {"recentItems", []any{}},
		}}, nil
	case len(q.segs) == 2 && q.method == http.MethodPost:
		return t.postRecord(q, o)
	case len(q.segs) == 3 && q.segs[2] == "describe":
		q.route += "/describe"
		if q.method != http.MethodGet {
			return answer{}, errMethod(q.method)
		}
		return t.unlessUnchanged(q, t.described, answer{status: http.StatusOK, body: t.describe(q, o)})
	case len(q.segs) == 3 && (q.segs[2] == "updated" || q.segs[2] == "deleted"):
		q.route += "/" + q.segs[2]
		return t.replicate(q, o)
	case len(q.segs) == 3 && q.method == http.MethodPost && strings.EqualFold(q.segs[2], "Id") && q.version() >= sinceCreateByID:
		return t.postRecord(q, o)
	case len(q.segs) == 3:
		q.route += "/{id}"
		return t.oneRecord(q, o)
	case len(q.segs) == 4:
		return t.byExternalID(q, o)
	case len(q.segs) == 2:
		return answer{}, errMethod(q.method)
	}
	return answer{}, errNotFound()
}

func (t *Twin) oneRecord(q *request, o *object) (answer, *apiError) {
	r, refusal := t.row(o.name, q.segs[2])
	if refusal != nil {
		return answer{}, refusal
	}
	if a, refusal, done := t.condition(q, r); done {
		return a, refusal
	}
	switch q.method {
	case http.MethodGet, http.MethodHead:
		a, refusal := t.getRecord(q, r)
		a.header = t.validators(r)
		return a, refusal
	case http.MethodPatch:
		if !o.update {
			return answer{}, errMethod(q.method)
		}
		in, refusal := t.record(q, o)
		if refusal != nil {
			return answer{}, refusal
		}
		return answer{status: http.StatusNoContent}, t.update(r, in).onSave()
	case http.MethodDelete:
		if !o.remove {
			return answer{}, errMethod(q.method)
		}
		return answer{status: http.StatusNoContent}, t.remove(r).onSave()
	}
	return answer{}, errMethod(q.method)
}

func (t *Twin) postRecord(q *request, o *object) (answer, *apiError) {
	if !o.create {
		return answer{}, errMethod(q.method)
	}
	in, refusal := t.record(q, o)
	if refusal != nil {
		return answer{}, refusal
	}
	r, refusal := t.create(o, in)
	if refusal != nil {
		return answer{}, refusal.onSave()
	}
	return q.created(r), nil
}

// document reads the body of a write.
func (q *request) document() (*jsonNode, *apiError) {
	if q.doc != nil {
		return q.doc, nil
	}
	media, _, _ := strings.Cut(q.header.Get("Content-Type"), ";")
	if strings.TrimSpace(strings.ToLower(media)) != "application/json" {
		return nil, refuse(http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", "Content-Type '"+media+"' not supported")
	}
	return parseJSON(q.body)
}

// record reads the body of a write of one record.
func (t *Twin) record(q *request, o *object) (map[string]any, *apiError) {
	n, refusal := q.document()
	if refusal != nil {
		return nil, refusal
	}
	return t.readRecord(o, n)
}

func (t *Twin) getRecord(q *request, r *row) (answer, *apiError) {
	fields, refusal := wanted(r.o, q.query)
	if refusal != nil {
		return answer{}, refusal
	}
	return answer{status: http.StatusOK, body: shownFields(q.base, r, fields)}, nil
}

func shownFields(base string, r *row, fields []*field) ordered {
	out := make(ordered, 0, len(fields)+1)
	out = append(out, member{"attributes", attributes(base, r)})
	for _, f := range fields {
		out = append(out, member{f.name, f.shown(r)})
	}
	return out
}

// wanted returns the fields that ?fields= names, or all.
func wanted(o *object, query url.Values) ([]*field, *apiError) {
	if list := query.Get("fields"); list != "" {
		return o.fieldsNamed(strings.Split(list, ","))
	}
	var out []*field
	for i := range o.fields {
		if !o.fields[i].hidden {
			out = append(out, &o.fields[i])
		}
	}
	return out, nil
}

// fieldsNamed returns the fields of those names, Id always among them.
func (o *object) fieldsNamed(names []string) ([]*field, *apiError) {
	var out []*field
	id := o.must("Id")
	for _, name := range names {
		f, ok := o.find(strings.TrimSpace(name))
		if !ok {
			return nil, errNoColumn(strings.TrimSpace(name), o.name)
		}
		if !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	if !slices.Contains(out, id) {
		out = append(out, id)
	}
	return out, nil
}

func attributes(base string, r *row) ordered {
	return ordered{{"type", r.o.name}, {"url", base + "/sobjects/" + r.o.name + "/" + r.id()}}
}
