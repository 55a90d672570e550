package xero

import (
	"slices"
	"strings"
	"unicode"
)

// narrow takes from all rows of the table those that an equality of the expression lets an
// index find; the expression still has to judge them.
func (t *table) narrow(n *node, rows []*row) []*row {
	if len(rows) != len(t.ordered) {
		return rows
	}
	parts := []*node{n}
	if n.op == "&&" {
		parts = n.args
	}
	for _, e := range parts {
		if e.op != "==" || e.args[0].op != opMember || e.args[1].op != opLit {
			continue
		}
		member := strings.Join(e.args[0].path, ".")
		text, _ := e.args[1].lit.(string)
		_, indexed := t.indexes[member]
		switch {
		case text == "":
		case member == t.key && e.args[0].kind == kindID:
			if r := t.byID[strings.ToLower(text)]; r != nil {
				return []*row{r}
			}
			return nil
		case indexed:
			return slices.SortedFunc(slices.Values(t.indexes[member][foldAll(text)]), byUpdate)
		}
	}
	return rows
}

// foldAll brings texts into a form that is the same at least wherever a comparison, a filter
// or the rules of uniqueness take two texts for equal. Indexes are kept by it.
func foldAll(s string) string {
	if ascii(s) {
		return fold(s)
	}
	return fold(strings.Map(func(r rune) rune {
		least := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		return least
	}, plain(s)))
}
