package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/localengine"
	"github.com/planwright/planwright/specs/catalog"
)

// AnyRecord stands in a proposed command for the id of a record that nobody has found yet.
const AnyRecord = "RECORD"

// AdoptWord is what a person says who takes a record at the vendor for what a run was to make.
type AdoptWord struct {
	By  string
	Why string
	// Despite takes a record that is not what was sent, too; Seen, when set, only with the very
	// differences of that [Adoption.Seen].
	Despite bool
	Seen    string
	// Look changes nothing: it only says what an adoption would find.
	Look bool
}

// Adoption is a record at the vendor against what a held run was to make.
type Adoption struct {
	Run    string         `json:"run"`
	Step   string         `json:"step"`
	Object string         `json:"object"`
	Record string         `json:"record"` // its id
	Shows  []engine.Shown `json:"shows"`  // by which people know it
	// Differences are all fields in which it is not what was sent.
	Differences []engine.Difference `json:"differences"`
	// Adopted says that it is the run's; else it needs a person who takes it despite them.
	Adopted bool `json:"adopted"`
}

// Seen tells these differences from any others.
func (a Adoption) Seen() string { return fmt.Sprintf("%q %q", a.Record, a.Differences) }

// Adopt takes a record at the vendor, by its id, for what a held run was to make: it is read
// now and compared with what was sent. An empty record means the one that the run itself
// found. Nothing is sent; the run reads it again and goes on. A record in which something
// differs is only taken by a word that says so, and one that another run made or adopted never.
func (a *App) Adopt(ctx context.Context, ref, record string, w AdoptWord) (Adoption, error) {
	l, v, err := a.find(ref)
	if err != nil {
		return Adoption{}, err
	}
	try, prog, err := l.adoptable(v.ID)
	if err != nil {
		return Adoption{}, problem(fmt.Errorf("adopt for run %s: %w", v.ID, err), "planwright runs show "+v.ID)
	}
	if record = cmp.Or(strings.TrimSpace(record), try.Seen); record == "" {
		return Adoption{}, problem(fmt.Errorf("adopt for run %s: no %s was found in its place; name the one", v.ID, try.Object), fmt.Sprintf("planwright runs adopt %s RECORD", v.ID))
	}
	found, err := l.recordToAdopt(ctx, prog, v, try, record)
	if err != nil {
		return Adoption{}, err
	}
	out := Adoption{
		Run: v.ID, Step: try.Path, Object: try.Object, Record: prog.RecordID(try.Object, found), Shows: try.Shown(found),
		Differences: append([]engine.Difference{}, try.Differences(found)...),
	}
	if err := l.unowned(ctx, v, out); err != nil {
		return out, problem(err, "planwright ledger "+out.Record)
	}
	if w.Look || len(out.Differences) > 0 && (!w.Despite || w.Seen != "" && w.Seen != out.Seen()) {
		return out, nil
	}
	err = l.engine.Adopt(ctx, v.ID, try.Object, try.Held, engine.Adopted{
		Path: try.Path, Attempt: try.Attempt, Record: out.Record, Despite: out.Differences, By: w.By, Why: w.Why,
	})
	if err != nil {
		return out, problem(err, "planwright runs show "+v.ID)
	}
	out.Adopted = true
	return out, nil
}

// adoptable is the write for which a held run may adopt a record.
func (l *live) adoptable(id string) (engine.Adoption, *engine.Program, error) {
	entries, err := l.engine.Record(id)
	if err != nil {
		return engine.Adoption{}, nil, err
	}
	state, err := engine.Fold(entries)
	if err != nil {
		return engine.Adoption{}, nil, err
	}
	prog, err := l.Program(state.Started.Plan)
	if err != nil {
		return engine.Adoption{}, nil, err
	}
	try, err := prog.Adoptable(state)
	return try, prog, err
}

// recordToAdopt reads a record afresh, at the tenant that the run began with.
func (l *live) recordToAdopt(ctx context.Context, prog *engine.Program, v RunView, try engine.Adoption, record string) (any, error) {
	api := apiOf(try.Object)
	if was := v.Tenants[api]; was != "" && was != l.Tenant(api) {
		return nil, problem(fmt.Errorf("adopt for run %s: %s is connected to another tenant than the one the run began with", v.ID, api), "planwright connect "+api)
	}
	read := try.Read(record)
	req, err := prog.Request(read, l.Tenant(api), v.ID)
	if err != nil {
		return nil, fmt.Errorf("adopt for run %s: %w", v.ID, err)
	}
	out := l.caller.Call(ctx, req)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if c := out.Class; c == catalog.ClassRetry || c == catalog.ClassLimit || c == catalog.ClassUnknown {
		return nil, problem(fmt.Errorf("adopt for run %s: %s %.80q could not be read: %s", v.ID, try.Object, record, cmp.Or(out.Message, string(c))), "see that "+api+" is up and connected, and try again")
	}
	if out.Class != catalog.ClassOK || prog.RecordID(try.Object, out.Value) == "" {
		return nil, problem(fmt.Errorf("adopt for run %s: no %s %.80q is found: %s", v.ID, try.Object, record, cmp.Or(out.Message, string(out.Class))), fmt.Sprintf("planwright runs adopt %s RECORD", v.ID))
	}
	return prog.Prune(read, out.Value), nil
}

// unowned refuses a record that another run made, or adopted: no two own the same.
func (l *live) unowned(ctx context.Context, v RunView, a Adoption) error {
	owner, err := l.engine.Owner(a.Object, v.Tenants[apiOf(a.Object)], a.Record)
	if err != nil {
		return err
	}
	if owner != "" && owner != v.ID {
		return fmt.Errorf("adopt for run %s: %w", v.ID, localengine.ErrOwned{Object: a.Object, Record: a.Record, Run: owner})
	}
	mine := errors.New("it is another's")
	err = l.app.Ledger(ctx, "", a.Record, func(m Made) error {
		if m.ID != a.Record || m.Object != a.Object || m.Run == v.ID {
			return nil
		}
		owner = m.Run
		return mine
	})
	if errors.Is(err, mine) {
		return fmt.Errorf("adopt for run %s: %w", v.ID, localengine.ErrOwned{Object: a.Object, Record: a.Record, Run: owner})
	}
	return err
}

// differenceText says one difference in words.
func differenceText(d engine.Difference) string {
	return fmt.Sprintf("%s %q, not %q", d.Field, d.There, d.Sent)
}

// howToAdopt is the command by which a person takes a record for what a held run was to make;
// "" where there is nothing to take one for.
func (l *live) howToAdopt(run, record string) string {
	if _, _, err := l.adoptable(run); run == "" || err != nil {
		return ""
	}
	return fmt.Sprintf("planwright runs adopt %s %s", run, record)
}

// mayAdopt is howToAdopt with the record that the run itself has found, or RECORD in its place.
func (l *live) mayAdopt(s localengine.Summary) string {
	if s.State != engine.Held {
		return ""
	}
	try, _, err := l.adoptable(s.ID)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("planwright runs adopt %s %s", s.ID, cmp.Or(try.Seen, AnyRecord))
}
