package web

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/chromedp/chromedp/kb"
)

//go:embed testdata/audit.js
var auditScript string

// audit judges the page as people meet it who do not see it, or cannot use a mouse, in
// both schemes. It fails the test for everything it finds.
func (x *window) audit() {
	x.t.Helper()
	for _, f := range x.findings() {
		x.t.Errorf("%s: %s", x.at(), f)
	}
}

// findings lists what audit reports, each once.
func (x *window) findings() []string {
	x.t.Helper()
	var found []string
	for _, s := range []scheme{light, dark} {
		x.scheme(s)
		// As high as the page: only what is in the window can be asked what is behind it.
		x.size(1280, max(900, ask[int64](x, "document.documentElement.scrollHeight")))
		for _, f := range ask[[]string](x, auditScript) {
			if !slices.Contains(found, f) {
				found = append(found, f)
			}
		}
	}
	x.size(1280, 900)
	found = append(found, x.tabbing()...)
	x.size(360, 800)
	if over := ask[int](x, "document.documentElement.scrollWidth - innerWidth"); over > 0 {
		found = append(found, fmt.Sprintf("on a narrow screen the page is %d pixels too wide", over))
	}
	x.size(1280, 900)
	return found
}

// focused is where the Tab key led.
type focused struct {
	No      int // of the element on the page; -1 when the focus left the page
	Name    string
	Visible bool // the focus can be seen
	Covered bool // something lies over the element
}

// tabbing goes through the page with the Tab key: everything must be reached, and where the
// focus is must be seen.
func (x *window) tabbing() (found []string) {
	x.t.Helper()
	ask[bool](x, `window.scrollTo(0, 0), window.pwFocus(true), true`)
	reached := map[int]bool{}
	for range 400 {
		x.press(kb.Tab)
		f := ask[focused](x, "window.pwFocus()")
		if f.No < 0 || reached[f.No] {
			break
		}
		reached[f.No] = true
		if !f.Visible {
			found = append(found, "the focus cannot be seen on "+f.Name)
		}
		if f.Covered {
			found = append(found, "something lies over the focused "+f.Name)
		}
	}
	for no, name := range ask[[]string](x, "window.pwFocusable()") {
		if name != "" && !reached[no] && !strings.HasPrefix(name, "radio ") { // the arrow keys go through radio buttons
			found = append(found, "the Tab key does not reach "+name)
		}
	}
	return found
}
