package check

import (
	"strings"

	"github.com/planwright/planwright/runtime/plan"
)

// MaxCalls bounds what one event may cost in the worst case: calls, those that lost answers
// add among them, and passes of a loop. It is far above any automation for one record, and
// far below what would use up a vendor's day or keep one run busy for weeks.
const MaxCalls = 100_000

// manyTimes keeps products of bounds from running over.
const manyTimes = 1 << 40

// repeated is how often the steps of a loop run in one run, at most.
func repeated(outer, most int) int {
	if outer >= manyTimes/max(most, 1) {
		return manyTimes
	}
	return outer * most
}

// bounded reports a plan that one event could make call without end. A loop whose own passes
// are too many was reported where it stands.
func (c *checker) bounded() {
	if c.endless {
		return
	}
	total, most, worst := 0, 0, ""
	calls := map[string]int{} // by the outermost step
	for _, t := range c.touches {
		total = min(total+t.times, manyTimes)
		at := c.steps[t.step].Pointer
		parts := strings.SplitN(at, "/", 4)
		if len(parts) < 4 { // not within an each
			continue
		}
		outer := strings.Join(parts[:3], "/")
		if calls[outer] += t.times; calls[outer] > most {
			most, worst = calls[outer], outer
		}
	}
	if total > MaxCalls && worst != "" {
		c.at(plan.Join(worst, "max"), errUnbounded(total, "calls"))
	}
}
