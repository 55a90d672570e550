package salesforce

import (
	"fmt"
	"iter"
	"net/http"
	"slices"
	"time"

	"github.com/planwright/planwright/internal/twin/world"
)

// How far back changes can be asked for, and how many ids come back at most.
const (
	updatedLookBack = 30 * 24 * time.Hour
	deletedLookBack = 15 * 24 * time.Hour
	maxIDs          = 600_000
)

// span is a time window in whole minutes, its end not included.
type span struct{ start, end time.Time }

// stampedIn returns the records of an object that were saved or deleted in a window.
func (t *Twin) stampedIn(o *object, s span) iter.Seq[*row] {
	return t.store.during(o.name, "SystemModstamp", bounds{from: stamp(s.start), to: stamp(s.end.Add(-time.Second))}, false)
}

// replicate answers /sobjects/X/updated and /deleted: the ids of what changed in a window.
func (t *Twin) replicate(q *request, o *object) (answer, *apiError) {
	if q.method != http.MethodGet {
		return answer{}, errMethod(q.method)
	}
	back := updatedLookBack
	if q.segs[2] == "deleted" {
		back = deletedLookBack
	}
	earliest := t.opt.Now().Add(-back).Truncate(time.Minute)
	s, refusal := q.span(earliest)
	if refusal != nil {
		return answer{}, refusal
	}
	if q.segs[2] == "updated" {
		return t.updated(o, s)
	}
	return t.deleted(o, s, earliest)
}

// span reads start and end. Their seconds are ignored.
func (q *request) span(earliest time.Time) (span, *apiError) {
	var at [2]time.Time
	for i, name := range []string{"start", "end"} {
		text := q.query.Get(name)
		if text == "" {
			return span{}, badRequest("MISSING_ARGUMENT", "Required parameter: "+name)
		}
		instant, ok := parseInstant(text)
		if !ok {
			return span{}, badRequest("INVALID_REPLICATION_DATE", fmt.Sprintf("%s: not a date and time: %s", name, text))
		}
		at[i] = instant.Truncate(time.Minute)
	}
	switch start, end := at[0], at[1]; {
	case !start.Before(end):
		return span{}, badRequest("INVALID_REPLICATION_DATE", "endDate must be at least one minute greater than startDate")
	case start.Before(earliest):
		return span{}, badRequest("INVALID_REPLICATION_DATE", "startDate before the earliest date available, "+stamp(earliest))
	}
	return span{at[0], at[1]}, nil
}

func (t *Twin) updated(o *object, s span) (answer, *apiError) {
	ids := []string{}
	for r := range t.stampedIn(o, s) {
		if !r.deleted {
			ids = append(ids, r.id())
		}
	}
	if refusal := tooManyIDs(len(ids)); refusal != nil {
		return answer{}, refusal
	}
	return answer{status: http.StatusOK, body: ordered{{"ids", ids}, {"latestDateCovered", stamp(t.covered(s))}}}, nil
}

// deleted lists deletions, by the stamp they set, of what has not been purged since.
func (t *Twin) deleted(o *object, s span, earliest time.Time) (answer, *apiError) {
	list := []any{}
	for r := range t.stampedIn(o, s) {
		if r.deleted {
			list = append(list, ordered{{"deletedDate", r.str("SystemModstamp")}, {"id", r.id()}})
		}
	}
	if refusal := tooManyIDs(len(list)); refusal != nil {
		return answer{}, refusal
	}
	return answer{status: http.StatusOK, body: ordered{
		{"deletedRecords", list},
		{"earliestDateAvailable", stamp(earliest)},
		{"latestDateCovered", stamp(t.covered(s))},
	}}, nil
}

func tooManyIDs(n int) *apiError {
	if n > maxIDs {
		return badRequest("EXCEEDED_ID_LIMIT", fmt.Sprintf("More than %d ids changed: choose a shorter time", maxIDs))
	}
	return nil
}

// covered is up to when an answer is complete: not beyond now, nor beyond the begin of a
// save that is still under way.
func (t *Twin) covered(s span) time.Time {
	times := []time.Time{s.end, t.opt.Now()}
	for _, late := range t.slow {
		times = append(times, late.began)
	}
	return slices.MinFunc(times, time.Time.Compare)
}

// lateSave is an update under way: when it began, and the record whose row it holds.
type lateSave struct {
	began time.Time
	id    string
}

// underWay reports whether the row of a record is held by an update under way.
func (t *Twin) underWay(id string) bool {
	return id != "" && slices.ContainsFunc(t.slow, func(s lateSave) bool { return s.id == id })
}

// SaveLate begins an update now, as a long transaction does, that becomes visible when
// commit is called. It is stamped with the moment it began, and so appears behind what
// pollers have seen meanwhile; until then latestDateCovered stays at that moment, and
// nobody else can save the record. What is wrong with the update shows at commit.
func (t *Twin) SaveLate(object, id string, fields world.Record) (commit func() error) {
	t.lock()
	defer t.mu.Unlock()
	late := lateSave{began: t.opt.Now()}
	late.id, _ = LongID(id)
	t.slow = append(t.slow, late)
	return func() error {
		t.lock()
		defer t.mu.Unlock()
		if i := slices.Index(t.slow, late); i >= 0 {
			t.slow = slices.Delete(t.slow, i, i+1)
		}
		t.saving = late.began
		defer func() { t.saving = time.Time{} }()
		return t.revise(object, id, fields)
	}
}

// saveTime is the instant that a save is stamped with.
func (t *Twin) saveTime() time.Time {
	if !t.saving.IsZero() {
		return t.saving
	}
	return t.opt.Now()
}
