package model

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/planwright/planwright/agent/llm"
)

// Unscripted is what [Answers] says to a goal it does not know. It is no JSON.
const Unscripted = "Nothing is scripted for this."

// Answers is a perfect model: it knows the answer to every goal it was given. A goal is
// known by a part of the text of any user message, whatever its case; the longest known part
// wins.
func Answers(known map[string]string) Behaviour {
	parts := slices.SortedFunc(maps.Keys(known), func(a, b string) int {
		if d := len(b) - len(a); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return func(a Asked) Reply {
		for _, part := range parts {
			for _, m := range a.Messages {
				if m.Role == llm.User && strings.Contains(strings.ToLower(m.Text), strings.ToLower(part)) {
					return Reply{Text: known[part]}
				}
			}
		}
		return Reply{Text: Unscripted}
	}
}

// Weak is a model that needs to be told what is wrong: the first answers of a conversation
// are spoiled, and then comes the good one. Which one it is, is read from the conversation
// itself ([Asked.Turn]), so that the order of conversations does not matter.
func Weak(spoiled int, spoil func(answer string, turn int) string, good Behaviour) Behaviour {
	return func(a Asked) Reply {
		r := good(a)
		if turn := a.Turn(); turn < spoiled {
			r.Text = spoil(r.Text, turn)
		}
		return r
	}
}

// Slow takes its time over every answer.
func Slow(d time.Duration, b Behaviour) Behaviour {
	return altered(b, func(r *Reply) { r.After = d })
}

// Failing answers a status to the first requests and then behaves; times below 0 fails for
// ever. A retryAfter above 0 is said in the header.
func Failing(times, status int, retryAfter time.Duration, b Behaviour) Behaviour {
	var n atomic.Int64
	return func(a Asked) Reply {
		if times >= 0 && n.Add(1) > int64(times) {
			return b(a)
		}
		r := Reply{Status: status}
		if retryAfter > 0 {
			r.Header = map[string]string{"Retry-After": strconv.Itoa(int(retryAfter.Seconds()))}
		}
		return r
	}
}

// Breaking breaks the first answers on their way and then behaves; times below 0 breaks all.
func Breaking(times int, how Break, b Behaviour) Behaviour {
	var n atomic.Int64
	return func(a Asked) Reply {
		r := b(a)
		if times < 0 || n.Add(1) <= int64(times) {
			r.Break = how
		}
		return r
	}
}

// Fenced puts answers into a fenced block, as chat models like to.
func Fenced(b Behaviour) Behaviour {
	return altered(b, func(r *Reply) { r.Text = "```json\n" + r.Text + "\n```" })
}

// Chatty writes prose around answers.
func Chatty(b Behaviour) Behaviour {
	return altered(b, func(r *Reply) {
		r.Text = "Sure, here is what you asked for:\n\n" + r.Text + "\n\nLet me know if {anything} is missing."
	})
}

// CutShort ends answers half way, as a model does that reached its limit; honest says
// whether the ending is reported as such.
func CutShort(honest bool, b Behaviour) Behaviour {
	return altered(b, func(r *Reply) {
		r.Text = r.Text[:len(r.Text)/2]
		if honest {
			r.Finish = llm.Length
		}
	})
}

// Empty answers nothing.
func Empty() Behaviour { return func(Asked) Reply { return Reply{} } }

// Declining refuses everything.
func Declining() Behaviour {
	return func(Asked) Reply { return Reply{Text: "I cannot help with that.", Finish: llm.Refusal} }
}

// Hostile gives the answers in order, one a request, again and again: whatever somebody who
// holds the model would like this program to run.
func Hostile(answers ...string) Behaviour {
	var n atomic.Int64
	return func(Asked) Reply {
		if len(answers) == 0 {
			return Reply{Text: Unscripted}
		}
		return Reply{Text: answers[int(n.Add(1)-1)%len(answers)]}
	}
}

func altered(b Behaviour, how func(*Reply)) Behaviour {
	return func(a Asked) Reply {
		r := b(a)
		how(&r)
		return r
	}
}
