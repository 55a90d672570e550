/*
Command planwright turns a goal in words into a typed call plan built from vendors'
OpenAPI documents, lets a person approve it, and runs it for every event, never twice
and never not at all.

The code from the bottom layer up (internal/layers holds the rule of who may import whom):

Words. internal/diag: findings a person can mend. internal/decimal: exact numbers.
specs/schema: types. runtime/plan: the plan language, its canonical form and digest.
agent/llm: talking to a model, and judging what it answers. prompts: every text it is sent.

Knowledge. specs/openapi reads a description and its overlay; specs/catalog compiles
operations, objects and entities and caches them; specs/describe makes a description of
what a tenant tells about its objects; specs embeds ours. runtime/expr types and evaluates
expressions.

Judgement. runtime/check judges a plan and computes its permission sheet. runtime/journal
is the append-only record. runtime/mapping holds decided rows; agent/match proposes them.
internal/record keeps exchanges with a model. plans ships the four automations.

Consent and access. runtime/approval: proposals, decisions, what makes them stale.
runtime/connection: sign-in, sealed secrets. runtime/diff: how one plan
differs from another. internal/drawing: plans as pictures. internal/arazzo: plans as Arazzo
documents.

Deeds. runtime/apicall renders requests, sends them, reads answers. runtime/engine is the
pure machine that interprets plans. internal/twin/... are stand-ins for both vendors.

Drafts. agent/rules and agent/loop turn a goal into a draft, questions or a refusal: by rules,
or with a model.

Hosts. runtime/localengine drives the machine over the journal; runtime/trigger polls.
agent/llm/openaicompat and agent/llm/langchain reach models.

Use. internal/app holds the use cases; internal/config the settings.

Faces. internal/web serves the pages. eval grades planners, plans and matchers on cases. This
command does the rest. None of them decides anything.
*/
package main
