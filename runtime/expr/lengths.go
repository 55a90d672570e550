package expr

import (
	"math"
	"unicode/utf8"

	"cel.dev/cel-go/common/ast"

	"github.com/planwright/planwright/specs/schema"
)

// Bound returns how many characters a text of the type can have at most, and whether
// anything is known of it.
func Bound(t schema.Type) (int, bool) {
	switch {
	case t.Kind != schema.String:
		return 0, false
	case t.Enum != nil:
		longest := 0
		for _, m := range t.Enum {
			longest = max(longest, utf8.RuneCountInString(m))
		}
		return longest, true
	}
	return t.MaxLength, t.MaxLength > 0
}

// bounded is text of at most n characters, or of unknown length when ok is false. Text that
// is always empty has the empty one as its only member, since no length says so.
func bounded(n int, ok bool) Type {
	switch {
	case !ok || n > math.MaxInt32:
		return plainKind(schema.String)
	case n <= 0:
		return plain(schema.Type{Kind: schema.String, Enum: []string{""}})
	}
	return plain(schema.Type{Kind: schema.String, MaxLength: n})
}

// sameBound is the length of text that a function makes no longer.
func sameBound(_ []ast.Expr, ts []Type) Type {
	return bounded(Bound(ts[0].Type))
}

// ofLength is the length of text that every value of a kind has at most.
func ofLength(n int) func([]ast.Expr, []Type) Type {
	return func([]ast.Expr, []Type) Type { return bounded(n, true) }
}

// joinedBound is the length of two texts put together.
func joinedBound(_ []ast.Expr, ts []Type) Type {
	a, okA := Bound(ts[0].Type)
	b, okB := Bound(ts[1].Type)
	return bounded(a+b, okA && okB)
}

// cutBound is the length of what is left after a cut to the number at args[1].
func cutBound(args []ast.Expr, ts []Type) Type {
	n, ok := Bound(ts[0].Type)
	most, written := literalInt(args[1])
	switch {
	case !written || most < 0 || most > math.MaxInt32:
		return bounded(n, ok)
	case !ok || int(most) < n:
		return bounded(int(most), true)
	}
	return bounded(n, ok)
}

// Cuts reports whether the expression may leave out a part of a text: two texts that differ
// can then give one result, which a key must never do.
func (p *Program) Cuts() bool { return p.cuts }

// cuts reports whether a call may shorten a text.
func cuts(name string, args []Type, result Type) bool {
	switch name {
	case "substring", "split":
		return true
	case "truncate":
		longest, known := Bound(args[0].Type)
		left, _ := Bound(result.Type)
		return !known || left < longest
	}
	return false
}

// middleBound is the length of the characters between two numbers.
func middleBound(args []ast.Expr, ts []Type) Type {
	n, ok := Bound(ts[0].Type)
	from, written := literalInt(args[1])
	if !written || from < 0 || from > math.MaxInt32 {
		return bounded(n, ok)
	}
	rest := n - int(from)
	if len(args) == 3 {
		if to, written := literalInt(args[2]); written && to >= 0 && to <= math.MaxInt32 && (!ok || int(to) < n) {
			rest, ok = int(to-from), true
		}
	}
	return bounded(max(rest, 0), ok)
}

// replacedBound is the length after every old text has become a new one.
func replacedBound(args []ast.Expr, ts []Type) Type {
	n, ok := Bound(ts[0].Type)
	old, written := literalText(args[1])
	with, known := Bound(ts[2].Type)
	size := utf8.RuneCountInString(old)
	if !ok || !written || size == 0 || !known {
		return bounded(0, false)
	}
	return bounded(n/size*max(with, size)+n%size, true)
}

// decimalBound is the length of a decimal's text, where its digits are bounded: they, the
// sign, the point and a nought before it.
func decimalBound(_ []ast.Expr, ts []Type) Type {
	t := ts[0].Type
	return bounded(max(t.Precision, t.Scale)+3, t.Precision > 0 && t.Scale > 0)
}

// splitBound is the length of the parts of a text.
func splitBound(_ []ast.Expr, ts []Type) Type {
	return listOf(bounded(Bound(ts[0].Type)))
}

// presentText keeps what is known of a text that may turn out absent.
func presentText(_ []ast.Expr, ts []Type) Type { return ts[0].orAbsent() }
