package expr

import (
	"regexp"
	"strconv"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/decls"

	"github.com/planwright/planwright/internal/diag"
)

// mappingPrefix keeps mappings apart from functions of the same name in the library.
const mappingPrefix = "@mapping."

var noGuards = decls.DisableTypeGuards(true)

// position is an offset into the source, in characters.
type position int

// at is where a person would point to for e: the operator, the name of a call, the start
// of anything else.
func (c *checker) at(e ast.Expr) position {
	name := ""
	if call, ok := c.tree.SourceInfo().GetMacroCall(e.ID()); ok {
		name = call.AsCall().FunctionName()
	} else if e.Kind() == ast.CallKind {
		name = e.AsCall().FunctionName()
	} else if e.Kind() == ast.SelectKind {
		return c.fieldAt(e, e.AsSelect().FieldName())
	}
	return c.nameAt(e, name)
}

func (c *checker) start(e ast.Expr) int {
	r, ok := c.tree.SourceInfo().GetOffsetRange(e.ID())
	if !ok {
		return 0
	}
	return min(max(int(r.Start), 0), len(c.src))
}

// nameAt finds the name of a call before its bracket; the library notes the bracket.
func (c *checker) nameAt(e ast.Expr, name string) position {
	i := c.start(e)
	n := []rune(name[strings.LastIndex(name, ".")+1:])
	if len(n) == 0 {
		return position(i)
	}
	j := i
	for j > 0 && (c.src[j-1] == ' ' || c.src[j-1] == '\n' || c.src[j-1] == '\t' || c.src[j-1] == '\r') {
		j--
	}
	if j >= len(n) && string(c.src[j-len(n):j]) == string(n) {
		return position(j - len(n))
	}
	return position(i)
}

// fieldAt finds the name of a field after its dot.
func (c *checker) fieldAt(e ast.Expr, name string) position {
	i := c.start(e)
	for j := i; j < len(c.src) && j < i+8; j++ {
		if strings.HasPrefix(string(c.src[j:min(len(c.src), j+len(name))]), name) {
			return position(j)
		}
	}
	return position(i)
}

// source is the text of a literal.
func (c *checker) source(e ast.Expr) string {
	r, ok := c.tree.SourceInfo().GetOffsetRange(e.ID())
	if !ok || r.Start < 0 || int(r.Stop) > len(c.src) || r.Stop <= r.Start {
		return "this"
	}
	return string(c.src[r.Start:r.Stop])
}

// report files a finding at a position.
func (c *checker) report(at position, d diag.Diagnostic) {
	d.Line, d.Column = 1, 1
	for _, r := range c.src[:at] {
		d.Column++
		if r == '\n' {
			d.Line, d.Column = d.Line+1, 1
		}
	}
	c.diags = append(c.diags, d)
}

// rewrite puts what the checker settled into the tree: whole numbers that stand for
// decimals, the names of mappings, and the types of groups.
func (c *checker) rewrite() {
	if len(c.widen) == 0 && len(c.rename) == 0 && len(c.groups) == 0 {
		return
	}
	fac := ast.NewExprFactory()
	next := ast.MaxID(c.tree)
	ast.PostOrderVisit(c.tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		id := e.ID()
		if name, ok := c.groups[id]; ok {
			call := e.AsComprehension().Result() // as keyed made it
			call.SetKindCase(fac.NewCall(call.ID(), groupsOf+name, call.AsCall().Args()...))
		}
		if name, ok := c.rename[id]; ok && e.Kind() == ast.CallKind {
			e.SetKindCase(fac.NewCall(id, name, e.AsCall().Args()...))
		}
		if c.widen[id] {
			next++
			whole := fac.NewUnspecifiedExpr(next)
			whole.SetKindCase(e)
			e.SetKindCase(fac.NewCall(id, widenTo, whole))
			if r, ok := c.tree.SourceInfo().GetOffsetRange(id); ok {
				c.tree.SourceInfo().SetOffsetRange(next, r)
			}
		}
	}))
}

// What the parser says, with the token it is about. Its lists of the tokens it would have
// liked help nobody.
var (
	missingToken = regexp.MustCompile(`^missing '?(.*?)'? at '(.*)'$`)
	unknownToken = regexp.MustCompile(`(?s)^token recognition error at: '(.*)'$`)
	wrongToken   = regexp.MustCompile(`(?s)^(?:mismatched|extraneous|no viable alternative at) input '(.*?)'(?: expecting .*)?$`)
)

// syntaxWords translates what the parser says.
func syntaxWords(message string) diag.Diagnostic {
	detail := strings.TrimPrefix(message, "Syntax error: ")
	switch {
	case strings.HasPrefix(detail, "expression count exceeds"):
		return errTooBig("more than " + strconv.Itoa(maxNodes) + " parts")
	case strings.Contains(detail, "recursion"):
		return errTooBig("parts stand more than " + strconv.Itoa(maxDepth) + " deep inside one another")
	case strings.HasPrefix(detail, "invalid argument to has()"):
		return errSyntax("has(…) takes a field, as in has(opportunity.Amount)")
	case strings.HasPrefix(detail, "argument is not an identifier"), strings.HasPrefix(detail, "argument must be a simple name"),
		strings.Contains(detail, "variable name must be a simple identifier"):
		return errSyntax("the first argument must be a plain new name, as in lines.map(l, l.Quantity)")
	}
	if word, ok := strings.CutPrefix(detail, "reserved identifier: "); ok {
		return errSyntax(word + " is a reserved word and cannot be a name; a field of that name is written between ` and `")
	}
	if m := missingToken.FindStringSubmatch(detail); m != nil {
		return errSyntax(m[1] + " is missing")
	}
	if m := unknownToken.FindStringSubmatch(detail); m != nil {
		if strings.HasPrefix(m[1], `"`) || strings.HasPrefix(m[1], "'") {
			return errSyntax("the text that begins here does not end on this line")
		}
		return errSyntax(shorten(m[1]) + " means nothing here")
	}
	if m := wrongToken.FindStringSubmatch(detail); m != nil {
		if m[1] == "<EOF>" {
			return errSyntax("it ends too early")
		}
		return errSyntax(shorten(m[1]) + " is not expected here")
	}
	return errSyntax(detail)
}

// shorten keeps a token on one line of a message.
func shorten(token string) string {
	r := []rune(strings.Join(strings.Fields(token), " "))
	if len(r) > 30 {
		r = append(r[:30], '…')
	}
	return string(r)
}
