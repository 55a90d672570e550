package loop

import (
	"fmt"

	"github.com/planwright/planwright/agent/llm"
)

// leastAnswer is the fewest tokens an answer is asked for with: less is certain to be cut
// short and only costs.
const leastAnswer = 256

// spent is what a talk has cost so far.
type spent struct {
	calls  int
	usage  llm.Usage // as reported, or as reckoned where nothing is reported
	tokens int
}

// room returns how many tokens the next answer may have, or why there is no room for it.
func (s *spent) room(b Budget, next llm.Request) (most int, why string) {
	if s.calls >= b.Calls {
		return 0, fmt.Sprintf("%d calls", b.Calls)
	}
	most = b.Tokens - s.tokens - tokensOf(next)
	if most < leastAnswer {
		return 0, fmt.Sprintf("%d tokens", b.Tokens)
	}
	return most, ""
}

// add counts one exchange. A provider that reports nothing does not make it free.
func (s *spent) add(r llm.Request, got llm.Response) {
	u := got.Usage
	if u.Input <= 0 {
		u.Input = tokensOf(r)
	}
	if u.Output <= 0 {
		u.Output = reckon(len(got.Text))
	}
	s.calls++
	s.usage = s.usage.Plus(u)
	s.tokens += u.Input + u.Output
}

// tokensOf reckons the size of a request.
func tokensOf(r llm.Request) int {
	n := len(r.System)
	for _, m := range r.Messages {
		n += len(m.Text)
	}
	if r.Schema != nil {
		n += len(r.Schema.JSON)
	}
	return reckon(n)
}

// reckon is a careful guess at how many tokens some bytes are.
func reckon(bytes int) int { return (bytes + 2) / 3 }
