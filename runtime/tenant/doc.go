// Package tenant holds what one tenant of an API really has: the fields its users see, its
// accounts, tax rates and items, its lock dates, what it may do.
//
// A spec says what an API can do for anybody. Between that and a call that works stand the
// tenant's own settings, and a plan that ignores them passes every other check and is held
// at its first event. A [Snapshot] is those settings as data, taken when the tenant was
// connected; the check judges plans against it without asking anybody.
//
// What is read, and what it says about plans, is not known here: the overlay's
// x-pw-snapshot says it ([catalog.Survey]). What could not be read is not there, and of
// what is not there nothing is said. A snapshot holds no secret.
package tenant
