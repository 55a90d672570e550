package xero

import (
	"fmt"
	"strings"
	"sync"
)

// Expression is a part of a where as the twin reads it: what tests hold a writer of
// filters to.
type Expression struct {
	Op    string        // "||", "&&", "==", "<", "Contains", …
	Parts []*Expression // of && and ||
	// Field is the path that is compared, Type what it compares as, and Value the text of the
	// literal without quotes and escapes.
	Field, Type, Value string
}

// knownShapes are read once; they never change.
var knownShapes = sync.OnceValue(newShapes)

// ParseWhere reads a where over invoices or contacts as GET /Invoices and GET /Contacts do.
// Comparisons of a field with a literal are all that it takes.
func ParseWhere(collection, text string) (*Expression, error) {
	s := knownShapes()
	of := map[string]*shape{"Invoices": s.invoice, "Contacts": s.contact}[collection]
	if of == nil {
		return nil, fmt.Errorf("no collection %s", collection)
	}
	n, err := parseWhere(of, text)
	if err != nil {
		return nil, err
	}
	return expressionOf(n)
}

func expressionOf(n *node) (*Expression, error) {
	out := &Expression{Op: n.op}
	if n.op == "&&" || n.op == "||" {
		for _, a := range n.args {
			p, err := expressionOf(a)
			if err != nil {
				return nil, err
			}
			out.Parts = append(out.Parts, p)
		}
		return out, nil
	}
	if len(n.args) != 2 || n.args[0].op != opMember || n.args[1].op != opLit {
		return nil, fmt.Errorf("%s is no comparison of a field with a literal", n)
	}
	out.Field, out.Type = strings.Join(n.args[0].path, "."), string(n.args[1].typ)
	if out.Value = n.args[1].literal(); out.Type == string(typeText) || out.Type == string(typeGUID) {
		out.Value = fmt.Sprint(n.args[1].lit)
	}
	return out, nil
}
