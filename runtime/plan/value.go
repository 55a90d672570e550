package plan

import (
	"strings"
	"unicode/utf8"
)

// value reads an optional value with the given rule.
func (r *reader) value(n *node, pointer string, rule func(*node, string) Value) *Value {
	if n == nil {
		return nil
	}
	v := rule(n, pointer)
	return &v
}

func (r *reader) valueMap(n *node, pointer string) map[string]Value {
	var out map[string]Value
	r.each(n, pointer, func(key, at string, _ Place, v *node) {
		if out == nil {
			out = map[string]Value{}
		}
		out[key] = r.any(v, at)
	})
	return out
}

// simple is a literal or an expression.
func (r *reader) simple(n *node, pointer string) Value {
	if n == nil {
		return Value{}
	}
	if n.kind != scalarNode {
		r.add(errShape("an expression", n), pointer, n.at)
		return Value{}
	}
	return r.any(n, pointer)
}

// expression is an expression and nothing else.
func (r *reader) expression(n *node, pointer string) Value {
	v := r.simple(n, pointer)
	if v.Kind == Literal {
		d := errShape("an expression", n)
		d.Hint = "write ${" + clip(n.text) + "}"
		r.add(d, pointer, n.at)
	}
	return v
}

func (r *reader) any(n *node, pointer string) Value {
	switch n.kind {
	case mapNode:
		if n.member("each") != nil {
			return r.eachValue(n, pointer)
		}
		m := r.valueMap(n, pointer)
		if m == nil {
			m = map[string]Value{}
		}
		return Value{Kind: ObjectV, Members: m}
	case listNode:
		v := Value{Kind: ListV, Items: []Value{}}
		for i, item := range n.items {
			at := index(pointer, i)
			r.note(at, Place{}, item)
			v.Items = append(v.Items, r.any(item, at))
		}
		return v
	default:
		text, ok := n.scalar.(string)
		if !ok {
			return Value{Kind: Literal, Literal: n.scalar}
		}
		return r.textValue(n, text, pointer)
	}
}

// eachValue reads {each: list, as: name, do: value}.
func (r *reader) eachValue(n *node, pointer string) Value {
	f := r.fields(n, pointer, "each", "as", "do")
	r.require(f, n, pointer, "as", "do")
	e := &EachValue{
		Over: r.expression(f["each"], Join(pointer, "each")),
		As:   r.named(f["as"], Join(pointer, "as"), "an element", varName, varRule),
	}
	if do := f["do"]; do != nil {
		e.Do = r.any(do, Join(pointer, "do"))
	}
	return Value{Kind: EachV, Each: e}
}

// textValue tells literal text from an expression.
func (r *reader) textValue(n *node, text, pointer string) Value {
	if isEscaped(text) {
		return Value{Kind: Literal, Literal: text[1:]}
	}
	trimmed := strings.TrimRight(text, " \t\r\n") // block scalars end with a line break
	if !strings.HasPrefix(trimmed, "${") {
		return Value{Kind: Literal, Literal: text}
	}
	switch end := closing(trimmed); {
	case end < 0:
		r.add(errExpression("the expression has no closing }", "an expression is the whole text: ${…}; write $${ to begin literal text with ${"), pointer, n.at)
	case end < len(trimmed)-1:
		r.add(errExpression("text follows the expression", "join text inside it: ${'SF-' + string(account.Id)}"), pointer, n.at)
	case strings.TrimSpace(trimmed[2:end]) == "":
		r.add(errExpression("the expression is empty", "name a value, such as ${account.Id}"), pointer, n.at)
	default:
		expr := strings.TrimSpace(trimmed[2:end])
		r.locate(n, trimmed, expr, pointer)
		return Value{Kind: Expression, Expr: expr}
	}
	return Value{Kind: Expression}
}

// isEscaped reports whether text begins with two or more $ and a {: one $ is taken off.
func isEscaped(text string) bool {
	rest := strings.TrimLeft(text, "$")
	return strings.HasPrefix(rest, "{") && len(text)-len(rest) >= 2
}

// escape is the text of a literal as a plan file must hold it.
func escape(literal string) string {
	if rest := strings.TrimLeft(literal, "$"); strings.HasPrefix(rest, "{") && len(rest) < len(literal) {
		return "$" + literal
	}
	return literal
}

// locate remembers where the text of an expression begins, if the file holds it as it is.
func (r *reader) locate(n *node, text, expr, pointer string) {
	if n.at.Line < 1 || n.at.Line > len(r.lines) || strings.Contains(text, "\n") {
		return
	}
	line := r.lines[n.at.Line-1]
	if len(line) > maxLine {
		return
	}
	from := columnOffset(line, n.at.Column)
	if from < len(line) && (line[from] == '"' || line[from] == '\'') {
		from++
	}
	if !strings.HasPrefix(line[from:], text) {
		return
	}
	from += strings.Index(text, expr)
	r.plan.texts[pointer] = Place{n.at.Line, 1 + utf8.RuneCountInString(line[:from])}
}

// columnOffset is the byte at which the given column, counted in characters, begins.
func columnOffset(line string, column int) int {
	n := 1
	for i := range line {
		if n == column {
			return i
		}
		n++
	}
	return len(line)
}

// closing returns where the } that belongs to the ${ at the start stands, or -1. Braces
// in the expression's own quotes do not count.
func closing(text string) int {
	depth, quote := 0, byte(0)
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0:
			switch c {
			case '\\':
				i++
			case quote:
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '{':
			depth++
		case c == '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}
