package expr

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/decls"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/interpreter"
	"cel.dev/cel-go/parser"

	"github.com/planwright/planwright/internal/decimal"
)

// Assertion is a yes-or-no question about plain data that no spec describes, such as what
// two worlds hold after a run. It is for judging runs, never for plans: names of records
// and fields are looked up when it is evaluated, and a wrong one is an error then.
//
// Numbers are exact here, too: 0.1 + 0.2 == 0.3 holds. An Assertion is immutable and safe
// for concurrent use.
type Assertion struct {
	src  string
	prog cel.Program
}

// CompileAssertion makes src ready to be asked of data with the given variables.
func CompileAssertion(src string, variables ...string) (*Assertion, error) {
	switch {
	case len(src) > maxBytes:
		return nil, fmt.Errorf("assertion: longer than %d bytes", maxBytes)
	case strings.TrimSpace(src) == "":
		return nil, errors.New("assertion: it is empty")
	}
	base, err := theUntyped()
	if err != nil {
		return nil, err // unreachable: the language is fixed and tested
	}
	opts := make([]cel.EnvOption, len(variables))
	for i, name := range variables {
		opts[i] = cel.Variable(name, cel.DynType)
	}
	world, err := base.Extend(opts...)
	if err != nil {
		return nil, fmt.Errorf("assertion: %w", err)
	}
	parsed, issues := world.Parse(src)
	if err := firstIssue(issues); err != nil {
		return nil, err
	}
	if err := exactLiterals(parsed.NativeRep()); err != nil {
		return nil, err
	}
	checked, issues := world.Check(parsed)
	if err := firstIssue(issues); err != nil {
		return nil, err
	}
	if t := checked.OutputType(); !t.IsExactType(cel.BoolType) && !t.IsExactType(cel.DynType) {
		return nil, fmt.Errorf("assertion: it gives %s, not true or false", t)
	}
	prog, err := world.Program(checked, programOptions()...)
	if err != nil {
		return nil, fmt.Errorf("assertion: %w", err)
	}
	return &Assertion{src: src, prog: prog}, nil
}

// String returns the assertion as written.
func (a *Assertion) String() string { return a.src }

// Holds evaluates the assertion. vars holds a JSON tree for every variable, numbers as
// json.Number; lists may also be []map[string]any. An error says that the question could
// not be answered: a field that a record does not have, another shape of data, [ErrCost].
func (a *Assertion) Holds(vars map[string]any) (bool, error) {
	out, _, err := a.prog.Eval(vars)
	if err != nil {
		var cancelled interpreter.EvalCancelledError
		if errors.As(err, &cancelled) && cancelled.Cause == interpreter.CostLimitExceeded {
			return false, fmt.Errorf("assertion: %w", ErrCost)
		}
		return false, errors.New("assertion: " + err.Error() + missingHint(err))
	}
	truth, ok := out.(types.Bool)
	if !ok {
		return false, fmt.Errorf("assertion: it gives %s, not true or false", out.Type().TypeName())
	}
	return bool(truth), nil
}

// missingHint says what to write where a record may lack a field.
func missingHint(err error) string {
	if strings.HasPrefix(err.Error(), "no such key: ") {
		return "; write has(record.Field) first where it may be missing"
	}
	return ""
}

func firstIssue(issues *cel.Issues) error {
	if issues.Err() == nil {
		return nil
	}
	e := issues.Errors()[0]
	return fmt.Errorf("assertion: column %d: %s", e.Location.Column()+1, e.Message)
}

// exactLiterals wraps every number of the tree in dec(…), except the places of lists.
func exactLiterals(tree *ast.AST) (err error) {
	fac := ast.NewExprFactory()
	next := ast.MaxID(tree)
	places := map[int64]bool{}
	ast.PostOrderVisit(tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() == ast.CallKind && e.AsCall().FunctionName() == operators.Index {
			places[e.AsCall().Args()[1].ID()] = true
		}
	}))
	ast.PostOrderVisit(tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.LiteralKind || places[e.ID()] {
			return
		}
		var text string
		switch v := e.AsLiteral().(type) {
		case types.Int:
			text = strconv.FormatInt(int64(v), 10)
		case types.Double:
			text = strconv.FormatFloat(float64(v), 'f', -1, 64)
			if len(strings.Trim(strings.Replace(text, ".", "", 1), "0")) > 15 {
				err = errors.New(`assertion: a number has more digits than are read exactly: write it as dec("…")`)
			}
		default:
			return
		}
		next++
		e.SetKindCase(fac.NewCall(e.ID(), widenTo, fac.NewLiteral(next, types.String(text))))
	}))
	return err
}

// theUntyped is built on first use and never changes.
var theUntyped = sync.OnceValues(newUntyped)

// newUntyped makes the language of assertions: CEL's, with every number exact.
func newUntyped() (*cel.Env, error) {
	library := append(operatorsOfLibrary(), env.NewFunction("contains"), env.NewFunction("startsWith"), env.NewFunction("endsWith"))
	opts := []cel.EnvOption{
		cel.StdLib(cel.StdLibSubset(&env.LibrarySubset{IncludeFunctions: library, IncludeMacros: []string{
			operators.Has, operators.All, operators.Exists, operators.ExistsOne, operators.Map, operators.Filter,
		}})),
		cel.Macros(parser.ExistsOneMacroNew),
		cel.CustomTypeAdapter(untyped{}),
		cel.EnableHiddenAccumulatorName(true),
		cel.ParserErrorRecoveryLimit(1),
		cel.ParserRecursionLimit(maxDepth),
		cel.ExpressionNodeLimit(maxNodes),
	}
	dyn, truth := cel.DynType, cel.BoolType
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		opts = append(opts, cel.Function(name, decls.DisableTypeGuards(true),
			cel.Overload("any_"+name, []*cel.Type{dyn, dyn}, dyn, cel.BinaryBinding(sums[name]))))
	}
	for _, name := range slices.Sorted(maps.Keys(orders)) {
		holds := orders[name]
		opts = append(opts, cel.Function(name, decls.DisableTypeGuards(true),
			cel.Overload("any_"+name, []*cel.Type{dyn, dyn}, truth, cel.BinaryBinding(func(a, b ref.Val) ref.Val { return ordered(a, b, holds) }))))
	}
	for name, f := range map[string]func(ref.Val) ref.Val{"size": sizeOf, "sum": sumOf, "distinct": distinctOf} {
		opts = append(opts, cel.Function(name, decls.DisableTypeGuards(true),
			cel.MemberOverload("any_"+name+"_member", []*cel.Type{dyn}, dyn, cel.UnaryBinding(f)),
			cel.Overload("any_"+name, []*cel.Type{dyn}, dyn, cel.UnaryBinding(f))))
	}
	for name, f := range map[string]func(ref.Val) ref.Val{operators.Negate: negated, widenTo: exact, "string": spelled} {
		opts = append(opts, cel.Function(name, decls.DisableTypeGuards(true),
			cel.Overload("any_"+name, []*cel.Type{dyn}, dyn, cel.UnaryBinding(f))))
	}
	e, err := cel.NewCustomEnv(opts...)
	if err != nil {
		return nil, fmt.Errorf("assertion language: %w", err)
	}
	return e, nil
}

// parsedDecimal gives the exact number of a text.
func parsedDecimal(text string) ref.Val {
	d, err := decimal.Parse(text)
	if err != nil {
		return types.NewErr("%q is not a number", text)
	}
	return decVal{d: d}
}
