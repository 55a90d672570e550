package dryrun

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// made is a record that would have been created.
type made struct {
	object, id string
	fields     map[string]any
}

// write shows the request as it would be sent, and answers it by prediction.
func (t *try) write(ctx context.Context, a engine.Action) (bool, error) {
	req, err := t.prog.Request(a, t.cfg.Tenant(a.Operation.API), t.run)
	if err != nil {
		return t.hold(engine.Hold{Code: engine.HoldData, Path: a.Path, Message: err.Error()})
	}
	t.out.Calls[a.Operation.API]++
	if a.DayLimit > 0 {
		if int64(t.cfg.Begun(a.Entity)+t.begun[a.Entity]) >= a.DayLimit {
			t.out.Holds = append(t.out.Holds, Hold{Step: a.Path, Code: engine.HoldLimit, Passed: true, Message: fmt.Sprintf(
				"the plan allows %d of %s a day: it would go on tomorrow", a.DayLimit, a.Entity)})
		}
		t.begun[a.Entity]++
	}
	x, err := plain(a.Args.Body)
	if err != nil {
		return false, err
	}
	body, _ := x.(map[string]any)
	w := &Write{
		Effect: a.Operation.Effect, Object: a.Entity, Method: req.Method, Path: req.Path, Digest: req.Digest(), Natural: a.Natural, Fields: []Field{},
	}
	t.out.Steps = append(t.out.Steps, Step{Path: a.Path, Title: t.title(a.Path), Kind: StepWrite, Operation: a.Operation.Name(), Write: w})
	intent := engine.Intent{Path: a.Path, Attempt: a.Attempt, Request: req, Digest: req.Digest(), Natural: a.Natural, Body: a.Body}
	if err := t.note(engine.KindIntent, intent); err != nil {
		return false, err
	}
	out := apicall.Outcome{Class: catalog.ClassOK}
	if w.Exists, err = t.exists(ctx, a); err != nil {
		return false, err
	}
	value, err := t.show(ctx, a, w, body)
	if err != nil {
		return false, err
	}
	if w.Exists { // the vendor refuses it, and the machine looks at what is there
		out = apicall.Outcome{Class: catalog.ClassDuplicate, Message: a.Natural + " is taken"}
	} else {
		out.Value = t.prog.Prune(a, t.happened(a, body, value))
	}
	return true, t.note(engine.KindOutcome, engine.WriteOutcome{Path: a.Path, Attempt: a.Attempt, Outcome: out})
}

// exists reports whether the key that the vendor keeps unique is taken.
func (t *try) exists(ctx context.Context, a engine.Action) (bool, error) {
	rep := a.Operation.Repeat
	if a.Natural == "" || rep == nil || rep.Way != catalog.WayUnique || rep.Lookup == nil {
		return false, nil
	}
	op, args, err := apicall.Lookup(t.cfg.Catalog, a.Entity, *rep.Lookup, map[string]any{rep.Key: a.Natural})
	if err != nil {
		return false, err
	}
	out, err := t.lookUp(ctx, op, args)
	if err != nil {
		return false, err
	}
	list, _ := out.Value.([]any)
	return slices.ContainsFunc(list, func(x any) bool {
		rec, _ := x.(map[string]any)
		return strings.EqualFold(strings.TrimSpace(fmt.Sprint(rec[rep.Key])), strings.TrimSpace(a.Natural))
	}), nil
}

// show fills in the fields of a write and returns the record as it would be after it.
func (t *try) show(ctx context.Context, a engine.Action, w *Write, body map[string]any) (map[string]any, error) {
	after := maps.Clone(body)
	if after == nil {
		after = map[string]any{}
	}
	var before map[string]any
	if a.Operation.Effect != catalog.EffectCreate {
		var err error
		if before, w.Unread, err = t.before(ctx, a, body); err != nil {
			return nil, err
		}
		after = maps.Clone(before)
		if after == nil {
			after = map[string]any{}
		}
		maps.Copy(after, body)
	}
	lines := ""
	if m := a.Operation.Money; m != nil && body[m.Lines] != nil {
		lines = m.Lines
		w.Lines = t.table(a.Operation, body[lines])
		if m.Tax != nil && a.Operation.Effect == catalog.EffectCreate {
			sums, err := t.sums(ctx, a.Operation, body)
			if err != nil {
				return nil, err
			}
			w.Sums = sums
			t.summed(m, sums, after)
		}
	}
	w.fields("", before, body, lines)
	return after, nil
}

// fields lists what is written, member by member. Lists are compared whole.
func (w *Write) fields(prefix string, before, after map[string]any, lines string) {
	for _, name := range slices.Sorted(maps.Keys(after)) {
		if prefix == "" && name == lines && lines != "" {
			continue
		}
		was, is := before[name], after[name]
		if inner, ok := is.(map[string]any); ok {
			old, _ := was.(map[string]any)
			w.fields(prefix+name+".", old, inner, "")
			continue
		}
		w.Fields = append(w.Fields, Field{Name: prefix + name, Before: was, After: is, Changes: !same(was, is)})
	}
}

func same(a, b any) bool {
	x, ok := a.(json.Number)
	y, ok2 := b.(json.Number)
	if ok && ok2 {
		return number(x).Equal(*number(y))
	}
	return reflect.DeepEqual(a, b)
}

// table lays lines out under the fields that any of them has, in the vendor's order.
func (t *try) table(op *catalog.Operation, v any) *Lines {
	list, _ := v.([]any)
	l := &Lines{Columns: []string{}, Rows: [][]any{}}
	for _, f := range t.lineFields(op) {
		if slices.ContainsFunc(list, func(x any) bool {
			line, _ := x.(map[string]any)
			return line[f.Name] != nil
		}) {
			l.Columns = append(l.Columns, f.Name)
		}
	}
	for _, x := range list {
		line, _ := x.(map[string]any)
		row := make([]any, len(l.Columns))
		for i, name := range l.Columns {
			row[i] = line[name]
		}
		l.Rows = append(l.Rows, row)
	}
	return l
}

// before reads the record that a write changes, as it is now.
func (t *try) before(ctx context.Context, a engine.Action, body map[string]any) (rec map[string]any, unread string, err error) {
	entity, ok := t.cfg.Catalog.Entity(a.Entity)
	op, has := t.cfg.Catalog.Operation(a.Operation.API + "." + entity.Get)
	id := t.target(a)
	switch {
	case !ok || !has || id == "":
		return nil, "one record of " + a.Entity + " cannot be read", nil
	case t.madeAs(a.Entity, id) != nil:
		return t.madeAs(a.Entity, id).fields, "", nil
	}
	args := apicall.Args{Params: map[string]any{}}
	for _, p := range op.Params {
		if p.In == catalog.InPath {
			args.Params[p.Name] = id
		}
	}
	if obj, ok := t.cfg.Catalog.Object(a.Entity); ok && op.Select != "" {
		fields := []string{obj.Key}
		for name := range body {
			if f, ok := obj.Field(name); ok && !f.WriteOnly {
				fields = append(fields, name)
			}
		}
		slices.Sort(fields)
		args.Params[op.Select] = strings.Join(slices.Compact(fields), ",")
	}
	out, err := t.lookUp(ctx, op, args)
	if err != nil {
		return nil, "", err
	}
	v := out.Value
	if list, ok := v.([]any); ok && len(list) == 1 {
		v = list[0]
	}
	found, ok := v.(map[string]any)
	if out.Class != catalog.ClassOK || !ok {
		return nil, "it could not be read: " + out.Message, nil
	}
	rec = maps.Clone(found)
	maps.Copy(rec, t.moved[a.Entity+" "+id])
	return rec, "", nil
}

// target is the id of the record that a write changes: in its path, else in its body.
func (t *try) target(a engine.Action) string {
	for _, p := range a.Operation.Params {
		if v := a.Args.Params[p.Name]; p.In == catalog.InPath && v != nil {
			return fmt.Sprint(v)
		}
	}
	obj, ok := t.cfg.Catalog.Object(a.Entity)
	body, _ := a.Args.Body.(map[string]any)
	if !ok || body[obj.Key] == nil {
		return ""
	}
	return fmt.Sprint(body[obj.Key])
}

// happened notes what a write would have done and returns what it would answer.
func (t *try) happened(a engine.Action, body, after map[string]any) any {
	obj, known := t.cfg.Catalog.Object(a.Entity)
	id := t.target(a)
	switch {
	case a.Operation.Effect == catalog.EffectCreate && known:
		id = t.placeholder(a.Entity)
		after[obj.Key] = id
		t.made = append(t.made, made{object: a.Entity, id: id, fields: after})
	case known && id != "":
		if m := t.madeAs(a.Entity, id); m != nil {
			maps.Copy(m.fields, body)
			break
		}
		if t.moved[a.Entity+" "+id] == nil {
			t.moved[a.Entity+" "+id] = map[string]any{}
		}
		maps.Copy(t.moved[a.Entity+" "+id], body)
	}
	r := a.Operation.Response
	switch {
	case r == nil:
		return nil
	case r.Type.Ref == a.Entity:
		return after
	}
	return t.receipt(r.Type, a.Entity, id)
}

// receipt is an answer that is not the record itself: the id, and that all is well.
func (t *try) receipt(typ schema.Type, object, id string) any {
	obj, ok := t.cfg.Catalog.Object(typ.Ref)
	if !ok {
		return nil
	}
	out := map[string]any{}
	for _, f := range obj.Fields {
		switch {
		case f.Type.Kind == schema.String && (f.Name == obj.Key || strings.EqualFold(f.Name, "id") || strings.HasPrefix(f.Type.Nominal, object+".")):
			out[f.Name] = id
		case f.Type.Kind == schema.Bool && f.Always:
			out[f.Name] = true
		case f.Type.Kind == schema.List && f.Always:
			out[f.Name] = []any{}
		}
	}
	return out
}

// placeholder is the id of a record that is not there: nobody takes it for one.
func (t *try) placeholder(object string) string {
	short, n := object[strings.LastIndexByte(object, '.')+1:], 1
	for _, m := range t.made {
		if m.object == object {
			n++
		}
	}
	if n > 1 {
		return fmt.Sprintf("(new %s %d)", short, n)
	}
	return "(new " + short + ")"
}

func (t *try) madeAs(object, id string) *made {
	for i := range t.made {
		if t.made[i].object == object && t.made[i].id == id {
			return &t.made[i]
		}
	}
	return nil
}
