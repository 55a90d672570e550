package salesforce

import "strings"

const (
	base62   = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	checksum = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
)

// ID returns the n-th made-up id of an object in 18 characters, "0065g0000000001AAA"
// for Opportunity and 1. The object must be one the twin knows. Ids of one object
// sort in the order of n.
func ID(object string, n uint64) string {
	return numbered(prefixOf(object), n)
}

// numbered returns the n-th made-up id that begins with a prefix.
func numbered(prefix string, n uint64) string {
	var tail [10]byte
	for i := len(tail) - 1; i >= 0; i-- {
		tail[i] = base62[n%62]
		n /= 62
	}
	return withChecksum(prefix + "5g" + string(tail[:]))
}

// LongID returns the 18-character form of an id given in 15 or 18 characters, and
// whether it was one. The last three characters of the long form say which of the
// others are upper case, so a long id whose case was lost is restored.
func LongID(id string) (string, bool) {
	for i := range len(id) {
		if strings.IndexByte(base62, id[i]) < 0 {
			return "", false
		}
	}
	switch len(id) {
	case 15:
		return withChecksum(id), true
	case 18:
		return recase(id)
	}
	return "", false
}

// withChecksum appends the three letters that tell the case of the fifteen: bit i of
// each is set when character i of its group of five is upper case.
func withChecksum(id string) string {
	out := []byte(id)
	for g := range 3 {
		bits := 0
		for i := range 5 {
			if c := id[g*5+i]; c >= 'A' && c <= 'Z' {
				bits |= 1 << i
			}
		}
		out = append(out, checksum[bits])
	}
	return string(out)
}

func recase(id string) (string, bool) {
	out := []byte(id[:15])
	for g := range 3 {
		bits := strings.IndexByte(checksum, upper(id[15+g]))
		if bits < 0 {
			return "", false
		}
		for i := range 5 {
			c := &out[g*5+i]
			if bits&(1<<i) == 0 {
				*c = lower(*c)
				continue
			}
			if *c = upper(*c); *c < 'A' || *c > 'Z' {
				return "", false // the checksum claims an upper-case digit
			}
		}
	}
	return withChecksum(string(out)), true
}

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c - 'A' + 'a'
	}
	return c
}
