package main

import (
	"github.com/rogpeppe/go-internal/testscript"
)

// hide takes fields from the connected user's sight: hide Opportunity Amount.
func hide(ts *testscript.TestScript, _ bool, args []string) {
	for _, field := range args[1:] {
		ts.Check(of(ts).salesforce.Hide(args[0], field))
	}
}

// settle changes a member of a record of the books, as their owner would: settle Accounts
// 200 Status ARCHIVED. The organisation is named "".
func settle(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 4 {
		ts.Fatalf("usage: settle COLLECTION ID MEMBER VALUE")
	}
	ts.Check(of(ts).xero.Change(args[0], args[1], map[string]any{args[2]: args[3]}))
}
