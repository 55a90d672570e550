package eval

import (
	"fmt"

	"github.com/planwright/planwright/internal/diag"
)

// The codes of this package, each with a paragraph in docs/diagnostics.md.
const (
	codeSyntax  diag.Code = "case-syntax"
	codeUnknown diag.Code = "case-unknown-member"
	codeInvalid diag.Code = "case-invalid"
	codePairs   diag.Code = "pairs-invalid"
)

func finding(code diag.Code, file string, line, column int, message, hint string) diag.Diagnostic {
	return diag.Diagnostic{Code: code, Severity: diag.Error, File: file, Line: line, Column: column, Message: message, Hint: hint}
}

func errSyntax(file string, line, column int, cause string) diag.Diagnostic {
	return finding(codeSyntax, file, line, column, "the case cannot be read: "+cause, "a case is one JSON object; docs/evaluation.md lists its members")
}

func errUnknown(file string, line, column int, name string) diag.Diagnostic {
	return finding(codeUnknown, file, line, column, fmt.Sprintf("a case has no member %q", name), "docs/evaluation.md lists the members; a misspelt one would pass for the wrong reason")
}

func errInvalid(file string, line, column int, what string) diag.Diagnostic {
	return finding(codeInvalid, file, line, column, what, "")
}

func errPairs(file string, line, column int, what string) diag.Diagnostic {
	return finding(codePairs, file, line, column, what, "")
}
