// Package approval decides which plans may run: what was laid before a person, what that
// person answered, and whether the answer still holds.
//
// A [Proposal] carries everything an approver saw, byte for byte: the canonical plan and
// its digest, the digests of the specs and overlays it was checked against, and the
// permission sheet. A [Decision] is a named person's answer to that digest, with the
// mapping rows that were approved at that moment. Both are entries of the plan's stream
// in the journal; the [Book] is their fold. An approval is never stored: it is a proposal
// with a decision that says yes, not superseded and not stale.
//
// The states of a proposal, and what moves it:
//
//	proposed ──┬── decision: reject ────────────────► rejected
//	   │       └── decision: approve ──► approved ──┬─ a newer proposal of the same plan
//	   │                                            │  name is approved ──► superseded
//	   │                                            ├─ a person takes it back: revoke ──► rejected
//	   └── a newer proposal of the same plan        │
//	       name is filed ──► superseded             └─ the world moved: a spec, an overlay,
//	                                                   an approved row, a tenant ──► stale
//
// Stale is not written down: it follows from the facts of the moment, [Approval.Stale]
// names every reason, and it passes when the facts are again what was approved. Rejected
// and superseded are final.
//
// A superseded approval no longer starts runs ([Book.Current] does not return it), but
// runs that began under it finish on it ([Book.Approved] does).
//
// Nothing here reads or writes: Propose and Decide return the journal entry to be
// committed, which says where in the stream it must land. When two people decide at the
// same time, the second commit conflicts, and after a new fold the second decision is
// refused.
package approval
