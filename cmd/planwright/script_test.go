package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/planwright/planwright/internal/twin/demo"
	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/internal/twin/xero"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"planwright": main})
}

// TestScripts drives the real program: each script is a shell session with its files.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Values[twinsKey{}] = new(scriptTwins)
			env.Values[deskKey{}] = new(deskOf)
			env.Values[strangerKey{}] = new(stranger)
			env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
			env.Setenv("PLANWRIGHT_DATA", filepath.Join(env.WorkDir, "data"))
			env.Setenv("PLANWRIGHT_USER", "Dana Ortiz")
			if shared, err := filepath.Abs("../../../shared"); err == nil {
				if _, err := os.Stat(shared); err == nil {
					env.Setenv("SHARED", shared)
				}
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "twins": startScriptTwins, "win": win, "decisions": decisions, "books": books, "eventually": eventually, "untwin": untwin, "damage": damage, "json": jsonField, "model": startModel,
			"desk": startDesk, "lose": loseAnswers, "posted": posted, "asked": asked, "pin": pin, "typed": typed, "edit": edit, "hide": hide, "settle": settle,
			"ports": ports, "calls": calls, "pick": pick, "hears": hears, "heard": heard, "signer": signer, "assertion": assertion, "freed": freed, "waitfor": waitFor, "waitrun": waitRun,
			"company": company, "until": until, "stir": stir,
		},
		Condition: func(cond string) (bool, error) {
			if cond == "shared" {
				_, err := os.Stat("../../../shared/specs/xero_accounting.yaml")
				return err == nil, nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
	})
}

// exits runs a command and demands its exit code: exits 3 planwright propose plan.yaml.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit %d, want %d", got, want)
	}
}

// scriptTwins are the stand-ins of one script.
type scriptTwins struct {
	*twins
	company demo.Company
	before  int
}

type twinsKey struct{}

// of returns the stand-ins of a script, empty until it says twins.
func of(ts *testscript.TestScript) *scriptTwins { return ts.Value(twinsKey{}).(*scriptTwins) }

// startScriptTwins serves both stand-ins and connects the data folder to them. A file, if
// one is named, holds what the org has beside the company's records.
func startScriptTwins(ts *testscript.TestScript, _ bool, args []string) {
	company := demo.New(7)
	if len(args) > 0 {
		more, err := chosenWorld(ts.MkAbs(args[0]))
		ts.Check(err)
		for object, records := range more.Salesforce {
			company.World.Salesforce[object] = append(company.World.Salesforce[object], records...)
		}
	}
	t, err := startTwins(company.World, twinOptions{minute: -1})
	ts.Check(err)
	ts.Defer(func() { _ = t.Close() })
	*of(ts) = scriptTwins{twins: t, company: company, before: len(t.xero.Invoices())}
	ts.Setenv("SALESFORCE_URL", t.SalesforceURL)
	ts.Setenv("XERO_URL", t.XeroURL)
	ts.Check(t.connect(context.Background(), func(_ context.Context, name, base, token, client, secret string) error {
		file := ts.MkAbs("secret.txt")
		if err := os.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
			return err
		}
		args := []string{"connect", name, "--base", base, "--client", client, "--secret-file", file, "--allow-private"}
		if token != "" {
			args = append(args, "--token-url", token)
		}
		return ts.Exec("planwright", args...)
	}))
	ts.Setenv("SALESFORCE_CLIENT", salesforce.DefaultClientID)
	ts.Setenv("XERO_CLIENT", xero.DefaultClientID)
}

// untwin takes both stand-ins away.
func untwin(ts *testscript.TestScript, _ bool, _ []string) { _ = of(ts).Close() }

// win closes the first N deals of the company, in the second after now.
func win(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	st := of(ts)
	// Stamps have the precision of a second, and the approval must be before them.
	ts.Check(wait(context.Background(), time.Until(time.Now().Truncate(time.Second).Add(time.Second))))
	for i, id := range st.company.Close[:n] {
		ts.Check(st.salesforce.CloseWon(id))
		ts.Setenv(fmt.Sprintf("DEAL%d", i+1), id)
	}
}

// decisions approves every product and tax row as the company's person would.
func decisions(ts *testscript.TestScript, _ bool, args []string) {
	st, plan := of(ts), args[0]
	// A command for each decision takes more calls than a minute allows, and a script does not
	// wait for the next one: the stand-ins count none, and what we counted is forgotten.
	forget := func() { ts.Check(os.RemoveAll(filepath.Join(ts.Getenv("PLANWRIGHT_DATA"), "spent.jsonl"))) }
	forget()
	defer forget()
	for _, p := range st.company.Products {
		if p.Item != "" {
			ts.Check(ts.Exec("planwright", "mapping", "approve", plan, "product", p.Product, "--to", p.Item))
		}
	}
	if len(args) > 1 && args[1] == "products" {
		return
	}
	for _, x := range st.company.Taxes {
		ts.Check(ts.Exec("planwright", "mapping", "approve", plan, "tax", x.Country, x.Family, "--to", x.TaxType))
	}
}

// books demands how many invoices the books hold beyond the start, each for one won deal.
func books(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	st := of(ts)
	seen := map[string]bool{}
	for _, inv := range st.xero.Invoices() {
		number := fmt.Sprint(inv["InvoiceNumber"])
		if !strings.HasPrefix(number, "SF-") {
			continue
		}
		deal, ok := st.salesforce.Get("Opportunity", strings.TrimPrefix(number, "SF-"))
		if !ok || deal["IsWon"] != true || seen[number] {
			ts.Fatalf("invoice %s: for no won deal, or twice", number)
		}
		seen[number] = true
	}
	if len(seen) != want || len(st.xero.Invoices())-st.before != want {
		ts.Fatalf("%d invoices, want %d", len(st.xero.Invoices())-st.before, want)
	}
}

// eventually waits until the books hold N invoices beyond the start.
func eventually(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for len(of(ts).xero.Invoices())-of(ts).before < want {
		if err := wait(ctx, 10*time.Millisecond); err != nil {
			ts.Fatalf("%d invoices after 30 s, want %d", len(of(ts).xero.Invoices())-of(ts).before, want)
		}
	}
}

// damage overwrites the middle of a file.
func damage(ts *testscript.TestScript, _ bool, args []string) {
	name := ts.MkAbs(args[0])
	data, err := os.ReadFile(name)
	ts.Check(err)
	for i := 0; i < len(data); i += 7 {
		data[i] ^= 0x5a
	}
	ts.Check(os.WriteFile(name, data, 0o600))
}

// jsonField demands a member of the JSON object on standard output: json kills >= 3.
func jsonField(ts *testscript.TestScript, _ bool, args []string) {
	var v map[string]any
	dec := json.NewDecoder(strings.NewReader(ts.ReadFile("stdout")))
	dec.UseNumber()
	ts.Check(dec.Decode(&v))
	if dec.More() {
		ts.Fatalf("more than one object on standard output")
	}
	got := fmt.Sprint(v[args[0]])
	switch args[1] {
	case "==":
		if got != args[2] {
			ts.Fatalf("%s is %s, want %s", args[0], got, args[2])
		}
	case ">=":
		x, err1 := strconv.Atoi(got)
		y, err2 := strconv.Atoi(args[2])
		if err1 != nil || err2 != nil || x < y {
			ts.Fatalf("%s is %s, want at least %s", args[0], got, args[2])
		}
	default:
		ts.Fatalf("json: unknown comparison %s", args[1])
	}
}
