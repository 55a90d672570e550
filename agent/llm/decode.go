package llm

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/internal/diag"
)

// maxDepth bounds how deep an answer nests. Plans nest about a dozen deep.
const maxDepth = 64

// decode reads exactly one JSON value. Numbers stay json.Number; a key that stands twice, a
// number too long to be meant and nesting beyond maxDepth are findings, because other readers
// would each make something else of them.
func decode(text string) (any, diag.List) {
	if len(text) > MaxAnswer {
		return nil, diag.List{answerTooLarge(MaxAnswer)} // unreachable from Ask, which bounds the text
	}
	if err := syntax(text); err != nil {
		return nil, diag.List{*err}
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	r := &reader{d: d}
	v := r.value("", 0)
	if len(r.found) > 0 {
		return nil, r.found
	}
	return v, nil
}

// syntax reports where text stops being one JSON value.
func syntax(text string) *diag.Diagnostic {
	var raw json.RawMessage
	err := json.Unmarshal([]byte(text), &raw)
	if err == nil {
		return nil
	}
	at := len(text)
	var broken *json.SyntaxError
	if errors.As(err, &broken) {
		at = min(int(broken.Offset), len(text))
	}
	var d diag.Diagnostic
	if at >= len(text) && strings.Contains(err.Error(), "unexpected end") {
		d = answerCut(tail(text, len(text)))
	} else {
		d = answerSyntax(at, tail(text, at), err.Error())
	}
	return &d
}

// tail returns the last bytes before a place, for a model to find the place by.
func tail(text string, at int) string { return Brief(strings.ToValidUTF8(text[max(0, at-40):at], "")) }

// reader walks the tokens of a text that is known to be JSON.
type reader struct {
	d     *json.Decoder
	found diag.List
	deep  bool
}

// token returns the next token. It cannot fail: the text was judged before.
func (r *reader) token() json.Token {
	t, err := r.d.Token()
	if err != nil {
		return nil // unreachable: see above
	}
	return t
}

func (r *reader) value(pointer string, depth int) any {
	switch t := r.token().(type) {
	case json.Delim:
		if depth >= maxDepth {
			if !r.deep {
				r.found = append(r.found, answerTooDeep(pointer, maxDepth))
			}
			r.deep = true
			r.skip()
			return nil
		}
		if t == '[' {
			return r.list(pointer, depth)
		}
		return r.object(pointer, depth)
	case json.Number:
		if _, err := decimal.Parse(t.String()); err != nil {
			r.found = append(r.found, answerNumber(pointer))
		}
		return t
	default:
		return t
	}
}

func (r *reader) list(pointer string, depth int) []any {
	out := []any{}
	for r.d.More() {
		out = append(out, r.value(pointer+"/"+strconv.Itoa(len(out)), depth+1))
	}
	r.token()
	return out
}

func (r *reader) object(pointer string, depth int) map[string]any {
	out := map[string]any{}
	for r.d.More() {
		key, _ := r.token().(string) // keys of an object are strings
		at := pointer + "/" + escape(key)
		if _, twice := out[key]; twice {
			r.found = append(r.found, answerTwice(at, key))
		}
		out[key] = r.value(at, depth+1)
	}
	r.token()
	return out
}

// skip reads to the end of a value whose opening was read.
func (r *reader) skip() {
	for open := 1; open > 0; {
		t, err := r.d.Token()
		switch {
		case err != nil:
			return // unreachable: what was judged closes
		case t == json.Delim('{'), t == json.Delim('['):
			open++
		case t == json.Delim('}'), t == json.Delim(']'):
			open--
		}
	}
}

// escape writes a key as part of a JSON pointer, cut where nobody reads on.
func escape(key string) string {
	if len(key) > 100 {
		key = strings.ToValidUTF8(key[:100], "") + "…"
	}
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
}
