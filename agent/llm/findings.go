package llm

import (
	"fmt"

	"github.com/planwright/planwright/internal/diag"
)

// What can be wrong with an answer. The reader is a model that is asked to mend its answer,
// so each message says what to write, and nothing rests on knowing this program.

func finding(code diag.Code, pointer, message, hint string) diag.Diagnostic {
	return diag.Diagnostic{Code: code, Severity: diag.Error, Pointer: pointer, Message: message, Hint: hint}
}

func answerEmpty() diag.Diagnostic {
	return finding("answer-empty", "", "the answer is empty", "write one JSON object that fits the schema")
}

func answerNotText() diag.Diagnostic {
	return finding("answer-not-text", "", "the answer is not UTF-8 text", "")
}

func answerNoJSON() diag.Diagnostic {
	return finding("answer-no-json", "", "the answer holds no JSON object", "write one JSON object that fits the schema, and nothing else")
}

func answerMany(n int) diag.Diagnostic {
	return finding("answer-many", "", fmt.Sprintf("the answer holds %d JSON values where one is asked for", n), "write the whole answer as one JSON object")
}

func answerCut(tail string) diag.Diagnostic {
	return finding("answer-cut", "", fmt.Sprintf("the JSON ends before it is complete, after %q", tail), "write the whole JSON object again, shorter if need be")
}

func answerSyntax(at int, tail, cause string) diag.Diagnostic {
	return finding("answer-syntax", "", fmt.Sprintf("the text is not JSON from character %d on, after %q: %s", at, tail, cause), "")
}

func answerTooLarge(limit int) diag.Diagnostic {
	return finding("answer-too-large", "", fmt.Sprintf("the answer has more than %d bytes", limit), "")
}

func answerTooDeep(pointer string, limit int) diag.Diagnostic {
	return finding("answer-too-deep", pointer, fmt.Sprintf("values nest more than %d deep", limit), "")
}

func answerTwice(pointer, key string) diag.Diagnostic {
	return finding("answer-duplicate-key", pointer, fmt.Sprintf("the key %s stands twice in one object", quote(key)), "keep one of the two")
}

func answerNumber(pointer string) diag.Diagnostic {
	return finding("answer-number", pointer, "the number has more than 100 digits when written out", "")
}

func answerType(pointer, got, want string) diag.Diagnostic {
	return finding("answer-type", pointer, fmt.Sprintf("here is %s, where the schema asks for %s", got, want), "")
}

func answerMissing(pointer, keys string) diag.Diagnostic {
	return finding("answer-missing-key", pointer, "the object lacks "+keys, "every key of the schema is written; one without a value is null")
}

func answerExtra(pointer, key, hint string) diag.Diagnostic {
	return finding("answer-unknown-key", pointer, fmt.Sprintf("the schema has no key %s here", quote(key)), hint)
}

func answerChoice(pointer, got, want, hint string) diag.Diagnostic {
	return finding("answer-choice", pointer, fmt.Sprintf("here is %s, where the schema allows %s", got, want), hint)
}

func answerVariant(pointer string, n int) diag.Diagnostic {
	return finding("answer-variant", pointer, fmt.Sprintf("the value fits none of the %d forms that the schema allows here", n), "")
}

func answerRule(pointer, rule string) diag.Diagnostic {
	return finding("answer-rule", pointer, fmt.Sprintf("the value breaks the rule %q of the schema", rule), "")
}
