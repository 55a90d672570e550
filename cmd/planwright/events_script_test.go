package main

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/planwright/planwright/internal/twin/demo"
	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/internal/twin/xero"
)

// company writes the demo company's world into a file, for twins that are programs of their
// own: company FILE. DEAL1 and so on are the deals that can be won, EVENTS is a free port,
// and tax.csv what the company's person decides.
func company(ts *testscript.TestScript, _ bool, args []string) {
	c := demo.New(7)
	data, err := c.World.Encode()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o600))
	*of(ts) = scriptTwins{company: c}
	for i, id := range c.Close {
		ts.Setenv(fmt.Sprintf("DEAL%d", i+1), id)
	}
	var taxes strings.Builder
	taxes.WriteString("from.country,from.family,to.TaxType\n")
	for _, x := range c.Taxes {
		taxes.WriteString(x.Country + "," + x.Family + "," + x.TaxType + "\n")
	}
	for name, text := range map[string]string{
		"tax.csv":        taxes.String(),
		"salesforce.key": salesforce.DefaultClientSecret + "\n", "xero.key": xero.DefaultClientSecret + "\n",
	} {
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
	}
	ts.Setenv("SALESFORCE_CLIENT", salesforce.DefaultClientID)
	ts.Setenv("XERO_CLIENT", xero.DefaultClientID)
	for port := 40000 + int(time.Now().UnixNano()/1000%20000); port < 65000; port++ {
		if free(port) {
			ts.Setenv("EVENTS", fmt.Sprint(port))
			return
		}
	}
	ts.Fatalf("no free port")
}

// until runs a command again and again until it says something: until PATTERN COMMAND...
// What it exits with does not matter.
func until(ts *testscript.TestScript, _ bool, args []string) {
	pattern := regexp.MustCompile(args[0])
	untilTrue(ts, args[0], func() bool {
		_ = ts.Exec(args[1], args[2:]...)
		return pattern.MatchString(ts.ReadFile("stdout"))
	})
}

// stir edits a deal until the edit is heard of as an event: a stream that begins with now
// says nothing before something happens.
func stir(ts *testscript.TestScript, _ bool, args []string) {
	n := 0
	untilTrue(ts, "the stream lives", func() bool {
		n++
		calls(ts, false, []string{
			"POST", ts.Getenv("ADMIN") + "/api/actions/salesforce/update", "200", "stirred.json",
			fmt.Sprintf(`{"object": "Opportunity", "id": %q, "fields": {"NextStep": "call %d"}}`, args[0], n),
		})
		_ = ts.Exec("planwright", "events", "--json")
		return regexp.MustCompile(`"state": *"live"`).MatchString(ts.ReadFile("stdout"))
	})
}

func untilTrue(ts *testscript.TestScript, what string, ok func() bool) {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	for !ok() {
		if wait(ctx, 200*time.Millisecond) != nil {
			ts.Fatalf("still not: %s", what)
		}
	}
}
