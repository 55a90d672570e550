package web

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	logs "github.com/chromedp/cdproto/log"
	cdpage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// patience bounds one deed in the browser. A busy machine takes seconds to start a tab.
const patience = 30 * time.Second

// findBrowser returns the Chromium to test with, "" when there is none.
func findBrowser() string {
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if file, err := exec.LookPath(name); name != "" && err == nil {
			return file
		}
	}
	return ""
}

// browser is one running Chromium; every test has tabs of its own in it.
type browser struct{ ctx context.Context }

// startBrowser starts Chromium for the length of the test, or skips the test and says so.
func startBrowser(t *testing.T) *browser {
	t.Helper()
	file := findBrowser()
	if file == "" {
		t.Skip("BROWSER TESTS SKIPPED: there is no chromium in PATH; make browser installs it, or set CHROMIUM")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(file), chromedp.WindowSize(1280, 900),
		chromedp.WSURLReadTimeout(2*patience), chromedp.Flag("lang", "en-GB"))
	if os.Getuid() == 0 {
		opts = append(opts, chromedp.NoSandbox) // Chromium refuses to run as root with it
	}
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(stop)
	ctx, end := chromedp.NewContext(alloc)
	t.Cleanup(end)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("%s does not start: %v", file, err)
	}
	return &browser{ctx}
}

// window is one tab of the browser and what went wrong in it: exceptions, errors on the console, files the
// content policy refused, dialogs. Any of them fails the test when the tab closes.
type window struct {
	t    *testing.T
	ctx  context.Context
	base string // of addresses

	mu    sync.Mutex
	wrong []string
}

// person opens a tab of somebody new: with cookies of its own.
func (b *browser) person(t *testing.T, base string) *window {
	t.Helper()
	return openTab(t, b.ctx, base, chromedp.WithNewBrowserContext())
}

// another opens a second tab of the same person.
func (x *window) another() *window {
	x.t.Helper()
	return openTab(x.t, x.ctx, x.base)
}

func openTab(t *testing.T, parent context.Context, base string, opts ...chromedp.ContextOption) *window {
	t.Helper()
	x := &window{t: t, base: base}
	ctx, end := chromedp.NewContext(parent, append(opts, chromedp.WithListener(x.hear))...)
	x.ctx = ctx
	if err := chromedp.Do(ctx); err != nil {
		end()
		t.Fatalf("open a tab: %v", err)
	}
	t.Cleanup(func() {
		end()
		for _, w := range x.complaints() {
			t.Errorf("in the browser: %s", w)
		}
	})
	return x
}

// hear notes what must not happen on a page of ours.
func (x *window) hear(ev any) {
	switch ev := ev.(type) {
	case *runtime.EventExceptionThrown:
		x.complain("exception: %s", ev.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if ev.Type == runtime.ConsoleAPICalledTypeError || ev.Type == runtime.ConsoleAPICalledTypeWarning || ev.Type == runtime.ConsoleAPICalledTypeAssert {
			x.complain("console.%s: %s", ev.Type, said(ev.Args))
		}
	case *logs.EventEntryAdded:
		// A page that answers 404 or 409 is logged as well; that is for the test to judge.
		answer := ev.Entry.Source == logs.EntrySourceNetwork && !strings.Contains(ev.Entry.URL, "/static/")
		if !answer && (ev.Entry.Level == logs.EntryLevelError || ev.Entry.Level == logs.EntryLevelWarning) {
			x.complain("%s: %s (%s)", ev.Entry.Source, ev.Entry.Text, ev.Entry.URL)
		}
	case *cdpage.EventJavascriptDialogOpening:
		x.complain("a dialog: %s", ev.Message)
		go func() { // commands must not be sent from here
			_, _ = chromedp.Call(x.ctx, cdpage.HandleJavaScriptDialog, cdpage.HandleJavaScriptDialogParams{})
		}()
	}
}

func said(args []*runtime.RemoteObject) string {
	var out []string
	for _, a := range args {
		out = append(out, cmp.Or(a.Description, string(a.Value)))
	}
	return strings.Join(out, " ")
}

func (x *window) complain(format string, args ...any) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.wrong = append(x.wrong, fmt.Sprintf(format, args...))
}

// complaints returns what went wrong so far, and forgets it.
func (x *window) complaints() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	out := x.wrong
	x.wrong = nil
	return out
}

// soon is the context of one deed.
func (x *window) soon() (context.Context, context.CancelFunc) {
	return context.WithTimeout(x.ctx, patience)
}

// do does something in the tab within reasonable time.
func (x *window) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	x.t.Helper()
	ctx, cancel := x.soon()
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		x.t.Fatalf("%s: %v\nat %s, which says:\n%.900s", what, err, x.at(), strings.Join(strings.Fields(x.text()), " "))
	}
}

// ask evaluates an expression of ours in the page.
func ask[T any](x *window, script string) T {
	x.t.Helper()
	ctx, cancel := x.soon()
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](script))
	if err != nil {
		x.t.Fatalf("evaluate %.80s: %v", script, err)
	}
	return v
}

// open goes to a page of ours, or to a full address.
func (x *window) open(path string) {
	x.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = x.base + path
	}
	x.do("open "+path, chromedp.Navigate(path))
}

// click clicks the first element of a CSS selector once it can be seen.
func (x *window) click(selector string) {
	x.t.Helper()
	x.do("click "+selector, chromedp.WaitVisible(chromedp.CSS(selector)), chromedp.Click(chromedp.CSS(selector)))
}

// leave clicks what leads to another page and waits until that is there.
func (x *window) leave(selector string) {
	x.t.Helper()
	ctx, cancel := x.soon()
	defer cancel()
	_, err := chromedp.RunResponse(ctx, chromedp.WaitVisible(chromedp.CSS(selector)), chromedp.Click(chromedp.CSS(selector)))
	if err != nil {
		x.t.Fatalf("leave by %s: %v\nat %s, which says:\n%.900s", selector, err, x.at(), strings.Join(strings.Fields(x.text()), " "))
	}
}

// fill types into a field as a person would.
func (x *window) fill(selector, text string) {
	x.t.Helper()
	x.click(selector)
	ask[bool](x, fmt.Sprintf("document.querySelector(%s).select(), true", quote(selector)))
	x.press(kb.Delete)
	x.press(text)
}

// press sends keys to whatever has the focus.
func (x *window) press(keys string) {
	x.t.Helper()
	var steps []chromedp.Action[chromedp.Void]
	for _, r := range keys {
		if !unicode.IsPrint(r) {
			steps = append(steps, chromedp.KeyEvent(string(r)))
			continue
		}
		// As one event, so that a page that takes the key keeps it from being typed.
		for _, typ := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
			p := input.DispatchKeyEventParams{Type: typ, Key: string(r)}
			if typ == input.DispatchKeyEventTypeKeyDown {
				p.Text = string(r)
			}
			steps = append(steps, devtool(input.DispatchKeyEvent, p))
		}
	}
	x.do("press "+keys, steps...)
}

// pressThrough presses a key that leads to another page, and waits for that.
func (x *window) pressThrough(keys string) {
	x.t.Helper()
	ctx, cancel := x.soon()
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, chromedp.KeyEvent(keys)); err != nil {
		x.t.Fatalf("press %q: %v\nat %s, which says:\n%.900s", keys, err, x.at(), strings.Join(strings.Fields(x.text()), " "))
	}
}

// tabTo presses Tab until the focus is on an element of the selector.
func (x *window) tabTo(selector string) {
	x.t.Helper()
	for range 300 {
		x.press(kb.Tab)
		if ask[bool](x, fmt.Sprintf("document.activeElement.matches(%s)", quote(selector))) {
			return
		}
	}
	x.t.Fatalf("the Tab key does not reach %s at %s", selector, x.at())
}

// sees waits until an element of the selector is visible.
func (x *window) sees(selector string) {
	x.t.Helper()
	x.do("see "+selector, chromedp.WaitVisible(chromedp.CSS(selector)))
}

// text returns what a person reads on the page, "" when it cannot be asked.
func (x *window) text() string {
	ctx, cancel := x.soon()
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.body ? document.body.innerText : ''"))
	if err != nil {
		return ""
	}
	return text
}

// says confirms that all the words stand on the page.
func (x *window) says(words ...string) {
	x.t.Helper()
	text := strings.ToLower(strings.Join(strings.Fields(x.text()), " "))
	for _, w := range words {
		if !strings.Contains(text, strings.ToLower(w)) {
			x.t.Errorf("%s does not say %q but: %.1500s", x.at(), w, text)
		}
	}
}

// at returns the tab's path.
func (x *window) at() string {
	ctx, cancel := x.soon()
	defer cancel()
	to, err := chromedp.Run(ctx, chromedp.Location())
	if err != nil {
		return "?"
	}
	return strings.TrimPrefix(to, x.base)
}

// scheme is a colour scheme a person's system asks for.
type scheme string

const (
	light scheme = "light"
	dark  scheme = "dark"
)

func (x *window) scheme(s scheme) {
	x.t.Helper()
	x.do("the "+string(s)+" scheme", devtool(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: string(s)}, {Name: "prefers-reduced-motion", Value: "reduce"}},
	}))
}

// withoutScript switches the page's scripts off.
func (x *window) withoutScript() {
	x.t.Helper()
	x.do("switch scripts off", devtool(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
}

// size sets how large the window is.
func (x *window) size(width, height int64) {
	x.t.Helper()
	x.do("size", chromedp.EmulateViewport(width, height))
}

func devtool[P any](c cdp.Command[P, cdp.Empty], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	})
}

// quote makes a script's text literal.
func quote(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // unreachable: a string is JSON
	}
	return string(text)
}

// shot puts pictures of the page in both schemes into build/screenshots, or the folder that
// SCREENSHOTS names, for people to look at.
func (x *window) shot(name string) {
	x.t.Helper()
	dir := cmp.Or(os.Getenv("SCREENSHOTS"), "../../build/screenshots")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		x.t.Fatal(err)
	}
	ask[bool](x, "scrollTo(0, 0), true") // what sticks to the window is where a reader begins
	for _, s := range []scheme{light, dark} {
		x.scheme(s)
		ctx, cancel := x.soon()
		png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
		cancel()
		if err != nil {
			x.t.Fatalf("picture of %s: %v", name, err)
		}
		if err := os.WriteFile(filepath.Join(dir, name+"-"+string(s)+".png"), png, 0o644); err != nil {
			x.t.Fatal(err)
		}
	}
}
