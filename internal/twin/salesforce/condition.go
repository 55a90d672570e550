package salesforce

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// gzipTag ends the ETag of an answer that went out packed.
const gzipTag = "-gzip"

// condition judges the conditional headers of a call on a record before it is served.
// Dates count for reads of every object, ETags for reads and updates of accounts; a
// delete looks at neither. Done says that the answer is the outcome.
func (t *Twin) condition(q *request, r *row) (a answer, refusal *apiError, done bool) {
	reading := q.method == http.MethodGet || q.method == http.MethodHead
	if !reading && q.method != http.MethodPatch || !q.conditional() {
		return answer{}, nil, false
	}
	if !reading {
		if refusal := q.badCondition(); refusal != nil {
			return answer{}, refusal, true
		}
	}
	match, none := q.header.Get("If-Match"), q.header.Get("If-None-Match")
	if r.o.name != "Account" {
		match, none = "", ""
	}
	tag := ""
	if match != "" || none != "" {
		tag = tagOf(r)
	}
	changed, _ := parseInstant(r.str("SystemModstamp"))
	dated := reading || t.otherwise[doubtPatchDate]
	switch {
	case match != "" && !tagIn(match, tag):
		return answer{}, errPrecondition(), true
	case match == "" && dated && q.unmodifiedSince(changed) == no:
		return answer{}, errModified(), true
	case none != "" && tagIn(none, tag) && !reading:
		return answer{}, errPrecondition(), true
	case none != "" && tagIn(none, tag), none == "" && reading && q.modifiedSince(changed) == no:
		return answer{status: http.StatusNotModified, header: t.validators(r)}, nil, true
	}
	return answer{}, nil, false
}

// conditional says whether a call has a header that condition looks at; most have none.
func (q *request) conditional() bool {
	return slices.ContainsFunc([]string{"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"}, func(name string) bool {
		return q.header.Get(name) != ""
	})
}

// unlessUnchanged answers a read of something that last changed at that instant, unless
// the client has it or does not want it changed.
func (t *Twin) unlessUnchanged(q *request, changed time.Time, a answer) (answer, *apiError) {
	changed = changed.Truncate(time.Second)
	a.header = map[string]string{"Last-Modified": httpDate(changed)}
	switch {
	case q.unmodifiedSince(changed) == no:
		return answer{}, errModified()
	case q.modifiedSince(changed) == no:
		return answer{status: http.StatusNotModified, header: a.header}, nil
	}
	return a, nil
}

// validators are the headers that a client hands back in conditional calls.
func (t *Twin) validators(r *row) map[string]string {
	changed, _ := parseInstant(r.str("SystemModstamp"))
	out := map[string]string{"Last-Modified": httpDate(changed)}
	if r.o.name == "Account" {
		out["ETag"] = `"` + tagOf(r) + `"`
	}
	return out
}

func errPrecondition() *apiError {
	return refuse(http.StatusPreconditionFailed, "MATCH_PRECONDITION_FAILED", "The record does not match the condition of the request")
}

func errModified() *apiError {
	return refuse(http.StatusPreconditionFailed, "MODIFIED", "The resource was modified since the given date")
}

// verdict of a date header: no word when it is absent or cannot be read.
type verdict int

const (
	silent verdict = iota
	yes
	no
)

func (q *request) modifiedSince(changed time.Time) verdict {
	return judgeDate(q.header.Get("If-Modified-Since"), changed.After)
}

func (q *request) unmodifiedSince(changed time.Time) verdict {
	return judgeDate(q.header.Get("If-Unmodified-Since"), func(t time.Time) bool { return !changed.After(t) })
}

func judgeDate(header string, holds func(time.Time) bool) verdict {
	date, ok := parseHTTPDate(header)
	switch {
	case !ok:
		return silent
	case holds(date):
		return yes
	}
	return no
}

// badCondition refuses a write with a conditional header that cannot be read.
func (q *request) badCondition() *apiError {
	for _, name := range []string{"If-Modified-Since", "If-Unmodified-Since"} {
		if v := q.header.Get(name); v != "" {
			if _, ok := parseHTTPDate(v); !ok {
				return errCondition(name)
			}
		}
	}
	for _, name := range []string{"If-Match", "If-None-Match"} {
		if v := q.header.Get(name); v != "" && !tagList.MatchString(v) {
			return errCondition(name)
		}
	}
	return nil
}

func errCondition(name string) *apiError {
	return badRequest("BAD_REQUEST", "The header "+name+" is not valid")
}

// tagList is an asterisk, or quoted tags with commas between.
var tagList = regexp.MustCompile(`^\s*(\*|(W/)?"[^"]*"(\s*,\s*(W/)?"[^"]*")*)\s*$`)

var quoted = regexp.MustCompile(`"([^"]*)"`)

// tagIn says whether a header lists a tag, packed or not.
func tagIn(header, tag string) bool {
	if strings.TrimSpace(header) == "*" {
		return true
	}
	return slices.ContainsFunc(quoted.FindAllStringSubmatch(header, -1), func(m []string) bool {
		return strings.TrimSuffix(m[1], gzipTag) == tag
	})
}

// tagOf digests what a record holds: stamps alone would miss the second save of a second.
func tagOf(r *row) string {
	data, _ := encodeJSON(r.v) // kept values have a JSON form
	sum := sha256.Sum256(data)
	return base64.StdEncoding.EncodeToString(sum[:])
}

func httpDate(t time.Time) string { return t.UTC().Format(http.TimeFormat) }

// parseHTTPDate reads the documented form, "Mon, 30 Nov 2020 08:34:54 MST". Go knows no
// zone by its letters alone, so the usual ones are listed.
func parseHTTPDate(s string) (time.Time, bool) {
	rest, zone, _ := cutLast(s, " ")
	hours, ok := map[string]int{"GMT": 0, "UTC": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}[zone]
	t, err := time.Parse("Mon, 2 Jan 2006 15:04:05", rest)
	if !ok || err != nil {
		return time.Time{}, false
	}
	return t.Add(time.Duration(-hours) * time.Hour), true
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
