package llm

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Means is how a model is made to keep to a schema.
type Means string

// The closed list of means, the strongest first.
const (
	ByStrictSchema Means = "strict-schema" // the provider decodes along the schema
	ByTool         Means = "tool"          // one tool whose parameters are the schema, which must be called
	ByJSONMode     Means = "json-mode"     // the provider promises JSON, not which
	ByText         Means = "text"          // the model is asked nicely
)

// ToolName is what the one forced tool is called.
const ToolName = "submit"

// Means returns the strongest means there is.
func (c Caps) Means() Means {
	switch {
	case c.StrictSchema:
		return ByStrictSchema
	case c.ForcedTool:
		return ByTool
	case c.JSONMode:
		return ByJSONMode
	}
	return ByText
}

// SystemFor returns the system text to send when the schema is enforced by these means:
// the weaker they are, the more the text has to say. A request without a schema gets its
// own text back.
func (r Request) SystemFor(by Means) string {
	if r.Schema == nil {
		return r.System
	}
	var how string
	switch by {
	case ByStrictSchema:
		return r.System
	case ByTool:
		how = "Answer by calling the tool " + ToolName + " once. Write nothing else."
	case ByJSONMode:
		how = "Answer with one JSON object that fits the JSON Schema below. Write nothing before or after it.\n\n" + r.Schema.text()
	case ByText:
		how = "Answer with one fenced block that begins with ```json and ends with ```, and holds one JSON object that fits the JSON Schema below. Write nothing before or after the block.\n\n" + r.Schema.text()
	}
	return strings.TrimLeft(r.System+"\n\n"+how, "\n")
}

// text is the schema without needless white space: it is paid for by the token.
func (s Schema) text() string {
	var b bytes.Buffer
	if json.Compact(&b, s.JSON) != nil {
		return string(s.JSON) // a schema that is no JSON is refused by Ask before it gets here
	}
	return b.String()
}

// Brief makes foreign text fit for a message: one line, printable, at most 300 bytes.
func Brief(text string) string {
	text = strings.Map(func(c rune) rune {
		switch {
		case c == utf8.RuneError:
			return -1
		case unicode.IsSpace(c):
			return ' '
		case !unicode.IsPrint(c):
			return -1
		}
		return c
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if len(text) <= 300 {
		return text
	}
	cut := 297
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

func isBlank(text string) bool { return strings.TrimSpace(text) == "" }
