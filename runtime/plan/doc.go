// Package plan holds the plan language: the typed program that a person approves and
// the engine obeys.
//
// The ideas, in order:
//
//   - A [Plan] is data: a trigger, mappings, steps and limits. It says nothing about
//     the vendors; whether its operations and fields exist is for runtime/check.
//   - A [Value] is a tree of literals and expressions. Text of the form ${…} is an
//     expression, everything else is literal; $${ begins a literal that starts with ${.
//   - [Parse] reads YAML or JSON and is strict: what it does not know it refuses, all
//     findings in one pass, each with a place. Plain YAML words follow YAML 1.2: yes, no,
//     on, off and dates are text; true, false and null are not. Numbers are JSON numbers;
//     017, 0x1F, .5, +1 and .inf are refused rather than guessed at.
//   - [Plan.Canonical] is the one encoding of a plan: JSON with sorted keys, no white
//     space, numbers in their shortest plain form and nothing that says nothing. Its
//     SHA-256 is the [Digest] that approvals are bound to. [Plan.YAML] prints the same
//     plan for people. Both parse back to the same digest.
//   - A pointer (RFC 6901) names a place in the canonical form: "/steps/5/body/Date".
//     A step's main value sits under its kind: "/steps/0/assert", "/steps/6/each". A
//     single find is alternative 0: "/steps/4/find/0/Name".
//
// docs/plan.md explains the format to its users.
package plan
