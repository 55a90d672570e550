package app

import (
	"context"
	"slices"

	"github.com/planwright/planwright/agent/match"
	"github.com/planwright/planwright/runtime/mapping"
)

// adjudicate asks the model, where one is configured for it, about every source that no rule
// is sure of and nobody has decided. What it says is one more reason for a person to weigh;
// it makes no row sure. No journal is touched and nobody is held up meanwhile.
func (l *live) adjudicate(ctx context.Context, t *mapping.Table, matches []match.Match, sources, targets []record, seen *comparison) []match.Match {
	if l.app.cfg.Model == nil || !l.app.cfg.Adjudicate {
		return matches
	}
	judge := match.NewAdjudicator(l.app.cfg.Model)
	matches = slices.Clone(matches)
	for i, m := range matches {
		if _, decided := t.Approved([]string{m.Source}); decided || m.Score >= match.Sure || len(m.Candidates) == 0 && m.Target == "" {
			continue
		}
		v := judge.Adjudicate(ctx, match.Question{To: t.To, Source: sources[i].Record, Candidates: shortlist(m, targets)})
		matches[i] = m.With(v)
		seen.opinions[m.Source] = opinion(v)
	}
	return matches
}

// shortlist is the proposed target, if there is one, and the candidates.
func shortlist(m match.Match, targets []record) []match.Record {
	wanted := []string{m.Target}
	for _, c := range m.Candidates {
		wanted = append(wanted, c.Target)
	}
	var out []match.Record
	for _, id := range wanted {
		if i := slices.IndexFunc(targets, func(r record) bool { return id != "" && r.ID == id }); i >= 0 {
			out = append(out, targets[i].Record)
		}
	}
	return out
}

// opinion says in words what became of asking, for a source that stays open.
func opinion(v match.Verdict) string {
	text := ""
	switch v.Kind {
	case match.Choose:
		return "" // it is among the row's reasons
	case match.Reject:
		text = v.Model + " finds none of them right"
	case match.Abstain:
		text = v.Model + " does not say"
	}
	if v.Reason != "" {
		text += ": " + v.Reason
	}
	if v.Note != "" {
		text += " (" + v.Note + ")"
	}
	return text
}
