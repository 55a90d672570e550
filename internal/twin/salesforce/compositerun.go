package salesforce

import (
	"net/http"
	"slices"
)

const messageHalted = "The transaction was rolled back since another operation in the same transaction failed."

// rules say how the parts of a composite are run.
type rules struct {
	allOrNone bool
	collate   bool // like parts that need no other may be run together, out of turn
	anyOrder  bool // a part may need one that stands after it
}

// partResult is what became of one part. A nil one has not been run.
type partResult struct {
	a       answer
	decoded any // the body as JSON, once somebody asked
	read    bool
}

// partRun is a composite at work.
type partRun struct {
	t       *Twin
	q       *request
	how     rules
	parts   []*part
	now     int            // place of the part that is run
	place   map[string]int // by referenceId
	results []*partResult
}

// runParts runs the parts and returns their results in the order of the request. The second
// value is false when it was to be all or none and became none.
func (t *Twin) runParts(q *request, parts []*part, how rules) ([]ordered, bool) {
	run := &partRun{t: t, q: q, how: how, parts: parts, place: map[string]int{}, results: make([]*partResult, len(parts))}
	for i, p := range parts {
		run.place[p.ref] = i
	}
	u := &t.store.undo
	at := u.begin()
	defer u.end()
	failed := -1
	for _, i := range run.order() {
		run.now = i
		run.results[i] = &partResult{a: run.execute(parts[i])}
		if how.allOrNone && run.results[i].failed() {
			failed = i
			break
		}
	}
	if failed >= 0 {
		u.rollback(at)
		for i := range parts {
			if i != failed {
				run.results[i] = &partResult{a: halted(messageHalted)}
			}
		}
	}
	out := make([]ordered, len(parts))
	for i, p := range parts {
		out[i] = run.results[i].show(p.ref)
	}
	return out, failed < 0
}

// order returns the places of the parts as they are run.
func (run *partRun) order() []int {
	var out []int
	done := make([]bool, len(run.parts))
	take := func(i int) {
		done[i] = true
		out = append(out, i)
	}
	for len(out) < len(run.parts) {
		i := slices.Index(done, false)
		for j := i; run.how.anyOrder && j < len(done); j++ {
			if !done[j] && run.ready(j, done) {
				i = j
				break
			}
		}
		take(i)
		for j := i + 1; run.how.collate && run.loose(i) && j < len(done); j++ {
			if !done[j] && run.loose(j) && run.parts[j].kind() == run.parts[i].kind() {
				take(j)
			}
		}
	}
	return out
}

// ready reports whether all that a part needs has been run.
func (run *partRun) ready(i int, done []bool) bool {
	return !slices.ContainsFunc(run.parts[i].uses, func(ref string) bool {
		at, ok := run.place[ref]
		return ok && !done[at]
	})
}

// loose reports whether a part may be run out of turn.
func (run *partRun) loose(i int) bool {
	return len(run.parts[i].uses) == 0 && len(run.parts[i].header) == 0
}

// execute runs one part, or refuses it when what it needs is not there.
func (run *partRun) execute(p *part) answer {
	target, refusal := run.fillURL(p.url)
	if refusal != nil {
		return refusal.answer()
	}
	body, refusal := run.fill(p.body)
	if refusal != nil {
		return refusal.answer()
	}
	sub, refusal := run.t.within(run.q, p.method, target, body, p.header)
	if refusal != nil {
		return refusal.answer()
	}
	return run.t.inPart(sub)
}

// inPart answers the request of a part, which is refused or done as a whole.
func (t *Twin) inPart(sub *request) answer {
	var a answer
	refusal := t.atomically(func() (refusal *apiError) {
		a, refusal = t.resource(sub)
		return refusal
	})
	if refusal != nil {
		return answer{status: refusal.status, body: refusal.body(), header: a.header}
	}
	return a
}

func halted(message string) answer { return badRequest("PROCESSING_HALTED", message).answer() }

// failed reports whether a part counts as failed for all or none: by its status, or for a
// collection by one of its records.
func (r *partResult) failed() bool {
	list, _ := r.a.body.([]ordered)
	refused := r.a.status >= http.StatusMultipleChoices && r.a.status != http.StatusNotModified
	return refused || slices.ContainsFunc(list, func(o ordered) bool {
		return slices.Contains(o, member{"success", false})
	})
}

func (r *partResult) show(ref string) ordered {
	header := r.a.header
	if header == nil {
		header = map[string]string{}
	}
	return ordered{{"body", r.a.body}, {"httpHeaders", header}, {"httpStatusCode", r.a.status}, {"referenceId", ref}}
}
