package expr

import (
	"fmt"
	"math/bits"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/decls"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/interpreter"
	"cel.dev/cel-go/parser"
)

// Limits of one expression. They hold for every expression, so that no plan can be slow
// to read, to check or to run.
const (
	maxBytes   = 4096      // of source text
	maxNodes   = 4000      // of the parsed tree, macros unfolded
	maxDepth   = 100       // of the parsed tree
	maxNesting = 2         // of map, filter, all, exists in one another
	maxText    = 1 << 20   // bytes of one text made by an expression
	maxDigits  = 400       // of one decimal made by an expression
	costLimit  = 1_000_000 // steps of one evaluation: well under a second
)

// overload is one form of a function: what it takes, what it gives, how it runs. The
// receiver of a member is its first argument.
type overload struct {
	id     string
	member bool
	args   []*types.Type
	result *types.Type
	run    func(args ...ref.Val) ref.Val
	both   func(a, b ref.Val) ref.Val            // run of what is called for every line, without a list of arguments
	vet    func(c *checker, args []ast.Expr)     // judges constant arguments
	refine func(args []ast.Expr, ts []Type) Type // sharpens the result type; ts are the arguments' types
	lib    bool                                  // the library declares and runs it
}

// language is everything an expression may call: one table from which both the checker's
// rules and the library's declarations are made.
type language struct {
	functions map[string][]overload
	env       *cel.Env
}

// theLanguage is built on first use and never changes.
var theLanguage = sync.OnceValues(newLanguage)

func newLanguage() (*language, error) {
	l := &language{functions: map[string][]overload{}}
	for _, group := range []map[string][]overload{arithmetic(), comparisons(), decimals(), times(), texts(), lists(), orderings(), optionals()} {
		for name, overloads := range group {
			l.functions[name] = append(l.functions[name], overloads...)
		}
	}
	opts := []cel.EnvOption{
		cel.StdLib(cel.StdLibSubset(&env.LibrarySubset{IncludeFunctions: operatorsOfLibrary(), IncludeMacros: []string{
			operators.Has, operators.All, operators.Exists, operators.ExistsOne, operators.Map, operators.Filter,
		}})),
		cel.Macros(parser.ExistsOneMacroNew, keyed("groupBy", groupsOf), keyed("sortBy", sortedBy)),
		cel.OptionalTypes(),
		cel.EnableMacroCallTracking(),
		cel.EnableIdentifierEscapeSyntax(),
		cel.EnableHiddenAccumulatorName(true),
		cel.ParserErrorRecoveryLimit(1),
		cel.ParserRecursionLimit(maxDepth),
		cel.ExpressionNodeLimit(maxNodes),
		cel.EagerlyValidateDeclarations(true),
	}
	for name, overloads := range l.functions {
		if decl := declare(name, overloads); decl != nil {
			opts = append(opts, decl)
		}
	}
	var err error
	l.env, err = cel.NewCustomEnv(opts...)
	if err != nil {
		return nil, fmt.Errorf("expression language: %w", err)
	}
	return l, nil
}

// operatorsOfLibrary are the operators whose evaluation the library treats specially. The
// checker has rules of its own for each.
func operatorsOfLibrary() []*env.Function {
	names := []string{
		operators.Conditional, operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot,
		operators.NotStrictlyFalse, operators.Equals, operators.NotEquals, operators.In, operators.Index,
	}
	fns := make([]*env.Function, len(names))
	for i, n := range names {
		fns[i] = env.NewFunction(n)
	}
	return fns
}

// declare makes the library's declaration of our overloads of one function.
func declare(name string, overloads []overload) cel.EnvOption {
	var opts []cel.FunctionOpt
	for _, o := range overloads {
		if o.lib {
			continue
		}
		if o.member {
			opts = append(opts, cel.MemberOverload(o.id, o.args, o.result, bindingOf(o)))
		} else {
			opts = append(opts, cel.Overload(o.id, o.args, o.result, bindingOf(o)))
		}
	}
	if opts == nil {
		return nil
	}
	// The checker has settled all types; checking them again at run time costs much.
	return cel.Function(name, append(opts, decls.DisableTypeGuards(true))...)
}

func bindingOf(o overload) cel.OverloadOpt {
	run := o.run
	switch len(o.args) {
	case 1:
		return cel.UnaryBinding(func(v ref.Val) ref.Val { return run(v) })
	case 2:
		if o.both != nil {
			return cel.BinaryBinding(o.both)
		}
		return cel.BinaryBinding(func(a, b ref.Val) ref.Val { return run(a, b) })
	}
	return cel.FunctionBinding(run)
}

// programOptions bound every evaluation, and spare it what need not be computed twice.
func programOptions() []cel.ProgramOption {
	return []cel.ProgramOption{cel.CostTracking(stepCounter{}), cel.CostLimit(costLimit), cel.CustomDecoratorV2(foldConstants)}
}

// foldConstants computes dec("…"), date("…") and instant("…") when the program is planned.
func foldConstants(i interpreter.InterpretableV2) (interpreter.InterpretableV2, error) {
	call, ok := i.(interpreter.InterpretableCall)
	if !ok || len(call.Args()) != 1 {
		return i, nil
	}
	switch call.Function() {
	case widenTo, "date", "instant":
		if _, ok := call.Args()[0].(interpreter.InterpretableConst); !ok {
			return i, nil
		}
		if v := call.Eval(interpreter.EmptyActivation()); !types.IsError(v) {
			return interpreter.NewConstValue(call.ID(), v), nil
		}
	}
	return i, nil
}

// stepCounter counts calls by the size of what they walk over.
type stepCounter struct{}

var _ cost.ActualCostEstimator = stepCounter{}

// CallCost implements cost.ActualCostEstimator.
func (stepCounter) CallCost(_, id string, args []ref.Val, result ref.Val) *uint64 {
	steps := stepsOf(id, args, result)
	if steps < uint64(len(fewSteps)) {
		return &fewSteps[steps]
	}
	return new(steps)
}

// fewSteps spares most calls an allocation; it is never written to.
var fewSteps = [...]uint64{0, 1, 2, 3, 4, 5, 6, 7}

func stepsOf(id string, args []ref.Val, result ref.Val) uint64 {
	steps := 1 + textSize(result)
	for _, a := range args {
		steps += textSize(a)
	}
	// The folds walk their list; everything else takes a list as a whole.
	switch id {
	case "list_int_sum", "list_decimal_sum", "list_join", "list_reverse":
		return steps + length(args[0])
	case "list_sort_by": // comparisons
		n := length(args[0])
		return steps + n*uint64(bits.Len64(n))
	}
	if kind, _, _ := strings.Cut(id, "_"); kind != "list" && kind != "group" {
		return steps
	}
	for _, walks := range []string{"group_", "list_distinct_", "list_min_", "list_max_"} {
		if strings.HasPrefix(id, walks) {
			return steps + length(args[0])
		}
	}
	return steps
}

func length(list ref.Val) uint64 {
	n, _ := list.(traits.Lister).Size().(types.Int)
	return uint64(n)
}

func textSize(v ref.Val) uint64 {
	if s, ok := v.(types.String); ok {
		return uint64(len(s)) / 16
	}
	return 0
}
