package eval

import (
	"bytes"
	_ "embed"
	"html/template"
)

//go:embed report.html.tmpl
var page string

// htmlPage is what the template shows.
type htmlPage struct {
	*Evidence
	Verdict   string
	Good      bool
	Headlines []headline
	Failing   []Result
	Sets      []PairResult
}

// HTML renders the evidence as one page that needs nothing else: no script, no other host.
func (e *Evidence) HTML() ([]byte, error) {
	t, err := template.New("report").Funcs(template.FuncMap{
		"joined": joined, "show": oneLine, "states": Result.states, "writes": Result.writes, "lines": PairResult.lines,
	}).Parse(page)
	if err != nil {
		return nil, err // unreachable: the template is fixed and tested
	}
	var out bytes.Buffer
	err = t.Execute(&out, htmlPage{e, e.verdict(), len(e.Failed()) == 0, e.headlines(), e.failing(), e.sets()})
	return out.Bytes(), err
}

// Reports renders the evidence in every form, by file name.
func (e *Evidence) Reports() (map[string][]byte, error) {
	run, err := e.JSON()
	if err != nil {
		return nil, err
	}
	site, err := e.HTML()
	if err != nil {
		return nil, err
	}
	junit, err := e.JUnit()
	if err != nil {
		return nil, err
	}
	return map[string][]byte{"run.json": run, "report.md": e.Markdown(), "report.html": site, "junit.xml": junit}, nil
}
