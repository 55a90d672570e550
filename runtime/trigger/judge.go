package trigger

import (
	"context"
	"fmt"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/specs/catalog"
)

// Judge fetches one record and says, in a sentence, what the plan's trigger makes of it as
// it is now. It is for people who ask why a record did nothing; it admits nothing.
//
// The error is the context's, or [Unreachable].
func (p *Poller) Judge(ctx context.Context, w Watch, id string) (qualifies bool, text string, err error) {
	t := w.Checked.Plan.Trigger
	object := t.API + "." + t.Object
	api, known := p.Catalog.API(t.API)
	entity, has := p.Catalog.Entity(object)
	op, ok := p.Catalog.Operation(t.API + "." + entity.Get)
	if !known || !has || !ok {
		return false, "a single " + object + " cannot be read", nil
	}
	args := apicall.Args{Params: map[string]any{}}
	for _, param := range op.Params {
		if param.In == catalog.InPath {
			args.Params[param.Name] = id
		}
	}
	req, err := apicall.Render(api, op, p.Catalog, args)
	if err != nil {
		return false, fmt.Sprintf("%q is not the id of a %s", id, t.Object), nil //nolint:nilerr // the sentence is the answer
	}
	out := p.Caller.Call(ctx, req)
	if err := ctx.Err(); err != nil {
		return false, "", err
	}
	switch out.Class {
	case catalog.ClassOK:
	case catalog.ClassAbsent, catalog.ClassData, catalog.ClassBug:
		return false, fmt.Sprintf("%s has no %s %q", t.API, t.Object, id), nil
	default:
		return false, "", &Unreachable{Plan: w.Checked.Plan.Name, API: t.API, Outcome: out}
	}
	record := out.Value
	if list, ok := record.([]any); ok && len(list) == 1 {
		record = list[0]
	}
	holds, _, err := w.Checked.Expr("/trigger/when").Eval(map[string]any{t.As: record}, nil)
	switch {
	case err != nil:
		return false, fmt.Sprintf("the condition cannot be judged: %v", err), nil //nolint:nilerr // the sentence is the answer
	case holds != true:
		return false, fmt.Sprintf("the condition does not hold: %s", t.When.Expr), nil
	}
	return true, fmt.Sprintf("the condition holds: %s", t.When.Expr), nil
}
