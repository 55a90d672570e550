package expr

import (
	"fmt"
	"strings"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/specs/schema"
)

// The codes of this package, each with a paragraph in docs/expressions.md.
const (
	codeSyntax          diag.Code = "expr-syntax"
	codeTooBig          diag.Code = "expr-too-big"
	codeNesting         diag.Code = "expr-nesting"
	codeUnknownName     diag.Code = "expr-unknown-name"
	codeUnknownField    diag.Code = "expr-unknown-field"
	codeUnknownFunction diag.Code = "expr-unknown-function"
	codeUnknownObject   diag.Code = "expr-unknown-object"
	codeAbsent          diag.Code = "expr-absent"
	codeOperator        diag.Code = "expr-operator"
	codeArguments       diag.Code = "expr-arguments"
	codeMismatch        diag.Code = "expr-mismatch"
	codeMember          diag.Code = "expr-member"
	codeConstant        diag.Code = "expr-constant"
	codeNumber          diag.Code = "expr-binary-fraction"
	codeRefused         diag.Code = "expr-refused"
	codeUntyped         diag.Code = "expr-untyped"
)

// Codes lists every code of a diagnostic that Compile can return.
func Codes() []diag.Code {
	return []diag.Code{
		codeSyntax, codeTooBig, codeNesting, codeUnknownName, codeUnknownField, codeUnknownFunction,
		codeUnknownObject, codeAbsent, codeOperator, codeArguments, codeMismatch, codeMember,
		codeConstant, codeNumber, codeRefused, codeUntyped,
	}
}

func finding(code diag.Code, message, hint string) diag.Diagnostic {
	return diag.Diagnostic{Code: code, Severity: diag.Error, Message: message, Hint: hint}
}

func errSyntax(detail string) diag.Diagnostic {
	hint := "look at the place named, and at brackets and quotes before it"
	if strings.HasPrefix(detail, "= means") {
		hint = "write == to compare"
	}
	return finding(codeSyntax, "the expression cannot be read: "+detail, hint)
}

func errEmpty() diag.Diagnostic {
	return finding(codeSyntax, "the expression is empty", "write a value between ${ and }")
}

func errTooBig(what string) diag.Diagnostic {
	return finding(codeTooBig, "the expression is too big: "+what, "split it over several steps or fields")
}

func errNesting(name string) diag.Diagnostic {
	return finding(codeNesting, fmt.Sprintf("%s stands inside %d others", name, maxNesting),
		"two levels are the most; use an each step for the outer one")
}

func errUnknownName(name, near string) diag.Diagnostic {
	return finding(codeUnknownName, fmt.Sprintf("nothing is called %s here", name), didYouMean(near, "a name is the trigger's `as`, the id of an earlier step, or a name an enclosing each or map gives"))
}

func errFunctionName(name string) diag.Diagnostic {
	return finding(codeUnknownName, name+" is a function and has no value by itself", "call it: "+name+"(…)")
}

func errUnknownField(object, field, near string) diag.Diagnostic {
	otherwise := "see the fields with `planwright spec show " + object + "`"
	if step, ok := strings.CutPrefix(object, "step."); ok {
		otherwise = "add it to the select of the step " + firstPart(step)
	} else if mapping, ok := strings.CutPrefix(object, "mapping."); ok {
		otherwise = "add it to the with of the mapping " + firstPart(mapping)
	} else if object == "settings" {
		otherwise = "declare it under settings: with its value"
	} else if object == "run" {
		otherwise = "it has resumed, the instant at which the run began or last went on, and nothing else"
	}
	return finding(codeUnknownField, fmt.Sprintf("%s has no field %s", object, field), didYouMean(near, otherwise))
}

// firstPart returns what stands before the first point: the step or mapping that made an object.
func firstPart(name string) string {
	first, _, _ := strings.Cut(name, ".")
	return first
}

func errNeedsQuery(object, relation string) diag.Diagnostic {
	return finding(codeUnknownField, fmt.Sprintf("%s.%s is in no answer by itself", object, relation),
		"read it with a query whose select names what is wanted of its rows, such as "+relation+".Id")
}

func errWriteOnly(object, field string) diag.Diagnostic {
	return finding(codeUnknownField, fmt.Sprintf("%s.%s can be sent but is never in an answer", object, field), "use a field that answers hold")
}

func errNoFields(t Type, field, hint string) diag.Diagnostic {
	return finding(codeUnknownField, fmt.Sprintf("%s has no field %s", a(t), field), hint)
}

func errUnknownFunction(name, near string) diag.Diagnostic {
	return finding(codeUnknownFunction, fmt.Sprintf("there is no function %s", name), didYouMean(near, "docs/expressions.md lists the functions"))
}

func errCallStyle(name string, member bool) diag.Diagnostic {
	if member {
		return finding(codeUnknownFunction, name+" is not called with a value in front", "write "+name+"(value)")
	}
	return finding(codeUnknownFunction, name+" is called with a value in front", "write value."+name+"(…)")
}

func errUnknownObject(name string) diag.Diagnostic {
	return finding(codeUnknownObject, "no spec describes "+name, "add the API's spec, or correct the object's name")
}

// errAbsentField words a bare field that may be absent. base is what it is selected from;
// variable says that an assert step could promise it.
func errAbsentField(base, object string, f schema.Field, variable bool) diag.Diagnostic {
	hint := fmt.Sprintf("write %s.?%s.orValue(…) to say what stands in for it", base, f.Name)
	if f.Type.Kind == schema.ObjectK {
		hint = fmt.Sprintf("write %s.?%s.… with .orValue(…) at the end to say what stands in for it", base, f.Name)
	}
	path := base + "." + f.Name
	if variable {
		hint += fmt.Sprintf(", or put a step {assert: \"${has(%s)}\"} before", path)
	} else {
		hint += fmt.Sprintf(", or test has(%s) && … before", path)
	}
	return finding(codeAbsent, fmt.Sprintf("%s may be absent: not every %s has it", path, object), hint)
}

func errAbsentUse(t Type, use string) diag.Diagnostic {
	return finding(codeAbsent, fmt.Sprintf("%s needs a value, but this is %s", use, a(t)),
		"add .orValue(…) to say what stands in for it, or .optMap(v, …) to work on it only where it is present")
}

func errIndex() diag.Diagnostic {
	return finding(codeAbsent, "an element picked by number may not exist", "write .first(), or [?0] with .orValue(…)")
}

func errOperator(op string, types []Type, hint string) diag.Diagnostic {
	if hint == "" {
		hint = "use values of one type that " + op + " works on; string(…), dec(…) and date(…) convert"
	}
	if len(types) == 1 {
		return finding(codeOperator, fmt.Sprintf("%s does not work on %s", op, a(types[0])), hint)
	}
	return finding(codeOperator, fmt.Sprintf("%s does not work between %s and %s", op, a(types[0]), a(types[1])), hint)
}

func errArguments(name string, got []Type, want []string) diag.Diagnostic {
	parts := make([]string, len(got))
	for i, t := range got {
		parts[i] = t.String()
	}
	given := strings.Join(parts, ", ")
	if given == "" {
		given = "nothing"
	}
	return finding(codeArguments, fmt.Sprintf("%s does not take (%s)", name, given), "it is "+strings.Join(want, " or "))
}

func errMacroForm(name, form string) diag.Diagnostic {
	return finding(codeArguments, name+" is not written like this", "write "+form+", where x is a new name")
}

func errNeverAbsent(name string, t Type) diag.Diagnostic {
	return finding(codeArguments, fmt.Sprintf("%s is for a value that may be absent; this %s never is", name, t), "use it as it is")
}

func errIDAsText(name string, t Type, path string) diag.Diagnostic {
	return finding(codeArguments, fmt.Sprintf("%s takes text, and %s is not text", name, a(t)), "write string("+path+") to use the id as text")
}

func errMismatch(what string, x, y Type, hint string) diag.Diagnostic {
	if hint == "" {
		hint = "make them one type; string(…), dec(…) and date(…) convert"
	}
	return finding(codeMismatch, fmt.Sprintf("%s must be of one type, but one is %s and another %s", what, a(x), a(y)), hint)
}

func errWant(what string, want, got Type) diag.Diagnostic {
	hint := "use " + a(want)
	if want.Kind == schema.Bool {
		hint = "compare it with something, such as … == …"
	}
	return finding(codeMismatch, fmt.Sprintf("%s must be %s, not %s", what, a(want), a(got)), hint)
}

func errWantWords(what, want string, got Type) diag.Diagnostic {
	return finding(codeMismatch, fmt.Sprintf("%s must be %s, not %s", what, want, a(got)), "use a field of that kind; string(…) makes text of an id or a truth value")
}

func errMember(literal, of string, members []string, near string) diag.Diagnostic {
	return finding(codeMember, fmt.Sprintf("%s is never %q", of, literal), didYouMean(near, "")+"it is one of "+listed(members, 12))
}

func errConstant(message, hint string) diag.Diagnostic { return finding(codeConstant, message, hint) }

func errDouble(source string) diag.Diagnostic {
	return finding(codeNumber, fmt.Sprintf("%s would be a binary fraction, which cannot hold money exactly", source), fmt.Sprintf("write dec(%q)", source))
}

func errRefused(message, hint string) diag.Diagnostic { return finding(codeRefused, message, hint) }

func errUntyped(what string) diag.Diagnostic {
	return finding(codeUntyped, what+" has no type in its spec, so nothing can be computed from it", "use another field, or give it a type in the overlay")
}

func errNoType() diag.Diagnostic {
	return finding(codeUntyped, "the expression has no definite type", "give it a value to take the type from")
}

// a puts the article that English wants before a type; text and ids go without.
func a(t Type) string {
	s := t.String()
	switch {
	case !t.Optional && (t.Kind == schema.String || t.Kind == schema.ObjectK && !isGroup(t.Ref)):
		if t.nominal() {
			return "the " + s
		}
		return s
	case strings.ContainsAny(s[:1], "aeiou"):
		return "an " + s
	}
	return "a " + s
}

func didYouMean(near, otherwise string) string {
	if near == "" {
		return otherwise
	}
	s := "did you mean " + near + "?"
	if otherwise == "" {
		s += " "
	}
	return s
}

func listed(items []string, limit int) string {
	quoted := make([]string, 0, limit)
	for i, s := range items {
		if i == limit {
			return strings.Join(quoted, ", ") + fmt.Sprintf(" and %d more", len(items)-limit)
		}
		quoted = append(quoted, fmt.Sprintf("%q", s))
	}
	return strings.Join(quoted, ", ")
}
