package drawing

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxRunes bounds one text of a plan; maxMarks the marks on one letter.
const (
	maxRunes = 600
	maxMarks = 3
)

// clean makes a text of unknown origin fit to show: on one line, bounded, without bytes
// that XML cannot hold, and with invisible characters made visible.
func clean(s string) string {
	var b strings.Builder
	runes, marks, blank := 0, 0, true
	for _, r := range s {
		if runes++; runes > maxRunes {
			b.WriteString("…")
			break
		}
		if unicode.In(r, unicode.Mn, unicode.Me) {
			if marks++; marks > maxMarks {
				continue
			}
		} else {
			marks = 0
		}
		if unicode.IsSpace(r) {
			if !blank {
				b.WriteByte(' ')
			}
			blank = true
			continue
		}
		blank = false
		b.WriteString(shown(r))
	}
	return strings.TrimRight(b.String(), " ")
}

// shown is a character as it may be printed. Format characters turn text round, join or
// hide it; private and unassigned ones look like anything.
func shown(r rune) string {
	switch {
	case r == utf8.RuneError || unicode.IsControl(r) || r >= 0xFFFE && r <= 0xFFFF:
		return "\uFFFD"
	case unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r) || hidden(r):
		return fmt.Sprintf("⟨U+%04X⟩", r)
	}
	return string(r)
}

// hidden are characters with a width and nothing to see, or that swallow the next one.
func hidden(r rune) bool {
	switch r {
	case 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0:
		return true
	}
	return unicode.Is(unicode.Variation_Selector, r)
}

// wide are the blocks whose letters take about a full em: East Asian ones and pictures.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x1100, Hi: 0x115F, Stride: 1},
		{Lo: 0x2E80, Hi: 0xA4CF, Stride: 1},
		{Lo: 0xAC00, Hi: 0xD7A3, Stride: 1},
		{Lo: 0xF900, Hi: 0xFAFF, Stride: 1},
		{Lo: 0xFE30, Hi: 0xFE6F, Stride: 1},
		{Lo: 0xFF00, Hi: 0xFF60, Stride: 1},
		{Lo: 0xFFE0, Hi: 0xFFE6, Stride: 1},
	},
	R32: []unicode.Range32{{Lo: 0x16FE0, Hi: 0x18DFF, Stride: 1}, {Lo: 0x1B000, Hi: 0x1B2FF, Stride: 1}, {Lo: 0x1F000, Hi: 0x1FBFF, Stride: 1}, {Lo: 0x20000, Hi: 0x3FFFD, Stride: 1}},
}

// em estimates how wide a character is, in hundredths of the font's size. It is meant to
// be a little too much for the fonts in use: a gap is better than a line cut off.
func em(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case unicode.Is(wide, r):
		return 105
	case strings.ContainsRune(" .,:;'’|!iljItf()[]{}", r):
		return 40
	case strings.ContainsRune("mwMW@%—…", r):
		return 98
	case unicode.IsUpper(r):
		return 73
	case r > 0x2000:
		return 90
	}
	return 62
}

// measure estimates the width of a text at a font size, in pixels.
func measure(s string, size int) int {
	sum := 0
	for _, r := range s {
		sum += em(r)
	}
	return (sum*size + 99) / 100
}

// wrap cuts a text into at most limit lines of a width, at blanks where it can, and ends
// it with an ellipsis when there is more.
func wrap(s string, size, width, limit int) []string {
	var lines []string
	rest := clean(s)
	for rest != "" {
		line, after := cut(rest, size, width)
		if len(lines) == limit-1 && after != "" {
			line, _ = cut(rest, size, width-measure("…", size))
			return append(lines, line+"…")
		}
		lines, rest = append(lines, line), after
	}
	return lines
}

// cut takes the first line from a text: as many words as fit, or as much of a word that
// is too long, but always something.
func cut(s string, size, width int) (line, rest string) {
	sum, blank := 0, 0
	for i, r := range s {
		sum += em(r) * size
		if r == ' ' {
			blank = i
		}
		if sum <= width*100 || i == 0 {
			continue
		}
		if blank == 0 {
			return s[:i], s[i:]
		}
		return s[:blank], strings.TrimLeft(s[blank:], " ")
	}
	return s, ""
}
