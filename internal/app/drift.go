package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/planwright/planwright/runtime/approval"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/drift"
)

// Drift is what changed between two versions of a spec, and who notices.
type Drift struct {
	drift.Report
	// Judged are the plans that were looked at: those approved or proposed, and those given.
	Judged []string `json:"judged"`
	// Approved are those of the touched plans that are approved: their approvals are stale under
	// the new version, as is every approval that pins the old one.
	Approved []string `json:"approved,omitempty"`
	// Unknown says why the plans of the journal were not looked at; empty when they were.
	Unknown string `json:"unknown,omitempty"`
}

// Diff compares two versions of a spec: each a known name, "embedded:NAME", a digest of a spec
// that was replaced, or a file. A file stands for a version of the other side's spec, under
// its overlay. Plans are those of the journal and the given files.
func (a *App) Diff(before, after string, plans []PlanFile) (Drift, error) {
	was, err := a.side(before, after)
	if err != nil {
		return Drift{}, err
	}
	is, err := a.side(after, before)
	if err != nil {
		return Drift{}, err
	}
	if was.Name != is.Name {
		is.Name = was.Name // two specs laid over each other: their own names differ in everything
	}
	old, list := catalog.Open("", []catalog.Source{was})
	if list.HasErrors() {
		return Drift{}, list
	}
	now, list := catalog.Open("", []catalog.Source{is})
	if list.HasErrors() {
		return Drift{}, list
	}
	uses, d := a.uses()
	for _, p := range plans {
		use, err := a.useOf(p, was)
		if err != nil {
			return Drift{}, err
		}
		uses = append(uses, use)
	}
	return d.of(drift.Compare(old, now, was.Name), old, uses), nil
}

// PlanFile is a plan as a file: what it is called in diagnostics, and its text.
type PlanFile struct {
	File string
	Text []byte
}

// side finds one side of a comparison; other is the other side's name, which a file takes.
func (a *App) side(name, other string) (catalog.Source, error) {
	src, ok, err := a.stored(name)
	if err != nil || ok {
		return src, err
	}
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return src, problem(fmt.Errorf("compare %s: no spec, digest or file of that name", name), "planwright spec list")
	}
	if err != nil {
		return src, err
	}
	src = catalog.Source{Name: "api", Spec: data}
	peer, ok, err := a.stored(other)
	if ok {
		src.Name, src.Overlay = peer.Name, peer.Overlay
	}
	return src, err
}

// stored returns a version that is known by a name or a digest.
func (a *App) stored(name string) (catalog.Source, bool, error) {
	if own, ok := strings.CutPrefix(name, "embedded:"); ok {
		for _, s := range specs.Embedded() {
			if s.Name == own {
				return s, true, nil
			}
		}
		return catalog.Source{}, false, nil
	}
	if strings.HasPrefix(name, "sha256:") {
		return a.byDigest(name)
	}
	return a.source(name)
}

func (a *App) byDigest(digest string) (catalog.Source, bool, error) {
	sources, err := a.sources()
	if err != nil {
		return catalog.Source{}, false, err
	}
	for _, s := range append(sources, specs.Embedded()...) {
		if spec, _ := s.Digests(); len(digest) > len("sha256:")+7 && strings.HasPrefix(spec, digest) {
			return s, true, nil
		}
	}
	return a.keptSource(digest)
}

// driftOf compares the versions before and after a change of one spec, for the plans of the
// journal. It is nil when there is nothing to say.
func (a *App) driftOf(before, after *catalog.Catalog, name string) *Drift {
	if _, ok := before.API(name); !ok {
		return nil
	}
	uses, d := a.uses()
	d = d.of(drift.Compare(before, after, name), before, uses)
	if d.Same() {
		return nil
	}
	return &d
}

// of finishes a drift: whom the changes touch.
func (d Drift) of(r drift.Report, old *catalog.Catalog, uses []drift.Use) Drift {
	d.Report = r.For(old, uses)
	approved := map[string]bool{}
	for _, name := range d.Approved {
		approved[name] = true
	}
	d.Judged, d.Approved = []string{}, nil
	for _, u := range uses {
		if u.Touches(r.API) {
			d.Judged = append(d.Judged, u.Plan)
		}
	}
	for _, name := range d.Plans() {
		if approved[name] {
			d.Approved = append(d.Approved, name)
		}
	}
	return d
}

// uses reads from the journal what approved and proposed plans use. The Drift says which are
// approved, or why they are not known. A folder without a journal has no plans.
func (a *App) uses() ([]drift.Use, Drift) {
	var d Drift
	if _, err := os.Stat(a.path("journal.db")); errors.Is(err, fs.ErrNotExist) {
		return nil, d
	}
	book, err := a.proposals()
	if err != nil {
		d.Unknown = err.Error()
		return nil, d
	}
	var uses []drift.Use
	for _, r := range book.Records() {
		if r.State != approval.Proposed && r.State != approval.Approved {
			continue
		}
		var sheet check.Sheet
		if json.Unmarshal(r.Proposal.Sheet, &sheet) != nil {
			d.Unknown = fmt.Sprintf("the sheet of %s cannot be read", r.Proposal.ID)
			continue
		}
		uses = append(uses, useOf(r.Proposal.Name, sheet))
		if r.State == approval.Approved {
			d.Approved = append(d.Approved, r.Proposal.Name)
		}
	}
	return uses, d
}

// proposals folds the plans' streams of the journal.
func (a *App) proposals() (*approval.Book, error) {
	j, err := a.Journal()
	if err != nil {
		return nil, err
	}
	book := approval.NewBook()
	for stream, err := range j.Streams(approval.PlanPrefix) {
		if err != nil {
			return nil, err
		}
		entries, err := j.Stream(stream)
		if err != nil {
			return nil, err
		}
		if err := apply(book, entries); err != nil {
			return nil, err
		}
	}
	return book, nil
}

func apply(book *approval.Book, entries []journal.Entry) error {
	for _, e := range entries {
		if err := book.Apply(e); err != nil {
			return err
		}
	}
	return nil
}

// useOf is what a plan in a file uses, checked under the version that it was written for.
func (a *App) useOf(f PlanFile, was catalog.Source) (drift.Use, error) {
	sources, err := a.sources()
	if err != nil {
		return drift.Use{}, err
	}
	sources = append(slices.DeleteFunc(sources, func(s catalog.Source) bool { return s.Name == was.Name }), was)
	cat, list := catalog.Open("", sources)
	if list.HasErrors() {
		return drift.Use{}, list
	}
	p, list := plan.Parse(f.File, f.Text)
	if list.HasErrors() {
		return drift.Use{}, list
	}
	checked, list := check.Check(p, cat)
	if checked == nil {
		return drift.Use{}, list
	}
	return useOf(p.Name, checked.Sheet()), nil
}

func useOf(name string, sheet check.Sheet) drift.Use {
	u := drift.Use{Plan: name, Reads: map[string][]string{}, Writes: map[string][]string{}}
	for _, o := range sheet.Operations {
		u.Operations = append(u.Operations, o.Name)
	}
	for _, o := range sheet.Objects {
		if len(o.Reads) > 0 {
			u.Reads[o.Name] = o.Reads
		}
		if len(o.Writes) > 0 {
			u.Writes[o.Name] = o.Writes
		}
	}
	return u
}
