package salesforce

import (
	"net/http"
	"strconv"
	"strings"
)

// Versions from which the API has a resource or a shape.
const (
	sinceCreateByID      = 37 // POST /sobjects/X/Id
	sinceCollections     = 42
	sinceUpsertTells     = 46 // an upsert says whether it created, and answers 200 to a change
	sinceCollectedUpsert = 46
	sinceCollating       = 49 // like parts of a composite may be run together
	sinceGraphs          = 50
)

// version is the API version of the path, 67 for "/services/data/v67.0".
func (q *request) version() int {
	_, v, _ := strings.Cut(q.base, "/data/v")
	n, err := strconv.Atoi(strings.TrimSuffix(v, ".0"))
	if err != nil {
		return 0 // unreachable: the version was checked
	}
	return n
}

// byExternalID answers /sobjects/{object}/{field}/{value}: reading, changing or deleting the
// one record that has the value, or creating it. The value stands in the path only.
func (t *Twin) byExternalID(q *request, o *object) (answer, *apiError) {
	f, ok := o.find(q.segs[2])
	if !ok || !f.upserts() {
		return answer{}, errNoKey(q.segs[2])
	}
	q.route += "/" + f.name + "/{value}"
	if f.kind == kindID && q.method != http.MethodPatch {
		q.segs = []string{q.segs[0], q.segs[1], q.segs[3]}
		return t.oneRecord(q, o)
	}
	found := t.matching(o, f, q.segs[3])
	if len(found) > 1 {
		urls := make([]any, len(found))
		for i, r := range found {
			urls[i] = q.base + "/sobjects/" + o.name + "/" + r.id()
		}
		return answer{status: http.StatusMultipleChoices, body: urls}, nil
	}
	switch {
	case q.method == http.MethodPatch && o.create && o.update:
		return t.upsert(q, o, f, found)
	case q.method != http.MethodGet && q.method != http.MethodHead && (q.method != http.MethodDelete || !o.remove):
		return answer{}, errMethod(q.method)
	case len(found) == 0:
		return answer{}, errNotFound()
	case q.method == http.MethodDelete:
		return answer{status: http.StatusNoContent}, t.remove(found[0]).onSave()
	}
	return t.getRecord(q, found[0])
}

func errNoKey(name string) *apiError {
	return refuse(http.StatusNotFound, "NOT_FOUND", "Provided external ID field does not exist or is not accessible: "+name)
}

func (t *Twin) upsert(q *request, o *object, f *field, found []*row) (answer, *apiError) {
	in, refusal := t.record(q, o)
	if refusal != nil {
		return answer{}, refusal
	}
	for name := range in {
		if strings.EqualFold(name, f.name) {
			return answer{}, errSystemField(f.name)
		}
	}
	switch {
	case len(found) == 1 && q.version() < sinceUpsertTells:
		return answer{status: http.StatusNoContent}, t.update(found[0], in).onSave()
	case len(found) == 1:
		return answer{status: http.StatusOK, body: upserted(found[0], false)}, t.update(found[0], in).onSave()
	case q.query.Get("updateOnly") == "true":
		return answer{}, errNotFound()
	case f.kind == kindID:
		_, refusal := t.row(o.name, q.segs[3]) // an id is never made to order
		return answer{}, refusal
	}
	in[f.name] = q.segs[3]
	r, refusal := t.create(o, in)
	if refusal != nil {
		return answer{}, refusal.onSave()
	}
	a := q.created(r)
	if q.version() >= sinceUpsertTells {
		a.body = upserted(r, true)
	}
	return a, nil
}

func upserted(r *row, created bool) ordered { return append(saved(r), member{"created", created}) }

// saved is the result of a save that went well.
func saved(r *row) ordered {
	return ordered{{"id", r.id()}, {"success", true}, {"errors", []any{}}}
}

// created answers the making of a record.
func (q *request) created(r *row) answer {
	return answer{
		status: http.StatusCreated, body: saved(r),
		header: map[string]string{"Location": q.base + "/sobjects/" + r.o.name + "/" + r.id()},
	}
}

// matching returns the live records that a key's value stands for, given as text.
func (t *Twin) matching(o *object, f *field, value string) []*row {
	if f.kind == kindID {
		long, _ := LongID(value)
		if r, ok := t.store.live(long); ok && r.o == o {
			return []*row{r}
		}
		return nil
	}
	kept, refusal := f.convert(value)
	if refusal != nil {
		return nil // what the field cannot hold, no record has
	}
	return t.store.having(o, f, kept)
}
