// Package clients_test lets the vendors' own clients judge the twins: jsforce and xero-node,
// as published, run against both over TLS under the vendors' host names. What they send and
// what they make of the answers is compared with golden logs.
package clients_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/xero"
)

var update = flag.Bool("update", false, "rewrite the golden logs")

// least is the number of operations that each client must have done.
const least = 40

func TestJSForce(t *testing.T) { judge(t, "jsforce") }

func TestXeroNode(t *testing.T) { judge(t, "xero-node") }

// judge runs a client's script and compares the log with the golden one.
func judge(t *testing.T, client string) {
	t.Helper()
	modules := os.Getenv("TWIN_CLIENTS")
	if modules == "" {
		t.Skip("TWIN_CLIENTS does not name a folder with jsforce and xero-node: make clients installs them, where there is npm")
	}
	h := newHost(t)
	h.run(t, modules, client)
	var log strings.Builder
	for _, o := range h.ops {
		o.write(&log)
	}
	if len(h.ops) < least {
		t.Errorf("%d operations, want at least %d", len(h.ops), least)
	}
	h.validate(t)
	text := numbered(log.String())
	golden := filepath.Join("testdata", client+".golden")
	if *update {
		if err := os.WriteFile(golden, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(text, "\n")); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	t.Logf("%s: %d operations, %d exchanges", client, len(h.ops), len(h.rec.Exchanges()))
}

var (
	guid = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	zero = "00000000-0000-0000-0000-000000000000"
)

// numbered names ids by their first appearance, so that a log stands when the twins make
// others.
func numbered(log string) string {
	seen := map[string]string{}
	return guid.ReplaceAllStringFunc(log, func(id string) string {
		if id == zero {
			return id
		}
		if seen[id] == "" {
			seen[id] = fmt.Sprintf("<id %d>", len(seen)+1)
		}
		return seen[id]
	})
}

// run executes a script with node until it ends.
func (h *host) run(t *testing.T, modules, client string) {
	t.Helper()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "--require", filepath.Join(here, "preload.cjs"), filepath.Join(here, client+".cjs"))
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "NODE_PATH=" + modules, "NODE_EXTRA_CA_CERTS=" + h.authority, "TZ=UTC",
		"TWIN_PORT=" + h.port, "TWIN_CONTROL=" + h.control, "TWIN_TIME=" + start.Format(time.RFC3339),
		"TWIN_KEY=" + h.keyFile,
		"SALESFORCE_ID=" + salesforce.DefaultClientID, "SALESFORCE_SECRET=" + salesforce.DefaultClientSecret,
		"XERO_ID=" + xero.DefaultClientID, "XERO_SECRET=" + xero.DefaultClientSecret, "XERO_WEB_ID=" + webID, "XERO_WEB_SECRET=" + webSecret,
		"XERO_HOOK_KEY=" + hookKey,
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", client, err, out)
	}
	if len(out) > 0 {
		t.Errorf("%s printed:\n%s", client, out)
	}
}

// operation is one thing that a script did: the exchanges it took, and what came of it.
type operation struct {
	name      string
	exchanges []wire.Exchange
	outcome   json.RawMessage
}

func (o operation) write(b *strings.Builder) {
	fmt.Fprintf(b, "# %s\n", o.name)
	for i, n := 0, 0; i < len(o.exchanges); i += n {
		text := line(o.exchanges[i])
		for n = 1; i+n < len(o.exchanges) && line(o.exchanges[i+n]) == text; n++ {
		}
		b.WriteString(text)
		if n > 1 {
			fmt.Fprintf(b, "  %d times\n", n)
		}
	}
	fmt.Fprintf(b, "= %s\n\n", brief(string(o.outcome)))
}

// blanked matches what is different each time or nobody's business.
var blanked = regexp.MustCompile(`(code_challenge|oauth_token|code)=[^&]*`)

// line shows an exchange as the client sent it, with the headers that carry meaning.
func line(e wire.Exchange) string {
	var b strings.Builder
	u, err := url.PathUnescape(e.URL)
	if err != nil {
		u = e.URL
	}
	u = blanked.ReplaceAllString(strings.ReplaceAll(u, "+", " "), "$1")
	fmt.Fprintf(&b, "%s %s%s %d", e.Method, e.Host, u, e.Status)
	if e.Cut {
		b.WriteString(" cut")
	}
	b.WriteByte('\n')
	for _, name := range []string{
		"Idempotency-Key", "If-Modified-Since", "Sforce-Duplicate-Rule-Header", "Sforce-Query-Options", "Sforce-Call-Options",
	} {
		if v := e.Header.Get(name); v != "" {
			fmt.Fprintf(&b, "  %s: %s\n", name, v)
		}
	}
	if body := bytes.TrimSpace(e.Body); len(body) > 0 && string(body) != "{}" {
		fmt.Fprintf(&b, "  %s\n", brief(tidy(body)))
	}
	return b.String()
}

// brief cuts what would not be read.
func brief(text string) string {
	const most = 600
	if len(text) <= most {
		return text
	}
	return fmt.Sprintf("%s… %d bytes", strings.ToValidUTF8(text[:most], ""), len(text))
}

// tidy compacts JSON, and sorts a form, of whose secrets only the names are left.
func tidy(body []byte) string {
	var b bytes.Buffer
	if json.Compact(&b, body) == nil {
		return b.String()
	}
	parts := strings.Split(string(body), "&")
	for i, part := range parts {
		parts[i] = strings.TrimSuffix(part, "=%E2%80%A6") // what the recorder blanked
	}
	slices.Sort(parts)
	return strings.Join(parts, "&")
}
