package eval

import (
	"fmt"
	"math"
)

// Rate is a count out of N. It prints with its n, always, and with the interval in which
// the true share lies with 95 % confidence.
type Rate struct {
	K, N int
}

// Interval returns Wilson's score interval at 95 %, which is honest for small n and for
// shares near 0 and 1. Without observations it is everything.
func (r Rate) Interval() (low, high float64) {
	if r.N == 0 {
		return 0, 1
	}
	const z = 1.959963984540054
	n, p := float64(r.N), float64(r.K)/float64(r.N)
	centre := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return max(0, centre-half), min(1, centre+half)
}

// String prints "37 of 40 (92.5 %, 95 %: 80.1 to 97.4)".
func (r Rate) String() string {
	if r.N == 0 {
		return "0 of 0"
	}
	low, high := r.Interval()
	return fmt.Sprintf("%d of %d (%.1f %%, 95 %%: %.1f to %.1f)", r.K, r.N, 100*float64(r.K)/float64(r.N), 100*low, 100*high)
}
