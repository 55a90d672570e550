package salesforce

import (
	"fmt"
	"net/http"
	"strings"
)

// requestBatch answers /composite/batch: up to 25 requests that know nothing of each other. Each
// counts as a call of its own.
func (t *Twin) requestBatch(q *request) (answer, *apiError) {
	n, refusal := q.document()
	if refusal != nil {
		return answer{}, refusal
	}
	flags := map[string]bool{"haltOnError": false}
	list, refusal := listWith(n, "batchRequests", flags)
	if refusal != nil {
		return answer{}, refusal
	}
	if len(list) > maxParts {
		return answer{}, badRequest("LIMIT_EXCEEDED", fmt.Sprintf("The request can contain up to %d subrequests", maxParts))
	}
	results := make([]ordered, len(list))
	hasErrors, stop := false, false
	for i, item := range list {
		a := refuse(http.StatusPreconditionFailed, "BATCH_PROCESSING_HALTED", "Batch processing halted per request").answer()
		if !stop {
			a = t.batched(q, item, i == 0)
		}
		bad := a.status >= http.StatusMultipleChoices
		hasErrors, stop = hasErrors || bad, stop || bad && flags["haltOnError"]
		results[i] = ordered{{"statusCode", a.status}, {"result", a.body}}
	}
	return answer{status: http.StatusOK, body: ordered{{"hasErrors", hasErrors}, {"results", results}}}, nil
}

// batched answers one request of a batch. The first is paid for with the batch.
func (t *Twin) batched(q *request, item *jsonNode, paid bool) answer {
	var method, target string
	if m, u := item.member("method"), item.member("url"); m != nil && u != nil {
		method, target = m.text, u.text
	}
	if !strings.HasPrefix(target, "/") {
		target = "/services/data/" + target // a batch may leave it out
	}
	sub, refusal := t.within(q, method, target, item.member("richInput"), http.Header{})
	if refusal == nil && !paid {
		refusal = t.spend()
	}
	if refusal != nil {
		return refusal.answer()
	}
	return t.inPart(sub)
}
