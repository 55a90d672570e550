package eval

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
)

// Baseline is what passed before: by planner and case, and by set of pairs.
type Baseline struct {
	Version int `json:"baseline"`
	// Passed lists "PLANNER CASE" that passed, Failed those that did not; both are known.
	Passed []string `json:"passed"`
	Failed []string `json:"failed,omitempty"`
}

//go:embed baseline.json
var committed []byte

// Committed is the baseline that came with the program, of the cases that came with it.
func Committed() (Baseline, error) { return ParseBaseline(committed) }

// With returns the baseline with what newer says in place of what it said before.
func (b Baseline) With(newer Baseline) Baseline {
	known := func(name string) bool {
		return slices.Contains(newer.Passed, name) || slices.Contains(newer.Failed, name)
	}
	newer.Passed = append(slices.Clone(newer.Passed), slices.DeleteFunc(slices.Clone(b.Passed), known)...)
	newer.Failed = append(slices.Clone(newer.Failed), slices.DeleteFunc(slices.Clone(b.Failed), known)...)
	slices.Sort(newer.Passed)
	slices.Sort(newer.Failed)
	return newer
}

// Comparison says how evidence stands against a baseline.
type Comparison struct {
	// Flips passed before and do not now; Missing were there before.
	Flips   []string `json:"flips,omitempty"`
	Missing []string `json:"missing,omitempty"`
	// Mended failed before and pass now; New were not there before.
	Mended []string `json:"mended,omitempty"`
	New    []string `json:"new,omitempty"`
	// NewFailures are those of New that fail.
	NewFailures []string `json:"newFailures,omitempty"`
}

// ParseBaseline reads a baseline strictly.
func ParseBaseline(data []byte) (Baseline, error) {
	var b Baseline
	if at, err := strictly(data, &b); err != nil {
		line, column := position(data, at)
		return b, fmt.Errorf("baseline: line %d, column %d: %w", line+1, column, err)
	}
	if b.Version != evidenceVersion {
		return b, fmt.Errorf("baseline: version %d, this program reads %d", b.Version, evidenceVersion)
	}
	return b, nil
}

// Baseline makes a baseline of the evidence.
func (e *Evidence) Baseline() Baseline {
	b := Baseline{Version: evidenceVersion, Passed: []string{}}
	for name, pass := range e.grades() {
		if pass {
			b.Passed = append(b.Passed, name)
		} else {
			b.Failed = append(b.Failed, name)
		}
	}
	slices.Sort(b.Passed)
	slices.Sort(b.Failed)
	return b
}

// grades are pass or not, by planner and case, and by set and record of pairs.
func (e *Evidence) grades() map[string]bool {
	out := e.required()
	for _, p := range e.Pairs {
		for _, rec := range p.Records {
			out["matcher "+p.Set+" "+rec.Left] = rec.Grade == rightGrade
		}
	}
	return out
}

// required are the grades that must be good even where nothing is known of before: the
// matcher may leave a record to a person, a planner must not fail a case.
func (e *Evidence) required() map[string]bool {
	out := map[string]bool{}
	for _, r := range e.Cases {
		out[r.Planner+" "+r.ID] = r.Pass
	}
	for _, p := range e.Pairs {
		out["matcher "+p.Set] = p.Pass
	}
	return out
}

// Compare sets e.Against. When whole is false only some cases were evaluated, and none is
// missing.
func (e *Evidence) Compare(b Baseline, whole bool) {
	now, required := e.grades(), e.required()
	var c Comparison
	for _, name := range b.Passed {
		pass, there := now[name]
		switch {
		case !there && whole:
			c.Missing = append(c.Missing, name)
		case there && !pass:
			c.Flips = append(c.Flips, name)
		}
	}
	for _, name := range b.Failed {
		pass, there := now[name]
		switch {
		case !there && whole:
			c.Missing = append(c.Missing, name)
		case pass:
			c.Mended = append(c.Mended, name)
		}
	}
	for name := range now {
		if !slices.Contains(b.Passed, name) && !slices.Contains(b.Failed, name) {
			c.New = append(c.New, name)
			if pass, must := required[name]; must && !pass {
				c.NewFailures = append(c.NewFailures, name)
			}
		}
	}
	slices.Sort(c.New)
	slices.Sort(c.NewFailures)
	e.Against = &c
}

// Failed lists why an evaluation fails as a whole; nothing means that it is good. Without
// a baseline every case that does not pass counts, with one only what became worse.
func (e *Evidence) Failed() (why []string) {
	if n, of := e.UnsafeWrites(); n > 0 {
		why = append(why, fmt.Sprintf("%d of %d writes were unsafe", n, of))
	}
	if e.Against == nil {
		for name, pass := range e.required() {
			if !pass {
				why = append(why, name+" does not pass")
			}
		}
		slices.Sort(why)
		return why
	}
	for _, name := range e.Against.Flips {
		why = append(why, name+" passed before and does not now")
	}
	for _, name := range e.Against.Missing {
		why = append(why, name+" is missing")
	}
	for _, name := range e.Against.NewFailures {
		why = append(why, name+" is new and does not pass")
	}
	return why
}

// Text writes a baseline as it is committed: one name a line, so that a change shows which.
func (b Baseline) Text() ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	err := enc.Encode(b)
	return out.Bytes(), err
}
