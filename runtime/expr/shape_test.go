package expr_test

import (
	"fmt"
	"testing"

	"cel.dev/cel-go/cel"

	"github.com/planwright/planwright/runtime/expr"
	"github.com/planwright/planwright/specs/schema"
)

// The benchmarks of this file have one shape: an invoice of ten lines of text, with a
// reference, a contact's name and four fields a line, one of them arithmetic. It is the
// shape that the limits of time were set by: 1.0 ms to compile, 34 µs to evaluate for
// three lines, 0.63 ms for 200, of one expression that builds everything from values typed
// before. Plans hold it as leaves of a body, and values are typed as they are read.

// bareBuilder is the invoice as one expression of the library alone, in whole numbers and
// without types: no value of ours, no exact number, no limit. It says how fast the machine
// is, so that figures are compared as ratios of one run.
const bareBuilder = `{
  "Type": "ACCREC",
  "Reference": "SF " + opp.Id,
  "Contact": {"Name": has(opp.Account) ? opp.Account.Name : "?"},
  "LineItems": opp.Lines.map(l, {
    "Description": l.Description,
    "ItemCode": l.Code,
    "Quantity": l.Quantity,
    "UnitAmount": (l.UnitPrice * (100 - l.Discount)) / 100,
  })
}`

func bareProgram(b *testing.B, e *cel.Env) cel.Program {
	b.Helper()
	checked, issues := e.Compile(bareBuilder)
	if issues.Err() != nil {
		b.Fatal(issues.Err())
	}
	p, err := e.Program(checked)
	if err != nil {
		b.Fatal(err)
	}
	return p
}

func bareEnv(b *testing.B) *cel.Env {
	b.Helper()
	e, err := cel.NewEnv(cel.Variable("opp", cel.DynType))
	if err != nil {
		b.Fatal(err)
	}
	return e
}

func BenchmarkShapeBareLibrary(b *testing.B) {
	e := bareEnv(b)
	b.Run("compile", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			bareProgram(b, e)
		}
	})
	for _, n := range []int{3, 200} {
		b.Run(fmt.Sprintf("lines=%d", n), func(b *testing.B) {
			lines := make([]any, n)
			for i := range lines {
				lines[i] = map[string]any{"Description": "Widget", "Code": "WID", "Quantity": i, "UnitPrice": 1999, "Discount": 12}
			}
			p, vars := bareProgram(b, e), map[string]any{"opp": map[string]any{"Id": "006A", "Lines": lines}}
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := p.Eval(vars); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// headLeaves and lineLeaves are the expressions of the same invoice in a plan.
var (
	headLeaves = []string{`"SF " + string(opportunity.Id)`, `opportunity.?Account.Name.orValue("?")`, `lines`}
	lineLeaves = []string{
		`line.?Description`, `line.Product2Id`, `line.Quantity`,
		`(line.UnitPrice * (100 - line.?Discount.orValue(0))).div(100, 4, "half_up")`,
	}
)

func BenchmarkShape(b *testing.B) {
	e := env()
	inner := e.WithVar("line", schema.ObjectOf("step.lines"))
	all := func(e *expr.Env, srcs []string) (programs []*expr.Program) {
		for _, src := range srcs {
			programs = append(programs, compile(b, e, src))
		}
		return programs
	}
	b.Run("compile", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			all(e, headLeaves)
			all(inner, lineLeaves)
		}
	})
	head, leaves := all(e, headLeaves), all(inner, lineLeaves)
	evalAll := func(b *testing.B, programs []*expr.Program, vars map[string]any) {
		for _, p := range programs {
			if _, _, err := p.Eval(vars, nil); err != nil {
				b.Fatal(err)
			}
		}
	}
	for _, n := range []int{3, 200} {
		b.Run(fmt.Sprintf("lines=%d", n), func(b *testing.B) {
			vars, lines := tree(b, worldJSON), benchLines(n)
			vars["lines"] = lines
			b.ReportAllocs()
			for b.Loop() {
				evalAll(b, head, vars)
				for _, line := range lines {
					vars["line"] = line
					evalAll(b, leaves, vars)
				}
			}
		})
	}
}
