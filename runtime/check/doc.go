// Package check judges plans against the catalog without running them.
//
// [Check] walks a plan once, in the order it runs, and reports everything that is wrong
// with it: names that do not exist or come too late, types that do not fit, fields that
// must or must not be sent, writes that could not be repeated safely, plans that would
// wake themselves. What an expression may say is runtime/expr's business; this package
// gives it the names that are in scope and judges where its result goes.
//
// A plan without errors comes back as [Checked]: the compiled expressions by pointer, what
// each step calls and gives, the fields that are read of every object, and the
// permission sheet ([Sheet]) that a person approves and the engine enforces.
// [Checked.Outline] is the plan as a person reads it, for whoever draws it; [Checked.Text]
// is its drawing for a terminal.
//
// All findings are made in errors.go; docs/diagnostics.md has a paragraph for each code,
// and testdata a plan that provokes it.
package check
