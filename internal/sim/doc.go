// Package sim plays the whole product against both twins under a seed, and judges what
// happened.
//
// A seed decides everything: the company and its deals, what people at both vendors do over
// virtual days, what people at the product decide, which faults strike when, where the
// process dies, and which of several runs goes on next. The product is the real one: an
// [app.App] over a real journal, with the four plans approved, that calls the twins'
// handlers without a network. [Stage.Play] runs in a bubble of testing/synctest, whose clock
// moves when everybody waits.
//
// Each seed has two parts. First anything may go wrong; then the faults stop and everything
// must end or be held. The judges (invariant.go) read what the product cannot polish: the
// twins' records, what reached the twins, and the journal. They are asked all through, and
// once more at the end.
//
// What a goroutine does between two gates (a request, a commit) depends on nothing but the
// seed, and one goroutine at a time passes a gate: so the same seed gives the same trace,
// byte for byte.
package sim
