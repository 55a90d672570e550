package apicall

import (
	"bytes"
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/planwright/planwright/specs/catalog"
)

// scopeMissing is RFC 6750's error for a token without the right scope; one vendor page
// spells it without the second i.
var scopeMissing = regexp.MustCompile(`(?i)insuffici?ent_scope`)

// refused classes an answer whose status is no success.
func (d *decoder) refused() Outcome {
	status := d.answer.Status
	body := bytes.TrimSpace(bytes.TrimPrefix(d.answer.Body, []byte("\xef\xbb\xbf")))
	page := len(body) > 0 && body[0] == '<'
	var r refusal
	if tree, err := parse(body); err == nil {
		r = collect(d.api.Errors, tree)
	} else if len(body) > 0 && !page {
		r.messages = []string{string(body[:min(len(body), 4*maxMessage)])}
	}
	if limit := d.answer.Header.Get(d.api.Limits.Problem); d.api.Limits.Problem != "" && limit != "" {
		r.codes = append([]string{limit}, r.codes...)
	}
	if scopeMissing.MatchString(d.answer.Header.Get("WWW-Authenticate")) {
		return Outcome{
			Class: catalog.ClassPerson, Code: "insufficient_scope",
			Message: "the connection lacks a scope this operation needs",
		}
	}
	out := Outcome{Message: r.message()}
	out.Class, out.Code = d.class(r, d.byStatus(status), status)
	if out.Class == catalog.ClassAbsent && page {
		// A page that says "not found" may come from anything between here and the vendor,
		// and "absent" is what lets a create go out.
		out.Class, out.Message = catalog.ClassRetry, "a page came instead of an answer"
	}
	if out.Message == "" {
		out.Message = strings.ToLower(http.StatusText(status))
		if page {
			out.Message += ", with a page instead of an answer"
		}
	}
	if out.Class == catalog.ClassRetry || out.Class == catalog.ClassLimit || out.Class == catalog.ClassUnknown {
		out.RetryAfter = d.wait(out)
	}
	return out
}

// byStatus is the class of a refusal that no rule knows.
func (d *decoder) byStatus(status int) catalog.Class {
	write := isWrite(d.op)
	switch {
	case status >= 500 && write:
		return catalog.ClassUnknown
	case status == http.StatusNotImplemented:
		return catalog.ClassBug
	case status >= 500:
		return catalog.ClassRetry
	}
	switch status {
	case http.StatusUnauthorized:
		return catalog.ClassRefresh
	case http.StatusForbidden:
		return catalog.ClassPerson
	case http.StatusNotFound:
		switch {
		case !d.op.Absent:
			return catalog.ClassBug
		case write:
			return catalog.ClassData
		}
		return catalog.ClassAbsent
	case http.StatusRequestTimeout, http.StatusTooEarly:
		if write {
			return catalog.ClassUnknown
		}
		return catalog.ClassRetry
	case http.StatusTooManyRequests:
		return catalog.ClassLimit
	case http.StatusBadRequest, http.StatusConflict, http.StatusPreconditionFailed, http.StatusUnprocessableEntity:
		return catalog.ClassData
	}
	if status >= 300 && status < 400 {
		return catalog.ClassPerson // redirects are not followed: the pinned address is wrong
	}
	return catalog.ClassBug
}

// class applies the operation's duplicate texts, then the rules in order, else fallback.
// Any of statuses satisfies a rule that names one. It also returns the code that decided,
// or the first there is.
func (d *decoder) class(r refusal, fallback catalog.Class, statuses ...int) (catalog.Class, string) {
	write := isWrite(d.op)
	if write && d.op.Repeat != nil && statuses[0] < 500 && slices.ContainsFunc(d.op.Repeat.Duplicate, r.says) {
		return catalog.ClassDuplicate, r.code()
	}
	for _, rule := range d.api.Errors.Rules {
		if !r.matches(rule, statuses) {
			continue
		}
		code := cmp.Or(rule.Code, r.code())
		byStatusOnly := rule.Code == "" && rule.Text == ""
		switch {
		case rule.Class == catalog.ClassAbsent && !byStatusOnly && d.op.Effect == catalog.EffectDelete && d.op.Absent:
			return catalog.ClassOK, code // gone, which is what was wanted
		case write && rule.Write != "":
			return rule.Write, code
		case byStatusOnly && fallback == catalog.ClassAbsent:
			return fallback, code // the operation knows better what its 404 means
		case byStatusOnly && fallback == catalog.ClassUnknown && again(rule.Class):
			return fallback, code // a status alone does not say that a write was not done
		}
		return rule.Class, code
	}
	return fallback, r.code()
}

// again reports whether a class means that the same request is sent again.
func again(c catalog.Class) bool {
	return c == catalog.ClassRetry || c == catalog.ClassLimit || c == catalog.ClassRefresh
}

// wait says how long to wait: what the vendor says, else what its kind of limit needs.
func (d *decoder) wait(out Outcome) time.Duration {
	if after, ok := retryAfter(d.answer.Header.Get("Retry-After"), d.answer.Header.Get("Date")); ok {
		return after
	}
	if out.Class != catalog.ClassLimit {
		return 0
	}
	switch code := strings.ToLower(out.Code); {
	case strings.HasPrefix(code, "concurrent"):
		return time.Second
	case strings.Contains(code, "minute"):
		return time.Minute
	case strings.HasPrefix(code, "da"):
		return dayProbe
	}
	if usedUp(d.answer.Header.Get(d.api.Limits.Usage)) {
		return dayProbe
	}
	return 0
}
