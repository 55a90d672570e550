package xero

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/planwright/planwright/internal/decimal"
)

// lookup reads a member of the record being judged, in normal form; nil is absent.
type lookup func(path []string) any

// holds judges a record. An absent value is neither more nor less than another, equal to null,
// and unequal to all else.
func (n *node) holds(get lookup) bool {
	switch n.op {
	case "||":
		return slices.ContainsFunc(n.args, func(a *node) bool { return a.holds(get) })
	case "&&":
		return !slices.ContainsFunc(n.args, func(a *node) bool { return !a.holds(get) })
	case "!":
		return !n.args[0].holds(get)
	case "Contains", "StartsWith", "EndsWith":
		text, ok := n.args[0].value(get).(string)
		part, _ := n.args[1].lit.(string)
		return ok && textMethod(n.op, plain(text), plain(part))
	case opLit, opMember:
		b, _ := n.value(get).(bool)
		return b
	}
	a, b := n.args[0].value(get), n.args[1].value(get)
	if a == nil || b == nil {
		return n.op == "==" && a == b || n.op == "!=" && a != b
	}
	if n.op == "==" || n.op == "!=" {
		return same(a, b) == (n.op == "==")
	}
	c := order(a, b)
	switch n.op {
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	case ">":
		return c > 0
	}
	return c >= 0 // ">="
}

// value computes a leaf, a text method that changes case, or a nested condition.
func (n *node) value(get lookup) any {
	switch n.op {
	case opLit:
		return n.lit
	case opMember:
		return comparableValue(n.kind, get(n.path))
	case "ToLower", "ToUpper":
		text, ok := n.args[0].value(get).(string)
		switch {
		case !ok:
			return nil
		case n.op == "ToLower":
			return strings.ToLower(text)
		}
		return strings.ToUpper(text)
	}
	return n.holds(get)
}

// comparableValue turns a stored value into what comparisons work on. An empty text is
// absent: the vendor answers "" for what was never set.
func comparableValue(k kind, v any) any {
	switch v := v.(type) {
	case string:
		if v == "" {
			return nil
		}
		if typeOf(k) != typeTime {
			return v
		}
		if t, ok := readInstant(v); ok {
			return t
		}
		return nil
	case json.Number:
		return toDecimal(v)
	case bool:
		return v
	}
	return nil
}

// same compares two values of one type for equality, text without folding it first
// when that can decide.
func same(a, b any) bool {
	x, isText := a.(string)
	y, _ := b.(string)
	switch {
	case !isText:
		return order(a, b) == 0
	case strings.EqualFold(x, y):
		return true
	case ascii(x) && ascii(y):
		return false
	}
	return plain(x) == plain(y)
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0
}

// order compares two values of one type. Text ignores case and accents.
func order(a, b any) int {
	switch a := a.(type) {
	case string:
		b, _ := b.(string)
		return strings.Compare(plain(a), plain(b))
	case decimal.Decimal:
		b, _ := b.(decimal.Decimal)
		return a.Cmp(b)
	case time.Time:
		b, _ := b.(time.Time)
		return a.Compare(b)
	case bool:
		b, _ := b.(bool)
		return cmp.Compare(truth(a), truth(b))
	}
	return 0
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

func textMethod(name, text, part string) bool {
	switch name {
	case "Contains":
		return strings.Contains(text, part)
	case "StartsWith":
		return strings.HasPrefix(text, part)
	}
	return strings.HasSuffix(text, part)
}

// Accented Latin letters, each two bytes long, and the letters they fold to.
const (
	accented   = "àáâãäåāăąçćĉċčďđèéêëēĕėęěĝğġģìíîïĩīĭįĺļľłñńņňòóôõöøōŏőŕŗřśŝşšţťŧùúûüũūŭůűųŵýÿŷźżž"
	unaccented = "aaaaaaaaacccccddeeeeeeeeeggggiiiiiiiillllnnnnooooooooorrrsssstttuuuuuuuuuuwyyyzzz"
)

// plain folds case, and the accents of Latin letters.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		r = unicode.ToLower(r)
		if r < 0xC0 || r > 0x17F {
			return r
		}
		if i := strings.IndexRune(accented, r); i >= 0 {
			return rune(unaccented[i/2])
		}
		return r
	}, s)
}

// String prints the expression so that it parses to the same again.
func (n *node) String() string {
	switch n.op {
	case opMember:
		return strings.Join(n.path, ".")
	case opLit:
		return n.literal()
	case "!":
		return "!" + n.args[0].group()
	case "ToLower", "ToUpper":
		return n.args[0].group() + "." + n.op + "()"
	case "Contains", "StartsWith", "EndsWith":
		return n.args[0].group() + "." + n.op + "(" + n.args[1].literal() + ")"
	}
	parts := make([]string, len(n.args))
	for i, a := range n.args {
		parts[i] = a.group()
	}
	return strings.Join(parts, " "+n.op+" ")
}

// group prints an operand, in parentheses unless it binds by itself.
func (n *node) group() string {
	switch n.op {
	case opMember, opLit, "ToLower", "ToUpper", "Contains", "StartsWith", "EndsWith":
		return n.String()
	}
	return "(" + n.String() + ")"
}

func (n *node) literal() string {
	switch v := n.lit.(type) {
	case bool:
		return fmt.Sprint(v)
	case string:
		if n.typ == typeGUID {
			return `guid("` + v + `")`
		}
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v) + `"`
	case decimal.Decimal:
		return v.String()
	case time.Time:
		return v.Format("DateTime(2006, 1, 2, 15, 4, 5)")
	}
	return "null"
}

// sortKey is one member of an order parameter.
type sortKey struct {
	member *node
	desc   bool
}

// parseOrder reads "Member [ASC|DESC]", several with commas between.
func parseOrder(s *shape, text string) ([]sortKey, error) {
	var keys []sortKey
	for part := range strings.SplitSeq(text, ",") {
		p := &whereParser{shape: s, rest: part}
		member, err := p.member(p.word())
		if err != nil {
			return nil, err
		}
		k := sortKey{member: member, desc: p.keyword("DESC") || p.keyword("DESCENDING")}
		if !k.desc && !p.keyword("ASC") {
			p.keyword("ASCENDING")
		}
		if p.skip(); p.rest != "" || member.op != opMember {
			return nil, p.syntax()
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// compare orders two records by the keys; absent values come first.
func compare(keys []sortKey, a, b lookup) int {
	for _, k := range keys {
		x, y := k.member.value(a), k.member.value(b)
		c := 0
		switch {
		case x == nil && y == nil:
		case x == nil:
			c = -1
		case y == nil:
			c = 1
		default:
			c = order(x, y)
		}
		if k.desc {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}
