package main

import (
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
)

// pin writes the digests of the embedded specs into a plan: SPEC(xero), OVERLAY(xero).
func pin(ts *testscript.TestScript, _ bool, args []string) {
	cat, found := catalog.Open("", specs.Embedded())
	ts.Check(found.Err())
	name := ts.MkAbs(args[0])
	text, err := os.ReadFile(name)
	ts.Check(err)
	s := string(text)
	for _, api := range cat.APIs() {
		s = strings.NewReplacer("SPEC("+api.Name+")", api.SpecDigest, "OVERLAY("+api.Name+")", api.OverlayDigest).Replace(s)
	}
	ts.Check(os.WriteFile(name, []byte(s), 0o600))
}
