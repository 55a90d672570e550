package salesforce

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Bounds of a call for many records.
const (
	maxCollected    = 200
	maxChunks       = 10 // runs of records of one object
	maxReadByURL    = 800
	maxReadByBody   = 2000
	statusRolled    = "ALL_OR_NONE_OPERATION_ROLLED_BACK"
	messageRolled   = "Record rolled back because not all records were valid and the request was using AllOrNone header"
	messageTooMany  = "record limit reached. cannot submit more than %d records in this request"
	messageRepeated = "Duplicate external id specified: %s"
)

// collection answers /composite/sobjects and what is below it: up to 200 records in one
// call. Whatever becomes of each, a well-formed call is answered with 200.
func (t *Twin) collection(q *request) (answer, *apiError) {
	if q.version() < sinceCollections || len(q.segs) > 4 {
		return answer{}, errNotFound()
	}
	q.route = "/composite/sobjects"
	if len(q.segs) == 2 {
		switch q.method {
		case http.MethodPost:
			return t.collect(q, t.creating)
		case http.MethodPatch:
			return t.collect(q, t.updating)
		case http.MethodDelete:
			return t.removeMany(q)
		}
		return answer{}, errMethod(q.method)
	}
	o, ok := t.schema.find(q.segs[2])
	if !ok {
		return answer{}, errNotFound()
	}
	q.route += "/" + o.name
	switch {
	case len(q.segs) == 3 && (q.method == http.MethodGet || q.method == http.MethodPost):
		return t.readMany(q, o)
	case len(q.segs) == 4 && q.method == http.MethodPatch && q.version() >= sinceCollectedUpsert:
		return t.upsertMany(q, o)
	}
	return answer{}, errMethod(q.method)
}

// saving is what is to be done with one record of a collection; do returns its result.
type saving struct {
	o      *object
	do     func() (ordered, *apiError)
	upsert bool // whose failure too tells that it created nothing
}

// collect reads a body of records and saves them; prepare says how, or refuses the call.
func (t *Twin) collect(q *request, prepare func(o *object, in map[string]any, n *jsonNode) (saving, *apiError)) (answer, *apiError) {
	n, refusal := q.document()
	if refusal != nil {
		return answer{}, refusal
	}
	allOrNone, records, refusal := collectionOf(n)
	if refusal != nil {
		return answer{}, refusal
	}
	list := make([]saving, len(records))
	for i, record := range records {
		o, refusal := t.typeOf(record)
		if refusal != nil {
			return answer{}, refusal
		}
		in, refusal := t.readRecord(o, record)
		if refusal != nil {
			return answer{}, refusal
		}
		if list[i], refusal = prepare(o, in, record); refusal != nil {
			return answer{}, refusal
		}
	}
	if chunksOf(list) > maxChunks {
		return answer{}, badRequest("LIMIT_EXCEEDED", fmt.Sprintf(
			"Cannot have more than %d chunks in a single operation. Please rearrange the data to reduce chunking.", maxChunks))
	}
	return answer{status: http.StatusOK, body: t.saveMany(list, allOrNone)}, nil
}

// collectionOf takes the body of a call for many records apart.
func collectionOf(n *jsonNode) (allOrNone bool, records []*jsonNode, refusal *apiError) {
	flags := map[string]bool{"allOrNone": false}
	records, refusal = listWith(n, "records", flags)
	switch {
	case refusal != nil:
		return false, nil, refusal
	case len(records) > maxCollected:
		return false, nil, errTooMany(maxCollected)
	}
	return flags["allOrNone"], records, nil
}

func errTooMany(limit int) *apiError {
	return badRequest("EXCEEDED_ID_LIMIT", fmt.Sprintf(messageTooMany, limit))
}

// typeOf returns the object that a record's attributes name.
func (t *Twin) typeOf(record *jsonNode) (*object, *apiError) {
	var name string
	if a := record.member("attributes"); a != nil && a.member("type") != nil {
		name = a.member("type").text
	}
	if name == "" {
		return nil, badRequest("INVALID_TYPE", "The type of the record is required in its attributes"+record.place.String())
	}
	o, ok := t.schema.find(name)
	if !ok {
		return nil, badRequest("INVALID_TYPE", fmt.Sprintf("sObject type '%s' is not supported.", name))
	}
	return o, nil
}

// chunksOf counts the runs of records of one object.
func chunksOf(list []saving) int {
	n := 0
	for i := range list {
		if i == 0 || list[i].o != list[i-1].o {
			n++
		}
	}
	return n
}

// saveMany saves records one after the other. When it is to be all of them or none, the good
// ones fail for the sake of a bad one.
func (t *Twin) saveMany(list []saving, allOrNone bool) []ordered {
	u := &t.store.undo
	at := u.begin()
	defer u.end()
	results := make([]ordered, len(list))
	failed := make([]bool, len(list))
	for i, s := range list {
		refusal := t.atomically(func() (refusal *apiError) {
			results[i], refusal = s.do()
			return refusal
		})
		if refusal != nil {
			results[i], failed[i] = refusal.result(s.upsert), true
		}
	}
	if !allOrNone || !slices.Contains(failed, true) {
		return results
	}
	u.rollback(at)
	for i, s := range list {
		if !failed[i] {
			results[i] = badRequest(statusRolled, messageRolled).result(s.upsert)
		}
	}
	return results
}

// result is what a collection says of a record that was not saved: its code is called a
// status here, and it has no id.
func (e *apiError) result(upsert bool) ordered {
	errors := make([]ordered, len(e.onSave().items))
	for i, it := range e.items {
		errors[i] = ordered{{"statusCode", it.Code}, {"message", it.Message}, {"fields", it.Fields}}
	}
	out := ordered{{"success", false}, {"errors", errors}}
	if upsert {
		out = append(out, member{"created", false})
	}
	return out
}

func (t *Twin) creating(o *object, in map[string]any, _ *jsonNode) (saving, *apiError) {
	return saving{o: o, do: func() (ordered, *apiError) {
		if !o.create {
			return nil, errOperation("create", o)
		}
		r, refusal := t.create(o, in)
		if refusal != nil {
			return nil, refusal
		}
		return saved(r), nil
	}}, nil
}

// errOperation refuses what no record of the object can have done to it.
func errOperation(what string, o *object) *apiError {
	return badRequest("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "entity type cannot be saved: "+what+" "+o.name)
}

func (t *Twin) updating(o *object, in map[string]any, _ *jsonNode) (saving, *apiError) {
	id := takeMember(in, "Id")
	return saving{o: o, do: func() (ordered, *apiError) {
		r, refusal := t.ofID(o, id)
		switch {
		case refusal != nil:
			return nil, refusal
		case !o.update:
			return nil, errOperation("update", o)
		}
		return saved(r), t.update(r, in)
	}}, nil
}

// takeMember removes the member of that name, case ignored, and returns its text.
func takeMember(in map[string]any, name string) string {
	for k, v := range in {
		if strings.EqualFold(k, name) {
			delete(in, k)
			if v == nil {
				return ""
			}
			return fmt.Sprint(v)
		}
	}
	return ""
}

// ofID returns the live record that a collection names by its id; what is wrong with the id
// is said as of a value. A nil object means that it may be of any.
func (t *Twin) ofID(o *object, id string) (*row, *apiError) {
	long, ok := LongID(id)
	switch {
	case id == "":
		return nil, badRequest("MISSING_ARGUMENT", "Id not specified in an update call")
	case !ok:
		return nil, errMalformedID(id)
	}
	r := t.store.ids[long]
	switch {
	case r == nil || o != nil && r.o != o:
		return nil, badRequest("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
	case r.deleted:
		return nil, badRequest("ENTITY_IS_DELETED", "entity is deleted")
	}
	return r, nil
}

// removeMany answers DELETE /composite/sobjects?ids=…
func (t *Twin) removeMany(q *request) (answer, *apiError) {
	ids := splitList(q.query.Get("ids"))
	switch {
	case len(ids) == 0:
		return answer{}, badRequest("MISSING_ARGUMENT", "The ids parameter is required")
	case len(ids) > maxCollected:
		return answer{}, errTooMany(maxCollected)
	}
	list := make([]saving, len(ids))
	for i, id := range ids {
		list[i] = saving{do: func() (ordered, *apiError) {
			r, refusal := t.ofID(nil, id)
			switch {
			case refusal != nil:
				return nil, refusal
			case !r.o.remove:
				return nil, errOperation("delete", r.o)
			}
			return saved(r), t.remove(r)
		}}
	}
	return answer{status: http.StatusOK, body: t.saveMany(list, q.query.Get("allOrNone") == "true")}, nil
}

// upsertMany answers PATCH /composite/sobjects/{object}/{field}: records of one object, each
// with its key in it.
func (t *Twin) upsertMany(q *request, o *object) (answer, *apiError) {
	f, ok := o.find(q.segs[3])
	if !ok || !f.upserts() {
		return answer{}, errNoKey(q.segs[3])
	}
	q.route += "/" + f.name
	seen := map[string]bool{}
	return t.collect(q, func(of *object, in map[string]any, n *jsonNode) (saving, *apiError) {
		if of != o {
			return saving{}, badRequest("INVALID_TYPE", "All records must be of "+o.name+n.place.String())
		}
		if f.kind != kindID && takeMember(in, "Id") != "" {
			return saving{}, errSystemField("Id")
		}
		key := takeMember(in, f.name)
		same := key
		if !f.exact {
			same = strings.ToLower(key)
		}
		repeated := key != "" && seen[same]
		seen[same] = true
		return saving{o: o, upsert: true, do: func() (ordered, *apiError) {
			if repeated && !t.otherwise[doubtRepeatedKey] {
				return nil, badRequest("DUPLICATE_VALUE", fmt.Sprintf(messageRepeated, key), f.name)
			}
			return t.upsertOne(o, f, key, in)
		}}, nil
	})
}

func (t *Twin) upsertOne(o *object, f *field, key string, in map[string]any) (ordered, *apiError) {
	if key == "" && f.kind != kindID {
		return nil, badRequest("MISSING_ARGUMENT", f.name+" not specified")
	}
	if !o.create || !o.update {
		return nil, errOperation("upsert", o)
	}
	found := t.matching(o, f, key)
	switch {
	case len(found) > 1:
		return nil, errAmbiguous(f, found)
	case len(found) == 1:
		return upserted(found[0], false), t.update(found[0], in)
	case f.kind == kindID && key != "":
		_, refusal := t.ofID(o, key)
		return nil, refusal
	}
	if f.kind != kindID {
		in[f.name] = key
	}
	r, refusal := t.create(o, in)
	if refusal != nil {
		return nil, refusal
	}
	return upserted(r, true), nil
}

// readMany answers GET and POST of /composite/sobjects/{object}: the wanted fields of each
// id, null for one that is not there.
func (t *Twin) readMany(q *request, o *object) (answer, *apiError) {
	ids, names := splitList(q.query.Get("ids")), splitList(q.query.Get("fields"))
	limit := maxReadByURL
	if q.method == http.MethodPost {
		limit = maxReadByBody
		n, refusal := q.document()
		if refusal != nil {
			return answer{}, refusal
		}
		ids, names = n.member("ids").texts(), n.member("fields").texts()
	}
	switch {
	case len(ids) == 0 || len(names) == 0:
		return answer{}, badRequest("MISSING_ARGUMENT", "The ids and fields of the records are required")
	case len(ids) > limit:
		return answer{}, errTooMany(limit)
	}
	fields, refusal := o.fieldsNamed(names)
	if refusal != nil {
		return answer{}, refusal
	}
	out := make([]any, len(ids))
	for i, id := range ids {
		long, ok := LongID(id)
		if !ok {
			return answer{}, errMalformedID(id)
		}
		if r, ok := t.store.live(long); ok && r.o == o {
			out[i] = shownFields(q.base, r, fields)
		}
	}
	return answer{status: http.StatusOK, body: out}, nil
}

func splitList(s string) []string {
	return strings.FieldsFunc(s, func(c rune) bool { return c == ',' || c == ' ' })
}

// texts returns the texts of a list; a nil node has none.
func (n *jsonNode) texts() []string {
	if n == nil {
		return nil
	}
	var out []string
	for _, item := range n.items {
		out = append(out, item.text)
	}
	return out
}
