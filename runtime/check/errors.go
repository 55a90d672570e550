package check

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/runtime/tenant"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

func fault(code diag.Code, hint, format string, args ...any) diag.Diagnostic {
	return diag.Diagnostic{Code: code, Severity: diag.Error, Message: fmt.Sprintf(format, args...), Hint: hint}
}

func warn(code diag.Code, hint, format string, args ...any) diag.Diagnostic {
	d := fault(code, hint, format, args...)
	d.Severity = diag.Warning
	return d
}

// APIs.

func errUnknownAPI(name string, known []string) diag.Diagnostic {
	return fault("unknown-api", cmp.Or(diag.DidYouMean(name, known), "add its spec: planwright spec add FILE --name "+name), "no API is called %s", name)
}

func errUndeclaredAPI(name string, api *catalog.API) diag.Diagnostic {
	return fault("undeclared-api", fmt.Sprintf("add to apis: %s: {spec: %q, overlay: %q}", name, api.SpecDigest, api.OverlayDigest),
		"the plan uses %s but does not pin it under apis", name)
}

func errUnusedAPI(name string) diag.Diagnostic {
	return warn("unused-api", "remove it", "no step uses the API %s", name)
}

func errStaleSpec(name, now string) diag.Diagnostic {
	return fault("stale-spec", "if the plan still says what you want, write "+now, "the plan was written against another spec of %s", name)
}

func errStaleOverlay(name, now string) diag.Diagnostic {
	if now == "" {
		now = "no overlay"
	}
	return fault("stale-overlay", "if the plan still says what you want, write "+now, "the plan was written against another overlay of %s", name)
}

// Names.

func errDuplicateName(name, other string) diag.Diagnostic {
	return fault("duplicate-name", "choose another name", "%s is already the name of %s", name, other)
}

func errReservedName(name string) diag.Diagnostic {
	return fault("reserved-name", "choose another name", "%s has a meaning of its own in expressions", name)
}

func errLaterStep(name, what string) diag.Diagnostic {
	return fault("later-step", "move the step up, or use an earlier one", "the step %s %s", name, what)
}

func errMaybeSkipped(name string) diag.Diagnostic {
	return fault("maybe-skipped", "give this step the same when", "the step %s may be skipped, and has no value then", name)
}

func errNoValue(name, why string) diag.Diagnostic {
	return fault("no-value", "use the value of a read, ensure or lookup step", "the step %s has no value: %s", name, why)
}

// Trigger.

func errUnknownObject(name string, known []string) diag.Diagnostic {
	return fault("unknown-object", diag.DidYouMean(name, known), "no object is called %s", name)
}

func errNoTrigger(object, why string, known []string) diag.Diagnostic {
	return fault("no-trigger", cmp.Or(diag.DidYouMean("", known), "say how in the overlay with x-pw-changes"), "changes of %s cannot be seen: %s", object, why)
}

func errNoDeletes(object, why string, known []string) diag.Diagnostic {
	return fault("no-trigger", cmp.Or(diag.DidYouMean("", known), "say how in the overlay with x-pw-deletes"), "deletions of %s cannot be seen: %s", object, why)
}

func errNotCondition(got string, v plan.Value) diag.Diagnostic {
	hint := "compare something, such as ${a == b}"
	if s, ok := v.Literal.(string); ok && v.Kind == plan.Literal {
		hint = "write ${" + clip(s) + "} if it is an expression"
	}
	return fault("not-a-condition", hint, "a condition must be true or false, not %s", got)
}

func errNotKey(got string) diag.Diagnostic {
	return fault("not-a-key", "use an id or text that is always there", "a key must be text or an id, not %s", got)
}

func errConstantKey() diag.Diagnostic {
	return fault("constant-key", "build it from the record that started the run, such as ${string(opportunity.Id)}",
		"the key is the same for every event, so only the first would ever run")
}

func errNoZone(err error) diag.Diagnostic {
	return fault("bad-zone", "name a place of the IANA time zone database, such as Pacific/Auckland, or UTC", "%v", err)
}

func errNoTime(err error) diag.Diagnostic {
	return fault("bad-schedule", "write a time of day with days, such as 08:00 mon-fri, or the five fields of cron, such as 0 8 * * mon-fri", "%v", err)
}

func errElementKey(as string) diag.Diagnostic {
	return fault("key-per-element", "build it from "+as+" as well", "the key is the same for every %s, so only the first would be written", as)
}

func errSelfWake(object, why string) diag.Diagnostic {
	return fault("self-wake", "write to another field, or make the trigger's when and key independent of it",
		"the plan can wake itself: it %s, and changes of %s start it", why, object)
}

// errWakesOther is a warning: what one plan writes may never qualify for the other.
func errWakesOther(one, other, how, back string) diag.Diagnostic {
	return warn("wakes-other", "make one of the keys independent of what the other writes, or leave its records out with when",
		"%s and %s can start each other without end: %s, and %s", one, other, how, back)
}

// Mappings.

func errInput(got string) diag.Diagnostic {
	return fault("mapping-input", "write string, or the full name of an object such as salesforce.Product2", "%s cannot be the input of a mapping", got)
}

func errNotMappable(object string) diag.Diagnostic {
	return fault("not-mappable", "the overlay must name a field that people recognise its records by", "rows cannot choose a record of %s", object)
}

func errUnknownMapping(name string, known []string) diag.Diagnostic {
	return fault("unknown-mapping", cmp.Or(diag.DidYouMean(name, known), "declare it under mappings"), "no mapping is called %s", name)
}

func errUnusedSetting(name string) diag.Diagnostic {
	return warn("unused-setting", "remove it, or use settings."+name, "nothing uses the setting %s: choosing another value changes nothing", name)
}

func errUnusedMapping(name string) diag.Diagnostic {
	return warn("unused-mapping", "remove it, so that nobody has to decide its rows", "nothing uses the mapping %s", name)
}

// Operations.

func errUnknownOperation(name string, known []string) diag.Diagnostic {
	return fault("unknown-operation", diag.DidYouMean(name, known), "no operation is called %s", name)
}

func errOtherServer(op *catalog.Operation) diag.Diagnostic {
	return fault("other-server", "add its description as an API of its own, with a connection of its own", "%s is served at %s, and a connection calls one address only", op.Name(), clip(op.Server))
}

func errWriteAsRead(op *catalog.Operation) diag.Diagnostic {
	return fault("write-as-read", "use write: "+op.Name(), "%s is not a read: its effect is %s", op.Name(), op.Effect)
}

func errReadAsWrite(op *catalog.Operation) diag.Diagnostic {
	return fault("read-as-write", "use read: "+op.Name(), "%s has no effect and cannot be a write", op.Name())
}

func errWrongEffect(op *catalog.Operation, said string) diag.Diagnostic {
	return fault("wrong-effect", "use another operation, or write effect: "+string(op.Effect), "the plan says that %s has the effect %s; it has the effect %s", op.Name(), said, op.Effect)
}

func errUnknownParam(op *catalog.Operation, name string, known []string) diag.Diagnostic {
	return fault("unknown-parameter", cmp.Or(diag.DidYouMean(name, known), "leave it out: it takes none"), "%s has no parameter %s", op.Name(), name)
}

func errMissingParam(op *catalog.Operation, name string) diag.Diagnostic {
	return fault("missing-parameter", "add with: {"+name+": …}", "%s needs the parameter %s", op.Name(), name)
}

func errUnknownInput(mapping, name string, known []string) diag.Diagnostic {
	return fault("unknown-parameter", diag.DidYouMean(name, known), "the mapping %s has no input %s", mapping, name)
}

func errMissingInput(mapping, name string) diag.Diagnostic {
	return fault("missing-parameter", "add with: {"+name+": …}", "a row of %s is chosen by %s", mapping, name)
}

func errOwnParam(op *catalog.Operation, name string) diag.Diagnostic {
	return fault("own-parameter", "leave it out", "the parameter %s of %s is set by the program itself", name, op.Name())
}

func errFilterText(name string) diag.Diagnostic {
	return fault("filter-text", "use the read's where, ensure, or another parameter", "the parameter %s takes a filter, and a value put into its text could change what it asks for", name)
}

func errQueryShape(message, hint string) diag.Diagnostic {
	return fault("query-shape", hint, "%s", message)
}

func errComparison(op, field, why string, fitting []string) diag.Diagnostic {
	hint := "look at another field"
	if len(fitting) > 0 {
		hint = "it takes " + strings.Join(fitting, ", ")
	}
	return fault("wrong-comparison", hint, "%s cannot be compared with %s: %s", field, op, why)
}

func errListSize(n int) diag.Diagnostic {
	return fault("wrong-comparison", "name at least one; split longer lists over several reads",
		"the list has %d elements; one comparison takes 1 to %d", n, plan.MaxIn)
}

func errEmptyCompared(field string) diag.Diagnostic {
	return fault("wrong-comparison", "write {present: false} for records without a value", "%s is compared with empty text, which vendors take for no value", field)
}

func errListOnly(relation string) diag.Diagnostic {
	return fault("query-shape", "select what is wanted of its rows, such as "+relation+".Id", "%s is a list of records and cannot be selected whole", relation)
}

func errQueryLimit(what string, most int) diag.Diagnostic {
	return fault("query-shape", "split it into several reads", "the query follows more than %d %s", most, what)
}

func errUnsafeWrite(op *catalog.Operation, instead []string) diag.Diagnostic {
	hint := "no other operation of this API does it safely; write repeat: ask if a person is to look whenever its answer is lost"
	if len(instead) > 0 {
		hint = "use " + strings.Join(instead, " or ")
	}
	return fault("unsafe-write", hint, "if the answer of %s were lost, nothing could tell whether it happened", op.Name())
}

func errAnyRecord(op *catalog.Operation) diag.Diagnostic {
	return fault("any-record", "use the operations of the object itself; planwright spec show "+op.API+" lists them",
		"%s can write records of any object, which nothing in a plan can bound", op.Name())
}

func errMissingWriteKey(op *catalog.Operation, where string) diag.Diagnostic {
	return fault("missing-write-key", fmt.Sprintf("add %s: {%s: …}, built from the record that started the run", where, op.Repeat.Key),
		"%s happens once only if %s is its key", op.Name(), op.Repeat.Key)
}

func errUnknownWriteKey(op *catalog.Operation, name string) diag.Diagnostic {
	hint := "set it in the body"
	if op.Repeat != nil && op.Repeat.Key != "" {
		hint = "its key is " + op.Repeat.Key
	}
	return fault("unknown-write-key", hint, "%s is not a key of %s", name, op.Name())
}

func errKeyInBody(name string) diag.Diagnostic {
	return fault("key-in-body", "leave it out of the body", "%s is the key and is set by key alone", name)
}

func errNoBody(op *catalog.Operation) diag.Diagnostic {
	return fault("no-body", "leave the body out", "%s sends no body", op.Name())
}

func errMissingBody(op *catalog.Operation) diag.Diagnostic {
	return fault("missing-body", "add body: with the fields to send", "%s needs a body", op.Name())
}

func errNoEnsure(object, why string, known []string) diag.Diagnostic {
	return fault("no-ensure", cmp.Or(diag.DidYouMean("", known), "say how in the overlay with x-pw-entities"), "records of %s cannot be ensured: %s", object, why)
}

func errNoLookup(object, field string, known []string) diag.Diagnostic {
	return fault("no-lookup", cmp.Or(diag.DidYouMean(field, known), "use a query"), "records of %s cannot be found by %s", object, field)
}

func errMixedLookup(object string) diag.Diagnostic {
	return fault("no-lookup", "make them alternatives, each a map of its own", "records of %s cannot be found by these fields together", object)
}

func errUnusedStep(id plan.StepID, kind plan.Kind) diag.Diagnostic {
	hint := "remove it: it costs calls and does nothing"
	if kind == plan.Ask || kind == plan.Assert {
		hint = "let a later step depend on it, such as by its when, or remove it"
	}
	return warn("unused-step", hint, "nothing uses what the %s %s gives", kind, id)
}

func errNeedlessAsk(op *catalog.Operation) diag.Diagnostic {
	return warn("needless-ask", "leave repeat out", "nobody needs to be asked when an answer of %s is lost: %s settles it", op.Name(), op.Repeat.Way)
}

func errComputedAnswer(answer string) diag.Diagnostic {
	return fault("computed-answer", "write the answers out, and show what is computed with show", "the answer %q would be offered as it is", clip(answer))
}

func errElementAsk(as string) diag.Diagnostic {
	return fault("ask-per-element", "show something of "+as+", or name it in the question",
		"the question is the same for every %s, so nobody could tell which one they answer for", as)
}

func errNotOneValue(what, got string) diag.Diagnostic {
	return fault("not-one-value", "take one of its fields, a sum, or a count such as size(…)", "%s one text, number, date or truth value, not %s", what, got)
}

func errUnbounded(got int, of string) diag.Diagnostic {
	most := fmt.Sprint(got)
	if got >= manyTimes {
		most = "more than " + fmt.Sprint(manyTimes)
	}
	return fault("unbounded-cost", "lower max here or in the loops inside, or narrow the list",
		"one event could cause %s %s, and at most %d are allowed", most, of, MaxCalls)
}

func errNotMoment(got string) diag.Diagnostic {
	return fault("not-a-moment", "use a field that holds one, such as a due date, and say what stands in for it when it is absent",
		"a wait needs a date or an instant that is always there, not %s", got)
}

func errNotList(got string) diag.Diagnostic {
	return fault("not-a-list", "use a list, such as the value of a query", "only a list can be repeated over, not %s", got)
}

func errConstantAssert() diag.Diagnostic {
	return fault("constant-assert", "compare values of the run, or remove the step", "the assertion looks at nothing, so it can never tell anything")
}

// Values.

func errUnknownField(object, name string, known []string) diag.Diagnostic {
	return fault("unknown-field", cmp.Or(diag.DidYouMean(name, known), "leave "+name+" out: "+object+" is no record"), "%s has no field %s", object, name)
}

func errMissingField(object, name string) diag.Diagnostic {
	return fault("missing-field", "add "+name, "%s cannot be created without %s", object, name)
}

func errReadOnly(object, name string) diag.Diagnostic {
	return fault("read-only-field", "leave it out", "the field %s of %s cannot be sent", name, object)
}

func errWrongType(to, got, hint string) diag.Diagnostic {
	return fault("wrong-type", cmp.Or(hint, "write "+to), "%s is needed here, not %s", to, got)
}

func errWrongEnum(got string, members []string) diag.Diagnostic {
	return fault("wrong-enum", diag.DidYouMean(got, members), "%q is not a value the API allows here", clip(got))
}

func errFirstState(object, state string, first []string) diag.Diagnostic {
	return fault("wrong-first-state", "make it as "+strings.Join(first, " or "), "no %s can be created as %s", object, state)
}

func errUnreachableState(object, state string, settable []string) diag.Diagnostic {
	return fault("unreachable-state", "send "+strings.Join(settable, " or "), "nobody but the vendor can make a %s %s", object, state)
}

func errTooLong(got, most int) diag.Diagnostic {
	return fault("too-long", "shorten it", "the text has %d characters; at most %d can be sent", got, most)
}

func errMayBeTooLong(got string, most int) diag.Diagnostic {
	return fault("may-be-too-long", fmt.Sprintf("write .truncate(%d) after it; brackets go around a sum first", most),
		"the text may have %s; at most %d characters can be sent", got, most)
}

// errLongKey takes the advice to cut away from a finding about a key.
func errLongKey(d diag.Diagnostic) diag.Diagnostic {
	d.Severity = diag.Warning
	d.Hint = "build it from an id or a short code; a longer one holds its run"
	return d
}

func errKeyCut() diag.Diagnostic {
	return fault("key-cut", "build it from an id or a short code, whole", "a key that is cut can be another record's, and one would be taken for the other")
}

func errWrongID(to, got, hint string) diag.Diagnostic {
	return fault("wrong-id", hint, "%s is needed here, not %s", to, got)
}

func errLiteralID(nominal string) diag.Diagnostic {
	return warn("literal-id", "find the record with ensure or a mapping", "an id written into the plan (%s) fits one tenant only", nominal)
}

func errUnmappedText(nominal string, mappings []string) diag.Diagnostic {
	hint := "declare a mapping to " + objectOf(nominal) + " and use the row it gives"
	if strings.Contains(nominal, " or ") {
		hint = "take it from a record of one of these objects"
	}
	if len(mappings) > 0 {
		hint = "use a row of " + strings.Join(mappings, " or ")
	}
	return fault("unmapped-text", hint, "plain text cannot be a %s: a mapping, a record that was read or a literal must give it", nominal)
}

func errSilentCreate(o *schema.Object) diag.Diagnostic {
	return fault("silent-create", "find or make it with ensure, and give its "+o.Key,
		"where no %s is called so, one may be made that no limit counts", o.Name)
}

func errMaybeAbsent(what string) diag.Diagnostic {
	return fault("maybe-absent", "add .orValue(…), or assert before that it is there", "%s must have a value, and this one may be absent", what)
}

func errNull(what string) diag.Diagnostic {
	return fault("no-null", "leave it out", "%s cannot be set to nothing", what)
}

func errWholeRecord(object, key string) diag.Diagnostic {
	hint := "write its fields one by one"
	if key != "" {
		hint = fmt.Sprintf("refer to it: {%s: ….%s}", key, key)
	}
	return fault("whole-record", hint, "a whole %s would be sent, and could change that record", object)
}

func errTemplateText() diag.Diagnostic {
	return warn("text-with-expression", "make the whole text an expression: ${'SF-' + string(account.Id)}", "this is sent as it is: ${ counts only at the start of a text")
}

func errNumberRange(message string) diag.Diagnostic {
	return fault("number-range", "write fewer digits", "%s", message)
}

func errBadDate(kind schema.Kind, hint string) diag.Diagnostic {
	switch {
	case hint != "":
	case kind == schema.Instant:
		hint = "write it like 2026-11-22T10:08:01Z"
	default:
		hint = "write it like 2026-11-22"
	}
	return fault("bad-date", hint, "this is not %s", words(schema.Type{Kind: kind}))
}

// Limits and notes.

func errUnknownLimit(name string, known []string) diag.Diagnostic {
	hint := diag.DidYouMean(name, known)
	if len(known) == 0 {
		hint = "the plan creates nothing that could be limited"
	}
	return fault("unknown-limit", hint, "nothing is limited by %s", name)
}

func errUnknownNote(pointer string) diag.Diagnostic {
	return warn("unknown-note", "a note stands under the pointer of a value, such as /steps/5/body/Reference", "the note explains %s, which is not in the plan", clip(pointer))
}

// Scopes and tenants. What a tenant has is named with the tenant and the moment it was seen.

// errMissingScope is a warning: a connection can be made with more scopes than is usual.
func errMissingScope(op *catalog.Operation, scope string) diag.Diagnostic {
	return warn("missing-scope", "connect with --scope "+scope+", once the app has it", "%s needs the scope %s, which connections do not ask for by themselves", op.Name(), scope)
}

func errNotGranted(op *catalog.Operation, scope string) diag.Diagnostic {
	return fault("tenant-scope", "grant it to the app and connect again", "%s needs the scope %s, which this connection was not granted", op.Name(), scope)
}

func errClosedGate(op *catalog.Operation, gate string) diag.Diagnostic {
	return fault("tenant-gate", "use another operation", "%s needs %s, which this tenant does not have", op.Name(), gate)
}

func errNotAllowed(op *catalog.Operation, action string) diag.Diagnostic {
	return fault("tenant-action", "the tenant's subscription or role must allow it first", "%s needs the action %s, which is not allowed", op.Name(), action)
}

func errHiddenObject(object string) diag.Diagnostic {
	return fault("tenant-hidden-object", "give the connection's user the right to see it", "%s is hidden from the connection's user", object)
}

func errHiddenField(object, field string, known []string) diag.Diagnostic {
	return fault("tenant-hidden-field", diag.DidYouMean(field, known), "%s.%s is hidden from the connection's user, or not there", object, field)
}

func errFixedField(object, field, deed string) diag.Diagnostic {
	return fault("tenant-fixed-field", "leave it out, or give the connection's user the right to set it", "%s.%s cannot be set when a record is %s", object, field, deed)
}

func errTenantMissing(object, field string) diag.Diagnostic {
	return fault("tenant-missing-field", "add "+field, "%s cannot be created without %s here", object, field)
}

func errTenantLong(object, field string, got, most int) diag.Diagnostic {
	return fault("tenant-too-long", "shorten it", "the text has %d characters; %s.%s takes %d here", got, object, field, most)
}

// errPicklist is a warning where the tenant takes other values than those it lists.
func errPicklist(object, field, value string, f tenant.Field) diag.Diagnostic {
	d := warn("tenant-picklist", diag.DidYouMean(value, f.Values), "%q is not an active value of %s.%s", clip(value), object, field)
	if f.Closed {
		d.Severity = diag.Error
	}
	return d
}

func errNeverEqual(object, field, value string, f tenant.Field) diag.Diagnostic {
	d := warn("tenant-never-equal", diag.DidYouMean(value, f.Values), "%s.%s is compared with %q, which is not an active value of it", object, field, clip(value))
	if f.Closed {
		d.Severity = diag.Error
	}
	return d
}

func errNoRecord(object, value string, known []string) diag.Diagnostic {
	return fault("tenant-no-record", diag.DidYouMean(value, known), "there is no %s %q", object, clip(value))
}

func errDeadRecord(object, value, field, is string) diag.Diagnostic {
	return fault("tenant-dead-record", "choose one that is in use, or bring this one back", "the %s %q cannot be used: its %s is %s", object, clip(value), field, is)
}

func errUnfitRecord(object, value, at, field, is string) diag.Diagnostic {
	return fault("tenant-unfit-record", "choose another", "the %s %q cannot stand in %s: its %s is %s", object, clip(value), at, field, is)
}

func errWrongDirection(object, value, at, because, field, is string) diag.Diagnostic {
	return fault("tenant-wrong-direction", "choose one that is made for it", "the %s %q cannot stand in %s where %s: its %s is %s", object, clip(value), at, because, field, is)
}

func errUnfitPair(object, value, other, with, flag string) diag.Diagnostic {
	return fault("tenant-unfit-pair", "choose another of the two", "the %s %q does not go with the %s %q: its %s is false", object, clip(value), other, clip(with), flag)
}

func errNotEnabled(at, value string, known []string) diag.Diagnostic {
	return fault("tenant-not-enabled", diag.DidYouMean(value, known), "%s cannot be %q: it is not enabled", at, clip(value))
}

func errLocked(at, value, lock, day string) diag.Diagnostic {
	return fault("tenant-locked-date", "use a later date", "%s is %s, and everything up to the %s %s is closed", at, value, lock, day)
}

func errMayBeLocked(at, lock, day string) diag.Diagnostic {
	return warn("tenant-locked-date", "a record with a date up to then will be held", "%s is computed, and everything up to the %s %s is closed", at, lock, day)
}

func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
