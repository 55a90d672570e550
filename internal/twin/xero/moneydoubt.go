package xero

import "github.com/planwright/planwright/internal/twin/wire"

const (
	doubtPaidReturns   = "paid-returns"
	doubtReconciled    = "reconciled-payments"
	doubtDeletedListed = "deleted-payments"
	doubtAllocationID  = "allocation-ids"
	doubtCurrencyAgain = "currency-again"
)

// moneyDoubts are those about payments, credits and currencies.
func moneyDoubts() []wire.Doubt {
	return []wire.Doubt{
		{
			Name:      doubtPaidReturns,
			Believed:  "A paid document of which a payment or an allocation is taken back is AUTHORISED again.",
			Otherwise: "It stays PAID, with an amount due.",
		},
		{
			Name:      doubtReconciled,
			Believed:  "A reconciled payment cannot be deleted.",
			Otherwise: "It can.",
		},
		{
			Name:      doubtDeletedListed,
			Believed:  "Lists of payments hold deleted ones, with Status DELETED and a later change stamp.",
			Otherwise: "A deleted payment is in no list, and only found by its id.",
		},
		{
			Name:      doubtAllocationID,
			Believed:  "The answer to an allocation carries its AllocationID.",
			Otherwise: "It does not; the id is found on the credit alone.",
		},
		{
			Name:      doubtCurrencyAgain,
			Believed:  "Subscribing to a currency again is refused.",
			Otherwise: "It is answered as the first time.",
		},
	}
}
