package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/connection"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/runtime/tenant"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/describe"
)

// tenantsDir holds one snapshot a connection, NAME.json.
const tenantsDir = "tenants"

// TenantView is a snapshot as people see it: which tenant, and how old what is known of it is.
type TenantView struct {
	API        string    `json:"api"`
	Connection string    `json:"connection"`
	Name       string    `json:"name"` // what the tenant calls itself, else the connection
	Taken      time.Time `json:"taken"`
	Age        string    `json:"age"` // "3 days"
	Digest     string    `json:"digest"`
	// Records counts what is kept, by object; Objects names those whose fields are known.
	Records map[string]int `json:"records,omitempty"`
	Objects []string       `json:"objects,omitempty"`
	Actions int            `json:"actions,omitempty"`
	Scopes  []string       `json:"scopes,omitempty"`
	// Unread says why parts are missing, by part.
	Unread map[string]string `json:"unread,omitempty"`
}

// String says it in a sentence: "Acme Ltd (xero), seen 3 days ago".
func (v TenantView) String() string {
	return fmt.Sprintf("%s (%s), seen %s ago", v.Name, v.API, v.Age)
}

func (a *App) tenantView(s *tenant.Snapshot) TenantView {
	v := TenantView{
		API: s.API, Connection: s.Connection, Name: s.Who(), Taken: s.Taken, Age: s.Age(a.cfg.Now()), Digest: s.Digest(),
		Objects: slices.Sorted(maps.Keys(s.Objects)), Actions: len(s.Actions), Scopes: s.Scopes, Unread: s.Unread, Records: map[string]int{},
	}
	for object, records := range s.Records {
		v.Records[object] = len(records)
	}
	return v
}

// Survey takes a snapshot of what a connection's tenant has and keeps it beside the
// connections, in place of an earlier one. What the vendor does not show is left out, and
// the view says why. say is told what is being read; it may be nil.
func (a *App) Survey(ctx context.Context, name string, say func(string)) (TenantView, error) {
	cat, err := a.Catalog()
	if err != nil {
		return TenantView{}, err
	}
	book, err := a.Book()
	if err != nil {
		return TenantView{}, err
	}
	conn, err := book.Get(name)
	if err != nil {
		return TenantView{}, err
	}
	api, ok := cat.API(conn.API)
	if !ok {
		return TenantView{}, problem(fmt.Errorf("snapshot of %s: no spec of %s", name, conn.API), "planwright spec list")
	}
	token, err := book.Token(ctx, name)
	if err != nil {
		return TenantView{}, err
	}
	caller := apicall.NewCaller(apicall.Config{
		Connections: book, Catalog: cat, HTTP: a.cfg.HTTP, Now: a.cfg.Now, Names: map[string]string{api.Name: name},
	})
	defer caller.Close()
	s := &surveyor{cat: cat, api: api, caller: caller, say: say, snap: &tenant.Snapshot{
		API: api.Name, Connection: name, Tenant: tenantOf(conn), Taken: a.cfg.Now().UTC(), Scopes: token.Scopes, Unread: map[string]string{},
	}}
	if api.Survey != nil {
		s.read(ctx, api.Survey)
	}
	if err := ctx.Err(); err != nil {
		return TenantView{}, err
	}
	if err := writeFile(a.path(tenantsDir, name+".json"), s.snap.Encode()); err != nil {
		return TenantView{}, fmt.Errorf("snapshot of %s: %w", name, err)
	}
	return a.tenantView(s.snap), nil
}

// surveyor reads what a survey asks for.
type surveyor struct {
	cat    *catalog.Catalog
	api    *catalog.API
	caller *apicall.Caller
	snap   *tenant.Snapshot
	say    func(string)
}

func (s *surveyor) read(ctx context.Context, how *catalog.Survey) {
	for _, object := range slices.Sorted(maps.Keys(how.Records)) {
		r := how.Records[object]
		if list, ok := s.list(ctx, object, r.Operation, r.Fields); ok {
			s.unread(object, s.snap.PutRecords(object, r.Fields, list))
		}
	}
	if act := how.Actions; act != nil {
		if list, ok := s.list(ctx, act.Object, act.Operation, []string{act.Name, act.Status}); ok {
			s.snap.PutActions(act, list)
		}
	}
	for _, object := range how.Describe {
		s.describe(ctx, object)
	}
	s.snap.SetName(how.Name)
}

// unread notes why a part is missing.
func (s *surveyor) unread(what string, err error) {
	if err != nil {
		s.snap.Unread[what] = err.Error()
	}
}

// call makes one read. Only its class is kept of a refusal: the vendor's text may hold
// what does not belong in a file.
func (s *surveyor) call(ctx context.Context, what, operation string, args apicall.Args) (apicall.Outcome, bool) {
	if s.say != nil {
		s.say("reading " + what + " of " + s.api.Name)
	}
	op, ok := s.cat.Operation(s.api.Name + "." + operation)
	if !ok {
		s.unread(what, fmt.Errorf("its spec has no operation %s", operation))
		return apicall.Outcome{}, false
	}
	if op.Effect != catalog.EffectNone {
		s.unread(what, fmt.Errorf("%s is no read", op.Name()))
		return apicall.Outcome{}, false
	}
	req, err := apicall.Render(s.api, op, s.cat, args)
	if err != nil {
		s.unread(what, err)
		return apicall.Outcome{}, false
	}
	out := s.caller.Call(ctx, req)
	if out.Class != catalog.ClassOK {
		s.unread(what, fmt.Errorf("the vendor answered %s", out.Class))
	}
	return out, out.Class == catalog.ClassOK
}

// list reads all records of an object, by a list or a query.
func (s *surveyor) list(ctx context.Context, object, operation string, fields []string) ([]any, bool) {
	args := apicall.Args{}
	if op, ok := s.cat.Operation(s.api.Name + "." + operation); ok && op.Query != nil {
		args.Query = &apicall.Query{Select: fields, From: object}
	}
	out, ok := s.call(ctx, object, operation, args)
	if !ok {
		return nil, false
	}
	if list, many := out.Value.([]any); many {
		return list, true
	}
	return []any{out.Value}, out.Value != nil
}

func (s *surveyor) describe(ctx context.Context, object string) {
	what, how := "the fields of "+object, s.api.Describe
	if how == nil || how.Form != describe.FormSObject {
		s.unread(what, errors.New("its overlay does not say how objects are described"))
		return
	}
	out, ok := s.call(ctx, what, how.Object, apicall.Args{Params: map[string]any{how.Param: object}})
	if out.Class == catalog.ClassAbsent {
		delete(s.snap.Unread, what)
		s.snap.PutObject(object, nil) // the user cannot see it
		return
	}
	if !ok {
		return
	}
	data, err := json.Marshal(out.Value)
	if err != nil {
		s.unread(what, err)
		return
	}
	d, err := describe.Parse(data)
	if err != nil {
		s.unread(what, err)
		return
	}
	s.snap.PutObject(object, &d)
}

// tenantOf is the address and tenant of a connection, as approvals bind them.
func tenantOf(c connection.Connection) string {
	return strings.TrimSpace(strings.Join([]string{c.Base, c.Tenant, c.Identity}, " "))
}

// tenants returns the snapshots of the tenants that plans run in: of the connections that
// are called like their API. One that is damaged, or of another tenant than the connection
// of today, is as good as none.
func (a *App) tenants(apis map[string]plan.APIRef) []*tenant.Snapshot {
	var out []*tenant.Snapshot
	var book *connection.Book
	for _, name := range slices.Sorted(maps.Keys(apis)) {
		s, err := a.snapshotOf(name)
		if err != nil || s == nil {
			continue
		}
		if book == nil {
			if book, err = a.Book(); err != nil {
				return nil
			}
		}
		c, err := book.Get(name)
		if err == nil && c.API == name && s.API == name && s.Tenant == tenantOf(c) {
			out = append(out, s)
		}
	}
	return out
}

// snapshotOf reads the snapshot of a connection; nil when there is none.
func (a *App) snapshotOf(name string) (*tenant.Snapshot, error) {
	data, err := os.ReadFile(a.path(tenantsDir, name+".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return tenant.Decode(data)
}

// Tenants says what is known of the tenants a plan runs in, and so what its check knew.
func (a *App) Tenants(p *plan.Plan) []TenantView {
	views := []TenantView{}
	for _, s := range a.tenants(p.APIs) {
		views = append(views, a.tenantView(s))
	}
	return views
}

// TenantOf says what is known of a connection's tenant; false without a snapshot.
func (a *App) TenantOf(name string) (TenantView, bool) {
	s, err := a.snapshotOf(name)
	if err != nil || s == nil {
		return TenantView{}, false
	}
	return a.tenantView(s), true
}

// forget removes the snapshot of a connection whose tenant may be another one now.
func (a *App) forget(name string) error {
	err := os.Remove(a.path(tenantsDir, name+".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// judge checks a plan against the specs, and against what is known of its tenants.
func (a *App) judge(p *plan.Plan, cat *catalog.Catalog) (*check.Checked, diag.List) {
	snaps := a.tenants(p.APIs)
	checked, found := check.Check(p, cat, snaps...)
	return checked, append(found, a.old(p, snaps)...)
}
