package catalog

import "slices"

// Grants reports whether a connection with these scopes has the scope, by itself or because
// one of them includes it.
func (a Auth) Grants(granted []string, scope string) bool {
	seen := map[string]bool{}
	for next := slices.Clone(granted); len(next) > 0; {
		s := next[0]
		next = next[1:]
		if s == scope {
			return true
		}
		if !seen[s] {
			seen[s] = true
			next = append(next, a.Implied[s]...)
		}
	}
	return false
}
