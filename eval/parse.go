package eval

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/runtime/expr"
)

// Bounds on what is read of a suite; far above any that people write.
const (
	maxSuite = 64 << 20 // bytes of one file
	maxCases = 100_000
)

// referenceNames are the names of [plans.Automations].
var referenceNames = []string{"account-to-contact", "closed-won-to-invoice", "invoice-to-opportunity", "overdue-task"}

// variables are the names that assertions may use.
var variables = []string{"salesforce", "xero", "added", "plan", "runs", "calls"}

// ParseLines reads cases from JSON lines, one a line. Every finding names its line.
func ParseLines(file string, data []byte) ([]Case, diag.List) {
	r := &caseReader{file: file, ids: map[string]int{}}
	if len(data) > maxSuite {
		return nil, diag.List{errSyntax(file, 1, 1, fmt.Sprintf("%d bytes, at most %d are read", len(data), maxSuite))}
	}
	var out []Case
	n := 0
	for line := range bytes.Lines(data) {
		n++
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if len(out) == maxCases {
			r.found = append(r.found, errInvalid(file, n, 1, fmt.Sprintf("more than %d cases", maxCases)))
			break
		}
		var c Case
		if r.decode(line, n, &c) && r.whole(&c, n) {
			out = append(out, c)
		}
	}
	if n == 0 || len(out) == 0 && len(r.found) == 0 {
		r.found = append(r.found, errInvalid(file, 1, 1, "it holds no case"))
	}
	return out, r.found.Sorted()
}

// ParseArchive reads one case from an archive of named sections, each begun by a line
// "-- NAME --": case.json, and when there are any world.json (the scene's world), plan.yaml
// (run instead of a draft) and change.json (what must change). Text before the first
// section says what the case is there to find out. The id is the one given.
func ParseArchive(file, id string, data []byte) (Case, diag.List) {
	r := &caseReader{file: file, ids: map[string]int{}}
	title, sections := split(data)
	c := Case{ID: id, Why: strings.Join(strings.Fields(title), " ")}
	seen := map[string]section{}
	for _, s := range sections {
		switch s.name {
		case "case.json", "world.json", "plan.yaml", "change.json":
		default:
			r.found = append(r.found, errInvalid(file, s.line-1, 1, fmt.Sprintf("section %q is none of case.json, world.json, plan.yaml, change.json", s.name)))
		}
		if _, twice := seen[s.name]; twice {
			r.found = append(r.found, errInvalid(file, s.line-1, 1, fmt.Sprintf("section %s is there twice", s.name)))
		}
		seen[s.name] = s
	}
	body, ok := seen["case.json"]
	if !ok {
		r.found = append(r.found, errInvalid(file, 1, 1, "it has no section -- case.json --"))
		return c, r.found.Sorted()
	}
	good := r.decode(body.data, body.line, &c)
	c.ID = id
	if s, ok := seen["world.json"]; ok {
		w, err := world.Decode(s.data)
		if err != nil {
			r.found = append(r.found, errInvalid(file, s.line, 1, err.Error()))
		}
		c.Scene.World.World = &w
	}
	c.Plan = seen["plan.yaml"].data
	if s, ok := seen["change.json"]; ok {
		c.Change = s.data
	}
	if good {
		r.whole(&c, body.line)
	}
	return c, r.found.Sorted()
}

type section struct {
	name string
	line int // of its first line of text, from 1
	data []byte
}

// split cuts an archive into the text before its first section, and its sections.
func split(data []byte) (title string, out []section) {
	n := 0
	for line := range bytes.Lines(data) {
		n++
		text := strings.TrimRight(string(line), "\r\n")
		if name, ok := strings.CutPrefix(text, "-- "); ok && strings.HasSuffix(name, " --") {
			out = append(out, section{name: strings.TrimSpace(strings.TrimSuffix(name, "--")), line: n + 1})
			continue
		}
		if len(out) == 0 {
			title += string(line)
			continue
		}
		out[len(out)-1].data = append(out[len(out)-1].data, line...)
	}
	return title, out
}

// caseReader collects the findings of one file.
type caseReader struct {
	file  string
	found diag.List
	ids   map[string]int // line of each id
}

// decode reads one JSON value strictly; line is where it begins in the file.
func (r *caseReader) decode(data []byte, line int, into any) bool {
	at, err := strictly(data, into)
	if err == nil {
		return true
	}
	l, col := position(data, at)
	d := errSyntax(r.file, line+l, col, err.Error())
	var unknown unknownMember
	if errors.As(err, &unknown) {
		d = errUnknown(r.file, line+l, col, string(unknown))
	}
	r.found = append(r.found, d)
	return false
}

// whole judges what the members of a case must be together.
func (r *caseReader) whole(c *Case, line int) bool {
	bad := func(format string, args ...any) bool {
		r.found = append(r.found, errInvalid(r.file, line, 1, fmt.Sprintf(format, args...)))
		return false
	}
	if c.ID == "" {
		return bad("the case has no id")
	}
	if first, twice := r.ids[c.ID]; twice {
		return bad("id %q is also on line %d", c.ID, first)
	}
	r.ids[c.ID] = line
	if c.Reference == "" && c.Given || c.Reference != "" && !slices.Contains(referenceNames, c.Reference) {
		return bad("case %s: there is no reference plan %q", c.ID, c.Reference)
	}
	if len(c.Outcome) == 0 && !c.Brings() {
		return bad("case %s has no outcome: plan, question or refusal", c.ID)
	}
	if c.Scene.Name != "" {
		scene, ok := Scenes()[c.Scene.Name]
		if !ok {
			return bad("case %s: there is no scene %q", c.ID, c.Scene.Name)
		}
		c.Scene.Scene = scene
	}
	if err := c.Scene.check(); err != nil {
		return bad("case %s: %v", c.ID, err)
	}
	for _, src := range append(append([]string{}, c.Assert...), c.Scene.Assert...) {
		if _, err := expr.CompileAssertion(src, variables...); err != nil {
			return bad("case %s: %s: %v", c.ID, src, err)
		}
	}
	return true
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *SceneRef) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, &s.Name)
	}
	_, err := strictly(data, &s.Scene)
	return err
}

// UnmarshalJSON implements json.Unmarshaler.
func (w *WorldRef) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		var name string
		if err := json.Unmarshal(data, &name); err != nil {
			return err
		}
		if name == "demo" {
			return nil
		}
		if n, err := fmt.Sscanf(name, "demo:%d", &w.Seed); n != 1 || err != nil {
			return fmt.Errorf(`world %q is neither "demo", "demo:SEED" nor records`, name)
		}
		return nil
	}
	v, err := world.Decode(data)
	w.World = &v
	return err
}

// MarshalJSON implements json.Marshaler.
func (w WorldRef) MarshalJSON() ([]byte, error) {
	if w.World != nil {
		return w.World.Encode()
	}
	return json.Marshal(fmt.Sprintf("demo:%d", w.Seed))
}

// unknownMember is the name of a member that is not known.
type unknownMember string

func (u unknownMember) Error() string { return fmt.Sprintf("unknown member %q", string(u)) }

// strictly decodes exactly one JSON value, without unknown or repeated members, and with
// numbers as they are written. With an error it returns where it is.
func strictly(data []byte, into any) (at int, err error) {
	if !utf8.Valid(data) {
		return 0, errors.New("it is not UTF-8")
	}
	if at, err := repeated(data); err != nil {
		return at, err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	dec.UseNumber()
	err = dec.Decode(into)
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return 0, nil
	case errors.As(err, &kind):
		return int(kind.Offset), fmt.Errorf("member %q cannot be a %s", kind.Field, kind.Value)
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		name = strings.Trim(name, `"`)
		return max(bytes.Index(data, []byte(`"`+name+`"`)), 0), unknownMember(name)
	}
	var unknown unknownMember
	if errors.As(err, &unknown) {
		return max(bytes.Index(data, []byte(`"`+string(unknown)+`"`)), 0), unknown
	}
	return int(dec.InputOffset()), err
}

// repeated walks one JSON text and reports what is not JSON, members that are there
// twice, and text after the value.
func repeated(data []byte) (at int, err error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	type level struct {
		object bool
		key    bool // the next token is a key
		seen   map[string]bool
	}
	var open []level
	for {
		t, err := dec.Token()
		switch {
		case errors.Is(err, io.EOF) && len(open) > 0, errors.Is(err, io.EOF) && dec.InputOffset() == 0:
			return len(data), errors.New("it ends too early")
		case err != nil:
			return int(dec.InputOffset()), errors.New(strings.TrimPrefix(err.Error(), "json: "))
		}
		top := len(open) - 1
		if key, ok := t.(string); ok && top >= 0 && open[top].object && open[top].key {
			if open[top].seen[key] {
				return int(dec.InputOffset()), fmt.Errorf("member %q is there twice", key)
			}
			open[top].seen[key], open[top].key = true, false
			continue
		}
		switch t {
		case json.Delim('{'):
			open = append(open, level{object: true, key: true, seen: map[string]bool{}})
			continue
		case json.Delim('['):
			open = append(open, level{})
			continue
		case json.Delim('}'), json.Delim(']'):
			open = open[:top]
		}
		if len(open) == 0 {
			if rest := bytes.TrimSpace(data[dec.InputOffset():]); len(rest) > 0 {
				return int(dec.InputOffset()), errors.New("there is text after the value")
			}
			return 0, nil
		}
		open[len(open)-1].key = true
	}
}

// position turns an offset into lines passed and the column, from 1.
func position(data []byte, at int) (lines, column int) {
	before := data[:min(max(at, 0), len(data))]
	return bytes.Count(before, []byte("\n")), 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
}
