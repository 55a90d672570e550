package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/describe"
)

// Pull is what pulling a spec takes.
type Pull struct {
	API string
	// URL fetches a published description from there, in place of what the overlay says.
	URL string
	// AllowPrivate lets URL lead to this machine or into a private network.
	AllowPrivate bool
	// Connection is asked what the tenant is like; empty is the one for the API.
	Connection string
	// Objects are described beside those the spec knows: the tenant's own.
	Objects []string
	// Progress is told what is being done; it may be nil.
	Progress func(string)
}

// Pulled tells what a pull brought; its Drift says what changed.
type Pulled struct {
	SpecInfo
	From string `json:"from"` // the connection that was asked, or the address
	// Same says that the spec is byte for byte the one that was in use.
	Same bool `json:"same"`
	// Described and Hidden are the objects that the tenant told about, and those of our spec
	// that this user does not see.
	Described []string `json:"described,omitempty"`
	Hidden    []string `json:"hidden,omitempty"`
}

// PullSpec brings a spec from its source and pins it as AddSpec does: made from what a
// connected tenant tells about its objects, where the overlay says how to ask
// (x-pw-describe), else the description that the vendor publishes.
func (a *App) PullSpec(ctx context.Context, in Pull) (Pulled, diag.List, error) {
	if in.Progress == nil {
		in.Progress = func(string) {}
	}
	cat, err := a.Catalog()
	if err != nil {
		return Pulled{}, nil, err
	}
	api, ok := cat.API(in.API)
	if !ok {
		return Pulled{}, nil, problem(fmt.Errorf("pull %s: no spec of that name", in.API), "planwright spec list")
	}
	var out Pulled
	var data []byte
	if in.URL == "" && api.Describe != nil {
		data, err = a.described(ctx, in, cat, api, &out)
	} else {
		data, err = a.published(ctx, in, api, &out)
	}
	if err != nil {
		return Pulled{}, nil, err
	}
	in.Progress(fmt.Sprintf("reading %.1f MB", float64(len(data))/(1<<20)))
	info, found, err := a.AddSpec(NewSpec{File: in.API + " from " + out.From, Name: in.API, Data: data})
	if err != nil || found.HasErrors() {
		return Pulled{}, found, err
	}
	out.SpecInfo, out.Same = info, info.Digest == api.SpecDigest
	return out, found, nil
}

// published fetches the description that the vendor publishes.
func (a *App) published(ctx context.Context, in Pull, api *catalog.API, out *Pulled) ([]byte, error) {
	address := in.URL
	if address == "" {
		address = api.Published
	}
	if address == "" {
		return nil, problem(fmt.Errorf("pull %s: its overlay does not say where it is published", in.API),
			"planwright spec pull "+in.API+" --url https://…")
	}
	if len(in.Objects) > 0 {
		return nil, problem(fmt.Errorf("pull %s: objects are asked of a tenant, and a published file has none of its own", in.API),
			"leave out --object")
	}
	in.Progress("fetching " + address)
	data, err := a.Download(ctx, address, in.AllowPrivate)
	if err != nil {
		return nil, problem(fmt.Errorf("pull %s: %w", in.API, err),
			"see that the address is right, or download the file: planwright spec add FILE --name "+in.API)
	}
	out.From = address
	return data, nil
}

// described asks a tenant what its objects are like and makes a spec of that.
func (a *App) described(ctx context.Context, in Pull, cat *catalog.Catalog, api *catalog.API, out *Pulled) ([]byte, error) {
	base, err := publishedSource(in.API)
	if err != nil {
		return nil, err
	}
	t, err := a.teller(in, cat, api)
	if err != nil {
		return nil, err
	}
	defer t.caller.Close()
	out.From = t.name
	in.Progress("asking " + t.name + " for its objects")
	seen, err := t.objects(ctx)
	if err != nil {
		return nil, err
	}
	ours, list := catalog.Open("", []catalog.Source{base})
	if list.HasErrors() {
		return nil, list.Err()
	}
	wanted, hidden, err := t.choose(describe.Known(ours, in.API), describe.Known(cat, in.API), seen)
	if err != nil {
		return nil, err
	}
	out.Hidden, out.Described = hidden, wanted
	var objects []describe.Object
	for i, name := range wanted {
		in.Progress(fmt.Sprintf("asking %s about %s, %d of %d", t.name, name, i+1, len(wanted)))
		o, err := t.object(ctx, name)
		if err != nil {
			return nil, err
		}
		objects = append(objects, o)
	}
	return describe.Spec(base, objects)
}

// publishedSource is what descriptions are merged over: ours, never an earlier pull.
func publishedSource(api string) (catalog.Source, error) {
	for _, s := range specs.Embedded() {
		if s.Name == api {
			return s, nil
		}
	}
	return catalog.Source{}, problem(fmt.Errorf("pull %s: there is no published description to merge over", api),
		"planwright spec add FILE --name "+api)
}

// teller asks one tenant.
type teller struct {
	in     Pull
	api    *catalog.API
	cat    *catalog.Catalog
	name   string // of the connection
	caller *apicall.Caller
}

func (a *App) teller(in Pull, cat *catalog.Catalog, api *catalog.API) (*teller, error) {
	book, err := a.Book()
	if err != nil {
		return nil, err
	}
	all, err := book.List()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, c := range all {
		if c.API == in.API && (in.Connection == "" || c.Name == in.Connection) {
			names = append(names, c.Name)
		}
	}
	switch {
	case len(names) == 0 && in.Connection != "":
		return nil, problem(fmt.Errorf("pull %s: there is no connection %s to it", in.API, in.Connection), "planwright connect")
	case len(names) == 0:
		return nil, problem(fmt.Errorf("pull %s: it is not connected, and only a tenant can tell what it is like", in.API),
			"planwright connect "+in.API+" --base https://… --client ID < secret.txt")
	case len(names) > 1 && !slices.Contains(names, in.API):
		return nil, problem(fmt.Errorf("pull %s: several connections are to it: %s", in.API, strings.Join(names, ", ")),
			"planwright spec pull "+in.API+" --connection "+names[0])
	}
	name := names[0]
	if slices.Contains(names, in.API) {
		name = in.API
	}
	return &teller{in: in, api: api, cat: cat, name: name, caller: apicall.NewCaller(apicall.Config{
		Connections: book, Catalog: cat, HTTP: a.cfg.HTTP, Now: a.cfg.Now, Names: map[string]string{in.API: name},
	})}, nil
}

// ask calls one of the operations that tell, and returns its answer as JSON.
func (t *teller) ask(ctx context.Context, what, operation string, params map[string]any) ([]byte, error) {
	op, ok := t.cat.Operation(t.api.Name + "." + operation)
	if !ok {
		return nil, fmt.Errorf("pull %s: its overlay names %s, which its spec does not have", t.in.API, operation)
	}
	req, err := apicall.Render(t.api, op, t.cat, apicall.Args{Params: params})
	if err != nil {
		return nil, fmt.Errorf("pull %s: %s: %w", t.in.API, what, err)
	}
	out := t.caller.Call(ctx, req)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if out.Class == catalog.ClassOK {
		return json.Marshal(out.Value)
	}
	if out.Class == catalog.ClassRefresh {
		return nil, problem(fmt.Errorf("pull %s: %s: %s does not let us sign in: %s", t.in.API, what, t.name, out.Message), "planwright connect "+t.name)
	}
	return nil, problem(fmt.Errorf("pull %s: %s: %s answered %s: %s", t.in.API, what, t.name, out.Class, out.Message),
		"see that "+t.name+" is up and that its user may describe objects, then pull again; nothing was changed")
}

func (t *teller) objects(ctx context.Context) (map[string]bool, error) {
	data, err := t.ask(ctx, "list of objects", t.api.Describe.List, nil)
	if err != nil {
		return nil, err
	}
	listed, err := describe.ParseList(data)
	if err != nil {
		return nil, fmt.Errorf("pull %s: %w", t.in.API, err)
	}
	seen := make(map[string]bool, len(listed))
	for _, o := range listed {
		seen[o.Name] = true
	}
	return seen, nil
}

func (t *teller) object(ctx context.Context, name string) (describe.Object, error) {
	data, err := t.ask(ctx, name, t.api.Describe.Object, map[string]any{t.api.Describe.Param: name})
	if err != nil {
		return describe.Object{}, err
	}
	o, err := describe.Parse(data)
	if err == nil && o.Name != name {
		err = errors.New("another object came than was asked for")
	}
	if err != nil {
		return describe.Object{}, fmt.Errorf("pull %s: %s: %w", t.in.API, name, err)
	}
	return o, nil
}

// mostKept bounds how many objects of the tenant's own are asked about again because an
// earlier pull did. An org's complete file has a thousand objects, and nobody asked for those.
const mostKept = 50

// choose returns the objects to ask about: ours, those asked for, and those that the spec
// in use has from an earlier pull; and which of ours the user does not see.
func (t *teller) choose(ours, inUse []string, seen map[string]bool) (wanted, hidden []string, err error) {
	for _, name := range ours {
		if seen[name] {
			wanted = append(wanted, name)
		} else {
			hidden = append(hidden, name)
		}
	}
	for _, name := range t.in.Objects {
		if !seen[name] {
			hint := "an object of the tenant's own has a name such as Invoice__c"
			if near := diag.Nearest(name, slices.Sorted(maps.Keys(seen))); near != "" {
				hint = "did you mean " + near + "?"
			}
			return nil, nil, problem(fmt.Errorf("pull %s: %s has no object %s, or hides it from this user", t.in.API, t.name, name), hint)
		}
		wanted = append(wanted, name)
	}
	var kept []string
	for _, name := range inUse {
		if seen[name] && !slices.Contains(wanted, name) {
			kept = append(kept, name)
		}
	}
	if len(kept) <= mostKept {
		wanted = append(wanted, kept...)
	}
	slices.Sort(wanted)
	wanted = slices.Compact(wanted)
	if len(wanted) == 0 {
		return nil, nil, problem(errors.New("pull "+t.in.API+": its user sees no object that is known"), "give the user of "+t.name+" the right to read them")
	}
	return wanted, hidden, nil
}
