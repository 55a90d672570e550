package rules_test

import (
	"strings"
	"testing"

	"github.com/planwright/planwright/agent/rules"
	"github.com/planwright/planwright/specs"
)

// TestPoorerAPIs takes one thing at a time away from an API, or adds one, and wants the
// planner to make do, to ask, or to refuse; never to draft what does not check.
func TestPoorerAPIs(t *testing.T) {
	const goal = "When a deal is won, create a bill with its products in Ledgerly."
	tests := []struct {
		name, spec, overlay string // "old → new" in the spec or the overlay
		how                 string // draft with, or question or refusal about
		want                string
	}{
		{name: "as it is", how: "draft", want: "write: ledgerly.raiseBill"},
		{name: "no status", spec: "status: {type: string, enum: [draft, approved, cancelled]} → condition: {type: string}", how: "draft", want: "!status:"},
		{name: "status without draft", spec: "enum: [draft, approved, cancelled] → enum: [open, shut]", how: "draft", want: "!status:"},
		{name: "no due date", spec: "dueDate: {type: string, format: date} → later: {type: string}", how: "draft", want: "!dueDate:"},
		{name: "no reference", spec: "reference: {type: string, maxLength: 80} → other: {type: string}", how: "draft", want: "!reference:"},
		{name: "short reference", spec: "reference: {type: string, maxLength: 80} → reference: {type: string, maxLength: 10}", how: "draft", want: "truncate(opportunity.Name, 10)"},
		{name: "no description on lines", spec: "description: {type: string, maxLength: 500} → words: {type: string}", how: "draft", want: "!description:"},
		{name: "no subtotal", spec: "subtotal: {type: number} → net: {type: number}", overlay: "[id, docNo, subtotal, total] → [id, docNo, total]", how: "draft", want: "!agrees"},
		{name: "an unknown required field", overlay: "[partyId, rows, issueDate, priceBasis] → [partyId, rows, issueDate, priceBasis, reference, state]", how: "draft", want: "raiseBill"},
		{name: "a required field without a source", spec: "state: {type: string} → costCentre: {type: string}", overlay: "[partyId, rows, issueDate, priceBasis] → [partyId, rows, issueDate, priceBasis, costCentre]", how: "question", want: "costCentre"},
		{name: "no account on items", overlay: ", revenueAccount: Account.code → ", how: "question", want: "account"},
		{name: "no discount on lines", overlay: ", discount: rebatePercent → ", how: "refusal", want: "discount"},
		{name: "no amounts known", overlay: "x-pw-sum: {lines: rows, quantity: quantity, unit: unitPrice, discount: rebatePercent} → x-pw-batch: 1", how: "refusal", want: "lines"},
		{name: "no safe repeat", overlay: "x-pw-repeat: {way: unique, key: docNo → x-pw-repeat: {way: ask, key: docNo", how: "refusal", want: "safe"},
		{name: "customers cannot be made safely", overlay: "x-pw-repeat: {way: unique, key: externalRef → x-pw-repeat: {way: ask, key: externalRef", how: "refusal", want: "addParty"},
		{name: "customers cannot be found", overlay: "          find:\n            externalRef: {operation: listParties, param: externalRef}\n            legalName: {operation: listParties, param: legalName}\n          match: [externalRef → \n          match: [externalRef", how: "refusal", want: ""},
		{name: "a customer needs more", spec: "legalName: {type: string, maxLength: 200} → legalName: {type: string, maxLength: 200}\n        vatNumber: {type: string}", overlay: "x-pw-required-on-create: [legalName] → x-pw-required-on-create: [legalName, vatNumber]", how: "question", want: "vatNumber"},
	}
	for _, tt := range tests {
		src := ledgerly(t)
		src.Spec, src.Overlay = edited(t, tt.name, src.Spec, tt.spec), edited(t, tt.name, src.Overlay, tt.overlay)
		cat := openCatalog(t, append(specs.Embedded(), src)...)
		a := ask(t, rules.New(cat), goal)
		text, got := bad(a), "draft"
		switch {
		case a.Refusal != nil:
			got = "refusal"
		case a.Questions != nil:
			got = "question"
		default:
			text = string(a.Draft.Plan.YAML())
			text, _, _ = strings.Cut(text, "\nnotes:")
		}
		want, not := strings.CutPrefix(tt.want, "!")
		if got != tt.how || strings.Contains(text, want) == not {
			t.Errorf("%s: a %s, want a %s with %q:\n%s", tt.name, got, tt.how, tt.want, text)
		}
	}
}

// edited applies "old → new" to data; old must be there.
func edited(t *testing.T, name string, data []byte, edit string) []byte {
	t.Helper()
	if edit == "" {
		return data
	}
	old, with, ok := strings.Cut(edit, " → ")
	if !ok || !strings.Contains(string(data), old) {
		t.Fatalf("%s: %q is not there", name, old)
	}
	return []byte(strings.Replace(string(data), old, with, 1))
}
