package app

import (
	"slices"
	"strings"
	"time"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/mapping"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/runtime/tenant"
)

// oldSnapshot is the age at which what is known of a tenant is called old: people archive
// accounts and close months more often than they connect.
const oldSnapshot = 7 * 24 * time.Hour

// old says of which tenants little can be relied on, since they were last seen long ago.
func (a *App) old(p *plan.Plan, snaps []*tenant.Snapshot) (out diag.List) {
	for _, s := range snaps {
		if a.cfg.Now().Sub(s.Taken) < oldSnapshot {
			continue
		}
		out = append(out, placed(p, "/apis/"+s.API, diag.Diagnostic{
			Code: "tenant-old", Severity: diag.Warning,
			Message: "what is known of " + s.Who() + " (" + s.API + ") is " + s.Age(a.cfg.Now()) + " old",
			Hint:    "planwright connect " + s.Connection + " --refresh",
		}))
	}
	return out
}

func placed(p *plan.Plan, pointer string, d diag.Diagnostic) diag.Diagnostic {
	at := p.KeyPlaceOf(pointer)
	d.File, d.Pointer, d.Line, d.Column = p.File(), pointer, at.Line, at.Column
	return d
}

// concerns is what a person should know who decides about a plan, beside what its check
// found: other plans it plays ball with, and approved rows that its tenant would refuse.
// None of it stops a decision. l.mu is held.
func (l *live) concerns(c *check.Checked) diag.List {
	var out diag.List
	for _, r := range l.records.Records() {
		cur, ok := l.records.Current(r.Proposal.Name)
		if !ok || cur.Proposal.ID != r.Proposal.ID || r.Proposal.Name == c.Plan.Name {
			continue
		}
		other, err := l.program(r.Proposal.Digest)
		if err != nil {
			continue // it no longer passes its check, and starts nothing
		}
		if d := c.Rounds(other.Checked); d != nil {
			out = append(out, *d)
		}
	}
	t, err := l.tablesOf(c.Plan.Name)
	if err != nil {
		return out // the plan's name is new: it has no rows
	}
	snaps := l.app.tenants(c.Plan.APIs)
	for name, m := range c.Plan.Mappings {
		if table := t.table[name]; table != nil {
			out = append(out, c.Rows(name, codesOf(table, l.match(m.To)), snaps...)...)
		}
	}
	return out.Sorted()
}

// codesOf lists the codes of the records that approved rows of a table choose.
func codesOf(t *mapping.Table, field string) []string {
	var out []string
	for _, r := range t.Rows() {
		if r.State == mapping.Approved {
			out = append(out, strings.TrimSpace(text(r.Value[field])))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
