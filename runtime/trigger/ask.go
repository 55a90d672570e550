package trigger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// question is what is asked of the vendor for one plan.
type question struct {
	w      Watch
	plan   string
	api    *catalog.API
	op     *catalog.Operation
	change catalog.Change
	object *schema.Object
	fields []string
	// flags are the boolean fields that must be true for the condition to hold: they are
	// asked for at the vendor, so that an org's open records are never fetched.
	flags []apicall.Cond
	// trigger is the digest of what is watched and of the conditions.
	trigger plan.Digest
}

func (p *Poller) question(w Watch) (*question, error) {
	t := w.Checked.Plan.Trigger
	q := &question{w: w, plan: w.Checked.Plan.Name}
	if t.Kind != plan.OnChange {
		return nil, fmt.Errorf("poll %s: it waits for no changes", q.plan)
	}
	var ok bool
	if q.api, ok = p.Catalog.API(t.API); !ok {
		return nil, fmt.Errorf("poll %s: api %s is not known", q.plan, t.API)
	}
	if q.change, ok = q.api.Changes[t.Object]; !ok {
		return nil, fmt.Errorf("poll %s: changes of %s.%s cannot be seen", q.plan, t.API, t.Object)
	}
	if q.op, ok = p.Catalog.Operation(t.API + "." + q.change.Operation); !ok {
		return nil, fmt.Errorf("poll %s: operation %s.%s is not known", q.plan, t.API, q.change.Operation)
	}
	if q.object, ok = p.Catalog.Object(t.API + "." + t.Object); !ok {
		return nil, fmt.Errorf("poll %s: object %s.%s is not known", q.plan, t.API, t.Object)
	}
	q.fields = []string{q.object.Key, q.change.Field}
	for _, pointer := range []string{"/trigger/when", "/trigger/key"} {
		for _, r := range w.Checked.Expr(pointer).Reads() {
			if r.Object == q.object.Name && !slices.Contains(q.fields, r.Field) {
				q.fields = append(q.fields, r.Field)
			}
		}
	}
	slices.Sort(q.fields)
	for _, part := range check.Conjuncts(t.When.Expr) {
		name, ok := strings.CutPrefix(part, t.As+".")
		if f, known := q.object.Field(name); ok && known && f.Type.Kind == schema.Bool {
			q.flags = append(q.flags, apicall.Cond{Field: name, Op: plan.Eq, Value: true, Type: f.Type})
		}
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{t.API, t.Object, t.When.Expr, t.Key.Expr}, "\x00")))
	q.trigger = plan.Digest("sha256:" + hex.EncodeToString(sum[:]))
	return q, nil
}

// ask returns the records that qualify as far as the vendor can tell, and whose stamp
// compares so with the given one; an empty op takes all.
func (p *Poller) ask(ctx context.Context, q *question, op plan.Op, at time.Time) ([]map[string]any, error) {
	if q.change.Since != "" {
		return p.list(ctx, q, op, at)
	}
	args := apicall.Args{Query: &apicall.Query{
		Select: q.fields,
		From:   q.w.Checked.Plan.Trigger.Object,
		Order:  []string{q.change.Field, q.change.Order},
	}}
	conds := slices.Clone(q.flags)
	if op != "" {
		conds = append(conds, apicall.Cond{
			Field: q.change.Field, Op: op, Value: at.UTC().Format(time.RFC3339), Type: schema.Type{Kind: schema.Instant},
		})
	}
	if len(conds) > 0 {
		args.Query.Where = apicall.All(conds...)
	}
	return p.call(ctx, q, args)
}

// call asks once and returns the rows.
func (p *Poller) call(ctx context.Context, q *question, args apicall.Args) ([]map[string]any, error) {
	value, err := p.callFor(ctx, q.plan, q.api, q.op, args)
	if err != nil {
		return nil, err
	}
	return records(value), nil
}

// callFor calls an operation for a plan and returns what came back.
func (p *Poller) callFor(ctx context.Context, planName string, api *catalog.API, op *catalog.Operation, args apicall.Args) (any, error) {
	req, err := apicall.Render(api, op, p.Catalog, args)
	if err != nil {
		return nil, fmt.Errorf("poll %s: %w", planName, err)
	}
	out := p.Caller.Call(ctx, req)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if out.Class != catalog.ClassOK {
		return nil, &Unreachable{Plan: planName, API: api.Name, Outcome: out}
	}
	return out.Value, nil
}

// records are the records of an answer.
func records(value any) []map[string]any {
	list, _ := value.([]any)
	rows := make([]map[string]any, 0, len(list))
	for _, x := range list {
		if row, ok := x.(map[string]any); ok {
			rows = append(rows, row)
		}
	}
	return rows
}

// list asks a list for what changed. A record that changes while the list is read moves to
// its end and lets another slip onto the page before, unseen; so the first page is asked for
// again and again, each time since the newest stamp of the one before. Only where a whole
// page has one stamp are further pages counted.
func (p *Poller) list(ctx context.Context, q *question, op plan.Op, at time.Time) ([]map[string]any, error) {
	var since time.Time
	if op == plan.Ge {
		since = at.Add(-time.Second) // whether the vendor counts the instant itself is not known
	}
	var rows []map[string]any
	place := map[string]int{} // of a record in rows
	for page := 1; ; {
		got, err := p.call(ctx, q, q.page(page, since))
		if err != nil {
			return nil, err
		}
		last, before := since, len(rows)
		for _, row := range got {
			id := fmt.Sprint(row[q.object.Key])
			if i, seen := place[id]; seen {
				rows[i] = row
			} else {
				place[id] = len(rows)
				rows = append(rows, row)
			}
			if t := stampOf(row, q.change.Field); t.After(last) {
				last = t
			}
		}
		if !q.numbered() || len(got) < q.op.Paging.MaxSize || len(got) == 0 {
			break
		}
		next := last.Truncate(time.Second).Add(-time.Second)
		if !next.After(since) {
			if page++; page > 2 && len(rows) == before {
				break // it repeats itself: it does not know the page parameter
			}
			continue
		}
		since, page = next, 1
	}
	return slices.DeleteFunc(rows, func(row map[string]any) bool {
		return !compares(stampOf(row, q.change.Field), op, at)
	}), nil
}

// page is the request for one page of what changed since; the zero time asks for all.
func (q *question) page(page int, since time.Time) apicall.Args {
	params := map[string]any{}
	if !since.IsZero() {
		params[q.change.Since] = since.UTC().Format(time.RFC3339)
	}
	if q.change.All != "" {
		params[q.change.All] = true
	}
	if paging := q.op.Paging; q.numbered() {
		params[paging.Page] = json.Number(strconv.Itoa(page))
		if paging.Size != "" {
			params[paging.Size] = json.Number(strconv.Itoa(paging.MaxSize))
		}
	}
	return apicall.Args{Params: params}
}

// numbered reports whether pages are asked for here, by number, which lets a list that moves
// be asked anew from where it has got to. Other ways are followed by the call itself.
func (q *question) numbered() bool {
	p := q.op.Paging
	return p != nil && p.Page != "" && !p.FromZero
}

// compares judges a stamp as a query would. A record without a stamp is not left out.
func compares(stamp time.Time, op plan.Op, at time.Time) bool {
	if stamp.IsZero() {
		return true
	}
	early, late := op == plan.Ge && stamp.Before(at), op == plan.Lt && !stamp.Before(at) || op == plan.Le && stamp.After(at)
	return !early && !late
}

// stampOf reads the stamp of a record; zero when there is none.
func stampOf(row map[string]any, field string) time.Time {
	t, err := time.Parse(time.RFC3339, fmt.Sprint(row[field]))
	if err != nil {
		return time.Time{}
	}
	return t
}
