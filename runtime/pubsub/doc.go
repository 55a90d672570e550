// Package pubsub follows a vendor's change events over gRPC: the protocol is the Pub/Sub
// API's (package eventbus), the events are Salesforce's Change Data Capture.
//
// An event is a hint and no more: that records of an object changed, and which. Its values are
// not used. Whoever follows reads the records as they are and judges them, as a poll does, so
// a duplicate, a forged or an outdated event costs a read. Polling goes on beside it and needs
// none of this.
//
// What must hold:
//
//   - The place in the stream (the replay id) is handed over together with what it stands for
//     and stored in the same commit, never before it. A crash repeats events and loses none.
//   - A place that the vendor does not know any more is never quietly replaced by "from now
//     on": everything that changed is swept up first, and then the oldest events that are kept
//     are read.
//   - An event that names no records (too many changed), or that cannot be read, sweeps too.
//   - No more than 100 events are asked for at a time, and more only as those are done with.
//
// What an error means is data: the overlay's x-pw-events classes the vendor's codes. Every
// stream that ends is tried again, later and later, each time by a random share less. One that
// may not go on stops with a sentence for a person, and is then looked at once an hour at most:
// what was mended is noticed without a restart.
package pubsub
