package web

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/specs/catalog"
)

// calls says how many calls one event may cause.
func (r *planReader) calls() string {
	most, spare, paged := 0, 0, false
	for _, api := range r.sheet.APIs {
		most, spare, paged = most+api.Calls, spare+api.Spare, paged || api.Paged
	}
	text := "For one event at most " + plural(most, "call")
	if paged {
		text += ", more for long lists"
	}
	if spare > 0 {
		text += fmt.Sprintf(", %d more if answers are lost", spare)
	}
	return text
}

// systems writes the names of APIs as people write them: "xero" is Xero.
func systems(apis []string) []string {
	out := make([]string, len(apis))
	for i, api := range apis {
		out[i] = system(api)
	}
	return out
}

func system(api string) string {
	first, size := utf8.DecodeRuneInString(api)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + api[size:]
}

// spaced writes an object's name as people say it: "opportunity line item".
func spaced(object string) string {
	_, name, ok := strings.Cut(object, ".")
	if !ok {
		name = object
	}
	name = strings.ReplaceAll(strings.TrimSuffix(name, "__c"), "_", " ")
	var b strings.Builder
	last := ' '
	for _, c := range name {
		if unicode.IsUpper(c) && unicode.IsLower(last) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(c))
		last = c
	}
	return b.String()
}

// onceText says in words what makes a repeated write harmless.
func onceText(once string) string {
	way, field, _ := strings.Cut(once, " ")
	switch way {
	case "unique":
		return "Never twice: a second one with the same " + field + " is refused."
	case "idempotent":
		return "Safe to repeat: the same values again change nothing."
	case "upsert":
		return "Safe to repeat: found again by " + field + "."
	case "keyed":
		return "Never twice: sent with a key that the API remembers."
	case "probe":
		return "Never twice: looked for before it is sent again."
	case "ask":
		return "If an answer is lost, a person says whether it happened."
	}
	return once
}

// limits says the plan's limits in words, and which it could have and does not.
func (r *planReader) limits() (out []limitView) {
	for _, l := range r.sheet.Limits {
		text := spaced(l.Name) + ": " + count(l.Most)
		if noun, ok := strings.CutSuffix(l.Name, "_per_day"); ok {
			text = fmt.Sprintf("At most %s %s a day; more wait for the next day", count(l.Most), spaced(noun))
		} else if noun, ok := strings.CutPrefix(l.Name, "amount_per_"); ok {
			text = fmt.Sprintf("At most %s for one %s, in its currency; a larger one waits for a person", count(l.Most), spaced(noun))
		}
		out = append(out, limitView{Text: text})
	}
	for _, name := range r.sheet.Unlimited {
		out = append(out, limitView{Text: "No limit on " + spaced(name), None: true})
	}
	for _, u := range r.sheet.Unusual {
		out = append(out, limitView{Text: unusualWords(u)})
	}
	return out
}

// unusualWords says above what the plan stops and asks.
func unusualWords(u check.SheetUnusual) string {
	text, past := "Stops and asks a person above ", ", or far above its own past"
	if u.Stated {
		past = ""
	}
	switch {
	case u.Name == check.SumPerDay && u.Most == 0:
		return "Stops and asks a person when a day's sum is far above its own past"
	case u.Name == check.SumPerDay:
		return text + count(u.Most) + " in 24 hours, in each currency" + past
	case u.Name == check.SamePerDay:
		return text + count(u.Most) + " of the same amount for the same party in 24 hours"
	}
	return text + count(u.Most) + " " + spaced(strings.TrimSuffix(u.Name, "_per_hour")) + " an hour" + past
}

// never says what the sheet rules out.
func (r *planReader) never() []string {
	effects, written := map[catalog.Effect]bool{}, map[string][]string{}
	for _, op := range r.sheet.Operations {
		effects[op.Effect] = true
		if api, _, ok := strings.Cut(op.Entity, "."); ok && op.Effect != catalog.EffectNone && !slices.Contains(written[api], nouns(spaced(op.Entity))) {
			written[api] = append(written[api], nouns(spaced(op.Entity)))
		}
	}
	var out, apis []string
	if !effects[catalog.EffectDelete] {
		out = append(out, "Delete anything")
	}
	if !effects[catalog.EffectSend] {
		out = append(out, "Send an e-mail or any other message")
	}
	for _, api := range r.sheet.APIs {
		apis = append(apis, api.Name)
		if len(written[api.Name]) == 0 {
			out = append(out, "Write anything in "+system(api.Name))
			continue
		}
		out = append(out, fmt.Sprintf("Write anything in %s but %s", system(api.Name), words(written[api.Name])))
	}
	for _, op := range r.sheet.Operations {
		i := slices.IndexFunc(r.sheet.Objects, func(o check.SheetObject) bool { return o.Name == op.Entity })
		if op.Effect == catalog.EffectUpdate && i >= 0 && len(r.sheet.Objects[i].Writes) > 0 {
			out = append(out, fmt.Sprintf("Change any field of an existing %s but %s", spaced(op.Entity), words(r.sheet.Objects[i].Writes)))
		}
	}
	out = append(out, "Reach any API but "+words(systems(apis)), "Use a mapping row that nobody approved")
	return out
}
