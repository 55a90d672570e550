package catalog

import (
	"slices"
	"strings"
	"unicode"
)

// Words breaks a name or a phrase into lower-case singular words, as search compares them:
// "updateOrCreateTaxRates" gives update, or, create, tax, rate.
func Words(s string) []string { return split(s) }

// split breaks a name or a phrase into lower-case singular words: "updateOrCreateTaxRates"
// gives update, or, create, tax, rate.
func split(s string) []string {
	var out []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			out = append(out, singular(strings.ToLower(string(word))))
			word = word[:0]
		}
	}
	runes := []rune(s)
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush()
			continue
		case unicode.IsUpper(r) && i > 0 && (unicode.IsLower(runes[i-1]) || unicode.IsUpper(runes[i-1]) && startsWord(runes[i:])):
			flush()
		}
		word = append(word, r)
	}
	flush()
	return out
}

// startsWord reports whether a capital after a capital begins a word (the U of PDFUrl),
// rather than ending an abbreviation, which may have a plural s (IDs).
func startsWord(runes []rune) bool {
	if len(runes) < 2 || !unicode.IsLower(runes[1]) {
		return false
	}
	return runes[1] != 's' || len(runes) > 2 && unicode.IsLower(runes[2])
}

func singular(w string) string {
	switch {
	case len(w) < 3 || strings.HasSuffix(w, "ss") || strings.HasSuffix(w, "us") || strings.HasSuffix(w, "is"):
		return w
	case strings.HasSuffix(w, "ies"):
		return w[:len(w)-3] + "y"
	case strings.HasSuffix(w, "sses"), strings.HasSuffix(w, "xes"), strings.HasSuffix(w, "ches"), strings.HasSuffix(w, "shes"):
		return w[:len(w)-2]
	case strings.HasSuffix(w, "s"):
		return w[:len(w)-1]
	}
	return w
}

// verb is a class of words for what is done to a record.
type verb string

const (
	verbNone   verb = ""
	verbRead   verb = "read"
	verbCreate verb = "create"
	verbUpdate verb = "update"
	verbDelete verb = "delete"
	verbSend   verb = "send"
)

// verbOf returns the class of a word. Some words are verbs only at the start of a
// phrase: "post an invoice", but "the post".
func verbOf(w string, first bool) verb {
	switch w {
	case "get", "read", "fetch", "show", "find", "look", "lookup", "retrieve", "view", "list", "query", "download", "load", "describe":
		return verbRead
	case "create", "add", "make", "raise", "insert", "generate":
		return verbCreate
	case "update", "change", "edit", "modify", "set", "amend", "rename":
		return verbUpdate
	case "delete", "remove", "destroy":
		return verbDelete
	case "send":
		return verbSend
	}
	if !first {
		return verbNone
	}
	switch w {
	case "search", "see", "check", "what", "which":
		return verbRead
	case "post", "issue", "open", "put", "new", "record", "register":
		return verbCreate
	case "mark", "approve", "archive", "void", "write":
		return verbUpdate
	case "email", "mail":
		return verbSend
	}
	return verbNone
}

func isFiller(w string) bool {
	return slices.Contains([]string{
		"a", "an", "the", "of", "for", "in", "to", "from", "on", "with", "by", "at", "and", "or", "my", "our",
		"all", "every", "each", "new", "this", "that", "into", "it", "its", "up", "as", "one", "please", "i", "we",
		"want", "need", "existing", "single", "whole",
	}, w)
}
