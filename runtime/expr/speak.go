package expr

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// Words puts src in plain words: "the opportunity's CloseDate plus 30 days". It is "" unless
// every part of src has words that say exactly the same. The words help to read an expression
// and never stand in for it: whoever shows them shows src too.
func Words(src string) string {
	return inWords(src, func(s *speaker, e ast.Expr) string { return s.say(e).text })
}

// Condition is Words for an expression that is true or false: "the opportunity's IsWon is
// true" rather than "the opportunity's IsWon".
func Condition(src string) string {
	return inWords(src, func(s *speaker, e ast.Expr) string { return s.truth(e).text })
}

func inWords(src string, say func(*speaker, ast.Expr) string) string {
	lang, err := theLanguage()
	if err != nil || len(src) > maxBytes {
		return ""
	}
	parsed, issues := lang.env.Parse(src)
	if issues.Err() != nil {
		return ""
	}
	s := &speaker{tree: parsed.NativeRep()}
	out := say(s, s.tree.Expr())
	if s.lost {
		return ""
	}
	return out
}

// sort is how a phrase may be put into another one.
type sort int

const (
	noun     sort = iota // a value that needs no brackets
	field                // a field of something, which may also be a condition
	sum                  // a value made of several: brackets inside another
	sentence             // a condition
	both                 // conditions joined by "and"
	either               // conditions joined by "or"
)

type phrase struct {
	text string
	kind sort
}

// speaker turns one tree into words; lost once it meets a part that has none.
type speaker struct {
	tree  *ast.AST
	bound []string // names that stand for the element of a list
	lost  bool
}

func (s *speaker) none() phrase {
	s.lost = true
	return phrase{}
}

func (s *speaker) say(e ast.Expr) phrase {
	if call, ok := s.tree.SourceInfo().GetMacroCall(e.ID()); ok {
		return s.macro(call.AsCall())
	}
	switch e.Kind() {
	case ast.LiteralKind:
		return s.literal(e)
	case ast.IdentKind:
		if slices.Contains(s.bound, e.AsIdent()) {
			return phrase{"it", noun}
		}
		return phrase{"the " + e.AsIdent(), noun}
	case ast.SelectKind:
		return s.member(e.AsSelect().Operand(), e.AsSelect().FieldName())
	case ast.CallKind:
		return s.call(e.AsCall())
	default:
		return s.none()
	}
}

func (s *speaker) literal(e ast.Expr) phrase {
	switch v := e.AsLiteral().(type) {
	case types.String:
		if v == "" {
			return phrase{"empty", noun}
		}
		return phrase{"“" + string(v) + "”", noun}
	case types.Int, types.Bool:
		return phrase{fmt.Sprint(v.Value()), noun}
	}
	return s.none()
}

// member names a field: "the line's Product2.Name", "TaxType of the tax row for …".
func (s *speaker) member(of ast.Expr, name string) phrase {
	if of.Kind() == ast.CallKind && !of.AsCall().IsMemberFunction() && ValidName(of.AsCall().FunctionName()) {
		return phrase{name + " of " + s.row(of.AsCall()), sum}
	}
	base := s.say(of)
	switch {
	case base.kind == field:
		return phrase{base.text + "." + name, field}
	case base.kind == sum && of.Kind() == ast.SelectKind: // deeper in a row
		last, rest, _ := strings.Cut(base.text, " of ")
		return phrase{last + "." + name + " of " + rest, sum}
	case base.text == "it":
		return phrase{"its " + name, field}
	case base.text == "the settings":
		return phrase{"the setting " + name, field}
	case of.Kind() == ast.IdentKind:
		return phrase{base.text + "'s " + name, field}
	}
	return s.none()
}

// row names the row of a mapping that a call asks for.
func (s *speaker) row(call ast.CallExpr) string {
	keys := make([]string, len(call.Args()))
	for i, arg := range call.Args() {
		keys[i] = s.inner(arg)
	}
	return "the " + call.FunctionName() + " row for " + strings.Join(keys, " and ")
}

// inner says a part of a larger phrase, in brackets where it could be misread.
func (s *speaker) inner(e ast.Expr) string {
	p := s.say(e)
	if p.kind == noun || p.kind == field {
		return p.text
	}
	return "(" + p.text + ")"
}

// truth says a condition.
func (s *speaker) truth(e ast.Expr) phrase {
	p := s.say(e)
	if p.kind == field {
		return phrase{p.text + " is true", sentence}
	}
	return p
}

// joined says a condition within one of the other kind, in brackets if it is joined itself.
func (s *speaker) joined(e ast.Expr, same sort) string {
	p := s.truth(e)
	if p.kind == sentence || p.kind == same {
		return p.text
	}
	return "(" + p.text + ")"
}

// comparison words by operator.
func comparison(op string) string {
	switch op {
	case operators.Equals:
		return " is "
	case operators.NotEquals:
		return " is not "
	case operators.Greater:
		return " is more than "
	case operators.GreaterEquals:
		return " is at least "
	case operators.Less:
		return " is less than "
	case operators.LessEquals:
		return " is at most "
	}
	return ""
}

func (s *speaker) call(call ast.CallExpr) phrase {
	args := call.Args()
	name := call.FunctionName()
	if is := comparison(name); is != "" {
		return phrase{s.inner(args[0]) + is + s.inner(args[1]), sentence}
	}
	switch name {
	case operators.LogicalAnd:
		return phrase{s.joined(args[0], both) + " and " + s.joined(args[1], both), both}
	case operators.LogicalOr:
		return phrase{s.joined(args[0], either) + " or " + s.joined(args[1], either), either}
	case operators.LogicalNot:
		return s.denial(args[0])
	case operators.In:
		return s.among(args[0], args[1])
	case operators.Conditional:
		return phrase{s.inner(args[1]) + " if " + s.joined(args[0], both) + ", else " + s.inner(args[2]), sum}
	case operators.Add:
		if texts := s.chain(operators.Add, call); slices.ContainsFunc(texts, isText) {
			return phrase{s.list(texts, " followed by "), sum}
		}
	case operators.Subtract:
		return phrase{s.inner(args[0]) + " minus " + s.inner(args[1]), sum}
	case operators.Multiply:
		return phrase{s.list(s.chain(operators.Multiply, call), " times "), sum}
	case operators.OptSelect:
		if v, ok := args[1].AsLiteral().(types.String); ok {
			p := s.member(args[0], string(v))
			return phrase{p.text + ", if there is one", sum}
		}
	}
	if call.IsMemberFunction() {
		return s.method(call.Target(), name, args)
	}
	return s.function(name, args)
}

// denial says that a condition does not hold.
func (s *speaker) denial(e ast.Expr) phrase {
	p := s.truth(e)
	if call, ok := s.tree.SourceInfo().GetMacroCall(e.ID()); ok && call.AsCall().FunctionName() == operators.Has {
		return phrase{strings.Replace(p.text, " has a value in ", " has no value in ", 1), sentence}
	}
	return phrase{"not (" + p.text + ")", sentence}
}

// among says that a value is one of a list that the expression spells out.
func (s *speaker) among(e, list ast.Expr) phrase {
	if list.Kind() != ast.ListKind || list.AsList().Size() == 0 {
		return s.none()
	}
	return phrase{s.inner(e) + " is one of " + s.list(list.AsList().Elements(), ", "), sentence}
}

func isText(e ast.Expr) bool {
	if e.Kind() != ast.LiteralKind {
		return false
	}
	_, ok := e.AsLiteral().(types.String)
	return ok
}

// chain lists the operands of one operator used several times on end.
func (s *speaker) chain(op string, call ast.CallExpr) []ast.Expr {
	left := call.Args()[0]
	if left.Kind() == ast.CallKind && left.AsCall().FunctionName() == op {
		return append(s.chain(op, left.AsCall()), call.Args()[1])
	}
	return call.Args()
}

func (s *speaker) list(es []ast.Expr, between string) string {
	out := make([]string, len(es))
	for i, e := range es {
		out[i] = s.inner(e)
	}
	return strings.Join(out, between)
}

func (s *speaker) function(name string, args []ast.Expr) phrase {
	switch {
	case name == "string" && len(args) == 1:
		return s.say(args[0]) // the same, as text
	case name == "instant" && len(args) == 2 && isText(args[1]):
		return phrase{"the beginning of " + s.inner(args[0]) + " in " + fmt.Sprint(args[1].AsLiteral().Value()), sum}
	case name == "dec" && len(args) == 1 && isText(args[0]):
		return phrase{string(args[0].AsLiteral().(types.String)), noun}
	}
	return s.none()
}

// method says a function of a value: of a number, a date, a text, a list, or of a field that
// may be absent.
func (s *speaker) method(target ast.Expr, name string, args []ast.Expr) phrase {
	switch {
	case len(args) == 1 && name == "orValue" && target.Kind() == ast.CallKind && target.AsCall().FunctionName() == operators.OptSelect:
		p, _ := strings.CutSuffix(s.say(target).text, ", if there is one")
		return phrase{p + " (else " + s.inner(args[0]) + ")", noun}
	case len(args) == 1 && name == "addDays" && args[0].Kind() == ast.LiteralKind:
		if n, ok := args[0].AsLiteral().(types.Int); ok {
			return phrase{s.inner(target) + days(int64(n)), sum}
		}
	case len(args) == 1 && name == "date" && isText(args[0]):
		return phrase{s.inner(target) + " as a date in " + fmt.Sprint(args[0].AsLiteral().Value()), sum}
	case len(args) == 1 && name == "startsWith":
		return phrase{s.inner(target) + " starts with " + s.inner(args[0]), sentence}
	case len(args) == 1 && name == "endsWith":
		return phrase{s.inner(target) + " ends with " + s.inner(args[0]), sentence}
	case len(args) == 1 && name == "truncate":
		return phrase{s.inner(target) + ", cut to " + s.inner(args[0]) + " characters", sum}
	case name == "cents" && len(args) == 0:
		return phrase{s.inner(target) + " rounded to cents", sum}
	case len(args) == 0 && (name == "startOfMonth" || name == "endOfMonth"):
		return phrase{map[string]string{"startOfMonth": "the first", "endOfMonth": "the last"}[name] + " day of the month of " + s.inner(target), noun}
	case len(args) == 0 && name == "distinct":
		return phrase{s.say(target).text + " without repeats", sum}
	case len(args) == 1 && name == "contains":
		return phrase{s.inner(target) + " contains " + s.inner(args[0]), sentence}
	case name == "size" && len(args) == 0:
		return phrase{"the number of " + strings.TrimPrefix(s.inner(target), "the "), noun}
	case name == "sum" && len(args) == 0:
		return s.total(target, "the sum of ")
	case name == "min" && len(args) == 0:
		return s.extreme(target, "the least ")
	case name == "max" && len(args) == 0:
		return s.extreme(target, "the greatest ")
	}
	return s.none()
}

func days(n int64) string {
	word, unit := " plus ", " days"
	if n < 0 {
		word, n = " minus ", -n
	}
	if n == 1 {
		unit = " day"
	}
	return fmt.Sprint(word, n, unit)
}

// total says lines.map(l, l.TotalPrice).sum(), and the like.
func (s *speaker) total(e ast.Expr, what string) phrase {
	call, ok := s.tree.SourceInfo().GetMacroCall(e.ID())
	if !ok || call.AsCall().FunctionName() != operators.Map || len(call.AsCall().Args()) != 2 {
		return s.none()
	}
	over := s.inner(call.AsCall().Target())
	each := s.within(call.AsCall().Args(), s.inner)
	return phrase{what + strings.TrimPrefix(each, "its ") + " over " + over, noun}
}

// extreme says lines.map(l, l.UnitPrice).max(), which an empty list does not have.
func (s *speaker) extreme(e ast.Expr, what string) phrase {
	return phrase{s.total(e, what).text + ", if there is one", sum}
}

// within says the last argument of a macro, whose first names the element.
func (s *speaker) within(args []ast.Expr, say func(ast.Expr) string) string {
	s.bound = append(s.bound, args[0].AsIdent())
	defer func() { s.bound = s.bound[:len(s.bound)-1] }()
	if len(s.bound) > 1 {
		s.lost = true // "it" would be two things
	}
	return say(args[len(args)-1])
}

func (s *speaker) macro(call ast.CallExpr) phrase {
	args := call.Args()
	condition := func(e ast.Expr) string { return s.truth(e).text }
	switch call.FunctionName() {
	case operators.Has:
		if args[0].Kind() == ast.SelectKind {
			sel := args[0].AsSelect()
			return phrase{s.say(sel.Operand()).text + " has a value in " + sel.FieldName(), sentence}
		}
	case "sortBy":
		return phrase{s.say(call.Target()).text + " in order of " + s.within(args, s.inner), sum}
	case "groupBy":
		return phrase{s.say(call.Target()).text + " grouped by " + s.within(args, s.inner), sum}
	case operators.Filter:
		return phrase{s.say(call.Target()).text + " for which " + s.within(args, condition), sum}
	case operators.All:
		return phrase{"for every one of " + s.inner(call.Target()) + ": " + s.within(args, condition), either}
	case operators.Exists:
		return phrase{"for at least one of " + s.inner(call.Target()) + ": " + s.within(args, condition), either}
	}
	return s.none()
}
