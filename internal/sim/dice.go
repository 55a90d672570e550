package sim

import (
	"math/rand/v2"
	"time"
)

// dice is the chance of one seed. Each concern throws dice of its own, so that another fault
// does not make another company.
type dice struct{ *rand.Rand }

func newDice(seed uint64, concern string) dice {
	h := uint64(14695981039346656037) // FNV-1a
	for _, c := range []byte(concern) {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return dice{rand.New(rand.NewPCG(seed, h))}
}

// one returns true once in n throws.
func (d dice) one(n int) bool { return d.IntN(n) == 0 }

// between returns a duration from a to b, in whole seconds.
func (d dice) between(a, b time.Duration) time.Duration {
	return a + time.Duration(d.Int64N(int64((b-a)/time.Second)+1))*time.Second
}

func pick[T any](d dice, list ...T) T { return list[d.IntN(len(list))] }
