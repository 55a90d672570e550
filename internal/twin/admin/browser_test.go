package admin_test

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/planwright/planwright/internal/twin/admin"
	"github.com/planwright/planwright/internal/twin/demo"
	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/internal/twin/xero"
)

// startBrowser starts Chromium for the length of the test, or skips the test and says so.
func startBrowser(t *testing.T) context.Context {
	t.Helper()
	file := ""
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if found, err := exec.LookPath(name); name != "" && err == nil && file == "" {
			file = found
		}
	}
	if file == "" {
		t.Skip("BROWSER TESTS SKIPPED: there is no chromium in PATH; make browser installs it, or set CHROMIUM")
	}
	opts := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(file), chromedp.WSURLReadTimeout(time.Minute))
	if os.Getuid() == 0 {
		opts = append(opts, chromedp.NoSandbox) // Chromium refuses to run as root with it
	}
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(stop)
	ctx, end := chromedp.NewContext(alloc, chromedp.WithListener(func(ev any) {
		if dialog, ok := ev.(*page.EventJavascriptDialogOpening); ok {
			t.Errorf("the page opened a dialog: %s", dialog.Message)
		}
	}))
	t.Cleanup(end)
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// hostile is a name that would be a script, were it not text.
const hostile = `<script>alert("` + "a-name-without-a-single-space-that-is-longer-than-any-telephone-is-wide" + `")</script>`

// openLarge is a desk over 2,000 deals with a hostile name among them, rules of faults,
// requests, and webhooks that nobody takes.
func openLarge(t *testing.T) *desk {
	t.Helper()
	w, err := demo.Seed(demo.Sizes{Region: "US", Accounts: 200, Products: 50, Deals: 2000, Odd: 0.3, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	w.Salesforce["Account"][0]["Name"] = hostile
	down := &listener{}
	down.ill.Store(true)
	d := openWith(t, func(_ world.World, now func() time.Time) (admin.Twins, error) {
		return twinsWith(w, now, &xero.Hooks{URL: "https://a-rather-long-name.integration.example/webhooks/xero/receive", Key: "key", Transport: wire.RoundTripper(down)})
	})
	d.want(200, "POST", "/api/faults", `{"preset": "xero-429-day"}`)
	d.want(200, "POST", "/api/faults", `{"operation": "PUT /api.xro/*/Invoices", "kind": "drop-after-commit", "every": 10, "burst": 2}`)
	if _, err := d.twin(); err != nil {
		t.Fatal(err)
	}
	d.deliver(d.addContact("One"))
	return d
}

// problems finds in a page what a person stumbles over: parts wider than the window, fields
// without a name, names of fields given twice, and text that is hard to tell from its ground.
const problems = `(() => {
  const out = [], seen = new Set();
  if (document.documentElement.scrollWidth > innerWidth) out.push("the page is " + document.documentElement.scrollWidth + " wide in a window of " + innerWidth);
  for (const e of document.querySelectorAll("input:not([type=hidden]), select, button")) {
    const name = e.getAttribute("aria-label") || (e.labels && e.labels[0] && e.labels[0].textContent) || (e.tagName === "BUTTON" && e.textContent);
    if (!name || !name.trim()) out.push("nameless " + e.outerHTML);
    if (innerWidth < 500 && e.getBoundingClientRect().height < 24) out.push("too small to touch: " + e.outerHTML);
  }
  for (const e of document.querySelectorAll("[id]")) { if (seen.has(e.id)) out.push("id twice: " + e.id); seen.add(e.id); }
  let last = 0;
  for (const e of document.querySelectorAll("h1, h2, h3, h4")) { const n = +e.tagName[1]; if (n > last + 1) out.push("heading skips: " + e.textContent); last = n; }
  const paint = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgb = c => { paint.clearRect(0, 0, 1, 1); paint.fillStyle = c; paint.fillRect(0, 0, 1, 1); return [...paint.getImageData(0, 0, 1, 1).data]; };
  const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
  const poor = new Set();
  for (const e of document.querySelectorAll("body *")) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
    let g = e, ground; do { ground = rgb(getComputedStyle(g).backgroundColor); g = g.parentElement; } while (ground[3] < 255 && g);
    const a = light(rgb(getComputedStyle(e).color)), b = light(ground), ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) poor.add(e.tagName + "." + e.className + " " + ratio.toFixed(1));
  }
  return out.concat([...poor].map(p => "poor contrast: " + p));
})()`

func TestPageInABrowser(t *testing.T) {
	ctx := startBrowser(t)
	d := openLarge(t)
	account, _ := d.stage.Twins().Salesforce.All("Account")[0]["Id"].(string)
	pages := map[string]string{
		"list":   "/?system=salesforce&collection=Account",
		"record": "/?system=salesforce&collection=Account&id=" + account,
		"absent": "/?system=salesforce&collection=Nothing",
	}
	for size, width := range map[string]int64{"desktop": 1280, "phone": 360} {
		for _, scheme := range []string{"light", "dark"} {
			for what, path := range pages {
				name := "twins-" + what + "-" + size + "-" + scheme
				media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
				if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, media); err != nil {
					t.Fatal(err)
				}
				if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 800), chromedp.Navigate(d.base+path)); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](problems))
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				for _, problem := range found {
					t.Errorf("%s: %s", name, problem)
				}
				picture(ctx, t, name)
			}
		}
	}
}

// picture puts a picture of the page into build/screenshots, or the folder that SCREENSHOTS
// names, for people to look at.
func picture(ctx context.Context, t *testing.T, name string) {
	t.Helper()
	dir := cmp.Or(os.Getenv("SCREENSHOTS"), filepath.Join("..", "..", "..", "build", "screenshots"))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatalf("picture of %s: %v", name, err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestRecordsAreFound(t *testing.T) {
	d := openLarge(t)
	_, all := d.call("GET", "/?system=salesforce&collection=Opportunity", "", "")
	if !strings.Contains(all, "And 1900 more.") {
		t.Error("a large list does not say what it leaves out")
	}
	_, one := d.call("GET", "/?system=salesforce&collection=Account&find=SINGLE-space", "", "")
	if n := strings.Count(one, "<li><a "); n != 1 || !strings.Contains(one, "&lt;script&gt;") || strings.Contains(one, "<script") {
		t.Errorf("found %d records, want the hostile one, as text", n)
	}
	if _, none := d.call("GET", "/?system=salesforce&collection=Account&find=nobody-has-it", "", ""); !strings.Contains(none, "<li>None.</li>") {
		t.Error("nothing found, and the page does not say so")
	}
}

func TestFormsLeadBackToTheirSection(t *testing.T) {
	d := open(t)
	for path, want := range map[string]string{"/api/clock": "/#clock", "/api/reset": "/#world", "/api/faults": "/#faults", "/api/actions/xero/offline": "/#actions"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.base+path, strings.NewReader("preset=offline"))
		if err != nil {
			t.Fatal(err)
		}
		if path == "/api/clock" {
			r.Body = io.NopCloser(strings.NewReader("advance=1s"))
			r.ContentLength = -1
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := d.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if got := resp.Header.Get("Location"); resp.StatusCode != http.StatusSeeOther || got != want {
			t.Errorf("%s: %d to %q, want %q", path, resp.StatusCode, got, want)
		}
	}
}
