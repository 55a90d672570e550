// Package catalog knows what the APIs can do: every operation and type of the known
// specs, after their overlays.
//
// A vendor's description says how to call an operation. It does not say what the
// operation does outside, what makes a write safe to repeat, which text is the id of
// which thing, or what an error means. The overlay says that, in keywords that
// docs/overlay.md lists, and this package joins the two: planner, check and engine
// read the same [Operation], [Entity] and [API], so they cannot disagree.
//
// A [Catalog] is opened from [Source] values and is immutable. Objects are found by
// full name ("xero.Invoice"), operations likewise ("xero.createInvoices"). What a
// source leaves unsaid takes the careful reading: a PUT or POST creates, and a write
// without a way is repeated by nobody but a person.
//
// Reading 19 MB of description takes about a second, so [Open] keeps what it compiled
// in a folder, one file for each pair of spec and overlay, and later reads only the
// index of it; operations and objects are decoded when somebody asks.
package catalog
