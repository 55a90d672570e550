package expr

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/functions"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/interpreter"

	"github.com/planwright/planwright/specs/schema"
)

// ErrCost is returned when an evaluation would take more steps than one expression may.
var ErrCost = errors.New("expression: too many steps")

// Unmapped says that a mapping has no row for a key. The engine holds the run until a
// person adds one. The key is for the page that asks; it is not part of the text.
type Unmapped struct {
	Mapping string
	Key     []string // in the order of the mapping's inputs
}

// Error implements error.
func (u *Unmapped) Error() string { return "mapping " + u.Mapping + ": no row for this key" }

// DataError says that a value contradicts its type: another shape than the spec says, or
// absent where the spec, or an assert of the plan, promised it. Its text names the place,
// never the value.
type DataError struct {
	Path    string // "lines[3].Quantity"
	Problem string
}

// Error implements error.
func (d *DataError) Error() string { return "value " + d.Path + ": " + d.Problem }

// Rows looks up approved rows of mappings. Row returns false when there is none; it must
// give the same answer for the same key as long as a run lasts. The row is not changed.
type Rows interface {
	Row(mapping string, key []string) (map[string]any, bool)
}

// Read is a field of an object that an expression can look at.
type Read struct {
	Object string // full name, "salesforce.Opportunity"
	Field  string
}

// Program is a compiled expression. It is immutable and safe for concurrent use.
type Program struct {
	typ      Type
	reads    []Read
	mappings []string
	compared []Comparison
	cuts     bool
	promises []string
	vars     []variable // that it uses, by name
	defs     map[string]Mapping
	types    *provider
	path     []selected  // for what only selects fields of its one variable
	prog     cel.Program // for everything else
}

// variable is one of the names given from outside.
type variable struct {
	name  string
	typ   schema.Type
	fixed any // its value, where that is the same in every run
}

// in gives the value of the variable among those of one run.
func (v *variable) in(vars map[string]any) any {
	if v.fixed != nil {
		return v.fixed
	}
	return vars[v.name]
}

// Type returns the type of the result.
func (p *Program) Type() Type { return p.typ }

// Reads returns every field the expression can look at, sorted. A result that is itself
// an object is handed on whole; Type tells.
func (p *Program) Reads() []Read { return slices.Clone(p.reads) }

// Vars returns the variables of the [Env] that the expression uses, sorted. Without any, and
// without mappings, it gives the same in every run. A name that the expression itself gives,
// as map does, is none of them.
func (p *Program) Vars() []string {
	out := make([]string, 0, len(p.vars))
	for _, v := range p.vars {
		if v.fixed == nil {
			out = append(out, v.name)
		}
	}
	slices.Sort(out)
	return out
}

// Mappings returns the names of the mappings the expression asks, sorted.
func (p *Program) Mappings() []string { return slices.Clone(p.mappings) }

// Promises returns the paths that are present whenever the expression is true, such as
// "opportunity.AccountId" for `has(opportunity.AccountId) && …`: what [Env.Promise] takes
// for the steps after an assert.
func (p *Program) Promises() []string { return slices.Clone(p.promises) }

// Eval computes the expression. vars holds a JSON tree for every variable; rows answers
// mappings and may be nil when Mappings is empty. present is false when the result is an
// absent optional.
//
// Errors are *[Unmapped], *[DataError], [ErrCost], or plain ones for arithmetic that has
// no result (a division by zero, text that is not a number). The first *Unmapped or
// *DataError met is returned even where the result would not depend on it.
func (p *Program) Eval(vars map[string]any, rows Rows) (value any, present bool, err error) {
	for i := range p.vars {
		if v := &p.vars[i]; v.in(vars) == nil {
			return nil, false, &DataError{Path: v.name, Problem: "absent"}
		}
	}
	if p.prog == nil {
		return p.follow(vars)
	}
	ev := &evaluation{program: p, vars: vars, rows: rows, known: make([]ref.Val, len(p.vars))}
	out, _, err := p.prog.Eval(ev)
	if ev.failure != nil {
		return nil, false, ev.failure
	}
	if err != nil {
		var cancelled interpreter.EvalCancelledError
		if errors.As(err, &cancelled) && cancelled.Cause == interpreter.CostLimitExceeded {
			return nil, false, fmt.Errorf("%w (more than %d)", ErrCost, costLimit)
		}
		return nil, false, fmt.Errorf("expression: %w", err)
	}
	return unwrap(out)
}

// evaluation is the state of one Eval; it is the activation that the library asks for
// variables and mappings.
type evaluation struct {
	program *Program
	vars    map[string]any
	rows    Rows
	known   []ref.Val // the variables met so far, in the order of the program's
	failure error
}

// fail keeps the first failure and returns err.
func (ev *evaluation) fail(err error) error {
	if ev.failure == nil {
		ev.failure = err
	}
	return err
}

// Parent implements cel.Activation.
func (ev *evaluation) Parent() cel.Activation { return nil }

// ResolveName implements cel.Activation.
func (ev *evaluation) ResolveName(name string) (any, bool) {
	i := slices.IndexFunc(ev.program.vars, func(v variable) bool { return v.name == name })
	if i < 0 {
		return nil, false
	}
	if ev.known[i] == nil {
		known := &ev.program.vars[i]
		v, err := ev.wrap(known.in(ev.vars), &known.typ, place{name: name})
		if err != nil {
			return types.WrapErr(err), true
		}
		ev.known[i] = v
	}
	return ev.known[i], true
}

// ResolveFunction implements cel.FunctionActivation: mappings are functions whose body is
// the rows of this evaluation.
func (ev *evaluation) ResolveFunction(name string) (functions.LateBoundOp, bool) {
	name = strings.TrimPrefix(name, mappingPrefix)
	def, ok := ev.program.defs[name]
	if !ok {
		return nil, false
	}
	return func(_ string, args ...ref.Val) ref.Val {
		v, err := ev.row(name, def, args)
		if err != nil {
			return types.WrapErr(err)
		}
		return v
	}, true
}

func (ev *evaluation) row(name string, def Mapping, args []ref.Val) (ref.Val, error) {
	key := make([]string, len(args))
	for i, a := range args {
		key[i] = textOf(a)
	}
	if ev.rows == nil {
		return nil, ev.fail(&Unmapped{Mapping: name, Key: key})
	}
	row, ok := ev.rows.Row(name, key)
	if !ok {
		return nil, ev.fail(&Unmapped{Mapping: name, Key: key})
	}
	return ev.wrap(row, &def.Result, place{name: name + "(…)"})
}
