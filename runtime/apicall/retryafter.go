package apicall

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/planwright/planwright/internal/decimal"
)

const (
	// maxWait caps what a vendor may ask; a day limit resets within it.
	maxWait = 24 * time.Hour
	// dayProbe is how long to wait on a used-up day whose end nobody told: the windows are
	// fixed but start at a moment of the vendor's choosing.
	dayProbe = time.Hour
)

// retryAfter reads a Retry-After header (RFC 9110, 10.2.3): seconds or an HTTP date,
// measured against the answer's own Date header so that our clock does not matter.
// Negative and past times count as 0, absurd ones as 24 hours, others as not said.
func retryAfter(value, date string) (time.Duration, bool) {
	value = strings.TrimSpace(value)
	if value == "" {
		return 0, false
	}
	if d, err := decimal.Parse(value); err == nil { // some vendors send fractions
		up, err := d.Round(0, decimal.Up)
		if err != nil {
			return maxWait, true // unreachable: Parse bounds the digits
		}
		seconds, err := strconv.ParseInt(up.String(), 10, 64)
		switch {
		case up.Sign() <= 0:
			return 0, true
		case err != nil || seconds > int64(maxWait/time.Second):
			return maxWait, true
		}
		return time.Duration(seconds) * time.Second, true
	}
	until, err := http.ParseTime(value)
	now, err2 := http.ParseTime(date)
	if err != nil || err2 != nil {
		return 0, false
	}
	return min(max(until.Sub(now), 0), maxWait), true
}

var usages = regexp.MustCompile(`(?:^|[=\s])(\d{1,12})/(\d{1,12})`)

// usage reads a "used/max" header.
func usage(header string) (used, most int64, ok bool) {
	m := usages.FindStringSubmatch(header)
	if m == nil {
		return 0, 0, false
	}
	used, _ = strconv.ParseInt(m[1], 10, 64) // at most 12 digits
	most, _ = strconv.ParseInt(m[2], 10, 64)
	return used, most, most > 0
}

func usedUp(header string) bool {
	used, most, ok := usage(header)
	return ok && used >= most
}
