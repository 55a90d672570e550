package plan

import (
	"fmt"
	"strings"

	"github.com/planwright/planwright/internal/diag"
)

// The findings of Parse, one constructor each. docs/diagnostics.md has a paragraph for
// every code.

func errTooLarge(size int) diag.Diagnostic {
	return finding("plan-too-large", fmt.Sprintf("the plan has %d bytes; at most %d are read", size, maxSize), "split it into several plans")
}

func errTooMany() diag.Diagnostic {
	return finding("plan-too-large", fmt.Sprintf("the plan has more than %d values", maxNodes), "split it into several plans")
}

func errNotText() diag.Diagnostic {
	return finding("not-text", "the plan is not UTF-8 text", "save the file as UTF-8")
}

func errSyntax(what, hint string) diag.Diagnostic {
	return finding("broken-syntax", what, hint)
}

func errNoPlan() diag.Diagnostic {
	return finding("no-plan", "there is no plan in the text", "begin with planwright: 1")
}

func errManyDocuments() diag.Diagnostic {
	return finding("many-documents", "a second document begins here; a file holds one plan", "put it in a file of its own")
}

func errAlias(what string) diag.Diagnostic {
	return finding("yaml-alias", what+" is not allowed in a plan", "write the value out where it is used, so that a reader sees it")
}

func errTag(tag string) diag.Diagnostic {
	return finding("yaml-tag", fmt.Sprintf("the tag %.40s is not allowed in a plan", tag), "put text in quotes, leave numbers bare")
}

func errBadKey() diag.Diagnostic {
	return finding("bad-key", fmt.Sprintf("a key must be plain text of at most %d characters", maxKey), "write one name before the colon")
}

func errDuplicateKey(key string, first Place) diag.Diagnostic {
	return finding("duplicate-key", fmt.Sprintf("the key %q is already set on line %d", clip(key), first.Line), "keep one of them")
}

func errTooDeep() diag.Diagnostic {
	return finding("too-deep", fmt.Sprintf("values are nested more than %d deep, or under names too long to point at", maxDepth), "leave out the inner lists and maps, or shorten the names")
}

func errTooManySteps() diag.Diagnostic {
	return finding("too-many-steps", fmt.Sprintf("the plan has more than %d steps", maxSteps), "split it into several plans")
}

func errUnknownKey(key string, known []string) diag.Diagnostic {
	return finding("unknown-key", fmt.Sprintf("unknown key %q", clip(key)), diag.DidYouMean(key, known))
}

func errMisplacedKey(key string, kind Kind, known []string) diag.Diagnostic {
	return finding("misplaced-key", fmt.Sprintf("%s does not belong in %s step", key, kind.article()), "it may have "+strings.Join(known[1:], ", "))
}

func errMissingKey(key, why string) diag.Diagnostic {
	return finding("missing-key", fmt.Sprintf("the key %s is missing", key), why)
}

func errShape(want string, got *node) diag.Diagnostic {
	return finding("wrong-shape", fmt.Sprintf("%s is needed here, not %s", want, got.describe()), got.shapeHint(want))
}

func errEmpty(want string) diag.Diagnostic {
	return finding("wrong-shape", "the list is empty", "add at least one "+want)
}

func errNumber(raw, hint string) diag.Diagnostic {
	return finding("bad-number", fmt.Sprintf("%.40s is not a number a plan can hold", raw), hint)
}

func errName(what, got, rule string) diag.Diagnostic {
	return finding("bad-name", fmt.Sprintf("%q cannot be the name of %s", clip(got), what), rule)
}

func errDigest(got string) diag.Diagnostic {
	return finding("bad-digest", fmt.Sprintf("%q is not a digest", clip(got)), `write "sha256:" and 64 hex digits; planwright spec list --json prints them`)
}

func errVersion(got string) diag.Diagnostic {
	return finding("bad-version", fmt.Sprintf("plan format %s is not known", clip(got)), fmt.Sprintf("this program reads planwright: %d", Version))
}

func errNoKind() diag.Diagnostic {
	return finding("step-kind", "the step does not say what it does", "add one of "+strings.Join(kindNames(), ", "))
}

func errManyKinds(a, b string) diag.Diagnostic {
	return finding("step-kind", fmt.Sprintf("a step is either %s or %s, not both", a, b), "make two steps of it")
}

func errChoice(got string, known []string) diag.Diagnostic {
	return finding("bad-choice", fmt.Sprintf("%q is not possible here", clip(got)), diag.DidYouMean(got, known))
}

func errExpression(why, hint string) diag.Diagnostic {
	return finding("broken-expression", why, hint)
}

func errRange(what string, least, most int) diag.Diagnostic {
	return finding("out-of-range", fmt.Sprintf("%s must be a whole number from %d to %d", what, least, most), "write digits alone, such as 200")
}

func errRepeated(what string) diag.Diagnostic {
	return finding("repeated-item", fmt.Sprintf("%q is listed twice", clip(what)), "keep one of them")
}

func errAnswers(got int) diag.Diagnostic {
	return finding("bad-question", fmt.Sprintf("a question needs 2 to %d answers, not %d", MaxAnswers, got), "leave answers out for yes and no")
}

func errAnswer(got string) diag.Diagnostic {
	return finding("bad-question", fmt.Sprintf("%q cannot be an answer", clip(got)), fmt.Sprintf("write 1 to %d characters without blanks around them", maxAnswer))
}

func errSetting(got, hint string) diag.Diagnostic {
	return finding("bad-setting", "a setting is text, a number, true or false, not "+got, hint)
}

func errSettingKinds(got, want string) diag.Diagnostic {
	return finding("bad-setting", fmt.Sprintf("what a setting may be is of one kind: %s stands beside %s", got, want), "write all of them with quotes, or none")
}

func errTooManyShown() diag.Diagnostic {
	return finding("bad-question", fmt.Sprintf("a question shows at most %d values", MaxShown), "show what decides the answer")
}

func finding(code diag.Code, message, hint string) diag.Diagnostic {
	return diag.Diagnostic{Code: code, Severity: diag.Error, Message: message, Hint: hint}
}

// clip shortens text that came from the plan, so that a message stays one line.
func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
