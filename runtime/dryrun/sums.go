package dryrun

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/predict"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// sums predicts what a document comes to.
func (t *try) sums(ctx context.Context, op *catalog.Operation, body map[string]any) (*Sums, error) {
	m := op.Money
	basis := m.Tax.Default
	if v, ok := body[m.Tax.Basis].(string); ok {
		basis = v
	}
	var lines []predict.Line
	list, _ := body[m.Lines].([]any)
	for i, x := range list {
		fields, _ := x.(map[string]any)
		line := predict.Line{Quantity: number(fields[m.Quantity]), Unit: number(fields[m.Unit]), Amount: number(fields[m.Tax.Amount]), Tax: number(fields[m.Tax.Tax])}
		if d := number(fields[m.Discount]); d != nil {
			line.DiscountRate = *d
		}
		if d := number(fields[m.Tax.DiscountAmount]); d != nil {
			line.DiscountAmount = *d
		}
		if predict.Basis(basis) != predict.NoTax {
			rate, why, err := t.rate(ctx, op.API, m.Tax, fields)
			if err != nil {
				return nil, err
			}
			if why != "" {
				return &Sums{Unknown: fmt.Sprintf("line %d: %s", i+1, why)}, nil
			}
			line.Rate = rate
		}
		lines = append(lines, line)
	}
	sums, others, err := t.places(op).Predict(predict.Basis(basis), lines)
	if err != nil {
		return &Sums{Unknown: strings.TrimPrefix(err.Error(), "predict: ")}, nil //nolint:nilerr // the sentence is the answer
	}
	out := &Sums{Sums: sums}
	for _, o := range others {
		out.Maybe = append(out.Maybe, Maybe{If: readingText(o.Reading), Sums: o.Sums})
	}
	return out, nil
}

// readingText says in words under what reading the sums are others.
func readingText(r predict.Reading) string {
	var parts []string
	if r.HalvesRise {
		parts = append(parts, "half a cent of a negative amount is rounded up towards zero")
	}
	if r.TaxItself {
		parts = append(parts, "tax inside an amount is rounded itself, and not what is left of the net")
	}
	return strings.Join(parts, " and ")
}

// places are the decimal places that the vendor keeps of a line.
func (t *try) places(op *catalog.Operation) predict.Rules {
	rules := predict.Rules{Unit: 4, Quantity: 4}
	for _, f := range t.lineFields(op) {
		if f.Type.Kind != schema.Decimal || f.Type.Scale <= 0 {
			continue
		}
		switch f.Name {
		case op.Money.Unit:
			rules.Unit = int32(f.Type.Scale) //nolint:gosec // a scale is small
		case op.Money.Quantity:
			rules.Quantity = int32(f.Type.Scale) //nolint:gosec // a scale is small
		}
	}
	return rules
}

// lineFields are the fields of a line of what an operation is sent.
func (t *try) lineFields(op *catalog.Operation) []schema.Field {
	if op.Request == nil {
		return nil
	}
	obj, ok := t.cfg.Catalog.Object(op.Request.Type.Ref)
	if !ok {
		return nil
	}
	f, ok := obj.Field(op.Money.Lines)
	if !ok || f.Type.Elem == nil {
		return nil
	}
	line, ok := t.cfg.Catalog.Object(f.Type.Elem.Ref)
	if !ok {
		return nil
	}
	return line.Fields
}

// rate is the percentage of a line's tax type, or why it is not known.
func (t *try) rate(ctx context.Context, api string, tax *catalog.Tax, line map[string]any) (rate decimal.Decimal, why string, err error) {
	if line[tax.Type] == nil {
		for _, f := range tax.Otherwise {
			v, err := t.found(ctx, api, f, line)
			if err != nil {
				return rate, "", err
			}
			if v != nil && v != "" {
				line = map[string]any{tax.Rate.By: v}
				break
			}
		}
	}
	if line[tax.Type] == nil {
		return rate, "it names no tax type, and neither does what it is booked to", nil
	}
	v, err := t.found(ctx, api, tax.Rate, line)
	if err != nil {
		return rate, "", err
	}
	if d := number(v); d != nil {
		return *d, "", nil
	}
	return rate, fmt.Sprintf("the rate of tax type %v is not known", line[tax.Type]), nil
}

// found is a field of another record. All records of its object are read once.
func (t *try) found(ctx context.Context, api string, f catalog.Found, line map[string]any) (any, error) {
	if line[f.By] == nil {
		return nil, nil
	}
	entity, ok := t.cfg.Catalog.Entity(api + "." + f.Object)
	op, has := t.cfg.Catalog.Operation(api + "." + entity.List)
	if !ok || !has {
		return nil, nil
	}
	out, err := t.lookUp(ctx, op, apicall.Args{})
	if err != nil {
		return nil, err
	}
	list, _ := out.Value.([]any)
	for _, x := range list {
		rec, _ := x.(map[string]any)
		if rec[f.Key] != nil && fmt.Sprint(rec[f.Key]) == fmt.Sprint(line[f.By]) {
			var v any = rec
			for name := range strings.SplitSeq(f.Field, ".") {
				m, _ := v.(map[string]any)
				v = m[name]
			}
			return v, nil
		}
	}
	return nil, nil
}

// summed puts what is predicted into the record that would be.
func (t *try) summed(m *catalog.Money, s *Sums, after map[string]any) {
	if s.Unknown != "" {
		return
	}
	after[m.Tax.SubTotal], after[m.Tax.TotalTax], after[m.Tax.Total] = jsonNumber(s.SubTotal), jsonNumber(s.Tax), jsonNumber(s.Total)
	list, _ := after[m.Lines].([]any)
	lines := make([]any, len(list))
	for i, x := range list {
		line := map[string]any{}
		if fields, ok := x.(map[string]any); ok {
			maps.Copy(line, fields)
		}
		line[m.Tax.Amount], line[m.Tax.Tax] = jsonNumber(s.Lines[i].Amount), jsonNumber(s.Lines[i].Tax)
		lines[i] = line
	}
	after[m.Lines] = lines
}
