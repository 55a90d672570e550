package rules

import (
	"strings"
	"testing"
)

// plainWords is a finder whose class "word" is any one word.
type plainWords struct{}

func (plainWords) find(class string, tokens []token, i int) []found {
	if i < len(tokens) && class == "word" && tokens[i].kind == word {
		return []found{{1, tokens[i].norm}}
	}
	return nil
}

// ends lists the words that a rule covers from the start, for every end.
func ends(t *testing.T, grammarText, text string) string {
	t.Helper()
	g, err := compileGrammar(grammarText)
	if err != nil {
		t.Fatal(err)
	}
	toks := tokenize(text)
	var out []string
	for _, n := range newMatcher(g, plainWords{}, toks).match("A", 0) {
		var w []string
		for _, tok := range toks[:n.to] {
			w = append(w, tok.norm)
		}
		out = append(out, strings.Join(w, " "))
	}
	return strings.Join(out, "; ")
}

func TestMatch(t *testing.T) {
	tests := []struct{ grammar, text, want string }{
		{"A = b c", "b c d", "b c"},
		{"A = b c", "b d", ""},
		{"A = b [c] d", "b c d", "b c d"},
		{"A = b [c] d", "b d", "b d"},
		{"A = b [c]", "b c", "b c; b"},
		{"A = b*", "b b c", "; b; b b"},
		{"A = (b | c) d", "c d", "c d"},
		{"A = B d\nB = b | b b", "b b d", "b b d"},
		{`A = "(" b ")" [")"]`, "(b))", "( b ) ); ( b )"},
		{"A = <word> b", "x b", "x b"},
		{`A = b "," c`, "b, c", "b , c"},
		{"A = A b | b", "b b", "b"}, // a rule that begins with itself finds only the rest
		{"A = b\n  | c # a comment\n", "c", "c"},
		{"A = b c", `"b" c`, ""}, // quoted text is never a word of the grammar
	}
	for _, tt := range tests {
		if got := ends(t, tt.grammar, tt.text); got != tt.want {
			t.Errorf("%q on %q: got %q, want %q", tt.grammar, tt.text, got, tt.want)
		}
	}
}

func TestGrammarFaults(t *testing.T) {
	for text, want := range map[string]string{
		"A = b\nA = c":   "written twice",
		"A = B":          "no rule for B",
		"A = (b":         `missing ")"`,
		"A = [b":         `missing "]"`,
		"A = b )":        "unexpected",
		"A = ":           "empty alternative",
		"A = b |":        "empty alternative",
		"A = *":          "nothing to repeat",
		"just some text": "no rule",
	} {
		if _, err := compileGrammar(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

// TestEmbeddedGrammar: it compiles, and every rule is reached from the top.
func TestEmbeddedGrammar(t *testing.T) {
	g, err := theGrammar()
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	var visit func(e *expr)
	visit = func(e *expr) {
		if e.op == rule && !used[e.text] {
			used[e.text] = true
			visit(g.rules[e.text])
		}
		for _, k := range e.kids {
			visit(k)
		}
	}
	tops := []string{"OtherTrigger", "OtherDeed"}
	for _, c := range chunkRules {
		tops = append(tops, c.name)
	}
	for _, top := range tops {
		if g.rules[top] == nil {
			t.Fatalf("no rule %s", top)
		}
		used[top] = true
		visit(g.rules[top])
	}
	for name := range g.rules {
		if !used[name] {
			t.Errorf("rule %s is never used", name)
		}
	}
}
