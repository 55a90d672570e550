package diff

import (
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Two expressions are the same when their words are: names, numbers, signs and quoted
// texts, without the spaces between them. Names that the plans give themselves may differ.

// words splits an expression; nil when its spelling leaves a doubt, such as a comment.
func words(text string) (out []string) {
	if strings.Contains(text, "//") || strings.Contains(text, `"""`) || strings.Contains(text, "'''") {
		return nil
	}
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		end := i + size
		switch {
		case unicode.IsSpace(r):
			i = end
			continue
		case r == '"' || r == '\'':
			raw := len(out) > 0 && i > 0 && strings.ContainsAny(out[len(out)-1], "rR") && wordEnds(text, i)
			end = quoteEnd(text, i, raw)
			if end < 0 {
				return nil
			}
		case letter(r):
			for end < len(text) && letter(rune(text[end])) {
				end++
			}
		}
		out = append(out, text[i:end])
		i = end
	}
	return out
}

// parts splits a condition into what must hold together, each as its words; one part for a
// condition that is not of that form, nil when its spelling leaves a doubt.
func parts(text string) (out [][]string) {
	list := words(text)
	depth, from := 0, 0
	for i, w := range list {
		switch {
		case strings.Contains("([{", w):
			depth++
		case strings.Contains(")]}", w):
			depth--
		case depth > 0:
		case w == "|" || w == "?" && list[i-min(i, 1)] != ".":
			return [][]string{list}
		case w == "&" && i > from && i+1 < len(list) && list[i+1] == "&":
			out = append(out, list[from:i])
			from = i + 2
		}
	}
	if len(list) == 0 || depth != 0 || from >= len(list) {
		return nil
	}
	return append(out, list[from:])
}

// spell joins words for a person.
func spell(list []string) string {
	var b strings.Builder
	for i, w := range list {
		if i > 0 && spaced(list[i-1], w) {
			b.WriteByte(' ')
		}
		b.WriteString(w)
	}
	return b.String()
}

// spaced reports whether a space helps between two words: around comparisons, after commas,
// and where two names would run together.
func spaced(left, right string) bool {
	const signs = "=!<>&|+-*/%"
	l, r := strings.Contains(signs, left), strings.Contains(signs, right)
	switch {
	case l && r, left == "!" || left == "-":
		return false
	case left == ",":
		return true
	}
	return l || r || plainWord(left) && plainWord(right)
}

func plainWord(w string) bool { return letter(rune(w[0])) || w[0] == '"' || w[0] == '\'' }

// wordEnds reports whether a name stands right before the place: the r of a raw text.
func wordEnds(text string, i int) bool { return letter(rune(text[i-1])) }

func letter(r rune) bool {
	return r == '_' || r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// quoteEnd returns where the quoted text that begins at i ends; -1 if it does not.
func quoteEnd(text string, i int, raw bool) int {
	for j := i + 1; j < len(text); j++ {
		switch {
		case text[j] == '\\' && !raw:
			j++
		case text[j] == text[i]:
			return j + 1
		}
	}
	return -1
}

// name reports whether word i is a name of the plan's own: not a field of something.
func name(words []string, i int) bool {
	r, _ := utf8.DecodeRuneInString(words[i])
	if !letter(r) || unicode.IsDigit(r) {
		return false
	}
	if i > 0 && words[i-1] == "." || i > 1 && words[i-1] == "?" && words[i-2] == "." {
		return false
	}
	return true
}

// inOldNames gives the words of a new expression the names of the old plan. It leaves them
// alone when that could give one name to two things.
func inOldNames(list []string, called map[string]string) []string {
	given := map[string]bool{}
	for _, old := range called {
		given[old] = true
	}
	out := make([]string, len(list))
	for i, w := range list {
		out[i] = w
		if !name(list, i) {
			continue
		}
		switch old, ok := called[w]; {
		case ok:
			out[i] = old
		case given[w]:
			return list
		}
	}
	return out
}

// same reports whether a value of the old plan and one of the new say the same.
func (c *comparison) same(a, b any) bool {
	if reflect.DeepEqual(a, b) {
		if text, ok := expression(b); !ok || !c.renames(text) {
			return true
		}
	}
	before, okA := expression(a)
	after, okB := expression(b)
	if !okA || !okB {
		return false
	}
	x, y := words(before), words(after)
	if x == nil || y == nil || strings.Join(x, "\x00") != strings.Join(inOldNames(y, c.called), "\x00") {
		return false
	}
	if !c.renames(after) {
		c.respelt++
	}
	return true
}

// renames reports whether the expression holds a name that means something else in the
// other plan: the same text is then another value.
func (c *comparison) renames(text string) bool {
	list := words(text)
	for i, w := range list {
		if _, ok := c.called[w]; ok && name(list, i) {
			return true
		}
	}
	return false
}

// asks reports whether the expression calls the mapping of that name.
func asks(text, mapping string) bool {
	list := words(text)
	for i, w := range list {
		if w == mapping && name(list, i) && i+1 < len(list) && list[i+1] == "(" {
			return true
		}
	}
	return false
}
