package wire

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Kind is what a fault does to a request it strikes.
type Kind string

// The closed list of kinds. "Cut" means that the connection ends without an answer.
const (
	DropBefore  Kind = "drop-before"         // cut; the request is not executed
	DropAfter   Kind = "drop-after-commit"   // the request is executed, then cut
	Status      Kind = "status"              // Code is answered; not executed
	StatusAfter Kind = "status-after-commit" // executed, then Code is answered instead of the real answer
	Late        Kind = "delay-commit"        // cut; executed once After has passed
	Reset       Kind = "reset"               // the connection is reset; not executed
	Slow        Kind = "slow"                // executed; the answer waits for After
	Truncate    Kind = "truncate"            // executed; the answer breaks off half way through its body
	HTML        Kind = "html"                // an HTML page with Code (502 when 0) is answered; not executed
)

// Fault is one rule: which requests it strikes, and how. The zero Nth, Chance and
// Times strike every matching request.
type Fault struct {
	// Operation selects requests, "PUT /api.xro/2.0/Invoices": an optional method and a
	// space, then a path. A star stands for any run of characters, also for a whole
	// method; a pattern that holds a question mark is compared with path and query.
	Operation string `json:"operation"`
	Kind      Kind   `json:"kind"`
	// Nth strikes the nth matching request only, counted from 1 over the life of the rule.
	Nth int `json:"nth,omitempty"`
	// Chance strikes a matching request with this probability, 0 (always) to 1. Throws
	// come from FaultOptions.Chance.
	Chance float64 `json:"chance,omitempty"`
	// Times ends the rule after so many strikes; 0 never ends it.
	Times int `json:"times,omitempty"`
	// After is how long Late and Slow wait.
	After Duration `json:"after,omitempty"`
	// Code, Header and Body make the answer of Status, StatusAfter and HTML.
	Code   int               `json:"code,omitempty"`
	Header map[string]string `json:"header,omitempty"`
	Body   string            `json:"body,omitempty"`
}

// Check reports a rule that could never do what it says.
func (f Fault) Check() error {
	switch f.Kind {
	case DropBefore, DropAfter, Reset, Truncate, HTML:
	case Late, Slow:
		if f.After <= 0 {
			return fmt.Errorf("fault %s %q: after must be positive", f.Kind, f.Operation)
		}
	case Status, StatusAfter:
		if f.Code < 200 || f.Code > 599 {
			return fmt.Errorf("fault %s %q: code %d is not an HTTP status", f.Kind, f.Operation, f.Code)
		}
	default:
		return fmt.Errorf("fault %q: unknown kind %q", f.Operation, f.Kind)
	}
	if f.Chance < 0 || f.Chance > 1 || f.Nth < 0 || f.Times < 0 {
		return fmt.Errorf("fault %s %q: nth, times and chance must not be negative, nor chance above 1", f.Kind, f.Operation)
	}
	if f.Operation == "" {
		return fmt.Errorf("fault %s: operation must not be empty", f.Kind)
	}
	return nil
}

// Duration is a [time.Duration] that is written as text in data: "90s", "6m1s".
type Duration time.Duration

// MarshalText writes the duration as time.Duration prints it.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads what [time.ParseDuration] reads.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	if err != nil {
		return fmt.Errorf("duration %.40q: %w", b, err)
	}
	*d = Duration(v)
	return nil
}

// Match reports whether a request is one that pattern (see [Fault.Operation]) selects.
func Match(pattern string, r *http.Request) bool {
	path := pattern
	if method, rest, ok := strings.Cut(pattern, " "); ok {
		if method != "*" && method != r.Method {
			return false
		}
		path = rest
	}
	target := r.URL.Path
	if strings.Contains(path, "?") && r.URL.RawQuery != "" {
		target += "?" + r.URL.RawQuery
	}
	return glob(path, target)
}

// glob matches s against a pattern in which * stands for any run of bytes. It never
// needs more than len(pattern) × len(s) steps.
func glob(pattern, s string) bool {
	p, i, star, mark := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && pattern[p] == s[i]:
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
