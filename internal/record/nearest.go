package record

import (
	"encoding/json"
	"strings"
)

// Bounds on what a miss shows.
const (
	maxDiff = 12  // lines
	maxLine = 160 // characters of one
)

// miss finds the recorded request that shares most lines with the one asked.
func (r *Replayer) miss(asked []byte) *Miss {
	m := &Miss{Again: r.again}
	mine := linesOf(asked)
	best := -1
	for i, e := range r.exchanges {
		theirs := linesOf(e.Request)
		if n := 2*shared(mine, theirs) - len(theirs); best < 0 || n > best {
			best = max(n, 0)
			m.Nearest, m.At, m.Diff = e.Key, i+1, diff(theirs, mine)
		}
	}
	return m
}

// linesOf are the lines a person would compare: of the system text, of every message, of
// the schema, each with where it stands.
func linesOf(request []byte) (out []string) {
	var r struct {
		System   string
		Messages []struct{ Role, Text string }
		Schema   *struct{ JSON json.RawMessage }
	}
	if json.Unmarshal(request, &r) != nil {
		return []string{string(request)} // unreachable: requests are made here, and recordings parsed
	}
	add := func(where, text string) {
		for line := range strings.SplitSeq(text, "\n") {
			out = append(out, where+": "+line)
		}
	}
	add("system", r.System)
	for _, m := range r.Messages {
		add(m.Role, m.Text)
	}
	if r.Schema != nil {
		add("schema", string(r.Schema.JSON))
	}
	return out
}

func count(lines []string) map[string]int {
	n := map[string]int{}
	for _, l := range lines {
		n[l]++
	}
	return n
}

func shared(a, b []string) (n int) {
	have := count(a)
	for _, l := range b {
		if have[l] > 0 {
			have[l]--
			n++
		}
	}
	return n
}

// diff lists lines that only one of both has, in order: "- " recorded, "+ " asked now.
func diff(recorded, asked []string) (out []string) {
	only := func(sign string, of, other []string) {
		have := count(other)
		for _, l := range of {
			if have[l] > 0 {
				have[l]--
				continue
			}
			out = append(out, sign+clip(l))
		}
	}
	only("- ", recorded, asked)
	gone := len(out)
	only("+ ", asked, recorded)
	half := maxDiff / 2
	if gone > half {
		out = append(append([]string{}, out[:half]...), out[gone:]...)
	}
	if len(out) > maxDiff {
		out = append(out[:maxDiff], "…")
	}
	if len(out) == 0 {
		out = []string{"  the lines are the same: their order, or a number such as the seed or the length, differs"}
	}
	return out
}

func clip(s string) string {
	if r := []rune(s); len(r) > maxLine {
		return string(r[:maxLine-1]) + "…"
	}
	return s
}
