package suggest

import (
	"fmt"
	"strings"

	"github.com/planwright/planwright/specs/openapi"
)

// print writes the file. An action with nothing sure in it is commented out as a whole, so
// that the file can be used as it is.
func print(doc *openapi.Document, actions []action) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `overlay: 1.0.0
info: {title: %s, version: "1"}
# Concluded from the description alone. Read every line: the comment above it says what it was
# concluded from. Lines that are commented out ask something, or could make a write unsafe if
# they were wrong: answer, correct and uncomment them. A write that nothing is said about is made
# once, and repeated by nobody but a person. docs/overlay.md explains each keyword.
actions:
`, text(oneLine(doc.Title)+", corrected"))
	some := false
	for _, a := range actions {
		if len(a.lines) == 0 {
			continue
		}
		sure := false
		for _, l := range a.lines {
			sure = sure || l.sure
		}
		some = some || sure
		a.print(&b, sure)
	}
	if !some {
		b.WriteString("  []\n")
	}
	return []byte(b.String())
}

func (a action) print(b *strings.Builder, sure bool) {
	mark := ""
	if !sure {
		mark = "# "
	}
	fmt.Fprintf(b, "  %s- target: %s\n  %s  update:\n", mark, text(a.target), mark)
	for _, l := range a.lines {
		fmt.Fprintf(b, "  %s    # %s\n", mark, oneLine(l.why))
		own := ""
		if sure && !l.sure {
			own = "# "
		}
		fmt.Fprintf(b, "  %s    %s%s\n", mark, own, l.text)
	}
}

// oneLine keeps text of the description from ending a comment.
func oneLine(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return r < ' ' || r == ' ' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 || r == 0xfeff
	}), " ")
	if r := []rune(s); len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return s
}
