package xero

import (
	"slices"

	"github.com/planwright/planwright/internal/twin/wire"
)

// Names of the doubts, see Doubts.
const (
	doubtBareItems     = "bare-items"
	doubtMailDrafts    = "mail-drafts"
	doubtLocalVersion  = "local-version"
	doubtItemsScope    = "items-scope"
	doubtScopeStatus   = "scope-status"
	doubtBroadScopes   = "broad-scopes"
	doubtClientStatus  = "client-status"
	doubtKept400       = "kept-400"
	doubtKeyWaits      = "key-waits"
	doubtKeyMessage    = "key-message"
	doubtAppMinuteWait = "app-minute-wait"
	doubtTracking      = "tracking-ignored"
	doubtPaymentHook   = "payment-hook"
	doubtOwnHook       = "own-hook"
)

// Doubts lists what this twin does because it is believed of the vendor, not known.
func Doubts() []wire.Doubt {
	return slices.Concat(listDoubts(), ruleDoubts(), moneyDoubts(), []wire.Doubt{
		{
			Name:      doubtBareItems,
			Believed:  "An item code fills the description, price, account and tax type that a line leaves out.",
			Otherwise: "An item code fills nothing.",
		},
		{
			Name:      doubtMailDrafts,
			Believed:  "Only submitted, approved and paid invoices can be sent by e-mail.",
			Otherwise: "Drafts can be sent, too.",
		},
		{
			Name:      doubtLocalVersion,
			Believed:  "Organisations of Singapore and South Africa give GLOBAL as their Version.",
			Otherwise: "They give SG and ZA.",
		},
		{
			Name:      doubtItemsScope,
			Believed:  "The scope accounting.invoices covers Items.",
			Otherwise: "Only accounting.settings covers Items.",
		},
		{
			Name:      doubtScopeStatus,
			Believed:  "A call without the scope it needs is answered with 401.",
			Otherwise: "It is answered with 403.",
		},
		{
			Name:      doubtBroadScopes,
			Believed:  "Broad scopes work until 13 September 2027.",
			Otherwise: "Broad scopes do not work any more.",
		},
		{
			Name:      doubtClientStatus,
			Believed:  "A wrong client secret is answered with 400.",
			Otherwise: "It is answered with 401.",
		},
		{
			Name:      doubtKept400,
			Believed:  "A refusal of 400 is kept under its idempotency key.",
			Otherwise: "It is not kept: the same key runs again.",
		},
		{
			Name:      doubtKeyWaits,
			Believed:  "A second call under a key waits while the first still runs.",
			Otherwise: "It is refused at once, with 409.",
		},
		{
			Name:      doubtKeyMessage,
			Believed:  "The refusal of a key that was used for another request is the Message of the answer.",
			Otherwise: "It is a validation error of an element.",
		},
		{
			Name:      doubtAppMinuteWait,
			Believed:  "A refusal by the app's limit of a minute does not say when to come back.",
			Otherwise: "It does, in Retry-After.",
		},
		{
			Name:      doubtTracking,
			Believed:  "A line with a tracking category or option that is not there is refused.",
			Otherwise: "The line is saved without it.",
		},
		{
			Name:      doubtPaymentHook,
			Believed:  "Money applied to an invoice raises an event of that invoice.",
			Otherwise: "It raises none.",
		},
		{
			Name:      doubtOwnHook,
			Believed:  "What an app writes by the API raises events to that app as well.",
			Otherwise: "It hears only of what others write.",
		},
	})
}
