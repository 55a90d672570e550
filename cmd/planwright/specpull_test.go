package main

import (
	"encoding/json"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// pinPlans writes plans against the specs in use: pinned A.yaml writes the digests in the place of
// SPEC(salesforce) and OVERLAY(salesforce), into pinned/A.yaml.
func pinPlans(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(ts.Exec("planwright", "spec", "list", "--json"))
	var known struct {
		Specs []struct{ Name, Digest, Overlay string }
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &known))
	ts.Check(os.MkdirAll(ts.MkAbs("pinned"), 0o700))
	for _, name := range args {
		text := ts.ReadFile(name)
		for _, s := range known.Specs {
			text = strings.ReplaceAll(text, "SPEC("+s.Name+")", s.Digest)
			text = strings.ReplaceAll(text, "OVERLAY("+s.Name+")", s.Overlay)
		}
		ts.Check(os.WriteFile(ts.MkAbs("pinned/"+name), []byte(text), 0o600))
	}
}
