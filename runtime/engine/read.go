package engine

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
)

// read returns a recorded answer, or makes the call the next action.
func (w *walk) read(path string, op *catalog.Operation, args apicall.Args) (any, error) {
	got, ok := w.known(path)
	if !ok {
		return nil, do(Action{Kind: DoRead, Path: path, Operation: op, Args: args, Entity: op.Entity})
	}
	switch got.Outcome.Class {
	case catalog.ClassOK:
		return got.Outcome.Value, nil
	case catalog.ClassAbsent:
		return nil, hold(HoldData, path, "%s found no such record: %s", op.Name(), got.Outcome.Message)
	case catalog.ClassPerson, catalog.ClassRefresh:
		return nil, hold(HoldPerson, path, "%s was refused: %s", op.Name(), got.Outcome.Message)
	default:
		return nil, hold(HoldData, path, "%s was refused: %s", op.Name(), got.Outcome.Message)
	}
}

func (w *walk) readStep(pointer, path string, st *plan.Step) (any, error) {
	op := w.p.Checked.Step(st.ID).Operation
	args, err := w.params(pointer, path, st.With)
	if err != nil {
		return nil, err
	}
	object := ""
	switch {
	case st.From != "":
		object = op.API + "." + st.From
	case op.Response != nil:
		object = op.Response.Type.Ref
	}
	where, err := w.where(pointer, path, object, st.Where)
	if err != nil {
		return nil, err
	}
	if st.From != "" {
		args.Query = &apicall.Query{Select: st.Select, From: st.From, Where: where, Order: st.Order}
		return w.read(path, op, args)
	}
	args.Filter = where
	w.selectFields(op, &args)
	return w.read(path, op, args)
}

// where evaluates what the records of a read must match. A value that is absent or empty
// holds the run: a filter without it would find other records.
func (w *walk) where(pointer, path, object string, where plan.Where) (apicall.Where, error) {
	if len(where) == 0 {
		return nil, nil
	}
	out := make(apicall.Where, len(where))
	for _, cmp := range where.All(pointer + "/where") {
		v, present, err := w.value(cmp.Pointer, path, &cmp.Value)
		if err != nil {
			return nil, err
		}
		if !present || saysNothing(v) {
			return nil, hold(HoldData, path, "%s: what %s is compared with is empty, and without it other records would be found", cmp.Pointer, cmp.Field)
		}
		if list, ok := v.([]any); ok && len(list) > plan.MaxIn {
			return nil, hold(HoldData, path, "%s: %s is compared with a list of %d elements, and at most %d are sent", cmp.Pointer, cmp.Field, len(list), plan.MaxIn)
		}
		cond := apicall.Cond{Field: cmp.Field, Op: cmp.Op, Value: v}
		if obj, ok := w.p.Catalog.Object(object); ok {
			if f, ok := obj.Field(cmp.Field); ok {
				cond.Type = f.Type
			}
		}
		out[cmp.Way] = append(out[cmp.Way], cond)
	}
	return out, nil
}

// saysNothing reports a value that a filter would be wider without: an empty text, an empty
// list, or a list that holds one of these.
func saysNothing(v any) bool {
	if list, ok := v.([]any); ok {
		return len(list) == 0 || slices.ContainsFunc(list, saysNothing)
	}
	return v == nil || v == ""
}

func (w *walk) params(pointer, path string, with map[string]plan.Value) (apicall.Args, error) {
	params, err := w.values(pointer+"/with", path, with)
	return apicall.Args{Params: params}, err
}

// selectFields asks for no more than the plan reads, where the operation lets us choose.
func (w *walk) selectFields(op *catalog.Operation, args *apicall.Args) {
	if op.Select == "" || op.Response == nil {
		return
	}
	if fields := w.p.fields(op.Response.Type.Ref); len(fields) > 0 {
		args.Params[op.Select] = strings.Join(fields, ",")
	}
}

// fields lists what the plan reads of an object, its key included.
func (p *Program) fields(object string) []string {
	fields := slices.Clone(p.reads[object])
	if obj, ok := p.Catalog.Object(object); ok && obj.Key != "" && !slices.Contains(fields, obj.Key) {
		fields = append(fields, obj.Key)
	}
	slices.Sort(fields)
	return fields
}

// find looks a record up by one of an ensure step's alternatives. nil means that no live
// record has these values.
func (w *walk) find(pointer, path string, entity catalog.Entity, api string, by plan.FindBy) (map[string]any, error) {
	values, err := w.values(pointer, path, map[string]plan.Value(by))
	if err != nil {
		return nil, err
	}
	if len(values) < len(by) {
		return nil, nil // a value is absent: what is left would find another record
	}
	for _, v := range values {
		if v == nil || v == "" {
			return nil, nil // nothing to look for: an empty value would find whatever comes first
		}
	}
	op, args, err := w.p.lookup(entity, api, values)
	if err != nil {
		return nil, fmt.Errorf("ensure %s: %w", path, err)
	}
	if got, ok := w.known(path); ok && got.Outcome.Class == catalog.ClassAbsent {
		return nil, nil
	}
	answer, err := w.read(path, op, args)
	if err != nil {
		return nil, err
	}
	found := matching(answer, values, entity.Live)
	if len(found) > 1 {
		return nil, hold(HoldPerson, path, "%d live records of %s have %s: a person must say which", len(found), entity.Object, named(values))
	}
	if len(found) == 0 {
		return nil, nil
	}
	return found[0], nil
}

// lookup makes the read that finds records with these values.
func (p *Program) lookup(entity catalog.Entity, api string, values map[string]any) (*catalog.Operation, apicall.Args, error) {
	var look catalog.Lookup
	for i, field := range sortedKeys(values) {
		l, ok := entity.Find[field]
		if !ok || (i > 0 && l != look) {
			return nil, apicall.Args{}, fmt.Errorf("field %s of %s cannot be looked up", field, entity.Object)
		}
		look = l
	}
	return apicall.Lookup(p.Catalog, api+"."+short(entity.Object), look, values)
}

// matching keeps the records that really have the values asked for and are live: a
// vendor's filter may ignore case or accents, or be a search.
func matching(answer any, values map[string]any, live map[string]string) []map[string]any {
	var out []map[string]any
	for _, x := range asList(answer) {
		rec, ok := x.(map[string]any)
		if !ok {
			continue
		}
		keep := true
		for field, want := range values {
			keep = keep && sameText(rec[field], want)
		}
		for field, want := range live {
			got, has := rec[field]
			keep = keep && (!has || sameText(got, want))
		}
		if keep {
			out = append(out, rec)
		}
	}
	return out
}

func asList(v any) []any {
	switch v := v.(type) {
	case []any:
		return v
	case nil:
		return nil
	}
	return []any{v}
}

// sameText compares as the vendor's uniqueness does: case and outer blanks ignored.
func sameText(a, b any) bool {
	x, y := strings.TrimSpace(fmt.Sprint(a)), strings.TrimSpace(fmt.Sprint(b))
	return a != nil && strings.EqualFold(x, y)
}

func named(values map[string]any) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(values)) {
		parts = append(parts, fmt.Sprintf("%s %q", k, fmt.Sprint(values[k])))
	}
	return strings.Join(parts, " and ")
}

// differs compares what was to be written with a record found in its place and names the
// first member that contradicts it. Members the vendor adds, drops or computes are not
// compared; Status may have moved on.
func differs(body, found any, ignore string) string {
	want, ok := body.(map[string]any)
	have, ok2 := found.(map[string]any)
	if !ok || !ok2 {
		return ""
	}
	for _, k := range slices.Sorted(maps.Keys(want)) {
		got, has := have[k]
		if !has || k == ignore {
			continue
		}
		switch v := want[k].(type) {
		case map[string]any:
			if d := differs(v, got, ignore); d != "" {
				return k + "." + d
			}
		case []any, nil:
		default:
			if !sameScalar(v, got) {
				return k
			}
		}
	}
	return ""
}

func sameScalar(a, b any) bool {
	x, okx := number(a)
	y, oky := number(b)
	if okx && oky {
		return x.Equal(y)
	}
	return sameText(a, b)
}

// amount sums what a body asks to be paid, as the overlay says: each line's quantity
// times unit less its discount, rounded half up to cents.
func amount(m *catalog.Money, body any) decimal.Decimal {
	total := decimal.Zero()
	obj, _ := body.(map[string]any)
	hundred := decimal.FromInt(100)
	for _, x := range asList(obj[m.Lines]) {
		line, _ := x.(map[string]any)
		quantity, ok := number(line[m.Quantity])
		if !ok {
			quantity = decimal.FromInt(1)
		}
		unit, _ := number(line[m.Unit])
		discount, _ := number(line[m.Discount])
		gross := quantity.Mul(unit).Mul(hundred.Sub(discount)).Mul(decimal.Must("0.01"))
		total = total.Add(gross.Cents())
	}
	return total
}
