package web

import "fmt"

// stateView is how a state looks: its word, a sign for those who do not see the colour, the
// colour, and the word in the past tense of who did it.
type stateView struct{ Word, Sign, Tone, Past string }

// states are the states of proposals, rows and runs. The words are those of the packages
// that own them.
var states = map[string]stateView{
	"proposed":   {"Proposed", "○", "wait", "proposed"},
	"approved":   {"Approved", "✓", "good", "approved"},
	"rejected":   {"Rejected", "✕", "end", "rejected"},
	"superseded": {"Superseded", "⤳", "end", "superseded"},
	"stale":      {"Stale", "!", "warn", "approved"},
	"withdrawn":  {"Withdrawn", "↩", "end", "withdrew"},
	"open":       {"No match", "?", "wait", ""},
	"ready":      {"Ready", "○", "quiet", ""},
	"running":    {"Running", "▸", "live", ""},
	"held":       {"Held", "‖", "warn", ""},
	"done":       {"Done", "✓", "good", ""},
	"refused":    {"Refused", "⊘", "end", ""},
	"failed":     {"Failed", "✕", "bad", ""},
	"cancelled":  {"Cancelled", "✕", "end", "cancelled"},
	"draft":      {"Draft", "○", "quiet", ""},
	"error":      {"Error", "✕", "bad", ""},
	"warning":    {"Warning", "!", "warn", ""},
	"note":       {"Note", "i", "quiet", ""},
}

// stateOf returns how a state looks; an unknown one is shown as it is written.
func stateOf(state any) stateView {
	if v, ok := states[fmt.Sprint(state)]; ok {
		return v
	}
	return stateView{Word: fmt.Sprint(state), Sign: "·", Tone: "quiet"}
}
