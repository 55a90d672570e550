package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/connection"
	"github.com/planwright/planwright/specs/catalog"
)

// Connection is what connecting takes. Secret is sealed at once and never shown again.
type Connection struct {
	Name, API, Base, Token, Client, Secret, Tenant string
	// Scopes are asked for beside those of the overlay.
	Scopes []string
	// AllowPrivate lets it reach this machine and private networks, where twins live.
	AllowPrivate bool
}

// SignIn says what a person brings to connect to an API: what names them and what is secret,
// each "" when the API takes none.
type SignIn struct {
	Client string `json:"client,omitempty"` // "client id", "user name"
	Secret string `json:"secret,omitempty"` // "client secret", "API key", "token", "password"
}

// SignIn tells what connecting to the named API takes.
func (a *App) SignIn(api string) (SignIn, error) {
	cat, err := a.Catalog()
	if err != nil {
		return SignIn{}, err
	}
	known, ok := cat.API(api)
	if !ok {
		return SignIn{}, problem(fmt.Errorf("connect %s: no spec of that name", api), "planwright spec list")
	}
	return SignIn{Client: known.Auth.Who(), Secret: known.Auth.Secret()}, nil
}

// Book opens the connections of the data folder.
func (a *App) Book() (*connection.Book, error) {
	cat, err := a.Catalog()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(a.cfg.Dir, 0o700); err != nil {
		return nil, err
	}
	cfg := connection.Config{Dir: a.cfg.Dir, APIs: cat, Now: a.cfg.Now, Random: a.cfg.Random, HTTP: a.cfg.HTTP}
	if a.cfg.Key != "" {
		if cfg.Key, err = connection.ParseKey(a.cfg.Key); err != nil {
			return nil, problem(err, "set PLANWRIGHT_KEY to the key these secrets were sealed with")
		}
	}
	return connection.Open(cfg)
}

// Connect stores a connection after signing in with it once.
func (a *App) Connect(ctx context.Context, c Connection) (connection.Connection, error) {
	cat, err := a.Catalog()
	if err != nil {
		return connection.Connection{}, err
	}
	api, ok := cat.API(c.API)
	if !ok {
		return connection.Connection{}, problem(fmt.Errorf("connect %s: no spec of that name", c.API), "planwright spec list")
	}
	book, err := a.Book()
	if err != nil {
		return connection.Connection{}, err
	}
	conn, err := connection.For(api, c.Name, c.Base)
	if err != nil {
		return connection.Connection{}, problem(err, fmt.Sprintf("planwright connect %s --base https://…", c.Name))
	}
	conn.Client, conn.Tenant, conn.AllowPrivate = c.Client, c.Tenant, c.AllowPrivate
	for _, scope := range c.Scopes {
		if !slices.Contains(conn.Scopes, scope) {
			conn.Scopes = append(slices.Clone(conn.Scopes), scope)
		}
	}
	if c.Token != "" {
		conn.Token = c.Token
	}
	// Signed in under a name of its own first: a connection that works is not replaced by
	// one that does not.
	trial := conn
	trial.Name += "-trial"
	if err := book.Put(trial, c.Secret); err != nil {
		err = &renamed{err, trial.Name, c.Name}
		if errors.Is(err, connection.ErrPrivate) {
			err = problem(err, "add --allow-private if that is meant")
		}
		return connection.Connection{}, err
	}
	_, err = book.Token(ctx, trial.Name)
	if err == nil {
		conn.Identity, err = a.identity(ctx, book, cat, api, trial.Name)
	}
	if err = errors.Join(named(err, trial.Name, c.Name), book.Remove(trial.Name)); err != nil {
		return connection.Connection{}, err
	}
	if err := book.Put(conn, c.Secret); err != nil {
		return connection.Connection{}, err
	}
	a.mu.Lock()
	a.live = nil
	a.mu.Unlock()
	a.RetryEvents()
	return conn, a.forget(conn.Name)
}

// named gives an error about the trial the name that the person knows.
func named(err error, trial, name string) error {
	if err == nil {
		return nil
	}
	known := &renamed{err, trial, name}
	var e *connection.Error
	if !errors.As(err, &e) {
		return known
	}
	return problem(known, "mend it, then planwright connect "+name+" again; nothing was changed")
}

// renamed is an error whose text has another name for the connection it is about.
type renamed struct {
	error
	trial, name string
}

func (r *renamed) Error() string { return strings.ReplaceAll(r.error.Error(), r.trial, r.name) }

func (r *renamed) Unwrap() error { return r.error }

// identity asks an API who is at the far end, where its overlay says how: plans and runs
// are bound to that tenant.
func (a *App) identity(ctx context.Context, book *connection.Book, cat *catalog.Catalog, api *catalog.API, name string) (string, error) {
	id := api.Auth.Identity
	if id == nil {
		return "", nil
	}
	op, ok := cat.Operation(api.Name + "." + id.Operation)
	if !ok {
		return "", fmt.Errorf("connect %s: its overlay names %s, which its spec does not have", name, id.Operation)
	}
	req, err := apicall.Render(api, op, cat, apicall.Args{})
	if err != nil {
		return "", err
	}
	caller := apicall.NewCaller(apicall.Config{
		Connections: book, Catalog: cat, HTTP: a.cfg.HTTP, Now: a.cfg.Now, Names: map[string]string{api.Name: name},
	})
	defer caller.Close()
	out := caller.Call(ctx, req)
	list, isList := out.Value.([]any)
	if !isList && out.Value != nil {
		list = []any{out.Value}
	}
	if out.Class != catalog.ClassOK || len(list) == 0 {
		return "", problem(fmt.Errorf("connect %s: it does not say who it is: %s %s", name, out.Class, out.Message),
			"see that the app may read the settings of the organisation")
	}
	record, _ := list[0].(map[string]any)
	return text(record[id.Field]), nil
}

// Connections lists what is connected.
func (a *App) Connections() ([]connection.Connection, error) {
	book, err := a.Book()
	if err != nil {
		return nil, err
	}
	return book.List()
}
