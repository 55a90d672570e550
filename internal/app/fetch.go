package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/planwright/planwright/agent/match"
	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/localengine"
	"github.com/planwright/planwright/specs/catalog"
)

// record is one record of an object: what it is matched by, and its fields.
type record struct {
	match.Record
	fields map[string]any
}

// label is what a person knows the record by.
func (r record) label() string { return label(r.Name, r.Code) }

func label(name, code string) string {
	switch {
	case name == "":
		return code
	case code == "" || code == name:
		return name
	}
	return name + " (" + code + ")"
}

// fresh is how long a list of records serves further decisions: with a call for each, Xero's
// 60 a minute and 1,000 a day would be spent on deciding.
const fresh = 2 * time.Minute

// list is all live records of an object as they were at a moment.
type list struct {
	at      time.Time
	records []record
}

// lists are live records, by object, that were read for one decision.
type lists map[string][]record

// unreadError says that a decision needs the live records of an object.
type unreadError struct{ object string }

func (e *unreadError) Error() string { return "read " + e.object + ": not read yet" }

// deciding calls decide with l.mu held, and from the beginning again with the lists that it
// turned out to need. Those are read without holding anybody up: a vendor may be slow.
func (l *live) deciding(ctx context.Context, decide func(lists) error) error {
	read := lists{}
	for {
		l.mu.Lock()
		err := decide(read)
		l.mu.Unlock()
		var need *unreadError
		if !errors.As(err, &need) || read[need.object] != nil {
			return err
		}
		records, err := l.fetch(ctx, need.object)
		if err != nil {
			return err
		}
		read[need.object] = append([]record{}, records...) // one that is empty was read, too
		l.mu.Lock()
		l.lists[need.object] = list{l.app.cfg.Now(), records}
		l.mu.Unlock()
	}
}

// recent returns all live records of an object: as they were read for this decision, or as
// they were a moment ago if the one that is looked for is among those. l.mu is held.
func (l *live) recent(read lists, object string, wanted func(record) bool) ([]record, error) {
	if records := read[object]; records != nil {
		return records, nil
	}
	known, ok := l.lists[object]
	if ok && l.app.cfg.Now().Sub(known.at) < fresh && slices.ContainsFunc(known.records, wanted) {
		return known.records, nil
	}
	return nil, &unreadError{object}
}

// fetch reads all live records of an object.
func (l *live) fetch(ctx context.Context, object string) ([]record, error) {
	return l.fetchBy(ctx, l.caller, object)
}

// fetchBy is fetch through another caller.
func (l *live) fetchBy(ctx context.Context, caller localengine.Caller, object string) ([]record, error) {
	apiName, short, _ := strings.Cut(object, ".")
	api, ok := l.cat.API(apiName)
	if !ok {
		return nil, fmt.Errorf("read %s: no such api", object)
	}
	entity, ok := l.cat.Entity(object)
	if !ok || len(entity.Match) == 0 {
		return nil, fmt.Errorf("read %s: its overlay does not say how records are recognised", object)
	}
	op, args, err := l.listing(apiName, short, entity)
	if err != nil {
		return nil, err
	}
	req, err := apicall.Render(api, op, l.cat, args)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", object, err)
	}
	out := caller.Call(ctx, req)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if out.Class != catalog.ClassOK {
		p := &Problem{Err: fmt.Errorf("read %s: %s answered %s: %s", object, apiName, out.Class, out.Message), Next: "see that " + apiName + " is up and connected: planwright connect"}
		if out.Class == catalog.ClassLimit {
			p.After = out.RetryAfter
			p.Next = fmt.Sprintf("try again in %s; what is used of it: planwright quota", out.RetryAfter.Round(time.Second))
		}
		return nil, p
	}
	obj, _ := l.cat.Object(object)
	var records []record
	rows, _ := out.Value.([]any)
	for _, x := range rows {
		fields, ok := x.(map[string]any)
		if !ok || !isLive(fields, entity.Live) {
			continue
		}
		r := record{fields: fields}
		r.ID, r.Code = text(fields[obj.Key]), text(fields[entity.Match[0]])
		if r.ID == "" {
			r.ID = r.Code // tax rates have no id of their own
		}
		if len(entity.Match) > 1 {
			r.Name = text(fields[entity.Match[1]])
		}
		records = append(records, r)
	}
	return records, nil
}

// listing is the read that returns all records: a list operation, else a query.
func (l *live) listing(api, short string, e catalog.Entity) (*catalog.Operation, apicall.Args, error) {
	if e.List != "" {
		if op, ok := l.cat.Operation(api + "." + e.List); ok && op.Query == nil {
			return op, apicall.Args{}, nil
		}
	}
	obj, ok := l.cat.Object(api + "." + short)
	for _, op := range l.cat.Operations(api) {
		if op.Query == nil || !ok || op.Effect != catalog.EffectNone {
			continue
		}
		fields := append([]string{obj.Key}, e.Match...)
		for f := range maps.Keys(e.Live) {
			fields = append(fields, f)
		}
		slices.Sort(fields)
		return op, apicall.Args{Query: &apicall.Query{Select: slices.Compact(fields), From: short, Order: []string{obj.Key}}}, nil
	}
	return nil, apicall.Args{}, fmt.Errorf("read %s.%s: no operation lists its records", api, short)
}

func isLive(fields map[string]any, live map[string]string) bool {
	for f, want := range live {
		if got, has := fields[f]; has && !strings.EqualFold(text(got), want) {
			return false
		}
	}
	return true
}

func text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}
