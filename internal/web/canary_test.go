package web

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// page serves one page under our content policy.
func servePage(t *testing.T, html string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
		if r.URL.Path == "/gone" {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = w.Write([]byte(html))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// badPage has one of everything that the audit looks for.
const badPage = `<!doctype html><html><head><title></title><style>
	body { color: #777; background: #888 } :root { color-scheme: light dark }
	button:focus, a:focus { outline: none } .wide { width: 2000px } .small { display: block; width: 10px; height: 10px; padding: 0; overflow: hidden }
	</style></head><body>
	<h2>Second</h2><h4 id="twice">Fourth</h4><p id="twice">hard to read</p>
	<input name="goal"><button class="small"></button><button class="small">x</button><img src="data:,"><svg width="10" height="10"><rect width="5" height="5"/></svg>
	<label for="nothing">x</label><div class="wide">wide</div><a href="/x">no outline</a><table><tr><th></th></tr></table>
	<script>document.title = "inline"</script></body></html>`

// goodPage has the same things as they should be.
const goodPage = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Good</title><style>
	:root { color-scheme: light dark } body { color: light-dark(#111, #eee); background: light-dark(#fff, #111) }
	button, input, a.alone { min-height: 32px; min-width: 32px; display: inline-block } :focus-visible { outline: 3px solid light-dark(#00f, #9cf) } svg { max-width: 100% }
	a { color: light-dark(#00e, #9cf) } .soft { fill: light-dark(#fff, #000) } .ink { fill: light-dark(#333, #ccc) }
	</style></head><body><main><h1>First</h1><h2>Second</h2><p>A <a href="/x">link</a> in a sentence.</p>
	<form><label for="goal">Goal</label><input id="goal" name="goal"><button>Send</button></form>
	<svg role="img" aria-label="A picture" width="60" height="20"><rect class="soft" width="60" height="20"/><text class="ink" y="15">seen</text></svg>
	<a class="alone" href="/y">Alone</a></main></body></html>`

// testCanary holds the harness itself: it must see what is wrong, and nothing where nothing
// is. A check that cannot fail protects nobody.
func testCanary(t *testing.T, b *browser) {
	bad := b.person(t, servePage(t, badPage))
	bad.open("/")
	heard := strings.Join(bad.complaints(), "\n")
	if !strings.Contains(heard, "Content Security Policy") {
		t.Errorf("an inline script went unheard: %q", heard)
	}
	found := bad.findings()
	for _, want := range []string{
		"does not say its language", "has no title", "0 main parts", "0 first headings", "skips a level", "the id twice stands twice", "leads to nothing",
		"no label on input", "no name on button", "image without a text", "a picture without a name", "empty table heading", "a small target, 10 by 10",
		"in the light scheme", "in the dark scheme", "the focus cannot be seen", "wider than the window", "pixels too wide",
	} {
		if !slices.ContainsFunc(found, func(f string) bool { return strings.Contains(f, want) }) {
			t.Errorf("%q is not found, only:\n%s", want, strings.Join(found, "\n"))
		}
	}
	bad.complaints()

	good := b.person(t, servePage(t, goodPage))
	good.open("/gone") // an answer that is not 200 is no complaint by itself
	good.audit()
	good.tabTo("button")
	good.says("first", "in a sentence")
	good.shot("canary")
}
