// Package prompts holds every text that is sent to a model, as templates.
//
// A prompt is a typed struct with a Render method; its template stands beside it and gets
// data, never pieces of text joined elsewhere. What vendors and records say arrives as
// [Data] and [Name], which print themselves clean, cut, on one line and quoted, so that no
// template can forget to. A description remains readable, but it stands where the model
// was told that data stands.
//
// The rendered texts are in testdata, kept current by a test: what a model sees is
// reviewed like code. [Digest] names the wording that a recording or a transcript was
// made with. What is put into a prompt, and what its answer counts for, is decided by
// agent/loop and agent/match.
package prompts

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"text/template"
)

//go:embed *.tmpl
var files embed.FS

// Set names the templates that belong to one purpose.
type Set string

// The closed list of sets.
const (
	PlannerSet     Set = "planner"
	AdjudicatorSet Set = "adjudicator"
)

// The templates.
const (
	plannerFile     = "planner.tmpl"
	repairFile      = "repair.tmpl"
	adjudicatorFile = "adjudicator.tmpl"
	recordsFile     = "records.tmpl"
)

// Digest returns the digest of the templates of a set, "sha256:…", and "" for no set. It
// changes with every change of their wording.
func Digest(s Set) string {
	names := map[Set][]string{
		PlannerSet:     {plannerFile, repairFile},
		AdjudicatorSet: {adjudicatorFile, recordsFile},
	}[s]
	if names == nil {
		return ""
	}
	h := sha256.New()
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			panic(err) // unreachable: the files are embedded
		}
		fmt.Fprintf(h, "%s %d\n%s", name, len(text), text)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// parsed is compiled on first use and never changes.
var parsed = sync.OnceValues(func() (*template.Template, error) {
	return template.New("").Option("missingkey=error").ParseFS(files, "*.tmpl")
})

// render fills one template.
func render(name string, data any) string {
	t, err := parsed()
	var b strings.Builder
	if err == nil {
		err = t.ExecuteTemplate(&b, name, data)
	}
	if err != nil {
		panic(err) // unreachable: the data are our own structs, and a test renders every template
	}
	return b.String()
}
