package expr

import (
	"os"
	"strings"
	"testing"
)

// TestEveryFunctionIsDocumented holds docs/expressions.md to the table of functions.
func TestEveryFunctionIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/expressions.md")
	if err != nil {
		t.Fatal(err)
	}
	lang, err := theLanguage()
	if err != nil {
		t.Fatal(err)
	}
	for name, forms := range lang.functions {
		if strings.HasPrefix(name, "_") || strings.HasPrefix(name, "-") || strings.HasPrefix(name, "@") {
			continue // an operator, or what stands behind a macro
		}
		for _, o := range forms {
			call := name + "("
			if o.member {
				call = "." + call
			}
			if !strings.Contains(string(page), call) {
				t.Errorf("docs/expressions.md does not tell of %s", signature(name, o))
			}
		}
	}
	for name := range macroForms {
		if name != "exists_one" && !strings.Contains(string(page), "."+name+"(") {
			t.Errorf("docs/expressions.md does not tell of %s", name)
		}
	}
}

// TestReservedWords holds the list of reserved words to what the parser refuses.
func TestReservedWords(t *testing.T) {
	lang, err := theLanguage()
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range reserved {
		parsed, issues := lang.env.Parse(word + ".x")
		if refused := issues.Err() != nil; refused || word == "optional" {
			continue
		}
		if k := parsed.NativeRep().Expr().AsSelect().Operand(); k.AsIdent() != "" {
			t.Errorf("%s is a name like any other", word)
		}
	}
}

func TestTypesOfTheLibrary(t *testing.T) {
	// Every type that the checker can settle has a type of the library's, and the words
	// of both directions agree.
	for _, o := range []overload{{args: sig(decimalType)}, {args: sig(dateType)}, {args: sig(instantType)}} {
		got := result(o.args[0], nil)
		if back := celType(got.Type); back != o.args[0] {
			t.Errorf("%v became %v", o.args[0], back)
		}
	}
}
