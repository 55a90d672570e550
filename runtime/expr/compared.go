package expr

import (
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
)

// Comparison is a literal text that an expression compares a field of an object with:
// opportunity.StageName == "Closed Won", or one of a list after in.
type Comparison struct {
	Read
	Value string
}

// Compared returns the literal texts that fields are compared with, sorted. A tenant may
// have another list of values than the spec: whoever knows it can tell which never match.
func (p *Program) Compared() []Comparison { return slices.Clone(p.compared) }

// compare notes that a field is compared with a literal. A default for an absent field does
// not make it another field; anything else that is computed does.
func (c *checker) compare(literal, field ast.Expr) {
	if field.Kind() == ast.CallKind && field.AsCall().FunctionName() == "orValue" && field.AsCall().IsMemberFunction() {
		field = field.AsCall().Target()
	}
	value, text := literalText(literal)
	if r, ok := c.selected[field.ID()]; ok && text {
		c.compared = append(c.compared, Comparison{r, value})
	}
}

func sortComparisons(list []Comparison) []Comparison {
	slices.SortFunc(list, func(a, b Comparison) int {
		return strings.Compare(a.Object+"\x00"+a.Field+"\x00"+a.Value, b.Object+"\x00"+b.Field+"\x00"+b.Value)
	})
	return slices.Compact(list)
}
