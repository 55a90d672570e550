package salesforce

import (
	"net/http"
	"strings"
)

// byExternalID answers /sobjects/{object}/{field}/{value}: reading one record, or creating
// one or changing the one that has the value. The value stands in the path only.
func (t *Twin) byExternalID(q *request, o *object) (answer, *apiError) {
	f, ok := o.find(q.segs[2])
	if !ok || !f.external && f.kind != kindID {
		return answer{}, refuse(http.StatusNotFound, "NOT_FOUND", "Provided external ID field does not exist or is not accessible: "+q.segs[2])
	}
	q.route += "/" + f.name + "/{value}"
	value := q.segs[3]
	found := t.matching(o, f, value)
	if len(found) > 1 {
		urls := make([]any, len(found))
		for i, r := range found {
			urls[i] = q.base + "/sobjects/" + o.name + "/" + r.id()
		}
		return answer{status: http.StatusMultipleChoices, body: urls}, nil
	}
	switch {
	case (q.method == http.MethodGet || q.method == http.MethodHead) && len(found) == 1:
		return t.getRecord(q, found[0])
	case q.method == http.MethodGet || q.method == http.MethodHead:
		return answer{}, errNotFound()
	case q.method != http.MethodPatch || !o.create || !o.update:
		return answer{}, errMethod(q.method)
	}
	return t.upsert(q, o, f, found)
}

func (t *Twin) upsert(q *request, o *object, f *field, found []*row) (answer, *apiError) {
	in, refusal := t.record(q, o)
	if refusal != nil {
		return answer{}, refusal
	}
	for name := range in {
		if strings.EqualFold(name, f.name) {
			return answer{}, badRequest("INVALID_FIELD", "The "+f.name+" field should not be specified in the sobject data.", f.name)
		}
	}
	result := func(r *row, created bool) ordered {
		return ordered{{"id", r.id()}, {"success", true}, {"errors", []any{}}, {"created", created}}
	}
	if len(found) == 1 {
		return answer{status: http.StatusOK, body: result(found[0], false)}, t.update(found[0], in)
	}
	if q.query.Get("updateOnly") == "true" {
		return answer{}, errNotFound()
	}
	in[f.name] = q.segs[3]
	r, refusal := t.create(o, in)
	if refusal != nil {
		return answer{}, refusal
	}
	return answer{status: http.StatusCreated, body: result(r, true)}, nil
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
