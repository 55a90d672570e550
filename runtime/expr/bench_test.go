package expr_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/planwright/planwright/runtime/expr"
	"github.com/planwright/planwright/specs/schema"
)

// builder is what the body of an invoice asks of expressions: ten leaves, three of them
// evaluated for every line.
var builder = []string{
	`'SF-' + string(opportunity.Id)`,
	`opportunity.Name`,
	`opportunity.CloseDate`,
	`opportunity.CloseDate.addDays(30)`,
	`truncate(opportunity.?Account.Name.orValue("?"), 50)`,
	`has(opportunity.Amount) && opportunity.Amount > 0`,
	`lines.map(l, (l.Quantity * l.UnitPrice * (100 - l.?Discount.orValue(0))).div(100, 4, "half_up")).sum()`,
	`lines.map(l, l.?Description.orValue(l.Product2.Name))`,
	`lines.map(l, product(l.Product2Id).Code)`,
	`lines.map(l, tax("NZ", l.Product2.?Family.orValue("")).TaxType)`,
}

func BenchmarkNewEnvAndFirstCompile(b *testing.B) {
	compile(b, env(), `opportunity.IsWon`) // the language itself is built once a process
	for b.Loop() {
		compile(b, env(), `opportunity.IsWon`)
	}
}

func BenchmarkWithVarAndCompile(b *testing.B) {
	e := env()
	compile(b, e, `opportunity.IsWon`)
	for b.Loop() {
		compile(b, e.WithVar("extra", text), `extra`)
	}
}

func BenchmarkCompileBuilder(b *testing.B) {
	e := env()
	for b.Loop() {
		for _, src := range builder {
			compile(b, e, src)
		}
	}
}

// tenLines is a whole invoice with its lines as one value would be built: every leaf of the
// body and of a line, as a plan that is checked has them compiled.
var tenLines = []string{
	`"ACCREC"`, `"SF-" + string(opportunity.Id)`, `truncate(opportunity.?Account.Name.orValue("?"), 50)`, `opportunity.CloseDate`, `opportunity.CloseDate.addDays(30)`,
	`lines.map(l, l.?Description.orValue(l.Product2.Name))`,
	`lines.map(l, product(l.Product2Id).Code)`,
	`lines.map(l, l.Quantity)`,
	`lines.map(l, (l.UnitPrice * (100 - l.?Discount.orValue(0))).div(100, 4, "half_up"))`,
	`lines.map(l, l.TotalPrice).sum()`,
}

func BenchmarkCompileTenLines(b *testing.B) {
	e := env()
	b.ReportAllocs()
	for b.Loop() {
		for _, src := range tenLines {
			compile(b, e, src)
		}
	}
}

func BenchmarkEvalTenLines(b *testing.B) {
	var programs []*expr.Program
	for _, src := range tenLines {
		programs = append(programs, compile(b, env(), src))
	}
	for _, n := range []int{3, 200} {
		b.Run(fmt.Sprintf("lines=%d", n), func(b *testing.B) {
			vars, approved := tree(b, worldJSON), rows()
			vars["lines"] = benchLines(n)
			b.ReportAllocs()
			for b.Loop() {
				for _, p := range programs {
					if _, _, err := p.Eval(vars, approved); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// BenchmarkOrderings shows that what looks at a whole list grows with its length.
func BenchmarkOrderings(b *testing.B) {
	for _, src := range []string{`lines.groupBy(l, l.Quantity).size()`, `lines.sortBy(l, l.UnitPrice).size()`, `lines.map(l, l.Id).distinct().size()`} {
		p := compile(b, env(), src)
		for _, n := range []int{200, 2000} {
			b.Run(fmt.Sprintf("%s/lines=%d", src[6:12], n), func(b *testing.B) {
				vars := tree(b, worldJSON)
				vars["lines"] = benchLines(n)
				b.ReportAllocs()
				for b.Loop() {
					if _, _, err := p.Eval(vars, nil); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// benchLines are lines of the same product, with as many quantities as there are lines.
func benchLines(n int) []any {
	lines := make([]any, n)
	for i := range lines {
		lines[i] = map[string]any{
			"Id": fmt.Sprint(i), "Quantity": json.Number(fmt.Sprint(i)), "UnitPrice": json.Number("19.99"), "Discount": json.Number("12.5"), "TotalPrice": json.Number("52.47"),
			"Product2Id": "p1", "Product2": map[string]any{"Name": "Widget", "Family": "Goods"},
		}
	}
	return lines
}

func BenchmarkEvalCondition(b *testing.B) {
	p := compile(b, env(), `opportunity.StageName == "Closed Won" && opportunity.?Amount.orValue(0) > dec("0.2")`)
	vars := tree(b, worldJSON)
	for b.Loop() {
		if _, _, err := p.Eval(vars, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEvalBuilder(b *testing.B) {
	var programs []*expr.Program
	for _, src := range builder {
		programs = append(programs, compile(b, env(), src))
	}
	for _, n := range []int{3, 200} {
		b.Run(fmt.Sprintf("lines=%d", n), func(b *testing.B) {
			vars := tree(b, worldJSON)
			vars["lines"] = benchLines(n)
			approved := rows()
			for b.Loop() {
				for _, p := range programs {
					if _, _, err := p.Eval(vars, approved); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// BenchmarkWideCatalog compiles over a catalog of Xero's size, of which it uses little.
func BenchmarkWideCatalog(b *testing.B) {
	set := objects()
	for i := range 300 {
		o := object(fmt.Sprintf("xero.Wide%d", i))
		for j := range 40 {
			o.Fields = append(o.Fields, always(fmt.Sprintf("F%d", j), schema.ObjectOf(fmt.Sprintf("xero.Wide%d", (i+j)%300))))
		}
		set[o.Name] = o
	}
	for b.Loop() {
		compile(b, expr.New(set).WithVar("w", schema.ObjectOf("xero.Wide0")), `has(w.F1.F2.F3)`)
	}
}
