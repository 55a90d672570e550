package wire

import (
	"errors"
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
	Drip        Kind = "drip"                // executed; the answer comes Bytes (1 when 0) at a time, After apart
	CutGzip     Kind = "cut-gzip"            // executed; the answer is compressed and its end is missing
	Twice       Kind = "twice"               // executed twice, as a proxy does that repeats; the second answer is sent
	Repeat      Kind = "repeat"              // the answer to the matching request before is sent again; not executed
	Rewrite     Kind = "rewrite"             // executed; Code, Header, Drift, Skew and the pads change the answer
)

// Fault is one rule: which requests it strikes, and how. A rule strikes where all of its
// conditions hold; without conditions it strikes every matching request.
type Fault struct {
	// Name is what people call the rule; counts are listed under it.
	Name string `json:"name,omitempty"`
	// Operation selects requests, "PUT /api.xro/2.0/Invoices": an optional method and a
	// space, then a path. A star stands for any run of characters, also for a whole
	// method; a pattern that holds a question mark is compared with path and query.
	Operation string `json:"operation"`
	Kind      Kind   `json:"kind"`
	// Inside strikes within the twin's own limits and idempotency store, where an answer is
	// kept under the call's key, instead of on the way; see [Faults.Inside].
	Inside bool `json:"inside,omitempty"`
	// Nth strikes the nth matching request only, counted from 1 over the life of the rule.
	Nth int `json:"nth,omitempty"`
	// Skip leaves the first so many matching requests alone, First strikes no later ones
	// than the first so many.
	Skip  int `json:"skip,omitempty"`
	First int `json:"first,omitempty"`
	// Every strikes each so-manieth matching request, with Burst the last so many of each run.
	Every int `json:"every,omitempty"`
	Burst int `json:"burst,omitempty"`
	// Chance strikes a matching request with this probability, 0 (always) to 1. Throws
	// come from FaultOptions.Chance, or with a Seed from a source of the rule's own.
	Chance float64 `json:"chance,omitempty"`
	Seed   uint64  `json:"seed,omitempty"`
	// Times ends the rule after so many strikes; 0 never ends it.
	Times int `json:"times,omitempty"`
	// From and Until bound the moments of the clock at which the rule strikes: From
	// included, Until not. On and Off make it flap: it strikes for On, rests for Off, and
	// again, counted from From or from when the rule was set.
	From  time.Time `json:"from,omitzero"`
	Until time.Time `json:"until,omitzero"`
	On    Duration  `json:"on,omitempty"`
	Off   Duration  `json:"off,omitempty"`
	// After is how long Late and Slow wait, and Drip between two pieces of Bytes.
	After Duration `json:"after,omitempty"`
	Bytes int      `json:"bytes,omitempty"`
	// Code, Header and Body make the answer of Status, StatusAfter and HTML; Code and
	// Header change that of Rewrite. Without a Date of its own, Skew moves the answer's.
	Code   int               `json:"code,omitempty"`
	Header map[string]string `json:"header,omitempty"`
	Body   string            `json:"body,omitempty"`
	Skew   Duration          `json:"skew,omitempty"`
	// Drift changes the JSON of an answer of Rewrite; PadBody and PadHeader make it larger
	// by so many bytes of white space and of a header that nobody asked for.
	Drift     *Drift `json:"drift,omitempty"`
	PadBody   int    `json:"pad_body,omitempty"`
	PadHeader int    `json:"pad_header,omitempty"`
}

// maxPad bounds what a rule may add to an answer.
const maxPad = 64 << 20

// Check reports a rule that could never do what it says.
func (f Fault) Check() error {
	if err := f.checkKind(); err != nil {
		return err
	}
	if err := f.checkWhen(); err != nil {
		return fmt.Errorf("fault %s %q: %w", f.Kind, f.Operation, err)
	}
	if f.Operation == "" {
		return fmt.Errorf("fault %s: operation must not be empty", f.Kind)
	}
	return nil
}

func (f Fault) checkKind() error {
	switch f.Kind {
	case DropBefore, DropAfter, Reset, Truncate, HTML, CutGzip, Twice, Repeat:
	case Rewrite:
		if f.Code == 0 && f.Header == nil && f.Drift == nil && f.Skew == 0 && f.PadBody == 0 && f.PadHeader == 0 {
			return fmt.Errorf("fault rewrite %q: it changes nothing: give code, header, drift, skew, pad_body or pad_header", f.Operation)
		}
	case Late, Slow, Drip:
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
	if f.Kind != Rewrite && (f.Drift != nil || f.Skew != 0 || f.PadBody != 0 || f.PadHeader != 0) {
		return fmt.Errorf("fault %s %q: drift, skew, pad_body and pad_header belong to rewrite", f.Kind, f.Operation)
	}
	if f.Code != 0 && (f.Code < 200 || f.Code > 599) {
		return fmt.Errorf("fault %s %q: code %d is not an HTTP status", f.Kind, f.Operation, f.Code)
	}
	return nil
}

// checkWhen judges the conditions under which a rule strikes.
func (f Fault) checkWhen() error {
	switch {
	case f.Chance < 0 || f.Chance > 1:
		return errors.New("chance must be from 0 to 1")
	case min(f.Nth, f.Times, f.Skip, f.First, f.Every, f.Burst, f.Bytes, f.PadBody, f.PadHeader) < 0:
		return errors.New("counts must not be negative")
	case max(f.PadBody, f.PadHeader) > maxPad:
		return fmt.Errorf("a pad must be %d bytes at most", maxPad)
	case f.First > 0 && f.First <= f.Skip:
		return errors.New("first must be above skip")
	case f.Burst > 0 && f.Burst > f.Every:
		return errors.New("burst must not be above every")
	case f.On < 0 || f.Off < 0 || (f.On > 0) != (f.Off > 0):
		return errors.New("on and off must be given together and be positive")
	case !f.From.IsZero() && !f.Until.IsZero() && !f.Until.After(f.From):
		return errors.New("until must be after from")
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
