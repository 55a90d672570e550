package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/runtime/connection"
)

func (p *program) connectCommand() *cobra.Command {
	var c app.Connection
	var secretFile string
	var refresh, noSnapshot bool
	cmd := &cobra.Command{
		Use: "connect NAME", Short: "Connect to a tenant of an API, or list connections without NAME",
		Long: `Stores how to reach one tenant and signs in once. The secret (client secret, API key, token or
password, as the spec or its overlay says) is read from standard input, or from --secret-file,
never from a flag; it is sealed with the key in the data folder. An API key or a token is tried
where the overlay names an identity, else with the first call.

Then reads what the tenant has, as far as the overlay names reads that show it: fields and
picklists, accounts, tax rates, items, currencies, lock dates, what is allowed. Plans are checked
against that from then on. --refresh reads it again.`,
		Example: `  planwright connect salesforce --base https://acme.my.salesforce.com --client 3MVG9… < secret.txt
  planwright connect xero --client 1A2B… --secret-file secret.txt
  planwright connect shop --base https://shop.example.com/v1 < key.txt`,
		Args: func(cmd *cobra.Command, in []string) error {
			if len(in) > 1 {
				return usagef(cmd.UseLine(), "connect: unexpected argument %q", in[1])
			}
			if len(in) == 0 || refresh {
				return aimless(cmd, len(in) == 1)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, in []string) error {
			a := p.open()
			defer a.Close()
			if len(in) == 0 {
				return p.listConnections(a)
			}
			c.Name = in[0]
			if c.API == "" {
				c.API = c.Name
			}
			if refresh {
				v, err := a.Survey(cmd.Context(), c.Name, p.reading)
				if err != nil {
					return err
				}
				return p.emit(v, func(w io.Writer) { printTenant(w, v) })
			}
			need, err := a.SignIn(c.API)
			if err != nil {
				return err
			}
			if need.Client != "" && c.Client == "" {
				return usagef("planwright connect "+c.Name+" --client ID < secret.txt", "connect needs --client, the %s", need.Client)
			}
			if need.Secret != "" {
				if c.Secret, err = p.secret("planwright connect", secretFile, need.Secret); err != nil {
					return err
				}
			}
			conn, err := a.Connect(cmd.Context(), c)
			if err != nil {
				return err
			}
			out := connected{Connection: conn}
			if !noSnapshot {
				out.Tenant = p.survey(cmd.Context(), a, conn.Name)
			}
			return p.emit(out, func(w io.Writer) {
				fmt.Fprintf(w, "connected %s: %s at %s\n", conn.Name, conn.API, conn.Base)
				if out.Tenant != nil {
					printTenant(w, *out.Tenant)
				}
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.API, "api", "", "API to connect to (default: NAME)")
	f.StringVar(&c.Base, "base", "", "address of the tenant (default: the server the spec names)")
	f.StringVar(&c.Token, "token-url", "", "token endpoint (default: the overlay's)")
	f.StringVar(&c.Client, "client", "", "client id of your app, or user name")
	f.StringVar(&c.Tenant, "tenant", "", "tenant id, where the API wants one")
	f.StringSliceVar(&c.Scopes, "scope", nil, "ask for this scope, too (again for more)")
	f.BoolVar(&refresh, "refresh", false, "read again what the connected tenant has, and nothing else")
	f.BoolVar(&noSnapshot, "no-snapshot", false, "do not read what the tenant has")
	f.StringVar(&secretFile, "secret-file", "-", "file with the secret; - is standard input")
	f.BoolVar(&c.AllowPrivate, "allow-private", false, "allow loopback and private addresses (twins)")
	return cmd
}

// aimless refuses flags that connect would pass over: all where NAME is missing and
// connections are listed, all but --refresh beside that one.
func aimless(cmd *cobra.Command, refresh bool) error {
	for _, flag := range []string{"api", "base", "token-url", "client", "tenant", "scope", "no-snapshot", "secret-file", "allow-private", "refresh"} {
		switch {
		case !cmd.Flags().Changed(flag):
		case !refresh:
			return usagef("planwright connect NAME --"+flag, "connect: --%s needs NAME", flag)
		case flag != "refresh":
			return usagef("planwright connect NAME --refresh", "connect: --refresh takes no --%s", flag)
		}
	}
	return nil
}

// connected is what connecting answers: the connection, and what its tenant has.
type connected struct {
	connection.Connection
	Tenant *app.TenantView `json:"tenantSnapshot,omitempty"`
}

// survey takes a snapshot; a connection that cannot give one is a connection all the same.
func (p *program) survey(ctx context.Context, a *app.App, name string) *app.TenantView {
	v, err := a.Survey(ctx, name, p.reading)
	if err != nil {
		p.say("warning: connected, but what the tenant has could not be read: %s", err)
		p.say("next: planwright connect %s --refresh", name)
		return nil
	}
	return &v
}

func (p *program) reading(what string) { p.say("%s", what) }

// printTenant says what is known of a tenant, and what is not.
func printTenant(w io.Writer, v app.TenantView) {
	var known []string
	for _, object := range slices.Sorted(maps.Keys(v.Records)) {
		known = append(known, fmt.Sprintf("%d %s", v.Records[object], object))
	}
	if len(v.Objects) > 0 {
		known = append(known, fmt.Sprintf("the fields of %d objects", len(v.Objects)))
	}
	if v.Actions > 0 {
		known = append(known, fmt.Sprintf("%d actions", v.Actions))
	}
	fmt.Fprintf(w, "tenant %s, seen %s\n", v.Name, v.Taken.Format("2006-01-02 15:04 UTC"))
	if len(known) > 0 {
		fmt.Fprintf(w, "  plans are checked against %s\n", strings.Join(known, ", "))
	}
	for _, part := range slices.Sorted(maps.Keys(v.Unread)) {
		fmt.Fprintf(w, "  not known: %s (%s)\n", part, v.Unread[part])
	}
}

// secret reads what the API calls its client secret, API key, token or password.
func (p *program) secret(command, file, what string) (string, error) {
	data, err := readFile(file, p.in)
	if err != nil {
		return "", err
	}
	secret := strings.TrimSpace(string(data))
	if secret == "" || len(secret) > 4096 {
		return "", usagef(command+" NAME < secret.txt", "no %s on standard input", what)
	}
	return secret, nil
}

func (p *program) listConnections(a *app.App) error {
	list, err := a.Connections()
	if err != nil {
		return err
	}
	seen := map[string]app.TenantView{}
	for _, c := range list {
		if v, ok := a.TenantOf(c.Name); ok {
			seen[c.Name] = v
		}
	}
	return p.emit(map[string]any{"connections": list, "tenants": seen}, func(w io.Writer) {
		if len(list) == 0 {
			fmt.Fprintln(w, "nothing is connected yet: planwright connect salesforce --help")
			return
		}
		var rows [][]string
		for _, c := range list {
			tenant, age := c.Tenant, "never"
			if v, ok := seen[c.Name]; ok {
				tenant, age = v.Name, v.Age+" ago"
			}
			rows = append(rows, []string{c.Name, c.API, c.Base, tenant, age})
		}
		table(w, []string{"NAME", "API", "ADDRESS", "TENANT", "SEEN"}, rows)
	})
}
