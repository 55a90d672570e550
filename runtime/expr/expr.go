// Package expr holds the expressions of plans: what stands between ${ and }.
//
// An expression is typed from the specs before it ever runs. An [Env] knows the names an
// expression may use; [Env.Compile] returns a [Program] or diagnostics in plain words.
// A program that compiled cannot fail on a type. What is left to fail at run time has a
// name: a mapping without a row ([Unmapped]), data that contradicts its spec
// ([DataError]), too many steps ([ErrCost]), and arithmetic without a result.
//
// The syntax, and the evaluation, are CEL's; this package is the only one that knows. The
// types and functions are ours: exact decimals instead of binary fractions, dates apart
// from instants, ids that are not text and not each other, fields that may be absent and
// must be treated so. So a checker of our own settles every type first, from one table of
// functions (language.go), and words its findings for people; the library then checks the
// same tree against declarations made from the same table. The two agreeing is tested.
//
// An expression does no I/O, reads no clock and takes bounded time.
package expr

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/specs/schema"
)

// Mapping is the type of a mapping when it is called as a function: the types of its
// inputs, in the order of its arguments, and the record it gives.
type Mapping struct {
	Inputs []schema.Type
	Result schema.Type
}

// Env is the names that an expression may use. It is immutable: every With method returns
// another Env, cheaply. It is safe for concurrent use.
type Env struct {
	types    *provider
	vars     map[string]schema.Type
	fixed    map[string]any // those of vars that are the same in every run
	mappings map[string]Mapping
	promised map[string]bool
	funcs    *layer // the language and the mappings
	full     *layer // the same with the variables
}

// layer is a library environment that is built when it is first needed and shared by all
// Envs it serves.
type layer struct {
	once  sync.Once
	build func() (*cel.Env, error)
	env   *cel.Env
	err   error
}

func (l *layer) get() (*cel.Env, error) {
	l.once.Do(func() { l.env, l.err = l.build() })
	return l.env, l.err
}

// New returns an Env without names whose types come from objects.
func New(objects schema.Source) *Env {
	return (&Env{types: &provider{source: objects}}).rebuild()
}

// WithVar adds a variable, or hides an earlier one of that name.
func (e *Env) WithVar(name string, t schema.Type) *Env {
	n := *e
	n.vars = maps.Clone(e.vars)
	if n.vars == nil {
		n.vars = map[string]schema.Type{}
	}
	n.vars[name] = normal(t)
	if _, was := e.fixed[name]; was {
		n.fixed = maps.Clone(e.fixed)
		delete(n.fixed, name)
	}
	// What was promised of the hidden variable is not promised of this one.
	n.promised = maps.Clone(e.promised)
	maps.DeleteFunc(n.promised, func(path string, _ bool) bool { return path == name || strings.HasPrefix(path, name+".") })
	n.full = &layer{build: n.buildVars}
	return &n
}

// WithConst adds a variable that has one value, a JSON tree, in every run: an evaluation is
// not given it, and [Program.Vars] does not list it.
func (e *Env) WithConst(name string, t schema.Type, value any) *Env {
	n := e.WithVar(name, t)
	n.fixed = maps.Clone(e.fixed)
	if n.fixed == nil {
		n.fixed = map[string]any{}
	}
	n.fixed[name] = value
	return n
}

// WithMapping adds a mapping that expressions call by name.
func (e *Env) WithMapping(name string, m Mapping) *Env {
	n := *e
	n.mappings = maps.Clone(e.mappings)
	if n.mappings == nil {
		n.mappings = map[string]Mapping{}
	}
	inputs := make([]schema.Type, len(m.Inputs))
	for i, t := range m.Inputs {
		inputs[i] = normal(t)
	}
	n.mappings[name] = Mapping{Inputs: inputs, Result: normal(m.Result)}
	return n.rebuild()
}

// Promise adds paths such as "opportunity.AccountId" that are known to be present, so
// that expressions may use them bare. Evaluation still looks, and an absent one is a
// [DataError].
func (e *Env) Promise(paths ...string) *Env {
	n := *e
	n.promised = maps.Clone(e.promised)
	if n.promised == nil {
		n.promised = map[string]bool{}
	}
	for _, p := range paths {
		n.promised[p] = true
	}
	return &n
}

// rebuild gives e layers of its own after its mappings changed.
func (e *Env) rebuild() *Env {
	e.funcs = &layer{build: e.buildFuncs}
	e.full = &layer{build: e.buildVars}
	return e
}

func (e *Env) buildFuncs() (*cel.Env, error) {
	lang, err := theLanguage()
	if err != nil {
		return nil, err
	}
	opts := []cel.EnvOption{cel.CustomTypeProvider(e.types), cel.CustomTypeAdapter(e.types)}
	for name, m := range e.mappings {
		args := make([]*cel.Type, len(m.Inputs))
		for i, t := range m.Inputs {
			args[i] = celType(t)
		}
		opts = append(opts, cel.Function(mappingPrefix+name,
			cel.Overload("mapping_"+name, args, celType(m.Result), cel.LateFunctionBinding()), noGuards))
	}
	return lang.env.Extend(opts...)
}

func (e *Env) buildVars() (*cel.Env, error) {
	base, err := e.funcs.get()
	if err != nil {
		return nil, err
	}
	opts := make([]cel.EnvOption, 0, len(e.vars))
	for name, t := range e.vars {
		opts = append(opts, cel.Variable(name, celType(t)))
	}
	return base.Extend(opts...)
}

// Compile checks src and makes it ready to run. Places in the diagnostics count lines and
// characters of src from 1. Findings are sorted; any of them means a nil Program.
func (e *Env) Compile(src string) (*Program, diag.List) {
	if len(src) > maxBytes {
		return nil, atStart(errTooBig(fmt.Sprintf("%d bytes of at most %d", len(src), maxBytes)))
	}
	if strings.TrimSpace(src) == "" {
		return nil, atStart(errEmpty())
	}
	lang, err := theLanguage()
	if err != nil {
		return nil, atStart(errRefused(err.Error(), "")) // unreachable: the language is fixed and tested
	}
	parsed, issues := lang.env.Parse(src)
	if issues.Err() != nil {
		return nil, syntaxFindings(issues)
	}
	c := newChecker(e, lang, src, parsed.NativeRep())
	typ := c.root()
	if len(c.diags) > 0 {
		return nil, c.diags.Sorted()
	}
	p := e.program(c, typ)
	if path, ok := c.pathOf(c.tree.Expr()); ok {
		p.path = path
		return p, nil
	}
	if found := e.finish(p, parsed, c); found != nil {
		return nil, found
	}
	return p, nil
}

// program is what the checker found out about an expression; how to run it is still open.
func (e *Env) program(c *checker, typ Type) *Program {
	p := &Program{
		typ: typ, types: e.types, defs: e.mappings,
		reads: slices.SortedFunc(maps.Keys(c.reads), func(a, b Read) int {
			return strings.Compare(a.Object+"\x00"+a.Field, b.Object+"\x00"+b.Field)
		}),
		mappings: slices.Sorted(maps.Keys(c.mappings)),
		compared: sortComparisons(c.compared),
		cuts:     c.cuts,
		promises: c.promises(c.tree.Expr()),
	}
	for _, name := range slices.Sorted(maps.Keys(c.used)) {
		p.vars = append(p.vars, variable{name, e.vars[name], e.fixed[name]})
	}
	return p
}

// withGroups declares the functions that make groups of these types.
func (e *Env) withGroups(env *cel.Env, groups map[int64]string) (*cel.Env, error) {
	var opts []cel.EnvOption
	for _, name := range slices.Compact(slices.Sorted(maps.Values(groups))) {
		opts = append(opts, e.types.declareGroup(name))
	}
	return env.Extend(opts...)
}

// finish has the library check the tree we accepted, and plan its evaluation.
func (e *Env) finish(p *Program, parsed *cel.Ast, c *checker) diag.List {
	env, err := e.full.get()
	if err != nil {
		return atStart(errRefused("the names of this plan cannot be used in expressions: "+err.Error(), "rename the variable or mapping named"))
	}
	c.rewrite()
	if len(c.groups) > 0 {
		if env, err = e.withGroups(env, c.groups); err != nil {
			return atStart(errRefused("the groups cannot be declared: "+err.Error(), "")) // unreachable: their names are ours
		}
	}
	checked, issues := env.Check(parsed)
	if issues.Err() != nil {
		return libraryFindings(issues) // unreachable: both checkers have the same table; fuzzed
	}
	p.prog, err = env.Program(checked, programOptions()...)
	if err != nil {
		return atStart(errRefused("the expression cannot be planned: "+err.Error(), "")) // unreachable: as above
	}
	return nil
}

func syntaxFindings(issues *cel.Issues) diag.List {
	var out diag.List
	for _, err := range issues.Errors() {
		out = append(out, located(err, syntaxWords(err.Message)))
	}
	return out.Sorted()[:1] // what follows the first is the parser guessing
}

func libraryFindings(issues *cel.Issues) diag.List {
	var out diag.List
	for _, err := range issues.Errors() {
		out = append(out, located(err, errRefused("the expression does not fit together: "+err.Message, "")))
	}
	return out.Sorted().Capped(3)
}

func atStart(d diag.Diagnostic) diag.List {
	d.Line, d.Column = 1, 1
	return diag.List{d}
}

func located(err *cel.Error, d diag.Diagnostic) diag.Diagnostic {
	d.Line, d.Column = 1, 1
	if err.Location != nil && err.Location.Line() > 0 {
		d.Line, d.Column = err.Location.Line(), err.Location.Column()+1
	}
	return d
}
