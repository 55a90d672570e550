package catalog

import (
	"fmt"

	"github.com/planwright/planwright/internal/diag"
)

// Codes of the findings of this package; the others come from package openapi.
// docs/diagnostics.md has a paragraph for each.
const (
	CodeUnknownOperation diag.Code = "overlay-unknown-operation"
	CodeNoSince          diag.Code = "overlay-no-since"
	CodeNoSpan           diag.Code = "overlay-no-span"
	CodeFilter           diag.Code = "overlay-no-filter"
	CodeName             diag.Code = "spec-name"
)

func unknownOperation(api, where, id string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: CodeUnknownOperation, Severity: diag.Error, File: api + " overlay",
		Message: fmt.Sprintf("%s names operation %q, which the spec does not have", where, id),
		Hint:    "operation ids are listed by planwright spec show " + api,
	}
}

func noSince(api, object, id string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: CodeNoSince, Severity: diag.Error, File: api + " overlay",
		Message: fmt.Sprintf("x-pw-changes %s: %s cannot be asked what changed since an instant", object, id),
		Hint:    "since is the parameter of a list that takes the instant, all one that is true or false; a query needs none",
	}
}

func noSpan(api, object, id string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: CodeNoSpan, Severity: diag.Error, File: api + " overlay",
		Message: fmt.Sprintf("x-pw-deletes %s: %s cannot be asked what was deleted in a span of time", object, id),
		Hint:    "start and end are parameters that take an instant, and object is one that takes a name",
	}
}

func noFilter(api, where string, l Lookup) diag.Diagnostic {
	return diag.Diagnostic{
		Code: CodeFilter, Severity: diag.Error, File: api + " overlay",
		Message: fmt.Sprintf("%s: %s is not said to filter by %s", where, l.Operation, l.Filter),
		Hint:    "give the operation x-pw-filter with this param and the language it speaks",
	}
}

func badName(name string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: CodeName, Severity: diag.Error, File: name,
		Message: fmt.Sprintf("%.60q cannot be the name of an API", name),
		Hint:    "use a lower-case letter, then letters, digits and underscores, 40 characters at most",
	}
}

func sameName(name string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: CodeName, Severity: diag.Error, File: name,
		Message: fmt.Sprintf("two specs are called %q; the second one was left out", name),
		Hint:    "give one of them another name",
	}
}
