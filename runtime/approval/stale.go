package approval

import (
	"fmt"
	"maps"
	"slices"

	"github.com/planwright/planwright/runtime/mapping"
	"github.com/planwright/planwright/runtime/plan"
)

// Facts are what an approval depends on, as they are now.
type Facts struct {
	Specs    map[string]plan.Digest      // by API
	Overlays map[string]plan.Digest      // by API; an API without overlay is left out
	Rows     map[string]mapping.Snapshot // approved rows, by mapping
	Tenants  map[string]string           // by API; one that is not connected is left out
}

// Cause says what kind of fact has changed.
type Cause string

// The closed list of causes.
const (
	SpecChanged    Cause = "spec"
	OverlayChanged Cause = "overlay"
	RowChanged     Cause = "row"
	TenantChanged  Cause = "tenant"
)

// Reason is one thing that makes an approval stale.
type Reason struct {
	Cause   Cause  `json:"cause"`
	Subject string `json:"subject"` // the API, or the mapping and the row's key
	Text    string `json:"text"`    // for people: a sentence without a full stop
}

// String returns the text.
func (r Reason) String() string { return r.Text }

// Stale returns every reason why the approval does not hold under the facts: APIs first,
// then rows, each sorted. None means that it holds. Rows approved since then are no
// reason, as nobody relied on them.
func (a Approval) Stale(now Facts) []Reason {
	var out []Reason
	for _, api := range slices.Sorted(maps.Keys(a.Proposal.APIs)) {
		ref := a.Proposal.APIs[api]
		out = appendDigest(out, SpecChanged, api, ref.Spec, now.Specs[api])
		out = appendDigest(out, OverlayChanged, api, ref.Overlay, now.Overlays[api])
		was, is := a.Decision.Tenants[api], now.Tenants[api]
		if was != "" && is != "" && was != is {
			out = append(out, Reason{TenantChanged, api, fmt.Sprintf("%s is connected to another tenant than the one approved", api)})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(a.Decision.Rows)) {
		for _, key := range now.Rows[name].Changed(a.Decision.Rows[name]) {
			what := "was withdrawn"
			if _, ok := now.Rows[name][key]; ok {
				what = "was replaced by another"
			}
			out = append(out, Reason{RowChanged, name + " " + key, fmt.Sprintf("the row %s of mapping %s %s after the approval", key, name, what)})
		}
	}
	return out
}

func appendDigest(out []Reason, c Cause, api string, was, is plan.Digest) []Reason {
	if was == is {
		return out
	}
	text := fmt.Sprintf("the %s of %s has changed: approved with %s, now %s", c, api, short(was), short(is))
	switch {
	case is == "":
		text = fmt.Sprintf("the %s of %s is gone: approved with %s", c, api, short(was))
	case was == "":
		text = fmt.Sprintf("%s has %s %s, and was approved without", api, c, short(is))
	}
	return append(out, Reason{c, api, text})
}

// short cuts a digest to what a person compares.
func short(d plan.Digest) string {
	const keep = len("sha256:") + 12
	if len(d) > keep {
		return string(d[:keep]) + "…"
	}
	return string(d)
}

// StateUnder returns the record's state with stale told from approved.
func (r Record) StateUnder(now Facts) State {
	if r.State == Approved && len(Approval{r.Proposal, *r.Decision}.Stale(now)) > 0 {
		return Stale
	}
	return r.State
}
