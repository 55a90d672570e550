// Package diag holds the one shape of bad news that a person can mend.
//
// A [Diagnostic] names what is wrong, where, and what to write instead. Packages
// collect all findings of one pass in a [List]; nothing stops at the first. Bad
// news that no edit can mend (a full disk, a lost connection) is an error instead.
package diag

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Code names a kind of finding. Codes are stable: once released they are never
// renamed or used for something else. Each has a paragraph in docs/diagnostics.md.
type Code string

// Severity says whether a finding stops the work.
type Severity string

// The closed list of severities.
const (
	Error   Severity = "error"   // the thing judged must not be used
	Warning Severity = "warning" // it may be used; a person should look
	Note    Severity = "note"    // for information
)

// Diagnostic is one finding. Line and Column count from 1 in the file as written;
// zero means that the place is not known in text.
type Diagnostic struct {
	Code     Code     `json:"code"`
	Severity Severity `json:"severity"`
	File     string   `json:"file,omitempty"`
	Pointer  string   `json:"pointer,omitempty"` // JSON pointer (RFC 6901) into the document
	Line     int      `json:"line,omitempty"`
	Column   int      `json:"column,omitempty"`
	Message  string   `json:"message"`
	Hint     string   `json:"hint,omitempty"`
}

// String renders the finding on one line: place, severity, code, message.
func (d Diagnostic) String() string {
	var b strings.Builder
	switch {
	case d.Line > 0:
		fmt.Fprintf(&b, "%s:%d:%d: ", cmp.Or(d.File, "input"), d.Line, d.Column)
	case d.File != "":
		fmt.Fprintf(&b, "%s: ", d.File)
	}
	fmt.Fprintf(&b, "%s %s: %s", d.Severity, d.Code, d.Message)
	return Visible(b.String())
}

// List is all findings of one pass. A nil List means that nothing was found.
type List []Diagnostic

// HasErrors reports whether any finding stops the work.
func (l List) HasErrors() bool {
	return slices.ContainsFunc(l, func(d Diagnostic) bool { return d.Severity == Error })
}

// Sorted returns the findings in the order a reader meets them: by file, line,
// column, pointer and code.
func (l List) Sorted() List {
	s := slices.Clone(l)
	slices.SortStableFunc(s, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Pointer, b.Pointer),
			cmp.Compare(a.Code, b.Code),
		)
	})
	return s
}

// Capped returns at most limit findings; when some were left out the last one says
// how many.
func (l List) Capped(limit int) List {
	if len(l) <= limit {
		return l
	}
	return append(slices.Clone(l[:limit]), Diagnostic{
		Code: "more-findings", Severity: Note,
		Message: fmt.Sprintf("%d more findings are not shown", len(l)-limit),
		Hint:    "mend the ones above and check again",
	})
}

// Error renders the findings, one a line, so that a List can travel as an error.
func (l List) Error() string {
	lines := make([]string, len(l))
	for i, d := range l {
		lines[i] = d.String()
	}
	return strings.Join(lines, "\n")
}

// Err returns the list as an error when it has errors, else nil.
func (l List) Err() error {
	if l.HasErrors() {
		return l
	}
	return nil
}
