package diag

import (
	"slices"
	"strings"
)

// maxNear bounds the words Nearest compares, so that hostile text costs little.
const maxNear = 64

// Nearest returns the known word that a person most likely meant by got, or "" when
// none is near: equal but for case, or at most a third of its letters apart.
func Nearest(got string, known []string) string {
	if got == "" || len(got) > maxNear {
		return ""
	}
	best, least := "", len([]rune(got))/3+1
	for _, k := range slices.Sorted(slices.Values(known)) {
		if strings.EqualFold(k, got) {
			return k
		}
		if len(k) > maxNear {
			continue
		}
		if d := distance(strings.ToLower(got), strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	return best
}

// DidYouMean returns the hint "did you mean …?" for the nearest known word, or, when
// none is near, names up to eight known words.
func DidYouMean(got string, known []string) string {
	if n := Nearest(got, known); n != "" {
		return "did you mean " + n + "?"
	}
	if len(known) == 0 {
		return ""
	}
	k := slices.Sorted(slices.Values(known))
	if len(k) > 8 {
		return "known ones begin with " + strings.Join(k[:8], ", ")
	}
	return "known ones are " + strings.Join(k, ", ")
}

// distance counts the letters to add, drop, change or swap with a neighbour.
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	before, last, row := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range last {
		last[j] = j
	}
	for i, x := range s {
		row[0] = i + 1
		for j, y := range t {
			cost := 1
			if x == y {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && x == t[j-1] && s[i-1] == y {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(t)]
}
