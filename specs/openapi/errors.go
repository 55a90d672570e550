package openapi

import (
	"errors"
	"fmt"

	"github.com/planwright/planwright/internal/diag"
)

// Codes of the findings of this package. docs/diagnostics.md has a paragraph for each.
const (
	CodeSize          diag.Code = "spec-too-large"
	CodeBound         diag.Code = "spec-too-deep"
	CodeSyntax        diag.Code = "spec-syntax"
	CodeNotOpenAPI    diag.Code = "spec-not-openapi"
	CodeVersion       diag.Code = "spec-version"
	CodeExternalRef   diag.Code = "spec-external-ref"
	CodeBrokenRef     diag.Code = "spec-broken-ref"
	CodeDuplicateID   diag.Code = "spec-duplicate-operation"
	CodeOverlaySyntax diag.Code = "overlay-syntax"
	CodeOverlayTarget diag.Code = "overlay-target"
	CodeNoMatch       diag.Code = "overlay-no-match"
	CodeKeyword       diag.Code = "overlay-keyword"
	CodeUnjudged      diag.Code = "spec-unjudged"
	CodeUnread        diag.Code = "spec-unread"
	CodeServer        diag.Code = "spec-server"
)

// reporter collects the findings of one load.
type reporter struct {
	name string // of the spec; the overlay is called name + " overlay"
	list diag.List
	// what cannot be used and where, so that a place read twice is told of once
	places map[place]bool
	more   int // those beyond maxUnread
}

// place is a finding of one kind at one node, however the node was reached.
type place struct {
	at      *tree
	message string
}

// overlayFile is how diagnostics call the overlay of the named spec.
func overlayFile(name string) string { return name + " overlay" }

func (r *reporter) add(code diag.Code, sev diag.Severity, at *tree, pointer, message, hint string) {
	d := diag.Diagnostic{
		Code: code, Severity: sev, File: r.name, Pointer: pointer, Message: message, Hint: hint,
	}
	if at != nil {
		d.Line, d.Column = int(at.line), int(at.col)
		if at.from == fromOverlay {
			d.File = overlayFile(r.name)
		}
	}
	r.list = append(r.list, d)
}

func (r *reporter) tooLarge(file string, size, limit int) {
	r.list = append(r.list, diag.Diagnostic{
		Code: CodeSize, Severity: diag.Error, File: file,
		Message: fmt.Sprintf("the file has %d bytes, more than the %d allowed", size, limit),
		Hint:    "ask the vendor for a description of only the objects you use",
	})
}

func (r *reporter) unreadable(file string, err error, overlay bool) {
	d := diag.Diagnostic{
		Code: CodeSyntax, Severity: diag.Error, File: file, Message: err.Error(),
		Hint: "the file must be one JSON or YAML document; open it at that line",
	}
	if overlay {
		d.Code = CodeOverlaySyntax
	}
	if e, ok := errors.AsType[*syntaxError](err); ok {
		d.Line, d.Column, d.Message = e.line, e.col, e.cause
		if e.bound {
			d.Code, d.Hint = CodeBound, "a description this shape is a mistake or an attack; it is not read further"
		}
	}
	r.list = append(r.list, d)
}

func (r *reporter) notOpenAPI(at *tree) {
	r.add(CodeNotOpenAPI, diag.Error, at, "", "the file is not an OpenAPI description: it has no member openapi",
		"an OpenAPI file begins with a line such as openapi: 3.0.3")
}

func (r *reporter) version(at *tree, v string) {
	r.add(CodeVersion, diag.Error, at, "/openapi", fmt.Sprintf("OpenAPI %q is not supported", v),
		"convert the file to OpenAPI 3.0 or 3.1")
}

func (r *reporter) externalRef(at *tree, pointer, ref string) {
	r.add(CodeExternalRef, diag.Error, at, pointer, fmt.Sprintf("$ref %.80q points outside the file; it was not fetched", ref),
		"bundle the description into one file first")
}

func (r *reporter) brokenRef(at *tree, pointer, ref string) {
	r.add(CodeBrokenRef, diag.Warning, at, pointer, fmt.Sprintf("$ref %.80q points at nothing", ref),
		"what it stands for is treated as any value")
}

func (r *reporter) duplicateID(at *tree, pointer, id, now string) {
	r.add(CodeDuplicateID, diag.Warning, at, pointer, fmt.Sprintf("operation id %q is used twice; this one is called %q", id, now),
		"give it an operationId of its own in the overlay")
}

func (r *reporter) overlayShape(at *tree, pointer, message, hint string) {
	r.add(CodeOverlaySyntax, diag.Error, at, pointer, message, hint)
}

func (r *reporter) target(at *tree, pointer, target string, err error) {
	r.add(CodeOverlayTarget, diag.Error, at, pointer, fmt.Sprintf("target %.120q: %v", target, err),
		"write a JSONPath such as $.paths['/Invoices'].put")
}

func (r *reporter) noMatch(at *tree, pointer, target string) {
	r.add(CodeNoMatch, diag.Warning, at, pointer, fmt.Sprintf("target %.120q matches nothing in the spec", target),
		"correct the target, or write x-pw-optional: true beside it if some versions of the spec lack it")
}

func (r *reporter) keyword(at *tree, pointer, message, hint string) {
	r.add(CodeKeyword, diag.Error, at, pointer, message, hint)
}

// maxUnread bounds how many places that cannot be used are told of: a large file of an
// odd style has thousands of one kind.
const maxUnread = 50

// unread tells of something that the description says and nothing here understands. What
// it stands for counts as any value, or is left out, as the text says.
func (r *reporter) unread(at *tree, pointer, message string) {
	key := place{at, message}
	if r.places[key] {
		return
	}
	if r.places == nil {
		r.places = map[place]bool{}
	}
	r.places[key] = true
	if len(r.places) > maxUnread {
		r.more++
		return
	}
	r.add(CodeUnread, diag.Warning, at, pointer, message, "plan without it, or say it in an overlay")
}

// close adds what was counted and not told.
func (r *reporter) close() diag.List {
	if r.more > 0 {
		r.add(CodeUnread, diag.Warning, nil, "", fmt.Sprintf("%d more places of the description cannot be used", r.more),
			"the first are listed; the others are alike")
	}
	return r.list
}

func (r *reporter) server(at *tree, pointer, message string) {
	r.add(CodeServer, diag.Warning, at, pointer, message, "give the address of yours: planwright connect "+r.name+" --base https://HOST/PATH")
}

func unjudged(name string, err error) diag.Diagnostic {
	return diag.Diagnostic{
		Code: CodeUnjudged, Severity: diag.Warning, File: name,
		Message: fmt.Sprintf("a strict reader refuses this description: %.300s", err),
		Hint:    "it can be planned against; tell its publisher, or mend the place and add it again",
	}
}
