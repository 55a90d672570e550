package apicall

import (
	"fmt"
	"strings"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/specs/schema"
)

// Codes of findings about a rendered body. They name places and bounds, never values:
// a value is a customer's.
const (
	CodeType     diag.Code = "body-type"     // a value of another kind than the field
	CodeEnum     diag.Code = "body-enum"     // not a member of the field's list
	CodeLength   diag.Code = "body-length"   // text longer than the field
	CodeScale    diag.Code = "body-scale"    // more decimal places or digits than the field keeps
	CodeRequired diag.Code = "body-required" // a field the vendor demands is absent
	CodeUnknown  diag.Code = "body-unknown"  // the object has no such field
	CodeReadOnly diag.Code = "body-readonly" // the vendor sets this field itself
	CodeControl  diag.Code = "body-control"  // a control character, or not UTF-8
)

func finding(code diag.Code, at, message, hint string) diag.Diagnostic {
	return diag.Diagnostic{Code: code, Severity: diag.Error, Pointer: at, Message: message, Hint: hint}
}

func errType(at string, t schema.Type) diag.Diagnostic {
	return finding(CodeType, at, fmt.Sprintf("the value is not of type %s", t.Kind), "mend the expression that fills it, or the record it reads")
}

func errEnum(at string, members []string) diag.Diagnostic {
	const shown = 12
	list := strings.Join(members[:min(len(members), shown)], ", ")
	if len(members) > shown {
		list += ", …"
	}
	return finding(CodeEnum, at, "the value is not one the vendor accepts", "use one of: "+list)
}

func errLength(at string, got, most int) diag.Diagnostic {
	return finding(CodeLength, at, fmt.Sprintf("the text has %d characters, the field holds %d", got, most), "shorten it at its source")
}

func errScale(at string, what string, got int32, most int) diag.Diagnostic {
	return finding(CodeScale, at, fmt.Sprintf("the number has %d %s, the field keeps %d", got, what, most), "round it in the plan, where a person can see how")
}

func errRequired(at, field string) diag.Diagnostic {
	return finding(CodeRequired, at, "field "+field+" is absent and the vendor demands it", "fill it at its source, or give the plan a value for when it is absent")
}

func errUnknown(at, object string) diag.Diagnostic {
	return finding(CodeUnknown, at, object+" has no such field", "take it out of the body")
}

func errReadOnly(at string) diag.Diagnostic {
	return finding(CodeReadOnly, at, "the field cannot be sent", "take it out of the body")
}

func errControl(at string) diag.Diagnostic {
	return finding(CodeControl, at, "the text holds a control character or is not UTF-8", "clean it at its source")
}
