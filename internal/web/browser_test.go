package web_test

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

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	logs "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
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

// tab is one tab and what went wrong in it: exceptions, errors on the console, files the
// content policy refused, dialogs. Any of them fails the test when the tab closes.
type tab struct {
	t    *testing.T
	ctx  context.Context
	base string // of addresses

	mu    sync.Mutex
	wrong []string
}

// person opens a tab of somebody new: with cookies of its own.
func (b *browser) person(t *testing.T, base string) *tab {
	t.Helper()
	return openTab(t, b.ctx, base, chromedp.WithNewBrowserContext())
}

// another opens a second tab of the same person.
func (x *tab) another() *tab {
	x.t.Helper()
	return openTab(x.t, x.ctx, x.base)
}

func openTab(t *testing.T, parent context.Context, base string, opts ...chromedp.ContextOption) *tab {
	t.Helper()
	x := &tab{t: t, base: base}
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
func (x *tab) hear(ev any) {
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
	case *page.EventJavascriptDialogOpening:
		x.complain("a dialog: %s", ev.Message)
		go func() { // commands must not be sent from here
			_, _ = chromedp.Call(x.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{})
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

func (x *tab) complain(format string, args ...any) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.wrong = append(x.wrong, fmt.Sprintf(format, args...))
}

// complaints returns what went wrong so far, and forgets it.
func (x *tab) complaints() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	out := x.wrong
	x.wrong = nil
	return out
}

// do does something in the tab within reasonable time.
func (x *tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	x.t.Helper()
	ctx, cancel := context.WithTimeout(x.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		x.t.Fatalf("%s: %v\nat %s, which says:\n%.2000s", what, err, x.at(), x.text())
	}
}

// ask evaluates an expression of ours in the page.
func ask[T any](x *tab, script string) T {
	x.t.Helper()
	ctx, cancel := context.WithTimeout(x.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](script))
	if err != nil {
		x.t.Fatalf("evaluate %.80s: %v", script, err)
	}
	return v
}

// open goes to a page of ours, or to a full address.
func (x *tab) open(path string) {
	x.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = x.base + path
	}
	x.do("open "+path, chromedp.Navigate(path))
}

// click clicks the first element of a CSS selector once it can be seen.
func (x *tab) click(selector string) {
	x.t.Helper()
	x.do("click "+selector, chromedp.WaitVisible(chromedp.CSS(selector)), chromedp.Click(chromedp.CSS(selector)))
}

// leave clicks what leads to another page and waits until that is there.
func (x *tab) leave(selector string) {
	x.t.Helper()
	ctx, cancel := context.WithTimeout(x.ctx, patience)
	defer cancel()
	_, err := chromedp.RunResponse(ctx, chromedp.WaitVisible(chromedp.CSS(selector)), chromedp.Click(chromedp.CSS(selector)))
	if err != nil {
		x.t.Fatalf("leave by %s: %v\nat %s, which says:\n%.2000s", selector, err, x.at(), x.text())
	}
}

// fill types into a field as a person would.
func (x *tab) fill(selector, text string) {
	x.t.Helper()
	x.do("fill "+selector, chromedp.WaitVisible(chromedp.CSS(selector)), chromedp.Clear(chromedp.CSS(selector)), chromedp.SendKeys(chromedp.CSS(selector), text))
}

// press sends keys to whatever has the focus.
func (x *tab) press(keys string) {
	x.t.Helper()
	x.do("press "+keys, chromedp.KeyEvent(keys))
}

// pressThrough presses a key that leads to another page, and waits for that.
func (x *tab) pressThrough(keys string) {
	x.t.Helper()
	ctx, cancel := context.WithTimeout(x.ctx, patience)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, chromedp.KeyEvent(keys)); err != nil {
		x.t.Fatalf("press %q: %v\nat %s, which says:\n%.2000s", keys, err, x.at(), x.text())
	}
}

// tabTo presses Tab until the focus is on an element of the selector.
func (x *tab) tabTo(selector string) {
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
func (x *tab) sees(selector string) {
	x.t.Helper()
	x.do("see "+selector, chromedp.WaitVisible(chromedp.CSS(selector)))
}

// text returns what a person reads on the page, "" when it cannot be asked.
func (x *tab) text() string {
	ctx, cancel := context.WithTimeout(x.ctx, patience)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.body ? document.body.innerText : ''"))
	if err != nil {
		return ""
	}
	return text
}

// says confirms that all the words stand on the page.
func (x *tab) says(words ...string) {
	x.t.Helper()
	text := strings.ToLower(strings.Join(strings.Fields(x.text()), " "))
	for _, w := range words {
		if !strings.Contains(text, strings.ToLower(w)) {
			x.t.Errorf("%s does not say %q:\n%.3000s", x.at(), w, x.text())
		}
	}
}

// at returns the tab's path.
func (x *tab) at() string {
	ctx, cancel := context.WithTimeout(x.ctx, patience)
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

func (x *tab) scheme(s scheme) {
	x.t.Helper()
	x.do("the "+string(s)+" scheme", command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: string(s)}, {Name: "prefers-reduced-motion", Value: "reduce"}},
	}))
}

// withoutScript switches the page's scripts off.
func (x *tab) withoutScript() {
	x.t.Helper()
	x.do("switch scripts off", command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
}

// size sets how large the window is.
func (x *tab) size(width, height int64) {
	x.t.Helper()
	x.do("size", chromedp.EmulateViewport(width, height))
}

func command[P any](c cdp.Command[P, cdp.Empty], params P) chromedp.Action[chromedp.Void] {
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
func (x *tab) shot(name string) {
	x.t.Helper()
	dir := cmp.Or(os.Getenv("SCREENSHOTS"), "../../build/screenshots")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		x.t.Fatal(err)
	}
	for _, s := range []scheme{light, dark} {
		x.scheme(s)
		ctx, cancel := context.WithTimeout(x.ctx, patience)
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
