package expr_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/runtime/expr"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden compiles and evaluates every expression of testdata/*.golden. A line that is
// not indented is an expression (its line breaks written ⏎); the indented lines below say
// what became of it.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.golden")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	vars := tree(t, worldJSON)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			for line := range strings.Lines(string(want)) {
				switch {
				case strings.HasPrefix(line, "    "):
				case strings.HasPrefix(line, "# ") || line == "\n":
					got.WriteString(line)
				default:
					got.WriteString(line)
					src := strings.ReplaceAll(strings.TrimSuffix(line, "\n"), `⏎`, "\n")
					for _, l := range describe(src, vars) {
						got.WriteString("    " + l + "\n")
					}
				}
			}
			if *update {
				if err := os.WriteFile(file, []byte(got.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" && !*update {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// describe says all there is to say of one expression, a line each.
func describe(src string, vars map[string]any) []string {
	p, found := env().Compile(src)
	var out []string
	for _, d := range found {
		out = append(out, fmt.Sprintf("%d:%d %s: %s", d.Line, d.Column, d.Code, d.Message))
		if d.Hint != "" {
			out = append(out, "  hint: "+d.Hint)
		}
	}
	if p == nil {
		return out
	}
	out = append(out, "type "+typeLine(p.Type()))
	if r := p.Reads(); len(r) > 0 {
		names := make([]string, len(r))
		for i, x := range r {
			names[i] = x.Object + "." + x.Field
		}
		out = append(out, "reads "+strings.Join(names, " "))
	}
	if m := p.Mappings(); len(m) > 0 {
		out = append(out, "asks "+strings.Join(m, " "))
	}
	if pr := p.Promises(); len(pr) > 0 {
		out = append(out, "promises "+strings.Join(pr, " "))
	}
	v, present, err := p.Eval(vars, rows())
	switch {
	case err != nil:
		out = append(out, "error "+err.Error())
	case !present:
		out = append(out, "absent")
	default:
		b, err := json.Marshal(v)
		if err != nil {
			return append(out, "not JSON: "+err.Error())
		}
		out = append(out, "= "+string(b))
	}
	return out
}

func typeLine(t expr.Type) string {
	s := t.String()
	if len(t.Enum) > 0 {
		s += fmt.Sprintf(" of %q", t.Enum)
	}
	if t.MaxLength > 0 {
		s += fmt.Sprintf(" up to %d", t.MaxLength)
	}
	if t.Scale > 0 {
		s += fmt.Sprintf(" with %d places", t.Scale)
	}
	return s
}
