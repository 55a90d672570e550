package mapping

import (
	"errors"
	"fmt"

	"github.com/planwright/planwright/internal/diag"
)

// Reasons for which an event is refused. Each is wrapped with the particulars.
var (
	// ErrMoved: the decision is about another row than the one that waits, or is approved,
	// now. Look again and decide anew.
	ErrMoved = errors.New("this is not the row that was shown")
	// ErrUnnamed: nobody is named as the one who decided or proposed.
	ErrUnnamed = errors.New("no person is named")
	// ErrRow: the key or value is not one that a row can have.
	ErrRow = errors.New("not a row")
	// ErrKind: the event is of a kind this package does not know.
	ErrKind = errors.New("unknown kind of event")
)

// All diagnostics of this package: findings in a CSV file, by line.

func errFile(file, what, hint string) diag.Diagnostic {
	return diag.Diagnostic{Code: "csv-file", Severity: diag.Error, File: file, Message: what, Hint: hint}
}

func errSyntax(what string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "csv-syntax", Severity: diag.Error, Message: what + "; the lines after it were not read",
		Hint: `write text that holds a comma, a quote or a line break in quotes, and a quote in it twice: "12"" pipe"`,
	}
}

func errColumn(name, why, hint string) diag.Diagnostic {
	return diag.Diagnostic{Code: "csv-column", Severity: diag.Error, Message: fmt.Sprintf("column %.80q %s", name, why), Hint: hint}
}

func errCells(got, want int) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "csv-cells", Severity: diag.Error, Message: fmt.Sprintf("the line has %d cells, the first line names %d columns", got, want),
		Hint: "leave cells empty rather than out; put text with commas in quotes",
	}
}

func errCell(column, why, hint string) diag.Diagnostic {
	return diag.Diagnostic{Code: "csv-cell", Severity: diag.Error, Message: fmt.Sprintf("column %s %s", column, why), Hint: hint}
}

func errRow(err error) diag.Diagnostic {
	return diag.Diagnostic{Code: "mapping-row", Severity: diag.Error, Message: err.Error(), Hint: "fill in the target's fields, or remove the line"}
}

func errTwice(key []string, line int) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "mapping-twice", Severity: diag.Error, Message: fmt.Sprintf("the key %s is on line %d already", KeyText(key), line),
		Hint: "keep the line that is right and remove the other",
	}
}

func errDiffers(key []string, by string, approving bool) diag.Diagnostic {
	d := diag.Diagnostic{
		Code: "mapping-conflict", Severity: diag.Warning,
		Message: fmt.Sprintf("the key %s has another row, approved by %s; this one waits for a decision", KeyText(key), by),
		Hint:    "approving it makes the approval of the plan stale",
	}
	if approving {
		d.Severity = diag.Error
		d.Message = fmt.Sprintf("the key %s has another row, approved by %s; it was not replaced", KeyText(key), by)
		d.Hint = "import without approving and decide about this row on its own, or withdraw the approved row first"
	}
	return d
}

func noteSkipped(key []string, s State) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "mapping-skipped", Severity: diag.Note, Message: fmt.Sprintf("the key %s is marked %s and was left out", KeyText(key), s),
		Hint: "empty the state cell to propose the row",
	}
}
