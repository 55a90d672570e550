package llm

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/planwright/planwright/internal/diag"
)

// maxStarts bounds how many opening braces are tried in prose. Each may cost a walk to the
// end of the text, so without a bound a text of braces alone would take hours.
const maxStarts = 64

// extract finds the one JSON value in a model's text: the text itself, the one fenced block
// that holds JSON, or the one JSON object in prose, in this order. It does not mend
// anything: what it returns are bytes of the text.
func extract(text string) (string, diag.List) {
	if !utf8.ValidString(text) {
		return "", diag.List{answerNotText()}
	}
	text = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), "\ufeff"))
	text = afterThinking(text)
	if text == "" {
		return "", diag.List{answerEmpty()}
	}
	if json.Valid([]byte(text)) {
		return text, nil
	}
	blocks := fenced(text)
	switch {
	case len(blocks) == 1:
		return blocks[0], nil
	case len(blocks) > 1:
		return "", diag.List{answerMany(len(blocks))}
	}
	return object(text)
}

// afterThinking drops the leading block in which reasoning models of open weights think
// aloud: the braces in it are not the answer's.
func afterThinking(text string) string {
	for _, tag := range []string{"think", "thinking"} {
		rest, ok := strings.CutPrefix(text, "<"+tag+">")
		if !ok {
			continue
		}
		if _, after, ok := strings.Cut(rest, "</"+tag+">"); ok {
			return strings.TrimSpace(after)
		}
	}
	return text
}

// fenced returns the contents of the fenced blocks that begin like JSON. A fence stands at
// the beginning of a line, where JSON text can have none; a block that is not closed ends
// with the text.
func fenced(text string) (blocks []string) {
	var block []string
	inside := false
	end := func() {
		if body := strings.TrimSpace(strings.Join(block, "\n")); strings.HasPrefix(body, "{") || strings.HasPrefix(body, "[") {
			blocks = append(blocks, body)
		}
		block, inside = nil, false
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		isFence := strings.HasPrefix(strings.TrimLeft(line, " \t"), "```")
		switch {
		case isFence && inside:
			end()
		case isFence:
			inside = true
		case inside:
			block = append(block, line)
		}
	}
	if inside {
		end()
	}
	return blocks
}

// object returns the one JSON object in prose. When there is none, what looks most like one
// is returned for decode to say where it breaks. An object that is not closed is never
// looked into: a whole object inside half an answer is not the answer.
func object(text string) (string, diag.List) {
	var valid []string
	var nearly string
	at := 0
	for range maxStarts {
		start := strings.IndexByte(text[at:], '{')
		if start < 0 {
			break
		}
		start += at
		length, whole := balanced(text[start:])
		span := text[start : start+length]
		at = start + length
		switch {
		case whole && json.Valid([]byte(span)):
			valid = append(valid, span)
		case looksLikeObject(span) && len(span) > len(nearly):
			nearly = span
		case !whole:
			at = start + 1 // a brace of the prose: go on behind it
		}
	}
	switch {
	case len(valid) == 1 && nearly == "":
		return valid[0], nil
	case len(valid) > 0:
		return "", diag.List{answerMany(len(valid) + min(len(nearly), 1))}
	case nearly != "":
		return nearly, nil
	}
	return "", diag.List{answerNoJSON()}
}

// balanced returns the length of the text up to the brace that closes the first one, or
// the whole length when none does. Braces inside strings do not count.
func balanced(text string) (length int, whole bool) {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{':
			depth++
		case c == '}':
			depth--
			if depth == 0 {
				return i + 1, true
			}
		}
	}
	return len(text), false
}

func looksLikeObject(text string) bool {
	rest := strings.TrimLeft(text[1:], " \t\r\n")
	return strings.HasPrefix(rest, `"`) || strings.HasPrefix(rest, "}")
}
