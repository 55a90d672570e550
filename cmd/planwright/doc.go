/*
Command planwright turns a goal in words into a typed call plan built from vendors'
OpenAPI documents, lets a person approve it, and runs it for every event, never twice
and never not at all.

The code from the bottom layer up (internal/layers holds the rule of who may import whom):

Words. internal/diag: findings a person can mend. internal/decimal: exact numbers.
specs/schema: types. runtime/plan: the plan language, its canonical form and digest.

Knowledge. specs/openapi reads a description and its overlay; specs/catalog compiles
operations, objects and entities and caches them; specs embeds ours. runtime/expr types
and evaluates expressions.

Judgement. runtime/check judges a plan and computes its permission sheet. runtime/journal
is the append-only record. runtime/mapping holds decided rows; agent/match proposes them.

Consent and access. runtime/approval: proposals, decisions, what makes them stale.
runtime/connection: sign-in, sealed secrets.

Deeds. runtime/apicall renders requests, sends them, reads answers. runtime/engine is the
pure machine that interprets plans. internal/twin/... are stand-ins for both vendors.

Drafts. agent and agent/rules turn a goal into a draft, questions or a refusal.

Hosts. runtime/localengine drives the machine over the journal; runtime/trigger polls.

Use. internal/app holds the use cases; this command, and whatever else faces people,
only calls it.
*/
package main
