package transport

import (
	"net/http"
	"strings"
	"time"
)

// maxAsked caps what an endpoint may ask for; nobody waits longer than a day for a model.
const maxAsked = 24 * time.Hour

// retryAfter reads how long to wait: Retry-After in seconds or as an HTTP date (RFC 9110,
// 10.2.3), the date measured against the answer's own so that our clock does not matter;
// or the retry-after-ms that some endpoints send beside it, which is finer.
func retryAfter(h http.Header) (time.Duration, bool) {
	if d, ok := number(h.Get("Retry-After-Ms"), "ms"); ok {
		return d, true
	}
	value := strings.TrimSpace(h.Get("Retry-After"))
	if d, ok := number(value, "s"); ok {
		return d, true
	}
	until, err := http.ParseTime(value)
	now, err2 := http.ParseTime(h.Get("Date"))
	if err != nil || err2 != nil {
		return 0, false
	}
	return min(max(until.Sub(now), 0), maxAsked), true
}

// number reads digits, with a fraction perhaps, in a unit. A negative number is 0, one that
// no clock can hold is the longest time.
func number(value, unit string) (time.Duration, bool) {
	value = strings.TrimSpace(value)
	digits := strings.TrimPrefix(value, "-")
	if strings.Trim(digits, "0123456789.") != "" || digits == "" {
		return 0, false
	}
	d, err := time.ParseDuration(digits + unit)
	switch {
	case err != nil && strings.Count(digits, ".") > 1, digits == ".":
		return 0, false
	case digits != value:
		return 0, true
	case err != nil:
		return maxAsked, true
	}
	return min(d, maxAsked), true
}
