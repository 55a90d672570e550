package engine

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/specs/catalog"
)

// Setback is the hold of a run whose call nothing is wrong with: the vendor did not answer,
// said to come later, or has no calls left for us, heard at that time. The time it goes on is
// the one asked for, or later the more often the run was set back at this step. Of a limit it
// says whose and which, so that a vendor out of reach and an allowance used up are told apart.
func (s *State) Setback(path string, op *catalog.Operation, out apicall.Outcome, heard time.Time) Hold {
	h := Hold{Code: HoldVendor, Path: path, Until: heard.Add(s.pause(out.RetryAfter))}
	said := cmp.Or(out.Message, out.Code, fmt.Sprint("status ", out.Status))
	switch {
	case out.Class != catalog.ClassLimit:
		h.Message = fmt.Sprintf("%s: %s", op.Name(), said)
	case out.Status == 0: // the caller itself counts, and says which limit it is
		h.Code, h.API, h.Limit = HoldLimit, op.API, strings.ToLower(out.Code)
		h.Message = fmt.Sprintf("%s: %s", op.Name(), said)
	default:
		h.Code, h.API, h.Limit = HoldLimit, op.API, strings.ToLower(out.Code)
		h.Message = fmt.Sprintf("%s: %s refuses more calls by its limit %s: %s", op.Name(), op.API, cmp.Or(h.Limit, "of calls"), said)
	}
	return h
}

// setBack reports whether a hold is one that [State.Setback] makes.
func (h *Hold) setBack() bool { return h.Code == HoldVendor || h.API != "" }

// pause is how long a run waits that was set back at this step before: a minute, then twice as
// long each time, an hour at most, and never less than the vendor asks.
func (s *State) pause(asked time.Duration) time.Duration {
	return max(asked, min(time.Minute<<min(s.setbacks, 6), time.Hour))
}
