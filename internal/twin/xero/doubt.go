package xero

import "github.com/planwright/planwright/internal/twin/wire"

// Names of the doubts, see Doubts.
const (
	doubtBareItems    = "bare-items"
	doubtMailDrafts   = "mail-drafts"
	doubtLocalVersion = "local-version"
)

// Doubts lists what this twin does because it is believed of the vendor, not known.
func Doubts() []wire.Doubt {
	return []wire.Doubt{
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
	}
}
